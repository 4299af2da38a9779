"""Two variables made ready: coded, and their discrete parts as a table with rows enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from minde.coding import Side
from minde.columns import Variable
from minde.discrete.counts import coverage
from minde.discrete.shannon import Shannon, entropy
from minde.errors import InputError
from minde.estimators.coding import Coding, occupied
from minde.inputs import dependence_warnings
from minde.kinds import Kind
from minde.redundant import curve
from minde.seeding import derive
from minde.types import Array

#: Share of the probability in cells that were seen, below which a table has too few rows; below the
#: second nothing can be said, and below the third labels tell rows from one another and no more.
ENOUGH, LITTLE, ALONE = 0.8, 0.3, 0.5
#: Rows with a continuous value beside atoms, below which no network is trained on them.
LEAST_ROWS = 60
#: Rows and columns that are looked through for curves.
CURVE_ROWS, CURVE_COLUMNS = 5000, 20


@dataclass(frozen=True)
class Sides:
    """x and y as they are trained on.

    Attributes:
        codings: Of x and of y.
        x: Coded.
        y: Coded.
        most: Largest information possible and its standard error, where a variable is discrete.
        warnings: Sentences on the data.
    """

    codings: tuple[Coding, Coding]
    x: Side
    y: Side
    most: tuple[float, float]
    warnings: tuple[str, ...]

    @classmethod
    def fit(
        cls, x: Variable, y: Variable, asked: Mapping[tuple[str, str], Kind], random_state: int
    ) -> Sides:
        """Decide what columns are and code them.

        Arguments:
            x: One variable.
            y: The other, with as many rows.
            asked: Kinds that were asked for (see ``minde.kinds.asked_kinds``).
            random_state: Seed of what is spread.

        Raises:
            InputError: If there is nothing to read, or the labels are too many for the rows.
        """
        a, b = Coding.fit(x, asked), Coding.fit(y, asked)
        bounds = [entropy(c.levels(v)) for c, v in ((a, x), (b, y)) if c.discrete]
        most = min(bounds, key=lambda h: h.value, default=Shannon(np.inf, 0.0, 0, np.empty(0)))
        warnings = [*a.notes, *b.notes]
        sides = _coded(a, b, x, y, random_state)
        for _ in range(2):
            if sides[0].codes.shape[1] == 0 or sides[1].codes.shape[1] == 0:
                break
            if coverage(np.concatenate([sides[0].codes, sides[1].codes], axis=1)) >= ENOUGH:
                break
            wider = max(
                (k for k in (0, 1) if (a, b)[k].spread() != (a, b)[k]),
                key=lambda k: occupied(sides[k].codes),
                default=None,
            )
            if wider is None:
                break
            a, b = (a.spread(), b) if wider == 0 else (a, b.spread())
            warnings.append(
                f"{(x, y)[wider].name} has many levels for {len(x)} rows: its ordered columns are "
                "spread evenly between their levels and read as continuous"
            )
            sides = _coded(a, b, x, y, random_state)
        warnings += (
            _sparse(sides, (x.name, y.name)) + _dependence(sides, (a, b)) + _few(sides, (a, b))
        )
        return cls((a, b), *sides, (most.value, most.std_error), tuple(warnings))


def enough(side: Side) -> bool:
    """Whether a network can be trained on the continuous columns."""
    alive = side.alive.any(axis=1)
    return bool(alive.all() or alive.sum() >= LEAST_ROWS)


def _coded(a: Coding, b: Coding, x: Variable, y: Variable, seed: int) -> tuple[Side, Side]:
    return a.encode(x, derive(seed, "spread", "x")), b.encode(y, derive(seed, "spread", "y"))


def _sparse(sides: tuple[Side, Side], names: tuple[str, str]) -> list[str]:
    """Sentences, or an error, on labels that are too many for the rows."""
    n = len(sides[0])
    for side, name in zip(sides, names, strict=True):
        labels = [k for k, ordered in enumerate(side.ordered) if not ordered]
        if labels and coverage(side.codes[:, labels]) < ALONE:
            levels = occupied(side.codes[:, labels])
            raise InputError(
                f"{name}: {levels} combinations of labels in {n} rows tell rows from one another "
                "and no more; merge rare levels, or leave such columns out"
            )
    if 0 in (sides[0].codes.shape[1], sides[1].codes.shape[1]):
        return []
    seen = coverage(np.concatenate([sides[0].codes, sides[1].codes], axis=1))
    if seen < LITTLE:
        raise InputError(
            f"{names[0]} and {names[1]}: {100 * (1 - seen):.0f}% of {n} rows are alone in their "
            "combination of levels, and nothing can be said; merge levels, or take more rows"
        )
    if seen < ENOUGH:
        return [
            f"{100 * (1 - seen):.0f}% of the rows are alone in their combination of levels; the "
            "interval is the wider for it"
        ]
    return []


def _few(sides: tuple[Side, Side], codings: tuple[Coding, Coding]) -> list[str]:
    return [
        f"{coding.name} has {int(side.alive.any(axis=1).sum())} values beside its atoms, too few "
        "to read what they tell: the value is a lower bound"
        for side, coding in zip(sides, codings, strict=True)
        if side.values.shape[1] and not enough(side)
    ]


def _dependence(sides: tuple[Side, Side], codings: tuple[Coding, Coding]) -> list[str]:
    """Sentences on continuous columns that determine one another, across the variables."""
    told = []
    for side, coding in zip(sides, codings, strict=True):
        names = [coder.name for coder in coding.coders if coder.form != "codes"]
        whole = np.flatnonzero(side.alive.all(axis=0))
        if len(whole):
            told.append((side.values[:, whole], [names[k] for k in whole]))
    found = list(dependence_warnings([w for w, _ in told], [n for _, n in told])) if told else []
    return found or _curves(sides, codings)


def _curves(sides: tuple[Side, Side], codings: tuple[Coding, Coding]) -> list[str]:
    """Sentences on columns that follow one another along a curve, across the variables."""
    names = [[c.name for c in coding.coders if c.form != "codes"] for coding in codings]
    found = []
    a, b = (s.values[:CURVE_ROWS, :CURVE_COLUMNS] for s in sides)
    for i, u in enumerate(a.T):
        for j, v in enumerate(b.T):
            if _follows(u, v):
                found.append(f"{names[0][i]} and {names[1][j]}")
    if not found:
        return []
    more = f" (and {len(found) - 1} pairs more)" if len(found) > 1 else ""
    line = f"{found[0]}{more} follow one another along a curve: mutual information may be infinite"
    return [line]


def _follows(u: Array, v: Array) -> bool:
    both = ~np.isnan(u) & ~np.isnan(v)
    u, v = u[both], v[both]
    ties = any(len(np.unique(w)) < 0.9 * len(w) for w in (u, v))
    return not ties and (curve(u, v) or curve(v, u))
