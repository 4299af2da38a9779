"""Mean time of a training step: E networks packed against one at a time, plain and compiled.

Usage: .venv/bin/python benchmarks/step.py [--dim 3] [--batch-size 256] [--members 10] [--compiled]
           [--json PATH]

Baselines and packed runs are timed in one process, alternately; the ratios are of their medians: to
one network of this trainer, and with recipe paper to the same network in the loop of plain_loop.py
(torch.nn, one network; a test holds that it is the same function). With --compiled every number of
members is timed with torch.compile as well, and the seconds of compiling are printed.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch

from minde.device import pick_device
from minde.diffusion.denoiser import Denoiser
from minde.diffusion.roles import conditional
from minde.diffusion.schedule import VPSchedule
from minde.recipe import make_recipe
from minde.training.batches import BLOCK_STEPS, BatchStream
from minde.training.maps import Maps
from minde.training.prepared import PreparedJob, make_network
from minde.training.trainer import Trainer
from plain_loop import PlainLoop

Key = TypeVar("Key")


def make_trainer(
    members: int, dim: int, recipe_name: str, batch_size: int, device: str, **options: Any
) -> Trainer:
    """A trainer of ``members`` MINDE-C networks on Gaussian noise of ``dim`` + ``dim`` columns."""
    family, schedule = conditional(dim, dim), VPSchedule()
    options |= {"batch_size": batch_size, "n_steps": 10**9}
    recipe = make_recipe(recipe_name, "c", 2 * dim, **options)
    data = torch.randn(members, 20_000, 2 * dim, device=pick_device(device))
    network = make_network(family, recipe.network)
    denoiser = Denoiser(network, family, recipe.network, schedule, device=data.device)
    stream = BatchStream(data, denoiser, recipe.training, range(members))
    empty = torch.zeros(0)
    maps = Maps([], schedule)
    return Trainer([PreparedJob(family, recipe, denoiser, maps, empty, empty, data, stream)])


def time_blocks(
    trainings: dict[Key, Callable[[], object]], repeats: int
) -> tuple[dict[Key, float], dict[Key, float]]:
    """Median milliseconds of one step for each, blocks of steps in turn; seconds of the first.

    The first block of each warms up, and compiles what is to be compiled.
    """
    seconds: dict[Key, list[float]] = {key: [] for key in trainings}
    for _ in range(repeats + 1):
        for key, block in trainings.items():
            started = time.perf_counter()
            block()
            seconds[key].append(time.perf_counter() - started)
    steps = {k: 1e3 * statistics.median(s[1:]) / BLOCK_STEPS for k, s in seconds.items()}
    return steps, {k: s[0] for k, s in seconds.items()}


def main() -> None:
    """Time the loops, print them and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dim", type=int, default=3, help="dimension of X and of Y")
    parser.add_argument("--batch-size", type=int, default=256)
    parser.add_argument("--members", type=int, nargs="+", default=[10])
    parser.add_argument("--recipe", default="fast", choices=["fast", "paper"])
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--compiled", action="store_true", help="time torch.compile as well")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    shape = (args.dim, args.recipe, args.batch_size, args.device)
    ways = ["plain", "compiled"] if args.compiled else ["plain"]
    trainings: dict[tuple[int, str], Callable[[], object]] = {}
    if args.recipe == "paper":
        recipe = make_recipe("paper", "c", 2 * args.dim)
        device = str(pick_device(args.device))
        loop = PlainLoop(
            args.dim, recipe.network.width, args.batch_size, recipe.training.lr, device
        )
        trainings[1, "torch.nn"] = loop.block
    for members in sorted({1, *args.members}):
        for way in ways:
            compiled = way == "compiled"
            trainings[members, way] = make_trainer(members, *shape, compiled=compiled)._block
    times, first = time_blocks(trainings, args.repeats)
    print(
        f"{args.recipe}, {args.dim}x{args.dim}, batch {args.batch_size}, {args.threads} thread(s)"
    )
    print(
        f"{'E':>5} {'':>9} {'ms/step':>9} {'ms/member':>9} {'to one':>8} {'to torch.nn':>12} "
        f"{'compile s':>10}"
    )
    rows = []
    for (members, way), ms in times.items():
        row: dict[str, Any] = {"members": members, "way": way, "ms_per_step": ms}
        row["ratio"] = times[1, "plain"] * members / ms
        modules = times.get((1, "torch.nn"))
        row["ratio_to_torch_nn"] = modules and modules * members / ms
        compiling = first[members, way] - first[members, "plain"] if way == "compiled" else 0.0
        row["compile_seconds"] = compiling
        rows.append(row)
        to_modules = f"{row['ratio_to_torch_nn']:.2f}x" if modules else "-"
        print(
            f"{members:>5} {way:>9} {ms:>9.2f} {ms / members:>9.2f} {row['ratio']:>7.2f}x "
            f"{to_modules:>12} {compiling:>10.0f}"
        )
    if args.json:
        result = {"arguments": {k: str(v) for k, v in vars(args).items()}, "rows": rows}
        result |= {"torch": torch.__version__, "machine": platform.processor() or "unknown"}
        args.json.write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
