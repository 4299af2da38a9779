"""Training batches for E copies, drawn in blocks of steps from streams of their own.

A block's draws depend on the copy's seed and the block's index alone. So a copy sees the same
batches in any pack, and a resumed training needs no stored random state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from minde.diffusion.perturb import perturb
from minde.diffusion.precondition import Precondition
from minde.diffusion.roles import Family, Role
from minde.diffusion.time_sampling import draw_times, stratified_uniform, warp
from minde.errors import InputError
from minde.recipe import Recipe
from minde.schedule import VPSchedule
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


def time_vector(
    t: Tensor, slope: Tensor, offset: Tensor, recipe: Recipe, schedule: VPSchedule
) -> Tensor:
    """Network's time vector (..., T) from times (...) and ``Family.time_inputs`` (..., T)."""
    # 0.25 brings the log-SNR, about -10 to 9, to the scale of the other inputs.
    feature = t if recipe.time_feature == "time" else 0.25 * schedule.log_snr(t)
    return slope * feature[..., None] + offset


class BatchStream:
    """Draws blocks of training batches.

    Arguments:
        data: Training samples, (E, N, D), on the training device.
        family: Patterns to learn.
        recipe: Options of the draws.
        schedule: The diffusion.
        precondition: Baseline that the targets are taken relative to.
        seeds: One seed a copy.

    Attributes:
        density: Mass of each bin of time a copy, (E, bins); times are drawn as the recipe says if
            none.
    """

    def __init__(
        self,
        data: Tensor,
        family: Family,
        recipe: Recipe,
        schedule: VPSchedule,
        precondition: Precondition,
        seeds: Sequence[int],
    ) -> None:
        if data.shape[1] < recipe.batch_size:
            raise InputError(
                f"training: {data.shape[1]} samples are fewer than the batch of "
                f"{recipe.batch_size}; give more samples or a smaller batch_size"
            )
        self.data, self.family, self.recipe = data, family, recipe
        self.schedule, self.precondition, self.seeds = schedule, precondition, tuple(seeds)
        device = data.device
        self.density: Tensor | None = None
        self.diffused = family.masks(Role.DIFFUSED, device)
        self.clean = family.masks(Role.CLEAN, device)
        self.slope, self.offset = family.time_inputs(recipe.role_inputs, device)
        self._weights = torch.tensor(family.weights, device=device)
        cumulative = torch.tensor(family.probabilities, dtype=torch.float64).cumsum(0)
        self._edges = cumulative[:-1].float().to(device)

    def block(self, index: int) -> Block:
        """All batches of block ``index`` (BLOCK_STEPS steps)."""
        rows, u, roles, noise = self._draw(index)
        x = torch.stack([self.data[e][rows[e]] for e in range(len(self.seeds))], dim=1)
        if self.density is not None:
            u = warp(u, self.density)
        t, integration = draw_times(u, self.schedule, self.recipe.importance)
        diffused, clean = self.diffused[roles], self.clean[roles]
        values = perturb(x, noise, t, diffused, clean, self.schedule)
        base = self._base(values, roles, t)
        scale = self.precondition.scale(t)
        out = self.family.dim_out
        targets = (noise[..., :out] - base) / scale
        # The mean over the batch of integration / Z * pattern weight * ||eps - eps_hat||^2.
        per_sample = self._weights[roles] * integration / self.schedule.z / self.recipe.batch_size
        weights = diffused[..., :out] * per_sample[..., None]
        if self.recipe.loss == "noise":
            weights = weights * scale**2
        times = time_vector(t, self.slope[roles], self.offset[roles], self.recipe, self.schedule)
        return Block(values, times, targets, weights)

    def _base(self, values: Tensor, roles: Tensor, t: Tensor) -> Tensor:
        if self.precondition.kind != "gaussian":
            return self.precondition.base(values, 0, t)
        out = torch.zeros_like(values[..., : self.family.dim_out])
        for k in range(len(self.family.patterns)):
            base = self.precondition.base(values, k, t)
            out = torch.where((roles == k)[..., None], base, out)
        return out

    def _draw(self, index: int) -> tuple[list[Tensor], Tensor, Tensor, Tensor]:
        shape = (BLOCK_STEPS, self.recipe.batch_size)
        n, device, dtype = self.data.shape[1], self.data.device, self.data.dtype
        per_batch = self.recipe.roles_per == "batch"
        if self.recipe.antithetic:
            shape = (BLOCK_STEPS, self.recipe.batch_size // 2)
        rows, us, roles, noises = [], [], [], []
        for seed in self.seeds:
            g = generator(seed, "train", index, device=device)
            rows.append(torch.randint(n, shape, generator=g, device=device))
            us.append(torch.rand(shape, generator=g, device=device, dtype=dtype))
            size = (BLOCK_STEPS, 1) if per_batch else shape
            r = torch.rand(size, generator=g, device=device).expand(shape).contiguous()
            roles.append(torch.bucketize(r, self._edges, right=True))
            size_x = (*shape, self.family.dim)
            noises.append(torch.randn(size_x, generator=g, device=device, dtype=dtype))
        u = torch.stack(us, dim=1)
        if self.recipe.stratified:
            u = stratified_uniform(u)
        role, noise = torch.stack(roles, dim=1), torch.stack(noises, dim=1)
        if self.recipe.antithetic:
            rows = [torch.cat([r, r], dim=1) for r in rows]
            u, role = torch.cat([u, u], dim=2), torch.cat([role, role], dim=2)
            noise = torch.cat([noise, -noise], dim=2)
        return rows, u, role, noise
