"""The estimate record: one row a task, seed, estimator and read-out."""

from __future__ import annotations

import datetime
import functools
import hashlib
import json
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from minde._version import __version__
from minde.io.files import write_parquet
from minde.runtime import digest
from minde.stages.samples import Samples

if TYPE_CHECKING:
    # Most jobs only write records, and start sooner without pandas.
    import pandas as pd

SCHEMA = pa.schema(
    [
        ("suite", pa.string()),
        ("task", pa.string()),
        ("seed", pa.int64()),
        ("estimator", pa.string()),
        ("readout", pa.string()),
        ("reported", pa.bool_()),
        ("mi_true", pa.float64()),
        ("mi_estimate", pa.float64()),
        ("std_error", pa.float64()),
        # Ends of the 95% interval of MINDE as a user runs it; null for others.
        ("low", pa.float64()),
        ("high", pa.float64()),
        # Mean of the true pointwise information on the rows, where it is known.
        ("oracle", pa.float64()),
        ("n_train", pa.int64()),
        ("n_test", pa.int64()),
        ("seconds", pa.float64()),
        ("status", pa.string()),
        ("config_digest", pa.string()),
        ("versions", pa.string()),
        # Digests of the code behind the row (see `minde.runtime.digest`), the processor, the time.
        ("code_digest", pa.string()),
        ("machine", pa.string()),
        ("made", pa.string()),
        # Contribution of each bin of diffusion time, summing to the estimate; null for baselines.
        ("integrand", pa.list_(pa.float32())),
        # The schedule's t_eps, from which the times of these bins follow; null for baselines.
        ("smallest_time", pa.float64()),
    ]
)


def config_digest(options: dict[str, Any]) -> str:
    """Twelve hexadecimal digits over the options that made a row."""
    text = json.dumps(options, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@functools.cache
def versions(*packages: str) -> str:
    """Versions of minde, Python and those of the named packages that are here, as one string."""
    parts = [f"minde {__version__}", f"python {platform.python_version()}"]
    found = digest.versions(*packages).items()
    return ", ".join(parts + [f"{name} {version}" for name, version in found if version])


@functools.cache
def machine() -> str:
    """Name of the processor; that of its architecture where the system does not tell."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(s.partition(":")[2].strip() for s in lines if s.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def write_records(rows: list[dict[str, Any]], path: str | Path) -> None:
    """Write rows as parquet with the schema; a missing or unknown column is an error."""
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    missing = [name for name in SCHEMA.names if any(name not in row for row in rows)]
    if missing:
        raise KeyError(f"records: rows lack the columns {missing}")
    write_parquet(table, path)


def read_records(paths: list[str]) -> pd.DataFrame:
    """All rows of some estimate files, in a fixed order."""
    frame: pd.DataFrame = pa.concat_tables(
        [pq.read_table(str(p), schema=SCHEMA) for p in paths]
    ).to_pandas()
    keys = ["suite", "task", "estimator", "readout", "n_train", "seed"]
    return frame.sort_values(keys, ignore_index=True)


def base_row(sample: Samples, estimator: str, readout: str, digest: str = "") -> dict[str, Any]:
    """The columns that follow from the samples, the estimator's name, the code and the machine."""
    return {
        "suite": sample.suite,
        "task": sample.task,
        "seed": sample.seed,
        "estimator": estimator,
        "readout": readout,
        "mi_true": sample.mi_true,
        "n_train": len(sample.train),
        "n_test": len(sample.test),
        "low": None,
        "high": None,
        "oracle": sample.oracle,
        "status": "ok",
        "integrand": None,
        "smallest_time": None,
        "code_digest": digest,
        "machine": machine(),
        "made": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }
