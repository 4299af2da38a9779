r"""How much of some targets features explain by least squares, and what that tells in nats.

The share of a variance explained, adjusted for the number of features, is without bias; what no
chance explains is told from what it does by a chi-squared statistic, as a normal value by Wilson
and Hilferty's cube root.

References:
    Wilson, Hilferty, The distribution of chi-square, PNAS 17, 1931.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from minde.diffusion.regression import CUT
from minde.training.regression import NO_SPREAD
from minde.types import Array


@dataclass(frozen=True)
class Told:
    """What regressions tell beyond a linear one.

    Attributes:
        nats: The information.
        std_error: Its standard error by the rows.
    """

    nats: float = 0.0
    std_error: float = 0.0


@dataclass(frozen=True)
class Explained:
    """How much of some targets features explain.

    Attributes:
        share: Adjusted share of the variance of each, (T,).
        statistic: Of no dependence chi-squared with ``features`` degrees each, (T,).
        features: Their number.
        rows: As many.
    """

    share: Array
    statistic: Array
    features: int
    rows: int

    def told(self, least: float, variances: Array | None = None) -> Told:
        """The information, where it is more than chance.

        Arguments:
            least: What chance does not reach, as a normal value.
            variances: Of the targets, (T,), where they are logarithms of squared residuals.
        """
        every = len(self.share)
        each = normal_value(self.statistic, self.features)
        total = normal_value(self.statistic.sum(), self.features * every)
        known = each > least if total <= least else np.ones(every, dtype=bool)
        if not known.any():
            return Told()
        share = np.clip(self.share[known], -1.0, 0.999)
        if variances is None:
            nats = float(-0.5 * np.log1p(-share).sum())
        else:
            each = 0.25 * share * variances[known]
            best = int(each.argmax())
            nats, share = float(each[best]), share[[best]]
        chance = np.maximum(share, 0.0) + 0.5 * self.features / self.rows
        return Told(max(nats, 0.0), math.sqrt(float(chance.sum()) / self.rows))


def explained(features: Array, targets: Array, used: int = 0) -> Explained:
    """How much of each target features explain by least squares.

    Arguments:
        features: (n, F).
        targets: (n, T).
        used: Degrees of freedom that made the targets what they are.
    """
    n, f, e = len(features), whitened(cut(features)), standard(targets)
    p, share = f.shape[1], np.square(f.T @ e / n).sum(axis=0)
    left = n - p - used - 1
    if left < 1:
        return Explained(np.zeros(e.shape[1]), np.zeros(e.shape[1]), max(p, 1), n)
    rest = np.maximum(1.0 - share, 1e-9)
    return Explained(1.0 - rest * n / (n - p - 1), left * share / rest, max(p, 1), n)


def products(v: Array) -> Array:
    """Squares of columns and products of two, (n, D (D + 1) / 2)."""
    i, j = np.triu_indices(v.shape[1])
    found: Array = v[:, i] * v[:, j]
    return found


def standard(v: Array) -> Array:
    """Columns with mean 0 and variance 1; one without spread stays 0."""
    v = v - v.mean(axis=0)
    scale: Array = v / np.sqrt(np.square(v).mean(axis=0) + 1e-12)
    return scale


def cut(v: Array) -> Array:
    """The same of columns, cut off where single rows would carry them."""
    return standard(np.clip(standard(v), -CUT, CUT))


def whitened(v: Array) -> Array:
    """Uncorrelated columns of unit variance, near those given; as many as vary apart."""
    v = v - v.mean(axis=0)
    values, vectors = np.linalg.eigh(v.T @ v / len(v))
    kept = values > NO_SPREAD * max(float(values.max(initial=0.0)), 1e-12)
    half = vectors[:, kept] / np.sqrt(values[kept])
    turned: Array = v @ half if not kept.all() else v @ half @ vectors.T
    return turned


def normal_value(statistic: Array | float, degrees: float) -> Array:
    """A chi-squared statistic as a normal value, by Wilson and Hilferty's cube root."""
    spread = 2.0 / (9.0 * degrees)
    root = np.cbrt(np.asarray(statistic) / degrees)
    found: Array = (root - (1.0 - spread)) / math.sqrt(spread)
    return found
