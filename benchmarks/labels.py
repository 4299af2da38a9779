"""How often intervals of labels against one column hold the truth, by law and number of rows.

    python benchmarks/labels.py --draws 150 --rows 300 1000 3000

Draws of more levels than spacings are read for are left out: networks read those.
"""

from __future__ import annotations

import argparse

import numpy as np

from minde import MINDE
from minde.estimators.columns_given_labels import ROWS_OF_CELL
from minde.experiments.mixed import laws
from minde.experiments.mixed.tasks import LAWS


def cauchy_and_labels(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """A Cauchy column and four labels that know nothing of one another."""
    return rng.standard_t(1, size=(n, 1)), rng.choice(4, n, p=[0.4, 0.3, 0.2, 0.1])[:, None]


def lognormal_and_coin(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """A lognormal column and a fair coin that know nothing of one another."""
    return np.exp(rng.normal(size=(n, 1))), rng.integers(0, 2, n)[:, None]


KNOWN = {
    "level and uniform (5)": LAWS["gao-uniform-5"],
    "normal, 5 answers, 0.8": LAWS["likert-one"],
    "normal, 9 answers, 0.5": laws.likert(9, 0.5, both=False),
    "normal, 3 answers, 0.95": laws.likert(3, 0.95, both=False),
    "three classes": LAWS["classes-1"],
    "three classes, apart": laws.classes(1, 5.0),
    "three classes, close": laws.classes(1, 0.4),
    "Cauchy and sign, 10% wrong": LAWS["noisy-sign"],
    "Cauchy and sign, 1% wrong": laws.noisy_sign(0.01),
    "Cauchy and four labels": laws.Law(
        ("continuous",), ("categorical",), cauchy_and_labels, lambda: 0.0
    ),
    "lognormal and coin": laws.Law(
        ("continuous",), ("categorical",), lognormal_and_coin, lambda: 0.0
    ),
}


def main() -> None:
    """Print a row a law and number of rows."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--draws", type=int, default=150)
    parser.add_argument("--rows", type=int, nargs="+", default=[300, 1000, 3000])
    given = parser.parse_args()
    print(f"{'rows':>5} {'law':28} {'truth':>6} {'bias':>7} {'spread':>6} {'half':>6} inside")
    for n in given.rows:
        for name, law in KNOWN.items():
            truth, found = law.truth(), []
            for seed in range(given.draws):
                x, y = (v[:, 0] for v in law.draw(np.random.default_rng(seed), n))
                labels, side = (x, "x") if law.x[0] != "continuous" else (y, "y")
                if len(np.unique(labels)) * ROWS_OF_CELL <= n:
                    model = MINDE(kinds={side: "categorical"}).fit(x, y)
                    found.append(model.mutual_information())
            if not found:
                continue
            ends = np.array([e.interval for e in found])
            errors = np.array([e.value for e in found]) - truth
            held = (ends[:, 0] <= truth) & (truth <= ends[:, 1])
            half = 0.5 * (ends[:, 1] - ends[:, 0]).mean()
            print(
                f"{n:5} {name:28} {truth:6.3f} {errors.mean():+7.4f} {errors.std():6.4f} "
                f"{half:6.4f} {held.sum()} of {len(held)}",
                flush=True,
            )


if __name__ == "__main__":
    main()
