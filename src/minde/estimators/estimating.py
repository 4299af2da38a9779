"""Estimates of a measure from trained ensembles: the one way from read-outs to a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from minde.ensemble.ensemble import Ensemble
from minde.readout.combine import Facts, combine
from minde.readout.estimate import MIEstimate, Summary
from minde.readout.measures import Measure
from minde.readout.notes import few_rows_warning, unresolved_warning
from minde.readout.reading import Reading
from minde.types import Array

#: Name of the read-out where nothing is trained.
COUNTS = "counts"


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
) -> MIEstimate:
    """The estimate on the rows that test, averaged over directions.

    Arguments:
        ensembles: By direction; one entry where there is one direction only.
        samples: What each was fitted on.
        measure: What to compute.
        warnings: Sentences about the data.
    """
    readings: dict[str, Reading] = {}
    for d, ensemble in ensembles.items():
        tests, trains = ensemble.test_rows(samples[d]), ensemble.train_rows(samples[d])
        readings[d] = ensemble.read(tests, measure, trains)
    # All directions are split alike.
    places = [(fold.test, fold.train) for fold in next(iter(ensembles.values())).folds]
    return combine(readings, replace(facts_of(ensembles, warnings), places=places))


def nothing_read(rows: int, warnings: tuple[str, ...]) -> MIEstimate:
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
    )
