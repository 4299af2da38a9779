r"""Student's t: the quantile of intervals whose variance was itself estimated."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

#: Nodes of the quadrature on [-1, 1], and a number of degrees from which t is normal.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)  # type: ignore[no-untyped-call]
_NORMAL_FROM = 1e6
Z_95 = 1.959963984540054
#: Most degrees of freedom, and digits that are kept: those beyond are the order of sums.
_MOST_DOF, _DOF_DIGITS = 1e6, 6


def t_95(dof: float) -> float:
    r"""Two-sided 95% quantile of Student's t with ``dof`` degrees of freedom, at least one.

    It solves :math:`\int_0^t f_\nu = 0.475` by Newton's method; the integral is concave in t > 0,
    so that the steps rise to the root from the normal quantile, which lies below.
    """
    nu = max(1.0, dof)
    if nu >= _NORMAL_FROM:
        return Z_95
    log_norm = math.lgamma((nu + 1) / 2) - math.lgamma(nu / 2) - 0.5 * math.log(nu * math.pi)
    t = Z_95
    for _ in range(50):
        at = 0.5 * t * (_NODES + 1.0)
        log_density = log_norm - 0.5 * (nu + 1.0) * np.log1p(at * at / nu)
        mass = 0.5 * t * float(_WEIGHTS @ np.exp(log_density))
        density = math.exp(log_norm - 0.5 * (nu + 1.0) * math.log1p(t * t / nu))
        step = (0.475 - mass) / density
        t += step
        if abs(step) < 1e-10 * t:
            break
    return t


def kept_dof(dof: float) -> float:
    """Degrees of freedom as they are used and reported: finite, and the same in every order."""
    return float(f"{min(dof, _MOST_DOF):.{_DOF_DIGITS}g}")


def satterthwaite(parts: Sequence[tuple[float, float]]) -> float:
    r"""Degrees of freedom of a sum of variances, each with its own (Welch-Satterthwaite).

    .. math::
        \nu = \frac{(\sum_k V_k)^2}{\sum_k V_k^2 / \nu_k} .

    Arguments:
        parts: (variance, degrees of freedom) of independent estimates; infinite degrees for a
            variance that is known.

    References:
        Welch, The generalization of Student's problem when several different population variances
        are involved, Biometrika 34, 1947.
    """
    total = sum(variance for variance, _ in parts)
    below = sum(variance**2 / dof for variance, dof in parts if dof > 0.0)
    return math.inf if below == 0.0 else total**2 / below
