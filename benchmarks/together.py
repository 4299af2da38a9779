"""Information that columns hold together, of which neither alone tells as much: a table.

Usage: .venv/bin/python benchmarks/together.py [--laws product sign ...] [--rows 1000] [--draws 5]
           [--questions given both interaction] [--options '{"n_steps": 2000}']

X and Y are independent and Z follows from both, as where an effect of one is moderated by the
other. Asked is I(X; Z | Y) by three names: as it stands (`given`), as I(X; (Y, Z)), to which it is
equal since X and Y are independent (`both`), and less I(X; Z), the interaction information
(`interaction`). The truths are closed forms, or entropies by quadrature. Options are the defaults
but for --options.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage, stats

import minde
from minde.types import Array

_GRID = np.linspace(-12.0, 12.0, 2401)
_NODES = stats.norm.ppf((np.arange(1, 301) - 0.5) / 300)


@dataclass(frozen=True)
class Law:
    """Z = f(X, Y) + noise N, all standard normal.

    Attributes:
        f: Of x and y.
        noise: Standard deviation of what is added.
    """

    f: Callable[[Array, Array], Array]
    noise: float

    def draw(self, rows: int, seed: int) -> tuple[Array, Array, Array]:
        """Rows of X, Y and Z."""
        x, y, n = np.random.default_rng(seed).normal(size=(3, rows))
        return x, y, self.f(x, y) + self.noise * n

    @property
    def given(self) -> float:
        """I(X; Z | Y): mean entropy of Z given Y, less the noise's."""
        of_y = [self._entropy(self.f(_NODES, np.full_like(_NODES, y))) for y in _NODES]
        return float(np.mean(of_y)) - _normal(self.noise)

    @property
    def alone(self) -> float:
        """I(X; Z): entropy of Z, less the mean of that given X."""
        of_x = [self._entropy(self.f(np.full_like(_NODES, x), _NODES)) for x in _NODES]
        x, y = np.meshgrid(_NODES, _NODES)
        return self._entropy(self.f(x.ravel(), y.ravel())) - float(np.mean(of_x))

    def _entropy(self, at: Array) -> float:
        """Of normal kernels of the noise's width at points of equal share."""
        step = _GRID[1] - _GRID[0]
        share = np.histogram(at, np.append(_GRID, _GRID[-1] + step) - step / 2)[0] / len(at)
        blurred = ndimage.gaussian_filter1d(share, self.noise / step, mode="constant", truncate=8.0)
        p = np.maximum(blurred / step, 1e-300)
        return -float((p * np.log(p)).sum() * step)


class Sign(Law):
    """Z = sign(X Y) |N|: only the sign is shared, one bit of it."""

    def draw(self, rows: int, seed: int) -> tuple[Array, Array, Array]:
        """Rows of X, Y and Z."""
        x, y, n = np.random.default_rng(seed).normal(size=(3, rows))
        return x, y, np.sign(x * y) * np.abs(n)

    @property
    def given(self) -> float:
        """One bit."""
        return math.log(2.0)

    @property
    def alone(self) -> float:
        """Nothing."""
        return 0.0


LAWS: dict[str, Law] = {
    "product": Law(lambda x, y: x * y, 0.5),
    "product, much noise": Law(lambda x, y: x * y, 2.0),
    "slopes": Law(lambda x, y: x * (1.0 + y), 0.7),
    "switch": Law(lambda x, y: np.where(y > 0.0, x, 0.0), 0.3),
    "turned": Law(lambda x, y: np.where(y > 0.0, x, -x), 0.5),
    "distance": Law(lambda x, y: np.abs(x - y), 0.3),
    "larger": Law(lambda x, y: np.maximum(x, y), 0.3),
    "ring": Law(lambda x, y: np.hypot(x, y), 0.2),
    "wave": Law(lambda x, y: np.sin(2.0 * (x + y)), 0.3),
    "sign": Sign(lambda x, y: x, 1.0),
}


def ask(question: str, rows: tuple[Array, Array, Array], seed: int, **options: object) -> object:
    """The estimate of a question."""
    x, y, z = rows
    told = {"random_state": seed, **options}
    if question == "given":
        return minde.conditional_mutual_information(x, z, y, **told)
    if question == "both":
        return minde.MINDE(**told).fit(x, np.c_[y, z]).mutual_information()
    return minde.interaction_information(x, z, y, **told)


def _normal(sigma: float) -> float:
    return 0.5 * math.log(2.0 * math.pi * math.e * sigma**2)


def main() -> None:
    """Print a line per law and question."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--laws", nargs="+", choices=LAWS, default=list(LAWS))
    parser.add_argument("--questions", nargs="+", default=["both"])
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--options", type=json.loads, default={})
    args = parser.parse_args()
    options = {"options": args.options} if args.options else {}
    print("| law | asked | truth | mean value | first interval | held | told | seconds |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    held = asked = 0
    for name in args.laws:
        law = LAWS[name]
        for question in args.questions:
            truth = law.given if question != "interaction" else law.given - law.alone
            started = time.perf_counter()
            found = [
                ask(question, law.draw(args.rows, seed), seed, **options)
                for seed in range(args.draws)
            ]
            took = (time.perf_counter() - started) / args.draws
            inside = sum(f.interval[0] <= truth <= f.interval[1] for f in found)
            told = sum(any("neighbours" in w for w in f.warnings) for f in found)
            held, asked = held + inside, asked + args.draws
            low, high = found[0].interval
            print(
                f"| {name} | {question} | {truth:.3f} | {np.mean([f.value for f in found]):.3f} | "
                f"[{low:.3f}, {high:.3f}] | {inside} of {args.draws} | {told} | {took:.0f} |",
                flush=True,
            )
    print(f"held: {held} of {asked}")


if __name__ == "__main__":
    main()
