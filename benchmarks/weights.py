"""How often intervals of weighted rows hold the truth of the law that the weights stand for.

    python benchmarks/weights.py --draws 200 --rows 300 1000 3000
    python benchmarks/weights.py --networks --draws 20 --rows 1000

Rows are drawn from one law and weighted by the ratio of another's density to it; of ``rough`` laws
weights are lognormal and have nothing to do with the rows. With ``--networks`` those laws alone
that networks read, in 200 steps, else those that are counted or read from spacings. The column
``n_eff`` is the mean effective number of rows, ``half`` the median half-width.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable

import numpy as np
from scipy import stats

import minde
from minde import MINDE
from minde.readout.estimate import MIEstimate

Draw = Callable[[np.random.Generator, int], MIEstimate]
#: A table, and the shares that its cells are drawn with.
CELLS = np.array([[0.30, 0.10, 0.05], [0.05, 0.20, 0.30]])
DRAWN = np.array([[0.10, 0.20, 0.20], [0.20, 0.20, 0.10]])
#: Means of three classes, their shares, and those with the first drawn three times too often.
MEANS, SHARES = np.array([0.0, 1.5, 3.0]), np.array([0.2, 0.4, 0.4])
OFTEN = SHARES * [3.0, 1.0, 1.0] / (SHARES * [3.0, 1.0, 1.0]).sum()
NORMAL = 0.5 * math.log(2.0 * math.pi * math.e)
#: Of networks, which are many here.
BRIEF = {"options": {"n_steps": 200, "width": 32}}
#: Deviation of the logarithm of rough weights.
ROUGH = 0.8


def entropy_of(shares: np.ndarray) -> float:
    """Of a discrete law, nats."""
    return float(-(shares * np.log(shares)).sum())


def rough(rng: np.random.Generator, n: int) -> np.ndarray:
    """Weights that have nothing to do with the rows."""
    return np.exp(ROUGH * rng.normal(size=n))


def table(rng: np.random.Generator, n: int) -> tuple[np.ndarray, ...]:
    """Two labels and weights."""
    cell = rng.choice(CELLS.size, n, p=DRAWN.ravel())
    return cell // 3, cell % 3, (CELLS / DRAWN).ravel()[cell]


def classes(rng: np.random.Generator, n: int) -> tuple[np.ndarray, ...]:
    """A label, a column and weights."""
    k = rng.choice(3, n, p=OFTEN)
    return k, MEANS[k] + rng.normal(size=n), (SHARES / OFTEN)[k]


def pair(drawn: float, wanted: float) -> Callable[..., tuple[np.ndarray, ...]]:
    """A normal pair drawn with one correlation, with the weights that make it another's."""

    def draw(rng: np.random.Generator, n: int) -> tuple[np.ndarray, ...]:
        x, e = rng.normal(size=(2, n))
        y = drawn * x + math.sqrt(1.0 - drawn**2) * e

        def log_density(r: float) -> np.ndarray:
            return -0.5 * math.log(1 - r * r) - (x * x - 2 * r * x * y + y * y) / (2 * (1 - r * r))

        return x, y, np.exp(log_density(wanted) - log_density(drawn))

    return draw


def information(draw: Callable[..., tuple[np.ndarray, ...]], **settings: object) -> Draw:
    """The mutual information of what is drawn."""

    def read(rng: np.random.Generator, n: int) -> MIEstimate:
        x, y, w = draw(rng, n)
        return MINDE(**settings).fit(x, y, weights=w).mutual_information()

    return read


def entropy(law: stats.rv_continuous, of: stats.rv_continuous | None) -> Draw:
    """The entropy of a column of one law, weighted to be of another; roughly if there is none."""

    def read(rng: np.random.Generator, n: int) -> MIEstimate:
        x = law.rvs(n, random_state=rng)
        w = rough(rng, n) if of is None else of.pdf(x) / law.pdf(x)
        return minde.entropy(x, weights=w)

    return read


def divergence(rng: np.random.Generator, n: int) -> MIEstimate:
    """From a normal column a half to the right, both drawn wide."""
    wide = stats.norm(0.0, 1.3)
    x, y = wide.rvs((2, n), random_state=rng)
    of_p, of_q = stats.norm(0.5).pdf(x) / wide.pdf(x), stats.norm().pdf(y) / wide.pdf(y)
    return minde.kl_divergence(x, y, weights=(of_p, of_q))


def divergence_of_tables(rng: np.random.Generator, n: int) -> MIEstimate:
    """From three levels to others, both drawn alike often."""
    k, j = rng.choice(3, (2, n))
    weights = (SHARES[k], OFTEN[j])
    return minde.kl_divergence(k, j, kinds={"p": "categorical"}, weights=weights)


def triple(rng: np.random.Generator, n: int) -> MIEstimate:
    """I(X; Y | Z) of a normal pair beside a column that knows nothing of it."""
    x, y, w = pair(0.6, 0.8)(rng, n)
    z = rng.normal(size=n)
    how = {"n_seeds": 1, "folds": 5, **BRIEF}
    return minde.conditional_mutual_information(x, y, z, weights=w, **how)


def of_pair(rng: np.random.Generator, n: int) -> MIEstimate:
    """H(X, Y) of a normal pair."""
    x, y, w = pair(0.6, 0.8)(rng, n)
    return minde.entropy(np.stack([x, y], axis=1), weights=w, n_seeds=1, folds=5, **BRIEF)


def _of_classes() -> float:
    grid = np.linspace(-8.0, 11.0, 20_001)
    density = stats.norm.pdf(grid[:, None], MEANS) @ SHARES
    return float(-(density * np.log(density)).sum() * (grid[1] - grid[0])) - NORMAL


LABELS = {"x": "categorical"}
EASY: dict[str, tuple[float, Draw]] = {
    "I of a table": (
        entropy_of(CELLS.sum(0)) + entropy_of(CELLS.sum(1)) - entropy_of(CELLS),
        information(table),
    ),
    "I of none, rough": (
        0.0,
        information(lambda rng, n: (rng.choice(3, n), rng.choice(4, n), rough(rng, n))),
    ),
    "H of a label drawn 3 times": (
        entropy_of(SHARES),
        lambda rng, n: minde.entropy((drawn := classes(rng, n))[0], kinds=LABELS, weights=drawn[2]),
    ),
    "KL of labels": (float((SHARES * np.log(SHARES / OFTEN)).sum()), divergence_of_tables),
    "I of class and column": (_of_classes(), information(classes, kinds=LABELS)),
    "I of class and column, rough": (
        _of_classes(),
        information(
            lambda rng, n: (
                (k := rng.choice(3, n, p=SHARES)),
                MEANS[k] + rng.normal(size=n),
                rough(rng, n),
            ),
            kinds=LABELS,
        ),
    ),
    "I of label and column, none": (
        0.0,
        information(
            lambda rng, n: (rng.choice(3, n), rng.normal(size=n), rough(rng, n)), kinds=LABELS
        ),
    ),
    "H of a normal, drawn wide": (NORMAL, entropy(stats.norm(0.0, 1.3), stats.norm())),
    "H of a normal, drawn beside": (NORMAL, entropy(stats.norm(), stats.norm(0.5))),
    "H of a normal, drawn narrow": (
        NORMAL + math.log(1.2),
        entropy(stats.norm(), stats.norm(0.0, 1.2)),
    ),
    "H of an exponential, rough": (1.0, entropy(stats.expon(), None)),
    "KL of normals": (0.125, divergence),
}
NETWORKS: dict[str, tuple[float, Draw]] = {
    "I of a pair, 0.6 to 0.8": (-0.5 * math.log(1.0 - 0.64), information(pair(0.6, 0.8), **BRIEF)),
    "I of a pair, 0.8 to 0.7": (-0.5 * math.log(1.0 - 0.49), information(pair(0.8, 0.7), **BRIEF)),
    "I of a pair, 0.3 to 0": (0.0, information(pair(0.3, 0.0), **BRIEF)),
    "I of a pair given z": (-0.5 * math.log(1.0 - 0.64), triple),
    "H of a pair": (2.0 * NORMAL + 0.5 * math.log(1.0 - 0.64), of_pair),
}


def main() -> None:
    """Print a row a law and number of rows."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--rows", type=int, nargs="+", default=[300, 1000, 3000])
    parser.add_argument("--networks", action="store_true")
    parser.add_argument("--laws", nargs="+", default=[], help="Parts of their names; all if none.")
    given = parser.parse_args()
    print(f"{'rows':>5} {'law':30} {'n_eff':>6} {'truth':>6} {'bias':>7} {'half':>6} inside")
    for n in given.rows:
        for name, (truth, draw) in (NETWORKS if given.networks else EASY).items():
            if given.laws and not any(part in name for part in given.laws):
                continue
            found = [draw(np.random.default_rng(seed), n) for seed in range(given.draws)]
            ends = np.array([e.interval for e in found])
            held = (ends[:, 0] <= truth) & (truth <= ends[:, 1])
            rows = np.mean([e.effective_rows for e in found])
            bias = np.mean([e.value for e in found]) - truth
            half = 0.5 * np.median(ends[:, 1] - ends[:, 0])
            print(
                f"{n:5} {name:30} {rows:6.0f} {truth:6.3f} {bias:+7.4f} {half:6.4f} "
                f"{held.sum()} of {len(held)}",
                flush=True,
            )


if __name__ == "__main__":
    main()
