r"""Which of two directions a value is taken from.

With q what was learned and means over rows that were held out,

.. math::
    \hat I_{y|x} - \hat I_{x|y} = \big\langle \log q(x)\, q(y \mid x) - \log q(y)\, q(x \mid y)
    \big\rangle ,

so the larger direction is that of the model by which the rows are likelier. A mean that bends with
what is given is learned from few rows where the way back, a law of two humps, is not.

Where both are averaged, half of what they differ by beyond chance is an error of the mean: neither
knows of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from minde.readout.estimate import Summary
from minde.readout.notes import differ
from minde.readout.reading import Reading


def taken(
    directions: Mapping[str, Reading], sides: Mapping[str, Summary], cross_fitted: bool
) -> list[str]:
    """All directions, or the larger of two where it is so by more than chance allows.

    Only where each variable by itself is as a Gaussian has it: else what is missed of a marginal
    law may be what makes a direction larger.

    Arguments:
        directions: Readings.
        sides: Value and standard error of each.
        cross_fitted: Whether all rows are both trained on and tested, by turns.
    """
    plain = all(r.plain for r in directions.values())
    if len(sides) != 2 or not cross_fitted or not plain or not differ(*sides.values()):
        return list(directions)
    return [max(sides, key=lambda d: sides[d].value)]


def half_apart(sides: Sequence[Summary]) -> float:
    """Half of what two directions differ by beyond chance, nats; of one nothing."""
    if len(sides) != 2:
        return 0.0
    a, b = sides
    square = (a.value - b.value) ** 2 - a.std_error**2 - b.std_error**2
    return 0.5 * math.sqrt(max(0.0, square))
