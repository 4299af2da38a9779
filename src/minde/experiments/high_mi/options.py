"""Section `high_mi` of the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from minde.declare import Bounds, option
from minde.experiments.high_mi.tasks import TRANSFORMS
from minde.experiments.options import Names, Seeds, TestPoints, TrainPoints


@dataclass(frozen=True)
class HighMiOptions:
    """Figure 1: two correlated pairs in 3x3 dimensions, transformed. No values: not run."""

    transforms: tuple[Annotated[str, Bounds(choices=tuple(TRANSFORMS))], ...] = option(
        tuple(TRANSFORMS), "Transforms of both variables."
    )
    values: tuple[Annotated[float, Bounds(minimum=0, maximum=12)], ...] = option(
        (0, 0.5, 1, 1.5, 2, 3, 4, 5), "Mutual information, nats."
    )
    spiral_speed: float = option(
        1 / 3, "Factor of the spiral's generator (bmi's figure used 1/3).", "spirals"
    )
    n_train: TrainPoints = option(100_000, "Training points per seed.")
    n_test: TestPoints = option(10_000, "Test points per seed.")
    seeds: Seeds = option(5, "Number of seeds.")
    estimators: Names = option("all", '"all", or names such as minde-c and mine.')
