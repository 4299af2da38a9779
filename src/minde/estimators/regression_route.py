r"""Intervals taken up to what regressions on products of columns find beyond them.

Of many columns and few rows networks learn little, and of nothing learned the interval is tight
about the linear part. Regressions (``minde.estimators.regressions``) see what is of second order.
With the linear part they read :math:`I_{linear} + G` in all. Where that is above the value by more
than chance, the interval is taken up to it and as much again: third order and what bends otherwise
they see in part. What a logistic regression tells of a label (``minde.estimators.logistic``) is a
lower bound of the whole; held-out rows see less of it, and quarters of a column less than its
values, so that there it is twice as much again. Where they find more beyond any doubt the value
holds what they find.
"""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import NormalDist

from minde.estimators.estimating import REGRESSIONS, certain_at, moved, std_rows
from minde.estimators.explained import Told
from minde.estimators.logistic import few_levels, told_of_labels
from minde.estimators.neighbours import LEAST_ROWS, columns_of, some_rows
from minde.estimators.quantity import MUTUAL
from minde.estimators.regressions import (
    FEWEST_COLUMNS,
    SLIGHT,
    linear_information,
    numbers,
    told_by_regressions,
)
from minde.estimators.sides import Sides
from minde.readout.estimate import MIEstimate
from minde.readout.student import Z_95
from minde.types import Rows

#: Parts of equal share that an ordered column beside labels is cut into, and columns of a variable
#: that are read as labels at most.
QUARTERS, MOST_LABELS = 4, 30
#: What there may be again, to what is found beyond a value: of continuous columns, and of labels.
AGAIN, AGAIN_OF_LABELS = 1.0, 2.0


def widened_by_regressions(found: MIEstimate, sides: Sides) -> MIEstimate:
    """The estimate with its interval taken up to what regressions find beyond it.

    Arguments:
        found: Of the variables on their own rows.
        sides: The variables; other quantities than the information of two, and what takes no
            network, stay as they are.
    """
    if sides.quantity != MUTUAL or not found.n_train:
        return found
    rows = some_rows(len(sides), sides.sides[0].weights, sides.gap)
    if len(rows) < LEAST_ROWS or sum(len(c.coders) for c in sides.codings) < FEWEST_COLUMNS:
        return found
    told, tried = _told(sides, rows)
    beyond = min(told.nats, sides.most[0]) - found.value
    chance = math.hypot(told.std_error, std_rows(found))
    if beyond <= max(SLIGHT, NormalDist().inv_cdf(1.0 - 0.025 / tried) * chance):
        return found
    low, high = found.interval
    again = AGAIN if sides.continuous else AGAIN_OF_LABELS
    top = found.value + (1.0 + again) * beyond + Z_95 * told.std_error
    possible = sides.most[0] + Z_95 * sides.most[1]
    top = max(high, min(top, possible))
    line = (
        f"regressions on products and squares of columns find {beyond:.2f} nats that the networks "
    )
    if beyond > certain_at(tried) * chance:
        found = moved(found, found.value + beyond, (low, top), REGRESSIONS, told.std_error)
        line += "have not learned, and the value holds them; "
    else:
        line += "have not learned, and the interval is the wider for it: the value is low; "
    line += "take more rows, fewer columns or train longer"
    return replace(found, interval=(low, top), warnings=(*found.warnings, line))


def _told(sides: Sides, rows: Rows) -> tuple[Told, int]:
    """The most that regressions of either variable on the other tell in all; looks taken.

    Columns that are continuous tell of one another, labels apart. Correlations of labels are no
    normal variables', so these are read as labels alone, and so are quarters of ordered columns
    beside them: what is told of these is no more than of the columns.
    """
    columns = columns_of(sides.sides, sides.codings, rows)
    found = []
    values = [[c for c in own if c.codes is None] for own in columns]
    if all(values) and sum(map(len, values)) >= FEWEST_COLUMNS:
        x, y = map(numbers, values)
        bent = told_by_regressions(x, y)
        linear = max(0.0, linear_information(x, y)) if bent.nats else 0.0
        found.append(replace(bent, nats=bent.nats + linear))
    if sides.continuous:
        return max(found, key=lambda told: told.nats, default=Told()), 1
    x, y = map(numbers, columns)
    for own, others in zip(columns, (y, x), strict=True):
        labels = [column.levels(QUARTERS) for column in own[:MOST_LABELS]]
        found += told_of_labels(others, [codes for codes in labels if few_levels(codes)])
    return max(found, key=lambda told: told.nats, default=Told()), max(1, len(found))
