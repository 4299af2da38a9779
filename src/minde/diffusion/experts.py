"""The experts: models whose scores are exact for a simpler law than the data's."""

from __future__ import annotations

from torch import Tensor

from minde.diffusion.gaussian import GaussianNoise
from minde.diffusion.mixture import Mixture, MixtureNoise
from minde.diffusion.roles import Family
from minde.diffusion.schedule import Schedule
from minde.types import NoiseModel


def experts_of(
    covariance: Tensor, mean: Tensor, mixture: Mixture | None, family: Family, schedule: Schedule
) -> list[NoiseModel]:
    """The Gaussian of the training rows, and their mixture where there is one.

    Arguments:
        covariance: Per member, (E, D, D).
        mean: Per member, (E, D).
        mixture: On the same device.
        family: The patterns to serve.
        schedule: The diffusion.
    """
    found: list[NoiseModel] = [GaussianNoise(covariance, family, schedule, mean)]
    if mixture is not None:
        found.append(MixtureNoise(mixture, family, schedule))
    return found
