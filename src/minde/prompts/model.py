r"""The contract of a conditional diffusion model, whatever its network predicts.

A model has discrete steps k = 0 ... T - 1 of the forward process :math:`x_k = \sqrt{\bar\alpha_k}\,
x_0 + \sqrt{1 - \bar\alpha_k}\,\epsilon`; diffusion time is :math:`\tau = (k + 1) / T`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from minde.seeding import generator


class ConditionalModel(Protocol):
    """A diffusion model of latents that may be given a condition.

    Attributes:
        shape: Shape of one latent.
        alphas_cumprod: :math:`\\bar\\alpha_k`, (T,), falling, double precision, on the CPU.
        device: Where the network is.
    """

    shape: tuple[int, ...]
    alphas_cumprod: Tensor
    device: torch.device

    def embed(self, prompts: Sequence[str]) -> Tensor:
        """Conditions of prompts, (n, ...)."""
        ...

    def noise(self, x: Tensor, step: int, condition: Tensor | None) -> Tensor:
        """Noise prediction, (n, *shape), float32; the unconditional one without a condition."""
        ...

    def images(self, latents: Tensor) -> Tensor:
        """Images in [0, 1] of latents: (n, height, width, channels), float32."""
        ...


def draws(shape: Sequence[int], seed: int, rows: Sequence[int], *names: str | int) -> Tensor:
    """Standard normal numbers, one stream a row, so that no row depends on its neighbours."""
    streams = [generator(seed, *names, row) for row in rows]
    return torch.stack([torch.randn(tuple(shape), generator=g) for g in streams])
