r"""Intervals with known scores, no training: the plain formulas beside those of the package.

Rows of Gaussian pairs, one dimension each, are split and read out as by ``MINDE``; in place of
trained networks stand

- ``exact``: the exact scores;
- ``fitted``: those of a Gaussian with the training rows' moments, which err as networks do that
  have learned all there is to learn (of independent rows, a small dependence that is not there);
- ``share0.7`` and the like: exact scores with that share of the difference, of networks not done
  learning (family c); cross reads that share of the truth;
- ``noise0.1`` and the like: exact scores with noise of that size in the difference, of networks
  that learned too much of their rows (family c).

Printed per setting over the replicates: mean error, standard deviation of the estimate, mean of the
standard error that is claimed (of rows and seeds), share of 95% intervals that hold the truth (in
brackets: of those without the term for what training missed) and their mean half-width. ``before``
is by

.. math::
    \hat I = \min(\max(1, \text{cross} / \text{inside}), 1.5)\, \text{cross} , \quad
    \text{interval} = \hat I \pm 1.96 \sqrt{\frac{\operatorname{var}_i \bar v_i}{n} +
    \frac{\operatorname{var}_s V_s}{S} + \frac{(\text{inside} - \text{gap})^2}{4}}

with pointwise values v averaged over seeds and directions, and the standard error of one member as
the workflow had it, that of the control variate's residuals.

    python benchmarks/intervals.py --model exact --family c j --rows 60 200 1000
"""

from __future__ import annotations

import argparse
import itertools
import math
import time
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from minde.diffusion.gaussian import GaussianNoise
from minde.diffusion.moments import moments
from minde.diffusion.roles import conditional, joint
from minde.diffusion.schedule import VPSchedule
from minde.ensemble.ensemble import Ensemble, Weights
from minde.estimators.estimating import facts_of
from minde.preprocessing.transforms import make_transform
from minde.readout.combine import combine
from minde.readout.control_variate import LEAST_TEST_ROWS
from minde.readout.estimate import MIEstimate
from minde.readout.fit_control import fit_control
from minde.readout.influence import Influence
from minde.readout.known_values import entropy_terms
from minde.readout.measures import MEASURES
from minde.readout.reading import Reading
from minde.readout.readout import Readout, read_out_each, with_scaled
from minde.readout.student import t_95
from minde.recipe import make_recipe
from minde.training.job import make_folds
from minde.training.prepared import stacked
from minde.types import Array, NoiseModel


@dataclass(frozen=True)
class Setting:
    """What is simulated: nats of truth, test rows per fold (four times as many train), members."""

    model: str
    family: str
    nats: float
    rows: int
    seeds: int = 1
    folds: int = 1


class Shrunk:
    """Exact scores whose difference to the marginal one is a share of the truth, or noisy."""

    def __init__(self, exact: NoiseModel, share: float = 1.0, noise: float = 0.0) -> None:
        self.exact, self.share, self.noise = exact, share, noise
        self.stream = torch.Generator().manual_seed(1)

    def __call__(self, values: Tensor, pattern: int, t: Tensor) -> Tensor:
        """See :class:`minde.types.NoiseModel`."""
        right = self.exact(values, pattern, t)
        if pattern == 0:
            return right
        blank = values.clone()
        blank[..., right.shape[-1] :] = 0.0
        left = self.exact(blank, 0, t)
        wrong = self.noise * torch.randn(right.shape, generator=self.stream)
        return left + self.share * (right - left) + wrong


class Known(Ensemble):
    """An ensemble whose scores are known."""

    scores: NoiseModel

    def model(self, weights: Weights | None = None) -> NoiseModel:
        """The known scores."""
        return self.scores


def known(setting: Setting, samples: list[Array], folds: list, seeds: list[int]) -> Known:
    """Members over replicates, within one over seeds, within a seed over folds."""
    family = (joint if setting.family == "j" else conditional)(1, 1)
    recipe = make_recipe("fast", family.name, 2, preprocessing="none")
    trains = [x[f.train] for x in samples for _ in range(setting.seeds) for f in folds]
    mean, covariance = moments(trains)
    rho = math.sqrt(1.0 - math.exp(-2.0 * setting.nats))
    truth = torch.tensor([[1.0, rho], [rho, 1.0]], dtype=torch.float64).expand(len(trains), 2, 2)
    empty = torch.zeros(0, 1 + len(trains))
    ensemble = Known(
        family,
        recipe,
        tuple(seeds),
        [make_transform("none", x) for x in trains],
        Weights({}),
        Weights({}),
        VPSchedule(),
        mean,
        covariance,
        empty,
        empty,
        0.0,
        folds=tuple(folds),
    )
    if setting.model == "fitted":
        ensemble.scores = ensemble.gaussian
    else:
        exact = GaussianNoise(truth, family, ensemble.schedule)
        kind, size = setting.model[:5], setting.model[5:]
        wrong = {kind: float(size)} if size else {}
        ensemble.scores = Shrunk(exact, **wrong) if wrong else exact
    return ensemble


def of_replicate(out: dict[str, Readout], k: int, members: int) -> dict[str, Readout]:
    """Read-outs of one replicate's members."""
    part = slice(k * members, (k + 1) * members)
    found = {}
    for name, r in out.items():
        influence = r.influence and Influence(r.influence.test[part], r.influence.train[part])
        found[name] = Readout(r.pointwise[part], r.integrand[part], r.edges, influence)
    return found


def old_scaled(out: dict[str, Readout]) -> Readout:
    """The scaled read-out with the larger of one and the factor, 1.5 at most."""
    a, b = (out[k].pointwise.mean(dim=1, keepdim=True) for k in ("cross", "inside"))
    factor = (a / b.clamp(min=1e-12)).clamp(1.0, 1.5)
    return replace(out["cross"], pointwise=factor * out["cross"].pointwise, influence=None)


def workflow_error(readout: Readout, controls: Tensor | None, m: int) -> Tensor:
    """Standard error per member from the residuals of the regression on the controls."""
    v, n = readout.pointwise.double(), readout.pointwise.shape[1]
    if controls is None:
        return v.std(dim=1) / math.sqrt(n)
    centred = controls - controls.mean(dim=2, keepdim=True)
    square = centred @ centred.mT / n
    ridge = torch.diag_embed(torch.full_like(square[:, 0], 1e-9))
    slope = torch.linalg.solve(square + ridge, centred @ v[..., None] / n)[..., 0]
    slope = slope * slope.new_tensor([1.0, m / (m + n)])
    rest = (v - (slope[..., None] * centred).sum(dim=1)).var(dim=1) / n
    return (rest + slope[:, 1] ** 2 * square[:, 1, 1] / m).sqrt()


def plain(
    directions: list[dict[str, Readout]], setting: Setting
) -> tuple[float, float, float, float]:
    """Value, standard error and half-width by the plain formulas."""

    def rows(name: str) -> Array:
        each = [d[name].pointwise.double().numpy().reshape(setting.seeds, -1) for d in directions]
        return np.mean(each, axis=0)

    reported, judge = ("scaled", "scaled") if setting.folds == 1 else ("cross", "gap")
    v = rows(judge)
    variance = v.mean(axis=0).var(ddof=1) / v.shape[1]
    if setting.seeds > 1:
        variance += v.mean(axis=1).var(ddof=1) / setting.seeds
    half = 0.5 * (rows("inside").mean() - rows("gap").mean())
    return (
        float(rows(reported).mean()),
        variance**0.5,
        *(1.96 * math.hypot(variance**0.5, h) for h in (half, 0.0)),
    )


@dataclass
class Found:
    """Value, standard error, half-width, and that without the training's term, per replicate."""

    values: Array
    errors: Array
    halves: Array
    without: Array

    def line(self, truth: float) -> str:
        """Mean error, spread, claimed error, ratio, coverage, half-width."""
        off = self.values - truth
        sd, claimed = off.std(ddof=1), math.sqrt(np.mean(self.errors**2))
        # Where nothing varies the last digit decides.
        held, alone = (100 * np.mean(np.abs(off) <= h + 1e-6) for h in (self.halves, self.without))
        ratio = claimed / sd if sd > 1e-9 else 1.0
        return (
            f"{off.mean():+.4f} | {sd:.4f} | {claimed:.4f} | {ratio:.2f} | {held:.1f} "
            f"({alone:.1f}) | {self.halves.mean():.3f}"
        )


def simulate(setting: Setting, replicates: int) -> tuple[Found, Found, float, list[MIEstimate]]:
    """Before, after, the workflow's claimed error before, and the estimates."""
    total, members = 5 * setting.rows, setting.seeds * setting.folds
    rho = math.sqrt(1.0 - math.exp(-2.0 * setting.nats))
    rng = np.random.default_rng([int(1000 * setting.nats), setting.rows, setting.folds])
    x = rng.normal(size=(replicates, total))
    y = rho * x + math.sqrt(1.0 - rho**2) * rng.normal(size=x.shape)
    folds = make_folds(total, 0.2, setting.folds, 0)
    measure, before, after, workflow = MEASURES[setting.family], [], [], []
    sides = [(x, y)] if setting.family == "j" else [(x, y), (y, x)]
    for a, b in sides:
        samples = list(np.stack([a, b], axis=2))
        seeds = [7919 * k + 1 for k in range(replicates * members)]
        ensemble = known(setting, samples, list(folds), seeds)
        tests = [s[f.test] for s in samples for _ in range(setting.seeds) for f in folds]
        trains = [s[f.train] for s in samples for _ in range(setting.seeds) for f in folds]
        options = ensemble.recipe.readout
        data = torch.from_numpy(np.stack(tests).astype(np.float32))
        control, dims = None, ensemble.family.dims
        if data.shape[1] >= LEAST_TEST_ROWS:
            rows = stacked(ensemble.transforms, trains, ensemble.device, double=True)
            control = fit_control(rows, entropy_terms(measure, dims), dims)
        exact = control.models(ensemble.family, ensemble.schedule) if control else []
        diffuser = ensemble.diffuser(options.importance)
        models = [ensemble.scores, *exact]
        raw, *of_exact = read_out_each(models, data, diffuser, measure, ensemble.seeds, options)
        values, m = None, 0
        if control is not None:
            values, m = control.values(data, [of_exact[0]["gap"].pointwise]), control.known.shape[1]
        old = raw | {"scaled": old_scaled(raw)}
        workflow.append(workflow_error(old["scaled"], values, m))
        if control is not None:
            old = {k: control.apply(r, values) for k, r in old.items()}
            raw = with_scaled({k: control.apply(r, values) for k, r in raw.items()}, measure)
        before.append(old)
        after.append(raw)
    one = replace(ensemble, seeds=tuple(range(members)))
    facts = replace(facts_of({"all": one}), places=[(f.test, f.train) for f in folds])
    names = ["all"] if len(sides) == 1 else ["x|y", "y|x"]
    olds, news = [], []
    for k in range(replicates):
        olds.append(plain([of_replicate(d, k, members) for d in before], setting))
        readings = {
            n: Reading(of_replicate(d, k, members)) for n, d in zip(names, after, strict=True)
        }
        news.append(combine(readings, facts))
    found = []
    for e in news:
        error, t = e.diagnostics["std_sampling"], t_95(e.diagnostics["degrees_of_freedom"])
        found.append((e.value, error, e.interval[1] - e.value, t * error))
    claimed = float(torch.stack(workflow).square().mean().sqrt())
    return Found(*np.array(olds).T), Found(*np.array(found).T), claimed, news


HEAD = "mean error | sd | claimed | ratio | held % (without training's term) | half-width"


def main() -> None:
    """Print a Markdown table of the settings asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--model", nargs="+", default=["exact"], help="exact, fitted, share0.8, noise0.1"
    )
    parser.add_argument("--family", nargs="+", default=["c"])
    parser.add_argument("--nats", nargs="+", type=float, default=[0.05, 0.4, 1.5])
    parser.add_argument("--rows", nargs="+", type=int, default=[60, 200, 1000])
    parser.add_argument("--seeds", nargs="+", type=int, default=[1])
    parser.add_argument("--folds", nargs="+", type=int, default=[1])
    parser.add_argument("--replicates", type=int, default=300)
    args = parser.parse_args()
    torch.set_num_threads(1)
    started = time.perf_counter()
    print(f"| setting | before: {HEAD} | of a member | after: {HEAD} | doubts % |", flush=True)
    print("|" + "---|" * 15, flush=True)
    grid = itertools.product(args.model, args.family, args.nats, args.rows, args.seeds, args.folds)
    for setting in itertools.starmap(Setting, grid):
        before, after, member, estimates = simulate(setting, args.replicates)
        doubts = np.mean([any("differ" in w for w in e.warnings) for e in estimates])
        label = (
            f"{setting.model}, {setting.family}, {setting.nats:g} nats, {setting.rows} rows, "
            f"{setting.seeds} seed(s), {setting.folds} fold(s)"
        )
        lines = [f.line(setting.nats) for f in (before, after)]
        print(
            f"| {label} | {lines[0]} | {member:.4f} | {lines[1]} | {100 * doubts:.0f} |",
            flush=True,
        )
    print(f"\n{args.replicates} replicates, {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
