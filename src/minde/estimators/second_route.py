r"""Intervals taken up to what nearest neighbours see beyond them.

Networks, mixtures of few components and the spacings of a label's rows see none, or not all, of a
law in many small pieces, a fast wave or a chessboard, and of nothing seen the interval is tight
about zero. Nearest neighbours (``minde.estimators.neighbours``) see it where columns are few. Their
estimate is mostly low, and the lower the fewer rows there are. So where it is above an estimate by
more than chance the estimate is what errs: its interval is then taken up to what neighbours see,
and by what they may be missing themselves. So it is where both are somewhat more than chance, what
they see more than the estimate and what they see more than by halves of the rows: a smooth law, of
which they miss the more the fewer rows there are too, they see less of than networks.

Where they see more of two variables beyond any doubt, what they see is the value: a lower bound of
what there is, as what networks read of new rows is. (Given what they do not resolve it is none.) Of
two continuous columns it is weighed into the value in any case
(``minde.estimators.neighbours_of_pair``).

They look at all columns of two variables where these are few, and at pairs of one column each,
which tell no more than the variables do: those in which rows near in one column are nearest in
the other (Chatterjee's rank correlation). What is given is given as a whole. That they look several
times is counted in what is chance.

References:
    Chatterjee, A new coefficient of correlation, Journal of the American Statistical Association
    116, 2021.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import NormalDist

import torch
from torch import Tensor

from minde.estimators.estimating import ALONE, NEIGHBOURS, certain_at, moved, std_rows
from minde.estimators.neighbours import LEAST_ROWS, Neighbourly, Seen, columns_of, seen, some_rows
from minde.estimators.neighbours_of_pair import with_neighbours_of_pair
from minde.estimators.quantity import MUTUAL
from minde.estimators.regressions import SLIGHT
from minde.estimators.sides import Sides
from minde.readout.estimate import MIEstimate
from minde.readout.student import Z_95

#: Columns of a variable that are looked at together at most, pairs of columns that are, and columns
#: of all variables of a signed quantity.
MOST_COLUMNS, MOST_PAIRS, MOST_OF_SIGNED = 2, 3, 4
#: What is more than chance in two ways at once, in standard errors: the difference from the
#: estimate, and what neighbours see more than by halves of the rows, each and both together.
EACH, BOTH = 1.0, 3.0

#: The columns of each variable that are looked at.
Look = tuple[tuple[int, ...], ...]


def widened(found: MIEstimate, sides: Sides) -> MIEstimate:
    """The estimate with its interval taken up to what nearest neighbours see beyond it.

    What is signed is taken to either side, but not towards zero: neighbours see too little.

    Arguments:
        found: Of the variables on their own rows.
        sides: The variables. What is given many columns, or is signed and of many, stays as it is,
            and what no column with values takes part in.
    """
    quantity, variables = sides.quantity, sides.sides
    free = quantity.free
    width = [len(coding.coders) for coding in sides.codings]
    if quantity.signed:
        many = sum(width) > MOST_OF_SIGNED
    else:
        many = len(free) != 2 or max((width[k] for k in quantity.given), default=0) > MOST_COLUMNS
    if many:
        return found
    rows = some_rows(len(sides), sides.sides[0].weights, sides.gap)
    found, torn = with_neighbours_of_pair(found, sides)
    if len(rows) < LEAST_ROWS or not any(variables[k].dim for k in free):
        return found
    columns = columns_of(sides.sides, sides.codings, rows)
    whole = tuple(tuple(range(len(v))) for v in columns)
    looks, tried = ([whole], 2) if quantity.signed else looks_at(columns, free)
    # What speaks against the estimate itself is no chance of the rows.
    own = std_rows(found)
    # How far the interval reaches up and, of what is signed, down.
    reach = {1.0: found.interval[1]} | ({-1.0: -found.interval[0]} if quantity.signed else {})
    best: Seen | None = None
    certain: Seen | None = None
    for look in looks:
        own_columns = [[v[c] for c in at] for v, at in zip(columns, look, strict=True)]
        near = seen(quantity, own_columns)
        for sign, most in reach.items():
            one = near if sign > 0.0 else near.mirrored
            beyond = _is_beyond(one, sign * found.value, own, tried, look == whole)
            if (beyond or torn) and _top(one) > most:
                best, reach[sign] = near, _top(one)
        if quantity == MUTUAL and not torn and near.value > (certain or found).value:
            certain = near if _excess(near, found.value, own) > certain_at(tried) else certain
    if best is None and not torn:
        return found
    possible = sides.most[0] + Z_95 * sides.most[1]
    high = min(reach[1.0], max(found.interval[1], possible))
    low = found.interval[0]
    if quantity.signed:
        low = max(-reach[-1.0], min(low, -possible))
    if certain is not None:
        value, error = min(certain.value, sides.most[0]), certain.std_error
        found = moved(found, value, (low, high), NEIGHBOURS, error)
    line = _sentence(found, None if torn or certain else best, quantity.signed)
    return replace(found, interval=(low, high), warnings=(*found.warnings, line))


def _sentence(found: MIEstimate, beyond: Seen | None, signed: bool) -> str:
    """What is said where neighbours moved the value, or what is beyond it the interval alone."""
    if beyond is None:
        alone, read = found.diagnostics[ALONE], found.diagnostics[NEIGHBOURS][0]
        line = (
            f"nearest neighbours read {read:.2f} nats for {alone:.2f}, further apart than chance, "
            "and the value is mostly theirs"
        )
    else:
        than = "other" if signed else "more"
        line = (
            f"nearest neighbours read {beyond.value:.2f} nats, {than} than the value by more than "
            "chance, and the interval is the wider for it"
        )
    where = "the dependence may be in pieces too fine for networks and so few rows; take more rows"
    return f"{line}: {where}"


def _is_beyond(near: Seen, value: float, own: float, tried: int, together: bool) -> bool:
    """Whether what neighbours see is above a value by more than chance, and not nearer to zero.

    Arguments:
        near: What they see.
        value: The estimate.
        own: Its chance by the rows, nats.
        tried: Looks that were taken.
        together: Whether this one is at all columns.
    """
    if near.value - value <= SLIGHT or value < near.value <= 0.0:
        return False
    by_chance = _excess(near, value, own)
    if by_chance > NormalDist().inv_cdf(1.0 - 0.025 / tried):
        return True
    # The chance of the step is about as large as that of the value.
    grows = near.step / near.std_error
    return together and min(by_chance, grows) > EACH and by_chance + grows > BOTH


def _excess(near: Seen, value: float, own: float) -> float:
    """By how much neighbours see more than a value, in standard errors."""
    return (near.value - value) / math.hypot(near.std_error, own)


def _top(near: Seen) -> float:
    """What there may be."""
    return near.value + near.missing + Z_95 * near.std_error


def looks_at(
    columns: Sequence[Sequence[Neighbourly]], free: Sequence[int]
) -> tuple[list[Look], int]:
    """What to look at of two free variables, and among how many it was chosen.

    Arguments:
        columns: Of all variables.
        free: Numbers of the two; of the others all columns are in every look.
    """
    whole = tuple(tuple(range(len(v))) for v in columns)
    a, b = free
    pairs = [*itertools.product(whole[a], whole[b])]
    if len(pairs) > MOST_PAIRS:
        x, y = (torch.stack([_ranks(c) for c in columns[k]]) for k in free)
        nearness = torch.maximum(_nearness(x, y), _nearness(y, x).T)
        best = nearness.flatten().argsort(descending=True)[:MOST_PAIRS]
        chosen = [pairs[k] for k in best.tolist()]
    else:
        chosen = pairs
    looks = []
    for i, j in chosen:
        at = {a: (i,), b: (j,)}
        looks.append(tuple(at.get(k, every) for k, every in enumerate(whole)))
    together = len(pairs) > 1 and max(len(whole[k]) for k in free) <= MOST_COLUMNS
    return [*looks, *([whole] if together else [])], len(pairs) + together


def _ranks(column: Neighbourly) -> Tensor:
    """Ranks of a column's rows, (n,), atoms first; equal ones as they come."""
    scores = column.codes if column.scores is None else column.scores.nan_to_num(-math.inf)
    assert scores is not None
    return scores.argsort(stable=True).argsort()


def _nearness(x: Tensor, y: Tensor) -> Tensor:
    r"""Chatterjee's :math:`\xi` of y (q, n) in the order of x (p, n), ranks each, (p, q)."""
    # Rows side by side, in floats that hold sums of MOST_ROWS ranks exactly: of many columns a
    # tenth of the time.
    n, rows = x.shape[1], y.float().T.contiguous()
    found = [rows[order].diff(dim=0).abs_().sum(0) for order in x.argsort(dim=1)]
    return 1.0 - 3.0 * torch.stack(found).double() / (n**2 - 1.0)
