"""Stage `sample_task` of few rows: the benchmark's tasks, with what the truth gives on the rows."""

from __future__ import annotations

import math
from pathlib import Path

from minde.baselines.jax_cache import use_jax_cache
from minde.experiments.samples import draw
from minde.experiments.small_n.oracle import pointwise
from minde.stages.samples import write_samples

SUITE = "small_n"
#: Share of the rows that are read by what is fitted on the others.
TEST_SIZE = 0.2


def sample_task(task: str, seed: int, n: int, samples: str | Path) -> None:
    """Draw a task's rows and write them; the last fifth is the test split.

    Arguments:
        task: Identifier.
        seed: Seed of bmi's sampler.
        n: Rows, all that there are.
        samples: Output parquet.
    """
    use_jax_cache()
    from bmi.benchmark import BENCHMARK_TASKS

    x, y, mi_true = draw(BENCHMARK_TASKS[task], n, seed)
    known = pointwise(BENCHMARK_TASKS[task].sampler, n, seed)
    oracle = math.nan if known is None else float(known.mean())
    n_train = n - round(TEST_SIZE * n)
    told = {"whole": True, "oracle": oracle}
    write_samples(SUITE, task, seed, mi_true, [x, y], n_train, samples, told)
