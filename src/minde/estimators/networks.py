"""The networks of some variables, of whatever kinds: what they train on, and how they are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor

from minde.coding import Side
from minde.diffusion.roles import Family, joint
from minde.ensemble.ensemble import Ensemble
from minde.estimators.directions import measures_of, orders_of
from minde.estimators.layout import Layout
from minde.estimators.placed import Place, placed
from minde.estimators.quantity import Quantity
from minde.estimators.settings import Settings
from minde.readout.influence import Influence
from minde.readout.measures import MI_JOINT, Measure
from minde.readout.reading import Reading
from minde.readout.readout import Readout, summed
from minde.seeding import derive
from minde.training.job import Fold, Job
from minde.training.side_by_side import in_lanes
from minde.types import Array, Rows
from minde.weighing import mean_one


@dataclass(frozen=True)
class Network:
    """One network: its rows, and what it is read out for.

    Attributes:
        rows: All columns, (n, D).
        alive: Rows on which there is something to read, (n,), truth values.
        family: Patterns.
        measures: What it tells, by direction.
        weights: Of the rows, (n,), where they differ.
    """

    rows: Array
    alive: Array
    family: Family
    measures: Mapping[str, Measure]
    weights: Array | None = None

    def job(self, settings: Settings) -> Job:
        """What to train; with labels each pattern is learned as often by default."""
        folds = within(settings.folds_of(len(self.rows)), self.alive)
        if not self.family.n_labels:
            return settings.job(self.rows, self.family, folds, self.weights)
        labelled = replace(settings, options={"p_conditional": 0.5, **(settings.options or {})})
        return labelled.job(self.rows, self.family, folds, self.weights)

    def job_with_half(self, settings: Settings) -> Job:
        """The same, with halves of the rows beside it where settings ask for them."""
        return settings.with_half(self.job(settings), self.rows, self.weights)


def fit_all(found: Mapping[str, Network], settings: Settings) -> dict[str, Ensemble]:
    """Train networks, and halves of their rows beside them where settings ask for them, by name."""
    if not found:
        return {}
    jobs = [network.job_with_half(settings) for network in found.values()]
    trained = settings.train(jobs)
    return dict(zip(found, trained, strict=True))


def within(folds: tuple[Fold, ...], alive: Array) -> tuple[Fold, ...]:
    """Folds without the rows that are not alive, cut to one length."""
    if alive.all():
        return folds
    parts = [(f.train[alive[f.train]], f.test[alive[f.test]]) for f in folds]
    train, test = (min(len(part[k]) for part in parts) for k in (0, 1))
    return tuple(Fold(a[:train], b[:test]) for a, b in parts)


def networks(
    quantity: Quantity, layouts: Mapping[str, Layout], sides: Sequence[Side], random_state: int
) -> dict[str, Network]:
    """Networks with their rows, by name.

    Arguments:
        quantity: What is asked.
        layouts: Of the networks there are, by name.
        sides: The variables.
        random_state: Seed of what fills up.
    """
    out, orders = {}, orders_of(quantity, layouts)
    for name, layout in layouts.items():
        rows = layout.rows(sides, derive(random_state, "fill", name))
        measures = measures_of(quantity, layout, orders)
        alive = sides[layout.own].alive.any(axis=1)
        family = layout.family([*measures.values()])
        out[name] = Network(rows, alive, family, measures, sides[0].weights)
    return out


def joint_network(x: Side, y: Side) -> dict[str, Network]:
    """The network of MINDE-J; both variables are continuous."""
    rows = np.concatenate([x.values, y.values], axis=1)
    family = joint(x.dim, y.dim)
    alive = np.ones(len(rows), dtype=bool)
    return {"joint": Network(rows, alive, family, {"joint": MI_JOINT}, x.weights)}


#: Reads a network's ensemble out for a measure; readouts have a value per row that is read.
Reader = Callable[[Network, Ensemble, Measure], Reading]


def read_all(
    found: Mapping[str, Network], ensembles: Mapping[str, Ensemble], read: Reader
) -> dict[str, Reading]:
    """Readings by direction: what all networks tell in it, added row by row.

    Arguments:
        found: Networks.
        ensembles: Trained, by the same names.
        read: How.
    """
    asked = [(name, d) for name, network in found.items() for d in network.measures]

    def one(at: tuple[str, str]) -> Reading:
        name, direction = at
        network = found[name]
        return read(network, ensembles[name], network.measures[direction])

    out: dict[str, Reading] = {}
    for (_, direction), reading in zip(asked, in_lanes(one, asked), strict=True):
        out[direction] = _sum(out[direction], reading) if direction in out else reading
    return out


def on_test_rows(settings: Settings) -> Reader:
    """Reads the rows that test; rows that are not alive count 0."""

    def read(network: Network, ensemble: Ensemble, measure: Measure) -> Reading:
        reading = ensemble.read_folds(network.rows, measure, network.weights)
        if network.alive.all():
            return reading
        places = []
        w = np.ones(len(network.rows)) if network.weights is None else network.weights
        for fold, part in zip(settings.folds_of(len(network.rows)), ensemble.folds, strict=True):
            # Folds are cut to one length; the rows that were cut count as the mean of the others.
            share = float(np.average(network.alive[fold.test], weights=w[fold.test]))
            factor = share * len(fold.test) / len(part.test)
            rows = Fold(_within(fold.train, part.train), _within(fold.test, part.test))
            own = mean_one(network.weights, fold.test)
            places.append(Place(rows, len(fold.train), len(fold.test), factor, own))
        return _mapped(reading, lambda r: placed(r, places * ensemble.n_seeds))

    return read


def on_new_rows(network: Network, ensemble: Ensemble, measure: Measure) -> Reading:
    """Reads every member on all of some new rows, folds averaged."""
    folds, n_seeds = len(ensemble.folds), ensemble.n_seeds
    rows = network.rows[network.alive]
    reading = ensemble.read([rows] * len(ensemble.seeds), measure)

    def mean(values: Tensor) -> Tensor:
        return values.reshape(n_seeds, folds, values.shape[1]).mean(dim=1)

    def averaged(r: Readout) -> Readout:
        influence = Influence(mean(r.chance.test), mean(r.chance.train))
        out = replace(
            r, pointwise=mean(r.pointwise), integrand=mean(r.integrand), influence=influence
        )
        if network.alive.all():
            return out
        at = Fold(np.empty(0, dtype=np.int64), np.flatnonzero(network.alive))
        return placed(out, [Place(at, 0, len(network.rows), 1.0)] * n_seeds)

    return _mapped(reading, averaged)


def _within(whole: Rows, part: Rows) -> Rows:
    """Where the rows of a part are among those of the whole."""
    order = np.argsort(whole)
    found: Rows = order[np.searchsorted(whole[order], part)]
    return found


def _mapped(reading: Reading, f: Callable[[Readout], Readout]) -> Reading:
    return replace(
        reading,
        final={name: f(r) for name, r in reading.final.items()},
        halfway={name: f(r) for name, r in reading.halfway.items()},
    )


def _sum(a: Reading, b: Reading) -> Reading:
    learned, columns = max(a.learned, b.learned), max(a.columns, b.columns)
    final, halfway = summed(a.final, b.final), summed(a.halfway, b.halfway)
    gained, alone = max(a.gained, b.gained), max(a.gained_alone, b.gained_alone)
    return Reading(final, halfway, learned, columns, gained, alone)
