"""Train a small torch model with early stopping on held-out rows; shared by DoE and SMILE."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from minde.recipe import make_recipe
from minde.types import XY

if TYPE_CHECKING:
    from minde.baselines.kinds import FitOptions

Loss = Callable[[Tensor, Tensor, torch.Generator], Tensor]
Pair = tuple[Tensor, Tensor]


def standardised(train: XY, test: XY) -> tuple[Pair, Pair]:
    """Both splits as float32, centred and scaled a coordinate by the training split."""
    scales = [(part.mean(axis=0), part.std(axis=0)) for part in train]

    def apply(pair: XY) -> Pair:
        x, y = (
            torch.from_numpy(((part - mean) / std).astype(np.float32))
            for part, (mean, std) in zip(pair, scales, strict=True)
        )
        return x, y

    return apply(train), apply(test)


def mlp(
    dim_in: int, layers: tuple[int, ...], dim_out: int, activation: type[nn.Module]
) -> nn.Module:
    """A plain multilayer perceptron."""
    sizes = [dim_in, *layers]
    parts: list[nn.Module] = []
    for a, b in itertools.pairwise(sizes):
        parts += [nn.Linear(a, b), activation()]
    return nn.Sequential(*parts, nn.Linear(sizes[-1], dim_out))


def hidden_layers(spec: str | Sequence[int], dim_x: int, dim_y: int) -> tuple[int, ...]:
    """Widths of the hidden layers.

    Arguments:
        spec: ``minde``: three layers of MINDE's width (the paper, §C.4). ``official``: the
            (d, d, 8) of the public script, d = 32 for dim_x up to 10 and 128 above. Or widths.
        dim_x: Dimension of X.
        dim_y: Dimension of Y.
    """
    if spec == "minde":
        return (make_recipe("paper", "c", dim_x + dim_y).network.width,) * 3
    if spec == "official":
        width = 32 if dim_x <= 10 else 128
        return (width, width, 8)
    return tuple(int(width) for width in spec)


def fit(model: nn.Module, loss: Loss, train: Pair, options: FitOptions, seed: int) -> nn.Module:
    """Minimise ``loss``; return the model of lowest loss on a held-out tenth of the rows.

    Arguments:
        model: Trained in place and returned.
        loss: Mean loss of a batch (x, y), drawing from the generator.
        train: Rows of x and y.
        options: Batches, steps, rate and early stopping.
        seed: Seed of batches and held-out noise.
    """
    g = torch.Generator().manual_seed(seed)
    x, y = train
    order = torch.randperm(len(x), generator=g)
    size = max(1, len(x) // 10)
    held, kept = order[:size], order[size:]
    optimizer = torch.optim.Adam(model.parameters(), lr=options.learning_rate)
    best, best_loss, waited = copy.deepcopy(model.state_dict()), float("inf"), 0
    for step in range(1, options.max_n_steps + 1):
        rows = kept[torch.randint(len(kept), (options.batch_size,), generator=g)]
        optimizer.zero_grad()
        loss(x[rows], y[rows], g).backward()  # type: ignore[no-untyped-call]
        if options.clip_norm is not None:
            nn.utils.clip_grad_norm_(model.parameters(), options.clip_norm)
        optimizer.step()
        if step % options.test_every_n_steps == 0 or step == options.max_n_steps:
            with torch.no_grad():
                noise = torch.Generator().manual_seed(seed)
                parts = zip(torch.split(x[held], 1024), torch.split(y[held], 1024), strict=True)
                now = sum(float(loss(a, b, noise)) * len(a) for a, b in parts) / size
            if now < best_loss:
                best, best_loss, waited = copy.deepcopy(model.state_dict()), now, 0
            else:
                waited += 1
            if waited >= options.patience:
                break
    model.load_state_dict(best)
    return model
