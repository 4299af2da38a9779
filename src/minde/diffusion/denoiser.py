r"""Preconditioning: what the network has to learn beside a known baseline.

The noise prediction is :math:`\hat\epsilon = b(x_t, t) + c(t)\,\mathrm{net}(x_t, t)`:

- ``none`` (the paper): :math:`b = 0, c = 1`;
- ``standard``: :math:`b = \sigma_t x_t, c = \alpha_t`, the exact score of a standard Gaussian, so
  that an untrained network reads a mutual information of zero;
- ``gaussian``: :math:`b` is the exact score of the Gaussian with the training covariance,
  :math:`c = \alpha_t`, so that an untrained network reads the Gaussian mutual information.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from minde.diffusion.gaussian import GaussianNoise
from minde.diffusion.roles import Family
from minde.diffusion.schedule import VPSchedule
from minde.errors import ConfigError

PreconditionKind = Literal["none", "standard", "gaussian"]


class Precondition:
    """Baseline prediction and output scale of one kind.

    Arguments:
        kind: ``none``, ``standard`` or ``gaussian``.
        family: Patterns of the network.
        schedule: The diffusion.
        covariance: Training covariance a copy, (E, D, D); needed by ``gaussian``.
    """

    def __init__(
        self,
        kind: PreconditionKind,
        family: Family,
        schedule: VPSchedule,
        covariance: Tensor | None = None,
    ) -> None:
        if kind not in ("none", "standard", "gaussian"):
            raise ConfigError(f"precondition: unknown kind {kind!r}")
        if kind == "gaussian" and covariance is None:
            raise ConfigError("precondition: kind 'gaussian' needs a covariance")
        self.kind, self.schedule, self.dim_out = kind, schedule, family.dim_out
        self.covariance = covariance
        self._gaussian = (
            GaussianNoise(covariance, family, schedule)
            if kind == "gaussian" and covariance is not None
            else None
        )

    def base(self, values: Tensor, pattern: int, t: Tensor) -> Tensor:
        """Baseline prediction b, (E, N, dim_out), for ``values`` (E, N, D) and ``t`` (E, N)."""
        if self._gaussian is not None:
            return self._gaussian(values, pattern, t)
        if self.kind == "none":
            return torch.zeros_like(values[..., : self.dim_out])
        return self.schedule.sigma(t)[..., None] * values[..., : self.dim_out]

    def scale(self, t: Tensor) -> Tensor:
        """Output scale c, shape (E, N, 1)."""
        if self.kind == "none":
            return torch.ones_like(t)[..., None]
        return self.schedule.alpha(t)[..., None]
