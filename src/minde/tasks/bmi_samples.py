"""Samples and true mutual information of bmi's tasks."""

from __future__ import annotations

from typing import Any

import numpy as np

from minde.arrays import Array
from minde.errors import InputError


def draw(task_id: str, n: int, seed: int) -> tuple[Array, Array, float]:
    """Draw ``n`` points of a bmi task.

    Returns:
        x (n, dim_x), y (n, dim_y), and the true mutual information in nats.
    """
    from bmi.benchmark import BENCHMARK_TASKS

    task: Any = BENCHMARK_TASKS[task_id]
    x, y = task.sample(n, seed)
    # Some samplers return read-only jax arrays, and plain Student tasks float64.
    x, y = np.array(x, dtype=np.float64), np.array(y, dtype=np.float64)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise InputError(
            f"samples: task {task_id} with seed {seed} gave values that are not finite"
        )
    return x, y, float(task.mutual_information)
