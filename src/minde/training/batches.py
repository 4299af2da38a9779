"""Training batches for E members, drawn in blocks of steps from streams of their own.

A block's draws depend on the member's seed and the block's index alone. So a member sees the same
batches in any ensemble, and a resumed training needs no stored random state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from minde.diffusion.denoiser import Denoiser
from minde.diffusion.points import Diffuser
from minde.diffusion.times import stratified_uniform, warp
from minde.errors import InputError
from minde.nn.stacked import Batch
from minde.options import TrainingOptions
from minde.seeding import generator

BLOCK_STEPS = 32


def interval(n_steps: int, times: int) -> int:
    """Steps between two of ``times`` events of a training, whole blocks and at least one."""
    blocks = -(-n_steps // BLOCK_STEPS)
    return BLOCK_STEPS * max(1, blocks // times)


@dataclass(frozen=True)
class Block:
    """Inputs of BLOCK_STEPS steps; every tensor is (steps, E, B, ...)."""

    values: Tensor
    times: Tensor
    targets: Tensor
    weights: Tensor

    def batch(self, k: int) -> Batch:
        """That of step ``k`` of the block."""
        return Batch(self.values[k], self.times[k], self.targets[k], self.weights[k])


class BatchStream:
    """Draws blocks of training batches.

    Arguments:
        data: Training rows, (E, N, D), on the training device.
        denoiser: What is trained: its family, and the targets of its networks.
        options: Of the draws.
        seeds: One per member.
        row_weights: Of the rows, (E, N), where they differ: a row is drawn as often as it weighs.
            As factors of the loss they would give some batches next to no rows, and steps whose
            size and direction are those of one heavy row; drawn so, each step sees as many rows,
            each with noise of its own, and the loss has the same minimum.

    Attributes:
        density: Mass of each bin of time per member, (E, bins); times are drawn as the options say
            if none.

    Raises:
        InputError: If there are fewer rows than a batch takes.
    """

    def __init__(
        self,
        data: Tensor,
        denoiser: Denoiser,
        options: TrainingOptions,
        seeds: Sequence[int],
        row_weights: Tensor | None = None,
    ) -> None:
        if data.shape[1] < options.batch_size:
            raise InputError(
                f"training: {data.shape[1]} samples are fewer than the batch of "
                f"{options.batch_size}; give more samples or a smaller batch_size"
            )
        self.data, self.denoiser, self.options = data, denoiser, options
        self.seeds, self.row_weights = tuple(seeds), row_weights
        self._up_to = None if row_weights is None else row_weights.cumsum(1)
        family, device = denoiser.family, data.device
        self.diffuser = Diffuser(family, denoiser.schedule, device, options.importance)
        self.density: Tensor | None = None
        self._weights = torch.tensor(family.weights, device=device)
        cumulative = torch.tensor(family.probabilities, dtype=torch.float64).cumsum(0)
        self._edges = cumulative[:-1].float().to(device)

    def block(self, index: int) -> Block:
        """All batches of block ``index`` (BLOCK_STEPS steps)."""
        rows, u, patterns, noise = self._draw(index)
        x = torch.stack([self.data[e][rows[e]] for e in range(len(self.seeds))], dim=1)
        if self.density is not None:
            u = warp(u, self.density)
        points = self.diffuser.points(x, noise, u)
        values, t = self.diffuser.values(points, patterns), points.t
        targets = self.denoiser.target(self.diffuser.noise(points), values, patterns, t)
        # The mean over the batch of integration / Z * pattern weight * ||eps - eps_hat||^2.
        z, size = self.denoiser.schedule.z, self.options.batch_size
        per_sample = self._weights[patterns] * points.weight / z / size
        weights = self.diffuser.mask(patterns) * per_sample[..., None]
        if self.options.loss == "noise":
            weights = weights * self.denoiser.scale(t) ** 2
        return Block(values, self.denoiser.times(t, patterns), targets, weights)

    def _draw(self, index: int) -> tuple[list[Tensor], Tensor, Tensor, Tensor]:
        """Row numbers per member, quantiles, patterns and noise of a block."""
        options, size = self.options, self.options.batch_size
        shape = (BLOCK_STEPS, size // 2 if options.antithetic else size)
        n, device, dtype = self.data.shape[1], self.data.device, self.data.dtype
        rows, us, patterns, noises = [], [], [], []
        for k, seed in enumerate(self.seeds):
            g = generator(seed, "train", index, device=device)
            if self._up_to is None:
                rows.append(torch.randint(n, shape, generator=g, device=device))
            else:
                at = torch.rand(shape, generator=g, device=device, dtype=torch.float64)
                at = torch.searchsorted(self._up_to[k], at * self._up_to[k, -1], right=True)
                rows.append(at.clamp(max=n - 1))
            us.append(torch.rand(shape, generator=g, device=device, dtype=dtype))
            drawn = (BLOCK_STEPS, 1) if options.roles_per == "batch" else shape
            r = torch.rand(drawn, generator=g, device=device).expand(shape).contiguous()
            patterns.append(torch.bucketize(r, self._edges, right=True))
            size_x = (*shape, self.data.shape[2])
            noises.append(torch.randn(size_x, generator=g, device=device, dtype=dtype))
        u = torch.stack(us, dim=1)
        if options.stratified:
            u = stratified_uniform(u)
        pattern, noise = torch.stack(patterns, dim=1), torch.stack(noises, dim=1)
        if options.antithetic:
            rows = [torch.cat([r, r], dim=1) for r in rows]
            u, pattern = torch.cat([u, u], dim=2), torch.cat([pattern, pattern], dim=2)
            noise = torch.cat([noise, -noise], dim=2)
        return rows, u, pattern, noise
