"""The archive's rows: estimate records with the coordinates of their file, and checksums.

A file ``estimates/{suite}/{estimator}.parquet`` of the archive holds all rows of an estimator on a
suite; ``SHA256SUMS`` lists every file as ``sha256sum`` writes it.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from minde.errors import InputError
from minde.experiments.estimators import is_minde
from minde.io.files import atomic_write, write_parquet
from minde.stages import records

#: The records' columns, and of their file: recipe (none of a baseline), the number of training
#: points as its path has it (``all`` of images), first and last seed of the job.
SCHEMA = pa.schema(
    [*records.SCHEMA, *((name, pa.string()) for name in ("recipe", "n", "seeds_of_job"))]
)
#: What an estimate is of; with the read-out that of a row.
ESTIMATE = ["suite", "task", "estimator", "recipe", "n", "seed"]
KEY = [*ESTIMATE, "readout"]
#: What made a row: another of these, made later, replaces it.
ORIGIN = ["code_digest", "config_digest"]
SUMS = "SHA256SUMS"
_PATH = re.compile(
    r"estimates/[^/]+/[^/]+/(?P<name>[^/]+)/n(?P<n>\d+|all)-seeds(?P<job>\d+-\d+)\.parquet$"
)


def split_name(name: str) -> tuple[str, str]:
    """Estimator and recipe of a folder of estimates: ``minde-c-fast``, or ``ksg`` without one."""
    if not is_minde(name):
        return name, ""
    estimator, _, recipe = name.rpartition("-")
    return estimator, recipe


def estimate_rows(path: str | Path) -> pd.DataFrame:
    """Rows of an estimate file as the archive has them; the integrand of what is reported alone.

    Raises:
        InputError: If the path is not that of an estimate.
    """
    found = _PATH.search(Path(path).as_posix())
    if found is None:
        raise InputError(f"archive: {path} is not the path of an estimate file")
    frame = records.read_records([str(path)])
    frame["recipe"] = split_name(found["name"])[1]
    frame["n"], frame["seeds_of_job"] = found["n"], found["job"]
    frame["integrand"] = frame["integrand"].where(frame["reported"], None)
    rows: pd.DataFrame = frame[SCHEMA.names]
    return rows


def file_of(suite: str, estimator: str, recipe: str) -> str:
    """Path of the rows of an estimator below the archive."""
    return f"estimates/{suite}/{'-'.join(filter(None, (estimator, recipe)))}.parquet"


def read_archive(folder: str | Path) -> pd.DataFrame:
    """Every row, after the checksums have been compared; no rows where there is no archive.

    Raises:
        InputError: If a file is missing, has other bytes than its checksum, is not listed, or does
            not keep to the schema.
    """
    sums = read_sums(folder)
    found = {p.relative_to(folder).as_posix() for p in Path(folder).rglob("*.parquet")}
    for name in sorted(found ^ set(sums)):
        what = "is not listed in" if name in found else "is missing, though listed in"
        raise InputError(f"archive: {name} {what} {Path(folder) / SUMS}; restore it from git")
    frames = [_read(Path(folder) / name, digest) for name, digest in sorted(sums.items())]
    frames = frames or [SCHEMA.empty_table().to_pandas()]
    return pd.concat(frames, ignore_index=True)


def read_sums(folder: str | Path) -> dict[str, str]:
    """Checksum of every file of the archive."""
    path = Path(folder) / SUMS
    lines = path.read_text().splitlines() if path.is_file() else []
    return {name: digest for digest, name in (line.split(maxsplit=1) for line in lines)}


def _read(path: Path, digest: str) -> pd.DataFrame:
    if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
        raise InputError(f"archive: {path} has other bytes than {SUMS} says; restore it from git")
    try:
        frame: pd.DataFrame = pq.read_table(path, schema=SCHEMA).to_pandas()
    except pa.ArrowException as error:
        raise InputError(f"archive: {path} does not keep to the schema ({error})") from error
    check_rows(frame, str(path))
    return frame


def check_rows(frame: pd.DataFrame, where: str) -> None:
    """Each row must have its key and origin, and no other the same key.

    Raises:
        InputError: Naming the file and the column or the row.
    """
    for column in [*KEY, *ORIGIN, "made"]:
        if frame[column].isna().any():
            raise InputError(f"archive: {where} has a row without {column}")
    if (twice := frame.duplicated(KEY)).any():
        raise InputError(f"archive: {where} has two rows {frame[twice].iloc[0][KEY].to_list()}")


def write_archive(frame: pd.DataFrame, folder: str | Path) -> list[str]:
    """Write the files whose rows are others than those there, then the checksums of all.

    Returns:
        The files written.
    """
    sums, written = read_sums(folder), []
    for coordinates, part in frame.groupby(["suite", "estimator", "recipe"]):
        name = file_of(*map(str, coordinates))
        path = Path(folder) / name
        ordered = part.sort_values(KEY)[SCHEMA.names]
        table = pa.Table.from_pandas(ordered, SCHEMA, preserve_index=False)
        if path.is_file() and pq.read_table(path, schema=SCHEMA).equals(table):
            continue
        check_rows(ordered, name)
        write_parquet(table.replace_schema_metadata(None), path)
        sums[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        written.append(name)
    if not written:
        return []
    text = "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items()))
    atomic_write(Path(folder) / SUMS, text.encode())
    return written
