"""Read-outs of directions, folds and seeds put together into one estimate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from minde.options import ReadoutOptions
from minde.readout.estimate import MIEstimate, Summary
from minde.readout.influence import variance_of_mean
from minde.readout.likelier import half_apart, taken
from minde.readout.names import (
    CORRECTED,
    HALVES,
    first_order,
    first_order_weight,
    reported_readout,
)
from minde.readout.notes import (
    ONE_SEED,
    doubts,
    rising_warning,
    smallest_times,
    smallest_times_warning,
)
from minde.readout.reading import Reading
from minde.readout.readout import Readout
from minde.readout.spread import Places, Spread, difference, shifted, spread
from minde.readout.student import kept_dof, t_95
from minde.types import Array, Rows
from minde.weighing import effective_rows


@dataclass(frozen=True)
class Facts:
    """What an estimate says beside its read-outs.

    Attributes:
        options: Which read-out is reported.
        n_seeds: Seeds among the members; members run over seeds, and within a seed over folds.
        n_train: Training rows per network; 0 where networks were not trained here.
        cross_fitted: Whether all rows are both trained on and tested, by turns.
        offset: Known terms to add, one number or one per test row (an entropy's analytic part).
        warnings: Sentences about the data.
        diagnostics: Extra facts to keep.
        places: Rows that test and that train in each fold, where samples were split; rows of
            different folds are different ones where not given.
        gap: Rows over which rows in time order depend; 0 for rows in no order.
        unseen: Standard error of what was put in for parts that are not read, nats.
    """

    options: ReadoutOptions
    n_seeds: int
    n_train: int
    cross_fitted: bool = False
    offset: float | Array = 0.0
    warnings: tuple[str, ...] = ()
    diagnostics: dict[str, Any] = field(default_factory=dict)
    places: Places = ()
    gap: int = 0
    unseen: float = 0.0


def by_seed(values: torch.Tensor, n_seeds: int) -> Array:
    """Turn (seeds x folds, rows of a fold) into (seeds, all rows), folds side by side."""
    return values.double().cpu().numpy().reshape(n_seeds, -1)


def tested_rows(places: Places, n: int) -> Rows:
    """Numbers of the n rows that test, folds side by side; the first n where not given."""
    return np.concatenate([test for test, _ in places]) if places else np.arange(n)


def combine(directions: Mapping[str, Reading], facts: Facts) -> MIEstimate:
    """Average directions, folds and seeds into one estimate.

    With cross-fitting every row is trained on and read out, and the networks' own error of sampling
    is no smaller than that of the test rows. The gap is then the read-out to judge by: the loss
    that the networks minimise is at its lowest, so their error moves it in second order only, and
    the spread of its pointwise values is that of the whole procedure (Chernozhukov et al., 2018).

    Arguments:
        directions: Readings by direction; one entry where there is one direction only.
        facts: What else there is to know.

    References:
        Chernozhukov et al., Double/debiased machine learning for treatment and structural
        parameters, The Econometrics Journal, 2018.
    """
    names = list(next(iter(directions.values())).final)
    reported = reported_readout(facts.options, names, facts.cross_fitted, facts.gap > 0)
    judges = {name: _judge(name, facts) for name in names}
    asked = (reported, judges[reported])
    sides = {d: _side(r.final, asked, facts) for d, r in directions.items()}
    which = taken(directions, sides, facts.cross_fitted)
    n_seeds, both = facts.n_seeds, [directions[d] for d in which]

    def of(out: dict[str, Readout], name: str) -> Readout:
        return shifted(out[name], facts.offset, n_seeds)

    by_name = {name: [of(r.final, name) for r in both] for name in names}
    mean = {k: np.mean([by_seed(r.pointwise, n_seeds) for r in v], 0) for k, v in by_name.items()}
    spreads = {k: spread(v, n_seeds, facts.places, facts.gap) for k, v in by_name.items()}
    readouts = {
        name: Summary(float(mean[name].mean()), spreads[judge].std_error)
        for name, judge in judges.items()
    }
    best, chance = readouts[reported], spreads[judges[reported]]
    before = [by_seed(of(r.halfway, reported).pointwise, n_seeds) for r in both if r.halfway]
    moved = abs(best.value - float(np.mean(before))) if before else 0.0
    weights = _weights(both[0].final[reported], n_seeds)
    networks = _networks((mean["gap"], weights), float(np.sqrt(chance.train)), reported, facts)
    missed = _missed(readouts) if reported == CORRECTED else _disagreement(by_name, facts)
    n_test = mean[reported].shape[1]
    rows = effective_rows(weights, n_test)
    unseen = max(r.missed(best.value, rows) for r in both) if facts.cross_fitted else 0.0
    apart = half_apart([sides[d] for d in which]) if facts.cross_fitted else 0.0
    parts = (missed, unseen, moved, networks, apart, facts.unseen)
    training = float(np.linalg.norm(parts))
    std_error = float(np.hypot(chance.std_error, training))
    dof = kept_dof(chance.dof(training**2))
    reach = t_95(dof) * std_error
    kept = [r.final[reported] for r in both]
    bins = [k.integrand.double().cpu().numpy().mean(axis=0) for k in kept]
    integrand: Array = np.mean(bins, axis=0)
    values = [s.value for s in readouts.values()]
    one_training = n_seeds == 1 and not facts.cross_fitted and facts.n_train > 0
    diagnostics = {
        "readout_spread": max(values) - min(values),
        "std_sampling": best.std_error,
        "std_rows": float(np.sqrt(chance.rows)),
        "std_seeds": float(np.sqrt(chance.seeds)),
        "std_training": training,
        "std_unseen": unseen,
        "std_too_much": max(r.too_much(best.value, rows) for r in both) if unseen else 0.0,
        "moved_since_halfway": moved,
        "std_networks": networks,
        "std_directions": apart,
        "learned": max(r.learned for r in both),
        "degrees_of_freedom": dof,
        "smallest_times": smallest_times(integrand),
        **({"gained": max(r.gained for r in both)} if facts.cross_fitted else {}),
        **({"gap": facts.gap} if facts.gap else {}),
        **facts.diagnostics,
    }
    if len(sides) == 2:
        a, b = sides.values()
        diagnostics["direction_gap"] = a.value - b.value
    return MIEstimate(
        value=best.value,
        std_error=std_error,
        interval=(best.value - reach, best.value + reach),
        per_seed=mean[reported].mean(axis=1),
        readouts=readouts,
        directions=sides if len(sides) > 1 else {},
        integrand=integrand,
        times=kept[0].edges.numpy(),
        diagnostics=diagnostics,
        warnings=(
            *facts.warnings,
            *smallest_times_warning(integrand, std_error),
            *(
                rising_warning(best.value, readouts[HALVES].value, float(np.sqrt(chance.rows)))
                if reported == CORRECTED
                else ()
            ),
            *doubts(
                {k: v for k, v in readouts.items() if k != HALVES},
                best,
                moved,
                sides,
                bool(facts.n_train),
                len(both),
            ),
            *((ONE_SEED,) if one_training else ()),
        ),
        n_train=facts.n_train,
        n_test=n_test,
        pointwise=mean[reported].mean(axis=0) / (1.0 if weights is None else weights),
        rows=tested_rows(facts.places, n_test),
        weights=weights,
    )


def _weights(readout: Readout, n_seeds: int) -> Array | None:
    """Of all rows that are read, folds side by side; seeds have the same."""
    return None if readout.weights is None else by_seed(readout.weights, n_seeds)[0]


def _judge(name: str, facts: Facts) -> str:
    """The read-out whose spread is that of another's estimate."""
    return "gap" if facts.cross_fitted and name not in (CORRECTED, HALVES) else name


def _side(out: dict[str, Readout], names: tuple[str, str], facts: Facts) -> Summary:
    """One direction: the value of a read-out, and the spread of the one it is judged by."""
    value, judge = (shifted(out[name], facts.offset, facts.n_seeds) for name in names)
    chance = spread([judge], facts.n_seeds, facts.places, facts.gap)
    return Summary(float(value.pointwise.mean()), chance.std_error)


def _disagreement(by_name: dict[str, list[Readout]], facts: Facts) -> float:
    """Half the difference of the first-order read-out (inside, or outside) and the gap, nats.

    Chance makes them differ too, and is counted already: its variance is taken off the square.
    """
    pairs = zip(by_name[first_order(by_name)], by_name["gap"], strict=True)
    apart = [difference(a, b) for a, b in pairs]
    value = float(np.mean([float(d.pointwise.mean()) for d in apart]))
    chance: Spread = spread(apart, facts.n_seeds, facts.places, facts.gap)
    return 0.5 * float(np.sqrt(max(0.0, value**2 - chance.rows - chance.seeds)))


def _missed(readouts: Mapping[str, Summary]) -> float:
    r"""What more rows would add to a corrected value :math:`\hat I`, nats.

    Where half of the rows read less, more rows would read more: by as much as that again,
    :math:`|\hat I - \hat I_{halves}|`, if what is missed falls as 1/n, and by more if it falls
    slower.
    """
    return abs(readouts[CORRECTED].value - readouts[HALVES].value)


def _networks(read: tuple[Array, Array | None], known: float, reported: str, facts: Facts) -> float:
    r"""What a read-out of first order owes to the draw of the training rows, nats.

    Networks that make the most of their rows are off by as much as the mean of the pointwise
    information over these rows is. What is of first order in their error is off by
    :math:`s = w \sqrt{\operatorname{var}(v) / n_{train}}`, with v the pointwise gap and w the
    weight of inside in the read-out, whatever the seeds. A control variate takes its mean over the
    same rows, of standard error k, and is off the same way; together they add
    :math:`\sqrt{s^2 + 2 s k}` to k. With cross-fitting the rows' part counts it.

    Arguments:
        read: Pointwise values of the gap, (seeds, rows), and the rows' weights.
        known: k.
        reported: The read-out.
        facts: Number of training rows.
    """
    gap, weights = read
    weight = first_order_weight(reported) if facts.n_train and not facts.cross_fitted else 0.0
    if not weight or gap.shape[1] < 2:
        return 0.0
    plain = gap.mean(axis=0) / (1.0 if weights is None else weights)
    spread_of_one = np.sqrt(gap.shape[1] * variance_of_mean(plain, weights=weights))
    own = weight * spread_of_one / np.sqrt(facts.n_train / max(facts.gap, 1))
    return float(np.sqrt(own**2 + 2.0 * own * known))
