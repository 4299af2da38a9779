"""One column as given: numbers in double or labels as text, and which values are missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minde.columns import Column, Origin
from minde.errors import InputError
from minde.reading.objects import DATES, number_type, of_objects, too_large
from minde.reading.sentinels import told_of_sentinel
from minde.reading.split import is_series
from minde.types import Mask


@dataclass(frozen=True)
class Converted:
    """A column with its missing values, which are NaN, or empty text.

    Attributes:
        column: The column.
        missing: (rows,), which values are missing.
        sentence: What the user should know about it, or nothing.
    """

    column: Column
    missing: Mask
    sentence: str = ""


def convert(values: Any, name: str) -> Converted:
    """Convert one column.

    Arguments:
        values: (rows,) of numpy, masked or not, or a series of pandas or polars.
        name: Name of the column.

    Raises:
        InputError: On dates, complex numbers, numbers mixed with text, objects, and on whole
            numbers that double precision cannot hold.
    """
    levels: tuple[str, ...] = ()
    if is_series(values):
        levels = _levels(values, name)
        values = _labels(values, levels) if levels else _plain(values)
    array = np.asarray(values)  # of a masked array what is under the mask
    missing = np.zeros(len(array), bool)
    if isinstance(values, np.ma.MaskedArray):
        missing = missing | values.mask
    kind = array.dtype.kind
    if kind == "O" or kind in "US":
        return _of_text(array, missing, name, levels)
    if kind == "M":
        raise InputError(f"column '{name}' {DATES}")
    if kind == "m":
        missing = missing | np.isnat(array)
        seconds = np.where(missing, np.nan, array / np.timedelta64(1, "s"))
        return Converted(Column(name, seconds, "float"), missing, _durations(name))
    if kind not in "biuf":
        raise InputError(f"column '{name}' holds {array.dtype} values; turn them into real numbers")
    out = array.astype(np.float64)
    if kind in "iu":
        for value in array[~missing & ((array > 2**53) | (array < -(2**53)))]:
            if int(value) != int(float(value)):
                raise InputError(too_large([value], name))
    origin: Origin = "boolean" if kind == "b" else "integer" if kind in "iu" else "float"
    missing = missing | np.isnan(out)
    sentence = told_of_sentinel(out[~missing], name)
    return Converted(Column(name, np.where(missing, np.nan, out), origin), missing, sentence)


def _of_text(array: NDArray[Any], missing: Mask, name: str, levels: tuple[str, ...]) -> Converted:
    """A column of objects or of numpy's text."""
    if array.dtype.kind == "S":
        array = np.char.decode(array, "utf-8", "replace")
    if array.dtype.kind == "U":
        missing = missing | (array == "nan")  # what numpy makes of NaN beside text
        array = array.astype(object)
    missing = missing | np.fromiter(map(_empty, array), bool, len(array))
    found = of_objects(array[~missing], name)
    if found.origin == "label":
        text = np.full(len(array), "", dtype=object)
        text[~missing] = found.values
        return Converted(
            Column(name, text, "label", levels), missing, "" if levels else found.sentence
        )
    numbers = np.full(len(array), np.nan)
    numbers[~missing] = found.values
    sentence = _durations(name) if found.durations else told_of_sentinel(found.values, name)
    return Converted(Column(name, numbers, found.origin), missing, sentence)


def _empty(value: Any) -> bool:
    """Whether an object stands for a missing value: None, NaN, NA or NaT."""
    if isinstance(value, str | bytes | int):  # most values, told at once
        return False
    if value is None or type(value).__name__ in ("NAType", "NaTType", "MaskedConstant"):
        return True
    if isinstance(value, np.datetime64 | np.timedelta64):
        return bool(np.isnat(value))
    return number_type(type(value)) in ("float", "decimal") and bool(np.isnan(float(value)))


def _levels(series: Any, name: str) -> tuple[str, ...]:
    """Categories of pandas' category or polars' Enum in their order; of others nothing."""
    found: Any = getattr(series.dtype, "categories", None)
    if not hasattr(found, "to_list"):
        return ()
    levels = tuple(str(level) for level in found.to_list())
    if len(set(levels)) < len(levels):
        raise InputError(f"column '{name}': two of its categories are the same as text")
    return levels


def _labels(series: Any, levels: tuple[str, ...]) -> NDArray[Any]:
    """Text of a categorical column, None where missing."""
    codes = getattr(getattr(series, "cat", series), "codes", None)
    if codes is None:  # polars
        return _as_objects(series)
    text: NDArray[Any] = np.array([*levels, None], dtype=object)[np.asarray(codes)]
    return text  # a code of -1 is missing, the last


def _as_objects(series: Any) -> NDArray[Any]:
    """Python's own values, with None or the library's mark where missing."""
    listed = series.to_list() if hasattr(series, "to_list") else list(series)
    return np.fromiter(listed, object, len(listed))  # a list stays one value


def _plain(series: Any) -> Any:
    """Numpy's values of a series, masked where values are missing."""
    dtype = series.dtype
    if isinstance(dtype, np.dtype):
        return np.asarray(series)
    if getattr(dtype, "fill_value", None) is not None and hasattr(dtype, "subtype"):
        return np.asarray(series, dtype=dtype.subtype)  # pandas' sparse
    if str(dtype).startswith(("datetime64", "period", "timestamp")):  # with a time zone, say
        return np.zeros(len(series), "datetime64[s]")
    if hasattr(series, "null_count"):  # polars
        numeric = dtype.is_numeric() and not dtype.is_decimal() and not series.null_count()
        return series.to_numpy() if numeric else _as_objects(series)
    kind = getattr(dtype, "numpy_dtype", None)
    if getattr(kind, "kind", "O") not in "biuf":
        return _as_objects(series)
    missing = np.asarray(series.isna(), dtype=bool)
    out = np.zeros(len(missing), kind)
    out[~missing] = np.asarray(series[~missing].astype(kind))
    if not missing.any():
        return out
    objects = out.astype(object)  # exact, and None where missing
    objects[missing] = None
    return objects


def _durations(name: str) -> str:
    return f"column '{name}' holds durations, which are read in seconds"
