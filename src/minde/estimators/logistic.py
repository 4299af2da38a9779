r"""What a logistic regression on columns and products tells of a label: a lower bound.

With :math:`q(d \mid x)` fitted on other rows,

.. math::
    I(X; D) \ge H(D) - \langle -\log q(d \mid x) \rangle ,

on average over rows that were held out; D is a label and X columns of any kind. A label that
follows from a product or a square is told by it as far as it can be, where a regression of second
order on the label itself sees a part (0.26 of 0.69 nats of the sign of a product).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from minde.estimators.explained import Told, cut, products, standard, whitened
from minde.estimators.regressions import LEAST_OF_LEVEL, MOST_LEVELS
from minde.training.regression import MOST_OF_PRODUCTS, pursued
from minde.types import Array, Rows

#: Folds, and weight of the squares of the coefficients, in rows.
FOLDS, RIDGE = 5, 1.0
#: Columns to a row at most.
COLUMNS_PER_ROW = 0.1
#: Steps of the fit.
STEPS = 100


def few_levels(codes: Rows) -> bool:
    """Whether a label has few levels, one of them not too rare."""
    _, counts = np.unique(codes, return_counts=True)
    return 1 < len(counts) <= MOST_LEVELS and len(codes) - counts.max() >= LEAST_OF_LEVEL


def told_of_labels(x: Array, labels: Sequence[Rows]) -> list[Told]:
    """Information of each of some labels that columns tell, as held-out rows have it.

    Arguments:
        x: Columns as numbers, (n, D).
        labels: Levels of each label, (n,).
    """
    n, white = len(x), whitened(x)
    if not white.shape[1] or white.shape[1] > COLUMNS_PER_ROW * n:
        return [Told()] * len(labels)
    bent = cut(products(white)) if white.shape[1] <= MOST_OF_PRODUCTS else np.zeros((n, 0))
    return [_told(standard(white), bent, codes) for codes in labels]


def told_of_label(x: Array, codes: Rows) -> Told:
    """The same of one label."""
    return told_of_labels(x, [codes])[0]


def _told(linear: Array, bent: Array, codes: Rows) -> Told:
    n = len(linear)
    _, levels = np.unique(codes, return_inverse=True)
    own = np.eye(levels.max() + 1)[levels]
    fold = np.random.default_rng(0).permutation(n) % FOLDS
    gains = np.empty(n)
    for k in range(FOLDS):
        train, test = fold != k, fold == k
        residuals = own[train] - linear[train] @ (linear[train].T @ own[train] / train.sum())
        chosen, _ = pursued(bent[train], standard(residuals), linear.shape[1])
        features = np.concatenate([linear, bent[:, chosen], np.ones((n, 1))], axis=1)
        weights = _fit(torch.from_numpy(features[train]), torch.from_numpy(own[train]))
        log_q = (torch.from_numpy(features[test]) @ weights).log_softmax(1).numpy()
        share = (own[train].sum(axis=0) + 0.5) / (train.sum() + 0.5 * own.shape[1])
        gains[test] = (own[test] * (log_q - np.log(share))).sum(axis=1)
    return Told(max(0.0, float(gains.mean())), float(gains.std()) / math.sqrt(n))


def _fit(features: Tensor, own: Tensor) -> Tensor:
    """Coefficients of the features, (F, K), the last of them free of the ridge."""
    weights = torch.zeros(features.shape[1], own.shape[1], dtype=torch.float64, requires_grad=True)
    search = torch.optim.LBFGS([weights], max_iter=STEPS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        search.zero_grad()
        log_q = (features @ weights).log_softmax(1)
        value: Tensor = -(own * log_q).sum() + 0.5 * RIDGE * weights[:-1].square().sum()
        value = value / len(own)
        value.backward()  # type: ignore[no-untyped-call]
        return value

    search.step(loss)  # type: ignore[no-untyped-call]
    return weights.detach()
