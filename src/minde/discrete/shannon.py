r"""Entropy and mutual information of discrete variables with standard errors, in nats.

The standard error has three parts:

- that of the plug-in by the jackknife, a row left out at a time (Efron and Stein, 1981). That of
  the mean of :math:`\log \frac{p(x,y)}{p(x) p(y)}` is the same where rows are many, and too small
  where few are in a cell;
- that of the second order, :math:`(K-1)/2n^2` of K cells seen, which is all there is where the
  first vanishes: of independent variables, or of levels equally likely,
  :math:`2n\hat I` is :math:`\chi^2`;
- half of the difference of two corrections of the bias (see ``minde.discrete.entropy``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from minde.discrete.counts import cells, counts
from minde.discrete.entropy import chao_wang_jost, miller_madow
from minde.readout.student import Z_95
from minde.types import Array, Rows


@dataclass(frozen=True)
class Shannon:
    """A value with its standard error, nats.

    Attributes:
        value: Corrected for its bias, and not yet bounded by what is possible.
        std_error: Of the value.
        rows: Rows that the value is of.
        pointwise: One value per row, of all rows or of some; of all their mean is the value.
        most: Largest value possible, infinite of an entropy.
        most_error: Standard error of that.
    """

    value: float
    std_error: float
    rows: int
    pointwise: Array = field(repr=False)
    most: float = float("inf")
    most_error: float = 0.0

    def at(self, rows: Rows) -> Shannon:
        """The same, with the pointwise values of some rows alone."""
        return replace(self, pointwise=self.pointwise[rows])


def entropy(codes: Rows) -> Shannon:
    r"""Shannon entropy :math:`H(X) = -\sum p \log p` of the cells of codes (n, columns)."""
    cell = cells(codes)
    c, n = counts(cell), len(codes)
    surprise = -np.log(c[cell] / n)
    value, other = chao_wang_jost(c), miller_madow(c)
    error = _error([(1.0, cell)], value - other)
    return Shannon(value, error, n, surprise + (value - surprise.mean()))


def mutual_information(x: Rows, y: Rows) -> Shannon:
    """Mutual information of the cells of x (n, columns) and y (n, columns).

    Where the cells of one side determine those of the other it is an entropy exactly. The most that
    is possible is the smaller of the two entropies.
    """
    sides = [cells(x), cells(y)]
    both = cells(np.stack(sides, axis=1))
    n = len(both)
    px, py, pxy = (counts(c)[c] / n for c in (*sides, both))
    ratio: Array = np.log(pxy / (px * py))
    value, other = (
        sum(f(counts(c)) for c in sides) - f(counts(both)) for f in (chao_wang_jost, miller_madow)
    )
    error = _error([(1.0, sides[0]), (1.0, sides[1]), (-1.0, both)], value - other)
    most = min((entropy(side[:, None]) for side in sides), key=lambda h: h.value)
    shifted = ratio + (value - ratio.mean())
    return Shannon(value, error, n, shifted, most.value, most.std_error)


def _error(cell_sets: Sequence[tuple[float, Rows]], apart: float) -> float:
    """Standard error of a sum of entropies of cells, each with its sign, nats."""
    n = len(cell_sets[0][1])
    left_out = np.zeros(n)
    for sign, cell in cell_sets:
        left_out += sign * _gain_of_one(counts(cell))[cell] / (n - 1)
    first = (n - 1) / n * float(((left_out - left_out.mean()) ** 2).sum())
    n_cells = max(int(cell.max()) + 1 for _, cell in cell_sets)
    second = (n_cells - 1) / (2.0 * n**2)
    return float(np.sqrt(first + second + (0.5 * apart) ** 2))


def _gain_of_one(c: Rows) -> Array:
    """C log c - (c - 1) log(c - 1) of counts: by how much a plug-in, times n, moves with a row."""
    x = c.astype(np.float64)
    less = np.maximum(x - 1.0, 1.0)
    out: Array = x * np.log(x) - (x - 1.0) * np.log(less)
    return out


@dataclass(frozen=True)
class Bounded:
    """A value and its interval within what is possible, nats."""

    value: float
    interval: tuple[float, float]


def bounded(
    value: float, std_error: float, most: float, most_error: float = 0.0, quantile: float = Z_95
) -> Bounded:
    """Clip to [0, most]; the interval goes as far above ``most`` as that is uncertain.

    Arguments:
        value: What was read.
        std_error: Its standard error.
        most: Largest value possible.
        most_error: Standard error of that.
        quantile: How many standard errors the interval reaches.
    """
    kept = min(max(value, 0.0), max(most, 0.0))
    reach, top = quantile * std_error, most + quantile * most_error
    return Bounded(kept, (max(kept - reach, 0.0), min(kept + reach, top)))
