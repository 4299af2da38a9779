r"""Nearest neighbours where columns are discrete or labels: scikit-learn's, and Gao's.

Both take all rows. Continuous columns are standardised.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minde.errors import LeftOutError
from minde.kinds import Kind
from minde.types import XY, Array

Kinds = tuple[tuple[Kind, ...], tuple[Kind, ...]]


def run(kind: str, train: XY, test: XY, options: Any, seed: int, kinds: Kinds) -> float:
    """Estimate mutual information in nats.

    Arguments:
        kind: ``mutual_info`` or ``mixed_ksg``.
        train: x and y of the training split.
        test: x and y of the test split.
        options: Of the kind's class.
        seed: Of the small noise that scikit-learn adds to continuous columns.
        kinds: Of the columns of x and of y.

    Raises:
        LeftOutError: If scikit-learn's is asked for more than one column a side.
    """
    x, y = (
        _standardised(np.concatenate(parts)[: options.max_points], own)
        for parts, own in zip(zip(train, test, strict=True), kinds, strict=True)
    )
    if kind == "mixed_ksg":
        return mixed_ksg(x, y, options.n_neighbors)
    if x.shape[1] > 1 or y.shape[1] > 1:
        raise LeftOutError("takes one column a side")
    return mutual_info(x, y, kinds, options.n_neighbors, seed)


def mutual_info(x: Array, y: Array, kinds: Kinds, n_neighbors: int, seed: int) -> float:
    """``mutual_info_classif``, or ``mutual_info_regression`` where y is continuous."""
    from sklearn.feature_selection import mutual_info_classif, mutual_info_regression

    continuous = kinds[1][0] == "continuous"
    function = mutual_info_regression if continuous else mutual_info_classif
    (value,) = function(
        x,
        y[:, 0],
        discrete_features=[kinds[0][0] != "continuous"],
        n_neighbors=n_neighbors,
        random_state=seed,
    )
    return float(value)


def mixed_ksg(x: Array, y: Array, n_neighbors: int) -> float:
    r"""The estimator of Gao, Kannan, Oh and Viswanath (NeurIPS 2017, algorithm 1).

    With :math:`\rho_i` the largest-norm distance to the k-th neighbour of row i,

    .. math:: \hat I = \frac1n \sum_i \psi(\tilde k_i) + \ln n - \psi(n_{x,i}) - \psi(n_{y,i}),

    where :math:`n_{x,i}` counts rows nearer than :math:`\rho_i` in x, itself among them, and where
    :math:`\rho_i = 0` the rows that tie are counted, in both and in each. The paper writes the last
    two as logarithms; the authors' program has :math:`\psi`.
    """
    from scipy.special import digamma
    from sklearn.neighbors import KDTree

    points = (np.concatenate([x, y], axis=1), x, y)
    trees = [KDTree(v, metric="chebyshev") for v in points]
    distance = trees[0].query(points[0], n_neighbors + 1)[0][:, -1]
    tied = distance == 0.0
    radius = np.where(tied, 0.0, np.nextafter(distance, 0.0))
    joint, n_x, n_y = (
        tree.query_radius(v, radius, count_only=True) for tree, v in zip(trees, points, strict=True)
    )
    k = np.where(tied, joint, n_neighbors)
    return float(np.mean(digamma(k) + np.log(len(x)) - digamma(n_x) - digamma(n_y)))


def _standardised(values: Array, kinds: tuple[Kind, ...]) -> Array:
    continuous = np.array([kind == "continuous" for kind in kinds])
    scale = np.where(continuous, values.std(axis=0), 1.0)
    found: Array = values / np.where(scale > 0.0, scale, 1.0)
    return found
