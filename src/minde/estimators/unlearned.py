r"""Intervals taken to where what networks have not learned yet of so few rows may take them.

Rows show a dependence before they show its form. Of what networks have learned beyond a Gaussian,
w nats, more is mostly there: of random tables of every kind of column
(``benchmarks/random_tables.py``) a sixth at 1,000 rows and a fourth at 300, and neither halves of
the rows nor any other regression saw it. What was missed grew with the chance of a weak dependence,
:math:`\sqrt{2 w / n}` (see ``minde.readout.weak``), and with the columns D that its form may
involve, and so the interval reaches up by

.. math::
    s = \sqrt{6\,(D - 1)} \sqrt{2 w / n} , \qquad w = \min(l \hat I,\, 2 g) ,

beside its own error. Here l is the share of the value that is not the Gaussian's, and g the nats of
denoising loss that were gained on it: where these are few l is chance. Downwards nothing is added,
since what held-out rows show is there. The factor was settled on 250 such tables, of seeds from
1,000 on; those from 0 on tell how often intervals hold.

Of an interaction information, :math:`I(X; Y) - I(X; Y \mid Z)`, it is the second that more columns
are in and less is learned of: values are too high, and the interval reaches down, by
:math:`\sqrt{(D - 1)\, l g / n}`, as no value tells how much each of both is.
"""

from __future__ import annotations

import math
from dataclasses import replace

from minde.estimators.sides import Sides
from minde.estimators.weak_rows import weak_rows
from minde.readout.estimate import MIEstimate
from minde.readout.student import Z_95

#: Variance of what was not learned, to a column more than one, in that of a weak dependence.
OF_WEAK = 6.0
#: What is learned, to what was gained in loss, at most.
OF_GAINED = 2.0
#: The same variance of what is signed, in learned loss.
OF_SIGNED = 0.5


def with_unlearned(found: MIEstimate, alone: MIEstimate, sides: Sides) -> MIEstimate:
    """The estimate with its interval taken to where what networks have not learned may take it.

    Arguments:
        found: Of the variables on their own rows, whatever else was seen of them.
        alone: As networks, spacings and the table have it.
        sides: The variables. What took no network or was not cross-fitted stays as it is.
    """
    told, signed = alone.diagnostics, sides.quantity.signed
    if not alone.n_train or "gained" not in told:
        return found
    share, gained = told["learned"], told["gained"]
    if signed:
        learned = OF_SIGNED * share * gained if math.isfinite(gained) else 0.0
    else:
        learned = OF_WEAK * min(max(alone.value, 0.0) * share, OF_GAINED * gained)
    columns = sum(len(coding.coders) for coding in sides.codings)
    error = math.sqrt((columns - 1) * 2.0 * learned / weak_rows(alone, sides))
    (low, high), possible = found.interval, sides.most[0] + Z_95 * sides.most[1]
    end = alone.interval[0] if signed else alone.interval[1]
    reach = math.hypot(end - alone.value, Z_95 * error)
    if signed:
        low = min(low, max(alone.value - reach, -possible))
    else:
        high = max(high, min(alone.value + reach, possible))
    diagnostics = {**found.diagnostics, "std_unlearned": error}
    return replace(found, interval=(low, high), diagnostics=diagnostics)
