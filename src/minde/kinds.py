"""Kinds of columns: continuous, discrete or categorical, and what is a mixture of both.

What was said of a column is kept. Of the rest, labels are categorical and truth values discrete.
Numbers are discrete where fewer than half of them are distinct, for a sample of a density has no
ties. A number that holds a notable share of a column whose other values have no ties is an *atom*
(zeros of a count of rain, a sensor's limit): the column is continuous but for its atoms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from minde.columns import Column, Variable
from minde.errors import InputError, nearest
from minde.rounding import share_by_rounding
from minde.types import Array, Rows

Kind = Literal["continuous", "discrete", "categorical"]
KINDS: tuple[Kind, ...] = ("continuous", "discrete", "categorical")
#: Share of the rows, and rows, that make a value an atom.
ATOM_SHARE, ATOM_ROWS = 0.02, 8
#: Atoms of one column at most, and distinct values among the other rows, as a share of them.
MOST_ATOMS, UNTIED = 3, 0.9
#: Distinct values per row, from which on numbers are continuous.
DISTINCT = 0.5
#: Distinct values that may be of as many groups of rows, at least, and what is said of them.
LEAST_GROUPS = 20
GROUPED = (
    ", which repeat more often than rounding explains: if rows of one value are of a subject, name "
    "the subjects by groups (--groups), else what tells subjects apart is read as dependence"
)


@dataclass(frozen=True)
class Decision:
    """What a column is.

    Attributes:
        kind: Its kind.
        atoms: Values of a continuous column that many rows share, in rising order.
        why: A plain sentence.
        inferred: Whether it was inferred and is not what a column of numbers mostly is.
    """

    kind: Kind
    atoms: tuple[float, ...]
    why: str
    inferred: bool


def decide(column: Column, asked: Kind | None = None) -> Decision:
    """The kind of a column: what was asked for, or by origin and ties.

    Raises:
        InputError: If labels are asked to be continuous or discrete.
    """
    name = column.name
    if column.origin == "label":
        if asked in ("continuous", "discrete"):
            raise InputError(f"kinds: {name} holds labels, which are not {asked}")
        return Decision("categorical", (), f"{name} holds labels: categorical", asked is None)
    if asked in ("discrete", "categorical"):
        return Decision(asked, (), f"{name} is {asked}, as was asked for", False)
    values, found = np.unique(column.values.astype(np.float64), return_counts=True)
    counts: Rows = found.astype(np.int64)
    atoms = () if column.origin == "boolean" else _atoms(values, counts)
    if atoms:
        share = 100.0 * counts[np.isin(values, atoms)].sum() / counts.sum()
        at = " or ".join(f"{atom:g}" for atom in atoms)
        why = f"{share:.0f}% of the values of {name} are {at}: a discrete part; the rest continuous"
        return Decision("continuous", atoms, why, asked is None)
    if asked == "continuous":
        return Decision("continuous", (), f"{name} is continuous, as was asked for", False)
    if column.origin == "boolean" or len(values) < DISTINCT * counts.sum():
        why = f"{name} has {len(values)} distinct values in {counts.sum()} rows: discrete"
        if column.origin == "float" and _of_groups(values, counts):
            why += GROUPED
        return Decision("discrete", (), why, True)
    return Decision("continuous", (), f"{name} has few ties: continuous", False)


def _of_groups(values: Array, counts: Rows) -> bool:
    """Whether values repeat as if each were of a subject with several rows, not rounded."""
    repeats = 1.0 - len(values) / counts.sum()
    if len(values) < LEAST_GROUPS or counts.min() < 2:
        return False
    return bool(repeats > 2.0 * share_by_rounding(values))


def _atoms(values: Array, counts: Rows) -> tuple[float, ...]:
    """Values that hold a notable share each, if the rest are few and have no ties."""
    n = counts.sum()
    heavy = counts >= max(ATOM_ROWS, ATOM_SHARE * n)
    rest = ~heavy
    if not 1 <= heavy.sum() <= MOST_ATOMS or rest.sum() < max(2, ATOM_ROWS):
        return ()
    if rest.sum() < UNTIED * counts[rest].sum():
        return ()
    return tuple(float(v) for v in values[heavy])


def asked_kinds(
    variables: Sequence[Variable], kinds: Mapping[str, Kind] | None
) -> dict[tuple[str, str], Kind]:
    """Kinds that were asked for, by names of variable and column.

    Arguments:
        variables: What there is.
        kinds: By name of a column, or of a variable for all of its columns.

    Raises:
        InputError: If a name is unknown or a kind is none.
    """
    out: dict[tuple[str, str], Kind] = {}
    every = [(v.name, c) for v in variables for c in v.names]
    known = list(dict.fromkeys([c for _, c in every] + [v.name for v in variables]))
    for name, kind in (kinds or {}).items():
        if kind not in KINDS:
            hint = nearest(str(kind), list(KINDS))
            raise InputError(
                f"kinds: {name} must be continuous, discrete or categorical, got {kind!r}{hint}"
            )
        if name not in known:
            raise InputError(f"kinds: there is no column '{name}'{nearest(str(name), known)}")
        exact = [pair for pair in every if pair[1] == name]
        for pair in exact or [pair for pair in every if pair[0] == name]:
            out[pair] = kind
    return out
