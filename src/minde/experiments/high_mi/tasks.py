r"""High mutual information (§5.1, Figure 1): two correlated pairs in 3×3 dimensions, transformed.

With correlation :math:`\rho` in both pairs :math:`I = -\ln(1 - \rho^2)`, so
:math:`\rho = \sqrt{1 - e^{-I}}`. The transforms are bmi's: none, half-cube
:math:`x \sqrt{|x|}`, and the spiral, whose speed is given as the factor of the generator itself,
because bmi's own argument changed its meaning between versions.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minde.errors import ConfigError
from minde.experiments.task import TaskInfo

SUITE = "high_mi"
DIM = 3
N_PAIRS = 2
TRANSFORMS = {"identity": "Original", "half_cube": "Half-cube", "spiral": "Spiral"}


def correlation(mi: float) -> float:
    """Correlation of each pair at a mutual information of ``mi`` nats over both."""
    return math.sqrt(-math.expm1(-2.0 * mi / N_PAIRS))


def task_id(transform: str, mi: float) -> str:
    """Identifier, such as ``half_cube-mi1.5``."""
    return f"{transform}-mi{mi:g}"


def parse(task: str) -> tuple[str, float]:
    """Transform and mutual information of an identifier; ConfigError if it is none."""
    transform, mark, value = task.rpartition("-mi")
    try:
        mi = float(value)
    except ValueError:
        mi = math.nan
    if not mark or transform not in TRANSFORMS or not mi >= 0.0:
        raise ConfigError(f"high_mi: '{task}' is not a task such as 'spiral-mi1.5'")
    return transform, mi


def high_mi_tasks(transforms: list[str], values: list[float]) -> list[TaskInfo]:
    """Every transform at every value."""
    return [
        TaskInfo(task_id(t, v), f"{TRANSFORMS[t]}, {v:g} nats", DIM, DIM)
        for t in transforms
        for v in values
    ]


def make_task(task: str, spiral_speed: float) -> Any:
    """Bmi's task of an identifier."""
    from bmi.benchmark.task import Task
    from bmi.benchmark.tasks.half_cube import transform_half_cube_task
    from bmi.benchmark.tasks.spiral import transform_spiral_task
    from bmi.samplers import SplitMultinormal

    transform, mi = parse(task)
    covariance = np.eye(2 * DIM)
    for k in range(N_PAIRS):
        covariance[k, DIM + k] = covariance[DIM + k, k] = correlation(mi)
    sampler = SplitMultinormal(dim_x=DIM, dim_y=DIM, covariance=covariance)
    base = Task(sampler=sampler, task_id=task, task_name=task, task_params={})
    if transform == "half_cube":
        return transform_half_cube_task(base)
    if transform == "spiral":
        return transform_spiral_task(base, speed=spiral_speed, normalize_speed=False)
    return base
