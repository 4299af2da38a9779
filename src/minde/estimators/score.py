"""A trained pack as a noise model: network, baseline and schedule put together."""

from __future__ import annotations

import torch
from torch import Tensor

from minde.diffusion.precondition import Precondition
from minde.diffusion.roles import Family
from minde.nn.network import Network
from minde.nn.packed import Parameters
from minde.recipe import Recipe
from minde.schedule import VPSchedule
from minde.training.batches import time_vector


class PackedScore:
    r"""Noise prediction :math:`\hat\epsilon = b + c \cdot \mathrm{net}` of E trained copies.

    This class and the exact Gaussian are the two noise models; :func:`score_from_noise` is the
    only place where noise turns into a score.
    """

    def __init__(
        self,
        network: Network,
        parameters: Parameters,
        family: Family,
        recipe: Recipe,
        schedule: VPSchedule,
        precondition: Precondition,
    ) -> None:
        self.network, self.parameters, self.family = network, parameters, family
        self.recipe, self.schedule, self.precondition = recipe, schedule, precondition
        device = next(iter(parameters.values())).device
        self._slope, self._offset = family.time_inputs(recipe.role_inputs, device)

    @torch.no_grad()
    def __call__(self, values: Tensor, pattern: int, t: Tensor) -> Tensor:
        """See :class:`minde.protocols.NoiseModel`."""
        times = time_vector(
            t, self._slope[pattern], self._offset[pattern], self.recipe, self.schedule
        )
        out = self.network(self.parameters, values, times)
        return self.precondition.base(values, pattern, t) + self.precondition.scale(t) * out


def score_from_noise(noise: Tensor, t: Tensor, schedule: VPSchedule) -> Tensor:
    r"""Score :math:`s_t = -\hat\epsilon / \sigma_t`; ``noise`` (..., D), ``t`` (...)."""
    return -noise / schedule.sigma(t)[..., None]
