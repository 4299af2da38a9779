"""Draws of the diffusion time: plain or stratified, uniform or by importance."""

from __future__ import annotations

import torch
from torch import Tensor

from minde.schedule import VPSchedule


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
