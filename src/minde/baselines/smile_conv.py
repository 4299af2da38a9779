"""SMILE with a convolutional critic, on images; estimate and bound as in ``smile``.

References:
    Song and Ermon, Understanding the Limitations of Variational Mutual Information Estimators,
    ICLR 2020, https://arxiv.org/abs/1910.06222 (section 6.2: X and Y are channels of one input).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from minde.baselines.smile import fit_and_read
from minde.errors import InputError
from minde.types import XY, Array

if TYPE_CHECKING:
    from minde.baselines.kinds import SmileConvOptions

#: Shifts of the test images that stand for the product, and pairs evaluated at a time.
N_SHIFTS, CHUNK = 8, 1000


def side_of(dim: int) -> int:
    """Side of the square images that make up ``dim`` pixels, as few as possible.

    Raises:
        InputError: If no number of images up to 16 does.
    """
    for count in range(1, 17):
        side = math.isqrt(dim // count)
        if count * side * side == dim:
            return side
    raise InputError(f"smile_conv: {dim} columns are not the pixels of square images")


def make_critic(channels: int, side: int) -> nn.Module:
    """Two convolutions of stride 2 and a hidden layer of 1,024."""
    small = (side + 3) // 4
    return nn.Sequential(
        nn.Conv2d(channels, 64, 5, stride=2, padding=2),
        nn.ReLU(),
        nn.Conv2d(64, 128, 5, stride=2, padding=2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(128 * small * small, 1024),
        nn.ReLU(),
        nn.Linear(1024, 1),
    )


def run(kind: str, train: XY, test: XY, options: SmileConvOptions, seed: int) -> float:
    """Estimate mutual information in nats; X and Y are flat images of values 0 to 255."""
    side = side_of(train[0].shape[1])
    x, y = (_images(part, side, options.max_train) for part in train)
    x_test, y_test = (_images(part, side, options.max_test) for part in test)
    torch.manual_seed(seed)
    critic = make_critic(x.shape[1] + y.shape[1], side)

    def value(a: Tensor, b: Tensor) -> Tensor:
        out: Tensor = critic(torch.cat([a, b], dim=1).float() / 255.0).squeeze(-1)
        return out

    return fit_and_read(
        critic, value, (x, y), (x_test, y_test), options, seed, n_shifts=N_SHIFTS, chunk=CHUNK
    )


def _images(flat: Array, side: int, most: int) -> Tensor:
    """Rows as bytes, (n, channels, side, side)."""
    kept = flat[:most].astype(np.uint8)
    return torch.from_numpy(kept).view(len(kept), -1, side, side)
