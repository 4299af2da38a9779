r"""Intervals taken up to what regressions on products of columns find beyond them.

Of many columns and few rows networks learn little, and of nothing learned the interval is tight
about the linear part. Regressions (``minde.estimators.regressions``) see what is of second order.
With the linear part they read :math:`I_{linear} + G` in all. Where that is above the value by more
than chance, the interval is taken up to it and as much again: third order and what bends otherwise
they see in part.
"""

from __future__ import annotations

import math
from dataclasses import replace

from minde.estimators.neighbours import LEAST_ROWS
from minde.estimators.quantity import MUTUAL
from minde.estimators.regressions import (
    FEWEST_COLUMNS,
    SLIGHT,
    linear_information,
    scores_of,
    told_by_regressions,
)
from minde.estimators.sides import Sides
from minde.readout.estimate import MIEstimate
from minde.readout.student import Z_95


def widened_by_regressions(found: MIEstimate, sides: Sides) -> MIEstimate:
    """The estimate with its interval taken up to what regressions find beyond it.

    Arguments:
        found: Of the variables on their own rows.
        sides: The variables; other quantities than the information of two, and what has labels or
            atoms, stay as they are.
    """
    if sides.quantity != MUTUAL or not sides.continuous or not found.n_train:
        return found
    if sum(side.dim for side in sides.sides) < FEWEST_COLUMNS:
        return found
    x, y = scores_of(sides.sides, sides.gap)
    if len(x) < LEAST_ROWS:
        return found
    told = told_by_regressions(x, y)
    if told.nats == 0.0:
        return found
    beyond = max(0.0, linear_information(x, y)) + told.nats - found.value
    chance = math.hypot(told.std_error, float(found.diagnostics["std_rows"]))
    if beyond <= max(SLIGHT, Z_95 * chance):
        return found
    low, high = found.interval
    top = max(high, found.value + 2.0 * beyond + Z_95 * told.std_error)
    line = (
        f"regressions on products and squares of columns find {beyond:.2f} nats that the networks "
        "have not learned, and the interval is the wider for it: the value is low; take more rows, "
        "fewer columns or train longer"
    )
    return replace(found, interval=(low, top), warnings=(*found.warnings, line))
