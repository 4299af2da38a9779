r"""What labels tell of single continuous columns, from spacings, in nats; nothing is trained.

Given labels alone, the continuous part :math:`c_i` of a variable adds to a quantity
:math:`\sum_S a_S H(V_S)` (see ``minde.estimators.quantity``), whatever the order,

.. math::
    \sum_{S \ni i} a_S\, h(c_i \mid d_S), \qquad
    h(c_i \mid d_S) = \sum_l p_l\, h(c_i \mid d_S = l) .

Of labels X and a column Y that is :math:`h(Y) - \sum_l p_l\, h(Y \mid X = l)`. Where the part is
one column each entropy is read from the spacings of the rows of a cell
(``minde.estimators.spacings``): edges and tails cost nothing. Networks then learn what values tell
beyond labels, :math:`h(c_i \mid d_S) - h(c_i \mid c_j, d_S)`, which is nothing where the others
have none. Of several columns given labels alone, one is read so and networks learn the others given
that one, :math:`h(c_i) = h(c_{i1}) + h(c_{i2}, \dots \mid c_{i1})`: with few rows and many columns
they miss less of what is left. Where :math:`c_i` is given values in more than one term, as what a
label tells of it beyond a third variable's values, networks learn the whole.

The influence of a row is its sum of log densities by wide windows; the spacings' own chance adds
:math:`a_S^2 \kappa / n` for each S, and their bias, of order one over the rows of a cell, as much
as so many over n, and of rows in time order what is left of their sum over as many as are
independent. A row in a cell of next to
none counts as if labels told nothing of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from minde.coding import Side
from minde.discrete.counts import cells
from minde.discrete.shannon import Shannon
from minde.estimators.coding import occupied
from minde.estimators.counting import codes_of
from minde.estimators.quantity import Group, Quantity
from minde.estimators.spacings import (
    BIAS,
    chance_of_spacings,
    marginal_entropies,
    surprise_at,
)
from minde.estimators.ties import as_density
from minde.readout.influence import variance_of_mean
from minde.types import Array, Rows
from minde.weighing import effective_rows, mean_one, weighted_mean

#: Rows per cell, on average, below which networks read a column instead.
ROWS_OF_CELL = 30
#: The same of cells of its own variable's labels and others', which tell less of it than its own.
ROWS_OF_CROSSED = 100
#: Rows of a cell from which its entropy is read.
LEAST_OF_CELL = 4
#: Columns that are looked at for that of which labels tell most, and standard errors of zero, by
#: which that must be off: of 200 columns of nothing one is so in 20 samples.
LOOKED_AT, CERTAIN = 200, 3.7
#: Rows that are halved at least.
LEAST_HALVED = 20
#: What labels may tell of a row, nats, where its cell has too few.
MISSED = 1.0
#: The variables at the fit, and at the rows asked for.
_Both = tuple[Sequence[Side], Sequence[Side]]


def columns_apart(quantity: Quantity, sides: Sequence[Side], gap: int = 0) -> dict[int, int]:
    """By variable the column of which spacings tell what labels do, where there is one.

    It is the only one; or, where labels alone are given to several, that of which they tell most,
    if they certainly do.

    Arguments:
        quantity: What is asked.
        sides: The variables, of the rows of the fit.
        gap: Rows over which rows in time order depend.
    """
    found = {own: _column(quantity, sides, own, gap) for own in range(len(sides))}
    return {own: column for own, column in found.items() if column is not None}


def _column(quantity: Quantity, sides: Sequence[Side], own: int, gap: int) -> int | None:
    side, filled = sides[own], {k for k, other in enumerate(sides) if other.dim}
    terms = [quantity.terms(own, order) for order in quantity.orders]
    seeing = max(sum(bool(values & filled) for values, _ in each) for each in terms)
    if not side.dim or seeing > (side.dim == 1) or (side.dim > 1 and not side.alive.all()):
        return None
    partitions = _partitions(quantity, sides, own)
    alive = int(side.alive[:, 0].sum())
    found = [int(c.max()) + 1 for c, _ in partitions]
    alone = occupied(side.codes[side.alive[:, 0]]) if side.sizes else 1
    least = [ROWS_OF_CROSSED if 1 < alone < k else ROWS_OF_CELL for k in found]
    if not found or max(k * rows for k, rows in zip(found, least, strict=True)) > alive:
        return None
    if side.dim == 1:
        return 0
    looked_at = range(min(side.dim, LOOKED_AT))
    told = [_told_by_labels(quantity, sides, {own: k}, gap)[0] for k in looked_at]
    best = int(np.argmax([abs(each.value) for each in told]))
    return best if abs(told[best].value) > CERTAIN * told[best].std_error else None


def told_by_labels(
    quantity: Quantity, sides: Sequence[Side], columns: Mapping[int, int], gap: int = 0
) -> Shannon | None:
    """What labels tell of columns, on all rows; none if there are no such columns.

    Arguments:
        quantity: What is asked.
        sides: The variables; ties are spread between their neighbouring values.
        columns: By variable (see :func:`columns_apart`).
        gap: Rows over which rows in time order depend.
    """
    return _told_by_labels(quantity, sides, columns, gap)[0] if columns else None


def told_with_halves(
    quantity: Quantity, sides: Sequence[Side], columns: Mapping[int, int], gap: int = 0
) -> Shannon | None:
    r"""As :func:`told_by_labels`, with what may be missing by halves of the rows in its error.

    What the two halves of the rows read less than all of them, on average, is bias and the chance
    of spacings: what single rows have to do with either cancels. The chance is taken off its
    square. Edges cost with one over the rows; few rows have not reached that rate yet, and
    :math:`n^{-2/3}` is taken in its place.
    """
    if not columns:
        return None
    whole, chance = _told_by_labels(quantity, sides, columns, gap)
    parts = [[side.some(slice(k, None, 2)) for side in sides] for k in (0, 1)]
    if len(sides[0]) < LEAST_HALVED or not all(_vary(part, columns) for part in parts):
        return whole
    halves = [_told_by_labels(quantity, part, columns, -(-gap // 2))[0].value for part in parts]
    # That of the mean of the halves is as large.
    square = (whole.value - sum(halves) / 2.0) ** 2 - 2.0 * chance
    missed = math.sqrt(max(0.0, square)) / (2.0 ** (2.0 / 3.0) - 1.0)
    return replace(whole, std_error=math.hypot(whole.std_error, missed))


def _told_by_labels(
    quantity: Quantity, sides: Sequence[Side], columns: Mapping[int, int], gap: int
) -> tuple[Shannon, float]:
    """What labels tell of columns, and of its variance the part that is the chance of spacings."""
    n, weights = len(sides[0]), sides[0].weights
    near, far, chance, bias, left = np.zeros(n), np.zeros(n), 0.0, 0.0, 0.0
    rows = effective_rows(weights, n)
    for own, column in columns.items():
        alive = sides[own].alive[:, column]
        values, share = _values(sides[own], column), weighted_mean(alive.astype(float), weights)
        own_weights = mean_one(weights, alive)
        far[alive] += _told(quantity, (sides, sides), own, (values, values))
        for cell, a in _partitions(quantity, sides, own):
            read, few = _by_cell(values, cell, own_weights)
            near[alive] += a * read
            chance += a**2 * chance_of_spacings(len(values), own_weights) * share**2
            bias += abs(a) * (BIAS * float(cell.max() + 1) + MISSED * few) / rows
            left += a * BIAS * float(cell.max() + 1) / n
    variance = variance_of_mean(far, gap, weights) + chance
    variance += (bias + max(gap - 1, 0) * abs(left)) ** 2
    found = Shannon(weighted_mean(near, weights), math.sqrt(variance), rows, near, gap=gap)
    return found, chance


def told_of_new_rows(
    quantity: Quantity, both: _Both, columns: Mapping[int, int], gap: int = 0
) -> Shannon | None:
    """The same on new rows, by the densities of the fit.

    Arguments:
        quantity: What is asked.
        both: The variables at the fit, and at the rows to read; labels of few rows or none in the
            fit tell nothing.
        columns: By variable, of the fit.
        gap: Rows over which rows in time order depend.
    """
    fitted, new = both
    found = told_by_labels(quantity, fitted, columns, gap)
    if found is None:
        return None
    known, asked = (_at_rows(quantity, (fitted, sides), columns) for sides in (fitted, new))
    pointwise = asked + (found.value - weighted_mean(known, fitted[0].weights))
    error = math.hypot(found.std_error, math.sqrt(variance_of_mean(pointwise, gap)))
    return Shannon(float(pointwise.mean()), error, len(pointwise), pointwise, gap=gap)


def _at_rows(quantity: Quantity, both: _Both, columns: Mapping[int, int]) -> Array:
    """Pointwise sum over columns of what labels tell of rows by the fit's densities, (rows,)."""
    fitted, asked = both
    out = np.zeros(len(asked[0]))
    for own, column in columns.items():
        alive, values = asked[own].alive[:, column], _values(fitted[own], column)
        out[alive] += _told(quantity, both, own, (values, asked[own].values[alive, column]))
    return out


def _told(quantity: Quantity, both: _Both, own: int, values: tuple[Array, Array]) -> Array:
    """Of one column, at values of rows that have one, by wide windows of the fit's values."""
    known, at = values
    weights = mean_one(both[0][own].weights, both[0][own].alive[:, 0])
    rows = [sides[own].alive[:, 0] for sides in both]
    out: Array = np.zeros(len(at))
    for group, a in _groups(quantity, both[0], own).items():
        codes = [codes_of(s, sorted(group))[r] for s, r in zip(both, rows, strict=True)]
        cell = cells(np.concatenate(codes))
        of_known, of_asked = cell[: len(known)], cell[len(known) :]
        surprise = surprise_at(known, at, weights)
        for k, count in zip(*np.unique(of_known, return_counts=True), strict=True):
            here = of_asked == k
            if count >= LEAST_OF_CELL:
                some = of_known == k
                surprise[here] = surprise_at(known[some], at[here], mean_one(weights, some))
        out += a * surprise
    return out


def _by_cell(values: Array, cell: Rows, weights: Array | None) -> tuple[Array, int]:
    """Minus the log density of values in their cells, (rows,), and how many have too few rows."""
    out = np.zeros(len(values))
    whole = marginal_entropies(values[:, None], weights).pointwise
    few = np.bincount(cell)[cell] < LEAST_OF_CELL
    out[few] = whole[few]
    for k in np.unique(cell[~few]):
        here = cell == k
        own = mean_one(weights, here)
        out[here] = marginal_entropies(values[here][:, None], own).pointwise
    return out, int(few.sum())


def _partitions(quantity: Quantity, sides: Sequence[Side], own: int) -> list[tuple[Rows, float]]:
    """Cells of rows in which a column has a value, with coefficients; equal ones are one."""
    alive, found = sides[own].alive[:, 0], dict[bytes, tuple[Rows, float]]()
    for group, a in _groups(quantity, sides, own).items():
        cell = cells(codes_of(sides, sorted(group))[alive])
        # Numbered in the order in which they come, so that equal partitions are equal.
        _, first, place = np.unique(cell, return_index=True, return_inverse=True)
        cell = np.argsort(np.argsort(first))[place].astype(np.int64)
        found[cell.tobytes()] = (cell, found.get(cell.tobytes(), (cell, 0.0))[1] + a)
    return [(cell, a) for cell, a in found.values() if a and len(cell)]


def _groups(quantity: Quantity, sides: Sequence[Side], own: int) -> dict[Group, float]:
    return quantity.columns(own, [k for k, side in enumerate(sides) if side.sizes])


def _vary(sides: Sequence[Side], columns: Mapping[int, int]) -> bool:
    found = (
        sides[own].values[sides[own].alive[:, column], column] for own, column in columns.items()
    )
    return all(len(np.unique(values)) > 1 for values in found)


def _values(side: Side, column: int) -> Array:
    alive = side.alive[:, column]
    return as_density(side.values[alive][:, [column]], ["column"])[0][:, 0]
