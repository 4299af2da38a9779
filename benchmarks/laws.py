"""Entropy of laws of every tail and shape against the truth: a table.

Usage: .venv/bin/python benchmarks/laws.py [--laws normal cauchy ...] [--dims 1 2 5] [--rows 5000]
           [--rho 0.6] [--seeds 5] [--draws 1]

Of each law columns that are independent, and columns of the Gaussian copula whose correlations are
all ``--rho``; the truth is the sum of the columns' entropies, and of the latter half the logarithm
of the correlations' determinant. Options are the defaults but for ``--seeds``, the number of
networks. Value and interval are those of the first of ``--draws`` samples, the last column counts
the intervals that hold the truth. Of one column nothing is trained, and many draws take seconds.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from scipy import stats

import minde


class Mixture:
    """Laws of which each has a share of the rows."""

    def __init__(self, *parts: tuple[float, Any]) -> None:
        self.parts = parts
        at = np.linspace(0.0, 1.0, 200_000 // len(parts))[1:-1]
        self.grid = np.unique(np.concatenate([law.ppf(at) for _, law in parts]))
        self.below = sum(share * law.cdf(self.grid) for share, law in parts)

    def ppf(self, u: np.ndarray) -> np.ndarray:
        """Quantiles, by interpolation of the distribution function on the quantiles of parts."""
        return np.interp(u, self.below, self.grid)

    def entropy(self) -> float:
        """By the mean of -log p at quantiles of each part."""
        at = (np.arange(20_000) + 0.5) / 20_000
        return -sum(share * np.log(self._pdf(law.ppf(at))).mean() for share, law in self.parts)

    def _pdf(self, x: np.ndarray) -> np.ndarray:
        return sum(share * law.pdf(x) for share, law in self.parts)


def clusters(number: int, width: float, apart: float) -> Mixture:
    """Uniform laws of one width, as far apart."""
    return Mixture(*[(1.0 / number, stats.uniform(k * apart, width)) for k in range(number)])


LAWS = {
    "normal": stats.norm(),
    "student": stats.t(3),
    "cauchy": stats.cauchy(),
    "lognormal": stats.lognorm(1.0),
    "exponential": stats.expon(),
    "uniform": stats.uniform(),
    "bimodal": Mixture((0.5, stats.norm(-2.0, 0.5)), (0.5, stats.norm(2.0, 1.0))),
    "laplace": stats.laplace(),
    "gumbel": stats.gumbel_r(),
    "weibull": stats.weibull_min(0.7),
    "beta": stats.beta(0.5, 2.0),
    "gamma": stats.gamma(2.0),
    "logistic": stats.logistic(),
    "chi2": stats.chi2(1),
    "pareto": stats.pareto(1.5),
    "clusters": clusters(5, 1.0, 10.0),
    "close clusters": clusters(5, 1.0, 2.0),
    "levels": clusters(60, 0.05, 1.0),
    "spike": Mixture((0.3, stats.norm(0.0, 1e-4)), (0.7, stats.norm())),
}


def main() -> None:
    """Print a line per law, dimension and correlation."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--laws", nargs="+", choices=LAWS, default=list(LAWS))
    parser.add_argument("--dims", nargs="+", type=int, default=[1, 2, 5])
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--rho", type=float, default=0.6)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--draws", type=int, default=1)
    args = parser.parse_args()
    print("| law | dim | correlation | truth | value | interval | half-width | inside |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    for dim in args.dims:
        for rho in (0.0,) if dim == 1 else (0.0, args.rho):
            covariance = np.full((dim, dim), rho) + (1.0 - rho) * np.eye(dim)
            shared = 0.5 * np.linalg.slogdet(covariance)[1]
            for name in args.laws:
                law = LAWS[name]
                truth = dim * float(law.entropy()) + shared
                found = []
                for draw in range(args.draws):
                    rng = np.random.default_rng([draw, dim, list(LAWS).index(name)])
                    z = rng.multivariate_normal(np.zeros(dim), covariance, size=args.rows)
                    x = law.ppf(stats.norm.cdf(z))
                    found.append(minde.entropy(x, n_seeds=args.seeds))
                inside = sum(e.interval[0] <= truth <= e.interval[1] for e in found)
                low, high = found[0].interval
                half = 0.5 * (high - low)
                print(
                    f"| {name} | {dim} | {rho:g} | {truth:.3f} | {found[0].value:.3f} | "
                    f"[{low:.3f}, {high:.3f}] | {half:.3f} | {inside} of {args.draws} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
