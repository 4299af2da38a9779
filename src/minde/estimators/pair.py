"""The networks of two variables, of whatever kinds: what they train on, and how they are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor

from minde.coding import Side
from minde.diffusion.roles import Family, joint
from minde.ensemble.ensemble import Ensemble
from minde.ensemble.halves import half_job
from minde.ensemble.train import train
from minde.estimators.layout import Layout
from minde.estimators.placed import Place, placed
from minde.estimators.settings import Settings
from minde.estimators.sides import enough
from minde.readout.combine import Reading
from minde.readout.influence import Influence
from minde.readout.measures import MI_JOINT, Measure
from minde.readout.readout import Readout
from minde.seeding import derive
from minde.training.job import Fold, Job
from minde.training.prepared import with_maps
from minde.types import Array, Rows

#: Steps of a network with labels, beside those of one without: it learns a score for each level,
#: and laws with edges. Of a level and a uniform (1.055; 5,000 rows) it reads 1.00, not 0.95.
LABELLED_STEPS = 3

#: By which variable a network diffuses.
DIRECTIONS = ("x|y", "y|x")


@dataclass(frozen=True)
class Network:
    """One network: its rows, and what it is read out for.

    Attributes:
        rows: All columns, (n, D).
        alive: Rows on which there is something to read, (n,), truth values.
        family: Patterns.
        whole: All it tells.
        labels: What the other variable's labels tell alone, if anything.
    """

    rows: Array
    alive: Array
    family: Family
    whole: Measure
    labels: Measure | None = None

    def job(self, settings: Settings) -> Job:
        """What to train; with labels each pattern is learned as often, and longer, by default."""
        folds = within(settings.folds_of(len(self.rows)), self.alive)
        if not self.family.n_labels:
            return settings.job(self.rows, self.family, folds)
        labelled = replace(settings, options={"p_conditional": 0.5, **(settings.options or {})})
        job = labelled.job(self.rows, self.family, folds)
        if settings.recipe != "fast" or "n_steps" in (settings.options or {}):
            return job
        longer = min(labelled.steps(self.family), LABELLED_STEPS * job.recipe.training.n_steps)
        return replace(job, recipe=job.recipe.with_options(n_steps=longer))


def fit_all(found: Mapping[str, Network], settings: Settings) -> dict[str, Ensemble]:
    """Train networks, and halves of their rows beside them where settings ask for them, by name."""
    if not found:
        return {}
    jobs = {name: with_maps(network.job(settings)) for name, network in found.items()}
    halves: dict[str, Job] = {}
    for name, job in jobs.items():
        half = half_job(job, found[name].rows) if settings.extrapolate else None
        if half is not None and job.maps is not None:
            halves[name] = with_maps(half, job.maps.schedule)
    trained = train([*jobs.values(), *halves.values()], settings.device, progress=settings.progress)
    half_of = dict(zip(halves, trained[len(jobs) :], strict=True))
    whole = zip(jobs, trained[: len(jobs)], strict=True)
    return {name: replace(ensemble, half=half_of.get(name)) for name, ensemble in whole}


def within(folds: tuple[Fold, ...], alive: Array) -> tuple[Fold, ...]:
    """Folds without the rows that are not alive, cut to one length."""
    if alive.all():
        return folds
    parts = [(f.train[alive[f.train]], f.test[alive[f.test]]) for f in folds]
    train, test = (min(len(part[k]) for part in parts) for k in (0, 1))
    return tuple(Fold(a[:train], b[:test]) for a, b in parts)


def layouts_of(x: Side, y: Side) -> dict[str, Layout]:
    """The networks there are to train: of each variable with a continuous part, if it can gain."""
    out = {}
    for name, own, other in ((DIRECTIONS[0], x, y), (DIRECTIONS[1], y, x)):
        if own.values.shape[1] and enough(own):
            layout = Layout.of(own, other)
            if layout.whole() is not None:
                out[name] = layout
    return out


def networks(
    layouts: Mapping[str, Layout], x: Side, y: Side, random_state: int
) -> dict[str, Network]:
    """Networks of MINDE-C with their rows, by direction."""
    out = {}
    for name, layout in layouts.items():
        own, other = (x, y) if name == DIRECTIONS[0] else (y, x)
        rows = layout.rows(own, other, derive(random_state, "fill", name))
        whole = layout.whole()
        assert whole is not None, "a layout without gain is not kept"
        alive = own.alive.any(axis=1)
        out[name] = Network(rows, alive, layout.family(), whole, layout.labels())
    return out


def joint_network(x: Side, y: Side) -> dict[str, Network]:
    """The network of MINDE-J; both variables are continuous."""
    rows = np.concatenate([x.values, y.values], axis=1)
    family = joint(x.values.shape[1], y.values.shape[1])
    return {"joint": Network(rows, np.ones(len(rows), dtype=bool), family, MI_JOINT)}


#: Reads a network's ensemble out for a measure; readouts have a value per row that is read.
Reader = Callable[[Network, Ensemble, Measure], Reading]


def read_all(
    found: Mapping[str, Network], ensembles: Mapping[str, Ensemble], read: Reader
) -> dict[str, Reading]:
    """Readings by direction: what a variable's network tells, and the labels that the other does.

    Arguments:
        found: Networks.
        ensembles: Trained, by the same names.
        read: How.
    """
    whole = {d: read(net, ensembles[d], net.whole) for d, net in found.items()}
    labels = {
        d: read(net, ensembles[d], net.labels)
        for d, net in found.items()
        if net.labels is not None and len(found) > 1
    }
    out = {}
    for d, reading in whole.items():
        others = [labels[o] for o in labels if o != d]
        out[d] = _sum(reading, others[0]) if others else reading
    return out


def on_test_rows(settings: Settings) -> Reader:
    """Reads the rows that test; rows that are not alive count 0."""

    def read(network: Network, ensemble: Ensemble, measure: Measure) -> Reading:
        tests, trains = ensemble.test_rows(network.rows), ensemble.train_rows(network.rows)
        reading = ensemble.read(tests, measure, trains)
        if network.alive.all():
            return reading
        places = []
        for fold, part in zip(settings.folds_of(len(network.rows)), ensemble.folds, strict=True):
            # Folds are cut to one length; the rows that were cut count as the mean of the others.
            factor = float(network.alive[fold.test].sum()) / len(part.test)
            rows = Fold(_within(fold.train, part.train), _within(fold.test, part.test))
            places.append(Place(rows, len(fold.train), len(fold.test), factor))
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
    return Reading(
        {name: f(r) for name, r in reading.final.items()},
        {name: f(r) for name, r in reading.halfway.items()},
    )


def _sum(a: Reading, b: Reading) -> Reading:
    def added(u: dict[str, Readout], v: dict[str, Readout]) -> dict[str, Readout]:
        return {
            name: replace(
                r,
                pointwise=r.pointwise + v[name].pointwise,
                integrand=r.integrand + v[name].integrand,
                influence=r.chance + v[name].chance,
            )
            for name, r in u.items()
        }

    return Reading(added(a.final, b.final), added(a.halfway, b.halfway))
