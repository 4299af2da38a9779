"""Stage `sample_task` of the tasks of mixed kinds."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from minde.experiments.mixed.tasks import LAWS, SUITE
from minde.stages.samples import write_samples


def sample_task(task: str, seed: int, n: int, n_test: int, samples: str | Path) -> None:
    """Draw a task's rows and write them with the kinds of their columns.

    Arguments:
        task: Identifier.
        seed: Seed of the draw.
        n: Training rows, the first ones.
        n_test: Test rows, those that follow.
        samples: Output parquet.
    """
    law = LAWS[task]
    x, y = law.draw(np.random.default_rng([seed, list(LAWS).index(task)]), n + n_test)
    names = [f"x{k}" for k in range(len(law.x))] + [f"y{k}" for k in range(len(law.y))]
    told: dict[str, list[str]] = {"names": names, "kinds": [*law.x, *law.y]}
    write_samples(SUITE, task, seed, law.truth(), [x, y], n, samples, told)
