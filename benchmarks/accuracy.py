"""Estimates against the truth on the tasks of a suite: a parquet of rows and a table.

Usage: .venv/bin/python benchmarks/accuracy.py [--suite bmi] [--tasks all] [--families c j]
           [--recipe fast] [--n-train 100000] [--seeds 1] [--options '{"n_steps": 2000}']
           [--jobs 2] [--work results/accuracy] [--out PATH]

Every piece is a file under --work, so a run that was stopped goes on where it was, in the middle of
a training too. Seeds of one task are trained as one ensemble. A job is one process of one thread;
``seconds`` are those of one core for one network, training and read-out, with the other jobs
running beside it. ``match`` says whether estimate and truth round to the same tenth of a nat.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from minde.experiments.benchmark.tables import quantise
from minde.experiments.benchmark.tasks import select_tasks
from minde.experiments.high_mi.tasks import high_mi_tasks
from minde.experiments.task import TaskInfo
from minde.recipe import make_recipe
from minde.stages.records import read_records
from minde.stages.request import make_family

QUANTUM = 0.1
CONFIG = Path(__file__).resolve().parents[1] / "config/config.yaml"
HIGH_MI = yaml.safe_load(CONFIG.read_text())["high_mi"]


def chosen_tasks(suite: str, names: list[str]) -> list[TaskInfo]:
    """Tasks by id, or every one of the suite; the largest first, so that none ends alone."""
    if suite == "high_mi":
        tasks = high_mi_tasks(HIGH_MI["transforms"], HIGH_MI["values"])
        tasks = [t for t in tasks if names == ["all"] or t.task_id in names]
    else:
        tasks = select_tasks(suite, "all" if names == ["all"] else names)
    return sorted(tasks, key=lambda t: -sum(t.dims))


def unit(job: dict[str, Any]) -> None:
    """Sample, train and read out one task and family; runs in a process of its own."""
    from minde.experiments.benchmark import samples as bmi
    from minde.experiments.high_mi import samples as high_mi
    from minde.stages.estimate import estimate_minde
    from minde.stages.train import train_score

    folder = Path(job["folder"])
    samples = []
    for seed in range(job["seeds"]):
        path = Path(job["samples"]) / f"{job['task']}-{seed}.parquet"
        if not path.exists():
            points = (job["task"], seed, job["n_train"], job["n_test"], path)
            if job["suite"] == "high_mi":
                high_mi.sample_task(*points, HIGH_MI["spiral_speed"])
            else:
                bmi.sample_task(*points)
        samples.append(str(path))
    name = f"{job['task']}-{job['family']}"
    score = folder / f"{name}.safetensors"
    if not score.exists():
        train_score(
            samples,
            score,
            job["family"],
            job["recipe"],
            job["options"],
            folder / f"{name}.checkpoint.safetensors",
        )
    estimate_minde(score, samples, folder / f"{name}.parquet", [1.0])


def one_thread() -> dict[str, str]:
    """The environment of a process of one thread."""
    keep = "536870912"
    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    malloc = {"MALLOC_MMAP_THRESHOLD_": keep, "MALLOC_TRIM_THRESHOLD_": keep}
    return {**os.environ, **threads, **malloc}


def matches(frame: pd.DataFrame) -> pd.Series:
    """Whether estimate and truth round to the same tenth of a nat, by row."""
    rounded = quantise(frame[["mi_true", "mi_estimate"]], QUANTUM)
    return (rounded["mi_estimate"] - rounded["mi_true"]).abs() < 0.5 * QUANTUM


def run(job: dict[str, Any]) -> str:
    """One job as a process of one thread; its last line of error if it fails."""
    if (Path(job["folder"]) / f"{job['task']}-{job['family']}.parquet").exists():
        return ""
    done = subprocess.run(
        [sys.executable, __file__, "--unit", json.dumps(job)],
        env=one_thread(),
        capture_output=True,
        text=True,
    )
    lines = done.stderr.strip().splitlines()
    return lines[-1] if done.returncode and lines else ""


def table(frame: pd.DataFrame, labels: dict[str, str], draws: dict[str, int]) -> str:
    """The reported rows as text, with count of matches and errors a family."""
    lines = []
    for family, part in frame[frame["reported"]].groupby("estimator"):
        mean = part.groupby("task", sort=False).agg(
            mi_true=("mi_true", "first"),
            mi_estimate=("mi_estimate", "mean"),
            std_error=("std_error", "mean"),
            seconds=("seconds", "mean"),
        )
        mean["match"] = matches(mean)
        error = (mean["mi_estimate"] - mean["mi_true"]).abs()
        lines.append(
            f"\n{family}\n{'task':<34}{'truth':>7}{'estimate':>18}{'match':>7}{'s':>7}{'draws':>9}"
        )
        for task, row in mean.iterrows():
            estimate = f"{row.mi_estimate:.3f} ± {row.std_error:.3f}"
            lines.append(
                f"{labels[str(task)]:<34}{row.mi_true:>7.3f}{estimate:>18}"
                f"{'yes' if row.match else 'NO':>7}{row.seconds:>7.0f}"
                f"{draws[f'{task}-{family}']:>9.1e}"
            )
        lines.append(
            f"{int(mean['match'].sum())} of {len(mean)} match; mean absolute error "
            f"{error.mean():.4f} nats, largest {error.max():.3f} ({labels[str(error.idxmax())]})"
        )
    return "\n".join(lines)


def main() -> None:
    """Run what is missing, gather the rows, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suite", default="bmi", choices=["bmi", "high_mi"])
    parser.add_argument("--tasks", nargs="+", default=["all"])
    parser.add_argument("--families", nargs="+", default=["c"], choices=["c", "j"])
    parser.add_argument("--recipe", default="fast", choices=["fast", "paper"])
    parser.add_argument("--options", type=json.loads, default={}, help="recipe options as JSON")
    parser.add_argument("--n-train", type=int, default=100_000)
    parser.add_argument("--n-test", type=int, default=10_000)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="processes at a time")
    parser.add_argument("--work", type=Path, default=Path("results/accuracy"))
    parser.add_argument("--out", type=Path, help="parquet to write the rows to")
    parser.add_argument("--unit", type=json.loads, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.unit:
        unit(args.unit)
        return
    tasks = chosen_tasks(args.suite, args.tasks)
    size = f"{args.n_train}-{args.n_test}"
    samples = args.work / "samples" / args.suite / size
    folder = args.work / args.suite / f"{args.recipe}-{size}-{args.seeds}"
    for place in (samples, folder):
        place.mkdir(parents=True, exist_ok=True)
    jobs = [
        {
            "suite": args.suite, "task": t.task_id, "family": f, "recipe": args.recipe,
            "options": args.options, "n_train": args.n_train, "n_test": args.n_test,
            "seeds": args.seeds, "samples": str(samples), "folder": str(folder),
        }
        for f in args.families for t in tasks
    ]  # fmt: skip
    with ThreadPoolExecutor(args.jobs) as pool:
        for job, error in zip(jobs, pool.map(run, jobs), strict=True):
            print(f"{job['task']} {job['family']}: {error or 'done'}", flush=True)
    done = [folder / f"{j['task']}-{j['family']}.parquet" for j in jobs]
    frame = read_records([str(p) for p in done if p.exists()]).drop(columns="integrand")
    draws = {}
    for j, t in zip(jobs, tasks * len(args.families), strict=True):
        family = make_family(j["family"], t.dims)
        recipe = make_recipe(
            args.recipe, j["family"], family.dim, args.n_train, **args.options
        ).training
        draws[f"{t.task_id}-minde-{j['family']}"] = recipe.n_steps * recipe.batch_size
    print(table(frame, {t.task_id: t.label for t in tasks}, draws))
    if args.out:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        frame.to_parquet(args.out, index=False)


if __name__ == "__main__":
    main()
