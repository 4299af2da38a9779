r"""Perturbation under roles: :math:`x_t = \alpha_t x_0 + \sigma_t \epsilon` where diffused."""

from __future__ import annotations

from torch import Tensor

from minde.diffusion.schedule import VPSchedule


def perturb(
    x: Tensor, noise: Tensor, t: Tensor, diffused: Tensor, clean: Tensor, schedule: VPSchedule
) -> Tensor:
    """Diffuse, keep or blank each coordinate.

    Arguments:
        x: Clean values, (..., D).
        noise: Standard normal noise, (..., D).
        t: Times, (...).
        diffused: Mask of diffused coordinates, broadcastable to (..., D).
        clean: Mask of clean coordinates, broadcastable to (..., D).
        schedule: The diffusion.

    Returns:
        Network input of shape (..., D): x_t where diffused, x where clean, 0 where absent.
    """
    alpha = schedule.alpha(t)[..., None]
    sigma = schedule.sigma(t)[..., None]
    return diffused * (alpha * x + sigma * noise) + clean * x
