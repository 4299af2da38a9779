"""Rows with missing values: refused in one line, or dropped over all variables and told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from minde.columns import Column
from minde.errors import InputError, nearest
from minde.reading.convert import Converted
from minde.types import Mask

#: What to do with missing values.
Missing = Literal["refuse", "drop"]
#: Most columns that a message names.
NAMED = 5


def rows_to_keep(
    variables: Mapping[str, list[Converted]], missing: str, option: str
) -> tuple[Mask, str]:
    """Which rows to keep, and a sentence on those that are not.

    Arguments:
        variables: Columns by variable, all of one length.
        missing: ``refuse`` or ``drop``.
        option: How the user says ``drop`` at this place; nothing if it cannot be said.

    Returns:
        (rows,) and the sentence, which is empty if every row is kept.

    Raises:
        InputError: If values are missing and that is refused, or no row is left.
    """
    if missing not in ("refuse", "drop"):
        hint = nearest(missing, ["refuse", "drop"])
        raise InputError(f"missing: must be 'refuse' or 'drop', got '{missing}'{hint}")
    columns = [c for group in variables.values() for c in group]
    lacking = np.any([c.missing for c in columns], axis=0)
    if not lacking.any():
        return ~lacking, ""
    if missing == "refuse":
        counts = [
            f"{name}: {_counts({c.column.name: int(c.missing.sum()) for c in group})}"
            for name, group in variables.items()
            if any(c.missing.any() for c in group)
        ]
        drop = f"drop those rows with {option}" if option else "drop those rows"
        raise InputError(f"{'; '.join(counts)}; {drop} or fill them")
    if lacking.all():
        raise InputError(f"{', '.join(variables)}: every row has a missing value; none is left")
    named = [c.column.name for c in columns if c.missing.any()]
    sentence = (
        f"{', '.join(variables)}: {lacking.sum()} of {len(lacking)} rows were dropped, for values "
        f"missing in {list_columns(named)}"
    )
    return ~lacking, sentence


def refuse_infinite(name: str, columns: list[Column]) -> None:
    """Raise InputError if values of a variable are infinite."""
    found = {
        c.name: int(np.isinf(c.values).sum())
        for c in columns
        if c.origin != "label" and np.isinf(c.values).any()
    }
    if found:
        counts = _counts(found, "infinite")
        raise InputError(f"{name}: {counts}; put finite values for them or leave those rows out")


def list_columns(names: list[str]) -> str:
    """``column 'a'``, or ``columns 'a', 'b' and 3 more``."""
    shown = ", ".join(f"'{name}'" for name in names[:NAMED])
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"column{'s' if len(names) > 1 else ''} {shown}{more}"


def _counts(found: dict[str, int], what: str = "missing") -> str:
    """``12 values are missing in column 'age', 3 in 'score'``."""
    (first, count), *rest = [(name, n) for name, n in found.items() if n]
    parts = [f"{count} value{'s are' if count > 1 else ' is'} {what} in column '{first}'"]
    parts += [f"{n} in '{name}'" for name, n in rest[: NAMED - 1]]
    if more := rest[NAMED - 1 :]:
        parts.append(f"{sum(n for _, n in more)} in {len(more)} more column{'s' * (len(more) > 1)}")
    return ", ".join(parts)
