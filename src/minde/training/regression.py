r"""Regressions on products of columns, fitted to training rows: what of a mean is of second order.

Of many columns and few rows networks learn little beyond the linear part. What is left of the
diffused columns by a linear regression on the clean ones is regressed on features of these: squares
and products of two, all of them times their size (the mean square), and powers of the directions
that are correlated most. For each residual features enter one after the other, the one of largest
partial correlation next, as long as that is more than chance among all there are (Foster and
George's criterion, that of orthogonal matching pursuit). Where none enters nothing is fitted, and
the blend of experts (``minde.training.blend``) weighs what is.

References:
    Foster, George, The risk inflation criterion for multiple regression, Annals of Statistics 22,
    1994. Pati, Rezaiifar, Krishnaprasad, Orthogonal matching pursuit, Asilomar Conference on
    Signals, Systems and Computers, 1993.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import torch

from minde.diffusion.regression import CUT, Features, Regression
from minde.diffusion.roles import Family, Role
from minde.types import Array, Rows

#: Rows from which networks learn as much themselves, rows that are fitted at least, and columns of
#: all variables from which there are products that networks may miss.
ENOUGH_ROWS, LEAST_ROWS, FEWEST_COLUMNS = 50_000, 200, 3
#: Features of all rows that are fitted at most, 64 MiB of them; others are left out evenly.
MOST_NUMBERS = 1 << 23
#: Columns of which products of two are looked at, and columns at most.
MOST_OF_PRODUCTS, MOST_COLUMNS = 64, 300
#: Leading directions at most, and how far, in what chance correlates at most, they stand out.
MOST_LEADING, STANDS_OUT = 4, 1.2
#: Chance of a feature too many in a whole fit, and features of one residual at most.
LEVEL, MOST_FEATURES = 0.05, 12
#: Share of the largest eigenvalue below which a direction has no spread.
NO_SPREAD = 1e-6


def fit_regressions(rows: Sequence[Array], family: Family, gap: int = 0) -> dict[int, Regression]:
    """Regressions by the number of the pattern; none where the mean is linear.

    Arguments:
        rows: Mapped rows per member, (N, D).
        family: Patterns, of which one and the same part is diffused.
        gap: Rows over which rows in time order depend; 0 for rows in no order.
    """
    n, dim = rows[0].shape
    few = n // max(gap, 1) >= LEAST_ROWS and n < ENOUGH_ROWS
    if family.changing or not few or not FEWEST_COLUMNS <= dim <= MOST_COLUMNS:
        return {}
    diffused, clean = (family.masks(r).bool().numpy() for r in (Role.DIFFUSED, Role.CLEAN))
    out = {}
    for k, (d, c) in enumerate(zip(diffused, clean, strict=True)):
        if c.any():
            step = max(gap, -(-n * len(_pairs(int(c.sum()))) // MOST_NUMBERS), 1)
            found = [_fit(x[::step][:, c], x[::step][:, d]) for x in rows]
            if any(len(one.gain) for one in found):
                out[k] = _stacked(found)
    return out


@dataclass(frozen=True)
class _Fit:
    """One member's regression; see :class:`Regression`, without the axis of members."""

    features: Mapping[str, Array]
    linear: Array
    gain: Array
    explained: Array


def _fit(x: Array, y: Array) -> _Fit:
    """The regression of y (n, d) on features of x (n, C)."""
    n, centre = len(x), x.mean(axis=0)
    turn = inverse_root(np.cov(x.T, bias=True).reshape(x.shape[1], -1))
    w = (x - centre) @ turn
    y = y - y.mean(axis=0)
    rest = y - w @ (w.T @ y / n)
    covariance = rest.T @ rest / n
    residuals, root = rest @ inverse_root(covariance), _root(covariance)
    square = np.square(w).mean(axis=1)
    size = np.array([square.mean(), square.std() + 1e-12])
    directions = _padded(leading(w, y @ inverse_root(y.T @ y / n)))
    u = w @ directions
    ones = np.ones((n, 1))
    basis = np.concatenate([ones, w, ((square - size[0]) / size[1])[:, None], u, u**2], axis=1)
    pairs = _pairs(w.shape[1])
    rough = basis[:, pairs[:, 0]] * basis[:, pairs[:, 1]]
    first = np.stack([rough.mean(axis=0), rough.std(axis=0) + 1e-9])
    rough = np.clip((rough - first[0]) / first[1], -CUT, CUT)
    second = np.stack([rough.mean(axis=0), rough.std(axis=0) + 1e-9])
    features = (rough - second[0]) / second[1]
    linear = w.T @ features / n
    chosen, weights = pursued(features - w @ linear, residuals, x.shape[1])
    known = {"centre": centre, "turn": turn, "size": size, "leading": directions}
    known |= {"pairs": pairs[chosen], "scale": np.concatenate([first, second]).T[chosen]}
    told = (features[:, chosen] - w @ linear[:, chosen]) @ weights @ root
    return _Fit(known, linear[:, chosen], weights @ root, told.T @ told / n)


def _pairs(columns: int) -> Rows:
    """Pairs of basic functions (see :class:`Features`) that are looked at, (M, 2)."""
    w = range(1, columns + 1)
    size, u, squares = columns + 1, columns + 2, columns + 2 + MOST_LEADING
    found = [(0, size), *((k, size) for k in w)]
    if columns <= MOST_OF_PRODUCTS:
        found += itertools.combinations_with_replacement(w, 2)
    found += [(u + k, u + m) for k in range(MOST_LEADING) for m in range(k, MOST_LEADING)]
    found += [(u + k, squares + m) for k in range(MOST_LEADING) for m in range(MOST_LEADING)]
    return np.array(found)


def pursued(features: Array, residuals: Array, used: int = 0) -> tuple[Rows, Array]:
    """Features that tell of any residual, (K,), and their weights, (K, T).

    Arguments:
        features: (n, M), without spread where they are nothing.
        residuals: Of unit variance, (n, T).
        used: Degrees of freedom that made them what they are.
    """
    n, spread = len(features), np.sqrt(np.square(features).mean(axis=0))
    alive = spread > 1e-3
    scale = np.where(alive, 1.0 / np.maximum(spread, 1e-3), 0.0)
    tests = max(1, int(alive.sum())) * residuals.shape[1]
    by_chance = 1.0 / math.sqrt(max(1, n - used))
    least = NormalDist().inv_cdf(1.0 - LEVEL / (2 * tests)) * by_chance
    correlations = np.abs(features.T @ residuals) * scale[:, None] / n
    found: dict[int, tuple[list[int], Array]] = {}
    for k in np.flatnonzero(correlations.max(axis=0, initial=0.0) > least):
        own: list[int] = []
        target, r, weights = residuals[:, k], correlations[:, k], np.zeros(0)
        while len(own) < MOST_FEATURES and r.max() > least:
            own.append(int(r.argmax()))
            part = features[:, own]
            weights = np.linalg.lstsq(part, target, rcond=None)[0]
            left = target - part @ weights
            r = np.abs(features.T @ left) * scale / (n * left.std())
            r[own] = 0.0
        found[int(k)] = own, weights
    chosen = sorted({m for own, _ in found.values() for m in own})
    out = np.zeros((len(chosen), residuals.shape[1]))
    for k, (own, weights) in found.items():
        out[[chosen.index(m) for m in own], k] = weights
    return np.array(chosen, dtype=np.int64), out


def _stacked(found: Sequence[_Fit]) -> Regression:
    """The regressions of members, with features of no weight up to one number of them."""
    count = max(len(one.gain) for one in found)
    nothing = {"pairs": np.array([0, 0]), "scale": np.array([1.0, 1.0, 0.0, 1.0])}

    def filled(name: str, one: _Fit) -> Array:
        value, missing = one.features[name], count - len(one.gain)
        if name not in nothing:
            return value
        return np.concatenate([value, np.tile(nothing[name], (missing, 1))])

    def tensor(parts: Sequence[Array]) -> torch.Tensor:
        return torch.from_numpy(np.stack(parts))

    def more(one: _Fit) -> int:
        return count - len(one.gain)

    return Regression(
        Features(**{k: tensor([filled(k, one) for one in found]) for k in found[0].features}),
        tensor([np.pad(one.linear, ((0, 0), (0, more(one)))) for one in found]),
        tensor([np.pad(one.gain, ((0, more(one)), (0, 0))) for one in found]),
        tensor([one.explained for one in found]),
    )


def leading(x: Array, y: Array) -> Array:
    """The directions of whitened x (n, W) that are correlated most with whitened y, (W, L)."""
    n = len(x)
    u, s, _ = np.linalg.svd(x.T @ y / n, full_matrices=False)
    by_chance = STANDS_OUT * (math.sqrt(x.shape[1]) + math.sqrt(y.shape[1])) / math.sqrt(n)
    found: Array = u[:, : min(MOST_LEADING, max(1, int((s > by_chance).sum())))]
    return found


def _padded(directions: Array) -> Array:
    missing = MOST_LEADING - directions.shape[1]
    found: Array = np.pad(directions, ((0, 0), (0, missing)))
    return found


def inverse_root(covariance: Array) -> Array:
    """The symmetric inverse root of a covariance; what has no spread becomes nothing."""
    values, vectors = np.linalg.eigh(covariance)
    kept = values > NO_SPREAD * max(float(values.max(initial=0.0)), 1e-12)
    found: Array = vectors[:, kept] / np.sqrt(values[kept]) @ vectors[:, kept].T
    return found


def _root(covariance: Array) -> Array:
    values, vectors = np.linalg.eigh(covariance)
    found: Array = vectors * np.sqrt(np.maximum(values, 0.0)) @ vectors.T
    return found
