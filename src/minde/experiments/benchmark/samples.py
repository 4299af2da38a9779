"""Stage `sample_task` of the benchmark's tasks."""

from __future__ import annotations

from pathlib import Path

from minde.baselines.jax_cache import use_jax_cache
from minde.experiments.samples import draw
from minde.stages.samples import write_samples

SUITE = "bmi"


def sample_task(task: str, seed: int, n: int, n_test: int, samples: str | Path) -> None:
    """Draw a task's points and write them.

    Arguments:
        task: Identifier.
        seed: Seed of bmi's sampler.
        n: Training points, the first ones.
        n_test: Test points, those that follow.
        samples: Output parquet.
    """
    use_jax_cache()
    from bmi.benchmark import BENCHMARK_TASKS

    x, y, mi_true = draw(BENCHMARK_TASKS[task], n + n_test, seed)
    write_samples(SUITE, task, seed, mi_true, [x, y], n, samples)
