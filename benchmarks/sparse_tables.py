"""Tables of labels with few rows to a cell, of known information: errors, and intervals that hold.

Usage: .venv/bin/python benchmarks/sparse_tables.py [--draws 500] [--first 0]

Each table has a random size (4 to 25 levels of x and y, none to 12 of z), 300 to 3,000 rows, and a
law of one of five kinds: x and y have nothing to do with one another given z; a normal law's cells,
of a correlation of each level's own; half of that and half nothing; probabilities drawn from a
Dirichlet law; y follows from x and z but for some rows that are any. Kept are tables whose bias
counts (``minde.estimators.counting``), in which a third of the rows are not alone. Printed by kind
and by rows: bias and root of the mean squared error, how many intervals of 95% hold the truth and
how wide they are; in the same run before, with corrections by counts alone and all that is read of
nothing as an error.
"""

from __future__ import annotations

import argparse
import math
from unittest import mock

import numpy as np
import pandas as pd
from scipy import stats

import minde
from minde.errors import InputError
from minde.estimators import counting
from minde.types import Array

Rng = np.random.Generator
LEVELS, GIVEN, ROWS = (4, 7, 12, 25), (1, 3, 6, 12), (300, 1000, 3000)


def nothing(k: tuple[int, int, int], g: Rng) -> Array:
    """X and y independent given z; probabilities (x, y, z)."""
    z = g.dirichlet(np.full(k[2], 3.0))
    x, y = (g.dirichlet(np.ones(m), k[2]) for m in k[:2])
    return np.einsum("k,ki,kj->ijk", z, x, y)


def smooth(k: tuple[int, int, int], g: Rng) -> Array:
    """Cells of normal laws."""
    at = np.stack(np.meshgrid(*(np.linspace(-2.2, 2.2, m) for m in k[:2]), indexing="ij"), -1)
    z, rho, mean = g.dirichlet(np.full(k[2], 3.0)), g.uniform(-0.8, 0.8, k[2]), g.normal(size=2)
    cells = [stats.multivariate_normal(0.5 * mean, [[1.0, r], [r, 1.0]]).pdf(at) for r in rho]
    return np.stack([w * c / c.sum() for w, c in zip(z, cells, strict=True)], axis=-1)


def half(k: tuple[int, int, int], g: Rng) -> Array:
    """A smooth law and nothing."""
    return 0.5 * nothing(k, g) + 0.5 * smooth(k, g)


def jagged(k: tuple[int, int, int], g: Rng) -> Array:
    """Each x and z has a law of y of its own."""
    y = g.dirichlet(np.full(k[1], g.choice([0.3, 1.0, 3.0])), (k[2], k[0]))
    x = g.dirichlet(np.ones(k[0]), k[2])
    return np.einsum("k,ki,kij->ijk", g.dirichlet(np.full(k[2], 3.0)), x, y)


def decided(k: tuple[int, int, int], g: Rng) -> Array:
    """Y follows from x and z, but for some rows."""
    any_y = g.choice([0.05, 0.3])
    y = np.full((k[2], k[0], k[1]), any_y / k[1])
    follows = g.integers(0, k[1], (k[2], k[0]))
    np.put_along_axis(y, follows[..., None], 1.0 - any_y + any_y / k[1], axis=2)
    x = g.dirichlet(np.full(k[0], 2.0), k[2])
    return np.einsum("k,ki,kij->ijk", g.dirichlet(np.full(k[2], 3.0)), x, y)


LAWS = {"nothing": nothing, "half": half, "smooth": smooth, "jagged": jagged, "decided": decided}


def information(p: Array) -> float:
    """I(X; Y | Z), nats."""
    total = 0.0
    for sign, axes in ((1, 1), (1, 0), (-1, (0, 1)), (-1, ())):
        q = p.sum(axis=axes)
        total -= sign * float((q[q > 0.0] * np.log(q[q > 0.0])).sum())
    return max(0.0, total)


def one(p: Array, n: int, g: Rng) -> list[dict[str, float]]:
    """A table of so many rows, read before and now; none if its bias does not count."""
    codes = np.unravel_index(g.choice(p.size, n, p=p.ravel() / p.sum()), p.shape)
    x, y, z = (np.array([f"level {c}" for c in own]) for own in codes)
    truth, found = information(p), []
    for name, biased in (("before", math.inf), ("now", counting.BIASED)):
        try:
            with mock.patch.object(counting, "BIASED", biased):
                if p.shape[2] > 1:
                    e = minde.conditional_mutual_information(x, y, z)
                else:
                    e = minde.MINDE().fit(x, y).mutual_information()
        except InputError:
            return []
        low, high = e.interval
        held = low - 1e-9 <= truth <= high + 1e-9
        found.append({"what": name, "error": e.value - truth, "held": held, "width": high - low})
    return [] if found[0]["error"] == found[1]["error"] else found


def main() -> None:
    """Draw, read and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=500)
    parser.add_argument("--first", type=int, default=0)
    args = parser.parse_args()
    rows = []
    for seed in range(args.first, args.first + args.draws):
        g = np.random.default_rng(seed)
        law, n = str(g.choice(list(LAWS))), int(g.choice(ROWS))
        size = (int(g.choice(LEVELS)), int(g.choice(LEVELS)), int(g.choice(GIVEN)))
        for found in one(LAWS[law](size, g), n, g):
            rows.append({"law": law, "rows": n, **found})
    frame = pd.DataFrame(rows)
    for key in ("law", "rows", None):
        groups = ["what"] if key is None else [key, "what"]
        told = frame.groupby(groups, sort=key == "rows").agg(
            tables=("error", "size"), bias=("error", "mean"),
            rmse=("error", lambda e: math.sqrt(float((e**2).mean()))),
            held=("held", "mean"), width=("width", "mean"),
        )  # fmt: skip
        print(told.round(3).to_string(), end="\n\n")


if __name__ == "__main__":
    main()
