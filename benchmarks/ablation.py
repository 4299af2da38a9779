"""Each piece of recipe `fast` switched off alone, on development tasks.

Usage: .venv/bin/python benchmarks/ablation.py [--tasks student swiss] [--variants fast adam ...]
           [--n-steps 2500] [--family c] [--json PATH]

The development tasks are made by bmi with parameters that the benchmark does not have. Recipes are
chosen by the held-out denoising loss alone (lower is better; times Z/2 it is in nats, so a
difference of 0.01 is worth 0.01 nats of mutual information). The estimates are printed to be looked
at, not to choose by.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from bmi.benchmark.tasks import (
    additive_noise,
    bivariate_normal,
    embeddings,
    multinormal,
    normal_cdf,
    spiral,
    student,
)

from minde.diffusion.roles import conditional, joint
from minde.estimators.measures import MEASURES
from minde.estimators.pack import Pack
from minde.recipe import make_recipe

DEV_TASKS: dict[str, Callable[[], Any]] = {
    "student": lambda: student.task_student_identity(dim_x=2, dim_y=2, df=4),
    "additive": lambda: additive_noise.task_additive_noise(epsilon=0.3),
    "spiral": lambda: spiral.transform_spiral_task(
        multinormal.task_multinormal_2pair(3, 3, strength=1.5)
    ),
    "swiss": lambda: embeddings.transform_swissroll_task(
        normal_cdf.transform_normal_cdf_task(
            bivariate_normal.task_bivariate_normal(gaussian_correlation=0.6)
        ),
        task_name="Swiss roll, correlation 0.6",
    ),
}

VARIANTS: dict[str, dict[str, Any]] = {
    "fast": {},
    "velocity loss": {"loss": "velocity"},
    "times focused": {"focus": 0.7},
    "velocity loss, times focused": {"loss": "velocity", "focus": 0.7},
    "adam": {"optimizer": "adam"},
    "adam, beta2 0.999": {"optimizer": "adam", "adam_beta2": 0.999},
    "raw time": {"time_feature": "time"},
    "no precondition": {"precondition": "none"},
    "gaussian precondition": {"precondition": "gaussian"},
    "standardize": {"preprocessing": "standardize"},
    "roles per batch": {"roles_per": "batch"},
    "times not stratified": {"stratified": False},
    "constant rate": {"lr_schedule": "constant"},
    "batch 128, twice the steps": {"batch_size": 128},
}


def run(task: Any, family_name: str, options: dict[str, Any], n_steps: int) -> dict[str, Any]:
    """Train two seeds on 50,000 points and read them out on 10,000."""
    samples = [
        np.concatenate([np.array(part, dtype=np.float64) for part in task.sample(60_000, seed)], 1)
        for seed in (0, 1)
    ]
    make = {"c": conditional, "j": joint}[family_name]
    family = make(task.dim_x, task.dim_y)
    if options.get("batch_size") == 128:
        n_steps *= 2
    recipe = make_recipe("fast", family_name, family.dim, **{"n_steps": n_steps, **options})
    test = [s[-10_000:] for s in samples]
    started = time.perf_counter()
    pack = Pack.fit([s[:50_000] for s in samples], family, recipe, [0, 1], validation=test)
    seconds = time.perf_counter() - started
    out = pack.read_out(test, MEASURES[family_name])
    z = pack.schedule.z
    return {
        "held_out_loss": float(pack.held_out[-1, 1:].mean()) * z / 2,
        "seconds": seconds,
        **{name: float(readout.value.mean()) for name, readout in out.items()},
    }


def main() -> None:
    """Run the chosen variants on the chosen tasks; print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", nargs="+", default=[*DEV_TASKS], choices=[*DEV_TASKS])
    parser.add_argument("--variants", nargs="+", default=[*VARIANTS], choices=[*VARIANTS])
    parser.add_argument("--family", default="c", choices=["c", "j"])
    parser.add_argument("--n-steps", type=int, default=2500)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    results = []
    for task_name in args.tasks:
        task = DEV_TASKS[task_name]()
        truth = task.mutual_information
        print(f"\n{task_name}, truth {truth:.3f} nats", flush=True)
        print(f"{'variant':<28}{'loss':>9}{'inside':>8}{'gap':>8}{'cross':>8}{'seconds':>9}")
        for variant in args.variants:
            row = run(task, args.family, VARIANTS[variant], args.n_steps)
            values = [row[k] for k in ("held_out_loss", "inside", "gap", "cross", "seconds")]
            print(
                f"{variant:<28}{values[0]:>9.4f}"
                + "".join(f"{v:>8.3f}" for v in values[1:4])
                + f"{values[4]:>9.0f}",
                flush=True,
            )
            results.append({"task": task_name, "variant": variant, "mi_true": truth, **row})
    if args.json:
        args.json.write_text(json.dumps({"n_steps": args.n_steps, "rows": results}, indent=1))


if __name__ == "__main__":
    main()
