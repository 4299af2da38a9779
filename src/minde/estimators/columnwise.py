r"""Entropy as that of the columns one by one, less what they share, in nats.

.. math::
    H(X) = \sum_j H(X_j) - \mathrm{KL}[p_Z \| \mathcal{N}(0, I)] + \sum_j \mathrm{KL}[p_{Z_j} \|
    \mathcal{N}(0, 1)] ,

with :math:`Z_j` the column under a strictly increasing map. The first sum is read from spacings
(see ``minde.estimators.spacings``), which no scale and no tail disturbs. What columns share does
not change under such maps, so networks read it in the normal scores of ranks, where the last sum is
zero. Where rows ask for a smoother map (see ``minde.training.fine``) it is read from spacings too.
Of one column nothing is trained.

A row is in both parts; its influences on them are added before they are squared.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from minde.device import pick_device
from minde.diffusion.roles import D, masked
from minde.ensemble.ensemble import Ensemble
from minde.errors import InputError
from minde.estimators.divergence import divergence_reading, with_normal_scores
from minde.estimators.estimating import facts_of
from minde.estimators.neighbours_of_entropy import with_neighbours_of_entropy
from minde.estimators.regressions_of_entropy import with_regressions_of_entropy
from minde.estimators.settings import Settings
from minde.estimators.spacings import LEAST_ROWS, SPACINGS, bias_in_order, marginal_entropies
from minde.preprocessing.transforms import RankCopula, Transform
from minde.readout.combine import combine
from minde.readout.estimate import MIEstimate, Summary
from minde.readout.influence import Influence, of_rows, variance_of
from minde.readout.notes import LEAST_UNRESOLVED
from minde.readout.reading import Reading
from minde.readout.readout import Readout
from minde.readout.spread import spread
from minde.readout.student import kept_dof, satterthwaite, t_95
from minde.types import Array


def columnwise_entropies(
    parts: Sequence[Array], settings: Settings, weights: Sequence[Array | None]
) -> list[MIEstimate]:
    """Differential entropy of each of several samples (n, D), their networks trained together.

    Arguments:
        parts: The samples.
        settings: How to fit.
        weights: Of the rows of each, (n,), with the mean one, where they differ.

    Raises:
        InputError: If rows are too few, or columns determine one another.
    """
    pick_device(settings.device)
    jobs = []
    for x, w in zip(parts, weights, strict=True):
        refuse_degenerate(x)
        if x.shape[1] > 1:
            job = settings.job(x, masked([x.shape[1]], [(D,)]), weights=w)
            jobs += with_normal_scores([settings.with_half(job, x, w)])
    trained = iter(settings.train(jobs))
    return [
        _of_column(x, settings.gap, w)
        if x.shape[1] == 1
        else _widened(_of_columns(x, next(trained), w), x, w, settings.gap)
        for x, w in zip(parts, weights, strict=True)
    ]


def _widened(found: MIEstimate, x: Array, weights: Array | None, gap: int) -> MIEstimate:
    found = with_neighbours_of_entropy(found, x, weights, gap)
    return found if weights is not None else with_regressions_of_entropy(found, x, gap)


def refuse_degenerate(x: Array) -> None:
    """Refuse samples (n, D) of too few rows, or whose entropy is minus infinity.

    Linear dependence is looked for among the rows near the median of every column: it holds of each
    row, and elsewhere a few values without bound can look like it.
    """
    n, dim = x.shape
    if n < (least := max(LEAST_ROWS, dim + 2)):
        raise InputError(f"entropy: {n} rows are too few: give {least} rows or more")
    ranks = {np.argsort(np.argsort(c)).astype(np.int64).tobytes() for c in (*x.T, *-x.T)}
    if len(ranks) < 2 * dim:
        raise InputError(
            "entropy: two columns determine one another, so the entropy is minus infinity; remove "
            "one of them"
        )
    quartiles = np.quantile(x, [0.25, 0.5, 0.75], axis=0)
    scaled = (x - quartiles[1]) / np.maximum(quartiles[2] - quartiles[0], 1e-300)
    central = scaled[(np.abs(scaled) < 8.0).all(axis=1)]
    rows = central if len(central) > dim + 1 else scaled
    deviations = rows.std(axis=0)
    values = np.linalg.eigvalsh(np.atleast_2d(np.cov((rows / deviations).T)))
    if values[0] <= 1e-12 * values[-1]:
        raise InputError(
            "entropy: some columns are linearly dependent, so the entropy is minus infinity; "
            "remove them"
        )


def _of_column(x: Array, gap: int, weights: Array | None) -> MIEstimate:
    """Of one column, (n, 1)."""
    own, rows = marginal_entropies(x, weights), len(x)
    by_rows, dof = variance_of(torch.from_numpy(own.influence), gap, weights is not None)
    apart = own.variance + bias_in_order(x, gap) ** 2
    dof = kept_dof(satterthwaite([(by_rows, dof), (apart, math.inf)]))
    std_error = math.sqrt(by_rows + apart)
    reach = t_95(dof) * std_error
    return MIEstimate(
        value=own.value,
        std_error=std_error,
        interval=(own.value - reach, own.value + reach),
        per_seed=np.array([own.value]),
        readouts={SPACINGS: Summary(own.value, std_error)},
        directions={},
        integrand=np.empty(0),
        times=np.empty(0),
        diagnostics={"columns": own.values.tolist(), "degrees_of_freedom": dof},
        warnings=(),
        n_train=rows,
        n_test=rows,
        pointwise=own.pointwise,
        rows=np.arange(rows),
        weights=weights,
        kind="differential",
    )


@dataclass(frozen=True)
class _Known:
    """A mean over all rows, as a member sees it: (E, test rows) values and influences.

    Where rows have weights, ``weights`` are those of the test rows, with the mean one, and values
    are times these.
    """

    values: torch.Tensor
    influence: Influence
    weights: torch.Tensor | None

    @classmethod
    def of(
        cls, ensemble: Ensemble, rows: Sequence[tuple[Array, Array]], weights: Array | None
    ) -> _Known:
        """From pointwise values and influences of all rows, of each member."""
        folds = [fold for _ in range(ensemble.n_seeds) for fold in ensemble.folds]
        pairs = list(zip(folds, rows, strict=True))

        def stack(parts: list[Array]) -> torch.Tensor:
            return torch.from_numpy(np.stack(parts)).to(ensemble.device)

        # Those of the test rows, moved so that they average to the mean of all.
        w = np.ones(len(rows[0][0])) if weights is None else weights
        own = [w[f.test] / w[f.test].mean() for f in folds]
        values = [
            o * (v[f.test] + np.average(v, weights=w) - (o * v[f.test]).mean())
            for o, (f, (v, _)) in zip(own, pairs, strict=True)
        ]
        test, train = ([i[getattr(f, part)] for f, (_, i) in pairs] for part in ("test", "train"))
        # Rows of the gaps between blocks count as those that train.
        left = [(len(v) - len(f.test)) / len(f.train) for f, (v, _) in pairs]
        train = [i * factor for i, factor in zip(train, left, strict=True)]
        known = None if weights is None else stack(own)
        return cls(stack(values), Influence(stack(test), stack(train)), known)

    @property
    def pointwise(self) -> Array:
        """What each test row adds, (E, test rows)."""
        values = self.values if self.weights is None else self.values / self.weights
        found: Array = values.cpu().numpy()
        return found

    def added(self, out: Readout, sign: float = 1.0) -> Readout:
        """With ``sign`` times a read-out added."""
        factor = self.values.new_full((len(self.values),), sign)
        return Readout(
            self.values + sign * out.pointwise.double(),
            sign * out.integrand,
            out.edges,
            self.influence + out.chance.times(factor),
            self.weights,
        )


def _of_columns(x: Array, ensemble: Ensemble, weights: Array | None) -> MIEstimate:
    own, members = marginal_entropies(x, weights), len(ensemble.transforms)
    rest = _Known.of(ensemble, [_excess(f, x, weights) for f in ensemble.transforms], weights)
    columns = _Known.of(ensemble, [(own.pointwise, own.influence)] * members, weights)
    split = (ensemble.test_rows(x), ensemble.train_rows(x), ensemble.split_weights(weights))
    found = divergence_reading(ensemble, None, *split)
    final, halfway = (
        {name: rest.added(r, -1.0) for name, r in out.items()}
        for out in (found.final, found.halfway)
    )
    facts = facts_of({"all": ensemble})
    places = [(fold.test, fold.train) for fold in ensemble.folds]
    facts = replace(facts, warnings=_unresolved(ensemble.unresolved), places=places)
    shared = combine({"all": Reading(final, halfway)}, facts)
    spreads = {
        name: spread([columns.added(r)], facts.n_seeds, places, facts.gap)
        for name, r in final.items()
    }
    reported = next(n for n, part in shared.readouts.items() if part.value == shared.value)
    chance = spreads["gap" if facts.cross_fitted else reported]
    bias = bias_in_order(x, facts.gap)
    apart = shared.diagnostics["std_training"] ** 2 + own.variance + bias**2
    std_error = float(np.hypot(chance.std_error, math.sqrt(apart)))
    dof = kept_dof(chance.dof(apart))
    value, reach = shared.value + own.value, t_95(dof) * std_error
    diagnostics = {
        **shared.diagnostics,
        "std_sampling": chance.std_error,
        "std_rows": math.sqrt(chance.rows + own.variance),
        "std_seeds": math.sqrt(chance.seeds),
        "degrees_of_freedom": dof,
        "columns": own.values.tolist(),
        "shared": [-shared.value, shared.std_error],
    }
    return replace(
        shared,
        value=value,
        std_error=std_error,
        interval=(value - reach, value + reach),
        per_seed=shared.per_seed + own.value,
        readouts={
            name: Summary(part.value + own.value, spreads[name].std_error)
            for name, part in shared.readouts.items()
        },
        diagnostics=diagnostics,
        pointwise=shared.pointwise + columns.pointwise[: len(places)].reshape(-1),
        kind="differential",
    )


def _excess(transform: Transform, x: Array, weights: Array | None) -> tuple[Array, Array]:
    """What maps leave of the columns' own divergence from N(0, 1): per row, and its influence."""
    if isinstance(transform, RankCopula):
        return np.zeros(len(x)), np.zeros(len(x))
    z = transform(x)
    own = marginal_entropies(z, weights)
    surprise = (0.5 * z**2 + 0.5 * math.log(2.0 * math.pi)).sum(axis=1)
    influence = of_rows(surprise, weights).numpy()
    return surprise - own.pointwise, influence - own.influence


def _unresolved(nats: float) -> tuple[str, ...]:
    if nats <= LEAST_UNRESOLVED:
        return ()
    return (
        "columns follow one another along a curve more closely than networks resolve (0.01 "
        f"standard deviations); up to {nats:.1f} nats are not seen: the value is an upper bound",
    )
