"""Rows that lie on one line, beside rows that do not: values filled in from another column."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from minde.types import Array, Rows

#: Pairs of rows through which lines are drawn, and rows that are looked through by each.
DRAWS, LOOKED_THROUGH = 1000, 500
#: How far a row may be from a line and lie on it, in quartile ranges: of exact values, of rounded.
NEAR = (1e-9, 1e-7, 1e-5, 3e-4)
#: Rows on a line above which they are no chance, beside as many as lie within so many times as far.
CERTAIN, AROUND = 8, 20
#: Rounded values lie on a line in steps: of as many next ones none holds a share of these rows.
STEPS, PER_STEP = 10, 0.25
#: Rows on a line that are this near, in units of how far they may be from it, are at one place.
REACH = 100.0
#: Lines of less than this slope, in these, or of more than one over it, are repeated values.
FLAT = 1e-3
#: Slope and offset.
Line = tuple[float, float]


def rows_on_a_line(x: Array, y: Array, draws: int = DRAWS) -> Rows:
    r"""Rows (k,) of two columns (n,) that lie on one line as the others do not; none by chance.

    The line is :math:`y = x` or, of those through two drawn rows, the one of most rows, fitted anew
    to these: of rows of which a share :math:`s` lies on a line two do in :math:`s^2` of all draws.
    A density has around a line as many rows per width as on it, whatever it is, and rounded values
    do too.

    Arguments:
        x: Values of one column.
        y: Of another, as many.
        draws: Pairs of rows through which lines are drawn.
    """
    if len(x) < 2 * CERTAIN:
        return np.empty(0, dtype=np.int64)
    (u, (middle_x, range_x)), (v, (middle_y, range_y)) = (_in_quartiles(w) for w in (x, y))
    same = range_x / range_y, (middle_x - middle_y) / range_y
    found = _on(u, v, same)
    return found if len(found) else _on(u, v, _fitted(u, v, _drawn(u, v, draws)))


def _drawn(u: Array, v: Array, draws: int) -> Line:
    """Of lines through two rows the one that most rows are near."""
    rng = np.random.default_rng(0)
    some = rng.permutation(len(u))[:LOOKED_THROUGH]
    first, second = some[rng.integers(0, len(some), (2, draws))]
    along, up = u[second] - u[first], v[second] - v[first]
    steep = (np.abs(up) > FLAT * np.abs(along)) & (np.abs(along) > FLAT * np.abs(up))
    slopes = up[steep] / along[steep]
    offsets = v[first[steep]] - slopes * u[first[steep]]
    if not len(slopes):
        return 1.0, 0.0
    far = np.abs(v[some] - slopes[:, None] * u[some] - offsets[:, None])
    best = (far < NEAR[-1] * np.hypot(1.0, slopes)[:, None]).sum(axis=1).argmax()
    return float(slopes[best]), float(offsets[best])


def _fitted(u: Array, v: Array, line: Line) -> Line:
    """The line through the rows near it, by least squares, and once more ever nearer."""
    for near in reversed(NEAR):
        on = _distance(u, v, line) < near
        apart = u[on] - u[on].mean() if on.any() else np.zeros(1)
        if (apart > REACH * near).any():
            slope = float(apart @ v[on] / (apart @ apart))
            line = slope, float(v[on].mean() - slope * u[on].mean())
    return line


def _on(u: Array, v: Array, line: Line) -> Rows:
    far = _distance(u, v, line)
    for near in NEAR:
        on = far < near
        if _is_no_chance(far, on, near) and _are_spread(u[on], near):
            return np.flatnonzero(on)
    return np.empty(0, dtype=np.int64)


def _is_no_chance(far: Array, on: NDArray[np.bool_], near: float) -> bool:
    """Whether more rows are on the line than in the steps, or the widths, beside it."""
    count = int(on.sum())
    others = np.sort(far[~on])
    steps = np.cumsum(np.diff(others, prepend=-1.0) > near) - 1
    largest = np.bincount(steps[steps < STEPS], minlength=1).max()
    around = np.searchsorted(others, AROUND * near)
    return bool(count > CERTAIN + around and largest < PER_STEP * count)


def _are_spread(values: Array, near: float) -> bool:
    """Whether rows on the line are at many places of it, beside their distance to it."""
    return len(np.unique(np.floor(values / (REACH * near)))) > CERTAIN


def _in_quartiles(values: Array) -> tuple[Array, tuple[float, float]]:
    """Values beside their median, in the range of their quartiles; both of these too."""
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    size = float(high - low) if high > low else 1.0
    return (values - middle) / size, (float(middle), size)


def _distance(u: Array, v: Array, line: Line) -> Array:
    slope, offset = line
    out: Array = np.abs(v - slope * u - offset) / np.hypot(1.0, slope)
    return out
