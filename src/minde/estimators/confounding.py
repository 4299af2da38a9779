r"""What is given and not learned: a conditional information then reads too much.

With held-out rows a conditional mutual information is read as

.. math::
    I(X; Y \mid Z) + \mathrm{KL}(p_{x|z} \| \hat p_{x|z}) - \mathrm{KL}(p_{x|yz} \| \hat p_{x|yz}) ,

so that where both variables follow a fast wave of Z, of which networks learn nothing, all that the
wave makes them share is read as if it were theirs. Nearest neighbours see how much Z tells of X
(``minde.estimators.neighbours``), of all columns together or of pairs of one each. What networks
have learned of it is at most the distance of their scores given Z to those of independent normal
columns, which columns are one by one in normal scores. Where neighbours see more by more than
chance, the interval goes down by as much and by what they may be missing, but not below zero. What
labels tell of one another is counted, and needs no network.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from statistics import NormalDist

from minde.ensemble.ensemble import Ensemble
from minde.estimators.counting import table
from minde.estimators.neighbours import LEAST_ROWS, columns_of, seen, some_rows
from minde.estimators.networks import Network
from minde.estimators.quantity import CONDITIONAL, MUTUAL
from minde.estimators.regressions import SLIGHT
from minde.estimators.second_route import looks_at
from minde.estimators.sides import Sides
from minde.readout.estimate import MIEstimate, Summary
from minde.readout.measures import Measure
from minde.readout.names import outside
from minde.readout.student import Z_95
from minde.types import Rows

#: Chance of what neighbours see more, to one side.
CHANCE = 0.0125


def with_confounding(
    found: MIEstimate,
    sides: Sides,
    networks: Mapping[str, Network],
    ensembles: Mapping[str, Ensemble],
) -> MIEstimate:
    """The estimate with its interval taken down by what is given and was not learned.

    Arguments:
        found: Of the variables on their own rows; other quantities than a conditional information
            stay as they are, and what no network reads.
        sides: The variables.
        networks: By the name of what each diffuses in the quantity.
        ensembles: Trained, by the same names.
    """
    if sides.quantity != CONDITIONAL or found.interval[0] <= 0.0:
        return found
    rows = some_rows(len(sides), sides.sides[0].weights, sides.gap)
    if len(rows) < LEAST_ROWS:
        return found
    for own in CONDITIONAL.free:
        name = CONDITIONAL.networks[own]
        learned = _learned(networks[name], ensembles[name]) if name in networks else None
        if learned is not None:
            known = _with_labels(learned, sides, own)
            found = _taken_down(found, sides, rows, own, known)
    return found


def _with_labels(learned: Summary, sides: Sides, own: int) -> Summary:
    """What networks have learned, with what labels tell of one another, which is counted."""
    told = table(MUTUAL, [sides.sides[own], sides.sides[2]], sides.gap)
    if told is None:
        return learned
    error = math.hypot(learned.std_error, told.std_error)
    return Summary(learned.value + told.value, error)


def _taken_down(
    found: MIEstimate, sides: Sides, rows: Rows, own: int, learned: Summary
) -> MIEstimate:
    """The estimate, taken down by what Z tells of one variable and was not learned.

    Arguments:
        found: With an interval above zero, or it stays as it is.
        sides: The variables.
        rows: That are looked at.
        own: Number of the one.
        learned: What Z tells of it as its network has it, or more.
    """
    both = (own, 2)
    pair = columns_of([sides.sides[k] for k in both], [sides.codings[k] for k in both], rows)
    looks, tried = looks_at(pair, (0, 1))
    top, most = 0.0, 0.0
    for look in looks:
        near = seen(MUTUAL, [[v[c] for c in at] for v, at in zip(pair, look, strict=True)])
        unseen = near.value - learned.value
        chance = math.hypot(near.std_error, learned.std_error)
        if unseen > max(SLIGHT, NormalDist().inv_cdf(1.0 - CHANCE / tried) * chance):
            top = max(top, unseen + near.missing + Z_95 * near.std_error)
            most = max(most, near.value)
    low, high = found.interval
    if not top or low <= 0.0:
        return found
    one, z = sides.codings[own].name, sides.codings[2].name
    line = (
        f"{z} tells {most:.2f} nats of {one} by nearest neighbours, of which the networks have "
        f"learned {max(0.0, learned.value):.2f}: the value may hold what {z} makes both share, and "
        "the interval goes down for it; take more rows"
    )
    return replace(found, interval=(max(0.0, low - top), high), warnings=(*found.warnings, line))


def _learned(network: Network, ensemble: Ensemble) -> Summary | None:
    """What the given tells of the network's variable, and its columns of one another, nats.

    None where no read-out is against the normal law of variance one, or not all rows are read.
    """
    terms = [term for measure in network.measures.values() for term in measure.entropies]
    given = [pattern for sign, pattern in terms if sign > 0.0]
    if len(given) != 1 or not network.alive.all():
        return None
    alone = Measure("given", ((-1.0, given[0]),), ())
    read = ensemble.read_folds(network.rows, alone, network.weights).final.get(outside(1.0))
    if read is None:
        return None
    error = float(read.std_error.mean()) / math.sqrt(len(ensemble.folds))
    return Summary(float(read.value.mean()), error)
