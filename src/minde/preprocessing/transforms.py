r"""Strictly monotone maps of single coordinates; mutual information does not change under them.

``copula`` sends a coordinate through its empirical distribution function to a standard normal,
:math:`z = \Phi^{-1}(\hat F(x))`, with ties at their mid-rank. ``standardize`` is
:math:`(x - m) / s`. Both are fitted on the training split alone (the official code fits its scaler
on train and test together).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, Self

import numpy as np
import torch

from minde.errors import ConfigError
from minde.types import Array


class Transform(Protocol):
    """A fitted map of columns."""

    def __call__(self, x: Array) -> Array:
        """Map (N, dim) to (N, dim)."""
        ...

    def state(self) -> dict[str, Array]:
        """Arrays that rebuild the map."""
        ...


class Identity:
    """No change."""

    def __call__(self, x: Array) -> Array:
        """Return ``x``."""
        return x

    def state(self) -> dict[str, Array]:
        """Nothing to keep."""
        return {}


class Standardize:
    """Zero mean and unit variance on the training split."""

    def __init__(self, mean: Array, std: Array) -> None:
        self.mean, self.std = mean, std

    @classmethod
    def fit(cls, x: Array, weights: Array | None = None) -> Standardize:
        """Fit on (N, dim), by weights (N,) if given; constant columns keep their scale."""
        mean = np.average(x, axis=0, weights=weights)
        std = np.sqrt(np.average((x - mean) ** 2, axis=0, weights=weights))
        return cls(mean, np.where(std > 0.0, std, 1.0))

    def __call__(self, x: Array) -> Array:
        """Map (N, dim) to (N, dim)."""
        return (x - self.mean) / self.std

    def state(self) -> dict[str, Array]:
        """Mean and standard deviation."""
        return {"mean": self.mean, "std": self.std}


class Copula:
    """Empirical Gaussian copula: linear interpolation of normal scores between knots.

    The knots are the distinct training values, at most ``max_knots`` of them a column (evenly
    spaced in rank), padded to one rectangle. Values beyond the training range are clamped.
    """

    def __init__(self, knots: Array, scores: Array) -> None:
        self.knots, self.scores = knots, scores

    @classmethod
    def fit(cls, x: Array, max_knots: int = 20_000, weights: Array | None = None) -> Self:
        """Fit on (N, dim), where rows count by their weights (N,) if given."""
        shares = None if weights is None else weights / weights.sum()
        return cls.of_columns([_normal_scores(column, max_knots, shares) for column in x.T])

    @classmethod
    def of_columns(cls, columns: Sequence[tuple[Array, Array]]) -> Self:
        """From knots and scores of each column, padded to one rectangle."""
        length = max(len(values) for values, _ in columns)
        pad = [
            (np.pad(v, (0, length - len(v)), "edge"), np.pad(s, (0, length - len(s)), "edge"))
            for v, s in columns
        ]
        return cls(np.stack([v for v, _ in pad]), np.stack([s for _, s in pad]))

    def __call__(self, x: Array) -> Array:
        """Map (N, dim) to (N, dim)."""
        columns = [np.interp(c, k, s) for c, k, s in zip(x.T, self.knots, self.scores, strict=True)]
        return np.stack(columns, axis=1)

    def state(self) -> dict[str, Array]:
        """Knots and their normal scores."""
        return {"knots": self.knots, "scores": self.scores}


class RankCopula(Copula):
    """Normal scores of ranks alone: a value between two knots gets the mean of their scores.

    Whatever strictly increasing map the columns went through before, the scores are the same.
    """

    def __call__(self, x: Array) -> Array:
        """Map (N, dim) to (N, dim)."""
        columns = []
        for column, knots, scores in zip(x.T, self.knots, self.scores, strict=True):
            last = len(knots) - 1
            above = np.searchsorted(knots, column, "left").clip(max=last)
            below = (np.searchsorted(knots, column, "right") - 1).clip(min=0)
            columns.append(0.5 * (scores[above] + scores[below]))
        return np.stack(columns, axis=1)


def _normal_scores(
    column: Array, max_knots: int, weights: Array | None = None
) -> tuple[Array, Array]:
    if weights is None:
        values, counts = np.unique(column, return_counts=True)
        mid_rank = (np.cumsum(counts) - 0.5 * counts) / len(column)
    else:
        values, place = np.unique(column, return_inverse=True)
        mass = np.bincount(place, weights)
        mid_rank = np.cumsum(mass) - 0.5 * mass
    scores = torch.special.ndtri(torch.from_numpy(mid_rank)).numpy()
    if len(values) > max_knots:
        keep = np.unique(np.linspace(0, len(values) - 1, max_knots).round().astype(int))
        # The extreme ranks carry the tails, so they are all kept.
        edge = np.arange(min(200, len(values) // 2))
        keep = np.unique(np.concatenate([keep, edge, len(values) - 1 - edge]))
        values, scores = values[keep], scores[keep]
    return values, scores


_KINDS: dict[str, type[Identity] | type[Standardize] | type[Copula]] = {
    "none": Identity,
    "standardize": Standardize,
    "copula": Copula,
}


def make_transform(kind: str, x: Array, weights: Array | None = None) -> Transform:
    """Fit ``copula``, ``standardize`` or ``none`` on (N, dim), by weights (N,) if given."""
    if kind == "copula":
        return Copula.fit(x, weights=weights)
    if kind == "standardize":
        return Standardize.fit(x, weights)
    if kind == "none":
        return Identity()
    raise ConfigError(f"preprocessing: unknown kind '{kind}'; use copula, standardize or none")


def transform_from_state(kind: str, state: dict[str, Array]) -> Transform:
    """Rebuild a fitted transform from its kind and state."""
    return _KINDS[kind](**state)
