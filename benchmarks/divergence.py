"""How often intervals of the KL divergence of one column hold the truth, by law and rows.

    python benchmarks/divergence.py --draws 100

The rows of p and of q are given as pairs. The truth is the mean of log p - log q at quantiles of p.
The last column counts the intervals that have an upper end: where p reaches beyond q's rows none
has, and a warning says so.
"""

from __future__ import annotations

import argparse
import math

import numpy as np
from scipy import stats

import minde

LAWS = {
    "the same": (stats.norm(), stats.norm()),
    "normal, half a step": (stats.norm(0.5), stats.norm()),
    "normal, 1.5 steps": (stats.norm(1.5), stats.norm()),
    "Cauchy, a step": (stats.cauchy(1.0), stats.cauchy()),
    "lognormal": (stats.lognorm(1.0, scale=math.exp(0.3)), stats.lognorm(1.0)),
    "uniform in normal": (stats.uniform(-1.0, 2.0), stats.norm()),
    "half as wide": (stats.norm(0.0, 0.5), stats.norm()),
    "1.3 times as wide": (stats.norm(0.0, 1.3), stats.norm()),
    "exponential, twice": (stats.expon(), stats.expon(scale=2.0)),
    "normal in Student's": (stats.norm(), stats.t(3)),
    "beta in uniform": (stats.beta(0.5, 2.0), stats.uniform()),
}
ROWS = ((300, 300), (1000, 1000), (4000, 4000), (1000, 300), (300, 3000))


def divergence(p: stats.rv_frozen, q: stats.rv_frozen) -> float:
    """By the quantiles of p."""
    x = p.ppf((np.arange(1_000_000) + 0.5) / 1_000_000)
    return float((p.logpdf(x) - q.logpdf(x)).mean())


def main() -> None:
    """Print a row a pair of laws and of rows."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--draws", type=int, default=100)
    given = parser.parse_args()
    print(f"{'rows':>9} {'law':20} {'truth':>6} {'bias':>7} {'spread':>6} {'half':>6} inside ended")
    for n, m in ROWS:
        for name, (p, q) in LAWS.items():
            truth = divergence(p, q)
            found = [
                minde.kl_divergence(p.rvs(n, random_state=k), q.rvs(m, random_state=10_000 + k))
                for k in range(given.draws)
            ]
            errors = np.array([e.value for e in found]) - truth
            half = 1.96 * np.mean([e.std_error for e in found])
            held = sum(e.interval[0] <= truth <= e.interval[1] for e in found)
            ended = sum(math.isfinite(e.interval[1]) for e in found)
            print(
                f"{n:4} {m:4} {name:20} {truth:6.3f} {errors.mean():+7.4f} {errors.std():6.4f} "
                f"{half:6.4f} {held:6} {ended:5}",
                flush=True,
            )


if __name__ == "__main__":
    main()
