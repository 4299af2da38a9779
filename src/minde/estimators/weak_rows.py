"""As how many rows those of an estimate count where there is next to no dependence."""

from __future__ import annotations

import itertools

from minde.estimators.sides import Sides
from minde.readout.estimate import MIEstimate
from minde.serial import shared_time


def weak_rows(found: MIEstimate, sides: Sides) -> float:
    """Rows of an estimate that count; of rows in time order fewer, as far as both series have it.

    Arguments:
        found: The estimate.
        sides: The variables.
    """
    if sides.gap <= 1:
        return found.effective_rows
    pairs = itertools.combinations([sides.sides[k].series for k in sides.quantity.free], 2)
    return found.effective_rows / min(max(shared_time(a, b) for a, b in pairs), float(sides.gap))
