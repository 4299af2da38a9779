"""How often intervals of entropies and divergences hold laws with edges, groups and curves.

Usage: .venv/bin/python benchmarks/edges.py [--rows 1000] [--draws 10] [--laws ball-2 kl-ball-4]

A line a law, nats: the truth, the mean error of the value, the mean reach of the interval to either
side, how often it holds the truth, how often that of the networks alone does (as far to either side
as the nearer end), and how often it was told.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from math import lgamma

import numpy as np
from scipy.stats import multivariate_t

import minde

Rng, Array = np.random.Generator, np.ndarray
Draw = Callable[[Rng, int], Array]
#: Rows from a generator, and their entropy, nats.
Law = tuple[Draw, float]
NORMAL = 0.5 * np.log(2.0 * np.pi * np.e)


def radial(dim: int, least: float) -> Law:
    """Uniform between two spheres, or in a ball."""

    def draw(rng: Rng, n: int) -> Array:
        z = rng.normal(size=(n, dim))
        radius = (least**dim + rng.random((n, 1)) * (1.0 - least**dim)) ** (1.0 / dim)
        return z / np.linalg.norm(z, axis=1, keepdims=True) * radius

    volume = 0.5 * dim * np.log(np.pi) - lgamma(0.5 * dim + 1.0)
    return draw, float(volume + np.log1p(-(least**dim)))


def waves(dim: int) -> Law:
    """A uniform column and waves of it, with noise of 0.1."""

    def draw(rng: Rng, n: int) -> Array:
        x = 6.0 * rng.random((n, 1))
        return np.hstack(
            [x, np.sin(x * np.arange(2, dim + 1)) + 0.1 * rng.normal(size=(n, dim - 1))]
        )

    return draw, float(np.log(6.0) + (dim - 1) * (NORMAL + np.log(0.1)))


def groups(dim: int) -> Law:
    """Two normal groups far apart."""
    return (
        lambda rng, n: rng.normal(size=(n, dim)) + 20.0 * rng.integers(0, 2, (n, 1)),
        float(dim * NORMAL + np.log(2.0)),
    )


def equal(dim: int) -> Law:
    """Normal columns of correlation 0.9."""
    covariance = 0.9 * np.ones((dim, dim)) + 0.1 * np.eye(dim)
    root = np.linalg.cholesky(covariance)
    return (
        lambda rng, n: rng.normal(size=(n, dim)) @ root.T,
        float(dim * NORMAL + np.log(root.diagonal()).sum()),
    )


LAWS: dict[str, Law] = {
    "ball-2": radial(2, 0.0),
    "ball-4": radial(4, 0.0),
    "shell-2": radial(2, 0.8),
    "shell-3": radial(3, 0.8),
    "sums-2": (lambda rng, n: rng.exponential(size=(n, 2)).cumsum(1), 2.0),
    "sums-5": (lambda rng, n: rng.exponential(size=(n, 5)).cumsum(1), 5.0),
    "triangle": (lambda rng, n: np.sort(rng.random((n, 2)), axis=1), -np.log(2.0)),
    "groups-3": groups(3),
    "waves-3": waves(3),
    "normal-4": equal(4),
    "student-3": (
        lambda rng, n: rng.normal(size=(n, 3)) / np.sqrt(rng.chisquare(3, (n, 1)) / 3.0),
        float(multivariate_t(np.zeros(3), np.eye(3), df=3).entropy()),
    ),
}


def cube(dim: int) -> Draw:
    """Uniform between -1 and 1."""
    return lambda rng, n: rng.uniform(-1.0, 1.0, (n, dim))


def normal(dim: int, mean: float = 0.0, scale: float = 1.0) -> Draw:
    """Independent columns."""
    return lambda rng, n: mean + scale * rng.normal(size=(n, dim))


#: Rows of p and of q, and the divergence, nats.
PAIRS: dict[str, tuple[Draw, Draw, float]] = {
    **{
        f"kl-ball-{d}": (radial(d, 0.0)[0], cube(d), d * np.log(2.0) - radial(d, 0.0)[1])
        for d in (2, 3, 4, 5)
    },
    "kl-corner-3": (lambda rng, n: rng.uniform(-1.0, 0.6, (n, 3)), cube(3), -3.0 * np.log(0.8)),
    "kl-sorted-4": (lambda rng, n: np.sort(cube(4)(rng, n), axis=1), cube(4), lgamma(5.0)),
    "kl-narrow-4": (normal(4, 0.0, 0.7), normal(4), 4.0 * (0.245 - 0.5 - np.log(0.7))),
    "kl-shift-5": (normal(5, 0.5), normal(5), 0.625),
    "kl-same-4": (normal(4), normal(4), 0.0),
}


def main() -> None:
    """Print a line a law."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1000])
    parser.add_argument("--draws", type=int, default=10)
    names = [*LAWS, *PAIRS]
    parser.add_argument("--laws", nargs="+", default=names, choices=names)
    asked = parser.parse_args()
    print(
        f"{'law':12} {'rows':>5} {'truth':>7} {'error':>7} {'down':>6} {'up':>6}  held", flush=True
    )
    for name in asked.laws:
        *draws, truth = LAWS.get(name) or PAIRS[name]
        call = minde.entropy if name in LAWS else minde.kl_divergence
        for n in asked.rows:
            found = []
            for k in range(asked.draws):
                rng = np.random.default_rng((7, k))
                found.append(call(*(draw(rng, n) for draw in draws)))
            value = np.array([f.value for f in found])
            low, high = np.array([f.interval for f in found]).T
            nearer = np.minimum(value - low, high - value)
            held = ((low <= truth) & (truth <= high)).sum()
            alone = (abs(value - truth) <= nearer).sum()
            told = sum(any("nearest" in line for line in f.warnings) for f in found)
            print(
                f"{name:12} {n:5} {truth:7.3f} {(value - truth).mean():+7.3f} "
                f"{(value - low).mean():6.3f} {(high - value).mean():6.3f}  "
                f"{held} of {asked.draws}, networks alone {alone}, told {told}",
                flush=True,
            )


if __name__ == "__main__":
    main()
