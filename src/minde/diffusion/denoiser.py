r"""The denoiser: the one place that turns a network's output into a noise prediction.

The noise prediction is :math:`\hat\epsilon = b(x_t, t) + c(t)\,\mathrm{net}(x_t, t)`, and the score
is :math:`-\hat\epsilon / \sigma_t`. The baseline b beside the network is of one of three kinds:

- ``none`` (the paper): :math:`b = 0, c = 1`;
- ``standard``: :math:`b = \sigma_t x_t, c = \alpha_t`, the exact score of a standard Gaussian, so
  that an untrained network reads a mutual information of zero;
- ``gaussian``: :math:`b` is the exact score of the Gaussian with the training covariance,
  :math:`c = \alpha_t`, so that an untrained network reads the Gaussian mutual information.
"""

from __future__ import annotations

import torch
from torch import Tensor

from minde.diffusion.gaussian import GaussianNoise
from minde.diffusion.roles import Family
from minde.diffusion.schedule import VPSchedule
from minde.errors import ConfigError
from minde.nn.stacked import Network, Parameters
from minde.options import NetworkOptions


class Denoiser:
    """Networks of one shape as noise predictors.

    Arguments:
        network: Shape of the networks.
        family: Their patterns.
        options: Its ``precondition``, ``time_feature`` and ``role_inputs``.
        schedule: The diffusion.
        covariance: Training covariance per member, (E, D, D); ``gaussian`` needs it.
        device: Where to compute.

    Raises:
        ConfigError: If the precondition lacks its covariance.
    """

    def __init__(
        self,
        network: Network,
        family: Family,
        options: NetworkOptions,
        schedule: VPSchedule,
        covariance: Tensor | None = None,
        device: torch.device | str = "cpu",
    ) -> None:
        self.network, self.family, self.options = network, family, options
        self.schedule = schedule
        self._gaussian: GaussianNoise | None = None
        if options.precondition == "gaussian":
            if covariance is None:
                raise ConfigError("precondition: kind 'gaussian' needs a covariance")
            self._gaussian = GaussianNoise(covariance, family, schedule)
        self._slope, self._offset = family.time_inputs(options.role_inputs, device)

    def times(self, t: Tensor, pattern: int | Tensor) -> Tensor:
        """Network's time vectors (..., T) of times (...) under a pattern, or one per point."""
        # 0.25 brings the log-SNR, about -10 to 9, to the scale of the other inputs.
        raw = self.options.time_feature == "time"
        feature = t if raw else 0.25 * self.schedule.log_snr(t)
        return self._slope[pattern] * feature[..., None] + self._offset[pattern]

    def base(self, values: Tensor, pattern: int | Tensor, t: Tensor) -> Tensor:
        """Baseline b, (..., dim_out), of network inputs ``values`` (..., D) at ``t`` (...)."""
        if self._gaussian is not None:
            if isinstance(pattern, int):
                return self._gaussian(values, pattern, t)
            out = torch.zeros_like(values[..., : self.family.dim_out])
            for k in range(len(self.family.patterns)):
                out = torch.where((pattern == k)[..., None], self._gaussian(values, k, t), out)
            return out
        if self.options.precondition == "none":
            return torch.zeros_like(values[..., : self.family.dim_out])
        return self.schedule.sigma(t)[..., None] * values[..., : self.family.dim_out]

    def scale(self, t: Tensor) -> Tensor:
        """Scale c of the network's output, (..., 1)."""
        if self.options.precondition == "none":
            return torch.ones_like(t)[..., None]
        return self.schedule.alpha(t)[..., None]

    def target(self, noise: Tensor, values: Tensor, pattern: Tensor, t: Tensor) -> Tensor:
        """What the network should put out for a noise (..., dim_out)."""
        return (noise - self.base(values, pattern, t)) / self.scale(t)

    def noise(self, parameters: Parameters, values: Tensor, pattern: int, t: Tensor) -> Tensor:
        """Noise prediction of all members, (E, N, dim_out)."""
        out = self.network(parameters, values, self.times(t, pattern))
        return self.base(values, pattern, t) + self.scale(t) * out


class TrainedNoise:
    """The noise model of trained parameters."""

    def __init__(self, denoiser: Denoiser, parameters: Parameters) -> None:
        self.denoiser, self.parameters = denoiser, parameters

    @torch.no_grad()
    def __call__(self, values: Tensor, pattern: int, t: Tensor) -> Tensor:
        """See :class:`minde.types.NoiseModel`."""
        return self.denoiser.noise(self.parameters, values, pattern, t)
