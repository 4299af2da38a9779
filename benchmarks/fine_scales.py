"""Information beyond five nats: exact scores and fits, with the smallest time fixed and as asked.

Usage: .venv/bin/python benchmarks/fine_scales.py [--exact] [--fits] [--families c j] [--rows 10000]
           [--n-steps 1000] [--seeds 0 1 2]

Normal pairs have the truth as their name; ``uniform`` is x uniform on [0, 1], y = x + 0.001 n, of
5.489 nats by quadrature. ``fixed`` is the paper's smallest time of 1e-3, the baseline.
"""

from __future__ import annotations

import argparse
import math

import numpy as np
import torch

from minde import MINDE
from minde.diffusion.gaussian import GaussianNoise
from minde.diffusion.points import Diffuser
from minde.diffusion.roles import conditional, joint
from minde.diffusion.schedule import VPSchedule
from minde.options import ReadoutOptions
from minde.readout.fit_control import fit_control
from minde.readout.known_values import entropy_terms
from minde.readout.measures import MEASURES
from minde.readout.readout import read_out
from minde.training.fine import Scales, schedule_for
from minde.types import Array

MAKE = {"c": conditional, "j": joint}
#: Entropy of U + 0.001 N less that of the noise, by quadrature, nats.
UNIFORM = 5.489


def pair(nats: float, n: int, seed: int) -> Array:
    """A normal pair of so many nats, (n, 2)."""
    rng = np.random.default_rng(seed)
    v = math.exp(-2.0 * nats)
    x = rng.normal(size=(n, 1))
    return np.concatenate([x, math.sqrt(1 - v) * x + math.sqrt(v) * rng.normal(size=(n, 1))], 1)


def exact(family_name: str, nats: float, schedule: VPSchedule) -> str:
    """Inside by the exact score, and the mean of the control variate's noise; 20,000 rows."""
    family, measure = MAKE[family_name](1, 1), MEASURES[family_name]
    r = math.sqrt(1.0 - math.exp(-2.0 * nats))
    covariance = torch.tensor([[1.0, r], [r, 1.0]], dtype=torch.float64)[None]
    train, test = (pair(nats, 20_000, seed) for seed in (0, 1))
    data = torch.from_numpy(test).float()[None]
    rest = (Diffuser(family, schedule), measure, [0], ReadoutOptions(antithetic=True))
    inside = read_out(GaussianNoise(covariance, family, schedule), data, *rest)["inside"]
    terms = entropy_terms(measure, family.dims)
    control = fit_control(torch.from_numpy(train)[None], terms, family.dims)
    assert control is not None
    model = GaussianNoise(control.covariance, family, schedule, control.mean)
    w = control.values(data, [read_out(model, data, *rest)["gap"].pointwise])[0, 0]
    error = w.std().item() / math.sqrt(len(w))
    return (
        f"{inside.value.item():8.3f} ± {inside.std_error.item():.3f}  w {w.mean().item():+.3f} ± "
        f"{error:.3f}"
    )


def fitted(family: str, kind: str, n: int, n_steps: int, seed: int, smallest: str) -> str:
    """Estimate and interval of two networks."""
    rows = pair(float(kind), n, seed) if kind != "uniform" else np.empty((n, 2))
    if kind == "uniform":
        rng = np.random.default_rng(seed)
        rows[:, 0] = rng.uniform(size=n)
        rows[:, 1] = rows[:, 0] + 0.001 * rng.normal(size=n)
    options = {"n_steps": n_steps, "smallest_time": smallest}
    model = MINDE(family=family, n_seeds=2, options=options)  # type: ignore[arg-type]
    found = model.fit(rows[:, :1], rows[:, 1:]).mutual_information()
    low, high = found.interval
    return f"{found.value:8.3f} [{low:.3f}, {high:.3f}]"


def main() -> None:
    """Print both tables, or one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exact", action="store_true")
    parser.add_argument("--fits", action="store_true")
    parser.add_argument("--families", nargs="+", default=["c", "j"], choices=["c", "j"])
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--n-steps", type=int, default=1000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    args = parser.parse_args()
    both = not (args.exact or args.fits)
    if args.exact or both:
        for nats in (2.0, 3.0, 4.0, 4.5, 5.0, 6.0, 8.0, 10.0):
            asked = schedule_for(Scales.of(pair(nats, 20_000, 0), (1, 1)))
            for family in args.families:
                fixed, new = (exact(family, nats, s) for s in (VPSchedule(), asked))
                print(f"exact {family} {nats:4g} nats: fixed {fixed}; {asked.t_eps:.0e} {new}")
    if args.fits or both:
        for kind in ("5", "6", "8", "uniform"):
            truth = UNIFORM if kind == "uniform" else float(kind)
            for family in args.families:
                for seed in args.seeds:
                    fixed, new = (
                        fitted(family, kind, args.rows, args.n_steps, seed, smallest)
                        for smallest in ("fixed", "data")
                    )
                    line = f"fit {family} {kind} seed {seed}, truth {truth:.3f}"
                    print(f"{line}: fixed {fixed}; data {new}", flush=True)


if __name__ == "__main__":
    main()
