r"""Any other diffusion :math:`x_t = \alpha_t x_0 + \sigma_t \epsilon`, by its noise levels alone.

With the log signal-to-noise ratio :math:`\lambda = \log(\alpha_t^2 / \sigma_t^2)`, falling in t,
every such diffusion has :math:`g_t^2\,dt / \sigma_t^2 = -d\lambda`, and so

.. math::
    \int \tfrac{g_t^2}{2}\,\mathbb{E}\|s_a - s_b\|^2\,dt
    = \int_{\lambda_{min}}^{\lambda_{max}} \tfrac12\,
    \mathbb{E}\|\hat\epsilon_a - \hat\epsilon_b\|^2\,d\lambda .

Times are drawn with :math:`\lambda` uniform; neither g nor the drift is needed.

References:
    Kingma et al., Variational Diffusion Models, NeurIPS 2021 (only the ends of
    :math:`\lambda` matter). Nichol and Dhariwal, Improved Denoising Diffusion Probabilistic
    Models, ICML 2021 (the cosine schedule). Song et al., ICLR 2021 (variance exploding).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from minde.diffusion.schedule import VPSchedule
from minde.errors import InputError

#: Times at which a schedule is looked at, and halvings that find the time of a ratio.
LOOKED_AT, HALVINGS = 513, 50


@dataclass(frozen=True)
class Levels:
    r"""Noise levels on ``t_min`` to ``t_max``.

    Arguments:
        alpha: :math:`\alpha_t` of times of any shape, same shape.
        sigma: :math:`\sigma_t`, likewise.
        t_min: Smallest time at which scores are asked for.
        t_max: Largest.
        discrete: Whether times are whole numbers, steps; the integral is then the trapezoidal rule
            over all of them.

    Raises:
        InputError: Unless :math:`\lambda` is finite and falls from ``t_min`` to ``t_max``.
    """

    alpha: Callable[[Tensor], Tensor]
    sigma: Callable[[Tensor], Tensor]
    t_min: float
    t_max: float
    discrete: bool = False

    def __post_init__(self) -> None:
        if not self.t_min < self.t_max:
            raise InputError(
                f"schedule: times must rise from t_min to t_max, got {self.t_min:g} and "
                f"{self.t_max:g}"
            )
        ratio = self.log_snr(self._grid())
        if not (torch.isfinite(ratio).all() and (ratio.diff() < 0.0).all()):
            raise InputError(
                "schedule: log(alpha^2 / sigma^2) must be finite and fall from t_min to t_max; "
                "leave out times at which alpha or sigma is zero"
            )

    def _grid(self) -> Tensor:
        if self.discrete:
            return torch.arange(int(self.t_min), int(self.t_max) + 1, dtype=torch.float64)
        return torch.linspace(self.t_min, self.t_max, LOOKED_AT, dtype=torch.float64)

    def log_snr(self, t: Tensor) -> Tensor:
        r""":math:`\lambda` of times, same shape."""
        return 2.0 * (self.alpha(t).log() - self.sigma(t).log())

    def chi(self, t: Tensor, sigma_ref: float) -> Tensor:
        r""":math:`\alpha_t^2 \sigma_{ref}^2 + \sigma_t^2`, same shape."""
        return self.alpha(t) ** 2 * sigma_ref**2 + self.sigma(t) ** 2

    def _ends(self) -> tuple[float, float]:
        first, last = self.log_snr(torch.tensor([self.t_min, self.t_max], dtype=torch.float64))
        return float(first), float(last)

    @property
    def z(self) -> float:
        r"""Length of the range of :math:`\lambda`."""
        most, least = self._ends()
        return most - least

    def importance_inverse_cdf(self, u: Tensor) -> Tensor:
        r"""Times at which :math:`\lambda` is uniform, from uniform numbers, same shape."""
        most, least = self._ends()
        wanted = most - u.double() * (most - least)
        if self.discrete:
            grid = self._grid().to(u.device)
            ratio = self.log_snr(grid)
            middle = 0.5 * (ratio[1:] + ratio[:-1])
            return grid[torch.searchsorted(-middle, -wanted)].to(u)
        low, high = (torch.full_like(wanted, t) for t in (self.t_min, self.t_max))
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            early = self.log_snr(middle) > wanted
            low, high = torch.where(early, middle, low), torch.where(early, high, middle)
        return (0.5 * (low + high)).to(u)


@dataclass(frozen=True)
class OneTime:
    """All mass at one time, for what lies beyond an end of the levels.

    Arguments:
        levels: Its levels.
        t: The time.
        z: The mass.
    """

    levels: Levels
    t: float
    z: float

    def alpha(self, t: Tensor) -> Tensor:
        """That of the levels."""
        return self.levels.alpha(t)

    def sigma(self, t: Tensor) -> Tensor:
        """That of the levels."""
        return self.levels.sigma(t)

    def chi(self, t: Tensor, sigma_ref: float) -> Tensor:
        """That of the levels."""
        return self.levels.chi(t, sigma_ref)

    def importance_inverse_cdf(self, u: Tensor) -> Tensor:
        """The time, shaped like ``u``."""
        return torch.full_like(u, self.t)


def variance_exploding(sigma_min: float = 0.01, sigma_max: float = 50.0) -> Levels:
    r"""Variance exploding: :math:`\alpha = 1`, :math:`\sigma_t` geometric on [0, 1]."""
    if not 0.0 < sigma_min < sigma_max:
        raise InputError(f"schedule: need 0 < sigma_min < sigma_max, got {sigma_min}, {sigma_max}")
    rate = math.log(sigma_max / sigma_min)
    return Levels(torch.ones_like, lambda t: sigma_min * torch.exp(rate * t), 0.0, 1.0)


def cosine(t_min: float = 1e-3, t_max: float = 0.998) -> Levels:
    r"""Cosine, variance preserving: :math:`\alpha_t = \cos(\pi t / 2)`."""
    half = math.pi / 2.0
    return Levels(lambda t: torch.cos(half * t), lambda t: torch.sin(half * t), t_min, t_max)


def steps(alphas_cumprod: Any) -> Levels:
    r"""The steps k = 0, 1, ... of a table of :math:`\bar\alpha_k`, as schedulers of diffusers have.

    .. math::
        \alpha_k = \sqrt{\bar\alpha_k}, \qquad \sigma_k = \sqrt{1 - \bar\alpha_k} .

    Raises:
        InputError: Unless there are two or more numbers that fall and lie within 0 and 1.
    """
    table = torch.as_tensor(np.asarray(alphas_cumprod, dtype=np.float64))
    if table.ndim != 1 or len(table) < 2 or not ((table > 0.0) & (table < 1.0)).all():
        raise InputError(
            "schedule: alphas_cumprod must be a row of two or more numbers within 0 and 1; of a "
            "schedule that ends without signal leave out the last step"
        )

    def at(t: Tensor) -> Tensor:
        return table.to(t.device)[t.long()]

    last = float(len(table) - 1)
    return Levels(lambda t: at(t).sqrt(), lambda t: (1.0 - at(t)).sqrt(), 0.0, last, True)


def levels_of(schedule: VPSchedule | Levels) -> Levels:
    """A schedule as levels: that of our networks from its smallest time on."""
    if isinstance(schedule, VPSchedule):
        return Levels(schedule.alpha, schedule.sigma, schedule.t_eps, 1.0)
    if not isinstance(schedule, Levels):
        raise InputError(
            "scores: a schedule is a VPSchedule or Levels (cosine(), variance_exploding(), "
            f"steps(alphas_cumprod), or Levels(alpha, sigma, ...)), got {type(schedule).__name__}"
        )
    return schedule
