r"""Blend of a trained network with the exact score of the Gaussian of the same covariance.

Each pattern's noise prediction becomes, in each bin of diffusion time,

.. math::
    \hat\epsilon = \hat\epsilon_{net} + w\,(\hat\epsilon_{gauss} - \hat\epsilon_{net}),
    \qquad
    w = \frac{\mathbb{E}\langle \epsilon - \hat\epsilon_{net},
    \hat\epsilon_{gauss} - \hat\epsilon_{net}\rangle}
    {\mathbb{E}\|\hat\epsilon_{gauss} - \hat\epsilon_{net}\|^2} \in [0, 1],

the weight of least denoising loss on the training rows. It sees no truth. Where the data are
nearly Gaussian a network still in training is replaced by what it was going to learn; where they
are not, w is near zero.

References:
    Wolpert, Stacked generalization, Neural Networks 5, 1992; Breiman, Stacked regressions, Machine
    Learning 24, 1996 (non-negative weights).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from minde.diffusion.gaussian import GaussianNoise
from minde.diffusion.points import Diffuser
from minde.seeding import generator
from minde.types import NoiseModel

N_BINS = 10
MAX_ROWS = 10_000
#: Noisy points that the weights are fitted on, within 1 and ``n_draws`` per row.
POINTS = 30_000
#: Points of all members in one network call; bounds the memory.
CHUNK = 1 << 16


@dataclass(frozen=True)
class Blend:
    """Weights by pattern and bin, (E, patterns, N_BINS), and the bins' edges in t."""

    weights: Tensor
    edges: Tensor

    def weight(self, pattern: int, t: Tensor) -> Tensor:
        """Weight of the Gaussian at times t (E, N), shape (E, N, 1)."""
        cell = torch.bucketize(t, self.edges[1:-1].to(t))
        return self.weights[:, pattern].gather(1, cell)[..., None]


class Blended:
    """A noise model: network and Gaussian put together by a blend."""

    def __init__(self, network: NoiseModel, gaussian: GaussianNoise, blend: Blend) -> None:
        self.network, self.gaussian, self.blend = network, gaussian, blend

    def __call__(self, values: Tensor, pattern: int, t: Tensor) -> Tensor:
        """See :class:`minde.types.NoiseModel`."""
        network = self.network(values, pattern, t)
        w = self.blend.weight(pattern, t)
        return network + w * (self.gaussian(values, pattern, t) - network)


@torch.no_grad()
def fit_blend(
    network: NoiseModel,
    gaussian: GaussianNoise,
    data: Tensor,
    diffuser: Diffuser,
    seeds: Sequence[int],
    n_draws: int,
    chunk: int = CHUNK,
) -> Blend:
    """Weights of least denoising loss.

    Arguments:
        network: Noise model of E members.
        gaussian: Exact score of the Gaussian of the training covariance, same members.
        data: Rows per member to judge by, (E, N, D); at most MAX_ROWS of them are used.
        diffuser: Of the networks' patterns, with times by importance.
        seeds: One per member, for the noise.
        n_draws: Noisy points per row at most; fewer where rows are many.
        chunk: Points of all members in one network call.
    """
    data = data[:, :MAX_ROWS]
    members, n, _ = data.shape
    patterns = len(diffuser.family.patterns)
    grid = torch.linspace(0.0, 1.0, N_BINS + 1, dtype=torch.float64)
    edges = diffuser.points(grid, grid, grid).t
    shape = (patterns, members, N_BINS)
    top, bottom = data.new_zeros(shape), data.new_zeros(shape)
    streams = [generator(seed, "blend", device=data.device) for seed in seeds]
    for _ in range(min(n_draws, max(1, POINTS // n))):
        points = diffuser.draw(data, streams)
        cell = torch.bucketize(points.t, edges[1:-1].to(points.t))
        for part, piece in points.chunks(max(1, chunk // members)):
            for k in range(patterns):
                values, mask = diffuser.values(piece, k), diffuser.mask(k)
                net = mask * network(values, k, piece.t)
                step = mask * gaussian(values, k, piece.t) - net
                rest = mask * diffuser.noise(piece) - net
                top[k].scatter_add_(1, cell[:, part], (rest * step).sum(-1))
                bottom[k].scatter_add_(1, cell[:, part], step.square().sum(-1))
    weights = torch.where(bottom > 0.0, top / bottom.clamp(min=1e-30), 0.0).clamp(0.0, 1.0)
    return Blend(weights.movedim(0, 1).contiguous(), edges)
