r"""Log densities of a variable given each label, at rows that they were not fitted on.

The law of y given a label x is :math:`p(d \mid x)\, p(c \mid d, x)`, with the cell d of its
discrete columns, by the shares of rows, half a row added to each, and a mixture of Gaussians for
its continuous columns c (``minde.training.mixture``), their number by Akaike's criterion.
So that no row is impossible, a share of one over its rows is that of all labels together. Columns
are standardised, or mapped to normal scores where that tells the labels of held-out rows better;
ratios of densities do not depend on it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from minde.coding import Side
from minde.discrete.counts import cells
from minde.preprocessing.transforms import make_transform
from minde.training.mixture import best_mixtures
from minde.types import Array, Rows

#: Numbers of components of a label's mixture, and rows of a label in a cell that one takes.
COMPONENTS, LEAST = (2, 3, 4, 6), 10


@dataclass(frozen=True)
class Split:
    """Rows that fit and that are read, by turns.

    Attributes:
        train: Row numbers by fold.
        test: Likewise; every row is in one.
    """

    train: tuple[Rows, ...]
    test: tuple[Rows, ...]

    @classmethod
    def of(cls, strata: Rows, folds: int, random_state: int) -> Split:
        """Folds in which each stratum has its share of rows."""
        rng = np.random.default_rng(random_state)
        order = rng.permutation(len(strata))
        fold = np.empty(len(strata), dtype=np.int64)
        fold[order[np.argsort(strata[order], kind="stable")]] = np.arange(len(strata)) % folds
        test = tuple(np.flatnonzero(fold == k) for k in range(folds))
        return cls(tuple(rng.permutation(np.flatnonzero(fold != k)) for k in range(folds)), test)

    def half(self) -> Split:
        """The same with every second row that fits."""
        return Split(tuple(rows[::2] for rows in self.train), self.test)


def log_densities(side: Side, labels: Rows, split: Split) -> Array:
    """Log density of each row given each label, (n, labels), up to a number per row.

    Arguments:
        side: The variable.
        labels: Label of each row, (n,), counted from 0.
        split: Rows that fit and rows that are read.
    """
    cell = cells(side.codes)
    found = _log_shares(cell, labels, split)
    if not side.dim:
        return found
    kinds = [
        found + _log_continuous(side, cell, labels, split, k) for k in ("standardize", "copula")
    ]
    return max(kinds, key=lambda log: told(log, labels))


def told(log: Array, labels: Rows) -> float:
    """Mean log posterior of the rows' labels, by their shares: the better, the more is told."""
    weighed = log + np.log(np.bincount(labels) / len(labels))
    at = np.arange(len(labels))
    return float((weighed[at, labels] - np.logaddexp.reduce(weighed, axis=1)).mean())


def _log_shares(cell: Rows, labels: Rows, split: Split) -> Array:
    """Log share of each row's cell among the rows of each label, (n, labels)."""
    count, size = int(labels.max()) + 1, int(cell.max()) + 1
    out = np.zeros((len(labels), count))
    for train, test in zip(split.train, split.test, strict=True):
        table = np.full((size, count), 0.5)
        np.add.at(table, (cell[train], labels[train]), 1.0)
        out[test] = np.log(table / table.sum(axis=0))[cell[test]]
    return out


def _log_continuous(side: Side, cell: Rows, labels: Rows, split: Split, kind: str) -> Array:
    """Log density of the continuous columns in each row's cell given each label, (n, labels)."""
    out = np.zeros((len(labels), int(labels.max()) + 1))
    for d in range(int(cell.max()) + 1):
        here = cell == d
        columns = np.flatnonzero(side.alive[here].all(axis=0))
        parts = [(t[here[t]], s[here[s]]) for t, s in zip(split.train, split.test, strict=True)]
        rows = np.min([np.bincount(labels[t], minlength=out.shape[1]) for t, _ in parts], axis=0)
        known = np.flatnonzero(rows >= LEAST)
        if not len(columns) or not len(known):
            continue
        values = side.values[:, columns]
        maps = [make_transform(kind, values[t]) for t, _ in parts]
        tests = [m(values[s]) for m, (_, s) in zip(maps, parts, strict=True)]
        for x in known:
            own = [t[labels[t] == x][: rows[x]] for t, _ in parts]
            trains = [m(values[t]) for m, t in zip(maps, own, strict=True)]
            mixtures = best_mixtures(trains, [len(columns)], COMPONENTS)
            for k, (z, (_, s)) in enumerate(zip(tests, parts, strict=True)):
                one = mixtures.members([k])
                out[s, x] = one.log_density(torch.from_numpy(z)[None])[0].numpy()
        read = np.concatenate([s for _, s in parts])
        shares = np.log(rows[known] / rows[known].sum())
        every = np.logaddexp.reduce(out[read][:, known] + shares, axis=1)[:, None]
        few = np.log(1.0 / (rows + 2.0))
        mixed = np.logaddexp(np.log1p(-1.0 / (rows + 2.0)) + out[read], few + every)
        out[read] = np.where(rows >= LEAST, mixed, every)
    return out
