"""Fields of a text table: the name of each, and how its numbers are written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from minde.errors import InputError

SPACES = " "
#: What to call a separator.
NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", SPACES: "spaces"}

#: Number of fields of a row, the first of them and the last.
Edges = tuple[int, str, str]

#: A number as text.
NUMBER = re.compile(r"\s*[+-]?(\d+[.,]?\d*|[.,]\d+)(e[+-]?\d+)?\s*", re.IGNORECASE)


def field_names(
    header: list[str], rows: Sequence[Edges], separator: str, quoted: bool
) -> list[str | None]:
    """The name of each field of a row; None for what is no column.

    Arguments:
        header: Fields of the line of names.
        rows: Of the other lines the number of fields, the first and the last.
        separator: Between them.
        quoted: Whether the rows begin with a quote.

    Raises:
        InputError: If the names are numbers, are missing, repeat or do not fit the rows.
    """
    names: list[str | None] = [name.strip() for name in header]
    if all(map(NUMBER.fullmatch, header)) and not all(n.strip().isdigit() for n in header):
        raise InputError(
            f"its first line holds numbers ({header[0].strip()}, ...) where names are read; add a "
            "line of names"
        )
    if not rows:
        raise InputError("it has names but no rows")
    if {count for count, _, _ in rows} == {len(names) + 1}:
        if not any(last.strip() for _, _, last in rows):
            names.append(None)  # a separator at the end of each row
        elif _are_row_names([first for _, first, _ in rows], quoted):
            names.insert(0, None)
    for k, (count, _, _) in enumerate(rows):
        if count != len(names):
            fields = "field" if count == 1 else "fields"
            raise InputError(
                f"separated by {NAMES[separator]}, row {k + 1} has {count} {fields} and the "
                f"line of names {len(header)}; give each row a field per name (a number with a "
                "decimal comma needs quotes, or another separator)"
            )
    if len(names) > 1 and names[0] == "":
        names[0] = None  # an index without a name
    if len(names) > 1 and names[-1] == "" and not any(last.strip() for _, _, last in rows):
        names[-1] = None  # a separator at the end of every line
    if "" in names:
        raise InputError(f"field {names.index('') + 1} of its first line is empty; name it")
    known = [name for name in names if name is not None]
    if len(set(known)) < len(known):
        twice = next(name for name in known if known.count(name) > 1)
        raise InputError(f"two columns are named '{twice}'; rename one")
    return names


def refuse_values_for_names(columns: Mapping[str, Any]) -> None:
    """Raise InputError if what was read as names looks like a row: numbers, and labels of others.

    Arguments:
        columns: Values by name.
    """
    numbers = [name for name in columns if NUMBER.fullmatch(name)]
    others = [name for name in columns if name not in numbers]
    if all(name.isdigit() for name in numbers):
        return  # such as years
    if others and all((columns[name] == name).any() for name in others):
        raise InputError(
            f"its first line looks like a row ('{numbers[0]}' would be a name, and "
            f"'{others[0]}' is also a value below it); add a line of names"
        )


def _are_row_names(first: list[str], quoted: bool) -> bool:
    """Whether fields that stand before the first name are names of rows, as R writes them."""
    if len(set(first)) < len(first):
        return False
    return quoted or not any(map(NUMBER.fullmatch, first))


def decimal_marks(text: str, separator: str) -> dict[str, str]:
    """Decimal and thousands marks other than a decimal point, as pandas takes them.

    Arguments:
        text: The rows.
        separator: Between fields. Where it is a comma, one in a number must stand in quotes.

    Raises:
        InputError: If numbers are written in two ways, or could be either.
    """
    if separator == SPACES or "," not in text or (separator == "," and '"' not in text):
        return {}
    edge = re.escape(separator)
    plain = (rf'(?:^|{edge}) *"?[+-]?', rf'(?:e[+-]?\d+)?"? *(?={edge}|$)')
    inside = ('"[+-]?', r'(?:e[+-]?\d+)?"') if separator == "," else plain

    def find(number: str, around: tuple[str, str]) -> str:
        pattern = f"{around[0]}({number}){around[1]}"
        found = re.search(pattern, text, re.MULTILINE | re.IGNORECASE)
        return found[1] if found else ""

    dots = find(r"\d{1,3}(?:\.\d{3})+,\d+", inside)  # 1.234,5
    commas = find(r"\d{1,3}(?:,\d{3})+\.\d+", inside)  # 1,234.5
    clear = find(r"(?:\d+,(?!\d{3}(?!\d))\d+|0\d*,\d+|\d{4,},\d+)", inside)  # 1,5
    either = find(r"\d{1,3}(?:,\d{3})+", inside)  # 1,234
    if not (dots or commas or clear or either):
        return {}
    if commas and not (dots or clear):
        return {"thousands": ","}
    # With dots between thousands only a number that cannot be such is one with a decimal point.
    point = find(r"\d+\.(?!\d{3}(?!\d))\d+" if dots else r"\d*\.\d+", plain)
    if (dots or clear) and (commas or point):
        raise InputError(
            f"it has numbers such as '{dots or clear}' and such as '{commas or point}'; write all "
            "with one decimal mark"
        )
    if dots:
        return {"decimal": ",", "thousands": "."}
    if clear or (separator == ";" and not point):
        return {"decimal": ","}
    raise InputError(
        f"the comma in '{either}' may be a decimal mark or stand between thousands; leave it out "
        "or write a point"
    )
