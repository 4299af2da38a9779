r"""Pairs of mixed columns whose mutual information is known: draws and truths.

Gao et al. (NeurIPS 2017) made the first three. Truths are closed forms, or sums and integrals of
one dimension to ten digits. ``N`` is the normal law, ``H`` the entropy of a flag in nats.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from minde.experiments.mixed.integrals import (
    flag_entropy,
    integral,
    mixture_entropy,
    normal_density,
    plogp,
)
from minde.kinds import Kind
from minde.types import XY, Array

_ONE: Kind = "continuous"
Draw = Callable[[np.random.Generator, int], XY]


@dataclass(frozen=True)
class Law:
    """Kinds of the columns of X and of Y, how rows are drawn, and the truth in nats."""

    x: tuple[Kind, ...]
    y: tuple[Kind, ...]
    draw: Draw
    truth: Callable[[], float]


def normal_pair(rng: np.random.Generator, n: int, rho: float) -> tuple[Array, Array]:
    """Two standard normal columns of a correlation."""
    x, e = rng.normal(size=(2, n))
    return x, rho * x + math.sqrt(1 - rho**2) * e


def mixture_of_gao() -> Law:
    r"""Half of the rows a normal pair, half two flags of -1 and 1 that agree in 9 of 10 rows.

    :math:`I = \ln 2` less than where the half were seen: it is seen, for a flag is no draw of a
    density. Both columns tell it, so :math:`I = H(1/2) + \frac12 I_N + \frac12(\ln 2 - H(0.1))`.
    """

    def draw(rng: np.random.Generator, n: int) -> XY:
        x, y = normal_pair(rng, n, 0.9)
        flag = rng.integers(0, 2, n)
        other = np.where(rng.random(n) < 0.1, 1 - flag, flag)
        counted = rng.random(n) < 0.5
        x, y = np.where(counted, 2.0 * flag - 1, x), np.where(counted, 2.0 * other - 1, y)
        return x[:, None], y[:, None]

    def truth() -> float:
        normal, flags = -0.5 * math.log(1 - 0.9**2), math.log(2) - flag_entropy(0.1)
        return math.log(2) + 0.5 * normal + 0.5 * flags

    return Law(("continuous",), ("continuous",), draw, truth)


def level_and_uniform(levels: int) -> Law:
    r"""X uniform on 0 to m - 1, Y uniform on [X, X + 2]: :math:`\ln m - (m - 1) \ln 2 / m`."""

    def draw(rng: np.random.Generator, n: int) -> XY:
        x = rng.integers(0, levels, n).astype(np.float64)
        return x[:, None], (x + 2 * rng.random(n))[:, None]

    def truth() -> float:
        return math.log(levels) - (levels - 1) * math.log(2) / levels

    return Law(("discrete",), ("continuous",), draw, truth)


def poisson(zeros: float) -> Law:
    r"""X exponential, Y Poisson of mean X, or zero in a share p of the rows for no reason.

    :math:`I = H(Y) - E[H(Y \mid X)]` with :math:`P(Y = k) = p [k = 0] + (1 - p) 2^{-k-1}`.
    """
    counts = np.arange(120.0)

    def draw(rng: np.random.Generator, n: int) -> XY:
        x = rng.exponential(size=n)
        y = np.where(rng.random(n) < zeros, 0, rng.poisson(x)).astype(np.float64)
        return x[:, None], y[:, None]

    def truth() -> float:
        log_factorials = np.array([math.lgamma(k + 1) for k in counts])

        def conditional(x: Array) -> Array:
            logs = counts * np.log(x[..., None]) - x[..., None] - log_factorials
            chances = (1 - zeros) * np.exp(logs) + zeros * (counts == 0)
            found: Array = plogp(chances).sum(axis=-1) * np.exp(-x)
            return found

        marginal = (1 - zeros) * 0.5 ** (counts + 1) + zeros * (counts == 0)
        # In u = sqrt(x) the integrand is smooth at 0.
        given = integral(lambda u: conditional(u**2) * 2 * u, 1e-9, math.sqrt(40.0))
        return float(plogp(marginal).sum() - given)

    return Law(("continuous",), ("discrete",), draw, truth)


def likert(levels: int, rho: float, both: bool) -> Law:
    r"""Answers from 1 to ``levels``, cut from a normal pair at equal shares, on one side or both.

    One side: :math:`I = \ln m - E[H(Y \mid X)]`, an integral over X. Both: the table's.
    """

    def cuts() -> Array:
        from scipy.stats import norm

        found: Array = norm.ppf(np.arange(1, levels) / levels)
        return found

    def draw(rng: np.random.Generator, n: int) -> XY:
        x, y = normal_pair(rng, n, rho)
        answers = np.digitize(y, cuts()) + 1.0
        return (np.digitize(x, cuts()) + 1.0 if both else x)[:, None], answers[:, None]

    def given(x: Array) -> Array:
        """Chance of each answer, in a last axis."""
        from scipy.stats import norm

        edges = np.concatenate([[-np.inf], cuts(), [np.inf]])
        found: Array = np.diff(norm.cdf((edges - rho * x[..., None]) / math.sqrt(1 - rho**2)))
        return found

    def truth() -> float:
        if not both:
            return math.log(levels) - integral(
                lambda x: normal_density(x) * plogp(given(x)).sum(axis=-1), -9.0, 9.0
            )
        edges = np.concatenate([[-9.0], cuts(), [9.0]])
        table = np.array(
            [
                [
                    integral(lambda x, k=k: normal_density(x) * given(x)[..., k], low, high)  # type: ignore[misc]
                    for k in range(levels)
                ]
                for low, high in itertools.pairwise(edges)
            ]
        )
        return 2 * math.log(levels) - float(plogp(table).sum())

    side: Kind = "discrete" if both else "continuous"
    return Law((side,), ("discrete",), draw, truth)


def classes(dim: int, apart: float) -> Law:
    r"""Three labels, X normal in ``dim`` dimensions about a mean of each on a line, turned.

    :math:`I = h(X) - h(N(0, I))`, and what X tells lies along the line alone: one integral.
    """
    shares, at = np.array([0.5, 0.3, 0.2]), apart * np.array([-1.0, 0.0, 1.0])
    line = np.ones(dim) / math.sqrt(dim)

    def draw(rng: np.random.Generator, n: int) -> XY:
        label = rng.choice(3, n, p=shares)
        x = at[label][:, None] * line + rng.normal(size=(n, dim))
        # Numbered so that neighbours in number are not neighbours on the line.
        return x, np.array([2.0, 0.0, 1.0])[label][:, None]

    def truth() -> float:
        return mixture_entropy(at, shares, 1.0) - 0.5 * math.log(2 * math.pi * math.e)

    return Law((_ONE,) * dim, ("categorical",), draw, truth)


def gated(open_x: float, open_y: float, rho: float) -> Law:
    r"""Lognormals of a normal pair, each zero unless a gate of its own is open.

    The gates are independent and seen: :math:`I = p_x p_y I_N`.
    """

    def draw(rng: np.random.Generator, n: int) -> XY:
        x, y = (np.exp(z) for z in normal_pair(rng, n, rho))
        x, y = np.where(rng.random(n) < open_x, x, 0.0), np.where(rng.random(n) < open_y, y, 0.0)
        return x[:, None], y[:, None]

    def truth() -> float:
        return -0.5 * open_x * open_y * math.log(1 - rho**2)

    return Law(("continuous",), ("continuous",), draw, truth)


def shared_zeros(zeros: float, rho: float) -> Law:
    r"""Lognormals of a normal pair, zero in the same rows: :math:`I = H(p) + (1 - p) I_N`."""

    def draw(rng: np.random.Generator, n: int) -> XY:
        zero = rng.random(n) < zeros
        x, y = (np.where(zero, 0.0, np.exp(z)) for z in normal_pair(rng, n, rho))
        return x[:, None], y[:, None]

    def truth() -> float:
        return flag_entropy(zeros) - 0.5 * (1 - zeros) * math.log(1 - rho**2)

    return Law(("continuous",), ("continuous",), draw, truth)


def shifted(shift: float, noise: float) -> Law:
    r"""X a normal column and a fair label, Y = X + shift times the label + noise.

    :math:`I = h(Y) - h(\text{noise})`, Y a mixture of two normals.
    """

    def draw(rng: np.random.Generator, n: int) -> XY:
        a, label = rng.normal(size=n), rng.integers(0, 2, n).astype(np.float64)
        y = a + shift * label + noise * rng.normal(size=n)
        return np.stack([a, label], axis=1), y[:, None]

    def truth() -> float:
        std = math.sqrt(1 + noise**2)
        entropy = mixture_entropy(np.array([0.0, shift]), np.array([0.5, 0.5]), std)
        return entropy - 0.5 * math.log(2 * math.pi * math.e * noise**2)

    return Law(("continuous", "categorical"), ("continuous",), draw, truth)


def noisy_sign(error: float) -> Law:
    r"""A Cauchy column and a flag of its sign, wrong in a share of rows: :math:`\ln 2 - H(e)`."""

    def draw(rng: np.random.Generator, n: int) -> XY:
        x = rng.standard_cauchy(n)
        y = (x > 0) ^ (rng.random(n) < error)
        return x[:, None], y.astype(np.float64)[:, None]

    return Law(("continuous",), ("discrete",), draw, lambda: math.log(2) - flag_entropy(error))


def nothing(dim: int, dof: int = 2) -> Law:
    """Student columns and a label of four levels that know nothing of one another: 0."""

    def draw(rng: np.random.Generator, n: int) -> XY:
        label = rng.choice(4, n, p=[0.4, 0.3, 0.2, 0.1]).astype(np.float64)
        return rng.standard_t(dof, size=(n, dim)), label[:, None]

    return Law((_ONE,) * dim, ("categorical",), draw, lambda: 0.0)
