"""Points of bmi's tasks, as numbers that every estimator takes."""

from __future__ import annotations

from typing import Any

import numpy as np

from minde.errors import InputError
from minde.types import Array


def draw(task: Any, n: int, seed: int) -> tuple[Array, Array, float]:
    """Draw ``n`` points of a task.

    Arguments:
        task: A task of bmi.
        n: Points.
        seed: Seed of bmi's sampler.

    Returns:
        x (n, dim_x), y (n, dim_y), and the true mutual information in nats.

    Raises:
        InputError: If a value is not finite.
    """
    x, y = task.sample(n, seed)
    # Some samplers return read-only jax arrays, and plain Student tasks float64.
    x, y = np.array(x, dtype=np.float64), np.array(y, dtype=np.float64)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise InputError(
            f"samples: task {task.id} with seed {seed} gave values that are not finite"
        )
    return x, y, float(task.mutual_information)
