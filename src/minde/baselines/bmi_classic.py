"""Estimators of bmi without networks: KSG, CCA, KDE and histogram, on the test points alone.

Rules, stated because the estimates hang on them:

- KDE: Scott's bandwidth :math:`n^{-1/(d+4)}` (or Silverman's) on standardised data, the density
  read at the points that made it, as bmi does.
- histogram: equal bins an axis, as many as leave ``points_per_cell`` points to a cell of the
  joint grid on average, at least 2: :math:`\\max(2, \\lfloor (n / m)^{1/d} \\rfloor)`.
"""

from __future__ import annotations

from typing import Any

from minde.baselines.bmi_class import bmi_class
from minde.types import XY

#: Modules of bmi, and their classes.
ESTIMATORS = {
    "ksg": ("ksg", "KSGEnsembleFirstEstimator"),
    "kde": ("_kde", "KDEMutualInformationEstimator"),
    "histogram": ("_histogram", "HistogramEstimator"),
    "cca": ("correlation", "CCAMutualInformationEstimator"),
}


def n_bins(n: int, dim: int, points_per_cell: float) -> int:
    """Bins an axis of a joint histogram of n points in ``dim`` dimensions."""
    # A tiny excess keeps exact powers, such as 1000 ** (1 / 3), from being floored away.
    return max(2, int((n / points_per_cell) ** (1.0 / dim) + 1e-9))


def run(kind: str, train: XY, test: XY, options: Any, seed: int) -> float:
    """Estimate mutual information in nats; ``options`` are of the kind's class."""
    keep = slice(getattr(options, "max_test", None))
    x, y = test[0][keep], test[1][keep]
    if kind == "ksg":
        arguments: dict[str, Any] = {"neighborhoods": (options.n_neighbors,)}
    elif kind == "kde":
        arguments = {"kernel_xy": options.kernel, "bandwidth_xy": options.bandwidth}
    elif kind == "histogram":
        dim = x.shape[1] + y.shape[1]
        arguments = {"n_bins_x": n_bins(len(x), dim, options.points_per_cell)}
    else:
        arguments = {}
    return float(bmi_class(*ESTIMATORS[kind])(**arguments).estimate(x, y))
