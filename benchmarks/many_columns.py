"""Nonlinear dependence among many columns and few rows: whether intervals hold it. A table.

Usage: .venv/bin/python benchmarks/many_columns.py [--laws product scale ...] [--columns 10 25]
           [--rows 1000] [--draws 3] [--options '{"n_steps": 2000}']

X and Y have as many columns each, normal and independent of one another but for the first of Y,
which follows from the first of X as a law says (of `turned` the first two of Y, of `radial` from
all of X). Truths are quadratures over the law's own few columns. Beside them stands the Gaussian
value, which is what the linear part tells.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

import minde
from minde.types import Array

DRAWN, GRID = 4000, np.linspace(-14.0, 14.0, 2801)


@dataclass(frozen=True)
class Law:
    """The first column of Y is m(X) + s(X) N, with X and N standard normal.

    Attributes:
        mean: Of x, (rows, columns).
        scale: The like, positive.
    """

    mean: Callable[[Array], Array]
    scale: Callable[[Array], Array]

    def draw(self, rows: int, columns: int, seed: int) -> tuple[Array, Array]:
        """Rows of X and Y."""
        x, y = np.random.default_rng(seed).normal(size=(2, rows, columns))
        y[:, 0] = self.mean(x) + self.scale(x) * y[:, 0]
        return x, y

    def truth(self, columns: int) -> float:
        """Entropy of the column, a mixture over many x, less the mean of that given x."""
        x = np.random.default_rng(0).normal(size=(DRAWN, columns))
        x = np.concatenate([x, -x])
        m, s = self.mean(x), self.scale(x)
        p = np.zeros_like(GRID)
        for some in np.array_split(np.arange(len(x)), 16):
            p += stats.norm.pdf(GRID[:, None], m[some], s[some]).sum(axis=1)
        p = np.maximum(p / len(x), 1e-300)
        whole = -float((p * np.log(p)).sum() * (GRID[1] - GRID[0]))
        return whole - float(np.log(s).mean()) - 0.5 * math.log(2.0 * math.pi * math.e)


def _even(sigma: float) -> Callable[[Array], Array]:
    return lambda x: np.full(len(x), sigma)


LAWS: dict[str, Law] = {
    "linear": Law(lambda x: x[:, 0], _even(0.75)),
    "square": Law(lambda x: x[:, 0] ** 2, _even(0.75)),
    "product": Law(lambda x: x[:, 0] * x[:, 1], _even(0.5)),
    "product of three": Law(lambda x: x[:, 0] * x[:, 1] * x[:, 2], _even(0.5)),
    "slopes": Law(lambda x: x[:, 0] * (1.0 + x[:, 1]), _even(0.7)),
    "threshold": Law(lambda x: (x[:, 0] > 0.5) * 2.0, _even(0.5)),
    "switch": Law(lambda x: np.where(x[:, 1] > 0.0, x[:, 0], 0.0), _even(0.3)),
    "wave": Law(lambda x: np.sin(2.0 * x[:, 0]), _even(0.5)),
    "scale": Law(lambda x: np.zeros(len(x)), lambda x: np.exp(0.7 * x[:, 0])),
    "linear and scale": Law(lambda x: x[:, 0], lambda x: 0.75 * np.exp(0.7 * x[:, 1])),
    "radial": Law(
        lambda x: x[:, 0] * (1.0 + (np.square(x).mean(axis=1) - 1.0) * math.sqrt(x.shape[1] / 2)),
        _even(0.7),
    ),
}


def gaussian(x: Array, y: Array) -> float:
    """What the linear part tells."""
    both = np.corrcoef(np.c_[x, y].T)
    k = x.shape[1]
    parts = [np.linalg.slogdet(part)[1] for part in (both[:k, :k], both[k:, k:], both)]
    return 0.5 * float(parts[0] + parts[1] - parts[2])


def main() -> None:
    """Print a line per law and number of columns."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--laws", nargs="+", choices=LAWS, default=list(LAWS))
    parser.add_argument("--columns", nargs="+", type=int, default=[10])
    parser.add_argument("--rows", nargs="+", type=int, default=[1000])
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--options", type=json.loads, default={})
    args = parser.parse_args()
    options = {"options": args.options} if args.options else {}
    print(
        "| law | columns | rows | truth | linear | mean value | first interval | held | told | s |"
    )
    print("|" + "---|" * 10, flush=True)
    asked = held = 0
    for rows in args.rows:
        for columns in args.columns:
            for name in args.laws:
                law, truth = LAWS[name], LAWS[name].truth(columns)
                started, found = time.perf_counter(), []
                for seed in range(args.draws):
                    x, y = law.draw(rows, columns, seed)
                    model = minde.MINDE(random_state=seed, **options).fit(x, y)
                    found.append(model.mutual_information())
                seconds = (time.perf_counter() - started) / args.draws
                holds = sum(f.interval[0] <= truth <= f.interval[1] for f in found)
                told = sum(bool(f.warnings) for f in found)
                low, high = found[0].interval
                mean = np.mean([f.value for f in found])
                print(
                    f"| {name} | {columns} | {rows} | {truth:.3f} | {gaussian(x, y):.3f} | "
                    f"{mean:.3f} | {low:.3f} to {high:.3f} | {holds} of {args.draws} | "
                    f"{told} | {seconds:.0f} |",
                    flush=True,
                )
                asked, held = asked + args.draws, held + holds
    print(f"\n{held} of {asked} intervals hold")


if __name__ == "__main__":
    main()
