r"""The true pointwise information of the rows that bmi's samplers draw.

.. math:: i(x, y) = \ln p(x, y) - \ln p(x) - \ln p(y)

is the same after an invertible map of x and of y, so that a transformed task has that of the rows
before the map. Their mean errs by the rows alone: no estimator that is given the densities could
do better on them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minde.types import Array


def pointwise(sampler: Any, n: int, seed: int) -> Array | None:
    """The value of each row in nats, (n,); None where no closed form is at hand.

    Arguments:
        sampler: Of bmi.
        n: Rows.
        seed: The rows' own; a transformed sampler draws with it what it transforms.
    """
    from bmi import samplers
    from scipy import stats

    while hasattr(sampler, "_base_sampler"):
        sampler = sampler._base_sampler
    x, y = (np.asarray(v, dtype=np.float64) for v in sampler.sample(n, seed))
    if isinstance(sampler, samplers.AdditiveUniformSampler):
        return _additive(y[:, 0], sampler._epsilon)
    if isinstance(sampler, samplers.BivariateNormalSampler):
        sampler = sampler._sampler
    if isinstance(sampler, samplers.SplitMultinormal):
        density, shape, extra = stats.multivariate_normal, sampler._covariance, {}
    elif isinstance(sampler, samplers.SplitStudentT):
        density, shape, extra = stats.multivariate_t, sampler._dispersion, {"df": sampler.df}
    else:
        return None
    rows, parts = np.concatenate([x, y], axis=1), (slice(x.shape[1]), slice(x.shape[1], None))
    both = density.logpdf(rows, sampler._mean, shape, **extra)
    for own in parts:
        both = both - density.logpdf(rows[:, own], sampler._mean[own], shape[own, own], **extra)
    return np.asarray(both, dtype=np.float64).reshape(n)


def _additive(y: Array, epsilon: float) -> Array:
    r"""Of X uniform on [0, 1] and uniform noise: :math:`-\ln 2\epsilon - \ln p(y)`, a trapezoid."""
    from scipy import stats

    width, edge = 1 + 2 * epsilon, min(2 * epsilon, 1.0)
    shape = (edge / width, (width - edge) / width)
    log_density = stats.trapezoid.logpdf(y, *shape, loc=-epsilon, scale=width)
    found: Array = -np.log(2 * epsilon) - log_density
    return found
