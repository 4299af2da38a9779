r"""How much weak dependence so few rows may hide.

Where dependence is weak, the variance of the pointwise values is twice their mean,

.. math::
    \operatorname{Var} \log \frac{p(x, y)}{p(x) p(y)} \approx 2\, I ,

whatever the law. A value that chance reads low takes its standard error with it, and an interval of
that reaches too little above. The upper end is therefore at least the :math:`I` at which what was
read would be as far below as the interval reaches,

.. math::
    I - \hat I = z \sqrt{2 I / n} , \qquad I = \hat I + a + \sqrt{a^2 + 2 a \hat I} , \quad
    a = z^2 / n ,

an interval from the test of each value in the place of one about the estimate.

References:
    Kullback, Information Theory and Statistics, 1959, section 2.6 (divergences of laws near one
    another). Wilson, Probable inference, the law of succession, and statistical inference, JASA 22,
    1927 (the like for shares).
"""

from __future__ import annotations

import math

from minde.readout.student import Z_95

#: Nats from which on the rows' own spread is taken for what it is.
WEAK = 0.05


def weak_top(value: float, rows: float) -> float:
    """Least upper end of an interval of information that is not below zero, nats.

    Arguments:
        value: What was read; below zero it counts as zero.
        rows: That it was read on; of rows in time order as many as count.
    """
    if value > WEAK:
        return value
    kept, a = max(value, 0.0), Z_95**2 / rows
    return kept + a + math.sqrt(a * a + 2.0 * a * kept)
