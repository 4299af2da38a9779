r"""A density of training times that follows where the patterns' scores differ.

A measure of dependence is an integral over time of the squared difference of scores, say
:math:`\|s^{\mu^A} - s^{\mu^{A_y}}\|^2`. Where the noise hides everything, or nothing, the
difference is zero, and an error there matters only as far as the two scores err differently. So a
share of the times is drawn in proportion to how much the predictions of the patterns that diffuse a
coordinate differ at one noisy point,

.. math::
    \sum_j \mathrm{Var}_{p : j \in D_p}\,\hat\epsilon_{p, j} ,

as the weight average sees it now. No truth is needed. Another share (``focus``) is drawn where
noise is of the data's own size, the rest uniformly in the log signal-to-noise ratio.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from minde.diffusion.points import plain
from minde.diffusion.times import DENSITY_BINS, focus_density, stratified_uniform
from minde.nn.stacked import Parameters
from minde.seeding import generator
from minde.training.batches import BatchStream, interval

#: Times that the density is measured anew in a full training, and points per member for it.
REFRESHES, POINTS = 20, 1024


class TimeDensity:
    """Keeps the density of a stream's times.

    Arguments:
        stream: Its options' ``focus`` and ``adapt`` are the shares; its density is set.
    """

    def __init__(self, stream: BatchStream) -> None:
        self.stream, options = stream, stream.options
        self.every = interval(options.n_steps, REFRESHES)
        self.active = options.focus + options.adapt > 0.0
        if self.active:
            # Until the networks have something to say, the share of `adapt` is drawn as `focus`.
            focus = focus_density(stream.denoiser.schedule).to(stream.data)
            self._set(focus.expand(len(stream.seeds), -1))

    def _set(self, differing: Tensor) -> None:
        focus, adapt = self.stream.options.focus, self.stream.options.adapt
        density = (1.0 - focus - adapt) / DENSITY_BINS + adapt * differing
        focused = focus_density(self.stream.denoiser.schedule).to(density)
        self.stream.density = density + focus * focused

    def refresh(self, step: int, average: Parameters) -> None:
        """Measure anew if it is time to."""
        if self.stream.options.adapt > 0.0 and step and step % self.every == 0:
            self._set(differing(self.stream, average, step))

    def state(self) -> Parameters:
        """Tensors that a resumed training needs."""
        density = self.stream.density
        return {} if density is None else {"density": density}

    def load(self, tensors: Parameters) -> None:
        """Take the state back from :meth:`state`."""
        if self.active:
            self.stream.density = tensors["density"]


def _shuffled(n: int, g: torch.Generator) -> Tensor:
    """One uniform number in each of n strata, in random order, jitter drawn before the order."""
    u = stratified_uniform(plain(n, g))
    return u[torch.randperm(n, generator=g, device=g.device)]


@torch.no_grad()
def differing(stream: BatchStream, average: Parameters, step: int) -> Tensor:
    """Share of each bin of time in how much the patterns' predictions differ, (E, bins)."""
    denoiser, data = stream.denoiser, stream.data[:, :POINTS]
    streams = [generator(seed, "density", step, device=data.device) for seed in stream.seeds]
    # By importance: focus and adapt need it.
    diffuser = stream.diffuser
    points = diffuser.draw(data, streams, _shuffled)
    patterns = range(len(denoiser.family.patterns))
    stacked = torch.stack(
        [denoiser.noise(average, diffuser.values(points, k), k, points.t) for k in patterns]
    )
    mask = torch.stack([diffuser.mask(k) for k in patterns])[:, None, None].to(stacked)
    count = mask.sum(0).clamp(min=1.0)
    mean = (mask * stacked).sum(0) / count
    variance = ((mask * (stacked - mean) ** 2).sum(0) / count).sum(-1)
    cell = (points.u * DENSITY_BINS).long().clamp(max=DENSITY_BINS - 1)
    total = variance.new_zeros(len(data), DENSITY_BINS).scatter_add_(1, cell, variance)
    # The mean over five bins, since a bin holds some twenty points.
    smooth = F.avg_pool1d(F.pad(total[:, None], (2, 2), mode="replicate"), 5, 1)[:, 0]
    whole = smooth.sum(1, keepdim=True)
    flat = torch.full_like(smooth, 1.0 / DENSITY_BINS)
    return torch.where(whole > 0.0, smooth / whole.clamp(min=1e-30), flat)
