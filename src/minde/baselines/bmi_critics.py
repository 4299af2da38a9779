"""Neural critics of bmi: MINE, InfoNCE, Donsker-Varadhan and NWJ.

They follow the paper's protocol (§C.4): three hidden layers of MINDE's width, early stopping, the
best held-out estimate. They get train and test points together and split them in the same
proportion.

bmi draws a batch operation by operation, which takes two fifths of a step. Here the draw is one
compiled program: a permutation and rows taken by it, the same to the bit.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from minde.baselines.bmi_class import bmi_class
from minde.baselines.fit import hidden_layers
from minde.types import XY

if TYPE_CHECKING:
    from minde.baselines.kinds import CriticOptions

ESTIMATORS = {
    "mine": "MINEEstimator",
    "infonce": "InfoNCEEstimator",
    "donsker_varadhan": "DonskerVaradhanEstimator",
    "nwj": "NWJEstimator",
}

#: Functions of bmi that draw a batch of ``batch_size``, by the module that calls them.
DRAWS = {"_basic_training": "get_batch", "_mine_estimator": "_sample_paired_unpaired"}


def run(kind: str, train: XY, test: XY, options: CriticOptions, seed: int) -> float:
    """Estimate mutual information in nats.

    Arguments:
        kind: Key of ESTIMATORS.
        train: x (n_train, dim_x) and y (n_train, dim_y).
        test: x and y of the test split.
        options: Network and training.
        seed: Seed of the critic.
    """
    n_train = min(len(train[0]), options.max_train)
    n_test = min(len(test[0]), options.max_test)
    x, y = (
        np.concatenate([a[:n_train], b[:n_test]]).astype(np.float32)
        for a, b in zip(train, test, strict=True)
    )
    make: Callable[..., Any] = bmi_class("neural", ESTIMATORS[kind])
    _compile_draws()
    estimator = make(
        batch_size=options.batch_size,
        max_n_steps=options.max_n_steps,
        train_test_split=n_train / (n_train + n_test),
        test_every_n_steps=options.test_every_n_steps,
        learning_rate=options.learning_rate,
        hidden_layers=hidden_layers(options.hidden_layers, x.shape[1], y.shape[1]),
        verbose=False,
        seed=seed,
    )
    return float(estimator.estimate(x, y))


def _compile_draws() -> None:
    import jax

    for name, draw in DRAWS.items():
        module = sys.modules[f"bmi.estimators.neural.{name}"]
        plain = getattr(module, draw)
        if not hasattr(plain, "lower"):
            setattr(module, draw, jax.jit(plain, static_argnames="batch_size"))
