"""Reading the user's tables from files, and choosing their columns by names and globs."""

from __future__ import annotations

import bz2
import csv
import fnmatch
import gzip
import itertools
import lzma
import zipfile
import zlib
from collections.abc import Container
from pathlib import Path
from typing import Any

import numpy as np

from minde.errors import InputError, nearest
from minde.io.delimited import columns_of_text
from minde.io.formats import (
    columns_of_arrays,
    columns_of_arrow,
    columns_of_excel,
    columns_of_parquet,
)

TEXT = (".csv", ".tsv", ".txt", ".dat")
COMPRESSED = (".gz", ".bz2", ".xz", ".zst")
ARROW = (".feather", ".arrow", ".ipc")
EXCEL = (".xlsx", ".xls", ".ods")
#: Columns that a message names at most.
NAMED = 5
KNOWN = "csv, tsv, txt (also .gz, .zst, .bz2, .xz), parquet, feather, npy, npz or xlsx"

#: Errors of libraries over a damaged file.
_DAMAGED = (
    OSError, ValueError, KeyError, TypeError, EOFError, NotImplementedError, OverflowError,
    csv.Error, lzma.LZMAError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


def read_table(path: Path) -> dict[str, Any]:
    """Columns of a file by name, as numpy arrays or pandas' series, missing values as such.

    Arguments:
        path: A file, or a folder of parquet files.

    Raises:
        InputError: If it is missing, empty, unreadable or of another kind, if names repeat, or if
            rows do not fit the names.
    """
    if not path.exists():
        raise InputError(f"{path}: no such file")
    if path.is_file() and path.stat().st_size == 0:
        raise InputError(f"{path}: the file is empty")
    kind = ".parquet" if path.is_dir() else path.suffix.lower()
    inner = Path(path.stem).suffix.lower() if kind in COMPRESSED else kind
    try:
        columns = _columns(path, kind, inner)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    except ImportError as error:
        package = error.name or _named(str(error))
        extra = "excel" if kind in EXCEL else "io"
        raise InputError(
            f"{path}: needs the package '{package}'; pip install {package}, or 'minde[{extra}]'"
        ) from None
    except _DAMAGED as error:
        reason = str(error).split("\n")[0] or type(error).__name__
        raise InputError(f"{path}: cannot be read as {inner[1:]} ({reason})") from error
    if not columns:
        raise InputError(f"{path}: it has no columns")
    return columns


def _columns(path: Path, kind: str, inner: str) -> dict[str, Any]:
    if inner in TEXT:
        return columns_of_text(_text(path, kind), inner)
    if kind in (".parquet", ".pq"):
        return columns_of_parquet(path)
    if kind in ARROW:
        import pyarrow.feather as feather

        return columns_of_arrow(feather.read_table(str(path)))
    if kind in EXCEL:
        return columns_of_excel(path)
    if kind == ".npy":
        return columns_of_arrays({"": np.load(path, allow_pickle=False)})
    if kind == ".npz":
        with np.load(path, allow_pickle=False) as arrays:
            return columns_of_arrays({name: arrays[name] for name in arrays.files})
    raise InputError(f"unknown kind of file '{kind}'; use {KNOWN}")


def _text(path: Path, kind: str) -> str:
    """Text of a file, which may be compressed and written by a spreadsheet."""
    data = path.read_bytes()
    if kind == ".zst":
        import pyarrow as pa

        data = pa.CompressedInputStream(pa.BufferReader(data), "zstd").read()
    elif kind in COMPRESSED:
        library: Any = {".gz": gzip, ".bz2": bz2, ".xz": lzma}[kind]
        data = library.decompress(data)
    if not data.strip():
        raise InputError("the file is empty")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")  # spreadsheets of Western Europe


def _named(message: str) -> str:
    """The package that pandas' message asks for."""
    words = message.split("'")
    return words[1] if len(words) > 1 else "openpyxl"


def pick_names(columns: dict[str, Any], pattern: str, option: str) -> list[str]:
    """Columns named by a comma-separated list of names and globs.

    Raises:
        InputError: If a name matches nothing, naming the nearest column.
    """
    names: list[str] = []
    for part in split_names(columns, pattern, option):
        found = [part] if part in columns else fnmatch.filter(columns, part)
        if not found:
            first = ", ".join(f"'{name}'" for name in itertools.islice(columns, NAMED))
            more = ", ..." if len(columns) > NAMED else ""
            hint = nearest(part, [*columns]) or f"; its columns are {first}{more}"
            raise InputError(f"{option}: no column '{part}'{hint}")
        names += [name for name in found if name not in names]
    return names


def split_names(known: Container[str], pattern: str, option: str) -> list[str]:
    """The parts of a comma-separated list, which is one part if it is itself a known name.

    Raises:
        InputError: If there is none.
    """
    if pattern in known:  # a name may hold a comma
        return [pattern]
    if parts := [p.strip() for p in pattern.split(",") if p.strip()]:
        return parts
    raise InputError(f"{option}: name at least one column")


def pick(columns: dict[str, Any], pattern: str, option: str) -> dict[str, Any]:
    """The columns of :func:`pick_names` by name, for :mod:`minde.reading`."""
    return {name: columns[name] for name in pick_names(columns, pattern, option)}
