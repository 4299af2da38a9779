r"""Noisy points: the one place that draws them, and that lays out what a network is shown.

A coordinate is diffused, :math:`x_t = \alpha_t x_0 + \sigma_t \epsilon`, kept clean, or blanked,
as the pattern says. Rows, times and noise of a point are the same whatever the pattern, so that
differences of patterns have little noise of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from minde.diffusion.roles import Family, Role
from minde.diffusion.schedule import Schedule
from minde.diffusion.times import draw_times

#: Points of all members that several draws have together, at most.
AT_ONCE = 1 << 13
#: Numbers in [0, 1) for n rows from a stream of their own, (n,).
Quantiles = Callable[[int, torch.Generator], Tensor]


def plain(n: int, g: torch.Generator) -> Tensor:
    """Independent uniform numbers."""
    return torch.rand(n, generator=g, device=g.device)


def latin(n: int, g: torch.Generator) -> Tensor:
    """One uniform number in each of n strata, in random order."""
    order = torch.randperm(n, generator=g, device=g.device)
    return (order + torch.rand(n, generator=g, device=g.device)) / n


@dataclass(frozen=True)
class Points:
    """Rows with the noise and the times that diffuse them.

    Attributes:
        x: Clean rows, (..., D).
        noise: Standard normal noise, (..., D).
        u: Quantiles of the times, (...).
        t: Times, (...).
        weight: Integration weight of each point, (...): the mean of ``weight * ||eps_a - eps_b||^2
            / 2`` is the integral over the scores.
    """

    x: Tensor
    noise: Tensor
    u: Tensor
    t: Tensor
    weight: Tensor

    @staticmethod
    def joined(parts: Sequence[Points]) -> Points:
        """Several side by side along the second axis."""
        if len(parts) == 1:
            return parts[0]
        return Points(
            *(torch.cat(f, 1) for f in zip(*(vars(p).values() for p in parts), strict=True))
        )

    def chunks(self, rows: int) -> list[tuple[slice, Points]]:
        """Pieces of at most ``rows`` rows along the second axis, with where they lie."""
        parts = [slice(lo, lo + rows) for lo in range(0, self.x.shape[1], rows)]
        fields = (self.x, self.noise, self.u, self.t, self.weight)
        return [(part, Points(*(f[:, part] for f in fields))) for part in parts]


def together(draws: Iterable[Points], most: int = AT_ONCE) -> Iterator[tuple[Points, int]]:
    """Draws of the same rows side by side, and how many, while there are no more points than so.

    Where points are few a call of a network costs what its many small operations do.
    """
    waiting: list[Points] = []
    for points in draws:
        if waiting and (len(waiting) + 1) * points.t.numel() > most:
            yield Points.joined(waiting), len(waiting)
            waiting = []
        waiting.append(points)
    if waiting:
        yield Points.joined(waiting), len(waiting)


class Diffuser:
    """Diffuses rows under the patterns of a family.

    Arguments:
        family: The patterns.
        schedule: The diffusion.
        device: Of the rows.
        importance: Draw times by importance (else uniformly, with their weight).
    """

    def __init__(
        self,
        family: Family,
        schedule: Schedule,
        device: torch.device | str = "cpu",
        importance: bool = True,
    ) -> None:
        self.family, self.schedule, self.importance = family, schedule, importance
        self.diffused = family.masks(Role.DIFFUSED, device)
        self.clean = family.masks(Role.CLEAN, device)

    def points(self, x: Tensor, noise: Tensor, u: Tensor) -> Points:
        """Points at given noise (..., D) and quantiles of the times (...)."""
        t, weight = draw_times(u, self.schedule, self.importance)
        return Points(x, noise, u, t, weight)

    def draw(
        self, x: Tensor, streams: Sequence[torch.Generator], quantiles: Quantiles = plain
    ) -> Points:
        """Points of rows (E, N, D), each member's from its own stream: times first, then noise."""
        shape = x.shape[1:]
        u = torch.stack([quantiles(shape[0], g) for g in streams]).to(x)
        noise = torch.stack([torch.randn(shape, generator=g, device=g.device) for g in streams])
        return self.points(x, noise.to(x), u)

    def values(self, points: Points, pattern: int | Tensor) -> Tensor:
        """Network input under a pattern, or a pattern per point: x_t, x, or 0 where absent."""
        alpha = self.schedule.alpha(points.t)[..., None]
        sigma = self.schedule.sigma(points.t)[..., None]
        diffused, clean = self.diffused[pattern], self.clean[pattern]
        return diffused * (alpha * points.x + sigma * points.noise) + clean * points.x

    def mask(self, pattern: int | Tensor) -> Tensor:
        """One where an output coordinate is diffused, (..., dim_out)."""
        return self.diffused[pattern][..., : self.family.dim_out]

    def noise(self, points: Points) -> Tensor:
        """The noise of the output coordinates, (..., dim_out)."""
        return points.noise[..., : self.family.dim_out]
