"""Exponential moving average of stacked parameters."""

from __future__ import annotations

import torch
from torch import Tensor


def ema_decay(step: int, decay: float, warm_up: bool) -> float:
    """Decay at a step; with warm-up min(decay, (1 + step) / (10 + step)), so early weights fade."""
    return min(decay, (1.0 + step) / (10.0 + step)) if warm_up else decay


@torch.no_grad()
def ema_update(average: list[Tensor], current: list[Tensor], decay: float) -> None:
    """Move ``average`` towards ``current`` in place by 1 - decay."""
    torch._foreach_lerp_(average, current, 1.0 - decay)
