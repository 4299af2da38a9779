"""How often an interval holds what networks cannot see: laws in many small pieces, of any kind.

Usage: .venv/bin/python benchmarks/fine_pieces.py [--rows 500 1000 2000 5000] [--draws 12]

Of labels beside one column the whole estimate is made, which takes no network. Of the others it is
taken that networks see nothing, 0 [-0.005, 0.005]: what is counted is whether the second route
(``minde.estimators.second_route``) takes the interval up to the truth. ``independent`` lines count
intervals that were taken up though there is nothing.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from scipy.special import gammaln

import minde
from minde.estimators.estimating import nothing_read
from minde.estimators.quantity import MUTUAL
from minde.estimators.second_route import widened
from minde.estimators.sides import Sides
from minde.inputs import read_variables
from minde.readout.estimate import MIEstimate

NODES = np.linspace(-5.0, 5.0, 20_001)
SHARES = np.exp(-0.5 * NODES**2) / np.exp(-0.5 * NODES**2).sum()
Rng, Array = np.random.Generator, np.ndarray
Pair = tuple[Any, Any]


@dataclass(frozen=True)
class Law:
    """A law of X and Y.

    Attributes:
        draw: Rows of both from a generator.
        truth: Their information, nats.
        whole: Whether the whole estimate is made.
    """

    draw: Callable[[Rng, int], Pair]
    truth: float
    whole: bool = False


def of_labels(given: Array) -> float:
    """I(X; L) of a normal X and labels with chances (nodes, labels)."""
    whole = SHARES @ given
    ratio = np.log(np.maximum(given, 1e-300) / np.maximum(whole, 1e-300))
    return float(SHARES @ (given * ratio).sum(1))


def of_wave(times: float, noise: float) -> float:
    """I(X; sin(k X) + noise N)."""
    y = np.linspace(-4.0, 4.0, 1601)
    density = np.zeros_like(y)
    for part in np.array_split(np.arange(len(NODES)), 50):
        far = (y - np.sin(times * NODES[part, None])) / noise
        density += (SHARES[part, None] * np.exp(-0.5 * far**2)).sum(0)
    density /= noise * np.sqrt(2.0 * np.pi)
    entropy = -(density * np.log(np.maximum(density, 1e-300))).sum() * (y[1] - y[0])
    return float(entropy - 0.5 * np.log(2.0 * np.pi * np.e * noise**2))


def chance(x: Array) -> Array:
    """Of a label, along a wave."""
    return 1.0 / (1.0 + np.exp(-4.0 * np.sin(10.0 * x)))


def rate(x: Array) -> Array:
    """Of counts, along a wave."""
    return np.exp(1.2 * np.sin(8.0 * x) + 0.7)


def waves(r: Rng, n: int) -> Pair:
    """A fast wave with noise."""
    x = r.normal(size=n)
    return x, np.sin(8.0 * x) + 0.5 * r.normal(size=n)


def rounded(r: Rng, n: int) -> Pair:
    """The same in steps of 0.05."""
    x, y = waves(r, n)
    return np.round(x / 0.05) * 0.05, np.round(y / 0.05) * 0.05


def beside(r: Rng, n: int) -> Pair:
    """The same with two columns of noise beside X."""
    x, y = waves(r, n)
    return np.c_[r.normal(size=(n, 2)), x], y


def among(r: Rng, n: int) -> Pair:
    """The same with two columns of noise beside each."""
    x, y = beside(r, n)
    return x, np.c_[y, r.normal(size=(n, 2))]


def board(r: Rng, n: int) -> Pair:
    """Whether a field of a chessboard is white."""
    x = r.normal(size=(n, 2))
    return x, np.sign(np.sin(6.0 * x).prod(1))


def label(r: Rng, n: int) -> Pair:
    """Whether a fast wave is above zero."""
    x = r.normal(size=n)
    return x, (np.sin(10.0 * x) > 0.0).astype(int)


def noisy(r: Rng, n: int) -> Pair:
    """The same with noise."""
    x = r.normal(size=n)
    return x, (r.random(n) < chance(x)).astype(int)


def counts(r: Rng, n: int) -> Pair:
    """Counts along a wave."""
    x = r.normal(size=n)
    return x, r.poisson(rate(x))


def comb(r: Rng, n: int) -> Pair:
    """A bit that says which teeth of a comb Y lies on."""
    bit = r.integers(0, 2, n)
    return bit, r.integers(0, 12, n) + 0.5 * bit + 0.45 * r.random(n)


def apart(r: Rng, n: int) -> Pair:
    """Two columns that have nothing to do with one another."""
    return r.normal(size=n), r.normal(size=n)


def apart_many(r: Rng, n: int) -> Pair:
    """Three and three."""
    return r.standard_cauchy((n, 3)), r.normal(size=(n, 3))


def apart_label(r: Rng, n: int) -> Pair:
    """A column and a label."""
    return r.normal(size=n), r.integers(0, 2, n)


def apart_mixed(r: Rng, n: int) -> Pair:
    """A column and a label, and a column with an atom."""
    names = np.array(["a", "b"])[r.integers(0, 2, n)]
    return pd.DataFrame({"v": r.normal(size=n), "l": names}), np.maximum(r.normal(size=n), 0.0)


def laws() -> dict[str, Law]:
    """By name."""
    wave, bit, on = of_wave(8.0, 0.5), float(np.log(2.0)), chance(NODES)
    k, of_rate = np.arange(60.0), rate(NODES)[:, None]
    poisson = np.exp(k * np.log(of_rate) - of_rate - gammaln(k + 1.0))
    return {
        "label of a fast wave": Law(label, bit, True),
        "the same with noise": Law(noisy, of_labels(np.c_[on, 1.0 - on]), True),
        "counts along a wave": Law(counts, of_labels(poisson), True),
        "a bit in a comb": Law(comb, bit, True),
        "wave, rounded to 0.05": Law(rounded, wave),
        "wave beside two columns": Law(beside, wave),
        "wave among two and two": Law(among, wave),
        "label of a chessboard": Law(board, bit),
        "independent, 1 and 1": Law(apart, 0.0),
        "independent, 3 and 3": Law(apart_many, 0.0),
        "independent label": Law(apart_label, 0.0),
        "independent, mixed": Law(apart_mixed, 0.0),
    }


def estimates(law: Law, n: int, draws: int) -> Iterator[MIEstimate]:
    """Of every draw."""
    nothing = replace(
        nothing_read(n, ()), interval=(-0.005, 0.005), diagnostics={"std_rows": 0.002}
    )
    for seed in range(draws):
        x, y = law.draw(np.random.default_rng(seed), n)
        if law.whole:
            yield minde.MINDE().fit(x, y).mutual_information()
            continue
        read, _ = read_variables({"x": x, "y": y}, option="", keep_constants=True)
        yield widened(nothing, Sides.fit([*read.values()], {}, 0, MUTUAL))


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", nargs="+", type=int, default=[500, 1000, 2000, 5000])
    parser.add_argument("--draws", type=int, default=12)
    parser.add_argument("--laws", nargs="+", default=[*laws()], choices=[*laws()])
    args = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{'law':<26}{'rows':>6}{'truth':>8}{'value':>8}{'top':>8}{'held':>10}{'told':>6}")
    for name in args.laws:
        law = laws()[name]
        for n in args.rows:
            found = [*estimates(law, n, args.draws)]
            held = sum(e.interval[0] <= law.truth <= e.interval[1] for e in found)
            told = sum(any("nearest" in line for line in e.warnings) for e in found)
            value, top = np.mean([(e.value, e.interval[1]) for e in found], axis=0)
            shown = f"{held} of {len(found)}"
            print(f"{name:<26}{n:>6}{law.truth:>8.3f}{value:>8.3f}{top:>8.3f}{shown:>10}{told:>6}")


if __name__ == "__main__":
    main()
