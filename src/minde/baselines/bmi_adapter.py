"""bmi's estimators behind one function.

Neural critics follow the paper's protocol (§C.4): three hidden layers of MINDE's width, early
stopping, the best held-out estimate. They get train and test points together and split them in the
same proportion. KSG and CCA see the test points alone, as in the official evaluation.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minde.arrays import Array
from minde.baselines.labels import BASELINE_LABELS
from minde.errors import ConfigError, nearest
from minde.recipe import make_recipe

NEURAL = {
    "mine": "MINEEstimator",
    "infonce": "InfoNCEEstimator",
    "donsker_varadhan": "DonskerVaradhanEstimator",
    "nwj": "NWJEstimator",
}


def minde_width(dim: int) -> int:
    """Width of MINDE's network at total dimension ``dim`` (Tables 2-3)."""
    return make_recipe("paper", "c", dim).width


def run_baseline(
    name: str,
    train: tuple[Array, Array],
    test: tuple[Array, Array],
    options: dict[str, Any],
    seed: int,
) -> float:
    """Estimate mutual information in nats with a bmi estimator.

    Arguments:
        name: One of BASELINE_LABELS.
        train: x (n_train, dim_x) and y (n_train, dim_y); used by neural critics alone.
        test: x and y of the test split.
        options: For critics: batch_size, max_n_steps, test_every_n_steps, learning_rate,
            hidden_layers (``"minde"`` or a list), max_train, max_test. For KSG: n_neighbors,
            max_test. For CCA: nothing.
        seed: Seed of the critic.

    Raises:
        ConfigError: On an unknown estimator.
    """
    if name in NEURAL:
        return _neural(name, train, test, options, seed)
    import bmi.estimators as estimators

    if name == "ksg":
        keep = slice(options["max_test"])
        ksg = estimators.KSGEnsembleFirstEstimator(neighborhoods=(options["n_neighbors"],))
        return float(ksg.estimate(test[0][keep], test[1][keep]))
    if name == "cca":
        return float(estimators.CCAMutualInformationEstimator().estimate(*test))
    raise ConfigError(f"baselines: unknown estimator '{name}'{nearest(name, [*BASELINE_LABELS])}")


def _neural(
    name: str,
    train: tuple[Array, Array],
    test: tuple[Array, Array],
    options: dict[str, Any],
    seed: int,
) -> float:
    import bmi.estimators as estimators

    n_train = min(len(train[0]), options["max_train"])
    n_test = min(len(test[0]), options["max_test"])
    x, y = (
        np.concatenate([a[:n_train], b[:n_test]]).astype(np.float32)
        for a, b in zip(train, test, strict=True)
    )
    layers = options["hidden_layers"]
    if layers == "minde":
        layers = [minde_width(x.shape[1] + y.shape[1])] * 3
    make: Callable[..., Any] = getattr(estimators, NEURAL[name])
    estimator = make(
        batch_size=options["batch_size"],
        max_n_steps=options["max_n_steps"],
        train_test_split=n_train / (n_train + n_test),
        test_every_n_steps=options["test_every_n_steps"],
        learning_rate=options["learning_rate"],
        hidden_layers=tuple(layers),
        verbose=False,
        seed=seed,
    )
    value = float(estimator.estimate(x, y))
    if not math.isfinite(value):
        raise FloatingPointError(f"{name} returned {value}")
    return value
