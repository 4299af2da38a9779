"""Tables as text: which separator and decimal mark they use, and their columns, never shifted.

Each row must have as many fields as there are names. What is known to differ (a separator at the
end of each row, row names without a name of their own) is mended; anything else is refused.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
import warnings
from collections.abc import Iterator
from typing import Any

from minde.errors import InputError
from minde.io.fields import (
    NAMES,
    NUMBER,
    SPACES,
    Edges,
    decimal_marks,
    field_names,
    refuse_values_for_names,
)

#: Separators, by how likely they are; SPACES only in text files.
SEPARATORS = (",", ";", "\t", "|")
#: Rows to guess from.
GUESSED = 200


def columns_of_text(text: str, kind: str) -> dict[str, Any]:
    """Columns by name, as pandas' series.

    Arguments:
        text: The file's.
        kind: Suffix of the file: ``.csv``, ``.tsv``, ``.txt`` or ``.dat``.

    Raises:
        InputError: If rows have other fields than the line of names, names repeat or are numbers,
            or the decimal mark is unclear.
    """
    if "\0" in text:
        raise InputError("it is no text")
    text = text.replace("\r\n", "\n")
    text = (text if "\n" in text else text.replace("\r", "\n")).strip("\n")
    text = re.sub(r"\Asep=.\n", "", text)  # a spreadsheet's, of the separator
    text = _without_comments(text, kind)
    separator = _separator(text, kind)
    header = next(_rows(text, separator), [])
    names = field_names(header, _edges(text, separator), separator, _is_quoted(text))
    body = _body(text, separator)
    how: dict[str, Any] = {
        "sep": r"\s+" if separator == SPACES else separator,
        "header": None,
        "names": list(range(len(names))),
        "index_col": False,
        "skipinitialspace": any(n.startswith(" ") for n in header) or f'{separator} "' in text,
        "skip_blank_lines": len(names) > 1,  # in one column a blank line is a missing value
        "float_precision": "round_trip",
        **decimal_marks(body, separator),
    }
    frame = _parsed(body, low_memory=False, **how)
    columns = {name: frame[k] for k, name in enumerate(names) if name is not None}
    refuse_values_for_names(columns)
    # Whole numbers with missing values are decimal to pandas; one written 1.0 stays so.
    doubtful = [k for k in frame if _may_be_whole(frame[k])]
    if doubtful:
        written = _parsed(body, usecols=doubtful, **{**how, "dtype": str})
        for k in doubtful:
            if names[k] is not None and not written[k].str.contains("[.,eE]", na=False).any():
                columns[str(names[k])] = frame[k].astype("Int64")
    return columns


def _without_comments(text: str, kind: str) -> str:
    """The text without lines of comments at its head, the last of which may hold the names."""
    head, lines = [], text.split("\n")
    while lines and lines[0].startswith("#"):
        head.append(lines.pop(0).lstrip("#").strip())
    rest = "\n".join(lines)
    if not head:
        return text
    if not rest:
        return head[-1]
    # numpy.savetxt writes the names as a comment above the numbers.
    first = next(_rows(rest, _separator(rest, kind)), [])
    return f"{head[-1]}\n{rest}" if all(map(NUMBER.fullmatch, first)) else rest


def _rows(text: str, separator: str) -> Iterator[list[str]]:
    """Fields of each line that is not blank."""
    if separator == SPACES:
        return (line.split() for line in text.split("\n") if line.strip())
    if '"' not in text and "\r" not in text:
        return (line.split(separator) for line in text.split("\n") if line)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    return (row for row in reader if row)


def _parsed(body: str, **how: Any) -> Any:
    import pandas as pd

    with warnings.catch_warnings():  # pandas 3 minds an argument that pandas 1 and 2 need
        warnings.simplefilter("ignore")
        return pd.read_csv(io.StringIO(body), **how)


def _edges(text: str, separator: str) -> list[Edges]:
    """Of each row after the names how many fields it has, the first and the last."""
    if separator == SPACES or '"' in text or "\r" in text:
        rows = itertools.islice(_rows(text, separator), 1, None)
        return [(len(row), row[0], row[-1]) for row in rows]
    return [  # without a list of all fields of a wide table
        (line.count(separator) + 1, line.partition(separator)[0], line.rpartition(separator)[2])
        for line in text.split("\n")[1:]
        if line
    ]


def _is_quoted(text: str) -> bool:
    """Whether the first row begins with a quote, as R writes names of rows."""
    return text.split("\n", 1)[-1].startswith('"')


def _body(text: str, separator: str) -> str:
    """The text after the names, of which a quoted one may hold a line break."""
    lines = 1
    if separator != SPACES:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        next(reader)
        lines = reader.line_num
    return text.split("\n", lines)[-1]


def _may_be_whole(column: Any) -> bool:
    if column.dtype.kind != "f" or not column.isna().any() or column.isna().all():
        return False
    known = column.dropna()
    return bool((known % 1 == 0).all() and known.abs().max() <= 2**53)


def _separator(text: str, kind: str) -> str:
    """The separator by which the first rows agree with the line of names on most fields."""
    found: dict[str, int] = {}
    for separator in (*SEPARATORS, *([SPACES] if kind in (".txt", ".dat") else [])):
        rows = list(itertools.islice(_rows(text, separator), GUESSED))
        fields, rest = len(rows[0]), [len(row) for row in rows[1:]]
        if fields > 1 and rest and all(n == fields for n in rest):
            found[separator] = fields
    if len(found) > 1 and SPACES in found:
        del found[SPACES]
    if found:
        most = max(found.values())
        best = [separator for separator, fields in found.items() if fields == most]
        if len(best) > 1:
            named = " or ".join(NAMES[separator] for separator in best)
            raise InputError(f"its fields may be separated by {named}; write it with one of them")
        return best[0]
    # Nothing agrees: what the names are separated by, else one column.
    first = text.split("\n", 1)[0]
    preferred = "\t" if kind == ".tsv" else ","
    return max((preferred, *SEPARATORS), key=first.count)
