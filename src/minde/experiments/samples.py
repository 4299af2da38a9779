"""Stage `sample_task`: samples and truth of the suites' tasks, as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from minde.baselines.jax_cache import use_jax_cache
from minde.errors import InputError
from minde.experiments.high_mi.tasks import make_task
from minde.experiments.interaction import tasks as interaction
from minde.stages.samples import write_samples
from minde.types import Array


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


def sample_task(
    suite: str,
    task: str,
    seed: int,
    n_train: int,
    n_test: int,
    path: str | Path,
    options: dict[str, Any] | None = None,
) -> None:
    """Draw a task's points (the first n_train train, the rest test) and write them."""
    n = n_train + n_test
    if suite == "interaction":
        variables, mi_true = interaction.draw(task, n, seed)
    else:
        x, y, mi_true = draw(suite, task, n, seed, options)
        variables = [x, y]
    write_samples(suite, task, seed, mi_true, variables, n_train, path)
