"""Each piece of recipe `fast` switched off alone, on development tasks.

Usage: .venv/bin/python benchmarks/ablation.py [--tasks student swiss] [--variants fast adam ...]
           [--n-steps 2000] [--family c] [--json PATH]

The development tasks (dev_tasks.py) have parameters that the benchmark does not have; of three and
more variables the O-information is measured, or with family c the interaction. Recipes are chosen
by the denoising loss on rows that no part of the training saw, in nats (lower is better): Z/2 times
the mean squared error, summed over the patterns, at times drawn by importance, on the same noise
for every variant, of the network without its blend. The estimates are printed to be looked at, not
to choose by.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from dev_tasks import DEV_TASKS, DevTask
from minde.diffusion.roles import conditional, joint, masked
from minde.ensemble.ensemble import Ensemble
from minde.ensemble.train import train as train_all
from minde.readout.measures import measure_of
from minde.recipe import make_recipe
from minde.seeding import generator
from minde.training.job import Job
from minde.training.prepared import stacked

#: Tasks of two variables, the default.
PAIRS = ("student", "additive", "spiral", "swiss")

#: Recipe options of each; ``codes``: the family's codes of a clean and of an absent variable,
#: ``steps``: how many times the steps.
VARIANTS: dict[str, dict[str, Any]] = {
    "fast": {},
    "the paper's network": {"network": "residual"},
    "adam": {"optimizer": "adam"},
    "noise not in pairs": {"antithetic": False},
    "times as the paper's": {"focus": 0.0, "adapt": 0.0},
    "times not adapting": {"focus": 0.8, "adapt": 0.0},
    "patterns even": {"p_conditional": 0.5},
    "no weight decay": {"weight_decay": 0.0},
    "batch 256, twice the steps": {"batch_size": 256, "lr": 2.8e-3, "steps": 2},
    "batch 256, as many steps": {"batch_size": 256},
    "raw time": {"time_feature": "time"},
    "no precondition": {"precondition": "none"},
    "standardize": {"preprocessing": "standardize"},
    "roles per batch": {"roles_per": "batch"},
    "times not stratified": {"stratified": False},
    "constant rate": {"lr_schedule": "constant"},
    "rate 4e-3": {"lr": 4e-3},
    "rate 8e-3": {"lr": 8e-3},
    "rate 16e-3": {"lr": 16e-3},
    "rate 4e-3, half the steps": {"lr": 4e-3, "steps": 0.5},
    "rate 8e-3, half the steps": {"lr": 8e-3, "steps": 0.5},
    "rate 16e-3, half the steps": {"lr": 16e-3, "steps": 0.5},
    "rate 8e-3, a third of the steps": {"lr": 8e-3, "steps": 0.34},
    "rate 16e-3, a third of the steps": {"lr": 16e-3, "steps": 0.34},
    "velocity loss": {"loss": "velocity"},
    "products in bfloat16": {"precision": "bfloat16"},
    "roles as codes": {"role_inputs": "code"},
    "roles as codes 3 and -3": {"role_inputs": "code", "codes": (3.0, -3.0)},
    "roles as codes -3 and -4": {"role_inputs": "code", "codes": (-3.0, -4.0)},
}


def denoising_loss(ensemble: Ensemble, rows: Any) -> float:
    """Z/2 times the squared error of the noise, summed over patterns, on three noises per row."""
    data = stacked(ensemble.transforms, rows, ensemble.device)
    diffuser, network = ensemble.diffuser(), ensemble.network()
    g, total = generator(0, "ablation"), 0.0
    for k in range(len(ensemble.family.patterns)):
        for _ in range(3):
            points = diffuser.draw(data, [g] * len(data))
            noise = network(diffuser.values(points, k), k, points.t)
            rest = diffuser.mask(k) * (diffuser.noise(points) - noise)
            total += float(rest.square().sum(-1).mean()) / 3
    return 0.5 * ensemble.schedule.z * total


def run(
    task: DevTask, family_name: str, options: dict[str, Any], n_steps: int, seeds: int
) -> dict[str, Any]:
    """Train on the task's number of rows a seed and read out on 10,000."""
    samples = [task.draw(task.n_train + 10_000, seed) for seed in range(seeds)]
    measure = measure_of(family_name, len(task.dims))
    family = masked(task.dims, measure.patterns)
    if len(task.dims) == 2:
        family = {"c": conditional, "j": joint}[family_name](*task.dims)
    options = {"n_steps": n_steps, **options}
    options["n_steps"] = round(options["n_steps"] * options.pop("steps", 1))
    if codes := options.pop("codes", None):
        family = replace(family, code_clean=codes[0], code_absent=codes[1])
    recipe = make_recipe("fast", family_name, family.dim, **options)
    train, test = [s[: task.n_train] for s in samples], [s[-10_000:] for s in samples]
    started = time.process_time()
    (ensemble,) = train_all([Job(train, family, recipe, range(seeds))])
    seconds = time.process_time() - started
    out = ensemble.read(test, measure, train, halfway=False).final
    return {
        "loss": denoising_loss(ensemble, test),
        "seconds": seconds,
        **{name: float(readout.value.mean()) for name, readout in out.items()},
    }


def main() -> None:
    """Run the chosen variants on the chosen tasks; print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", nargs="+", default=[*PAIRS], choices=[*DEV_TASKS])
    parser.add_argument("--variants", nargs="+", default=[*VARIANTS], choices=[*VARIANTS])
    parser.add_argument("--family", default="c", choices=["c", "j"])
    parser.add_argument("--n-steps", type=int, default=2000)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    results = []
    for task_name in args.tasks:
        task = DEV_TASKS[task_name]()
        truth = task.truth
        print(f"\n{task_name}, truth {truth:.3f} nats", flush=True)
        shown = ("inside", "outside-1", "gap", "cross", "scaled")
        print(f"{'variant':<28}{'loss':>9}{''.join(f'{k:>10}' for k in shown)}{'seconds':>9}")
        for variant in args.variants:
            row = run(task, args.family, VARIANTS[variant], args.n_steps, args.seeds)
            print(
                f"{variant:<28}{row['loss']:>9.4f}"
                + "".join(f"{row[k]:>10.3f}" for k in shown)
                + f"{row['seconds']:>9.0f}",
                flush=True,
            )
            results.append({"task": task_name, "variant": variant, "mi_true": truth, **row})
    if args.json:
        args.json.write_text(json.dumps({"n_steps": args.n_steps, "rows": results}, indent=1))


if __name__ == "__main__":
    main()
