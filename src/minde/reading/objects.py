"""What a column of Python objects holds: numbers, truth values, durations or text."""

from __future__ import annotations

import datetime
import numbers
import re
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minde.columns import Origin
from minde.errors import InputError

#: Text of which more than this share are numbers is worth a sentence.
MOSTLY = 0.8
#: Text that stands for a missing value in many a table.
MISSING = {"", "na", "n/a", "#n/a", "nan", "none", "null", "?", "-", "--", ".", "missing"}
#: Numbers with separated thousands, a decimal comma, a currency or a percent sign.
WRITTEN = re.compile(
    r"[-+\u2212]?[$€£]? ?(\d{1,3}([,' ]\d{3})+|\d+)([.,]\d+)?(e[-+]?\d+)? ?[%€£$]?", re.IGNORECASE
)


@dataclass(frozen=True)
class Found:
    """Values of one kind.

    Attributes:
        values: (rows,), double or text.
        origin: What they are.
        durations: Whether they were durations, now in seconds.
        sentence: What the user should know, or nothing.
    """

    values: NDArray[Any]
    origin: Origin
    durations: bool = False
    sentence: str = ""


#: Dates in the usual orders, with a time of day or without, and times of day.
WRITTEN_DATE = re.compile(
    r"(\d{4}([-/.])\d{1,2}\2\d{1,2}|\d{1,2}([-/.])\d{1,2}\3(\d{4}|\d{2}))([T ].*)?"
    r"|\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[ap]m)?",
    re.IGNORECASE,
)
#: What is wrong with a column of dates, and what to do.
DATES = "holds dates; turn them into numbers, such as days since the first, or leave the column out"


def number_type(kind: type) -> str:
    """``boolean``, ``integer``, ``decimal``, ``float``, ``duration``, ``text``, ``date``, or ""."""
    for known, name in (
        ((bool, np.bool_), "boolean"),
        ((np.timedelta64, datetime.timedelta), "duration"),
        (Decimal, "decimal"),
        (numbers.Integral, "integer"),
        (numbers.Real, "float"),
        ((str, bytes), "text"),
        ((datetime.date, np.datetime64), "date"),
    ):
        if issubclass(kind, known):
            return name
    return "date" if kind.__name__ in ("Period", "Timestamp") else ""


def of_objects(values: NDArray[Any], name: str) -> Found:
    """Numbers or text of objects none of which is missing.

    Raises:
        InputError: If they are of several kinds, or of one that is no number.
    """
    types = {kind: number_type(kind) for kind in set(map(type, values))}
    kinds = set(types.values())
    if "date" in kinds:
        raise InputError(f"column '{name}' {DATES}")
    if "" in kinds:
        strange = next(kind.__name__ for kind, found in types.items() if not found)
        raise InputError(
            f"column '{name}' holds values of type {strange}; numbers or text are read"
        )
    if "text" in kinds and len(kinds) > 1:
        row, first = next((k, v) for k, v in enumerate(values) if isinstance(v, str | bytes))
        raise InputError(
            f"column '{name}' mixes numbers and text, first {_short(first)} in row {row}; make it "
            "one or the other, and mark missing values as NaN"
        )
    if kinds == {"text"}:
        text = [v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in values]
        return Found(_objects(text), "label", sentence=told_of_text(text, name))
    if "duration" in kinds and len(kinds) > 1:
        raise InputError(f"column '{name}' mixes durations and numbers; make it one or the other")
    if kinds == {"duration"}:
        second = np.timedelta64(1, "s")
        seconds = [np.timedelta64(v) / second for v in values]
        return Found(np.array(seconds, dtype=float), "float", durations=True)
    whole = kinds <= {"boolean", "integer", "decimal"} and all(
        not isinstance(v, Decimal) or (v.is_finite() and v == v.to_integral_value()) for v in values
    )
    out = np.array([_double(v, name) for v in values], dtype=np.float64)
    if whole and any(int(a) != int(b) for a, b in zip(values, out, strict=True)):
        raise InputError(too_large(values, name))
    boolean = bool(kinds) and kinds == {"boolean"}
    return Found(out, "boolean" if boolean else "integer" if whole and kinds else "float")


def _double(value: Any, name: str) -> float:
    try:
        return float(value)
    except OverflowError:
        raise InputError(too_large([value], name)) from None


def too_large(values: Any, name: str) -> str:
    """The line on whole numbers that double precision would change."""
    first = str(max(values, key=abs))
    return (
        f"column '{name}' holds whole numbers such as {first[:25]} that double precision cannot "
        "tell from their neighbours; subtract an offset or leave the column out"
    )


def _objects(text: list[str]) -> NDArray[Any]:
    out = np.empty(len(text), dtype=object)
    out[:] = text
    return out


def told_of_text(text: list[str], name: str) -> str:
    """A sentence on text whose levels may be meant otherwise; nothing where there is none."""
    counts = Counter(text)  # each level once: labels repeat
    found = (
        numbers_as_text(text, name),
        _dates_as_text(counts, name),
        _missing_as_text(counts, name),
    )
    return next(filter(None, found), _alike(counts, name))


def _dates_as_text(counts: Counter[str], name: str) -> str:
    if not all(map(is_date, counts)):
        return ""
    return (
        f"column '{name}' is text that holds dates or times, such as {_short(next(iter(counts)))}; "
        "it is read as labels, which are in no order"
    )


def _missing_as_text(counts: Counter[str], name: str) -> str:
    found = next((level for level in counts if level.strip().casefold() in MISSING), None)
    if found is None:
        return ""
    return (
        f"column '{name}' has {_short(found)} in {counts[found]} rows, which is read as a level; "
        "put None or NaN there if it means a missing value"
    )


def _alike(counts: Counter[str], name: str) -> str:
    seen: dict[str, str] = {}
    for level in counts:
        key = " ".join(level.split()).casefold()
        if key in seen:
            return (
                f"column '{name}' has labels {_short(seen[key])} and {_short(level)}, which differ "
                "in spaces or capitals alone and are read as two levels"
            )
        seen[key] = level
    return ""


def numbers_as_text(text: list[str], name: str) -> str:
    """A sentence on text that is mostly numbers: a mark such as ``?`` makes text of a column."""
    counts = Counter(text)
    others = [value for value in counts if not is_number(value)]
    numeric = len(text) - sum(counts[value] for value in others)
    if numeric <= MOSTLY * len(text):
        return ""
    if not others:
        return (
            f"column '{name}' is text that holds numbers, such as {_short(text[0])}; it is read as "
            "labels"
        )
    return (
        f"column '{name}' is read as labels, though {numeric} of {len(text)} "
        f"values are numbers: the first that is none is {_short(others[0])}"
    )


def is_number(value: str) -> bool:
    """Whether text is a number as people write it: ``1,234.5``, ``12 %``, ``$3``."""
    try:
        float(value)
    except ValueError:
        return WRITTEN.fullmatch(value.strip()) is not None
    return True


def is_date(value: str) -> bool:
    """Whether text looks like a date or time: ``2020-01-31``, ``1/31/20 12:00``, ``9:30``."""
    return WRITTEN_DATE.fullmatch(value.strip()) is not None


def _short(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 30 else shown[:27] + "...'"
