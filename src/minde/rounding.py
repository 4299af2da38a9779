r"""Rounded values lie on a grid, and repeat by chance as often as the grid is coarse.

With :math:`\lambda` rows a step the next step is taken in a share :math:`s = 1 - e^{-\lambda}` of
all cases, and :math:`1 - s / \lambda` of the rows repeat another. So the steps between distinct
values tell how many rows repeat for having been rounded; where more do, it has another reason.
"""

from __future__ import annotations

import math

import numpy as np

from minde.types import Array

#: Steps of a grid are told apart to this share of a column's range.
STEP = 1e-9


def share_by_rounding(distinct: Array) -> float:
    """Share of rows that would repeat if these values, in rising order, were those of a grid."""
    steps = np.diff(distinct) / (distinct[-1] - distinct[0])
    most = np.unique(np.round(steps / STEP), return_counts=True)[1].max() / len(steps)
    return 1.0 if most == 1.0 else 1.0 + float(most / math.log1p(-most))
