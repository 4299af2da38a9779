"""Trainings of several tasks in one loop against one task after another: seconds, and estimates.

Usage: .venv/bin/python benchmarks/packs.py [--tasks 12] [--seeds 10] [--rows 10000]
           [--n-steps 0] [--device auto] [--alone 3] [--json PATH]

Tasks are normal laws of one and two columns a side, bent column by column, whose information is
known. All are trained by recipe `fast` (--n-steps 0: its own number) in one call, and --alone of
them one after another, in the same process; the ratio is of the seconds per network. Estimates are
those of fresh rows; those of the two ways differ by rounding, which a training makes larger: the
last line says by how much.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from minde.device import pick_device
from minde.diffusion.roles import conditional
from minde.ensemble.ensemble import Ensemble
from minde.ensemble.train import train
from minde.readout.measures import measure_of
from minde.recipe import make_recipe
from minde.training.job import Job
from minde.types import Array


@dataclass(frozen=True)
class Task:
    """Normal X and Y of ``dim`` columns each, pair by pair of correlation ``rho``."""

    dim: int
    rho: float

    @property
    def truth(self) -> float:
        """Mutual information, nats."""
        return -0.5 * self.dim * math.log(1.0 - self.rho**2)

    def draw(self, rows: int, seed: int) -> Array:
        """X and Y side by side; columns are bent, so that networks have something to learn."""
        x, noise = np.random.default_rng(seed).normal(size=(2, rows, self.dim))
        y = self.rho * x + math.sqrt(1.0 - self.rho**2) * noise
        return np.concatenate([np.sinh(x), np.arctan(2.0 * y)], axis=1)

    def job(self, rows: int, seeds: int, options: dict[str, Any]) -> Job:
        """What to train."""
        recipe = make_recipe("fast", "c", 2 * self.dim, rows, **options)
        samples = [self.draw(rows, seed) for seed in range(seeds)]
        return Job(samples, conditional(self.dim, self.dim), recipe, range(seeds))

    def read(self, ensemble: Ensemble, rows: int) -> float:
        """Mean estimate on fresh rows."""
        fresh = [self.draw(rows, 10_000 + seed) for seed in ensemble.seeds]
        measure = measure_of("c", 2)
        options = ensemble.recipe.readout
        out = ensemble.read(fresh, measure, None, options, halfway=False).final
        return float(out["gap"].value.mean())


def main() -> None:
    """Train both ways, print seconds, ratio and estimates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=12)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--n-steps", type=int, default=0, help="0: the recipe's")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--alone", type=int, default=3, help="tasks trained one after another")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    options = {"n_steps": args.n_steps} if args.n_steps else {}
    tasks = [Task(1 + k % 2, 0.3 + 0.6 * k / args.tasks) for k in range(args.tasks)]
    jobs = [task.job(args.rows, args.seeds, options) for task in tasks]

    def timed(some: list[Job]) -> tuple[list[Ensemble], float]:
        started = time.perf_counter()
        made = train(some, args.device)
        return made, (time.perf_counter() - started) / (args.seeds * len(some))

    timed([job.cut(1)[0] for job in jobs[:1]])  # warms up
    packed, together = timed(jobs)
    apart, alone = [], []
    for job in jobs[: args.alone]:
        made, seconds = timed([job])
        apart += made
        alone.append(seconds)
    ratio = float(np.mean(alone)) / together
    name = pick_device(args.device)
    where = torch.cuda.get_device_name() if name.type == "cuda" else "CPU"
    print(f"{where}: {args.tasks} tasks of {args.seeds} networks on {args.rows} rows, `fast`")
    print(f"seconds a network: one task after another {np.mean(alone):.2f}, packed {together:.3f}")
    print(f"ratio {ratio:.1f}x")
    print(f"{'task':>16}{'truth':>8}{'packed':>8}{'alone':>8}")
    rows = []
    for k, task in enumerate(tasks):
        values = [task.read(e, args.rows) for e in (packed[k], *apart[k : k + 1])]
        rows.append({"dim": task.dim, "rho": task.rho, "truth": task.truth, "values": values})
        shown = "".join(f"{v:8.3f}" for v in values)
        print(f"{f'{task.dim}x{task.dim}, {task.rho:.2f}':>16}{task.truth:8.3f}{shown}")
    both = [abs(r["values"][0] - r["values"][1]) for r in rows if len(r["values"]) == 2]
    print(f"largest difference between the two ways: {max(both):.5f} nats")
    if args.json:
        result = {"device": where, "arguments": {k: str(v) for k, v in vars(args).items()}}
        result |= {"alone": alone, "packed": together, "ratio": ratio, "rows": rows}
        args.json.write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
