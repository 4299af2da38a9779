"""Peak memory and seconds of large tables, each estimated in a process of its own.

Usage: .venv/bin/python benchmarks/scale.py [CASE ...] [--steps 256] [--limit 600] [--compress cca]

Steps are few, so that what is seen is all but the training: kinds, checks, maps, moments, blend and
read-out. Seconds are the processor's; `first` is when the first progress was reported, by the
clock. With --compress the columns are compressed first, where there are many. Peaks and seconds of
cases that are stopped by --limit are those of all cases so far.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import subprocess
import sys
import time
from typing import Any

import numpy as np

from minde.types import Array

#: Rows, columns of x and of y (0 for a label), correlation of each of so many pairs of sources.
CASES: dict[str, tuple[int, int, int]] = {
    "million": (1_000_000, 1, 1),
    "channels": (10_000, 1000, 1000),
    "pixels": (10_000, 784, 0),
}
LABELS, SIDE, SOURCES = 10, 28, 4


def sample(case: str) -> tuple[Array, Any, float]:
    """x, y and their mutual information in nats, or a bound of it."""
    rows, dim_x, dim_y = CASES[case]
    rng = np.random.default_rng(0)
    if case == "million":
        x, noise = rng.normal(size=(2, rows, 1))
        return x, 0.8 * x + 0.6 * noise, -0.5 * math.log(0.36)
    if case == "channels":
        return channels(rows, (dim_x, dim_y))
    labels = rng.integers(0, LABELS, rows)
    grid = np.indices((SIDE, SIDE)).reshape(2, -1)
    centres = rng.uniform(4, SIDE - 4, (LABELS, 3, 2))
    far = ((grid.T[None, None] - centres[:, :, None]) ** 2).sum(-1)
    shapes = np.exp(-far / 18.0).sum(axis=1)
    bright = 255.0 * shapes[labels] * rng.uniform(0.5, 1.0, (rows, 1))
    pixels = np.clip(np.round(bright + 20.0 * rng.normal(size=(rows, dim_x)) - 20.0), 0, 255)
    shares = np.bincount(labels) / rows
    return pixels, labels.astype(str), float(-(shares * np.log(shares)).sum())


def channels(
    rows: int, dims: tuple[int, int], noise: float = 1.0, seed: int = 0
) -> tuple[Array, Array, float]:
    r"""Channels that see pairs of sources of 1 bit each through noise.

    Of channels :math:`Az + e` the estimate of the sources :math:`z` by least squares says all, and
    its error has the covariance :math:`\sigma^2 (A^\top A)^{-1}`, so the truth is a Gaussian's.

    Arguments:
        rows: How many.
        dims: Channels of x and of y.
        noise: Standard deviation of the noise, beside loadings of deviation 1.
        seed: Of everything.

    Returns:
        x, y and their mutual information in nats.
    """
    rng = np.random.default_rng(seed)
    sources = rng.normal(size=(rows, SOURCES))
    others = math.sqrt(0.75) * sources + 0.5 * rng.normal(size=(rows, SOURCES))
    sides, errors = [], []
    for latent, dim in ((sources, dims[0]), (others, dims[1])):
        loadings = rng.normal(size=(SOURCES, dim))
        sides.append(latent @ loadings + noise * rng.normal(size=(rows, dim)))
        errors.append(np.eye(SOURCES) + noise**2 * np.linalg.inv(loadings @ loadings.T))
    cross = math.sqrt(0.75) * np.eye(SOURCES)
    told = np.linalg.solve(errors[0], cross) @ np.linalg.solve(errors[1], cross)
    truth = -0.5 * np.linalg.slogdet(np.eye(SOURCES) - told)[1]
    return sides[0], sides[1], float(truth)


def measure(case: str, steps: int, compress: str | None) -> None:
    """Estimate one case and print what it took as JSON."""
    from minde import MINDE

    x, y, truth = sample(case)
    held = resource.getrusage(resource.RUSAGE_SELF)
    started, first = time.perf_counter(), []

    def progress(done: int, total: int, loss: float) -> None:
        first.append(time.perf_counter() - started)

    options: dict[str, Any] = {"n_steps": steps} if steps else {}
    extra: dict[str, Any] = {"compress": compress} if compress else {}
    found = MINDE(options=options, progress=progress, **extra).fit(x, y).mutual_information()
    spent = resource.getrusage(resource.RUSAGE_SELF)
    seconds = spent.ru_utime + spent.ru_stime - held.ru_utime - held.ru_stime
    told = {
        "value": found.value,
        "interval": found.interval,
        "truth": truth,
        "first": first[0] if first else math.nan,
        "seconds": seconds,
        "clock": time.perf_counter() - started,
        "peak": spent.ru_maxrss / 1e6,
        "data": held.ru_maxrss / 1e6,
    }
    print(json.dumps(told))


def main() -> None:
    """Print a row of Markdown per case."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("cases", nargs="*", choices=[*CASES, []], metavar="CASE")
    parser.add_argument("--steps", type=int, default=256, help="0: as many as by default")
    parser.add_argument("--limit", type=int, default=600, help="seconds to a case")
    parser.add_argument("--compress", help="kind of compression")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        measure(given.inside, given.steps, given.compress)
        return
    print("| case | peak GB | before it | s | first s | value | interval | truth |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    for case in given.cases or CASES:
        words = [sys.executable, __file__, "--inside", case, "--steps", str(given.steps)]
        words += ["--compress", given.compress] if given.compress else []
        try:
            done = subprocess.run(words, capture_output=True, text=True, timeout=given.limit)
        except subprocess.TimeoutExpired:
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            peak, seconds = used.ru_maxrss / 1e6, used.ru_utime + used.ru_stime
            why = f"stopped after {given.limit} s"
            print(f"| {case} | {peak:.2f} | | {seconds:.0f} | | {why} | | |", flush=True)
            continue
        if done.returncode:
            print(f"| {case} | {(done.stderr.splitlines() or ['killed'])[-1]} |" + " |" * 6)
            continue
        t = json.loads(done.stdout.splitlines()[-1])
        low, high = t["interval"]
        print(
            f"| {case} | {t['peak']:.2f} | {t['data']:.2f} | {t['seconds']:.0f} | "
            f"{t['first']:.1f} | {t['value']:.3f} | {low:.3f}, {high:.3f} | {t['truth']:.3f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
