"""Every pair of a table's columns beside as many of its pairs read one by one.

Usage: .venv/bin/python benchmarks/pairs.py [--columns 30] [--rows 1000] [--alone 4]

Columns are a chain of normal variables under monotone maps, so that each truth is known. Pairs read
one by one take the same networks; all would take as long as the --alone first of them, scaled up.
"""

from __future__ import annotations

import argparse
import itertools
import math
import resource
import time

import numpy as np

import minde
from minde.estimators.many import LIGHT
from minde.types import Array

SLOPE = 0.7


def chain(rows: int, columns: int, seed: int = 0) -> dict[str, Array]:
    """Columns by name; neighbours have correlation SLOPE."""
    z = np.random.default_rng(seed).normal(size=(rows, columns))
    for k in range(1, columns):
        z[:, k] = SLOPE * z[:, k - 1] + math.sqrt(1.0 - SLOPE**2) * z[:, k]
    maps = (np.exp, lambda v: v**3, lambda v: v)
    return {f"c{k:03d}": maps[k % 3](z[:, k]) for k in range(columns)}


def main() -> None:
    """Print seconds, their ratio, memory, errors, and how often intervals hold."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--columns", type=int, default=30)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--alone", type=int, default=4)
    given = parser.parse_args()
    columns = chain(given.rows, given.columns)
    started = time.perf_counter()
    found = minde.pairwise_mutual_information(columns)
    together = time.perf_counter() - started
    some = list(itertools.combinations(columns, 2))[: given.alone]
    started = time.perf_counter()
    for a, b in some:
        pair = {a: columns[a], b: columns[b]}
        minde.pairwise_mutual_information(pair, settings=LIGHT)
    alone = (time.perf_counter() - started) / len(some) * len(found.estimates)
    errors, held = [], 0
    for (a, b), estimate in found.estimates.items():
        rho = SLOPE ** abs(int(a[1:]) - int(b[1:]))
        truth = -0.5 * math.log(1.0 - rho**2)
        errors.append(abs(estimate.value - truth))
        held += estimate.interval[0] <= truth <= estimate.interval[1]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{len(errors)} pairs of {given.rows} rows, nats")
    print(f"one by one {alone:.0f} s, together {together:.0f} s: {alone / together:.1f} times")
    print(f"peak memory {peak:.2f} GB")
    print(f"mean error {np.mean(errors):.4f}, intervals that hold {held} of {len(errors)}")


if __name__ == "__main__":
    main()
