"""Stage `sample_task` of high mutual information."""

from __future__ import annotations

from pathlib import Path

from minde.baselines.jax_cache import use_jax_cache
from minde.experiments.high_mi.tasks import SUITE, make_task
from minde.experiments.samples import draw
from minde.stages.samples import write_samples


def sample_task(
    task: str, seed: int, n: int, n_test: int, samples: str | Path, spiral_speed: float
) -> None:
    """Draw a task's points and write them.

    Arguments:
        task: Identifier, such as ``spiral-mi1.5``.
        seed: Seed of bmi's sampler.
        n: Training points, the first ones.
        n_test: Test points, those that follow.
        samples: Output parquet.
        spiral_speed: Factor of the spiral's generator.
    """
    use_jax_cache()
    made = make_task(task, spiral_speed)
    x, y, mi_true = draw(made, n + n_test, seed)
    write_samples(SUITE, task, seed, mi_true, [x, y], n, samples)
