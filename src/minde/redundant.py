"""Columns of one variable that say nothing beside the others, and columns that follow others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from minde.types import Array, Rows

#: Rows and columns that are looked through for curves.
CURVE_ROWS, CURVE_COLUMNS = 5000, 20
#: Part of a standardised column that is left given the others, below which it depends on them.
LINEAR = 1e-6
#: Rows outside of the most frequent level, below which a step function may be chance.
LEAST_STEPS = 5
#: Residual of a curve through neighbours, beside the step between them.
SMOOTH = 0.05
#: Residual of a function without noise, in deviations, and how it grows to neighbours four
#: times as far (16 times of second order).
FINE, GROWS, ROUNDING = 1e-3, 15.0, 1e-9
#: Residual of a plane through neighbours in several columns, beside their deviation, how it grows
#: with four times as many neighbours, rows that are asked, and columns at most.
PLANE, PLANE_GROWS, ASKED, MOST_COLUMNS = 0.15, 1.4, 500, 3


def standard(columns: Array) -> Array:
    """Columns (n, dim) of mean zero and unit deviation, however large they are; constant ones 0."""
    size = np.abs(columns).max(axis=0)
    scaled = columns / np.where(size > 0.0, size, 1.0)
    deviation = scaled.std(axis=0)
    out: Array = (scaled - scaled.mean(axis=0)) / np.where(deviation > 0.0, deviation, 1.0)
    return out


def linear(columns: Array) -> list[int]:
    """Columns of (n, dim) that are linear in those before them; none where rows are few."""
    n, dim = columns.shape
    if dim < 2 or n <= dim:
        return []
    left = np.abs(np.diag(np.linalg.qr(standard(columns), mode="r"))) / np.sqrt(n)
    return [int(k) for k in np.flatnonzero(left < LINEAR)]


def monotone(columns: Array) -> list[int]:
    """Columns of (n, dim) that are strictly monotone functions of one before them."""
    found: list[int] = []
    seen: set[bytes] = set()
    for k, column in enumerate(columns.T):
        ranks = np.unique(column, return_inverse=True)[1].astype(np.int64)
        keys = {ranks.tobytes(), (ranks.max() - ranks).tobytes()}
        if keys & seen:
            found.append(k)
        else:
            seen.add(ranks.tobytes())
    return found


def step_of(codes: Rows, values: Array) -> bool:
    """Whether codes (n,) are a step function of values (n,): each level an interval of them."""
    order = np.argsort(values, kind="stable")
    sorted_codes, sorted_values = codes[order], values[order]
    changes = sorted_codes[1:] != sorted_codes[:-1]
    if (changes & (sorted_values[1:] == sorted_values[:-1])).any():
        return False
    counts = np.unique(codes, return_counts=True)[1]
    return bool(changes.sum() == len(counts) - 1 and len(codes) - counts.max() >= LEAST_STEPS)


def curve(x: Array, y: Array) -> bool:
    """Whether y (n,) is a smooth function of x (n,).

    Between a row's two neighbours in x a smooth curve is nearly straight: what is left of y beside
    the line is of second order in their distance. Noise of its own is of no order at all.
    """
    x, first = np.unique(x, return_index=True)
    y = y[first]
    if len(x) < 20:
        return False
    return _beside_line(x, y, 1) < SMOOTH * float(np.median(np.abs(y[2:] - y[:-2])))


def functions(columns: Array) -> list[int]:
    """Columns of (n, dim) that are smooth functions of another one, without any noise.

    What is left beside the line through neighbours then falls with the square of their distance;
    of noise, however small, it stays.
    """
    found: list[int] = []
    columns = standard(columns[:, :CURVE_COLUMNS])
    for j in range(columns.shape[1]):
        for i in set(range(j)) - {*found}:
            if _exact(columns[:, i], columns[:, j]):
                found.append(j)
                break
            if _exact(columns[:, j], columns[:, i]):
                found.append(i)
    return sorted(found)


def _exact(x: Array, y: Array) -> bool:
    step = -(-len(x) // CURVE_ROWS)
    if step > 1 and not _exact(x[::step], y[::step]):  # most pairs are told by some rows
        return False
    x, first = np.unique(x, return_index=True)
    if len(x) < 20 or len(x) < len(y):  # rows of the same x may differ in y
        return False
    y = y[first]
    window = np.delete(np.lib.stride_tricks.sliding_window_view(y, 9), 4, axis=1)
    low, high = window.min(axis=1), window.max(axis=1)
    reach = high - low + ROUNDING
    if ((y[4:-4] < low - reach) | (y[4:-4] > high + reach)).any():  # one row that differs will do
        return False
    near = _beside_line(x, y, 1)
    return near <= ROUNDING or (near <= FINE and _beside_line(x, y, 4) >= GROWS * near)


def _beside_line(x: Array, y: Array, apart: int) -> float:
    """Median residual of y (n,) from the line between neighbours so many places apart in x."""
    low, mid, high = slice(None, -2 * apart), slice(apart, -apart), slice(2 * apart, None)
    share = (x[mid] - x[low]) / (x[high] - x[low])
    return float(np.median(np.abs(y[mid] - y[low] - share * (y[high] - y[low]))))


def surfaces(x: Array, columns: Array) -> list[int]:
    """Which columns (n, m) are smooth functions of x (n, dim), of two or three columns.

    Among the nearest rows a smooth function is nearly a plane; what is left beside it grows with
    their distance, as noise does not.
    """
    n, dim = x.shape
    few = 3 * (dim + 1)
    if not 1 < dim <= MOST_COLUMNS or n < 8 * few:
        return []
    near = _Planes.through(x, few)
    left = {k: near.beside(y) for k, y in enumerate(columns.T)}
    found = {k: residual for k, (residual, spread) in left.items() if residual < PLANE * spread}
    if not found:
        return []
    wide = _Planes.through(x, 4 * few)
    return [
        k for k, residual in found.items() if wide.beside(columns[:, k])[0] > PLANE_GROWS * residual
    ]


@dataclass(frozen=True)
class _Planes:
    """Planes through the neighbours of some rows, as weights of what the neighbours have.

    Attributes:
        asked: Numbers of those rows, (a,).
        near: Of each one's neighbours, (a, count).
        weights: Of a neighbour's value in the plane's at the row, (a, count).
    """

    asked: Rows
    near: Rows
    weights: Array

    @classmethod
    def through(cls, x: Array, count: int) -> _Planes:
        """Through as many neighbours in x (n, dim)."""
        x = standard(x)
        asked = np.linspace(0, len(x) - 1, min(len(x), ASKED)).astype(int)
        distance = np.stack([((x - x[row]) ** 2).sum(axis=1) for row in asked])
        distance[np.arange(len(asked)), asked] = np.inf  # of the row itself
        near = np.argpartition(distance, count, axis=1)[:, :count]
        offsets = x[near] - x[asked][:, None]
        planes = np.linalg.pinv(np.concatenate([np.ones_like(offsets[..., :1]), offsets], axis=2))
        return cls(asked, near, planes[:, 0])

    def beside(self, y: Array) -> tuple[float, float]:
        """Median residual of y (n,) from the planes, and its deviation among neighbours."""
        at = (self.weights * y[self.near]).sum(axis=1)
        spread = float(np.median(y[self.near].std(axis=1)))
        return float(np.median(np.abs(y[self.asked] - at))), spread
