"""Draws of the diffusion time: plain or stratified, uniform, by importance, or focused."""

from __future__ import annotations

import torch
from torch import Tensor

from minde.schedule import VPSchedule

#: Log signal-to-noise ratio, mean and deviation, of focused times: noise of 0.2 to 2 deviations of
#: the data, where most dependence is seen and a network has most to learn.
FOCUS = (1.0, 2.0)


def stratified_uniform(jitter: Tensor) -> Tensor:
    """Turn uniform numbers (..., N) into one uniform number in each of N equal strata."""
    n = jitter.shape[-1]
    return (torch.arange(n, device=jitter.device, dtype=jitter.dtype) + jitter) / n


def draw_times(u: Tensor, schedule: VPSchedule, importance: bool) -> tuple[Tensor, Tensor]:
    """Times and integration weights from uniform numbers.

    Returns:
        ``t`` and ``weight``, both shaped like ``u``, such that the mean of
        ``weight * ||eps_a - eps_b||^2 / 2`` is the integral over the scores.
    """
    if importance:
        return schedule.importance_inverse_cdf(u), torch.full_like(u, schedule.z)
    t = u.clamp(min=1e-12)
    return t, schedule.uniform_weight(t)


def focused_times(u: Tensor, schedule: VPSchedule, share: float) -> Tensor:
    r"""Times of which a share is drawn where noise is of the data's own size.

    By importance the log signal-to-noise ratio is uniform over a range of 20, and most steps are
    spent where the noise hides everything or nothing. The share's ratio is Gaussian, of mean and
    deviation ``FOCUS``. Training alone may draw so: whatever the density of times, the same scores
    minimise the loss.

    Arguments:
        u: Uniform numbers.
        schedule: The diffusion.
        share: Between 0 and 1; at 0 these are the times of ``draw_times`` by importance.

    Returns:
        Times, shaped like ``u``.
    """
    rest = 1.0 - share
    plain = schedule.importance_inverse_cdf((u / max(rest, 1e-12)).clamp(max=1.0))
    if share == 0.0:
        return plain
    mean, deviation = FOCUS
    inner = ((u - rest) / share).clamp(1e-6, 1.0 - 1e-6)
    ratio = mean + deviation * torch.special.ndtri(inner)
    focused = schedule.time_of_log_snr(ratio).clamp(min=1e-12, max=1.0)
    return torch.where(u < rest, plain, focused)
