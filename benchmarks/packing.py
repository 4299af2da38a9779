"""Cost of a training step against the number of networks and their width: table, JSON and plot.

Usage: .venv/bin/python benchmarks/packing.py [--members 1 10 40 100 400] [--widths 64 128 256]
           [--recipe paper] [--batch-size 128] [--limit 60] [--json PATH] [--plot PATH]

Each cell is a process of its own (its peak memory is the process's), of --threads threads. The
ratio is against one network of the same width in the same run. FLOP/s count 6 a weight, row and
step, as share of what one product of large matrices reaches in the same process. A cell that would
take longer than --limit seconds, by the one before it, is left out. The last line projects what
Table 1 of the paper takes at these speeds: 40 tasks, 10 seeds, MINDE-C and -J. Only the width and
the batch of a task count there, not its own number of inputs.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import torch

from minde.recipe import make_recipe
from minde.training.batches import BLOCK_STEPS
from step import make_trainer, time_blocks

#: Tasks of Table 1 by the largest dimension of X and Y together that their recipe is made for.
TABLE_1 = {10: 33, 50: 6, 100: 1}


def product_speed(device: torch.device, n: int = 2048) -> float:
    """FLOP/s of one product of n x n matrices in single precision, the best of five."""
    a, b = torch.randn(n, n, device=device), torch.randn(n, n, device=device)
    best = float("inf")
    for _ in range(5):
        started = time.perf_counter()
        (a @ b).flatten()[0].item()
        best = min(best, time.perf_counter() - started)
    return 2.0 * n**3 / best


def cell(job: dict[str, Any]) -> dict[str, Any]:
    """Time one number of members of one width."""
    torch.set_num_threads(job["threads"])
    shape = (job["members"], job["dim"], job["recipe"], job["batch_size"], job["device"])
    trainer = make_trainer(*shape, width=job["width"])
    step = 1e-3 * time_blocks({0: trainer._block}, job["repeats"])[0][0]
    device = trainer.stack.device
    if device.type == "cuda":
        peak = torch.cuda.max_memory_allocated()
    else:
        peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    weights = sum(v.numel() for k, v in trainer.parameters.items() if k.endswith("weight"))
    speed = 6.0 * weights * job["batch_size"] / step
    return {
        "members": job["members"],
        "width": job["width"],
        "ms_per_step": 1e3 * step,
        "peak_bytes": peak,
        "flops": speed,
        "share_of_product": speed / product_speed(device),
    }


def run(job: dict[str, Any]) -> dict[str, Any]:
    """One cell in its own process."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), str(job["threads"]))
    done = subprocess.run(
        [sys.executable, __file__, "--cell", json.dumps(job)],
        env={**os.environ, **threads},
        capture_output=True,
        text=True,
        check=True,
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def project(rows: list[dict[str, Any]], recipe_name: str) -> dict[str, float]:
    """Hours of this device for Table 1's 800 networks, one at a time and at the best packing.

    Empty if a width that they have was not timed.
    """
    hours = {"one at a time": 0.0, "packed": 0.0}
    for family in ("c", "j"):
        for dim, count in TABLE_1.items():
            recipe = make_recipe(recipe_name, family, dim)
            here = [r for r in rows if r["width"] == recipe.network.width]
            if not here:
                return {}
            per_member = [r["ms_per_step"] / r["members"] for r in here]
            draws = 10 * count * recipe.training.n_steps * recipe.training.batch_size
            scale = draws / here[0]["batch_size"] / 3.6e6
            hours["one at a time"] += here[0]["ms_per_step"] * scale
            hours["packed"] += min(per_member) * scale
    return hours


def plot(rows: list[dict[str, Any]], path: Path) -> None:
    """Milliseconds a step against the number of networks, a line a width."""
    import matplotlib.pyplot as plt
    import pandas as pd
    import seaborn as sns

    frame = pd.DataFrame(rows)
    figure, axes = plt.subplots(figsize=(5.5, 3.4), layout="constrained")
    sns.lineplot(
        frame, x="members", y="ms_per_step", hue="width", style="width", markers=True, dashes=False,
        palette="colorblind", ax=axes,
    )  # fmt: skip
    for (_, part), line in zip(frame.groupby("width"), axes.get_lines(), strict=False):
        alone = part.loc[part["members"] == 1, "ms_per_step"].iloc[0]
        axes.plot(part["members"], alone * part["members"], ":", lw=1, color=line.get_color())
    axes.set(
        xscale="log", yscale="log", xlabel="networks in the pack",
        ylabel="ms a step of all (dotted: one at a time)",
    )  # fmt: skip
    figure.savefig(path, dpi=150)


def main() -> None:
    """Time the grid and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, nargs="+", default=[1, 10, 40, 100, 400])
    parser.add_argument("--widths", type=int, nargs="+", default=[64, 128, 256])
    parser.add_argument("--dim", type=int, default=3, help="dimension of X and of Y")
    parser.add_argument("--recipe", default="paper", choices=["paper", "fast"])
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--limit", type=float, default=60.0, help="most seconds a cell")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--cell", type=json.loads, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.cell:
        print(json.dumps(cell(args.cell)))
        return
    shared = {
        k: getattr(args, k) for k in ("dim", "recipe", "batch_size", "device", "threads", "repeats")
    }
    print(f"{args.recipe}, {args.dim}x{args.dim}, batch {args.batch_size}")
    print(
        f"{'width':>6}{'E':>5}{'ms/step':>10}{'ms/member':>9}{'ratio':>8}{'MiB':>8}{'GFLOP/s':>9}{'share':>7}"
    )
    rows: list[dict[str, Any]] = []
    for width in args.widths:
        alone = before = None
        for members in sorted({1, *args.members}):
            blocks = BLOCK_STEPS * (args.repeats + 1)
            if (
                before
                and before["ms_per_step"] / before["members"] * members * blocks > 1e3 * args.limit
            ):
                print(f"{width:>6}{members:>5}  left out: longer than {args.limit:.0f} s")
                continue
            row = before = run({**shared, "width": width, "members": members})
            alone = alone or row["ms_per_step"]
            row |= {"ratio": alone * members / row["ms_per_step"], "batch_size": args.batch_size}
            rows.append(row)
            print(
                f"{width:>6}{members:>5}{row['ms_per_step']:>10.2f}"
                f"{row['ms_per_step'] / members:>9.3f}{row['ratio']:>7.2f}x"
                f"{row['peak_bytes'] / 2**20:>8.0f}{row['flops'] / 1e9:>9.0f}"
                f"{row['share_of_product']:>7.0%}",
                flush=True,
            )
    hours = project(rows, args.recipe)
    if hours:
        print(
            f"Table 1's 800 networks by recipe {args.recipe} at these speeds: "
            + ", ".join(f"{h:.1f} h {way}" for way, h in hours.items())
        )
    if args.json:
        result = {"arguments": shared, "rows": rows, "hours_of_table_1": hours}
        args.json.write_text(json.dumps(result | {"torch": torch.__version__}, indent=1))
    if args.plot:
        plot(rows, args.plot)


if __name__ == "__main__":
    main()
