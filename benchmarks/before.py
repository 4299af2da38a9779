"""Time to the error of an earlier commit: its recipe and ours on the same samples, task by task.

Usage: .venv/bin/python benchmarks/before.py [--commit 6af5f2c] [--tasks all] [--shares 1 0.25]
           [--n-train 100000] [--draws 0] [--work results/before] [--json PATH]

Each share is one of ours, with so much of the steps of recipe `fast`; each draw is one of samples.
For every task the commit's program runs first, then ours, one after the other on one thread, so
that both see the same machine. Seconds are those of the processor, of the whole process: imports,
training and read-out. Every piece is a file under --work, so that a run that was stopped goes on
where it was. ``match`` counts estimates that round to the same tenth of a nat as the truth.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from accuracy import chosen_tasks, matches, one_thread
from minde.experiments.benchmark.samples import sample_task
from minde.recipe import make_recipe
from minde.stages.request import make_family

HERE = Path(__file__).resolve().parents[1]
N_TEST = 10_000


def checkout(commit: str, work: Path) -> Path:
    """A folder with the repository as it was at a commit."""
    folder = work / "code" / commit
    if not folder.exists():
        subprocess.run(["git", "clone", "-q", "--no-checkout", str(HERE), str(folder)], check=True)
        subprocess.run(["git", "-C", str(folder), "checkout", "-q", commit], check=True)
    return folder


def run(code: Path, job: dict[str, Any]) -> dict[str, Any]:
    """Train and read out one task by the code of a folder; its row."""
    folder = Path(job["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    found = folder / f"{job['task']}.json"
    if not found.exists():
        env = {**one_thread(), "PYTHONPATH": str(code / "src")}
        command = [sys.executable, str(code / "benchmarks/accuracy.py"), "--unit", json.dumps(job)]
        child = subprocess.Popen(command, env=env)
        _, status, used = os.wait4(child.pid, 0)
        if status:
            raise SystemExit(f"{code}: {job['task']} failed")
        rows = pd.read_parquet(folder / f"{job['task']}-c.parquet")
        row = rows[rows["reported"]].iloc[0]
        values = {key: float(row[key]) for key in ("mi_true", "mi_estimate", "std_error")}
        values["cpu_seconds"] = used.ru_utime + used.ru_stime
        found.write_text(json.dumps(values))
    return json.loads(found.read_text())


def main() -> None:
    """Run what is missing and print both side by side."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commit", default="6af5f2c")
    parser.add_argument("--tasks", nargs="+", default=["all"])
    parser.add_argument("--shares", nargs="+", type=float, default=[1.0, 0.25])
    parser.add_argument("--n-train", type=int, default=100_000)
    parser.add_argument("--draws", nargs="+", type=int, default=[0])
    parser.add_argument("--work", type=Path, default=Path("results/before"))
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    work = args.work.resolve()
    before, rows = checkout(args.commit, work), []
    for draw, task in itertools.product(args.draws, chosen_tasks("bmi", args.tasks)):
        # A folder to a draw: the commit takes samples by the number of their training.
        place = f"{args.n_train}-{draw}" if draw else f"{args.n_train}"
        samples = work / f"samples-{place}"
        samples.mkdir(parents=True, exist_ok=True)
        drawn = samples / f"{task.task_id}-0.parquet"
        if not drawn.exists():
            sample_task(task.task_id, draw, args.n_train, N_TEST, drawn)
        job = {
            "suite": "bmi", "task": task.task_id, "family": "c", "recipe": "fast",
            "n_train": args.n_train, "n_test": N_TEST, "seeds": 1, "samples": str(samples),
        }  # fmt: skip
        whole = make_recipe("fast", "c", make_family("c", task.dims).dim, args.n_train)
        runs = [(args.commit, before, {})]
        for share in args.shares:
            steps = round(whole.training.n_steps * share)
            runs.append((f"ours, {share:g}", HERE, {} if share == 1.0 else {"n_steps": steps}))
        for name, code, options in runs:
            folder = work / name.replace(", ", "-") / place
            found = run(code, {**job, "options": options, "folder": str(folder)})
            rows.append({"task": task.task_id, "draw": draw, "code": name, **found})
            print(
                f"{task.task_id:<50}{name:<12}{found['mi_true']:>7.3f}{found['mi_estimate']:>8.3f}"
                f"{found['cpu_seconds']:>8.1f}",
                flush=True,
            )
    frame = pd.DataFrame(rows)
    frame["error"] = (frame["mi_estimate"] - frame["mi_true"]).abs()
    frame["match"] = matches(frame)
    table = frame.groupby("code", sort=False).agg(
        tasks=("task", "size"), match=("match", "sum"), error=("error", "mean"),
        cpu_seconds=("cpu_seconds", "sum"),
    )  # fmt: skip
    table["ratio"] = table["cpu_seconds"].iloc[0] / table["cpu_seconds"]
    print(table.round(4).to_string())
    if args.json:
        args.json.write_text(frame.to_json(orient="records", indent=1))


if __name__ == "__main__":
    main()
