r"""What nearest neighbours see of information: a route of its own, without any network.

With the reach of a row its distance to the k-th nearest other in all variables together, and
:math:`n_S` the rows that are nearer in the variables of a group S, itself among them,
:math:`\psi(n) - \psi(n_S)` stands for the entropy of the group and :math:`\psi(n) - \psi(k)` for
that of all, so that a quantity :math:`\sum_S a_S H(V_S)` (see ``minde.estimators.quantity``) is

.. math::
    \hat Q = \Big\langle \sum_S a_S\, [\psi(n) - \psi(n_S)] \Big\rangle ,

of two variables :math:`\psi(k) + \psi(n) - \langle \psi(n_x) + \psi(n_y) \rangle`. A distance is
the largest of columns: of an ordered one that of the normal scores of its ranks, equal values in
random order, which changes no information; of a label, or an atom, none to its own kind and an
endless one to others. Where rows within reach are all equal they are counted in the place of k.

References:
    Kraskov, Stögbauer, Grassberger, Estimating mutual information, Physical Review E 69, 066138,
    2004 (Eq. 8). Frenzel, Pompe, Partial mutual information for coupling analysis of multivariate
    time series, Physical Review Letters 99, 204101, 2007. Ross, Mutual information between discrete
    and continuous data sets, PLoS ONE 9, e87357, 2014. Gao, Kannan, Oh, Viswanath, Estimating
    mutual information for discrete-continuous mixtures, NeurIPS 2017. Gao, Oh, Viswanath,
    Demystifying fixed k-nearest neighbor information estimators, IEEE Transactions on Information
    Theory 64, 2018.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from minde.coding import Coder, Side
from minde.estimators.coding import Coding
from minde.estimators.nearest import terms_of_pair
from minde.estimators.quantity import MUTUAL, Quantity
from minde.types import Array, Rows

#: Neighbours, and rows of one call, which bounds the memory.
K, CHUNK = 3, 100
#: By how much the terms' own standard error is too small, since rows near one another share
#: neighbours: on independent columns of 1,000 rows the spread over it is 1.2 to 1.4.
SHARED = 1.4
#: What is missing falls as :math:`n^{-1/d}` of d columns with values (Gao, Oh and Viswanath, 2018),
#: with few rows slower, as if there were so many columns more.
SLOWER = 0.5
#: Rows that are looked at, at most and at least.
MOST_ROWS, LEAST_ROWS = 3000, 100
#: Levels in an order that are as many as values.
MANY_LEVELS = 10


def some_rows(n: int, weights: Array | None, gap: int, most: int = MOST_ROWS) -> Rows:
    """Numbers of some of n rows, evenly, as far apart as they depend.

    Arguments:
        n: Rows there are.
        weights: Of the rows, (n,), where they differ: each is taken with its chance.
        gap: Rows over which rows in time order depend; 0 for rows in no order.
        most: Rows at most.
    """
    rows = np.arange(0, n, max(gap, 1))
    if weights is not None:
        drawn = np.random.default_rng(0).random(len(rows))
        rows = rows[drawn * weights.max() < weights[rows]]
    kept: Rows = rows[:: max(1, -(-len(rows) // most))]
    return kept


@dataclass(frozen=True)
class Neighbourly:
    """A column in which rows have distances.

    Attributes:
        scores: Normal scores of its ranks, (n,); nan where an atom holds. None of labels.
        codes: Of labels and atoms, (n,), where there are some.
    """

    scores: Tensor | None
    codes: Tensor | None

    def __len__(self) -> int:
        return max(0 if t is None else len(t) for t in (self.scores, self.codes))

    def some(self, rows: slice) -> Neighbourly:
        """Some of its rows."""
        scores, codes = self.scores, self.codes
        return Neighbourly(
            None if scores is None else scores[rows], None if codes is None else codes[rows]
        )

    def levels(self, parts: int) -> Rows:
        """Levels of labels and atoms, and parts of equal share of what is ordered, (n,)."""
        found = np.zeros(len(self), dtype=np.int64)
        if self.scores is not None:
            edges = torch.special.ndtri(torch.arange(1, parts, dtype=torch.float64) / parts)
            found = torch.bucketize(self.scores.nan_to_num(), edges).numpy()
        if self.codes is not None:
            atoms = self.codes.numpy()
            scored = found if self.scores is None else found * ~np.isnan(self.scores.numpy())
            found = np.unique(np.stack([scored, atoms]), axis=1, return_inverse=True)[1]
        return found

    def distances(self, part: slice) -> Tensor:
        """Of some rows to all, (part, n)."""
        if self.codes is None:
            assert self.scores is not None
            return (self.scores[part, None] - self.scores).abs_()
        other = self.codes[part, None] != self.codes
        if self.scores is None:
            out = torch.zeros(other.shape, dtype=torch.float64)
        else:
            out = (self.scores[part, None] - self.scores).abs_().nan_to_num_()
        return out.masked_fill_(other, math.inf)


def columns_of(
    sides: Sequence[Side], codings: Sequence[Coding], rows: Rows
) -> list[list[Neighbourly]]:
    """The columns of each of some variables, of some rows.

    Equal values are in an order of each column's own: one that two columns shared would be a
    dependence.

    Arguments:
        sides: The variables.
        codings: Of each.
        rows: Numbers of those rows.
    """
    rng, pairs = np.random.default_rng(0), zip(sides, codings, strict=True)
    return [_columns(side, coding.coders, rows, rng) for side, coding in pairs]


def _columns(
    side: Side, coders: Sequence[Coder], rows: Rows, rng: np.random.Generator
) -> list[Neighbourly]:
    out, value, code = [], 0, 0
    for coder in coders:
        scores = codes = None
        if coder.form != "codes":
            scores = _scores(side.values[rows, value], rng)
            value += 1
        if coder.size:
            own = side.codes[rows, code]
            code += 1
            if scores is None and coder.ordered and coder.size >= MANY_LEVELS:
                scores = _scores(own.astype(np.float64), rng)
            else:
                codes = torch.from_numpy(np.ascontiguousarray(own))
        out.append(Neighbourly(scores, codes))
    return out


def _scores(values: Array, rng: np.random.Generator) -> Tensor:
    """Normal scores of ranks, equal values in random order; nan where there is none."""
    alive = np.flatnonzero(~np.isnan(values))
    order = alive[np.lexsort((rng.random(len(alive)), values[alive]))]
    out = torch.full((len(values),), math.nan, dtype=torch.float64)
    shares = (torch.arange(len(order), dtype=torch.float64) + 0.5) / len(order)
    out[torch.from_numpy(order)] = torch.special.ndtri(shares)
    return out


@dataclass(frozen=True)
class Seen:
    """What nearest neighbours see, nats.

    Attributes:
        value: The estimate.
        std_error: Its standard error.
        step: By how much it is more than that of halves of the rows.
        grows: How many such steps may be missing still.
    """

    value: float
    std_error: float
    step: float
    grows: float

    @property
    def missing(self) -> float:
        """What may be missing still, nats."""
        return max(0.0, self.step) * self.grows

    @property
    def mirrored(self) -> Seen:
        """That of the quantity's negative."""
        return replace(self, value=-self.value, step=-self.step)


def seen(quantity: Quantity, variables: Sequence[Sequence[Neighbourly]]) -> Seen:
    """What nearest neighbours see of a quantity.

    Arguments:
        quantity: What is asked.
        variables: Its variables, each some columns of the same rows.
    """
    terms = _terms(quantity, variables)
    parts = [[[c.some(slice(k, None, 2)) for c in v] for v in variables] for k in (0, 1)]
    halves = [float(_terms(quantity, part).mean()) for part in parts]
    value = float(terms.mean())
    error = SHARED * float(terms.std()) / math.sqrt(len(terms))
    dim = sum(column.scores is not None for v in variables for column in v)
    step, grows = value - sum(halves) / 2.0, 1.0 / (2.0 ** (1.0 / (dim + SLOWER)) - 1.0)
    return Seen(value, error, step, grows)


def _terms(quantity: Quantity, variables: Sequence[Sequence[Neighbourly]]) -> Tensor:
    """Its terms, one a row in any order; zero where it has no k others of its labels."""
    n, every = len(variables[0][0]), frozenset(range(len(variables)))
    if quantity == MUTUAL and all(len(v) == 1 and v[0].codes is None for v in variables):
        x, y = (v[0].scores for v in variables)
        assert x is not None
        assert y is not None
        return terms_of_pair(x, y, torch.tensor([float(K)], dtype=torch.float64))[:, 0]
    of_all = torch.digamma(torch.tensor(float(n), dtype=torch.float64))
    parts = []
    for lo in range(0, n, CHUNK):
        part = slice(lo, min(lo + CHUNK, n))
        own = [_largest([column.distances(part) for column in v]) for v in variables]
        # The nearest row is the row itself, which the counts hold too.
        reach = _largest(own).topk(K + 1, dim=1, largest=False).values[:, -1:]
        equal = reach == 0.0
        total = torch.zeros(part.stop - lo, dtype=torch.float64)
        for a, group in quantity.entropies:
            far = _largest([own[k] for k in sorted(group)])
            near = ((far < reach) | (equal & (far == 0.0))).sum(1).double()
            if group == every:
                near = torch.where(equal[:, 0], near, float(K))
            total += a * (of_all - torch.digamma(near))
        parts.append(total.masked_fill(torch.isinf(reach[:, 0]), 0.0))
    return torch.cat(parts)


def _largest(distances: Sequence[Tensor]) -> Tensor:
    if len(distances) == 1:
        return distances[0]
    out = torch.maximum(distances[0], distances[1])
    for other in distances[2:]:
        torch.maximum(out, other, out=out)
    return out
