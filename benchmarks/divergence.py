"""How often intervals of the KL divergence of one column hold the truth, by law and rows.

    python benchmarks/divergence.py --draws 100
    python benchmarks/divergence.py --draws 100 --of levels     # counts, ages, words

The rows of p and of q are given as pairs. The truth is the mean of log p - log q at quantiles of p.
The last column counts the intervals that have an upper end: where p reaches beyond q's rows none
has, and a warning says so. Bias and spread are those of finite values.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from typing import Any

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
#: Numbers of words, and shares of the r-th of them: as one over r, all alike, and those of others.
WORDS = 300
ZIPF = 1.0 / np.arange(1, WORDS + 1) / (1.0 / np.arange(1, WORDS + 1)).sum()
ALIKE = np.full(WORDS, 1.0 / WORDS)


@dataclass(frozen=True)
class Shares:
    """A law of labels by their shares; ``name`` is what they are called."""

    shares: np.ndarray
    name: str = "w"

    def rvs(self, rows: int, random_state: int) -> Any:
        """Rows of labels."""
        drawn = np.random.default_rng(random_state).choice(len(self.shares), rows, p=self.shares)
        return np.array([f"{self.name}{k}" for k in range(len(self.shares))])[drawn]

    def divergence(self, other: Shares) -> float:
        """Of this law from another, nats."""
        return float((self.shares * np.log(self.shares / other.shares)).sum())


@dataclass(frozen=True)
class Rounded:
    """A law of numbers, each rounded to a step."""

    law: Any
    step: float = 1.0

    def rvs(self, rows: int, random_state: int) -> Any:
        """Rows of rounded numbers."""
        return np.round(self.law.rvs(rows, random_state=random_state) / self.step)

    def divergence(self, other: Rounded) -> float:
        """Of this law from another, nats."""
        at = (np.arange(-4000, 4000) + 0.5) * self.step
        p, q = (np.diff(own.law.cdf(at)) for own in (self, other))
        held = (p > 1e-15) & (q > 0.0)
        return float((p[held] * np.log(p[held] / q[held])).sum())


LEVELS = {
    "words, the same": (Shares(ZIPF), Shares(ZIPF)),
    "words, one rank on": (Shares(ZIPF), Shares(np.roll(ZIPF, 1))),
    "words, all alike": (Shares(ALIKE), Shares(ZIPF)),
    "words, from alike": (Shares(ZIPF), Shares(ALIKE)),
    "three labels": (Shares(np.array([0.5, 0.3, 0.2])), Shares(np.array([0.2, 0.3, 0.5]))),
    "ages, the same": (Rounded(stats.norm(45, 15)), Rounded(stats.norm(45, 15))),
    "ages, half a step": (Rounded(stats.norm(45, 15)), Rounded(stats.norm(52.5, 15))),
    "one decimal": (Rounded(stats.norm(), 0.1), Rounded(stats.norm(0.5), 0.1)),
    "counts about 30": (Rounded(stats.norm(30, 5.5)), Rounded(stats.norm(33, 5.5))),
}
ROWS = ((300, 300), (1000, 1000), (4000, 4000), (1000, 300), (300, 3000))


def divergence(p: Any, q: Any) -> float:
    """By the quantiles of p, or of levels by their shares."""
    if isinstance(p, Shares | Rounded):
        return p.divergence(q)
    x = p.ppf((np.arange(1_000_000) + 0.5) / 1_000_000)
    return float((p.logpdf(x) - q.logpdf(x)).mean())


def main() -> None:
    """Print a row a pair of laws and of rows."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--of", choices=("values", "levels"), default="values")
    given = parser.parse_args()
    laws = {"values": LAWS, "levels": LEVELS}[given.of]
    print(f"{'rows':>9} {'law':20} {'truth':>6} {'bias':>7} {'spread':>6} {'half':>6} inside ended")
    for n, m in ROWS:
        for name, (p, q) in laws.items():
            truth = divergence(p, q)
            found = [
                minde.kl_divergence(p.rvs(n, random_state=k), q.rvs(m, random_state=10_000 + k))
                for k in range(given.draws)
            ]
            finite = [e for e in found if math.isfinite(e.value)]
            errors = np.array([e.value for e in finite]) - truth
            half = 1.96 * np.mean([e.std_error for e in finite])
            held = sum(e.interval[0] <= truth <= e.interval[1] for e in found)
            ended = sum(math.isfinite(e.interval[1]) for e in found)
            print(
                f"{n:4} {m:4} {name:20} {truth:6.3f} {errors.mean():+7.4f} {errors.std():6.4f} "
                f"{half:6.4f} {held:6} {ended:5}",
                flush=True,
            )


if __name__ == "__main__":
    main()
