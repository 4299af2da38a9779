"""Seconds of training until the error is small, for three ways to train.

They are recipe `paper` one network at a time, the same together, and recipe `fast` together.

Usage: .venv/bin/python benchmarks/time_to_error.py [--tasks ID ...] [--seeds 4] [--error 0.05]
           [--limit 300] [--json PATH]

Each recipe is trained anew for n steps, n doubling, until the mean over seeds of |estimate - truth|
is at most --error; the time is that of this training alone, for one network, without read-outs. A
recipe stops without reaching it when one more doubling would take a network longer than --limit;
its time is then a lower bound. "One at a time" is the packed paper's number of steps (a pack's
copies equal networks trained alone, which the tests hold) at the time of a step of one network,
measured in the same process on the same rows.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from bmi.benchmark import BENCHMARK_TASKS

from minde.diffusion.roles import conditional
from minde.ensemble import train as door
from minde.ensemble.ensemble import Ensemble
from minde.readout.measures import MEASURES
from minde.recipe import make_recipe
from minde.training.job import Job
from minde.types import Array

#: Fixed before any was run: a Gaussian, a sparse and a heavy-tailed one, a curve, a sharp and a
#: wide task.
TASKS = (
    "1v1-normal-0.75",
    "multinormal-sparse-3-3-2-2.0",
    "student-identity-2-2-1",
    "swissroll_x-normal_cdf-1v1-normal-0.75",
    "1v1-additive-0.1",
    "multinormal-sparse-25-25-2-2.0",
)
FIRST = {"paper": 1000, "fast": 125}
N_TRAIN, N_TEST = 100_000, 10_000


def train(
    rows: Sequence[Array], dims: tuple[int, int], name: str, n_steps: int
) -> tuple[Ensemble, float]:
    """An ensemble of one member per set of rows, and the seconds per network of its training."""
    recipe = make_recipe(name, "c", sum(dims), n_steps=n_steps)
    samples = [x[:N_TRAIN] for x in rows]
    job = Job(samples, conditional(*dims), recipe, range(len(rows)))
    ensemble = door.train([job])[0]
    return ensemble, ensemble.seconds / len(rows)


def until(
    rows: Sequence[Array],
    dims: tuple[int, int],
    name: str,
    truth: float,
    error: float,
    limit: float,
) -> dict[str, Any]:
    """Train for ever more steps until the mean error is small or the next would be too long."""
    n_steps = FIRST[name]
    while True:
        ensemble, seconds = train(rows, dims, name, n_steps)
        tests, trains = [x[N_TRAIN:] for x in rows], [x[:N_TRAIN] for x in rows]
        out = ensemble.read(tests, MEASURES["c"], trains).final
        value = out[ensemble.recipe.readout.reported].value
        mean_error = float((value - truth).abs().mean())
        print(
            f"  {name:<6}{n_steps:>8} steps{seconds:>8.1f} s  |error| {mean_error:.3f}", flush=True
        )
        reached = mean_error <= error
        if reached or 2.0 * seconds > limit:
            return {
                "n_steps": n_steps,
                "seconds": seconds,
                "reached": reached,
                "mi_estimate": float(value.mean()),
                "mean_error": mean_error,
            }
        n_steps *= 2


def compare(task_id: str, seeds: int, error: float, limit: float) -> dict[str, Any]:
    """The three ways on one task."""
    task = BENCHMARK_TASKS[task_id]
    truth, dims = float(task.mutual_information), (int(task.dim_x), int(task.dim_y))
    print(f"\n{task_id}, truth {truth:.3f}", flush=True)
    rows = [
        np.concatenate(
            [np.array(part, dtype=np.float64) for part in task.sample(N_TRAIN + N_TEST, seed)], 1
        )
        for seed in range(seeds)
    ]
    row: dict[str, Any] = {"task": task_id, "mi_true": truth}
    row["packed"] = until(rows, dims, "paper", truth, error, limit)
    _, alone = train(rows[:1], dims, "paper", 500)
    row["one at a time"] = {**row["packed"], "seconds": alone / 500 * row["packed"]["n_steps"]}
    row["fast"] = until(rows, dims, "fast", truth, error, limit)
    return row


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Seconds a network and the ratios, with their geometric mean."""
    ways = ("one at a time", "packed", "fast")
    lines = [f"{'task':<42}" + "".join(f"{w:>15}" for w in ways) + f"{'gain':>9}"]
    gains = []
    for row in rows:
        seconds = [row[w]["seconds"] for w in ways]
        marks = ["" if row[w]["reached"] else ">" for w in ways]
        gains.append(seconds[0] / seconds[2])
        cells = "".join(f"{m + f'{s:.1f} s':>15}" for m, s in zip(marks, seconds, strict=True))
        bound = ("" if row["fast"]["reached"] else "?") + marks[0]
        lines.append(f"{row['task']:<42}{cells}{bound + f'{gains[-1]:.0f}x':>9}")
    mean = math.exp(sum(map(math.log, gains)) / len(gains))
    return "\n".join([*lines, f"geometric mean of the gains: {mean:.1f}x"])


def main() -> None:
    """Compare on each task; print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", nargs="+", default=list(TASKS))
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--error", type=float, default=0.05)
    parser.add_argument("--limit", type=float, default=300.0, help="most seconds a network")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    rows = [compare(task, args.seeds, args.error, args.limit) for task in args.tasks]
    print(f"\n{table(rows)}")
    if args.json:
        settings = {k: v for k, v in vars(args).items() if k != "json"}
        args.json.write_text(json.dumps({"arguments": settings, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
