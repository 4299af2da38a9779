"""Stage `sample_task` of the constructions of known interaction."""

from __future__ import annotations

from pathlib import Path

from minde.experiments.interaction.tasks import SUITE, draw
from minde.stages.samples import write_samples


def sample_task(task: str, seed: int, n: int, n_test: int, samples: str | Path) -> None:
    """Draw a task's points and write them.

    Arguments:
        task: Identifier, such as ``sum-d3-0.5``.
        seed: Seed of the draw.
        n: Training points, the first ones.
        n_test: Test points, those that follow.
        samples: Output parquet.
    """
    variables, truth = draw(task, n + n_test, seed)
    write_samples(SUITE, task, seed, truth, variables, n, samples)
