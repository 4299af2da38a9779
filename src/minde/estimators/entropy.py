"""Entropy of samples, and the paper's: a score network and a Gaussian reference (Eq. 14-15)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from minde.diffusion.roles import D, masked
from minde.diffusion.schedule import VPSchedule
from minde.discrete.shannon import entropy as shannon
from minde.ensemble.ensemble import Ensemble, SplitWeights
from minde.errors import InputError
from minde.estimators.columnwise import columnwise_entropies
from minde.estimators.estimating import facts_of, of_given
from minde.estimators.levels import decided_kinds, entropy_of_levels, with_kinds
from minde.estimators.settings import Settings, cross_fitted
from minde.estimators.strata import Strata, put_together
from minde.estimators.ties import as_density
from minde.inputs import as_matrix, dependence_warnings, read_variable
from minde.kinds import Kind
from minde.readout.combine import combine
from minde.readout.estimate import MIEstimate
from minde.readout.measures import ENTROPY
from minde.readout.names import outside
from minde.readout.reading import Reading
from minde.readout.readout import Readout, read_out
from minde.training.prepared import stacked, weights_of
from minde.types import Array


def entropy_offset(x: Array, sigma_ref: float, schedule: VPSchedule) -> Array:
    r"""Analytic part of Eq. 15, one value per row of ``x`` (rows, dim); its mean is

    .. math::
        \tfrac N2 \log(2\pi\sigma^2) + \tfrac{\mathbb{E}\|X\|^2}{2\sigma^2}
        - \tfrac N2 \left(\log\chi_T - 1 + \tfrac{1}{\chi_T}\right).
    """  # noqa: D415
    dim = x.shape[1]
    chi = float(schedule.chi(torch.tensor(1.0, dtype=torch.float64), sigma_ref))
    second: Array = (x**2).sum(axis=1)
    terminal = 0.5 * dim * (math.log(chi) - 1.0 + 1.0 / chi)
    return 0.5 * dim * math.log(2 * math.pi * sigma_ref**2) + second / (2 * sigma_ref**2) - terminal


def whitening(x: Array) -> tuple[Array, Array, float]:
    """Mean, matrix W and log|det W| such that (x - mean) @ W has unit covariance."""
    mean, scale = x.mean(axis=0), x.std(axis=0)
    values, vectors = np.linalg.eigh(np.atleast_2d(np.cov((x / scale).T)))
    if values[0] <= 1e-12 * values[-1]:
        raise InputError(
            "entropy: some columns are linearly dependent, so the entropy is minus infinity; "
            "remove them"
        )
    log_det = float(-0.5 * np.log(values).sum() - np.log(scale).sum())
    return mean, vectors / np.sqrt(values) / scale[:, None], log_det


def entropy(
    x: Any,
    sigma_ref: float = 1.0,
    *,
    weights: Any = None,
    groups: Any = None,
    kinds: Mapping[str, Kind] | None = None,
    settings: Settings | None = None,
    **options: Any,
) -> MIEstimate:
    r"""Entropy :math:`H(X)` of samples, in nats: differential, Shannon's, or of both kinds.

    Recipe ``fast`` takes the columns' own entropies from spacings and what columns share from
    networks in normal scores (see ``minde.estimators.columnwise``); scales and tails do not matter,
    and of one column nothing is trained. Recipe ``paper``, and any other preprocessing than
    ``copula``, reads Eq. 14-15 (§3.2 lost the sign) on rows whitened by the moments of all.

    The result's ``kind`` says what it is: ``differential``, of continuous columns; ``discrete``,
    Shannon's, counted, where every column is discrete or a label; ``mixed``, of both (see
    ``minde.estimators.strata``). Ties of continuous columns are spread between their neighbours.

    Arguments:
        x: (rows, dim).
        sigma_ref: Width of the reference Gaussian of Eq. 14-15, in units of the whitened data.
        weights: (rows,), from zero (see :meth:`minde.MINDE.fit`).
        groups: (rows,), which rows belong together (see :meth:`minde.MINDE.fit`).
        kinds: ``continuous``, ``discrete`` or ``categorical`` by name of a column, or of ``x`` for
            all; the rest is inferred.
        settings: How to fit.
        **options: Fields of :class:`Settings` to replace.

    Examples:
        >>> import numpy as np
        >>> import minde
        >>> rng = np.random.default_rng(0)
        >>> h = minde.entropy(rng.normal(size=(2000, 1)))
        >>> bool(h.interval[0] < 1.419 < h.interval[1])  # log(2 pi e) / 2
        True

    Raises:
        InputError: If the samples cannot be used, or a column depends linearly on others.
    """
    of_rows = {"weights": weights, "groups": groups}
    variable, told = read_variable(x, "x", option="", keep_constants=True, **of_rows)
    chosen = cross_fitted(settings, options)
    (variable,), copies = chosen.apart([variable])
    chosen, ordered = chosen.for_rows([variable], 1)
    told = (*told, *copies, *ordered)
    counted = entropy_of_levels(variable, kinds, chosen.gap)
    if counted is not None:
        return of_given(replace(counted, warnings=(*told, *counted.warnings)), variable.rows)
    decided = decided_kinds(variable, kinds)
    strata = Strata.of(variable, decided)
    if strata is not None:
        chosen.refuse_order("entropy of continuous columns beside discrete ones")
        told = (*told, *(d.why for d in decided.values() if d.inferred))
        found = _entropy_by_level(strata, sigma_ref, chosen, told)
        return with_kinds(of_given(found, variable.rows), variable.name, decided)
    samples, ties = as_density(as_matrix(variable, "x"), variable.names)
    (found,) = _differential([samples], sigma_ref, chosen, [variable.weights])
    found = of_given(replace(found, warnings=(*told, *ties, *found.warnings)), variable.rows)
    return with_kinds(found, variable.name, decided)


def _differential(
    parts: Sequence[Array],
    sigma_ref: float,
    settings: Settings,
    weights: Sequence[Array | None],
) -> list[MIEstimate]:
    """Differential entropies of samples (n, D), as the recipe has it."""
    first = settings.recipe_of(masked([parts[0].shape[1]], [(D,)]))
    if first.training.preprocessing != "copula":
        pairs = zip(parts, weights, strict=True)
        return [whitened_entropy(samples, sigma_ref, settings, own) for samples, own in pairs]
    if sigma_ref != 1.0:
        raise InputError(
            "sigma_ref: normal scores have the reference N(0, I); for another width take recipe "
            "'paper' or preprocessing 'standardize'"
        )
    return columnwise_entropies(parts, settings, weights)


def _entropy_by_level(
    strata: Strata, sigma_ref: float, settings: Settings, told: tuple[str, ...]
) -> MIEstimate:
    levels = strata.levels("x", slice(None))
    names = [[strata.names[j] for j in strata.alive[level]] for level in levels]
    spread = [as_density(strata.part(k), n) for k, n in zip(levels, names, strict=True)]
    own = [strata.weights_of(level) for level in levels]
    found = _differential([part for part, _ in spread], sigma_ref, settings, own)
    ties = (sentence for _, sentences in spread for sentence in sentences)
    by_level = dict(zip(levels, found, strict=True))
    table = shannon(strata.codes, weights=strata.weights)
    return put_together(table, (strata.level, strata.weights), by_level, (*told, *ties))


def whitened_entropy(
    samples: Array, sigma_ref: float, settings: Settings, weights: Array | None = None
) -> MIEstimate:
    """Eq. 14-15 on rows (n, D) whitened by their moments, with the change of variables added."""
    chosen = replace(settings, preprocessing="none")
    mean, matrix, log_det = whitening(samples)
    white = (samples - mean) @ matrix
    job = chosen.job(white, masked([samples.shape[1]], [(D,)]), weights=weights)
    (ensemble,) = chosen.train([job])
    tested = np.concatenate([fold.test for fold in ensemble.folds])
    facts = facts_of(
        {"all": ensemble},
        dependence_warnings((samples,), ("x",)),
        entropy_offset(white[tested], sigma_ref, ensemble.schedule) - log_det,
    )
    own = ensemble.split_weights(weights)
    reading = _relative(ensemble, ensemble.test_rows(white), sigma_ref, own)
    options_read = replace(facts.options, sigma_refs=(sigma_ref,))
    found = combine({"all": reading}, replace(facts, options=options_read, cross_fitted=False))
    return replace(found, kind="differential", rows=tested)


def _relative(
    ensemble: Ensemble, tests: list[Array], sigma_ref: float, weights: SplitWeights | None
) -> Reading:
    """Minus the KL integral to the reference, by the outside and the gap read-outs.

    The gap needs the reference's own denoising error on the same noisy points:
    E||eps - eps_hat||^2 - E||eps - r||^2 = -E||eps_hat - r||^2 for the exact denoiser.
    """
    options = replace(ensemble.recipe.readout, sigma_refs=(sigma_ref,))
    reading = ensemble.read(tests, ENTROPY, options=options, weights=weights)
    exact = read_out(
        _Reference(ensemble.schedule, sigma_ref),
        stacked(ensemble.transforms, tests, ensemble.device),
        ensemble.diffuser(options.importance),
        ENTROPY,
        ensemble.seeds,
        options,
        weights=weights_of(weights and weights[0], ensemble.device),
    )["gap"]

    def relative(out: dict[str, Readout]) -> dict[str, Readout]:
        name, gap = outside(sigma_ref), out["gap"]
        pointwise, integrand = gap.pointwise - exact.pointwise, gap.integrand - exact.integrand
        known = replace(gap, pointwise=pointwise, integrand=integrand, influence=None)
        return {name: out[name], "gap": known}

    return Reading(relative(reading.final), relative(reading.halfway))


class _Reference:
    """Exact noise prediction of a diffused N(0, sigma_ref^2 I)."""

    def __init__(self, schedule: VPSchedule, sigma_ref: float) -> None:
        self.schedule, self.sigma_ref = schedule, sigma_ref

    def __call__(self, values: Tensor, pattern: int, t: Tensor) -> Tensor:
        shrink = self.schedule.sigma(t) / self.schedule.chi(t, self.sigma_ref)
        return shrink[..., None] * values
