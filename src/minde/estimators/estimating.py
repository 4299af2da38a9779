"""Estimates of a measure from trained ensembles: the one way from read-outs to a value."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from statistics import NormalDist
from typing import Any

import numpy as np

from minde.ensemble.ensemble import Ensemble
from minde.readout.combine import Facts, combine
from minde.readout.estimate import MIEstimate, Summary
from minde.readout.measures import Measure
from minde.readout.notes import few_rows_warning, unresolved_warning
from minde.readout.reading import Reading
from minde.readout.student import Z_95
from minde.types import Array, Rows

#: Name of the read-out where nothing is trained.
COUNTS = "counts"
#: Names in the diagnostics of what networks read alone, where another route moved the value, and of
#: what that read.
ALONE, NEIGHBOURS, REGRESSIONS = "networks_alone", "neighbours", "regressions"
#: Name of what was read before a value was cut to what is possible.
UNBOUNDED = "before_bounds"
#: Chance of a larger difference of two routes from which on the higher one is the value.
BEYOND_DOUBT = 0.00135


def facts_of(
    ensembles: Mapping[str, Ensemble], warnings: tuple[str, ...] = (), offset: float | Array = 0.0
) -> Facts:
    """What an estimate says beside its read-outs, of ensembles of one shape by direction."""
    first = next(iter(ensembles.values()))
    recipe = first.recipe
    diagnostics: dict[str, Any] = {
        "validation_loss": {d: e.history() for d, e in ensembles.items()},
        "n_steps": recipe.training.n_steps,
        "smallest_time": first.schedule.t_eps,
        "unresolved": first.unresolved,
    }
    return Facts(
        recipe.readout,
        first.n_seeds,
        len(first.folds[0].train),
        first.cross_fitted,
        offset,
        (
            *warnings,
            *few_rows_warning(len(first.folds[0].train), first.family.dim),
            *unresolved_warning(first.unresolved),
        ),
        diagnostics,
        gap=recipe.training.gap,
    )


def estimate_on_test_rows(
    ensembles: Mapping[str, Ensemble],
    samples: Mapping[str, Array],
    measure: Measure,
    warnings: tuple[str, ...] = (),
    weights: Array | None = None,
) -> MIEstimate:
    """The estimate on the rows that test, averaged over directions.

    Arguments:
        ensembles: By direction; one entry where there is one direction only.
        samples: What each was fitted on.
        measure: What to compute.
        warnings: Sentences about the data.
        weights: Of the rows, where they differ.
    """
    readings: dict[str, Reading] = {}
    for d, ensemble in ensembles.items():
        readings[d] = ensemble.read_folds(samples[d], measure, weights)
    # All directions are split alike.
    places = [(fold.test, fold.train) for fold in next(iter(ensembles.values())).folds]
    return combine(readings, replace(facts_of(ensembles, warnings), places=places))


def of_given(found: MIEstimate, rows: Rows | None) -> MIEstimate:
    """The estimate, with its rows numbered as they were given, of which these were read."""
    return found if rows is None else replace(found, rows=rows[found.rows])


def nothing_read(rows: int, warnings: tuple[str, ...], weights: Array | None = None) -> MIEstimate:
    """The networks' part where there is none to train: 0 on so many rows."""
    return MIEstimate(
        value=0.0,
        std_error=0.0,
        interval=(0.0, 0.0),
        per_seed=np.zeros(1),
        readouts={COUNTS: Summary(0.0, 0.0)},
        directions={},
        integrand=np.empty(0),
        times=np.empty(0),
        diagnostics={},
        warnings=warnings,
        n_train=rows,
        n_test=rows,
        pointwise=np.zeros(rows),
        rows=np.arange(rows),
        weights=weights,
    )


def std_rows(found: MIEstimate) -> float:
    """Chance of an estimate by the rows alone, nats."""
    plain = float(found.pointwise.std()) / math.sqrt(found.effective_rows)
    return float(found.diagnostics.get("std_rows", plain))


def certain_at(tried: int = 1) -> float:
    """Standard errors by which the higher of two routes is right beyond doubt, of so many looks."""
    return NormalDist().inv_cdf(1.0 - BEYOND_DOUBT / tried)


def moved(
    found: MIEstimate, value: float, interval: tuple[float, float], route: str, std_error: float
) -> MIEstimate:
    """The estimate with the value of another route that sees more beyond doubt.

    Arguments:
        found: What networks read.
        value: What the other route reads.
        interval: About both.
        route: Its name in the diagnostics.
        std_error: Its standard error.
    """
    farther = interval[1] - value if value > found.value else value - interval[0]
    whole = max(found.std_error, farther / Z_95)
    return at_value(found, value, whole, interval, {route: [value, std_error]})


def at_value(
    found: MIEstimate,
    value: float,
    std_error: float,
    interval: tuple[float, float],
    told: Mapping[str, Any],
) -> MIEstimate:
    """The estimate with another value, its pointwise values moved as far.

    Arguments:
        found: What networks read, which the diagnostics keep.
        value: Nats.
        std_error: Of that.
        interval: About it.
        told: What the diagnostics say of it.
    """
    by, known = value - found.value, found.diagnostics
    if UNBOUNDED in known:
        known = {**known, UNBOUNDED: known[UNBOUNDED] + by}
    return replace(
        found,
        value=value,
        std_error=std_error,
        interval=interval,
        per_seed=found.per_seed + by,
        pointwise=found.pointwise + by,
        diagnostics={ALONE: found.value, **known, **told},
    )


def endless(found: MIEstimate, least: float) -> MIEstimate:
    """The estimate of what is infinite, and at least so many nats."""
    return replace(
        found,
        value=math.inf,
        std_error=math.inf,
        interval=(least, math.inf),
        per_seed=np.full_like(found.per_seed, math.inf),
        readouts={name: Summary(math.inf, math.inf) for name in found.readouts},
    )
