"""How often intervals hold the truth where rows come in groups, with the groups named and without.

Usage: .venv/bin/python benchmarks/groups.py [--laws ...] [--draws 20] [--groups 100] [--rows 10]

Subjects have an effect of their own on what is measured, and so many rows each. The truth is that
of a row of a subject drawn at random.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable

import numpy as np

import minde
from minde.types import Array, Rows

Draw = Callable[[np.random.Generator, int, Rows], tuple[Array, Array, float]]


def _age(slope: float) -> Draw:
    """X is of the subject, Y its effect, a noise, and X times a slope."""

    def draw(g: np.random.Generator, count: int, of: Rows) -> tuple[Array, Array, float]:
        age, effect = g.normal(size=(2, count))
        y = (slope * age + effect)[of] + g.normal(size=len(of))
        return age[of], y, 0.5 * math.log1p(slope**2 / 2.0)

    return draw


def _both(shared: float) -> Draw:
    """Effects on both, of which a share is common."""

    def draw(g: np.random.Generator, count: int, of: Rows) -> tuple[Array, Array, float]:
        common, a, b = g.normal(size=(3, count))
        effects = (math.sqrt(shared) * common + math.sqrt(1.0 - shared) * own for own in (a, b))
        x, y = (effect[of] + g.normal(size=len(of)) for effect in effects)
        return x, y, -0.5 * math.log1p(-((shared / 2.0) ** 2))

    return draw


def _sex(g: np.random.Generator, count: int, of: Rows) -> tuple[Array, Array, float]:
    """A label of the subject that tells nothing of Y."""
    label, effect = g.integers(0, 2, count), g.normal(size=count)
    return np.array(["f", "m"])[label][of], effect[of] + g.normal(size=len(of)), 0.0


def _rows(g: np.random.Generator, count: int, of: Rows) -> tuple[Array, Array, float]:
    """Rows that have nothing to do with their subject."""
    x, noise = g.normal(size=(2, len(of)))
    return x, x + noise, 0.5 * math.log(2.0)


LAWS: dict[str, Draw] = {
    "age, no dependence": _age(0.0),
    "age": _age(1.0),
    "both vary, no dependence": _both(0.0),
    "both vary": _both(0.8),
    "sex, no dependence": _sex,
    "no effect of subjects": _rows,
}


def main() -> None:
    """Draw, estimate and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--laws", nargs="+", default=[*LAWS], choices=[*LAWS])
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--groups", type=int, default=100)
    parser.add_argument("--rows", type=int, default=10, help="Of each group on average.")
    parser.add_argument("--alone", action="store_true", help="Do not run without groups.")
    a = parser.parse_args()
    print("| law | groups | held | mean | mean half-width | truth |\n|---|---|---|---|---|---|")
    for law in a.laws:
        found: dict[str, list[tuple[bool, float, float]]] = {"named": [], "not": []}
        truth = math.nan
        for d in range(a.draws):
            g = np.random.default_rng([d, 11])
            sizes = g.integers(a.rows // 2, a.rows + a.rows // 2 + 1, a.groups)
            of = g.permutation(np.repeat(np.arange(a.groups), sizes))
            x, y, truth = LAWS[law](g, a.groups, of)
            for how in ["named"] if a.alone else [*found]:
                model = minde.MINDE(random_state=d, device="cpu")
                groups = of if how == "named" else None
                e = model.fit(x, y, groups=groups).mutual_information()
                low, high = e.interval
                found[how].append((low - 1e-9 <= truth <= high, e.value, 0.5 * (high - low)))
        for how, rows in found.items():
            if rows:
                held, mean, half = np.array(rows, dtype=float).T
                print(
                    f"| {law} | {how} | {int(held.sum())} of {len(rows)} | {mean.mean():.3f} | "
                    f"{half.mean():.3f} | {truth:.3f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
