r"""Pairs of directions of two variables that are correlated, and what they tell as Gaussians.

See ``minde.preprocessing.compression`` for the formula. All columns are taken where they are few
enough for a square matrix of them; else a sketch, of what varies most and what varies with the
other variable (Halko et al., 2011).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from minde.preprocessing.compression import Compression, Features, top
from minde.types import Array

#: Features beyond which a sketch of so many stands for them.
WIDE, SKETCH = 1100, 512
#: Ridges that are tried, in mean variances of a feature.
RIDGES = (1e-3, 1e-2, 1e-1, 1.0, 10.0)
#: Parts of the rows that judge the ridges by turns, and rows that are tried on at most.
JUDGES, TRIED = 3, 6000
#: Standard errors by which a pair's correlation is above zero on rows that judge.
SEEN = 3.0


@dataclass(frozen=True)
class Pairs:
    """Compressions of two variables whose components pair, the most correlated first.

    Attributes:
        x: Of x.
        y: Of y.
        ridge: Mean variances of a feature that were added.
        seen: Pairs that are correlated on rows that did not fit.
    """

    x: Compression
    y: Compression
    ridge: float
    seen: int

    @property
    def count(self) -> int:
        """How many there are."""
        return self.x.directions.shape[1]

    def first(self, count: int) -> Pairs:
        """The first pairs."""
        return replace(self, x=self.x.first(count), y=self.y.first(count))


def fit_pairs(
    x: Array,
    y: Array,
    most: int,
    kernel: tuple[bool, bool] = (False, False),
    ridges: Sequence[float] = RIDGES,
    seed: int = 0,
) -> Pairs:
    """Canonical pairs of two variables.

    Arguments:
        x: (n, columns).
        y: (n, columns).
        most: Pairs at most.
        kernel: Whether to take cosines of x, and of y.
        ridges: To choose from; of one alone no pair is judged, and all count as seen.
        seed: Of cosines and sketches.
    """
    maps = [
        Features.fit(v, k, seed + i) for i, (v, k) in enumerate(zip((x, y), kernel, strict=True))
    ]
    a, b = maps[0](x), maps[1](y)
    ridge, seen = ridges[0], most
    if len(ridges) > 1:
        ridge, seen = _judged(a, b, most, ridges, seed)
    (u, v), *_ = _directions(a, b, most, [ridge], seed)
    return Pairs(Compression(maps[0], u), Compression(maps[1], v), ridge, min(seen, u.shape[1]))


def gaussian_information(a: Array, b: Array) -> Array:
    r"""What pairs of components tell of one another as Gaussians, (n,), nats per row.

    Its mean is :math:`-\tfrac12 \sum_j \log(1 - r_j^2)`, with the correlations of these rows, less
    their bias of 1/(2n) a pair.

    Arguments:
        a: Components of x, (n, pairs), of rows that did not fit them.
        b: Of y.
    """
    u, v = ((w - w.mean(axis=0)) / np.maximum(w.std(axis=0), 1e-30) for w in (a, b))
    r = np.clip((u * v).mean(axis=0), -1.0 + 1e-12, 1.0 - 1e-12)
    rest = 1.0 - r**2
    quadratic = (u**2 - 2.0 * r * u * v + v**2) / rest - u**2 - v**2
    out: Array = (-0.5 * np.log(rest) - 0.5 * quadratic - 0.5 / len(a)).sum(axis=1)
    return out


def _judged(x: Array, y: Array, most: int, ridges: Sequence[float], seed: int) -> tuple[float, int]:
    """The ridge whose pairs tell most on rows that did not fit, and how many pairs are seen."""
    rows = np.linspace(0, len(x) - 1, min(len(x), TRIED)).round().astype(int)
    found = []
    for part in np.array_split(rows, JUDGES):
        rest = np.setdiff1d(rows, part)
        pairs = _directions(x[rest], y[rest], most, ridges, seed)
        found.append([_correlations(x[part] @ u, y[part] @ v) for u, v in pairs])
    r = np.mean(found, axis=0)  # (ridges, pairs)
    seen = np.cumprod(r > SEEN / np.sqrt(len(rows)), axis=1).astype(bool)
    told = np.where(seen, -0.5 * np.log1p(-np.minimum(r**2, 1.0 - 1e-12)), 0.0).sum(axis=1)
    best = int(told.argmax())
    return ridges[best], max(1, int(seen[best].sum()))


def _correlations(a: Array, b: Array) -> Array:
    u, v = (w - w.mean(axis=0) for w in (a, b))
    size = np.sqrt((u**2).mean(axis=0) * (v**2).mean(axis=0))
    out: Array = (u * v).mean(axis=0) / np.maximum(size, 1e-30)
    return out


def _directions(
    x: Array, y: Array, most: int, ridges: Sequence[float], seed: int
) -> list[tuple[Array, Array]]:
    """Canonical directions of features of mean zero, by ridge."""
    rng = np.random.default_rng(seed)
    bases = [_basis(a, b, rng) for a, b in ((x, y), (y, x))]
    a, b = (v if basis is None else v @ basis for v, basis in zip((x, y), bases, strict=True))
    n = len(x)
    (s, u), (t, v) = (np.linalg.eigh(w.T @ w / n) for w in (a, b))
    cross = u.T @ (a.T @ b / n) @ v
    out = []
    for ridge in ridges:
        p, q = (1.0 / np.sqrt(np.maximum(e, 0.0) + ridge * e.mean()) for e in (s, t))
        left, right = top(p[:, None] * cross * q, most, rng)
        found = (u @ (p[:, None] * left), v @ (q[:, None] * right))
        pair = [w if m is None else m @ w for w, m in zip(found, bases, strict=True)]
        out.append((pair[0], pair[1]))
    return out


def _basis(x: Array, y: Array, rng: np.random.Generator) -> Array | None:
    """An orthonormal sketch of very many features: what varies most, and what varies with y."""
    if x.shape[1] <= WIDE:
        return None
    half = SKETCH // 2
    varying = x.T @ (x @ (x.T @ rng.normal(size=(len(x), half))))
    shared = x.T @ (y @ rng.normal(size=(y.shape[1], half)))
    parts = [w / np.linalg.norm(w, axis=0) for w in (varying, shared)]
    basis: Array = np.linalg.qr(np.concatenate(parts, axis=1))[0]
    return basis
