r"""What networks have not learned yet of so few rows: half of it in the value, all in the interval.

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

What is missing is not chance: of such tables, with a third variable given or none, and of the tasks
that recipes are chosen on, values were too low on average by 0.4 to 1.0 of :math:`\min(s, w)`, the
more the fewer rows. So the value moves up by

.. math::
    u = \tfrac12 \min(s, w) ,

and its standard error takes u too; the interval stays. Here w is without what a logistic regression
tells of a label by held-out rows (``minde.estimators.logistic``), if one variable is a label: as
little is missing of that as of a Gaussian. Of two columns, of which nearest neighbours see what
networks do not, only the networks' share of the value moves.

Of an interaction information, :math:`I(X; Y) - I(X; Y \mid Z)`, it is the second that more columns
are in and less is learned of: values are too high, and the interval reaches down, by
:math:`\sqrt{(D - 1)\, l g / n}`, as no value tells how much each of both is. The value stays.
"""

from __future__ import annotations

import math
from dataclasses import replace

from minde.estimators.estimating import at_value
from minde.estimators.logistic import few_levels, told_of_label
from minde.estimators.neighbours import LEAST_ROWS, columns_of, some_rows
from minde.estimators.neighbours_of_pair import SHARE
from minde.estimators.quantity import MUTUAL
from minde.estimators.regressions import numbers
from minde.estimators.sides import Sides
from minde.estimators.weak_rows import weak_rows
from minde.readout.estimate import MIEstimate, Summary
from minde.readout.missing import UNLEARNED, learned, mean_missing, std_missing
from minde.readout.student import Z_95

#: Variance of what was not learned of what is signed, in learned loss, as ``OF_WEAK`` has it.
OF_SIGNED = 0.5
#: Name in the diagnostics of the error.
STD = "std_unlearned"


def with_unlearned(found: MIEstimate, alone: MIEstimate, sides: Sides) -> MIEstimate:
    """The estimate with what networks have not learned: half in the value, all in the interval.

    Arguments:
        found: Of the variables on their own rows, whatever else was seen of them.
        alone: As networks, spacings and the table have it.
        sides: The variables. What took no network or was not cross-fitted stays as it is.
    """
    told = alone.diagnostics
    if not alone.n_train or "gained" not in told:
        return found
    share, gained = told["learned"], told["gained"]
    columns, rows = sum(len(coding.coders) for coding in sides.codings), weak_rows(alone, sides)
    if sides.quantity.signed:
        nats = OF_SIGNED * share * gained if math.isfinite(gained) else 0.0
        return _down(found, alone, math.sqrt((columns - 1) * 2.0 * nats / rows), sides)
    nats = learned(alone.value, share, gained)
    hard = max(0.0, nats - _told_of_label(sides))
    both = mean_missing(hard, columns, rows), std_missing(nats, columns, rows)
    return _up(found, alone, both, sides)


def _told_of_label(sides: Sides) -> float:
    """What a logistic regression tells of a variable that is one label of few levels, nats."""
    alone = [k for k, coding in enumerate(sides.codings) if len(coding.coders) == 1]
    labels = [k for k in alone if sides.codings[k].coders[0].form == "codes"]
    if sides.quantity != MUTUAL or not labels:
        return 0.0
    rows = some_rows(len(sides), sides.sides[0].weights, sides.gap)
    if len(rows) < LEAST_ROWS:
        return 0.0
    columns, told = columns_of(sides.sides, sides.codings, rows), [0.0]
    for k in labels:
        codes = columns[k][0].codes
        if codes is not None and few_levels(codes.numpy()):
            told.append(told_of_label(numbers(columns[1 - k]), codes.numpy()).nats)
    return max(told)


def _down(found: MIEstimate, alone: MIEstimate, error: float, sides: Sides) -> MIEstimate:
    """The interval of what is signed, taken down by an error at most to what is possible."""
    low, high = found.interval
    reach = math.hypot(alone.interval[0] - alone.value, Z_95 * error)
    low = min(low, max(alone.value - reach, -sides.most[0] - Z_95 * sides.most[1]))
    return replace(found, interval=(low, high), diagnostics={**found.diagnostics, STD: error})


def _up(
    found: MIEstimate, alone: MIEstimate, unlearned: tuple[float, float], sides: Sides
) -> MIEstimate:
    """Value and interval taken up, at most to what is possible.

    Arguments:
        found: Whatever was seen.
        alone: What networks read.
        unlearned: Nats that they are missing on average, and an error of that.
        sides: The variables.
    """
    by, error = unlearned
    (low, high), told = found.interval, {STD: error}
    reach = math.hypot(alone.interval[1] - alone.value, Z_95 * error)
    high = max(high, min(alone.value + reach, sides.most[0] + Z_95 * sides.most[1]))
    if SHARE in found.diagnostics:
        value = found.value + (1.0 - found.diagnostics[SHARE]) * by
    else:
        value = max(found.value, alone.value + by)
    value = min(value, max(sides.most[0], found.value), high)
    moved = value - found.value
    if moved <= 0.0:
        return replace(found, interval=(low, high), diagnostics={**found.diagnostics, **told})
    std_error = math.hypot(found.std_error, moved)
    return at_value(found, value, std_error, (low, high), {**told, UNLEARNED: moved})


def shown(found: MIEstimate) -> Summary:
    """Value and standard error without what was added for what is not learned."""
    by = float(found.diagnostics.get(UNLEARNED, 0.0))
    return Summary(found.value - by, math.sqrt(max(found.std_error**2 - by**2, 0.0)))
