"""Latents from prompts by diffusers' DDIM sampler, with the prompt switched on the way or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from minde.errors import ConfigError
from minde.prompts.model import ConditionalModel, draws


def make_scheduler(model: ConditionalModel, n_steps: int) -> Any:
    """Diffusers' DDIM scheduler over the model's own steps, for noise predictions."""
    from diffusers import DDIMScheduler

    steps = len(model.alphas_cumprod)
    if not 1 <= n_steps <= steps:
        raise ConfigError(f"prompts: steps must lie between 1 and the model's {steps}")
    before = torch.cat([torch.ones(1, dtype=torch.float64), model.alphas_cumprod[:-1]])
    betas = (1.0 - model.alphas_cumprod / before).numpy()
    make: Any = DDIMScheduler
    scheduler = make(
        num_train_timesteps=steps,
        trained_betas=betas,
        clip_sample=False,
        set_alpha_to_one=True,
        steps_offset=1,
        prediction_type="epsilon",
        timestep_spacing="trailing",
    )
    scheduler.set_timesteps(n_steps)
    return scheduler


@dataclass(frozen=True)
class Switch:
    """Prompts, one per image, that take over where diffusion time is at most ``at``."""

    prompts: Sequence[str]
    at: float


@torch.no_grad()
def generate(
    model: ConditionalModel,
    prompts: Sequence[str],
    n_steps: int,
    seed: int = 0,
    guidance: float = 1.0,
    eta: float = 1.0,
    switch: Switch | None = None,
    first_row: int = 0,
) -> Tensor:
    r"""Make latents from prompts.

    With guidance w the noise prediction is :math:`\hat\epsilon(x) + w\,(\hat\epsilon(x \mid y) -
    \hat\epsilon(x))`; at w = 1 it is the conditional one, and images hold what the prompt says and
    nothing more.

    Arguments:
        model: The diffusion model.
        prompts: One an image.
        n_steps: Steps of the sampler.
        seed: Of the first noise and of the sampler's; a row's depend on the seed and its row alone.
        guidance: Weight w.
        eta: 1 for the stochastic sampler, 0 for the deterministic one.
        switch: Prompts that take over on the way (Figure 10).
        first_row: Row of the first prompt among all.

    Returns:
        Latents, (n, *shape), float32, on the CPU.

    References:
        Song, Meng and Ermon, Denoising Diffusion Implicit Models, ICLR 2021.
        Ho and Salimans, Classifier-Free Diffusion Guidance, 2022, arXiv:2207.12598.
    """
    scheduler = make_scheduler(model, n_steps)
    total = len(model.alphas_cumprod)
    first = model.embed(prompts)
    second = model.embed(switch.prompts) if switch is not None else first
    at = switch.at if switch is not None else 0.0
    rows = range(first_row, first_row + len(prompts))
    x = draws(model.shape, seed, rows, "first").to(model.device)
    for step in scheduler.timesteps.tolist():
        condition = second if (step + 1) / total <= at else first
        eps = model.noise(x, step, condition)
        if guidance != 1.0:
            plain = model.noise(x, step, None)
            eps = plain + guidance * (eps - plain)
        fresh = draws(model.shape, seed, rows, "step", step).to(x) if eta > 0.0 else None
        x = scheduler.step(eps, step, x, eta=eta, variance_noise=fresh).prev_sample
    return x.float().cpu()
