"""Mean time of a training step: E networks packed against one at a time.

Usage: .venv/bin/python benchmarks/step.py [--dim 3] [--batch-size 256] [--copies 10] [--json PATH]

Baseline and packed run are timed in one process, alternately; the ratio is of their medians.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from pathlib import Path

import torch

from minde.diffusion.precondition import Precondition
from minde.diffusion.roles import conditional
from minde.estimators.pack import pick_device
from minde.estimators.prepared import make_network
from minde.recipe import make_recipe
from minde.schedule import VPSchedule
from minde.training.batches import BLOCK_STEPS, BatchStream
from minde.training.members import Member
from minde.training.trainer import Trainer


def make_trainer(
    copies: int, dim: int, recipe_name: str, batch_size: int, device: str, **options: int
) -> Trainer:
    """A trainer of ``copies`` MINDE-C networks on Gaussian noise of ``dim`` + ``dim`` columns."""
    family, schedule = conditional(dim, dim), VPSchedule()
    options |= {"batch_size": batch_size, "n_steps": 10**9}
    recipe = make_recipe(recipe_name, "c", 2 * dim, **options)
    data = torch.randn(copies, 20_000, 2 * dim, device=pick_device(device))
    precondition = Precondition(recipe.precondition, family, schedule)
    stream = BatchStream(data, family, recipe, schedule, precondition, range(copies))
    return Trainer([Member(make_network(family, recipe), stream)], recipe)


def time_blocks(trainers: dict[int, Trainer], repeats: int) -> dict[int, float]:
    """Median milliseconds of one step for each trainer, blocks taken in turn."""
    seconds: dict[int, list[float]] = {copies: [] for copies in trainers}
    for repeat in range(repeats + 1):
        for copies, trainer in trainers.items():
            started = time.perf_counter()
            trainer._block()
            if repeat:  # the first round warms up
                seconds[copies].append(time.perf_counter() - started)
    return {c: 1e3 * statistics.median(s) / BLOCK_STEPS for c, s in seconds.items()}


def main() -> None:
    """Time E = 1 and E = copies, print both and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dim", type=int, default=3, help="dimension of X and of Y")
    parser.add_argument("--batch-size", type=int, default=256)
    parser.add_argument("--copies", type=int, nargs="+", default=[10])
    parser.add_argument("--recipe", default="fast", choices=["fast", "paper"])
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    sizes = sorted({1, *args.copies})
    shape = (args.dim, args.recipe, args.batch_size, args.device)
    times = time_blocks({c: make_trainer(c, *shape) for c in sizes}, args.repeats)
    print(
        f"{args.recipe}, {args.dim}x{args.dim}, batch {args.batch_size}, {args.threads} thread(s)"
    )
    print(f"{'E':>5} {'ms/step':>9} {'ms/copy':>9} {'ratio':>7}")
    for copies, ms in times.items():
        ratio = times[1] * copies / ms
        print(f"{copies:>5} {ms:>9.2f} {ms / copies:>9.2f} {ratio:>6.2f}x")
    if args.json:
        result = {"arguments": {k: str(v) for k, v in vars(args).items()}, "ms_per_step": times}
        result |= {"torch": torch.__version__, "machine": platform.processor() or "unknown"}
        args.json.write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
