"""KL divergence from two sample sets and two score networks (Eq. 10-13), in nats."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from minde.columns import Variable
from minde.diffusion.roles import D, masked
from minde.discrete.kl import kl_divergence as counted_divergence
from minde.ensemble.ensemble import Ensemble
from minde.ensemble.halves import paired_halves
from minde.estimators.divergence import divergence_reading, with_normal_scores
from minde.estimators.estimating import facts_of, of_given
from minde.estimators.kl_of_column import kl_of_column
from minde.estimators.levels import (
    decided_kinds,
    kl_of_levels,
    pooled_variable,
    told_of,
    with_kinds,
)
from minde.estimators.neighbours_of_kl import with_neighbours
from minde.estimators.regressions_of_kl import with_regressions
from minde.estimators.settings import Settings, with_options
from minde.estimators.strata import Strata, put_together
from minde.estimators.support import Both, PairWeights, with_sample_of_q
from minde.estimators.wide_levels import with_wide_levels_spread
from minde.inputs import as_matrix, dependence_warnings, read_samples
from minde.kinds import Kind
from minde.readout.combine import combine
from minde.readout.estimate import MIEstimate
from minde.serial import order_warning
from minde.training.job import Job
from minde.types import Array


def kl_divergence(
    samples_p: Any,
    samples_q: Any,
    *,
    weights: tuple[Any, Any] = (None, None),
    kinds: Mapping[str, Kind] | None = None,
    settings: Settings | None = None,
    **options: Any,
) -> MIEstimate:
    r"""KL divergence from two sample sets (Eq. 10-13), with two score networks.

    .. math::
        \mathrm{KL}[p \| q] = \mathbb{E}_p \int_0^T \tfrac{g_t^2}{2}
        \| s_t^p(X_t) - s_t^q(X_t) \|^2 dt .

    Both sets go through one increasing map per column, under which KL does not change: normal
    scores of ranks among the training rows of both (recipe ``paper``: one rescaling by all rows).
    Of one column nothing is trained: spacings tell it (see ``minde.estimators.kl_of_column``).
    Where p has rows and q has none a warning says so, and the interval has no upper end. Where
    every column is discrete or a label nothing is trained: the divergence is counted, and infinite
    where q lacks a level that it would not lack by chance (``minde.discrete.kl``). Labels beside
    continuous columns: see ``minde.estimators.strata``.

    Arguments:
        samples_p: (rows, dim).
        samples_q: (rows, dim); may have another number of rows.
        weights: Of the rows of p, and of those of q; either may be none (see
            :meth:`minde.MINDE.fit`).
        kinds: ``continuous``, ``discrete`` or ``categorical`` by name of a column, or of ``p`` for
            all; the rest is inferred.
        settings: How to fit; cross-fitting is not used.
        **options: Fields of :class:`Settings` to replace.

    Examples:
        >>> import numpy as np
        >>> import minde
        >>> rng = np.random.default_rng(0)
        >>> tiny = {"n_seeds": 1, "options": {"n_steps": 64, "width": 16, "batch_size": 64}}
        >>> p, q = rng.normal(0.5, 1.0, (2000, 1)), rng.normal(0.0, 1.0, (2000, 1))
        >>> d = minde.kl_divergence(p, q, **tiny)
        >>> bool(abs(d.value - 0.125) < 0.3)
        True
    """
    chosen = with_options(settings, options)
    chosen.refuse_order("kl_divergence")
    first, second, told = read_samples(samples_p, samples_q, option="", weights=weights)
    (first,), copies = chosen.apart([first])
    (second,), more = chosen.apart([second])
    told, mend = (*told, *copies, *more), "take rows far apart"
    told = (*told, *(w for s in (first, second) for w in order_warning([s], 1, mend)))
    first, second, spread = with_wide_levels_spread(first, second, kinds)
    told = (*told, *spread)
    pooled = pooled_variable(first, second)
    decided = decided_kinds(pooled, kinds)
    counted = kl_of_levels(first, second, pooled, decided)
    if counted is not None:
        return of_given(replace(counted, warnings=(*told, *counted.warnings)), first.rows)
    strata = Strata.of(pooled, decided)
    if strata is not None:
        told = (*told, *(d.why for d in decided.values() if d.inferred))
        found = _divergence_by_level(strata, (first, second), chosen, told)
        return with_kinds(of_given(found, first.rows), first.name, decided)
    p, q = as_matrix(first, "p"), as_matrix(second, "q")
    (found,) = divergences([(p, q)], chosen, [(first.weights, second.weights)])
    notes = dependence_warnings((p,), (first.names,))
    found = of_given(replace(found, warnings=(*told, *notes, *found.warnings)), first.rows)
    return with_kinds(found, first.name, decided)


def _divergence_by_level(
    strata: Strata, both: tuple[Variable, Variable], settings: Settings, told: tuple[str, ...]
) -> MIEstimate:
    of_p, of_q = slice(len(both[0])), slice(len(both[0]), None)
    weights, rows = [v.weights for v in both], (strata.level[of_p], both[0].weights)
    table, lacking = counted_divergence(strata.codes[of_p], strata.codes[of_q], *weights)
    told = (*told, *told_of(lacking))
    if math.isinf(table.value):
        return put_together(table, rows, {}, told, lacking)
    levels = strata.levels("p and q", of_p, of_q)
    pairs = [(strata.part(level, of_p), strata.part(level, of_q)) for level in levels]
    own = [(strata.weights_of(k, of_p), strata.weights_of(k, of_q)) for k in levels]
    found = dict(zip(levels, divergences(pairs, settings, own), strict=True))
    return put_together(table, rows, found, told, lacking)


def divergences(
    pairs: Sequence[tuple[Array, Array]],
    settings: Settings,
    weights: Sequence[PairWeights],
) -> list[MIEstimate]:
    """KL divergence of each of several pairs of samples (n, D), their networks trained together."""
    chosen = replace(settings, folds=1)
    other = replace(chosen, random_state=chosen.random_state + 1)
    jobs: list[Job] = []
    kept, found = [], dict[int, MIEstimate]()
    for k, (p, q) in enumerate(pairs):
        family = masked([p.shape[1]], [(D,)])
        ranks = chosen.recipe_of(family).training.preprocessing == "copula"
        if ranks and p.shape[1] == 1:
            found[k] = kl_of_column(p, q, weights[k])
            continue
        if not ranks:
            pooled = np.concatenate([p, q])
            mean, std = pooled.mean(axis=0), pooled.std(axis=0)
            p, q = (p - mean) / std, (q - mean) / std
            jobs += [
                replace(s, preprocessing="none").job(x, family, weights=w)
                for s, x, w in zip((chosen, other), (p, q), weights[k], strict=True)
            ]
        else:
            both = [
                s.job(x, family, weights=w)
                for s, x, w in zip((chosen, other), (p, q), weights[k], strict=True)
            ]
            if chosen.extrapolate:
                both = [replace(job, half=paired_halves(job)) for job in both]
            jobs += with_normal_scores(both)
        kept.append((k, p, q))
    trained = iter(chosen.train(jobs))
    found |= {
        k: _divergence((p, q), (next(trained), next(trained)), weights[k]) for k, p, q in kept
    }
    return [found[k] for k in range(len(pairs))]


def _divergence(
    samples: tuple[Array, Array], ensembles: tuple[Ensemble, Ensemble], weights: PairWeights
) -> MIEstimate:
    (p, q), (of_p, of_q) = samples, ensembles
    facts = facts_of({"all": of_p})
    facts = replace(facts, diagnostics={"n_steps": facts.diagnostics["n_steps"]})
    split = (of_p.test_rows(p), of_p.train_rows(p), of_p.split_weights(weights[0]))
    reading = divergence_reading(of_p, of_q, *split)
    found = replace(combine({"all": reading}, facts), rows=of_p.folds[0].test)
    both = Both.of(p, q, weights)
    found = with_sample_of_q(found, both)
    if any(w is not None for w in weights):
        return found
    return with_regressions(with_neighbours(found, both), both)
