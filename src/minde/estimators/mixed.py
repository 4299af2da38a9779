"""An estimate of mixed variables: what networks, spacings and the table tell, put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from minde.discrete.counts import cells
from minde.discrete.shannon import Shannon, bounded
from minde.ensemble.ensemble import Ensemble
from minde.estimators.columns_given_labels import (
    columns_apart,
    told_of_new_rows,
    told_with_halves,
)
from minde.estimators.counting import table
from minde.estimators.estimating import COUNTS, UNBOUNDED, facts_of, nothing_read
from minde.estimators.networks import Network, Reader, on_test_rows, read_all
from minde.estimators.quantity import MUTUAL
from minde.estimators.regression_route import widened_by_regressions
from minde.estimators.second_route import widened
from minde.estimators.settings import Settings
from minde.estimators.sides import Sides
from minde.estimators.spacings import SPACINGS
from minde.estimators.unlearned import with_unlearned
from minde.estimators.weak_rows import weak_rows
from minde.readout.combine import combine
from minde.readout.estimate import MIEstimate, Summary
from minde.readout.influence import variance_of_mean
from minde.readout.spread import Places
from minde.readout.student import kept_dof, satterthwaite, t_95
from minde.readout.weak import weak_top
from minde.types import Array, Rows
from minde.weighing import weighted_mean

#: Nats above what is possible of which nothing is said: less than is printed.
SLIGHT = 5e-4


def estimate_mixed(
    sides: Sides,
    found: Mapping[str, Network],
    ensembles: Mapping[str, Ensemble],
    settings: Settings,
) -> MIEstimate:
    """A quantity of some variables on the rows that test; what takes no network, on all rows.

    Arguments:
        sides: The variables.
        found: Networks.
        ensembles: Trained, by the same names.
        settings: Of the fit.
    """
    folds = settings.folds_of(len(sides)) if found else ()
    # The rows of the whole, of which each network has those where there is something to read.
    places = [(fold.test, fold.train) for fold in folds]
    part = of_networks(found, ensembles, on_test_rows(settings), sides, places)
    quantity, rows, gap = sides.quantity, sides.sides, sides.gap
    apart = columns_apart(quantity, rows, gap)
    known = Known(told_with_halves(quantity, rows, apart, gap), table(quantity, rows, gap))
    if found:
        known = known.at(np.concatenate([fold.test for fold in folds]))
    whole = put_together(part, known, sides)
    return with_unlearned(widened_by_regressions(widened(whole, sides), sides), whole, sides)


@dataclass(frozen=True)
class Known:
    """What is read without a network; none of either where that is nothing.

    Attributes:
        columns: What labels tell of single columns.
        table: What labels tell of one another.
    """

    columns: Shannon | None = None
    table: Shannon | None = None

    def at(self, rows: Rows) -> Known:
        """The same, with the pointwise values of some rows alone."""
        return Known(*(part and part.at(rows) for part in (self.columns, self.table)))


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
        return nothing_read(len(sides), sides.warnings, sides.sides[0].weights)
    facts = replace(facts_of(ensembles, sides.warnings), places=places)
    return combine(read_all(found, ensembles, read), facts)


def put_together(found: MIEstimate, known: Known, sides: Sides) -> MIEstimate:
    """Networks and what else is known, within what is possible; says what the columns are."""
    kinds = {coding.name: coding.kinds for coding in sides.codings}
    found = replace(
        found,
        diagnostics={**found.diagnostics, "kinds": kinds},
        quantity=sides.quantity.name,
        entropies=sides.counted_entropies,
    )
    if known.columns is not None:
        if COUNTS in found.readouts:
            found = replace(found, readouts={SPACINGS: found.readouts[COUNTS]})
        found = with_part(found, known.columns, "columns_part")
    if known.table is not None:
        found = with_part(found, known.table, "discrete_part")
    if not np.isinf(sides.most[0]):
        found = within_bounds(found, sides.most, sides.quantity.signed)
    if sides.quantity.signed or not found.n_train:
        return found
    low, high = found.interval
    if sides.quantity == MUTUAL:
        low = found.value - (found.value - low) * _below(found)
    top = min(weak_top(found.value, weak_rows(found, sides)), sides.most[0])
    return replace(found, interval=(low, max(high, top)))


def _below(found: MIEstimate) -> float:
    """Share of the reach of an interval below the value: less may be too much than unseen."""
    told = found.diagnostics
    unseen, too_much = (float(told.get(k, 0.0)) for k in ("std_unseen", "std_too_much"))
    if not unseen or not found.std_error:
        return 1.0
    rest = max(0.0, found.std_error**2 - unseen**2)
    return float(np.sqrt(rest + too_much**2)) / found.std_error


def with_part(found: MIEstimate, part: Shannon, name: str) -> MIEstimate:
    """The estimate with a part added that took no network.

    The two parts' errors are of one sample: the covariance of their pointwise values is counted
    where it makes the error larger; of rows in time order they count as if they were fewer.

    Arguments:
        found: What was read so far.
        part: What is added, with its pointwise values at the rows that were read.
        name: Of the part, for the diagnostics.
    """
    centred = part.pointwise - weighted_mean(part.pointwise, found.weights)
    rows = part.rows / max(part.gap, 1)
    products = centred * (found.pointwise - found.value)
    square = None if found.weights is None else found.weights**2
    shared = weighted_mean(products, square) / rows
    variance = found.std_error**2 + part.std_error**2 + 2.0 * max(shared, 0.0)
    errors = [(found.std_error**2, degrees(found)), (part.std_error**2, rows - 1.0)]
    dof = kept_dof(satterthwaite(errors))
    std_error = float(np.sqrt(variance))
    at_rows = centred + part.value

    def moved(of: Summary) -> Summary:
        return Summary(of.value + part.value, float(np.hypot(of.std_error, part.std_error)))

    value, reach = found.value + part.value, t_95(dof) * std_error
    diagnostics = {name: [part.value, part.std_error], "degrees_of_freedom": dof}
    return replace(
        found,
        value=value,
        std_error=std_error,
        interval=(value - reach, value + reach),
        per_seed=found.per_seed + part.value,
        readouts={k: moved(v) for k, v in found.readouts.items()},
        directions={k: moved(v) for k, v in found.directions.items()},
        pointwise=found.pointwise + at_rows,
        diagnostics={**found.diagnostics, **diagnostics},
    )


def degrees(found: MIEstimate) -> float:
    """Degrees of freedom of an estimate's standard error; of none where nothing was read."""
    return float(found.diagnostics.get("degrees_of_freedom", np.inf))


def within_bounds(found: MIEstimate, most: tuple[float, float], signed: bool = False) -> MIEstimate:
    """The estimate clipped to what is possible, saying so where it matters.

    Arguments:
        found: Its value may lie outside.
        most: Largest size possible and its standard error; an infinite one if there is none.
        signed: Whether values below zero are possible.
    """
    quantile = t_95(degrees(found))
    kept = bounded(found.value, found.std_error, *most, quantile=quantile, signed=signed)
    warnings = found.warnings
    over = (abs(found.value) if signed else found.value) - most[0]
    if over > SLIGHT:
        far = over > quantile * np.hypot(found.std_error, most[1])
        line = (
            f"{found.value:.3f} nats were read, and the value is cut to the entropy of the "
            f"discrete variables, {most[0]:.3f}, the most possible"
        )
        warnings = (*warnings, line + (": more rows or steps are needed" if far else ""))
    diagnostics = {**found.diagnostics, UNBOUNDED: found.value}
    return replace(
        found,
        value=kept.value,
        interval=kept.interval,
        warnings=warnings,
        diagnostics=diagnostics,
    )


def of_new_rows(fitted: Sides, new: Sides) -> Known:
    """What is read of new rows without a network, by the fit's densities and its table."""
    quantity = fitted.quantity
    apart = columns_apart(quantity, fitted.sides, fitted.gap)
    labelled = all(side.sizes for side in fitted.sides)
    return Known(
        told_of_new_rows(quantity, (fitted.sides, new.sides), apart, fitted.gap),
        _table_of_new_rows(fitted, new) if labelled else None,
    )


def _table_of_new_rows(fitted: Sides, new: Sides) -> Shannon:
    r"""Pointwise values :math:`\log \frac{p(x,y)}{p(x) p(y)}` of new rows by the fit's table.

    A combination that the fit lacked counts as half a row.
    """
    (x, y), n = [side.codes for side in fitted.sides], len(fitted)
    u, v = (side.codes for side in new.sides)
    weights = fitted.sides[0].weights
    labels = table(fitted.quantity, fitted.sides, fitted.gap)
    assert labels is not None

    def log_shares(a: Rows, b: Rows) -> tuple[Array, Array]:
        cell = cells(np.concatenate([a, b]))
        count = np.bincount(cell[:n], weights, int(cell.max()) + 1)
        shares = np.log(np.maximum(count, 0.5) / n)
        return shares[cell[:n]], shares[cell[n:]]

    joint = [np.concatenate(pair, axis=1) for pair in ((x, y), (u, v))]
    of_x, of_y, of_both = log_shares(x, u), log_shares(y, v), log_shares(*joint)
    known, asked = (of_both[k] - of_x[k] - of_y[k] for k in (0, 1))
    pointwise = asked + (labels.value - weighted_mean(known, weights))
    value, sampling = float(pointwise.mean()), variance_of_mean(pointwise, fitted.gap)
    error = float(np.hypot(labels.std_error, np.sqrt(sampling)))
    return replace(labels, value=value, std_error=error, pointwise=pointwise, rows=len(pointwise))
