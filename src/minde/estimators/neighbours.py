r"""A second route for few continuous columns: what nearest neighbours see.

Networks and mixtures of few components see none of a law in many small pieces, a fast wave or a
chessboard, and of nothing seen the interval is tight about zero. Nearest neighbours see it where
columns are few. Their estimate, with ranks made normal in the place of values,

.. math::
    \hat I = \psi(k) + \psi(n) - \langle \psi(n_x + 1) + \psi(n_y + 1) \rangle ,

with :math:`n_x, n_y` the rows nearer in x and in y than the k-th neighbour is in both, is
mostly low, and the lower the fewer rows there are. So where it is above an estimate by more than
chance the estimate is what errs: its interval is then taken up to what neighbours see, and beyond
it by GAIN times what they see more than on half of the rows.

References:
    Kraskov, Stögbauer, Grassberger, Estimating mutual information, Physical Review E 69, 066138,
    2004 (Eq. 8).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from minde.coding import Side
from minde.preprocessing.transforms import make_transform
from minde.readout.estimate import MIEstimate
from minde.readout.student import Z_95
from minde.types import Array

#: Neighbours; columns a side, and rows, at most; rows of one call, which bounds the memory.
K, MOST_COLUMNS, MOST_ROWS, CHUNK = 3, 2, 3000, 500
#: Share of a column's rows that differ, below which distances are of ties.
APART = 0.9
#: By how much the terms' own standard error is too small, since rows near one another share
#: neighbours: on independent columns of 1,000 rows the spread over it is 1.2 to 1.4.
SHARED = 1.4
#: Of the step from half of the rows, so many are taken to be still to come.
GAIN = 3.0
#: Nats that are no difference.
SLIGHT = 0.02


@dataclass(frozen=True)
class Seen:
    """What nearest neighbours see, nats.

    Attributes:
        value: The estimate.
        std_error: Its standard error.
        step: How much more than on half of the rows, not below zero.
    """

    value: float
    std_error: float
    step: float

    @property
    def top(self) -> float:
        """What there may be."""
        return self.value + GAIN * self.step + Z_95 * self.std_error


def seen(x: Array, y: Array) -> Seen:
    """What nearest neighbours see of rows (n, dim_x) and (n, dim_y), of MOST_ROWS at most.

    Arguments:
        x: Rows of continuous columns.
        y: Likewise, as many.
    """
    every = -(-len(x) // MOST_ROWS)
    some = [torch.from_numpy(make_transform("copula", v)(v)[::every]) for v in (x, y)]
    terms, half = _terms(*some), _terms(*(v[::2] for v in some))
    value = float(terms.mean())
    error = SHARED * float(terms.std()) / math.sqrt(len(terms))
    return Seen(value, error, max(0.0, value - float(half.mean())))


def _terms(x: Tensor, y: Tensor) -> Tensor:
    """The estimate's terms, one a row."""
    n = len(x)
    counts = []
    for lo in range(0, n, CHUNK):
        in_x, in_y = ((v[lo : lo + CHUNK, None] - v).abs().amax(-1) for v in (x, y))
        # The nearest row is the row itself, which the counts hold too.
        reach = torch.maximum(in_x, in_y).kthvalue(K + 1, dim=1, keepdim=True).values
        counts.append(torch.stack([(d < reach).sum(1) for d in (in_x, in_y)]))
    near = torch.cat(counts, dim=1).clamp(min=1).double()
    known = torch.digamma(torch.tensor([K, n]).double()).sum()
    return known - torch.digamma(near).sum(0)


def widened(found: MIEstimate, x: Side, y: Side) -> MIEstimate:
    """The estimate with its interval taken up to what nearest neighbours see beyond it.

    Arguments:
        found: Of the two on their own rows, which are in no order.
        x: Its values; more than MOST_COLUMNS columns, ties, or weights leave the estimate as it is.
        y: Likewise.
    """
    columns = [*x.values.T, *y.values.T]
    tied = any(len(np.unique(column)) < APART * len(column) for column in columns)
    if max(x.dim, y.dim) > MOST_COLUMNS or tied or x.weights is not None:
        return found
    near, (low, high) = seen(x.values, y.values), found.interval
    # What speaks against the estimate itself is no chance of the rows.
    chance = math.hypot(near.std_error, found.diagnostics["std_rows"])
    if near.value - found.value <= max(Z_95 * chance, SLIGHT) or near.top <= high:
        return found
    line = (
        f"nearest neighbours read {near.value:.2f} nats, more than the value by more than chance, "
        "and the interval is the wider for it: the dependence may be in pieces too fine for "
        "networks and so few rows; take more rows"
    )
    return replace(found, interval=(low, near.top), warnings=(*found.warnings, line))
