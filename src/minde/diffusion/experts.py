"""The experts: models whose scores are exact for a simpler law than the data's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from minde.diffusion.gaussian import GaussianNoise
from minde.diffusion.mixture import Mixture, MixtureNoise
from minde.diffusion.regression import Regression, RegressionNoise
from minde.diffusion.roles import Family
from minde.diffusion.schedule import Schedule
from minde.types import NoiseModel


@dataclass(frozen=True)
class Laws:
    """Laws beside the Gaussian whose scores are exact, where they fit better.

    Attributes:
        mixture: Of Gaussians.
        regressions: By the number of the pattern; none where no mean bends.
    """

    mixture: Mixture | None = None
    regressions: Mapping[int, Regression] = field(default_factory=dict)

    def to(self, device: torch.device) -> Laws:
        """The same on a device."""
        return self._each(lambda part: part.to(device))

    def members(self, some: Sequence[int] | slice) -> Laws:
        """Those of some members."""
        return self._each(lambda part: part.members(some))

    @staticmethod
    def joined(parts: Sequence[Laws]) -> Laws:
        """Those of the members of several."""
        mixtures = [p.mixture for p in parts if p.mixture]
        patterns = parts[0].regressions
        return Laws(
            Mixture.joined(mixtures) if mixtures else None,
            {k: Regression.joined([p.regressions[k] for p in parts]) for k in patterns},
        )

    def _each(self, f: Callable[[Any], Any]) -> Laws:
        return Laws(
            self.mixture and f(self.mixture), {k: f(r) for k, r in self.regressions.items()}
        )


def experts_of(
    covariance: Tensor, mean: Tensor, laws: Laws, family: Family, schedule: Schedule
) -> list[NoiseModel]:
    """The Gaussian of the training rows, and what other laws there are.

    Arguments:
        covariance: Per member, (E, D, D).
        mean: Per member, (E, D).
        laws: On the same device.
        family: The patterns to serve.
        schedule: The diffusion.
    """
    gaussian = GaussianNoise(covariance, family, schedule, mean)
    found: list[NoiseModel] = [gaussian]
    if laws.mixture is not None:
        found.append(MixtureNoise(laws.mixture, family, schedule))
    if laws.regressions:
        found.append(RegressionNoise(gaussian, laws.regressions))
    return found
