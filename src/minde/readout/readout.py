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
- scaled: for a measure of one difference, cross with that difference scaled up where it was learned
  in part (see ``minde.readout.scaled``). For measures of several differences it is cross: their
  factors' chance errors would add up.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from minde.diffusion.points import AT_ONCE, Diffuser, Points, latin, together
from minde.diffusion.roles import Pattern
from minde.options import ReadoutOptions
from minde.readout.influence import Influence
from minde.readout.measures import Measure
from minde.readout.names import outside, readout_names
from minde.readout.scaled import scale
from minde.seeding import generator
from minde.types import NoiseModel

N_BINS = 50
#: Points of all members in one network call; bounds the memory.
CHUNK = 1 << 16


@dataclass(frozen=True)
class Readout:
    """One read-out of one measure.

    Attributes:
        pointwise: One value per member and test row, (E, N), nats; its mean is the estimate. Where
            rows have weights, each is a weight times what the row adds.
        integrand: Contribution of each of N_BINS equal bins of the drawn quantile, (E, N_BINS),
            nats; it sums to the estimate. Bin edges in t are ``edges``.
        edges: Times at the bins' edges, (N_BINS + 1,).
        influence: Of each row on the estimate, where it is not that on the pointwise values' mean.
        weights: Of the rows, with the mean one for each member, (E, N), double; none if all alike.
        added: Nats in the pointwise values that no row has read, which are an error too.
    """

    pointwise: Tensor
    integrand: Tensor
    edges: Tensor
    influence: Influence | None = None
    weights: Tensor | None = None
    added: float = 0.0

    @property
    def value(self) -> Tensor:
        """Estimate per member, (E,), nats."""
        return self.pointwise.mean(dim=1)

    @property
    def std_error(self) -> Tensor:
        """Standard error per member, (E,), nats: the rows' chance, clustered, and what is added."""
        return (self.chance.variance + self.added**2).sqrt().to(self.pointwise.dtype)

    @property
    def chance(self) -> Influence:
        """Influence of each row on the estimate."""
        return self.influence or Influence.of_mean(self.pointwise, self.weights)


def read_out(
    model: NoiseModel,
    data: Tensor,
    diffuser: Diffuser,
    measure: Measure,
    seeds: Sequence[int],
    options: ReadoutOptions | None = None,
    chunk: int = CHUNK,
    weights: Tensor | None = None,
) -> dict[str, Readout]:
    """Read out a measure by every method in one pass over the test rows.

    Times are stratified twice: each row's ``n_draws`` times fall in different strata of the
    quantile, and across rows each stratum is covered evenly.

    Arguments:
        model: Noise model of E members.
        data: Test rows per member, (E, N, D).
        diffuser: Of the patterns the model knows; its draw of times is that of the read-out.
        measure: What to compute.
        seeds: One per member, for the noise.
        options: Draws and reference widths; the defaults if omitted.
        chunk: Points of all members in one network call.
        weights: Of the rows, with the mean one for each member, (E, N), if they differ.

    Returns:
        Read-outs by name (see ``minde.readout.names``).
    """
    return read_out_each([model], data, diffuser, measure, seeds, options, chunk, weights)[0]


@torch.no_grad()
def read_out_each(
    models: Sequence[NoiseModel],
    data: Tensor,
    diffuser: Diffuser,
    measure: Measure,
    seeds: Sequence[int],
    options: ReadoutOptions | None = None,
    chunk: int = CHUNK,
    weights: Tensor | None = None,
) -> list[dict[str, Readout]]:
    """As :func:`read_out` of several models, at the same points.

    What they have in common is asked once where it is ``minde.readout.remembered.Remembered``.
    """
    options = options or ReadoutOptions()
    members, n, _ = data.shape
    names = readout_names(options.sigma_refs)
    pointwise = [{name: data.new_zeros(members, n) for name in names} for _ in models]
    bins = [{name: data.new_zeros(members, N_BINS) for name in names} for _ in models]
    terms = [Terms(model, diffuser, measure, options.sigma_refs) for model in models]
    signs = 2 if options.antithetic else 1
    strata = -(-options.n_draws // signs)
    draws = _draws(data, diffuser, seeds, strata, options.antithetic)
    for points, count in together(draws, min(AT_ONCE, chunk)):
        own = None if weights is None else weights.repeat(1, count)
        cell = (points.u * N_BINS).long().clamp(max=N_BINS - 1)
        for part, piece in points.chunks(max(1, chunk // members)):
            shown = terms[0].shown(piece)
            for k, term in enumerate(terms):
                for name, found in term(piece, shown).items():
                    value = 0.5 * piece.weight * found / (strata * signs)
                    if own is not None:
                        value = value * own[:, part].to(value)
                    if count == 1:
                        pointwise[k][name][:, part] += value
                    else:
                        pointwise[k][name] += value.view(members, count, n).sum(1)
                    bins[k][name].scatter_add_(1, cell[:, part], value / n)
    edges = bin_edges(diffuser)
    return [
        with_scaled({k: Readout(p[k], b[k], edges, weights=weights) for k in names}, measure)
        for p, b in zip(pointwise, bins, strict=True)
    ]


def summed(a: Mapping[str, Readout], b: Mapping[str, Readout]) -> dict[str, Readout]:
    """The sum of read-outs of the same rows, by name."""
    return {
        name: replace(
            r,
            pointwise=r.pointwise + b[name].pointwise,
            integrand=r.integrand + b[name].integrand,
            influence=r.chance + b[name].chance,
        )
        for name, r in a.items()
    }


def with_scaled(out: Mapping[str, Readout], measure: Measure) -> dict[str, Readout]:
    """The read-outs, scaled made anew from cross and inside as they are."""
    cross, inside = out["cross"], out["inside"]
    if len(measure.differences) != 1:
        return {**out, "scaled": cross}
    a, b = (r.pointwise.double().mean(dim=1) for r in (cross, inside))
    factor, influence = scale(a, b, cross.chance, inside.chance)
    column = factor[:, None].to(cross.pointwise)
    pointwise, integrand = column * cross.pointwise, column * cross.integrand
    scaled = replace(cross, pointwise=pointwise, integrand=integrand, influence=influence)
    return {**out, "scaled": scaled}


def bin_edges(diffuser: Diffuser) -> Tensor:
    """Times at the edges of the integrand's bins, (N_BINS + 1,), double precision."""
    grid = torch.linspace(0.0, 1.0, N_BINS + 1, dtype=torch.float64)
    return diffuser.points(grid, grid, grid).t


def _draws(
    data: Tensor, diffuser: Diffuser, seeds: Sequence[int], strata: int, antithetic: bool
) -> itertools.chain[Points]:
    """Points of every stratum of the quantile; with ``antithetic`` each with both signs."""
    streams = [generator(seed, "readout", device=data.device) for seed in seeds]

    def draw(stratum: int) -> list[Points]:
        def within(n: int, g: torch.Generator) -> Tensor:
            return (stratum + latin(n, g)) / strata

        points = diffuser.draw(data, streams, within)
        turned = diffuser.points(data, -points.noise, points.u)
        return [points, turned] if antithetic else [points]

    return itertools.chain.from_iterable(draw(k) for k in range(strata))


class Terms:
    """Unweighted terms of every read-out at some noisy points."""

    def __init__(
        self, model: NoiseModel, diffuser: Diffuser, measure: Measure, sigma_refs: Sequence[float]
    ) -> None:
        self.model, self.diffuser, self.measure = model, diffuser, measure
        self.sigma_refs = sigma_refs
        self.index = {p: diffuser.family.index(p) for p in measure.patterns}

    def shown(self, points: Points) -> dict[Pattern, Tensor]:
        """What models are shown of noisy points, by pattern."""
        return {pattern: self.diffuser.values(points, k) for pattern, k in self.index.items()}

    def __call__(
        self, points: Points, shown: Mapping[Pattern, Tensor] | None = None
    ) -> dict[str, Tensor]:
        """Terms of noisy points by name, (E, N) each; half of their weighted mean is a read-out.

        Arguments:
            points: The points.
            shown: Of :meth:`shown`, where it is at hand.
        """
        schedule, t, out = self.diffuser.schedule, points.t, self.diffuser.family.dim_out
        eps, x_t, masks = {}, {}, {}
        shown = self.shown(points) if shown is None else shown
        for pattern, k in self.index.items():
            values = shown[pattern]
            masks[pattern] = self.diffuser.mask(k)
            x_t[pattern] = values[..., :out]
            eps[pattern] = masks[pattern] * self.model(values, k, t)
        inside = torch.zeros_like(t)
        for d in self.measure.differences:
            left = torch.stack([eps[p] for p in d.left]).sum(0)
            right = torch.stack([eps[p] for p in d.right]).sum(0)
            inside += d.coefficient * (left - right).square().sum(-1)
        result = {"inside": inside}
        for sigma_ref in self.sigma_refs:
            shrink = (schedule.sigma(t) / schedule.chi(t, sigma_ref))[..., None]
            total = torch.zeros_like(t)
            for c, p in self.measure.entropies:
                total -= c * (eps[p] - masks[p] * shrink * x_t[p]).square().sum(-1)
            result[outside(sigma_ref)] = total
        gap = torch.zeros_like(t)
        for c, p in self.measure.entropies:
            gap += c * (masks[p] * self.diffuser.noise(points) - eps[p]).square().sum(-1)
        return result | {"gap": gap, "cross": 0.5 * (inside + gap)}
