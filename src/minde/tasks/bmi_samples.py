"""Samples and true mutual information of the suites' tasks, all drawn by bmi."""

from __future__ import annotations

from typing import Any

import numpy as np

from minde.arrays import Array
from minde.errors import InputError
from minde.tasks.high_mi import make_task
from minde.tasks.jax_cache import use_jax_cache


def draw(
    suite: str, task_id: str, n: int, seed: int, options: dict[str, Any] | None = None
) -> tuple[Array, Array, float]:
    """Draw ``n`` points of a task.

    Arguments:
        suite: ``bmi`` or ``high_mi``.
        task_id: Task of the suite.
        n: Points.
        seed: Seed of bmi's sampler.
        options: Of suite ``high_mi``: ``spiral_speed``.

    Returns:
        x (n, dim_x), y (n, dim_y), and the true mutual information in nats.
    """
    use_jax_cache()
    task: Any
    if suite == "high_mi":
        task = make_task(task_id, **(options or {}))
    else:
        from bmi.benchmark import BENCHMARK_TASKS

        task = BENCHMARK_TASKS[task_id]
    x, y = task.sample(n, seed)
    # Some samplers return read-only jax arrays, and plain Student tasks float64.
    x, y = np.array(x, dtype=np.float64), np.array(y, dtype=np.float64)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise InputError(
            f"samples: task {task_id} with seed {seed} gave values that are not finite"
        )
    return x, y, float(task.mutual_information)
