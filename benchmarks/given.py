"""Conditional information where Z tells much of both variables: whether intervals hold it. A table.

Usage: .venv/bin/python benchmarks/given.py [--laws square waves ...] [--rows 1000] [--draws 3]
           [--without] [--options '{"n_steps": 2000}']

X and Y follow functions of Z, with normal noise whose correlation is the whole of what they share
given Z. --without leaves out the means of X and Y given Z that networks are shown
(``minde.estimators.given_means``), so that one run is the baseline of the other.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import time
from collections.abc import Callable
from unittest import mock

import numpy as np
import pandas as pd

import minde
from minde.types import Array

Rng = np.random.Generator
#: Functions of Z, the same for both variables, and how many columns it has.
SHARED: dict[str, tuple[Callable[[Array], Array], int]] = {
    "line": (lambda z: z[:, 0], 1),
    "square": (lambda z: z[:, 0] ** 2, 1),
    "wave": (lambda z: np.sin(3.0 * z[:, 0]), 1),
    "fast wave": (lambda z: np.sin(12.0 * z[:, 0]), 1),
    "product": (lambda z: z[:, 0] * z[:, 1], 3),
    "two of three": (lambda z: np.sin(2.0 * z[:, 0]) + z[:, 1] ** 2, 3),
    "waves": (lambda z: np.sin(2.0 * z).sum(axis=1), 5),
}
ALIKE = (0.0, 0.6, -0.6)


def noisy(f: Array, g: Rng, alike: float = 0.0) -> tuple[Array, Array]:
    """X and Y about a function of Z."""
    a, b = g.normal(size=(2, len(f)))
    return f + 0.3 * a, f + 0.3 * (alike * a + math.sqrt(1.0 - alike**2) * b)


def steps(g: Rng, n: int) -> tuple[Array, Array, Array]:
    """Both jump with Z."""
    z = g.uniform(size=n)
    return *noisy(np.floor(6.0 * z) % 2.0, g), z


def scale(g: Rng, n: int) -> tuple[Array, Array, Array]:
    """Z tells how far both spread."""
    z = g.normal(size=n)
    return *((0.2 + z**2) * g.normal(size=(2, n))), z


def apart(g: Rng, n: int) -> tuple[Array, Array, Array]:
    """Other functions of Z."""
    z = g.normal(size=n)
    return np.abs(z) + 0.2 * g.normal(size=n), np.exp(z) + 0.3 * g.normal(size=n), z


def label(g: Rng, n: int) -> tuple[Array, Array, pd.DataFrame]:
    """A label beside the waves of five columns turns one of the two over."""
    z, turn = g.normal(size=(n, 5)), g.choice([-1.0, 1.0], size=n)
    x, y = noisy(np.sin(2.0 * z).sum(axis=1), g)
    return x + turn, y - turn, pd.DataFrame(z, columns=[*"abcde"]).assign(label=turn > 0.0)


def sign(g: Rng, n: int) -> tuple[Array, Array, Array]:
    """X is a label."""
    z = g.normal(size=(n, 5))
    x, y = noisy(np.sin(2.0 * z).sum(axis=1), g)
    return x > 0.0, y, z


NOTHING = {"steps": steps, "scale": scale, "apart": apart, "and a label": label, "sign": sign}


def drawn(name: str, alike: float, n: int, seed: int) -> tuple[Array, Array, Array]:
    """Rows of a law."""
    g = np.random.default_rng(seed)
    if name in NOTHING:
        return NOTHING[name](g, n)
    f, dim = SHARED[name]
    z = g.normal(size=(n, dim))
    return *noisy(f(z), g, alike), z


def main() -> None:
    """Print the table, a line as each law is done."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--laws", nargs="+", default=[*SHARED, *NOTHING])
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--without", action="store_true", help="show networks Z alone")
    parser.add_argument("--options", type=json.loads, default={}, help="of the recipe, as JSON")
    args = parser.parse_args()
    print("| law | alike | truth | mean | mean error | interval of the first | held | s |")
    print("|---|---|---|---|---|---|---|---|")
    held = errors = count = 0.0
    told = "minde.estimators.multivariate.GivenMeans.told"
    shown = mock.patch(told, return_value=None) if args.without else contextlib.nullcontext()
    with shown:
        for name in args.laws:
            for alike in (0.0,) if name in NOTHING else ALIKE:
                truth, started = -0.5 * math.log(1.0 - alike**2), time.perf_counter()
                found = [
                    minde.conditional_mutual_information(
                        *drawn(name, alike, args.rows, seed), options=args.options
                    )
                    for seed in range(args.draws)
                ]
                seconds = (time.perf_counter() - started) / args.draws
                values = np.array([f.value for f in found])
                holds = sum(f.interval[0] <= truth <= f.interval[1] for f in found)
                low, high = found[0].interval
                print(
                    f"| {name} | {alike} | {truth:.3f} | {values.mean():.3f} | "
                    f"{np.abs(values - truth).mean():.3f} | [{low:.3f}, {high:.3f}] | "
                    f"{holds} of {args.draws} | {seconds:.0f} |",
                    flush=True,
                )
                held, count = held + holds, count + args.draws
                errors += float(np.abs(values - truth).sum())
    print(f"\n{held:.0f} of {count:.0f} intervals hold; mean error {errors / count:.3f}")


if __name__ == "__main__":
    main()
