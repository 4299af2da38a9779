"""Which of several estimators to trust where they differ, by rule.

The rules are those of the literature: KSG reads low in many columns and where information is much,
CCA sees correlation alone, a critic's bound is at most the logarithm of its batch or of large
variance, and few rows are not enough for one.

References:
    Gao, Ver Steeg and Galstyan, Efficient estimation of mutual information for strongly dependent
    variables, AISTATS 2015 (KSG). McAllester and Stratos, Formal limitations on the measurement of
    mutual information, AISTATS 2020 (bounds). Czyż, Grabowski, Vogt, Beerenwinkel and Marx, Beyond
    normal, NeurIPS 2023 (all of them compared).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from minde.estimators.estimating import COUNTS
from minde.estimators.spacings import SPACINGS
from minde.readout.estimate import MIEstimate
from minde.readout.units import conversion

#: Nats beyond MINDE's interval from which a value differs; columns that are many for nearest
#: neighbours; and rows that are few for a critic.
APART, MANY_COLUMNS, FEW_ROWS = 0.02, 4, 5000

BEYOND = "is more than the entropy of the labels, the most possible"


@dataclass(frozen=True)
class Facts:
    """Of the sample: rows, columns a side, and whether some are not continuous."""

    rows: int
    dims: tuple[int, int]
    mixed: bool


def advise(
    estimate: MIEstimate,
    values: Mapping[str, float],
    labels: Mapping[str, str],
    facts: Facts,
    unit: str = "nats",
) -> str:
    """One sentence.

    Arguments:
        estimate: MINDE's, nats.
        values: Of the others by name, nats.
        labels: What they are called.
        facts: Of the sample.
        unit: Of the numbers in the sentence.
    """
    low, high = estimate.interval
    apart = {k: v for k, v in values.items() if not low - APART <= v <= high + APART}
    if not values:
        return "No other estimator takes these columns: there is nothing to compare with"
    if not apart:
        others = f"All {len(values)} others agree" if len(values) > 1 else "The other one agrees"
        return f"{others} with MINDE's interval"
    by = conversion("nats", unit)
    most = min((h.value for h in estimate.entropies.values()), default=math.inf)
    beyond = {name for name, value in apart.items() if value > most + APART}
    told = [
        f"{labels[name]} ({by * value:.2f}) "
        + (BEYOND if name in beyond else _why(name, value < low, facts))
        for name, value in apart.items()
    ]
    trained = not estimate.readouts.keys() <= {COUNTS, SPACINGS}
    near = {"ksg", "mixed_ksg"} - beyond if facts.dims == (1, 1) and trained else set()
    reliable = sorted(apart.keys() & near)
    if reliable:
        return (
            f"With one column a side {labels[reliable[0]]} is reliable too, and it differs from "
            f"MINDE: train MINDE longer before trusting either; {'; '.join(told)}"
        )
    return f"Trust MINDE, whose interval is the only one: {'; '.join(told)}"


def _why(name: str, low: bool, facts: Facts) -> str:
    if name in ("ksg", "mixed_ksg"):
        many = sum(facts.dims)
        if facts.dims == (1, 1):
            return "looks at nearest neighbours"
        if low:
            return f"reads low where rows have {many} columns"
        return f"is led by scales and ties of {many} columns"
    if name == "cca":
        return "sees linear dependence alone" if low else "takes columns for Gaussian"
    if name == "mixture_of_gaussians":
        return "is as good as a few Gaussians fit"
    few = f"with {facts.rows} rows a critic " if facts.rows < FEW_ROWS else "a critic's bound "
    return few + ("stops below the truth" if low else "overfits, or varies much")
