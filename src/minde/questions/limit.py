r"""A value at endlessly many rows, extrapolated from values at several numbers of rows.

The bias of an estimate from N rows is, to first order, b / N, so that

.. math::
    \hat I_N = a + \frac bN + \text{error} .

Samples are nested, the first :math:`N_j` rows of one order, so that of the errors by rows
:math:`\operatorname{Cov}(e_j, e_k) = s^2 / \max(N_j, N_k)`, with :math:`s^2` pooled from the
standard errors; what else an estimate errs by (networks, trained apart) is taken as independent.
a and b follow by generalised least squares. Where the values lie off the line by more than that
allows, their covariance is scaled up until they do not (Birge's ratio).

References:
    Strong, Koberle, de Ruyter van Steveninck and Bialek, Entropy and information in neural spike
    trains, Physical Review Letters 80, 1998 (extrapolation in one over the rows). Birge, The
    calculation of errors by the method of least squares, Physical Review 40, 1932.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from minde.estimators.estimating import UNBOUNDED
from minde.readout.estimate import MIEstimate
from minde.readout.student import t_95
from minde.types import Array


@dataclass(frozen=True)
class Limit:
    """The line through values against one over the rows.

    Attributes:
        value: At endlessly many rows, a, nats.
        std_error: Of that.
        interval: 95% interval of that.
        slope: b, nats times rows.
        slope_error: Its standard error.
        quantile: Of Student's t, standard errors that a 95% interval reaches.
    """

    value: float
    std_error: float
    interval: tuple[float, float]
    slope: float
    slope_error: float
    quantile: float

    @property
    def bias(self) -> float:
        """The slope where it is beyond chance, else 0."""
        return self.slope if abs(self.slope) > self.quantile * self.slope_error else 0.0


def limit_of(rows: Sequence[int], estimates: Sequence[MIEstimate]) -> Limit:
    """Extrapolate to endlessly many rows.

    Arguments:
        rows: Numbers of rows, three or more, rising.
        estimates: At each; unclipped values are read.
    """
    n = np.array(rows, dtype=np.float64)
    values = np.array([e.diagnostics.get(UNBOUNDED, e.value) for e in estimates])
    covariance = _covariance(n, estimates)
    design = np.stack([np.ones_like(n), 1.0 / n], axis=1)
    weighted = np.linalg.solve(covariance, design)
    spread = np.linalg.inv(design.T @ weighted)
    a, b = spread @ (weighted.T @ values)
    left = values - design @ (a, b)
    ratio = float(left @ np.linalg.solve(covariance, left)) / (len(n) - 2)
    error_a, error_b = np.sqrt(max(1.0, ratio) * np.diag(spread))
    quantile = t_95(min(degrees(e) for e in estimates))
    reach = quantile * error_a
    return Limit(
        float(a), float(error_a), (float(a - reach), float(a + reach)), float(b), float(error_b),
        quantile,
    )  # fmt: skip


def degrees(estimate: MIEstimate) -> float:
    """Degrees of freedom of an estimate's standard error."""
    return float(estimate.diagnostics.get("degrees_of_freedom", math.inf))


def _covariance(n: Array, estimates: Sequence[MIEstimate]) -> Array:
    whole = np.array([e.std_error for e in estimates])
    by_rows = np.array([e.diagnostics.get("std_rows", e.std_error) for e in estimates])
    pooled = float(np.mean(np.minimum(by_rows, whole) ** 2 * n))
    # Of what is exact there is no error; its inverse is needed all the same.
    shared = max(pooled, 1e-20) / np.maximum.outer(n, n)
    out: Array = shared + np.diag(np.maximum(whole**2 - np.diag(shared), 0.0))
    return out
