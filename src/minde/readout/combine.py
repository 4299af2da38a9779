"""Read-outs of directions, folds and seeds put together into one estimate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from minde.options import ReadoutOptions
from minde.readout.estimate import Z_95, MIEstimate, Summary
from minde.readout.names import first_order, reported_readout
from minde.readout.notes import smallest_times, smallest_times_warning
from minde.readout.readout import Readout
from minde.types import Array


@dataclass(frozen=True)
class Reading:
    """The read-outs of an ensemble by name, trained and (or none) after half of the training."""

    final: dict[str, Readout]
    halfway: dict[str, Readout] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """What an estimate says beside its read-outs.

    Attributes:
        options: Which read-out is reported.
        n_seeds: Seeds among the members; members run over seeds, and within a seed over folds.
        n_train: Training rows per network.
        cross_fitted: Whether all rows are both trained on and tested, by turns.
        offset: Known terms to add, one number or one per test row (an entropy's analytic part).
        warnings: Sentences about the data.
        diagnostics: Extra facts to keep.
    """

    options: ReadoutOptions
    n_seeds: int
    n_train: int
    cross_fitted: bool = False
    offset: float | Array = 0.0
    warnings: tuple[str, ...] = ()
    diagnostics: dict[str, Any] = field(default_factory=dict)


def summarise(pointwise: Array, judge: Array) -> Summary:
    """Value of pointwise values (seeds, rows), and standard error by the spread of ``judge``'s."""
    rows = judge.mean(axis=0)
    seeds = judge.mean(axis=1)
    variance = rows.var(ddof=1) / len(rows) if len(rows) > 1 else np.nan
    if len(seeds) > 1:
        variance += seeds.var(ddof=1) / len(seeds)
    return Summary(float(pointwise.mean(axis=0).mean()), float(np.sqrt(variance)))


def disagreement(readouts: dict[str, Summary]) -> float:
    """Half the difference of the first-order read-out (inside, or outside) and the gap, nats."""
    return 0.5 * abs(readouts[first_order(readouts)].value - readouts["gap"].value)


def by_seed(values: torch.Tensor, n_seeds: int) -> Array:
    """Turn (seeds x folds, rows of a fold) into (seeds, all rows), folds side by side."""
    return values.double().cpu().numpy().reshape(n_seeds, -1)


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
    reported = reported_readout(facts.options, names, facts.cross_fitted)

    def rows(readout: Readout) -> Array:
        return by_seed(readout.pointwise, facts.n_seeds) + facts.offset

    by_direction = {d: {name: rows(r.final[name]) for name in names} for d, r in directions.items()}
    mean = {name: np.mean([v[name] for v in by_direction.values()], axis=0) for name in names}
    judges = {name: "gap" if facts.cross_fitted else name for name in names}
    readouts = {name: summarise(mean[name], mean[judge]) for name, judge in judges.items()}
    before = [rows(r.halfway[reported]) for r in directions.values() if r.halfway]
    moved = abs(readouts[reported].value - float(np.mean(before))) if before else 0.0
    training = float(np.hypot(disagreement(readouts), moved))
    sides = {d: summarise(v[reported], v[judges[reported]]) for d, v in by_direction.items()}
    best = readouts[reported]
    std_error = float(np.hypot(best.std_error, training))
    reach = Z_95 * std_error
    kept = [r.final[reported] for r in directions.values()]
    bins = [k.integrand.double().cpu().numpy().mean(axis=0) for k in kept]
    integrand: Array = np.mean(bins, axis=0)
    spread = max(s.value for s in readouts.values()) - min(s.value for s in readouts.values())
    diagnostics = {
        "readout_spread": spread,
        "std_sampling": best.std_error,
        "std_training": training,
        "moved_since_halfway": moved,
        "smallest_times": smallest_times(integrand),
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
            *_doubts(best, spread, moved, sides),
        ),
        n_train=facts.n_train,
        n_test=mean[reported].shape[1],
        pointwise=mean[reported].mean(axis=0),
    )


def _doubts(best: Summary, spread: float, moved: float, sides: dict[str, Summary]) -> list[str]:
    """Sentences on what in the read-outs themselves speaks against the value."""
    found = []
    if spread > 2.0 * Z_95 * best.std_error and spread > 0.02:
        found.append(
            f"the read-outs differ by {spread:.3f} nats, more than sampling allows, and the "
            "interval is the wider for it: train longer"
        )
    if moved > Z_95 * best.std_error and moved > 0.02:
        found.append(
            f"the value moved by {moved:.3f} nats over the second half of the training, and the "
            "interval is the wider for it: train longer"
        )
    if len(sides) == 2:
        a, b = sides.values()
        allowed = 2.0 * Z_95 * float(np.hypot(a.std_error, b.std_error))
        if abs(a.value - b.value) > allowed and abs(a.value - b.value) > 0.02:
            found.append(
                f"the two directions differ by {abs(a.value - b.value):.3f} nats, more than "
                "chance allows: train longer"
            )
    return found
