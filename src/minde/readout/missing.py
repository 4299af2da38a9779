r"""What networks are missing on average of what so few rows show.

Rows show that there is a dependence before they show its form. Of what was learned beyond a
Gaussian, w nats, more is mostly there, the more the weaker the dependence and the more columns D
its form may involve; its error is taken as

.. math::
    s = \sqrt{6\,(D - 1)} \sqrt{2 w / n} , \qquad w = \min(l \hat I,\, 2 g) ,

with l the share of the value that is not the Gaussian's and g the nats of denoising loss gained on
it, and its mean as

.. math::
    u = \tfrac12 \min(s, w) .

Both were settled on random tables of 300 to 3,000 rows (``minde.estimators.unlearned``). Of the 40
tasks of the benchmark at 100,000 rows, which had no part in it, u takes a third off the error.
"""

from __future__ import annotations

import math

#: Variance of what was not learned, to a column more than one, in that of a weak dependence.
OF_WEAK = 6.0
#: What is learned, to what was gained in loss, at most.
OF_GAINED = 2.0
#: What is missing on average, to its error or, if less, what was learned.
MISSED = 0.5
#: Name in the diagnostics of the nats by which a value moved.
UNLEARNED = "unlearned"
#: Columns beyond which nothing is put in.
MOST_COLUMNS = 100


def learned(value: float, share: float, gained: float) -> float:
    """Nats w that had to be learned, of a value, its share and the gain in loss."""
    return min(max(value, 0.0) * share, OF_GAINED * gained)


def std_missing(nats: float, columns: int, rows: float) -> float:
    """The error s of what is missing where so many nats were learned."""
    return math.sqrt((columns - 1) * 2.0 * OF_WEAK * nats / rows)


def mean_missing(nats: float, columns: int, rows: float) -> float:
    """The mean u of what is missing where so many nats were learned."""
    return MISSED * min(std_missing(nats, columns, rows), nats)
