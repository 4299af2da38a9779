r"""The information of two columns by nearest neighbours, free of an edge's first order.

With :math:`\rho_{ik}` the distance of row i to its k-th nearest other of n (the larger of the two
columns', in normal scores of their ranks), and :math:`n_x, n_y` the rows that are nearer in one,
itself among them,

.. math::
    \hat I_k = \psi(k) + \psi(n)
        - \frac 1n \sum_i \big[ \psi(n_x(i, k)) + \psi(n_y(i, k)) \big]

(Kraskov et al., Eq. 8). Where the law has an edge it is low by a term in :math:`\sqrt{k/n}`, the
share of rows whose neighbours an edge cuts off. Several k are put together so that this goes away
(see ``minde.estimators.reach``). A curve that bends within reach is flat in few k and falls the
faster in more: read as an edge it would be far too much (1.2 nats for 0.86 of six waves and 1,500
rows). There, where weights that take the next order :math:`k/n` away too find another value
beyond chance, theirs is taken by the share of it that is not chance. What both differ by more than
chance is an error, half of it where theirs is taken.

Networks blur an edge too, and their interval says by how much they may. So the value is the mean of
both, each weighed by the inverse of what it may be off by toward the other beyond the chance of the
rows, which they share:

.. math::
    \hat I = I_{net} + w\,(I_{near} - I_{net}), \qquad
        w = \frac{s_{net}^2}{s_{net}^2 + s_{near}^2} .

What networks blur their interval does not always tell. So where they are sure that there is some
dependence, and neighbours see more, :math:`s_{net}^2` is at least what the difference is beyond the
neighbours' own, :math:`(I_{near} - I_{net})^2 - s_{near}^2`; of nothing the value stays nothing.

Where one sees far more than both may be off by the other has missed something, and counts for
nothing: networks pieces too fine, neighbours what is narrower than the rows are apart.

References:
    Kraskov, Stögbauer, Grassberger, Estimating mutual information, Physical Review E 69, 066138,
    2004 (Eq. 8). Sricharan, Wei and Hero, Ensemble estimators for multivariate entropy estimation,
    IEEE Transactions on Information Theory 59, 2013.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from minde.estimators.estimating import NEIGHBOURS, at_value, std_rows
from minde.estimators.nearest import terms_of_pair
from minde.estimators.neighbours import LEAST_ROWS, columns_of, some_rows
from minde.estimators.quantity import MUTUAL
from minde.estimators.reach import free_of_orders
from minde.estimators.sides import Sides
from minde.readout.estimate import MIEstimate
from minde.readout.student import Z_95
from minde.serial import shared_time

#: Nearest rows that are looked at: from the first to the last, a share of the root of the rows, at
#: least and at most.
PER_ROOT, LEAST, MOST = 0.3, 8, 24
#: Standard errors beyond which the second order counts.
BEYOND_CHANCE = 2.0
#: The nearest row that is taken as it is.
PLAIN = 5
#: Share of what an edge was taken to hide that may be wrong.
DOUBT = 0.5
#: By how much the terms' own standard error is too small, since rows near one another share
#: neighbours: on rows of eleven laws the spread over it is 1.0 to 1.4.
SHARED = 1.2
#: Rows that are looked at, at most.
MOST_ROWS = 20_000
#: Least share of the neighbours' error that is their own, not the rows'.
OWN = 0.5
#: Standard errors by which one sees more than the other where that has missed something.
TORN = 3.0
#: Share of the neighbours that changes nothing.
LITTLE = 0.01
#: Name in the diagnostics of the neighbours' share of the value.
SHARE = "share_of_neighbours"
#: By how much fewer rows in an order may tell than rows in none.
IN_NO_ORDER = 2.0


@dataclass(frozen=True)
class Neighbouring:
    """What nearest neighbours read of two columns, nats.

    Attributes:
        value: Free of an edge's first order.
        std_error: By the rows, and by what an edge was taken to hide.
    """

    value: float
    std_error: float


def with_neighbours_of_pair(found: MIEstimate, sides: Sides) -> tuple[MIEstimate, bool]:
    """The estimate with what nearest neighbours read weighed in; whether these see far more.

    Arguments:
        found: Of the variables on their own rows.
        sides: The variables. All but the information of two continuous columns, of rows enough that
            weigh the same and are in no order, stays as it is.
    """
    if not _are_a_pair(sides) or not found.n_train:
        return found, False
    rows = some_rows(len(sides), None, 0, MOST_ROWS)
    if len(rows) < LEAST_ROWS:
        return found, False
    (one,), (other,) = columns_of(sides.sides, sides.codings, rows)
    x, y = one.scores, other.scores
    assert x is not None
    assert y is not None
    near = information_of_pair(x, y)
    by_rows, beyond = std_rows(found), near.value - found.value
    low, high = found.interval
    below, above = (max(end, 0.0) / Z_95 for end in (found.value - low, high - found.value))
    toward = above if beyond > 0.0 else below
    of_near = max(near.std_error**2 - by_rows**2, (OWN * near.std_error) ** 2)
    of_networks = max(toward**2 - by_rows**2, 0.0)
    apart = TORN * math.hypot(near.std_error, toward)
    torn = beyond > apart
    if beyond < -apart:
        return found, False
    if torn or (beyond > 0.0 and found.value > TORN * below):
        of_networks = max(of_networks, beyond**2 - near.std_error**2)
    share = of_networks / (of_networks + of_near)
    if share < LITTLE:
        return found, False

    def error(alone: float) -> float:
        rest = max(alone**2 - by_rows**2, 0.0)
        return math.sqrt(min(alone, by_rows) ** 2 + (1.0 - share) ** 2 * rest + share**2 * of_near)

    value = found.value + share * beyond
    if torn:
        below = above = math.sqrt(of_networks)
    told = {NEIGHBOURS: [near.value, near.std_error], SHARE: share}
    interval = (value - Z_95 * error(below), value + Z_95 * error(above))
    return at_value(found, value, error(above if torn else found.std_error), interval, told), torn


def _are_a_pair(sides: Sides) -> bool:
    x, *others = sides.sides
    return (
        sides.quantity == MUTUAL
        and sides.continuous
        and all(side.dim == 1 for side in sides.sides)
        and x.weights is None
        and sides.gap <= 1
        and shared_time(x.series, others[0].series) < IN_NO_ORDER
    )


def information_of_pair(x: Tensor, y: Tensor) -> Neighbouring:
    """The information of two columns.

    Arguments:
        x: Normal scores of one, (n,), float64, without ties.
        y: Of the other.
    """
    last = min(MOST, max(LEAST, round(PER_ROOT * math.sqrt(len(x)))))
    at = torch.arange(1, last + 1, dtype=torch.float64)
    terms = terms_of_pair(x, y, at)
    first, second = (terms @ free_of_orders(at, 2, orders) for orders in (1, 2))
    bent, chance = float((first - second).mean()), _error(first - second)
    share = max(0.0, 1.0 - (BEYOND_CHANCE * chance) ** 2 / max(bent**2, 1e-30))
    free = first + share * (second - first)
    value, plain = float(free.mean()), float(terms[:, PLAIN - 1].mean())
    edge = DOUBT * (value - plain)
    bend = (1.0 - DOUBT * share) * math.sqrt(max(0.0, bent**2 - chance**2))
    return Neighbouring(value, math.hypot(_error(free), edge, bend))


def _error(terms: Tensor) -> float:
    """Standard error of the mean of terms, one a row, (n,)."""
    return SHARED * float(terms.std()) / math.sqrt(len(terms))
