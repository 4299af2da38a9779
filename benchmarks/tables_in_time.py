"""Intervals of discrete rows that depend on one another: how many hold, and how wide they are.

Usage: .venv/bin/python benchmarks/tables_in_time.py [--draws 100] [--rows 400 1500] [--first 0]

Chains that stay where they are or draw anew, counts along an autoregression, and groups of rows in
which columns are alike. Of most laws X and Y share nothing; of the others the truth is known. Draws
whose rows are too few for how long they depend are refused, and are not counted.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

import minde
from minde.errors import InputError
from minde.readout.estimate import MIEstimate
from minde.types import Array

Rng = np.random.Generator
Drawn = tuple[Array, Array]


def chain(levels: int, stay: float) -> Callable[[Rng, int], Array]:
    """A value that stays with a probability, else is drawn anew."""

    def draw(g: Rng, n: int) -> Array:
        anew = np.flatnonzero(g.random(n) > stay)
        last = np.searchsorted(anew, np.arange(n), side="right")
        return g.integers(levels, size=len(anew) + 1)[last]

    return draw


def counts(g: Rng, n: int) -> Array:
    """Poisson counts whose log rate is an autoregression of slope 0.9."""
    log_rate = np.zeros(n)
    for t in range(1, n):
        log_rate[t] = 0.9 * log_rate[t - 1] + 0.3 * g.normal()
    return g.poisson(np.exp(1.0 + 0.5 * log_rate))


def alike(levels: int, agree: float) -> float:
    """Information of two uniform values that agree with a probability, else differ evenly, nats."""
    other = (1.0 - agree) / (levels - 1)
    apart = (levels - 1) * other * math.log(other) if other > 0.0 else 0.0
    return max(0.0, math.log(levels) + agree * math.log(agree) + apart)


def twice(draw: Callable[[Rng, int], Array]) -> Callable[[Rng, int], Drawn]:
    """Two that share nothing."""
    return lambda g, n: (draw(g, n), draw(g, n))


def halves(levels: int, stay: float, share: float) -> Callable[[Rng, int], Drawn]:
    """Y is X with a probability, else another chain."""

    def draw(g: Rng, n: int) -> Drawn:
        x, other = chain(levels, stay)(g, n), chain(levels, stay)(g, n)
        return x, np.where(g.random(n) < share, x, other)

    return draw


def driven(g: Rng, n: int) -> Drawn:
    """Two values; Y is the X before it but for one in five."""
    x = chain(2, 0.4)(g, n)
    y = np.roll(x, 1) ^ (g.random(n) < 0.2)
    return x, y.astype(int)


def groups_of(sizes: tuple[int, ...], n: int) -> Array:
    """The number of each row's group, of sizes in turn."""
    return np.repeat(np.arange(n), np.resize(sizes, n))[:n]


def in_groups(sizes: tuple[int, ...], share: float = 0.0, noise: float = 0.0) -> Law:
    """Groups of sizes in turn, each with one X and one Y, which are equal with a probability.

    Another share of the rows has a Y of its own.
    """

    def draw(g: Rng, n: int) -> Drawn:
        of = groups_of(sizes, n)
        u, v = g.integers(6, size=n), g.integers(6, size=n)
        v = np.where(g.random(n) < share, u, v)
        return u[of], np.where(g.random(n) < noise, g.integers(6, size=n), v[of])

    agree = (1.0 - noise) * (share + (1.0 - share) / 6) + noise / 6
    return Law(draw, alike(6, agree), sizes=sizes)


@dataclass(frozen=True)
class Law:
    """What is drawn, the truth, and which question is asked; sizes of groups in turn, if any."""

    draw: Callable[[Rng, int], Drawn]
    truth: float = 0.0
    transfer: bool = False
    sizes: tuple[int, ...] = ()

    def read(self, g: Rng, n: int) -> MIEstimate:
        """The estimate of one draw."""
        x, y = self.draw(g, n)
        if self.transfer:
            return minde.transfer_entropy(x, y)
        if self.sizes:
            groups = groups_of(self.sizes, n)
            return minde.MINDE().fit(x, y, groups=groups).mutual_information()
        return minde.MINDE(order="time").fit(x, y).mutual_information()


def entropy(p: float) -> float:
    """Of a bit, nats."""
    return -p * math.log(p) - (1.0 - p) * math.log(1.0 - p)


# The X before Y's is Y's with 0.8, and stays with 0.7: y before tells y as 0.62 * 0.8 + 0.38 * 0.2.
DRIVEN = entropy(0.572) - entropy(0.2)
EVEN, UNEVEN = (5,), (1, 2, 3, 9)
LAWS = {
    "chains of 4, stay 0.8": Law(twice(chain(4, 0.8))),
    "chains of 10, stay 0.9": Law(twice(chain(10, 0.9))),
    "chains of 2, stay 0.95": Law(twice(chain(2, 0.95))),
    "counts": Law(twice(counts)),
    "chains of 4, 0.6 shared": Law(halves(4, 0.8, 0.6), alike(4, 0.7)),
    "chains of 10, 0.5 shared": Law(halves(10, 0.9, 0.5), alike(10, 0.55)),
    "transfer, chains of 4": Law(twice(chain(4, 0.8)), transfer=True),
    "transfer, chains of 2": Law(twice(chain(2, 0.9)), transfer=True),
    "transfer, counts": Law(twice(counts), transfer=True),
    "transfer, driven": Law(driven, DRIVEN, transfer=True),
    "groups of 5": in_groups(EVEN),
    "groups of 5, y alone": in_groups(EVEN, noise=1.0),
    "groups of 5, half shared": in_groups(EVEN, 0.5, 0.2),
    "groups of 1 to 9": in_groups(UNEVEN),
    "groups of 1 to 9, half shared": in_groups(UNEVEN, 0.5, 0.2),
}


def main() -> None:
    """A line per law and number of rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--rows", type=int, nargs="+", default=[400, 1500])
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--laws", nargs="+", default=[*LAWS], choices=[*LAWS])
    args = parser.parse_args()
    heads = ("law", "rows", "truth", "draws", "mean value", "mean interval", "held")
    print(f"| {' | '.join(heads)} |\n{'|---' * len(heads)}|")
    for name in args.laws:
        law = LAWS[name]
        for n in args.rows:
            found = []
            for seed in range(args.first, args.first + args.draws):
                try:
                    found.append(law.read(np.random.default_rng((seed, n)), n))
                except InputError:
                    continue
            if not found:
                print(f"| {name} | {n} | {law.truth:.3f} | 0 | | | |", flush=True)
                continue
            low, high = np.mean([f.interval for f in found], axis=0)
            held = sum(f.interval[0] - 1e-9 <= law.truth <= f.interval[1] for f in found)
            print(
                f"| {name} | {n} | {law.truth:.3f} | {len(found)} | "
                f"{np.mean([f.value for f in found]):.3f} | [{low:.3f}, {high:.3f}] | {held} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
