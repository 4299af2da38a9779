"""Level and power of the permutation test of independence, beside HSIC and distance correlation.

Usage: .venv/bin/python benchmarks/independence.py [--laws normal cauchy ...] [--draws 200]
           [--rows 300] [--permutations 200] [--steps 64] [--width 16] [--splits halves turn]
           [--kernels hsic dcor] [--out PATH]

Data sets are the members of one ensemble per part of the rows, which is what
``minde.independence_test`` trains and reads, only many at once; ``minde`` is what it reports, with
distance covariance in ranks beside the networks. ``--splits`` compares ways to use the rows. HSIC
and distance covariance of the values are a few lines here, with scikit-learn's kernels.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import scipy.stats
from sklearn.metrics import pairwise_distances
from sklearn.metrics.pairwise import rbf_kernel

from minde.columns import numbers
from minde.diffusion.roles import conditional
from minde.ensemble.permuted import Once, SameNoise
from minde.ensemble.train import train
from minde.estimators.independence import bonferroni
from minde.estimators.permutation_test import PermutationTest
from minde.estimators.quantity import MUTUAL
from minde.estimators.settings import Settings
from minde.options import ReadoutOptions
from minde.readout.measures import MI_CONDITIONAL
from minde.readout.readout import read_out
from minde.recipe import make_recipe
from minde.seeding import derive
from minde.training.job import Job
from minde.training.prepared import stacked
from minde.types import Array

Draw = Callable[[np.random.Generator, int], tuple[Array, Array]]


def _circle(g: np.random.Generator, n: int) -> tuple[Array, Array]:
    angle = g.uniform(0.0, 2.0 * np.pi, n)
    x, y = g.normal(size=(2, n))
    return np.cos(angle) + 0.5 * x, np.sin(angle) + 0.5 * y


def _of(f: Callable[[Array], Array], noise: float) -> Draw:
    def draw(g: np.random.Generator, n: int) -> tuple[Array, Array]:
        x = g.uniform(-3.0, 3.0, n)
        return x, f(x) + noise * g.normal(size=n)

    return draw


def _scale(g: np.random.Generator, n: int) -> tuple[Array, Array]:
    """Student's t with three degrees of freedom in both, by one common scale."""
    return tuple(g.normal(size=(2, n)) / np.sqrt(g.chisquare(3, n) / 3))  # type: ignore[return-value]


def _trend(g: np.random.Generator, n: int) -> tuple[Array, Array]:
    """Answers from 1 to 5 of a normal pair with correlation 0.25."""
    x, noise = g.normal(size=(2, n))
    y = 0.25 * x + np.sqrt(1.0 - 0.25**2) * noise
    edges = [-1.2, -0.4, 0.4, 1.2]
    return tuple(np.digitize(v, edges).astype(float) for v in (x, y))  # type: ignore[return-value]


def _several(g: np.random.Generator, n: int) -> tuple[Array, Array]:
    """Three columns a side, of which one pair depends."""
    x, noise = g.normal(size=(2, n, 3))
    return x, np.column_stack([0.35 * x[:, 0] + noise[:, 0], noise[:, 1:]])


#: The first three are independent.
LAWS: dict[str, Draw] = {
    "normal": lambda g, n: tuple(g.normal(size=(2, n))),  # type: ignore[return-value]
    "cauchy": lambda g, n: tuple(g.standard_cauchy(size=(2, n))),  # type: ignore[return-value]
    "discrete": lambda g, n: (g.poisson(2.0, n).astype(float), g.integers(0, 3, n).astype(float)),
    "linear": _of(lambda x: 0.2 * x / np.sqrt(3), 1.0),
    "quadratic": _of(lambda x: 0.12 * x**2, 1.0),
    "sine": _of(lambda x: np.sin(3.0 * x), 1.5),
    "circle": _circle,
    "scale": _scale,
    "trend of counts": _trend,
    "three a side": _several,
}


#: Shares of the rows at which parts end that are tested by networks of those before, one by one.
SPLITS = {"turn": (0.4, 0.6, 0.8, 1.0), "thirds": (1 / 3, 2 / 3, 1.0), "one": (0.5, 1.0)}


def parts(split: str, n: int) -> list[tuple[Array, Array]]:
    """Rows that train and that test, of a way to use them all."""
    edges = [round(share * n) for share in SPLITS.get(split, SPLITS["one"])]
    rows = np.arange(n)
    found = [(rows[:a], rows[a:b]) for a, b in itertools.pairwise(edges)]
    return [*found, (rows[edges[0] :], rows[: edges[0]])] if split == "halves" else found


def together(split: str, p_values: Array) -> Array:
    """One p-value of those of the parts, (parts, draws)."""
    if split == "halves":
        return np.array([bonferroni(column) for column in p_values.T])
    # Each part is tested by networks of those before it: p-values are as good as independent.
    fisher = scipy.stats.chi2.sf(-2.0 * np.log(p_values).sum(axis=0), 2 * len(p_values))
    return np.asarray(fisher)


def of_networks(data: list[tuple[Array, Array]], split: str, a: argparse.Namespace) -> Array:
    """p-values of data sets, (draws,)."""
    out = []
    for k, (fit, test) in enumerate(parts(split, a.rows)):
        dims = [v.shape[1] for v in data[0]]
        given = {"n_steps": a.steps, "width": a.width}
        sized = {key: value for key, value in given.items() if value}
        recipe = make_recipe("fast", "c", sum(dims), len(fit), **sized)
        seeds = [derive(d, split, k) for d in range(len(data))]
        both = [[np.concatenate(xy[::way], axis=1) for xy in data] for way in (1, -1)]
        jobs = [
            Job([rows[fit] for rows in side], conditional(*dims[::way]), recipe, seeds)
            for side, way in zip(both, (1, -1), strict=True)
        ]
        rngs, m = [np.random.default_rng(s) for s in seeds], len(test)
        orders = [[np.arange(m)] * len(data)]
        orders += [[g.permutation(m) for g in rngs] for _ in range(a.permutations)]
        total = np.zeros((len(data), 1 + a.permutations))
        for way, (rows, ensemble) in enumerate(zip(both, train(jobs, "cpu"), strict=True)):
            # The noise of x and of the y beside it have nothing to do with one another.
            noise = [derive(seed, "noise", way) for seed in seeds]
            model = Once(ensemble.model(), m)
            diffuser = SameNoise(ensemble.family, ensemble.schedule, ensemble.device, m)
            options = ReadoutOptions(n_draws=a.points, antithetic=True, sigma_refs=())
            for lo in range(0, len(orders), 10):
                some = orders[lo : lo + 10]
                paired = []
                for d, table in enumerate(rows):
                    own, other = np.split(table[test], [dims[way]], axis=1)
                    back = [o[d] if way == 0 else np.argsort(o[d]) for o in some]
                    paired.append(np.concatenate([np.hstack([own, other[o]]) for o in back]))
                points = stacked(ensemble.transforms, paired, ensemble.device)
                whole = len(data) * m * len(some)
                read = read_out(
                    model, points, diffuser, MI_CONDITIONAL, noise, options, chunk=whole
                )["gap"]
                values = read.pointwise.double().reshape(len(data), len(some), m)
                total[:, lo : lo + len(some)] += values.mean(dim=2).cpu().numpy()
        out.append((total >= total[:, :1]).mean(axis=1))
    return together(split, np.array(out))


def as_tests(data: list[tuple[Array, Array]]) -> Iterator[PermutationTest]:
    """The test of each data set, nothing of it run."""
    for d, xy in enumerate(data):
        variables = [numbers(v, n) for v, n in zip(xy, "xy", strict=True)]
        yield PermutationTest.of(MUTUAL, variables, {}, Settings(random_state=d), None)


def of_counts(data: list[tuple[Array, Array]], a: argparse.Namespace) -> Array:
    """p-values where nothing is trained, (draws,)."""
    found = []
    for test in as_tests(data):
        assert not test.layouts
        (values,) = test.run(a.permutations)
        found.append((values >= values[0] - 1e-12).mean())
    return np.array(found)


def of_distances(data: list[tuple[Array, Array]], permutations: int) -> Array:
    """p-values of distance covariance as the test takes it, (draws,)."""
    drawn = (test.distances(permutations) for test in as_tests(data))
    return np.array([(v >= v[0] - 1e-12).mean() for v in drawn if v is not None])


def of_kernel(data: list[tuple[Array, Array]], kind: str, permutations: int) -> Array:
    """p-values of HSIC (median bandwidth) or distance covariance, (draws,)."""

    def centred(v: Array) -> Array:
        far = pairwise_distances(v)
        k = -far if kind == "dcor" else rbf_kernel(v, gamma=0.5 / np.median(far) ** 2)
        return k - k.mean(0) - k.mean(1)[:, None] + k.mean()

    found = []
    for d, xy in enumerate(data):
        g, (u, v) = np.random.default_rng(d), map(centred, xy)
        orders = [np.arange(len(u)), *(g.permutation(len(u)) for _ in range(permutations))]
        values = np.array([(u * v[np.ix_(o, o)]).sum() for o in orders])
        found.append((values >= values[0] - 1e-9).mean())
    return np.array(found)


def _row(law: str, method: str, p: Array) -> dict[str, Any]:
    rejected = float((p <= 0.05).mean())
    print(f"{law:10} {method:14} {rejected:.3f} of {len(p)}", flush=True)
    return {"law": law, "method": method, "rejected": rejected, "draws": len(p)}


def main() -> None:
    """Draw, test and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--laws", nargs="+", default=[*LAWS], choices=[*LAWS])
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--rows", type=int, default=300)
    parser.add_argument("--permutations", type=int, default=200)
    parser.add_argument("--steps", type=int, default=0, help="0: as the test has them.")
    parser.add_argument("--width", type=int, default=0, help="0: as the test has it.")
    parser.add_argument("--points", type=int, default=10, help="Noisy points per row.")
    parser.add_argument("--splits", nargs="+", default=["halves"], choices=["halves", *SPLITS])
    parser.add_argument("--kernels", nargs="*", default=["hsic", "dcor"])
    parser.add_argument("--out", type=Path)
    a = parser.parse_args()
    table = []
    for law in a.laws:
        drawn = [LAWS[law](np.random.default_rng(5000 + d), a.rows) for d in range(a.draws)]
        data = [(x.reshape(a.rows, -1), y.reshape(a.rows, -1)) for x, y in drawn]
        start = time.perf_counter()
        distances = of_distances(data, a.permutations)
        table.append(_row(law, "distances", distances))
        for method in ["counts"] if law in ("discrete", "trend of counts") else [*a.splits]:
            p = of_counts(data, a) if method == "counts" else of_networks(data, method, a)
            table.append(_row(law, method, p))
            both = np.minimum(1.0, 2.0 * np.minimum(p, distances))
            table.append(_row(law, f"minde, {method}", both))
        for kind in a.kernels:
            table.append(_row(law, kind, of_kernel(data, kind, a.permutations)))
        print(f"{law}: {time.perf_counter() - start:.0f} s", flush=True)
    if a.out is not None:
        a.out.parent.mkdir(parents=True, exist_ok=True)
        a.out.write_text(json.dumps(table, indent=1))


if __name__ == "__main__":
    main()
