"""Estimates on few rows, all that there are: error, coverage, width and seconds per estimator.

Usage: .venv/bin/python benchmarks/small_samples.py [--tasks dev|bmi|NAME ...] [--rows 1000 5000]
           [--draws 5] [--estimators minde ksg cca gmm] [--fit '{"n_seeds": 2}'] [--name NAME]
           [--jobs 2] [--work results/small_samples] [--out PATH]

"Rows" are all the rows a user has: training, validation and read-out. Every estimate is a file
under --work, so that a run that was stopped goes on where it was. A job is a process of one thread,
but for ``--jobs 1``, which leaves all cores to one estimate, as a user has it.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from minde.types import Array

FIRST_SEED = 1000


def sampled(task: str, n: int, seed: int, work: Path) -> tuple[Array, Array, float]:
    """Rows of a task by name, kept in a file; the truth."""
    path = work / "rows" / f"{task}-{n}-{seed}.npz"
    if not path.exists():
        from dev_tasks import DEV_TASKS

        if task in DEV_TASKS:
            dev = DEV_TASKS[task]()
            rows, truth = dev.draw(n, seed), dev.truth
            x, y = rows[:, : dev.dims[0]], rows[:, dev.dims[0] :]
        else:
            from bmi.benchmark import BENCHMARK_TASKS

            chosen = BENCHMARK_TASKS[task]
            x, y = (np.asarray(v, dtype=np.float64) for v in chosen.sample(n, seed))
            truth = float(chosen.mutual_information)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.npz")
        np.savez(part, x=x, y=y, truth=truth)
        part.replace(path)
    with np.load(path) as data:
        return data["x"], data["y"], float(data["truth"])


def estimate(kind: str, x: Array, y: Array, fit: dict[str, Any], seed: int) -> dict[str, Any]:
    """One estimate, with its interval where it has one."""
    if kind == "minde":
        from minde import MINDE

        found = MINDE(random_state=seed, **fit).fit(x, y).mutual_information()
        kept = {name: s.value for name, s in found.readouts.items()}
        kept |= {f"direction {name}": s.value for name, s in found.directions.items()}
        kept["warnings"] = len(found.warnings)
        facts = ["std_rows", "std_seeds", "std_training", "std_networks"]
        facts += ["moved_since_halfway", "learned"]
        return {
            "value": found.value, "low": found.interval[0], "high": found.interval[1],
            "std_error": found.std_error, **kept,
            **{k: found.diagnostics[k] for k in facts if k in found.diagnostics},
        }  # fmt: skip
    if kind == "gmm":
        return {"value": of_mixtures(x, y, seed)}
    import bmi.estimators as estimators

    made = {
        "ksg": lambda: estimators.KSGEnsembleFirstEstimator(neighborhoods=(10,)),
        "cca": estimators.CCAMutualInformationEstimator,
    }
    return {"value": float(made[kind]().estimate(x, y))}


def of_mixtures(x: Array, y: Array, seed: int) -> float:
    """Mixtures of normals (scikit-learn's), their number by BIC; mean of log p(x,y)/p(x)p(y)."""
    from scipy.stats import multivariate_normal
    from sklearn.mixture import GaussianMixture

    both = np.concatenate([x, y], axis=1)
    both = (both - both.mean(axis=0)) / both.std(axis=0)
    fits = [GaussianMixture(k, random_state=seed, reg_covar=1e-4) for k in (1, 2, 3, 4, 6, 8, 12)]
    fits = [f for f in fits if f.n_components * both.shape[1] < len(both) / 5] or fits[:1]
    best = min((f.fit(both) for f in fits), key=lambda f: f.bic(both))

    def log_density(part: slice) -> Array:
        terms = [
            np.log(w) + multivariate_normal.logpdf(both[:, part], m[part], c[part, part])
            for w, m, c in zip(best.weights_, best.means_, best.covariances_, strict=True)
        ]
        return np.logaddexp.reduce(terms, axis=0)

    d = x.shape[1]
    ratio = log_density(slice(None)) - log_density(slice(0, d)) - log_density(slice(d, None))
    return float(ratio.mean())


def unit(job: dict[str, Any]) -> str:
    """One estimate as a file; what to print."""
    path = Path(job["path"])
    if not path.exists():
        x, y, truth = sampled(job["task"], job["rows"], FIRST_SEED + job["draw"], Path(job["work"]))
        started = time.perf_counter()
        try:
            found = estimate(job["estimator"], x, y, job["fit"], job["draw"])
        except (ValueError, np.linalg.LinAlgError) as error:
            return f"{job['task']}: {error}"
        found |= {"seconds": time.perf_counter() - started, "mi_true": truth}
        path.parent.mkdir(parents=True, exist_ok=True)
        keys = ("task", "rows", "draw", "estimator")
        path.write_text(json.dumps({k: job[k] for k in keys} | {"name": job["name"]} | found))
    row = json.loads(path.read_text())
    text = f"{row['name']} {row['task']} {row['rows']} {row['draw']}: {row['value']:.3f}"
    if "low" in row:
        text += f" [{row['low']:.3f}, {row['high']:.3f}]"
    return f"{text} of {row['mi_true']:.3f}, {row['seconds']:.1f} s"


def table(frame: pd.DataFrame) -> str:
    """Errors by task, and over all tasks, as Markdown."""
    frame = frame.assign(error=frame["value"] - frame["mi_true"])
    frame["held"] = frame["low"].le(frame["mi_true"]) & frame["high"].ge(frame["mi_true"])
    frame["half"] = 0.5 * (frame["high"] - frame["low"])
    lines = ["| estimator | rows | task | truth | mean error | sd | held | half-width | s |"]
    lines.append("|" + "---|" * 9)

    def line(key: tuple[Any, ...], part: pd.DataFrame) -> str:
        name, rows, task = key
        has = part["low"].notna().any()
        held = f"{part['held'].sum()} of {len(part)}" if has else "–"
        half = f"{part['half'].mean():.3f}" if has else "–"
        sd = f"{part['error'].std():.3f}" if len(part) > 1 else "–"
        return (
            f"| {name} | {rows} | {task} | {part['mi_true'].iloc[0]:.3f} | "
            f"{part['error'].mean():+.3f} | {sd} | {held} | {half} | {part['seconds'].mean():.0f} |"
        )

    by_task = frame.groupby(["name", "rows", "task"], sort=False)
    lines += [line(key, part) for key, part in by_task]
    lines += [
        "",
        "| estimator | rows | tasks | mean absolute error | bias | held | half-width | s |",
    ]
    lines.append("|" + "---|" * 8)
    for (name, rows), part in frame.groupby(["name", "rows"], sort=False):
        has = part["low"].notna().any()
        held = f"{100 * part['held'].mean():.0f}%" if has else "–"
        half = f"{part['half'].mean():.3f}" if has else "–"
        lines.append(
            f"| {name} | {rows} | {part['task'].nunique()} | {part['error'].abs().mean():.4f} | "
            f"{part['error'].mean():+.4f} | {held} | {half} | {part['seconds'].mean():.0f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Run what is missing and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tasks", nargs="+", default=["dev"])
    parser.add_argument("--rows", nargs="+", type=int, default=[1000])
    parser.add_argument("--draws", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first draw")
    parser.add_argument("--estimators", nargs="+", default=["minde"])
    parser.add_argument("--fit", type=json.loads, default={}, help="arguments of MINDE, as JSON")
    parser.add_argument("--name", default="minde", help="name of MINDE with these arguments")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--work", type=Path, default=Path("results/small_samples"))
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    from dev_tasks import SMALL
    from minde.experiments.benchmark.tasks import BMI_TASKS

    groups = {"dev": SMALL, "bmi": [t.task_id for t in BMI_TASKS]}
    tasks = [name for given in args.tasks for name in groups.get(given, [given])]
    jobs = []
    for rows in args.rows:
        for draw in range(args.first, args.first + args.draws):
            for kind in args.estimators:
                name = args.name if kind == "minde" else kind
                for task in tasks:
                    path = args.work / name / f"{task}-{rows}-{draw}.json"
                    jobs.append({
                        "task": task, "rows": rows, "draw": draw, "estimator": kind, "name": name,
                        "fit": args.fit, "work": str(args.work), "path": str(path),
                    })  # fmt: skip
    if args.jobs > 1:
        for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ[name] = "1"
    with ProcessPoolExecutor(args.jobs, mp_context=get_context("spawn")) as pool:
        for line in pool.map(unit, jobs):
            print(line, flush=True)
    found = [json.loads(Path(j["path"]).read_text()) for j in jobs if Path(j["path"]).exists()]
    frame = pd.DataFrame(found)
    for column in ("low", "high"):
        if column not in frame:
            frame[column] = np.nan
    print()
    print(table(frame))
    if args.out:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        frame.to_parquet(args.out, index=False)


if __name__ == "__main__":
    main()
