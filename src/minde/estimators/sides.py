"""Variables made ready: coded, their discrete parts as a table with rows enough, and laid out."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from minde.coding import Side
from minde.columns import Variable
from minde.errors import InputError
from minde.estimators.coding import Coding, occupied
from minde.estimators.counting import (
    ENOUGH,
    counted_together,
    entropies_of,
    most_possible,
    seen,
    sparse,
)
from minde.estimators.directions import MOST_ORDERS, layouts_of, measures_of, orders_of
from minde.estimators.layout import Layout
from minde.estimators.quantity import MUTUAL, Quantity
from minde.inputs import dependence_warnings
from minde.kinds import Kind
from minde.lines import DRAWS, rows_on_a_line
from minde.readout.estimate import Summary
from minde.redundant import CURVE_COLUMNS, CURVE_ROWS, MOST_COLUMNS, curve, surfaces
from minde.seeding import derive
from minde.types import Array

#: Rows with a continuous value beside atoms, below which no network is trained on them.
LEAST_ROWS = 60
#: Lines through pairs of rows that are drawn in all pairs of columns.
LINES = 40_000


@dataclass(frozen=True)
class Sides:
    """The variables as they are trained on.

    Attributes:
        quantity: What is asked of them.
        codings: Of each.
        sides: Each coded.
        layouts: Of the networks there are to train, by their names in the quantity.
        entropies: Of the discrete variables, by name (see ``minde.estimators.counting``).
        warnings: Sentences on the data.
        gap: Rows over which rows in time order depend; 0 for rows in no order.
    """

    quantity: Quantity
    codings: tuple[Coding, ...]
    sides: tuple[Side, ...]
    layouts: dict[str, Layout]
    entropies: Mapping[str, Summary]
    warnings: tuple[str, ...]
    gap: int = 0

    @classmethod
    def fit(
        cls,
        variables: Sequence[Variable],
        asked: Mapping[tuple[str, str], Kind],
        random_state: int,
        quantity: Quantity = MUTUAL,
        gap: int = 0,
        directions: int = MOST_ORDERS,
        clusters: bool = False,
    ) -> Sides:
        """Decide what columns are and code them.

        Arguments:
            variables: As many as the quantity has, with as many rows each.
            asked: Kinds that were asked for (see ``minde.kinds.asked_kinds``).
            random_state: Seed of what is spread.
            quantity: What is asked of them.
            gap: Rows over which rows in time order depend; 0 for rows in no order.
            directions: Orders of continuous variables to average at most.
            clusters: Whether columns in clusters are read as which and where in it, if there are
                rows enough.

        Raises:
            InputError: If there is nothing to read, or the labels are too many for the rows.
        """
        plain = [Coding.fit(v, asked) for v in variables]
        codings = plain[:]
        if clusters and not gap:
            codings = [c.in_clusters(v, asked) for c, v in zip(plain, variables, strict=True)]
        sides = _coded(quantity, codings, variables, random_state)
        if codings != plain and seen(quantity, sides) < ENOUGH:
            codings = plain[:]
            sides = _coded(quantity, codings, variables, random_state)
        entropies = entropies_of(quantity, codings, variables, gap)
        warnings = [note for coding in codings for note in coding.notes]
        for _ in variables:
            if seen(quantity, sides) >= ENOUGH:
                break
            tabled = counted_together(quantity, sides)
            wider = max(
                (k for k in tabled if codings[k].spread() != codings[k]),
                key=lambda k: occupied(sides[k].codes),
                default=None,
            )
            if wider is None:
                break
            codings[wider] = codings[wider].spread()
            warnings.append(
                f"{variables[wider].name} has many levels for {len(variables[wider])} rows: its "
                "ordered columns are spread evenly between their levels and read as continuous"
            )
            sides = _coded(quantity, codings, variables, random_state)
        # Curves run on from cluster to cluster.
        whole = [p if c.clustered else c for p, c in zip(plain, codings, strict=True)]
        one_of_each = (
            sides if whole == codings else _coded(quantity, whole, variables, random_state)
        )
        if variables[0].groups is not None:
            one_of_each = tuple(side.some(variables[0].starts) for side in one_of_each)
        warnings += sparse(quantity, sides, codings) + _dependence(one_of_each, whole)
        layouts, few = _layouts(quantity, sides, [v.name for v in variables], gap, directions)
        told = tuple(dict.fromkeys(warnings + few))
        return cls(quantity, tuple(codings), sides, layouts, entropies, told, gap)

    @property
    def most(self) -> tuple[float, float]:
        """Largest size possible and its standard error, where discrete variables bound it."""
        return most_possible(self.quantity, self.entropies)

    @property
    def counted_entropies(self) -> dict[str, Summary]:
        """Entropies of those of few enough levels to be counted, not spread."""
        pairs = zip(self.quantity.variables, self.sides, strict=True)
        counted = {name for name, side in pairs if side.sizes}
        return {name: h for name, h in self.entropies.items() if name in counted}

    @property
    def continuous(self) -> bool:
        """Whether no variable has labels or atoms."""
        return not any(side.sizes for side in self.sides)

    def __len__(self) -> int:
        return len(self.sides[0])


def enough(side: Side) -> bool:
    """Whether a network can be trained on the continuous columns."""
    alive = side.alive.any(axis=1)
    return bool(alive.all() or alive.sum() >= LEAST_ROWS)


def _coded(
    quantity: Quantity, codings: Sequence[Coding], variables: Sequence[Variable], seed: int
) -> tuple[Side, ...]:
    parts = zip(quantity.variables, codings, variables, strict=True)
    return tuple(coding.encode(v, derive(seed, "spread", name)) for name, coding, v in parts)


def _layouts(
    quantity: Quantity, sides: Sequence[Side], names: Sequence[str], gap: int, directions: int
) -> tuple[dict[str, Layout], list[str]]:
    """Layouts of the networks that can be trained, and sentences on those that cannot.

    What labels tell of one column takes none (see ``minde.estimators.columns_given_labels``).

    Raises:
        InputError: If without a network the value would be no bound.
    """
    short = [k for k, side in enumerate(sides) if side.dim and not enough(side)]
    layouts, few = layouts_of(quantity, sides, short, gap, directions), []
    kept = {n: layout for n, layout in layouts.items() if layout.own not in short}
    orders = orders_of(quantity, kept)
    for layout in layouts.values():
        if layout.own not in short:
            continue
        count, name = int(sides[layout.own].alive.any(axis=1).sum()), names[layout.own]
        line = f"{name} has {count} values beside its atoms, too few to read what they tell"
        found = measures_of(quantity, layout, orders).values()
        if any(d.coefficient < 0.0 for measure in found for d in measure.differences):
            raise InputError(f"{line}, and without it there is no bound; take more rows")
        few.append(f"{line}: the value is a lower bound")
    return kept, few


def _dependence(sides: Sequence[Side], codings: Sequence[Coding]) -> list[str]:
    """Sentences on continuous columns that determine one another, across the variables."""
    told = []
    for side, coding in zip(sides, codings, strict=True):
        names = [coder.name for coder in coding.coders if coder.form != "codes"]
        whole = np.flatnonzero(side.alive.all(axis=0))
        if len(whole):
            told.append((side.values[:, whole], [names[k] for k in whole]))
    found = list(dependence_warnings([w for w, _ in told], [n for _, n in told])) if told else []
    if found:
        return found
    pairs = itertools.combinations(zip(sides, codings, strict=True), 2)
    return [line for a, b in pairs for line in _curves((a[0], b[0]), (a[1], b[1]))]


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
        on_surface = _surfaces((a, b), names) or _surfaces((b, a), names[::-1])
        return on_surface or _lines((a, b), names)
    more = f" (and {len(found) - 1} pairs more)" if len(found) > 1 else ""
    line = f"{found[0]}{more} follow one another along a curve: mutual information may be infinite"
    return [line]


def _surfaces(sides: tuple[Array, Array], names: Sequence[Sequence[str]]) -> list[str]:
    """A sentence on a column of the second variable that follows all of the first, if few."""
    a, b = sides
    if not 1 < a.shape[1] <= MOST_COLUMNS or np.isnan(a).any():
        return []
    whole = np.flatnonzero(~np.isnan(b).any(axis=0))
    found = surfaces(a, b[:, whole])
    if not found:
        return []
    name, of = names[1][whole[found[0]]], ", ".join(names[0])
    return [f"{name} follows {of} along a surface: mutual information may be infinite"]


def _lines(sides: tuple[Array, Array], names: Sequence[Sequence[str]]) -> list[str]:
    """A sentence on two columns that lie on a line in some rows, where one is of each variable."""
    a, b = sides
    draws = min(DRAWS, LINES // max(a.shape[1] * b.shape[1], 1))
    for (i, u), (j, v) in itertools.product(enumerate(a.T), enumerate(b.T)):
        x, y = _shared(u, v)
        count = len(rows_on_a_line(x, y, draws))
        if count:
            return [
                f"{names[0][i]} and {names[1][j]} lie on one line in {count} of {len(x)} rows, "
                "as where one was filled in from the other: mutual information may be infinite; "
                "leave rows out that were not measured"
            ]
    return []


def _shared(u: Array, v: Array) -> tuple[Array, Array]:
    """Values of two columns in the rows where both have one."""
    both = ~np.isnan(u) & ~np.isnan(v)
    return u[both], v[both]


def _follows(u: Array, v: Array) -> bool:
    u, v = _shared(u, v)
    ties = any(len(np.unique(w)) < 0.9 * len(w) for w in (u, v))
    return not ties and (curve(u, v) or curve(v, u))
