"""Section `interaction` of the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from minde.declare import Bounds, Positive, option
from minde.experiments.interaction.tasks import CONSTRUCTIONS
from minde.experiments.options import Family, Seeds, TestPoints, TrainPoints

Construction = Annotated[str, Bounds(choices=tuple(CONSTRUCTIONS))]
Dimension = Annotated[int, Bounds(minimum=1, maximum=50)]


@dataclass(frozen=True)
class InteractionOptions:
    """Figure 11: interaction information of three variables, O-information of six.

    No constructions: not run.
    """

    constructions: tuple[Construction, ...] = option(
        tuple(CONSTRUCTIONS), "How the variables depend."
    )
    noise: Annotated[tuple[Positive, ...], Bounds(size=1)] = option(
        (0.1, 0.5, 2), "Variances of the noise; common_cause takes every pair."
    )
    dims: Annotated[tuple[Dimension, ...], Bounds(size=1)] = option(
        (1, 3, 5), "Dimensions of each variable."
    )
    families: Annotated[tuple[Family, ...], Bounds(size=1)] = option(
        ("j", "c"),
        "Families to use, of those under minde.families. MINDE-C takes three variables at most.",
    )
    n_train: TrainPoints = option(100_000, "Training points per seed.")
    n_test: TestPoints = option(10_000, "Test points per seed.")
    seeds: Seeds = option(5, "Number of seeds.")
