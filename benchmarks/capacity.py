"""How often intervals of channel capacities hold the truth: python benchmarks/capacity.py NAME.

Names are those of CHANNELS; options: draws (100), rows (2000), first seed (0).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

import minde
from minde.types import Array

Draw = Callable[[np.random.Generator, int], tuple[Any, Any]]
LEVELS, DEVIATIONS = np.array([-3.0, -1.0, 1.0, 3.0]), np.array([0.3, 0.6, 1.0, 1.5])
MEANS = np.array([1.0, 3.0, 9.0])


def exact(channel: Array) -> float:
    """Capacity of a table of masses (inputs, outputs), by Blahut and Arimoto, nats."""
    channel = channel / channel.sum(axis=1, keepdims=True)
    shares = np.full(len(channel), 1.0 / len(channel))
    for _ in range(20_000):
        logs = np.log(np.where(channel > 0.0, channel, 1.0)) - np.log(shares @ channel + 1e-300)
        told = (channel * logs).sum(axis=1)
        if told.max() - shares @ told < 1e-9:
            break
        shares = shares * np.exp(told)
        shares /= shares.sum()
    return float(shares @ told)


def flipped(rng: np.random.Generator, n: int) -> tuple[Any, Any]:
    """Binary symmetric, one in ten."""
    x = rng.integers(0, 2, n)
    return x, np.where(rng.random(n) < 0.1, 1 - x, x)


def one_way(rng: np.random.Generator, n: int) -> tuple[Any, Any]:
    """A Z-channel, one in two."""
    x = (rng.random(n) < 0.7).astype(int)
    return x, np.where((x == 1) & (rng.random(n) < 0.5), 0, x)


def antipodal(rng: np.random.Generator, n: int) -> tuple[Any, Any]:
    """Two signs with Gaussian noise."""
    x = rng.integers(0, 2, n)
    return x, 2 * x - 1 + rng.normal(size=n)


def amplitudes(rng: np.random.Generator, n: int) -> tuple[Any, Any]:
    """Four amplitudes, each with noise of its own, in uneven shares."""
    x = rng.choice(4, n, p=[0.4, 0.3, 0.2, 0.1])
    return x, LEVELS[x] + DEVIATIONS[x] * rng.normal(size=n)


def cauchy(rng: np.random.Generator, n: int) -> tuple[Any, Any]:
    """Two signs with Cauchy noise."""
    x = rng.integers(0, 2, n)
    return x, 4 * x - 2 + rng.standard_cauchy(n)


def exponential(rng: np.random.Generator, n: int) -> tuple[Any, Any]:
    """Three means of exponential laws."""
    x = rng.integers(0, 3, n)
    return x, rng.exponential(size=n) * MEANS[x]


NEAR, FAR = np.linspace(-30.0, 30.0, 60_001), np.linspace(-3000.0, 3000.0, 600_001)
ABOVE = np.linspace(0.0, 200.0, 400_001)
CHANNELS: dict[str, tuple[Draw, Callable[[], float]]] = {
    "flipped": (flipped, lambda: exact(np.array([[0.9, 0.1], [0.1, 0.9]]))),
    "one_way": (one_way, lambda: float(np.log(1.25))),
    "antipodal": (
        antipodal,
        lambda: exact(np.exp(-0.5 * (NEAR - np.array([[-1], [1]])) ** 2)),
    ),
    "amplitudes": (
        amplitudes,
        lambda: exact(np.exp(-0.5 * ((NEAR - LEVELS[:, None]) / DEVIATIONS[:, None]) ** 2)),
    ),
    "cauchy": (cauchy, lambda: exact(1.0 / (1.0 + (FAR - np.array([[-2], [2]])) ** 2))),
    "exponential": (exponential, lambda: exact(np.exp(-ABOVE / MEANS[:, None]))),
}


def main(name: str, draws: int = 100, rows: int = 2000, first: int = 0) -> None:
    """Print mean error, its deviation, mean standard error, and how many intervals hold."""
    torch.set_num_threads(1)
    draw, truth = CHANNELS[name][0], CHANNELS[name][1]()
    errors, said, held = [], [], 0
    for seed in range(first, first + draws):
        found = minde.channel_capacity(*draw(np.random.default_rng(seed), rows))
        errors.append(found.value - truth)
        said.append(found.std_error)
        held += found.interval[0] <= truth <= found.interval[1]
    print(
        f"{name}: truth {truth:.4f}, error {np.mean(errors):+.4f}, deviation {np.std(errors):.4f}, "
        f"standard error {np.mean(said):.4f}, {held} of {draws} intervals hold"
    )


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
