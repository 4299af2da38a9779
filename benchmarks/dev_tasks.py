"""Development tasks: what recipes are chosen on. The benchmark has none of their parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from bmi.benchmark.tasks import (
    additive_noise,
    bivariate_normal,
    embeddings,
    multinormal,
    normal_cdf,
    spiral,
    student,
)

from minde.experiments.interaction import tasks as interaction
from minde.types import Array


@dataclass(frozen=True)
class DevTask:
    """A task of known truth.

    Attributes:
        dims: Dimension of each variable.
        truth: Mutual information, of more variables O-information, nats.
        draw: Rows of all variables side by side from their number and a seed.
        n_train: Rows to train on.
    """

    dims: tuple[int, ...]
    truth: float
    draw: Callable[[int, int], Array]
    n_train: int = 50_000


def _of_bmi(task: Any) -> DevTask:
    def draw(n: int, seed: int) -> Array:
        return _beside(task.sample(n, seed))

    return DevTask((task.dim_x, task.dim_y), float(task.mutual_information), draw)


def _normal(rho: float, n_train: int) -> DevTask:
    def draw(n: int, seed: int) -> Array:
        x, noise = np.random.default_rng(seed).normal(size=(2, n, 1))
        return _beside([x, rho * x + math.sqrt(1.0 - rho**2) * noise])

    return DevTask((1, 1), -0.5 * math.log(1.0 - rho**2), draw, n_train)


def _interaction(task_id: str) -> DevTask:
    task = interaction.parse(task_id)

    def draw(n: int, seed: int) -> Array:
        return _beside(interaction.draw(task_id, n, seed)[0])

    return DevTask((task.dim,) * task.n_variables, interaction.truth(task), draw)


def _beside(variables: Sequence[Any]) -> Array:
    return np.concatenate([np.array(v, dtype=np.float64) for v in variables], axis=1)


DEV_TASKS: dict[str, Callable[[], DevTask]] = {
    "student": lambda: _of_bmi(student.task_student_identity(dim_x=2, dim_y=2, df=4)),
    "additive": lambda: _of_bmi(additive_noise.task_additive_noise(epsilon=0.3)),
    "spiral": lambda: _of_bmi(
        spiral.transform_spiral_task(multinormal.task_multinormal_2pair(3, 3, strength=1.5))
    ),
    "swiss": lambda: _of_bmi(
        embeddings.transform_swissroll_task(
            normal_cdf.transform_normal_cdf_task(
                bivariate_normal.task_bivariate_normal(gaussian_correlation=0.6)
            ),
            task_name="Swiss roll, correlation 0.6",
        )
    ),
    # Few rows.
    "normal": lambda: _normal(0.9, 10_000),
    # Three and six variables, their O-information.
    "common_cause": lambda: _interaction("common_cause-d1-0.3-1"),
    "sum": lambda: _interaction("sum-d1-0.3"),
    "xor": lambda: _interaction("xor-d2"),
    "mixed6": lambda: _interaction("mixed6-d1-1"),
}
