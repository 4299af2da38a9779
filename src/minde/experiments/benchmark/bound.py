r"""How well mutual information can be estimated at best on the benchmark's tasks.

With :math:`\iota(x, y) = \log p(x, y) / (p(x) p(y))`, the pointwise mutual information, no regular
estimator from n rows has a smaller asymptotic variance than :math:`\mathrm{Var}\,\iota(X, Y) / n`,
and the mean of :math:`\iota` itself over the rows, an oracle, has just that. :math:`\iota` does not
change under one-to-one maps of X and of Y, so the transformed tasks have the deviation of the plain
ones. Of a Gaussian it is :math:`\sum_k \rho_k^2` over canonical correlations.

References:
    Laurent, Efficient estimation of integral functionals of a density, Annals of Statistics 24,
    1996.
"""

from __future__ import annotations

import functools
import math

import numpy as np

from minde.types import Array

#: Draws behind a deviation without a closed form: 0.2% of it.
_DRAWS = 400_000


@functools.cache
def deviation(task: str, mi_true: float) -> float:
    r"""Standard deviation of :math:`\iota(X, Y)`, nats.

    Arguments:
        task: Id of a task of suite ``bmi``.
        mi_true: Its mutual information, nats, from which a Gaussian's correlations follow: the
            sparse ones have two equal ones, the others one.
    """
    kind, *numbers = task.removeprefix("asinh-").rsplit("-", 3)
    if kind == "student-identity":
        dim, _, dof = map(int, numbers)
        return float(_student(dim, dof).std())
    if "additive" in task:
        return float(_additive(float(task.rpartition("-")[2])).std())
    pairs = 2 if "sparse" in task else 1
    return math.sqrt(pairs * -math.expm1(-2.0 * mi_true / pairs))


def bound(task: str, mi_true: float, n: int) -> float:
    """Root mean squared error of the best estimator from ``n`` rows, nats."""
    return deviation(task, mi_true) / math.sqrt(n)


def _student(dim: int, dof: int) -> Array:
    """Pointwise values of a Student distribution with identity dispersion, by its radii."""
    rng = np.random.default_rng(0)
    scale = rng.chisquare(dof, _DRAWS)
    x, y = (rng.chisquare(dim, _DRAWS) / scale for _ in range(2))
    both = 0.5 * (dof + 2 * dim) * np.log1p(x + y)
    one = 0.5 * (dof + dim) * (np.log1p(x) + np.log1p(y))
    gammas = [math.lgamma(0.5 * (dof + k * dim)) for k in range(3)]
    constant = gammas[2] + gammas[0] - 2.0 * gammas[1]
    return np.asarray(constant + one - both)


def _additive(noise: float) -> Array:
    """Pointwise values of y = x + n with x in [0, 1] and n in [-noise, noise], both uniform."""
    rng = np.random.default_rng(0)
    y = rng.uniform(size=_DRAWS) + rng.uniform(-noise, noise, _DRAWS)
    overlap = np.minimum(y + noise, 1.0) - np.maximum(y - noise, 0.0)
    return np.asarray(-np.log(overlap))
