"""An estimate of mixed variables: the networks' part and that of the tables put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from minde.discrete.counts import cells
from minde.discrete.shannon import Shannon, bounded, mutual_information
from minde.ensemble.ensemble import Ensemble
from minde.estimators.estimating import facts_of
from minde.estimators.pair import Network, Reader, on_test_rows, read_all
from minde.estimators.settings import Settings
from minde.estimators.sides import Sides
from minde.readout.combine import combine
from minde.readout.estimate import MIEstimate, Summary
from minde.readout.spread import Places
from minde.readout.student import kept_dof, satterthwaite, t_95
from minde.types import Array, Rows

#: Nats above what is possible of which nothing is said: rounding.
SLIGHT = 1e-6


def estimate_pair(
    sides: Sides,
    found: Mapping[str, Network],
    ensembles: Mapping[str, Ensemble],
    settings: Settings,
) -> MIEstimate:
    """Mutual information of two variables on the rows that test; what is counted, on all rows.

    Arguments:
        sides: The variables.
        found: Networks.
        ensembles: Trained, by the same names.
        settings: Of the fit.
    """
    folds = settings.folds_of(len(sides.x)) if found else ()
    # The rows of the whole, of which each network has those where there is something to read.
    places = [(fold.test, fold.train) for fold in folds]
    part = of_networks(found, ensembles, on_test_rows(settings), sides, places)
    table = None
    if sides.x.sizes and sides.y.sizes:
        table = mutual_information(sides.x.codes, sides.y.codes)
        if found:
            table = table.at(np.concatenate([fold.test for fold in folds]))
    return put_together(part, table, sides)


def of_networks(
    found: Mapping[str, Network],
    ensembles: Mapping[str, Ensemble],
    read: Reader,
    sides: Sides,
    places: Places = (),
) -> MIEstimate:
    """What the networks tell; nothing, if there are none.

    Arguments:
        found: Networks.
        ensembles: Trained, by the same names.
        read: How.
        sides: The variables.
        places: Rows of the whole that test and that train in each fold, where they are those.
    """
    if not found:
        return nothing_read(len(sides.x), sides.warnings)
    facts = replace(facts_of(ensembles, sides.warnings), places=places)
    return combine(read_all(found, ensembles, read), facts)


def put_together(found: MIEstimate, table: Shannon | None, sides: Sides) -> MIEstimate:
    """Networks and table, within what is possible, with what was decided on the columns."""
    kinds = {coding.name: coding.kinds for coding in sides.codings}
    found = replace(found, diagnostics={**found.diagnostics, "kinds": kinds})
    if table is not None:
        found = with_table(found, table)
    return within_bounds(found, sides.most) if np.isfinite(sides.most[0]) else found


def nothing_read(rows: int, warnings: tuple[str, ...]) -> MIEstimate:
    """The networks' part where there is none to train: 0 on so many rows."""
    return MIEstimate(
        value=0.0,
        std_error=0.0,
        interval=(0.0, 0.0),
        per_seed=np.zeros(1),
        readouts={"counts": Summary(0.0, 0.0)},
        directions={},
        integrand=np.empty(0),
        times=np.empty(0),
        diagnostics={},
        warnings=warnings,
        n_train=rows,
        n_test=rows,
        pointwise=np.zeros(rows),
    )


def with_table(found: MIEstimate, table: Shannon) -> MIEstimate:
    """The estimate with a discrete part added.

    The two parts' errors are of one sample: the covariance of their pointwise values is counted
    where it makes the error larger.

    Arguments:
        found: What the networks tell.
        table: What the table tells, with its pointwise values at the rows that were read.
    """
    centred = table.pointwise - table.pointwise.mean()
    shared = float(np.mean(centred * (found.pointwise - found.value))) / table.rows
    variance = found.std_error**2 + table.std_error**2 + 2.0 * max(shared, 0.0)
    parts = [(found.std_error**2, degrees(found)), (table.std_error**2, table.rows - 1.0)]
    dof = kept_dof(satterthwaite(parts))
    std_error = float(np.sqrt(variance))
    at_rows = centred + table.value

    def moved(part: Summary) -> Summary:
        return Summary(part.value + table.value, float(np.hypot(part.std_error, table.std_error)))

    value, reach = found.value + table.value, t_95(dof) * std_error
    diagnostics = {"discrete_part": [table.value, table.std_error], "degrees_of_freedom": dof}
    return replace(
        found,
        value=value,
        std_error=std_error,
        interval=(value - reach, value + reach),
        per_seed=found.per_seed + table.value,
        readouts={k: moved(v) for k, v in found.readouts.items()},
        directions={k: moved(v) for k, v in found.directions.items()},
        pointwise=found.pointwise + at_rows,
        diagnostics={**found.diagnostics, **diagnostics},
    )


def degrees(found: MIEstimate) -> float:
    """Degrees of freedom of an estimate's standard error; of none where nothing was read."""
    return float(found.diagnostics.get("degrees_of_freedom", np.inf))


def within_bounds(found: MIEstimate, most: tuple[float, float]) -> MIEstimate:
    """The estimate clipped to what is possible, [0, most], saying so where it matters.

    Arguments:
        found: Its value may lie outside.
        most: Largest value possible and its standard error; an infinite one if there is none.
    """
    quantile = t_95(degrees(found))
    kept = bounded(found.value, found.std_error, *most, quantile=quantile)
    warnings = found.warnings
    over = found.value - most[0]
    if over > SLIGHT:
        far = over > quantile * np.hypot(found.std_error, most[1])
        line = (
            f"{found.value:.3f} nats were read, and the value is cut to the entropy of the "
            f"discrete variable, {most[0]:.3f}, the most possible"
        )
        warnings = (*warnings, line + (": more rows or steps are needed" if far else ""))
    diagnostics = {**found.diagnostics, "before_bounds": found.value}
    return replace(
        found,
        value=kept.value,
        interval=kept.interval,
        warnings=warnings,
        diagnostics=diagnostics,
    )


def of_new_rows(fitted: Sides, new: Sides) -> Shannon:
    r"""Pointwise values :math:`\log \frac{p(x,y)}{p(x) p(y)}` of new rows by the fit's table.

    A combination that the fit lacked counts as half a row.
    """
    table = mutual_information(fitted.x.codes, fitted.y.codes)
    n = len(fitted.x)

    def log_shares(a: Rows, b: Rows) -> tuple[Array, Array]:
        cell = cells(np.concatenate([a, b]))
        count = np.bincount(cell[:n], minlength=int(cell.max()) + 1)
        shares = np.log(np.maximum(count, 0.5) / n)
        return shares[cell[:n]], shares[cell[n:]]

    x = log_shares(fitted.x.codes, new.x.codes)
    y = log_shares(fitted.y.codes, new.y.codes)
    both = log_shares(*(np.concatenate([s.x.codes, s.y.codes], axis=1) for s in (fitted, new)))
    known, asked = (both[k] - x[k] - y[k] for k in (0, 1))
    pointwise = asked + (table.value - known.mean())
    value, sampling = float(pointwise.mean()), float(pointwise.var()) / len(pointwise)
    error = float(np.hypot(table.std_error, np.sqrt(sampling)))
    return replace(table, value=value, std_error=error, pointwise=pointwise, rows=len(pointwise))
