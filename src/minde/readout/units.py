r"""Units of information, and information on scales from 0 to 1: the one place of conversions.

Everything is computed in nats. A bit is :math:`\log 2` nats. Of mutual information :math:`I`, and
of conditional mutual information given Z:

- the correlation scale, the correlation of two Gaussian columns with as much information,

  .. math::
      \sqrt{1 - e^{-2 I}} ,

  which is monotone, so that the ends of an interval map to the ends of one;
- the share of the entropy of a discrete variable, :math:`U = I / H(Y)` (Theil's uncertainty
  coefficient), and of the smaller of two, :math:`I / \min(H(X), H(Y))`; given Z, of
  :math:`H(Y \mid Z)`. Both parts are estimated from the same rows; whatever their correlation, the
  standard error is at most

  .. math::
      \frac{s_I + U s_H}{H} ,

  which is taken.

References:
    Linfoot, An informational measure of correlation, Information and Control 1, 1957. Theil, On the
    estimation of relationships involving qualitative variables, American Journal of Sociology 76,
    1970.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from minde.errors import InputError, nearest
from minde.readout.student import t_95

#: Nats of one of each unit.
NATS_OF = {"nats": 1.0, "bits": math.log(2.0)}
#: Quantities that have a correlation scale and shares.
INFORMATION = ("mutual_information", "conditional_mutual_information")


@dataclass(frozen=True)
class Summary:
    """A value and its standard error, in the unit of the estimate that it is a part of."""

    value: float
    std_error: float

    def times(self, factor: float) -> Summary:
        """Both times a factor."""
        return Summary(factor * self.value, factor * self.std_error)


@dataclass(frozen=True)
class Normalised:
    """A value from 0 to 1 and its 95% interval."""

    value: float
    interval: tuple[float, float]


def conversion(unit: str, other: str) -> float:
    """What a number in ``unit`` is multiplied with to be one in ``other``; InputError on others."""
    for name in (unit, other):
        if name not in NATS_OF:
            known = " or ".join(map(repr, NATS_OF))
            raise InputError(f"unit: must be {known}, got {name!r}{nearest(name, [*NATS_OF])}")
    return 1.0 if unit == other else NATS_OF[unit] / NATS_OF[other]


def correlation(value: float, interval: tuple[float, float]) -> Normalised:
    """Mutual information and its interval, nats, on the correlation scale; below 0 is 0."""
    at, low, high = (math.sqrt(-math.expm1(-2.0 * max(i, 0.0))) for i in (value, *interval))
    return Normalised(at, (low, high))


def shares(
    information: Normalised, entropies: Mapping[str, Summary], dof: float
) -> dict[str, Normalised]:
    """Shares of the entropies of discrete variables, ``share_of_h_y`` and the like.

    Arguments:
        information: With its interval, within what is possible.
        entropies: By variable, in the same unit; where none is continuous the least is taken too.
        dof: Degrees of freedom of the interval.
    """
    of = {f"share_of_h_{name}": h for name, h in entropies.items()}
    if len(of) == 2:
        of["share_of_min_h"] = min(entropies.values(), key=lambda h: h.value)
    return {name: _share(information, h, t_95(dof)) for name, h in of.items() if h.value > 0.0}


def _share(information: Normalised, entropy: Summary, quantile: float) -> Normalised:
    at = min(max(information.value / entropy.value, 0.0), 1.0)
    low, high = information.interval
    own = quantile * at * entropy.std_error
    ends = (low - own) / entropy.value, (high + own) / entropy.value
    return Normalised(at, (max(ends[0], 0.0), min(ends[1], 1.0)))
