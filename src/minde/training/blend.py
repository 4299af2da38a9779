r"""Blend of a trained network with experts, whose scores are exact for a simpler law.

The experts are the Gaussian of the training rows' covariance and, where it is expected to be
better, a mixture of Gaussians. Each pattern's noise prediction becomes, in each bin of diffusion
time,

.. math::
    \hat\epsilon = \sum_m w_m\, \hat\epsilon_m , \qquad
    w = \arg\min_{w \ge 0,\; \sum w = 1} \mathbb{E}\,\Big\| \sum_m w_m
    (\epsilon - \hat\epsilon_m) \Big\|^2 ,

the weights of least denoising loss on rows that are not trained on. They see no truth. Where the
data are nearly Gaussian a network still in training is replaced by what it was going to learn;
where they are not, experts weigh next to nothing. The folds of a seed have weights in common, by
all rows that they hold back.

References:
    Wolpert, Stacked generalization, Neural Networks 5, 1992; Breiman, Stacked regressions, Machine
    Learning 24, 1996 (non-negative weights).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from minde.diffusion.points import AT_ONCE, Diffuser, together
from minde.seeding import generator
from minde.types import NoiseModel

N_BINS = 10
MAX_ROWS = 10_000
#: Noisy points that the weights are fitted on, within 1 and ``n_draws`` per row.
POINTS = 30_000
#: Points of all members in one network call; bounds the memory.
CHUNK = 1 << 16
#: Ridge of the products, relative to their mean; what predictions differ by less is no difference.
RIDGE = 1e-9


@dataclass(frozen=True)
class Blend:
    r"""How network and experts err together, by pattern and bin of time.

    Attributes:
        products: Sums of :math:`\langle \epsilon - \hat\epsilon_m, \epsilon - \hat\epsilon_n
            \rangle`, (E, patterns, N_BINS, M, M), in double, the network first.
        edges: The bins' edges in t, (N_BINS + 1,).
        points: Noisy points in the sums of a member; a tensor as a file has it, none in old ones.
    """

    products: Tensor
    edges: Tensor
    points: Tensor | None = None

    @cached_property
    def weights(self) -> Tensor:
        """Weights of network and experts, (E, patterns, N_BINS, M)."""
        return least(self.products)

    def weight(self, pattern: int, t: Tensor) -> Tensor:
        """Weights of the experts, without the network, at times t (E, N): (E, N, M - 1)."""
        cell = torch.bucketize(t, self.edges[1:-1].to(t))
        experts = self.weights[:, pattern, :, 1:].to(t)
        return experts.gather(1, cell[..., None].expand(*cell.shape, experts.shape[2]))

    def learned(self, patterns: Tensor, integrand: Tensor) -> float:
        """Share of a read-out that is not the first expert's, the Gaussian's, between 0 and 1.

        Arguments:
            patterns: Which patterns count, (patterns,), truth values.
            integrand: The read-out by bins of time, (E, a multiple of N_BINS).
        """
        rest = 1.0 - self.weights[:, patterns, :, 1].mean(1)
        size = integrand.double().reshape(len(integrand), N_BINS, -1).sum(-1).abs()
        return float(((rest * size).sum() / size.sum().clamp(min=1e-30)).clamp(0.0, 1.0))

    def gained(self, z: float, patterns: Tensor | None = None) -> float:
        r"""Nats of denoising loss that the first expert, the Gaussian, has more than the blend.

        Summed over patterns, a mean over members; infinite where it is not known.

        Arguments:
            z: The schedule's integration weight of all times.
            patterns: Which patterns count, (patterns,), truth values; all if none.
        """
        if self.points is None:
            return math.inf
        more = self.products[..., 1, 1] - lost(self.weights, self.products)
        more = more if patterns is None else more[:, patterns]
        return 0.5 * z * max(0.0, float(more.sum(dim=(1, 2)).mean() / self.points))

    def told(self, given: Tensor, integrand: Tensor, z: float) -> tuple[float, float, float]:
        """What is said of a read-out: what was learned, what it gained, and where none is given.

        Arguments:
            given: Which patterns have clean columns, (patterns,), truth values.
            integrand: As of :meth:`learned`.
            z: As of :meth:`gained`.
        """
        learned = self.learned(given, integrand) if given.any() else 1.0
        return learned, self.gained(z), math.inf if given.all() else self.gained(z, ~given)

    def pooled(self, folds: int) -> Blend:
        """With weights in common to the ``folds`` members of each seed."""
        products = self.products.view(-1, folds, *self.products.shape[1:])
        whole = products.sum(1, keepdim=True).expand_as(products)
        points = None if self.points is None else folds * self.points
        return Blend(whole.reshape(self.products.shape), self.edges, points)


class Blended:
    """A noise model: network and experts put together by a blend."""

    def __init__(self, network: NoiseModel, experts: Sequence[NoiseModel], blend: Blend) -> None:
        self.network, self.experts, self.blend = network, experts, blend

    def __call__(self, values: Tensor, pattern: int, t: Tensor) -> Tensor:
        """See :class:`minde.types.NoiseModel`."""
        out = network = self.network(values, pattern, t)
        weights = self.blend.weight(pattern, t)
        for m, expert in enumerate(self.experts):
            out = out + weights[..., m, None] * (expert(values, pattern, t) - network)
        return out


def least(products: Tensor) -> Tensor:
    """Weights on the simplex of least w' P w, (..., M), of products P (..., M, M).

    The best of the minima over every set of models, each in closed form.
    """
    wide = products.double()
    size = wide.shape[-1]
    mean = wide.diagonal(dim1=-2, dim2=-1).mean(-1).clamp(min=1e-30)
    best, lowest = torch.zeros_like(wide[..., 0]), torch.full_like(mean, torch.inf)
    for count in range(1, size + 1):
        for some in map(list, itertools.combinations(range(size), count)):
            part = wide[..., some, :][..., some]
            ridge = RIDGE * mean[..., None, None] * torch.eye(count).to(wide)
            w = torch.linalg.solve(part + ridge, torch.ones_like(part[..., 0]))
            w = w / w.sum(-1, keepdim=True)
            loss = (w[..., None, :] @ part @ w[..., None])[..., 0, 0]
            # More models have to be better by more than rounding.
            better = (w >= 0.0).all(-1) & (loss < lowest - RIDGE * mean)
            full = torch.zeros_like(best)
            full[..., some] = w
            best = torch.where(better[..., None], full, best)
            lowest = torch.where(better, loss, lowest)
    return best


def lost(weights: Tensor, products: Tensor) -> Tensor:
    """Loss w' P w of weights (..., M) by products P (..., M, M)."""
    return torch.einsum("...i,...ij,...j->...", weights, products, weights)


def edges_of(diffuser: Diffuser) -> Tensor:
    """Edges of the bins of time, (N_BINS + 1,)."""
    grid = torch.linspace(0.0, 1.0, N_BINS + 1, dtype=torch.float64)
    return diffuser.points(grid, grid, grid).t


def sums(errors: Sequence[Tensor], cell: Tensor, weights: Tensor | None = None) -> Tensor:
    """Sums of the products of M models' errors by bin of time, (E, N_BINS, M, M).

    Arguments:
        errors: By model, each (E, N, d).
        cell: Bin of each point, (E, N).
        weights: Of each point, (E, N); all count alike if none.
    """
    out = torch.zeros(len(cell), N_BINS, len(errors), len(errors), dtype=torch.float64)
    out = out.to(cell.device)
    for (i, a), (j, b) in itertools.combinations_with_replacement(enumerate(errors), 2):
        product = (a.double() * b).sum(-1)
        if weights is not None:
            product = product * weights
        for row, column in {(i, j), (j, i)}:
            out[..., row, column].scatter_add_(1, cell, product)
    return out


@torch.no_grad()
def fit_blends(
    networks: Sequence[NoiseModel],
    experts: Sequence[NoiseModel],
    data: Tensor,
    diffuser: Diffuser,
    seeds: Sequence[int],
    n_draws: int,
    chunk: int = CHUNK,
    weights: Tensor | None = None,
) -> list[Blend]:
    """Measure how each network and the experts err, and with it the weights of least loss.

    Arguments:
        networks: Noise models of E members, each with a blend of its own.
        experts: Others of the same members.
        data: Rows per member to judge by, (E, N, D); at most MAX_ROWS of them are used.
        diffuser: Of the networks' patterns, with times by importance.
        seeds: One per member, for the noise.
        n_draws: Noisy points per row at most; fewer where rows are many.
        chunk: Points of all members in one network call.
        weights: Of the rows, (E, N), where they differ.
    """
    data = data[:, :MAX_ROWS]
    members, n, _ = data.shape
    patterns, models = len(diffuser.family.patterns), [*networks, *experts]
    edges = edges_of(diffuser)
    shape = (members, patterns, N_BINS, len(models), len(models))
    products = torch.zeros(shape, dtype=torch.float64, device=data.device)
    streams = [generator(seed, "blend", device=data.device) for seed in seeds]
    draws = min(n_draws, max(1, POINTS // n))
    drawn = (diffuser.draw(data, streams) for _ in range(draws))
    for points, count in together(drawn, min(AT_ONCE, chunk)):
        own = None if weights is None else weights.repeat(1, count)
        cell = torch.bucketize(points.t, edges[1:-1].to(points.t))
        for part, piece in points.chunks(max(1, chunk // members)):
            for k in range(patterns):
                values, mask = diffuser.values(piece, k), diffuser.mask(k)
                noise = mask * diffuser.noise(piece)
                errors = [noise - mask * model(values, k, piece.t) for model in models]
                weight = None if own is None else own[:, part]
                products[:, k] += sums(errors, cell[:, part], weight)
    rest = range(len(networks), len(models))
    sets = ([k, *rest] for k in range(len(networks)))
    of_points = torch.tensor(float(n * draws), dtype=torch.float64)
    return [
        Blend(products[..., some, :][..., some], edges.clone(), of_points.clone()) for some in sets
    ]
