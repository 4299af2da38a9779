r"""Draws of the diffusion time: plain or stratified, uniform, by importance, or of a density.

By importance the log signal-to-noise ratio is uniform over a range of 20, and most steps are spent
where the noise hides everything or nothing. A *density* over the quantiles of that draw moves them.
Training alone may draw so: whatever the density of times, the same scores minimise the loss.
"""

from __future__ import annotations

import torch
from torch import Tensor

from minde.diffusion.schedule import Schedule, VPSchedule
from minde.errors import ConfigError

#: Equal bins of the importance quantile that a density is given on.
DENSITY_BINS = 50
#: Log signal-to-noise ratio, mean and deviation, of focused times: noise of 0.2 to 2 deviations of
#: the data, where most dependence is seen and a network has most to learn.
FOCUS = (1.0, 2.0)


def stratified_uniform(jitter: Tensor) -> Tensor:
    """Turn uniform numbers (..., N) into one uniform number in each of N equal strata."""
    n = jitter.shape[-1]
    return (torch.arange(n, device=jitter.device, dtype=jitter.dtype) + jitter) / n


def draw_times(u: Tensor, schedule: Schedule, importance: bool) -> tuple[Tensor, Tensor]:
    """Times and integration weights from uniform numbers.

    Returns:
        ``t`` and ``weight``, both shaped like ``u``, such that the mean of
        ``weight * ||eps_a - eps_b||^2 / 2`` is the integral over the scores.

    Raises:
        ConfigError: If times of another schedule than ``VPSchedule`` are to be drawn uniformly.
    """
    if importance:
        return schedule.importance_inverse_cdf(u), torch.full_like(u, schedule.z)
    if not isinstance(schedule, VPSchedule):
        raise ConfigError("schedule: times of this one are drawn by importance alone")
    t = u.clamp(min=1e-12)
    return t, schedule.uniform_weight(t)


def focus_density(schedule: VPSchedule) -> Tensor:
    """Mass of each bin, (DENSITY_BINS,), where the log ratio is Gaussian as ``FOCUS`` says."""
    quantiles = torch.linspace(0.0, 1.0, DENSITY_BINS + 1, dtype=torch.float64)
    mean, deviation = FOCUS
    ratio = schedule.log_snr(schedule.importance_inverse_cdf(quantiles))
    mass = -torch.special.ndtr((ratio - mean) / deviation).diff()
    normalised: Tensor = mass / mass.sum()
    return normalised


def warp(u: Tensor, density: Tensor) -> Tensor:
    """Quantiles of a density from uniform numbers, by its inverse distribution function.

    Arguments:
        u: Uniform numbers, (..., E, N).
        density: Positive mass of each bin per member, (E, bins), each row summing to one.

    Returns:
        Quantiles of the importance draw, shaped like ``u``, uniform within a bin.
    """
    bins = density.shape[1]
    edges = torch.cat([density.new_zeros(len(density), 1), density.cumsum(1)], dim=1).to(u)
    flat = u.movedim(-2, 0).reshape(len(density), -1).contiguous()
    cell = torch.searchsorted(edges[:, 1:-1].contiguous(), flat, right=True)
    low, high = edges.gather(1, cell), edges.gather(1, cell + 1)
    quantile = ((cell + (flat - low) / (high - low)) / bins).clamp(0.0, 1.0)
    return quantile.view(len(density), *u.shape[:-2], u.shape[-1]).movedim(0, -2)
