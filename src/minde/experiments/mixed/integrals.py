"""Sums and integrals behind the truths of mixed columns, in nats."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from minde.types import Array


def flag_entropy(p: float) -> float:
    """:math:`H(p) = -p \\ln p - (1 - p) \\ln(1 - p)`."""
    return -p * math.log(p) - (1 - p) * math.log(1 - p)


def integral(function: Callable[[Array], Array], low: float, high: float) -> float:
    """Gauss-Legendre over 64 equal parts: ten digits of what is smooth on the scale of a part."""
    nodes, weights = np.polynomial.legendre.leggauss(32)  # type: ignore[no-untyped-call]
    edges = np.linspace(low, high, 65)
    half, middle = np.diff(edges)[:, None] / 2, (edges[1:] + edges[:-1])[:, None] / 2
    return float((half * weights * function(middle + half * nodes)).sum())


def normal_density(z: Array) -> Array:
    """Density of N(0, 1)."""
    found: Array = np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi)
    return found


def mixture_entropy(means: Array, weights: Array, std: float) -> float:
    """Entropy of a mixture of normals of one standard deviation on a line."""

    def integrand(z: Array) -> Array:
        density = (weights * normal_density((z[..., None] - means) / std) / std).sum(axis=-1)
        found: Array = -density * np.log(np.maximum(density, 1e-300))
        return found

    return integral(integrand, float(means.min() - 12 * std), float(means.max() + 12 * std))


def plogp(chances: Array) -> Array:
    """:math:`-p \\ln p` of chances, 0 where there is none."""
    found: Array = -chances * np.log(np.maximum(chances, 1e-300))
    return found
