r"""Read-outs of a measure on test samples, all from the same network calls.

With the baseline-free noise predictions :math:`\hat\epsilon_p` of the patterns at the same noisy
point and weight :math:`w` (Z under importance sampling):

- inside: :math:`\tfrac w2 \sum_k c_k \|\hat\epsilon_{left} - \hat\epsilon_{right}\|^2`
  (Eq. 19, 21), first order in the error of the difference;
- outside: :math:`-\tfrac w2 \sum_k c_k \|\hat\epsilon_k - r\|^2`,
  :math:`r = \sigma_t x_t / \chi_t` (Eq. 18, 20);
- gap: :math:`\tfrac w2 \sum_k c_k \|\epsilon - \hat\epsilon_k\|^2`, second order in the
  networks' errors because each denoiser minimises its own term;
- cross: the mean of inside and gap. For one difference :math:`d = \hat\epsilon_{right} -
  \hat\epsilon_{left}` it is :math:`\tfrac w2\,\langle \epsilon - \hat\epsilon_{left}, d \rangle`,
  so it has half the first-order error of inside and half the second-order error of gap, and what
  is noise in the networks and has nothing to do with :math:`d` leaves it where it is;
- scaled: for a measure of one difference, cross with that difference scaled up by the factor of
  least denoising error,

  .. math::
      \lambda = \max\left(1, \frac{\mathbb{E}\langle \epsilon - \hat\epsilon_{left}, d \rangle}
      {\mathbb{E}\|d\|^2}\right),

  one number a copy. Networks that have not learned the whole difference show a part of it: with
  :math:`d = (1 - a) d^*` cross is (1 - a) of the truth, :math:`\lambda = 1 / (1 - a)`, and the
  product is the truth. Networks that have learned noise as well, :math:`d = d^* + \eta`, have
  :math:`\lambda < 1`; cross has no error there, and is left as it is. For measures of several
  differences it is cross: their factors' chance errors would add up.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from minde.diffusion.points import perturb
from minde.diffusion.roles import Family, Role
from minde.diffusion.schedule import VPSchedule
from minde.diffusion.times import draw_times
from minde.readout.measures import Measure
from minde.seeding import generator
from minde.types import NoiseModel

N_BINS = 50
#: Largest factor of the scaled read-out.
MAX_SCALE = 1.5


@dataclass(frozen=True)
class Readout:
    """One read-out of one measure.

    Attributes:
        pointwise: One value a copy and test sample, (E, N), nats; its mean is the estimate.
        integrand: Contribution of each of N_BINS equal bins of the drawn quantile, (E, N_BINS),
            nats; it sums to the estimate. Bin edges in t are ``edges``.
        edges: Times at the bins' edges, (N_BINS + 1,).
        error: Standard error a copy where it is not that of the pointwise values' mean, (E,).
    """

    pointwise: Tensor
    integrand: Tensor
    edges: Tensor
    error: Tensor | None = None

    @property
    def value(self) -> Tensor:
        """Estimate a copy, (E,), nats."""
        return self.pointwise.mean(dim=1)

    @property
    def std_error(self) -> Tensor:
        """Standard error a copy over test samples, (E,), clustered by sample, nats."""
        if self.error is not None:
            return self.error
        return self.pointwise.std(dim=1) / math.sqrt(self.pointwise.shape[1])


def readout_names(sigma_refs: Sequence[float]) -> list[str]:
    """Names of the read-outs in the order they are reported."""
    return ["inside", *(f"outside-{sigma:g}" for sigma in sigma_refs), "gap", "cross", "scaled"]


@torch.no_grad()
def read_out(
    model: NoiseModel,
    data: Tensor,
    family: Family,
    measure: Measure,
    schedule: VPSchedule,
    seeds: Sequence[int],
    n_draws: int = 10,
    sigma_refs: Sequence[float] = (1.0,),
    importance: bool = True,
    antithetic: bool = False,
    chunk_rows: int = 1 << 16,
) -> dict[str, Readout]:
    """Read out a measure by every method in one pass over the test samples.

    Times are stratified twice: each sample's ``n_draws`` times fall in different strata of the
    quantile, and across samples each stratum is covered evenly.

    Arguments:
        model: Noise model of E copies.
        data: Test samples a copy, (E, N, D).
        family: Patterns the model knows.
        measure: What to compute.
        schedule: The diffusion.
        seeds: One seed a copy, for the noise.
        n_draws: Noisy points a sample.
        sigma_refs: Reference widths of the outside read-out.
        importance: Draw t by importance (else uniformly, with its weight).
        antithetic: Draw noise in pairs of both signs, at one time each; an odd ``n_draws`` counts
            as the next even one. What is odd in the noise cancels.
        chunk_rows: Rows of all copies in one network call; bounds the memory.

    Returns:
        Read-outs by name: ``inside``, ``outside-{sigma}``, ``gap``, ``cross``,
        ``scaled``.
    """
    copies, n, _ = data.shape
    names = readout_names(sigma_refs)
    pointwise = {name: data.new_zeros(copies, n) for name in names}
    bins = {name: data.new_zeros(copies, N_BINS) for name in names}
    streams = [generator(seed, "readout", device=data.device) for seed in seeds]
    terms = _Terms(model, family, measure, schedule, sigma_refs, data.device)
    chunk = max(1, chunk_rows // copies)
    signs = (1.0, -1.0) if antithetic else (1.0,)
    strata = -(-n_draws // len(signs))
    for draw, sign in itertools.product(range(strata), signs):
        if sign > 0.0:
            u = torch.stack([_latin(n, g) for g in streams])
            u = (draw + u) / strata
            noise = torch.stack(
                [torch.randn(data.shape[1:], generator=g, device=data.device) for g in streams]
            )
        else:
            noise = -noise
        t, weight = draw_times(u, schedule, importance)
        cell = (u * N_BINS).long().clamp(max=N_BINS - 1)
        for lo in range(0, n, chunk):
            part = slice(lo, lo + chunk)
            values = terms(data[:, part], noise[:, part], t[:, part])
            for name, value in values.items():
                value = 0.5 * weight[:, part] * value / (strata * len(signs))
                pointwise[name][:, part] += value
                bins[name].scatter_add_(1, cell[:, part], value / n)
    factor = _factor(pointwise) if len(measure.differences) == 1 else 1.0
    for values in (pointwise, bins):
        values["scaled"] = factor * values["cross"]
    grid = torch.linspace(0.0, 1.0, N_BINS + 1, dtype=torch.float64)
    edges = draw_times(grid, schedule, importance)[0]
    return {name: Readout(pointwise[name], bins[name], edges) for name in names}


def _factor(pointwise: dict[str, Tensor]) -> Tensor:
    """Factor lambda of the scaled read-out of a single difference, (E, 1)."""
    cross, size = (pointwise[k].mean(dim=1, keepdim=True) for k in ("cross", "inside"))
    # It is of order one; where the difference is next to nothing, chance could make it large.
    return (cross / size.clamp(min=1e-12)).clamp(1.0, MAX_SCALE)


def _latin(n: int, g: torch.Generator) -> Tensor:
    """One uniform number in each of n strata, in random order."""
    order = torch.randperm(n, generator=g, device=g.device)
    return (order + torch.rand(n, generator=g, device=g.device)) / n


class _Terms:
    """Unweighted terms of every read-out at one set of noisy points."""

    def __init__(
        self,
        model: NoiseModel,
        family: Family,
        measure: Measure,
        schedule: VPSchedule,
        sigma_refs: Sequence[float],
        device: torch.device,
    ) -> None:
        self.model, self.family, self.measure = model, family, measure
        self.schedule, self.sigma_refs = schedule, sigma_refs
        self.index = {p: family.index(p) for p in measure.patterns}
        self.diffused = family.masks(Role.DIFFUSED, device)
        self.clean = family.masks(Role.CLEAN, device)

    def __call__(self, x: Tensor, noise: Tensor, t: Tensor) -> dict[str, Tensor]:
        out = self.family.dim_out
        eps, x_t, masks = {}, {}, {}
        for pattern, k in self.index.items():
            values = perturb(x, noise, t, self.diffused[k], self.clean[k], self.schedule)
            masks[pattern] = self.diffused[k, :out]
            x_t[pattern] = values[..., :out]
            eps[pattern] = masks[pattern] * self.model(values, k, t)
        inside = torch.zeros_like(t)
        for d in self.measure.differences:
            left = torch.stack([eps[p] for p in d.left]).sum(0)
            right = torch.stack([eps[p] for p in d.right]).sum(0)
            inside += d.coefficient * (left - right).square().sum(-1)
        result = {"inside": inside}
        sigma = self.schedule.sigma(t)
        for sigma_ref in self.sigma_refs:
            shrink = (sigma / self.schedule.chi(t, sigma_ref))[..., None]
            total = torch.zeros_like(t)
            for c, p in self.measure.entropies:
                total -= c * (eps[p] - masks[p] * shrink * x_t[p]).square().sum(-1)
            result[f"outside-{sigma_ref:g}"] = total
        gap = torch.zeros_like(t)
        for c, p in self.measure.entropies:
            gap += c * (masks[p] * noise[..., :out] - eps[p]).square().sum(-1)
        return result | {"gap": gap, "cross": 0.5 * (inside + gap)}
