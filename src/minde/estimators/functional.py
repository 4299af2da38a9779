r"""Entropy, KL divergence and measures of several variables, as functions of samples, in nats."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from minde.arrays import Array
from minde.diffusion.roles import A, C, D, Family, conditional, masked
from minde.errors import InputError
from minde.estimators.fitting import Fit, Settings
from minde.estimators.inputs import as_samples, check_lengths, dependence_warnings
from minde.estimators.measures import (
    CONDITIONAL_MI,
    INTERACTION,
    Difference,
    Measure,
    o_information_measure,
)
from minde.estimators.pack import Pack
from minde.estimators.readout import Readout, read_out
from minde.estimators.result import MIEstimate, combine
from minde.schedule import VPSchedule

#: The relative term of an entropy, -KL to the reference, up to the reference's own terms.
_ENTROPY = Measure("entropy", ((1.0, (D,)),), ())


def _settings(settings: Settings | None, options: dict[str, Any]) -> Settings:
    return replace(settings or Settings(), **options)


def _many(
    samples: Sequence[Any], names: Sequence[str], measure: Measure, settings: Settings
) -> MIEstimate:
    arrays = [as_samples(s, name) for s, name in zip(samples, names, strict=True)]
    check_lengths(arrays, names)
    family = masked([a.shape[1] for a in arrays], measure.patterns)
    both = np.concatenate(arrays, axis=1)
    fit = Fit.make(both, family, settings)
    return combine(
        {"all": fit.held_out(both, measure)},
        _reported(fit),
        settings.n_seeds,
        warnings=dependence_warnings(arrays, names),
        diagnostics={"n_steps": fit.pack.recipe.n_steps},
        n_train=len(fit.folds[0][0]),
    )


def _reported(fit: Fit) -> str:
    readout = fit.pack.recipe.readout
    return "outside-1" if readout == "outside" else readout


def conditional_mutual_information(
    x: Any, y: Any, z: Any, *, settings: Settings | None = None, **options: Any
) -> MIEstimate:
    r"""Conditional mutual information :math:`I(X; Y \mid Z) = H(X \mid Z) - H(X \mid Y, Z)`.

    One masked network learns X diffused given Z and given (Y, Z).

    Arguments:
        x: (rows, dim_x).
        y: (rows, dim_y).
        z: (rows, dim_z).
        settings: How to fit.
        **options: Fields of :class:`Settings` to replace, such as ``n_seeds``.
    """
    return _many((x, y, z), ("x", "y", "z"), CONDITIONAL_MI, _settings(settings, options))


def interaction_information(
    x: Any, y: Any, z: Any, *, settings: Settings | None = None, **options: Any
) -> MIEstimate:
    r"""Interaction information :math:`I(X; Y; Z) = I(X; Y) - I(X; Y \mid Z)` (Eq. 30).

    Positive for redundancy, negative for synergy.

    Arguments:
        x: (rows, dim_x).
        y: (rows, dim_y).
        z: (rows, dim_z).
        settings: How to fit.
        **options: Fields of :class:`Settings` to replace.
    """
    return _many((x, y, z), ("x", "y", "z"), INTERACTION, _settings(settings, options))


def o_information(*variables: Any, settings: Settings | None = None, **options: Any) -> MIEstimate:
    r"""O-information :math:`\Omega = (n - 2) H(X) + \sum_i [H(X_i) - H(X_{-i})]`.

    Positive where redundancy dominates, negative where synergy does; of three variables it is the
    interaction information.

    Arguments:
        *variables: At least two, each (rows, dim).
        settings: How to fit.
        **options: Fields of :class:`Settings` to replace.

    References:
        Rosas et al., Physical Review E 100, 032305, 2019.
    """
    if len(variables) < 2:
        raise InputError(f"o_information: need at least two variables, got {len(variables)}")
    names = [f"variable {k + 1}" for k in range(len(variables))]
    measure = o_information_measure(len(variables))
    return _many(variables, names, measure, _settings(settings, options))


def entropy_offset(x: Array, sigma_ref: float, schedule: VPSchedule) -> float:
    r"""Analytic part of Eq. 15 for samples ``x`` (rows, dim):

    .. math::
        \tfrac N2 \log(2\pi\sigma^2) + \tfrac{\mathbb{E}\|X\|^2}{2\sigma^2}
        - \tfrac N2 \left(\log\chi_T - 1 + \tfrac{1}{\chi_T}\right).
    """  # noqa: D415
    dim = x.shape[1]
    chi = float(schedule.chi(torch.tensor(1.0, dtype=torch.float64), sigma_ref))
    second = float((x**2).sum(axis=1).mean())
    terminal = 0.5 * dim * (math.log(chi) - 1.0 + 1.0 / chi)
    return 0.5 * dim * math.log(2 * math.pi * sigma_ref**2) + second / (2 * sigma_ref**2) - terminal


def whitening(x: Array) -> tuple[Array, Array, float]:
    """Mean, matrix W and log|det W| such that (x - mean) @ W has unit covariance."""
    mean = x.mean(axis=0)
    values, vectors = np.linalg.eigh(np.atleast_2d(np.cov(x.T)))
    if values[0] <= 1e-12 * values[-1]:
        raise InputError(
            "entropy: some columns are linearly dependent, so the entropy is minus infinity; "
            "remove them"
        )
    return mean, vectors / np.sqrt(values), float(-0.5 * np.log(values).sum())


def entropy(
    x: Any, sigma_ref: float = 1.0, *, settings: Settings | None = None, **options: Any
) -> MIEstimate:
    r"""Differential entropy :math:`H(X) = -\mathbb{E}\log p(X)` (Eq. 14-15; §3.2 lost the sign).

    The samples are whitened on the training rows, and the change of variables is added back, so the
    value is that of the data as given.

    Arguments:
        x: (rows, dim).
        sigma_ref: Width of the reference Gaussian, in units of the whitened data.
        settings: How to fit; its preprocessing is not used.
        **options: Fields of :class:`Settings` to replace.

    Raises:
        InputError: If the samples cannot be used, or a column depends linearly on others.
    """
    samples = as_samples(x, "x")
    chosen = replace(_settings(settings, options), preprocessing="none")
    mean, matrix, log_det = whitening(samples)
    white = (samples - mean) @ matrix
    fit = Fit.make(white, masked([samples.shape[1]], [(D,)]), chosen)
    out = fit.held_out(white, _ENTROPY, [sigma_ref])
    schedule = fit.pack.schedule
    rows = white[fit.held_out_rows]
    return combine(
        {"all": _relative(out, fit, white, sigma_ref)},
        "gap" if fit.pack.recipe.readout != "outside" else "outside",
        chosen.n_seeds,
        offset=entropy_offset(rows, sigma_ref, schedule) - log_det,
        warnings=dependence_warnings((samples,), ("x",)),
        diagnostics={"n_steps": fit.pack.recipe.n_steps},
        n_train=len(fit.folds[0][0]),
    )


def _relative(
    out: dict[str, Readout], fit: Fit, white: Array, sigma_ref: float
) -> dict[str, Readout]:
    """Minus the KL integral to the reference, by the outside and the gap read-outs.

    The gap needs the reference's own denoising error on the same noisy points:
    E||eps - eps_hat||^2 - E||eps - r||^2 = -E||eps_hat - r||^2 for the exact denoiser.
    """
    outside = out[f"outside-{sigma_ref:g}"]
    pack = fit.pack
    tests = [white[test] for _ in range(fit.n_seeds) for _, test in fit.folds]
    data = torch.from_numpy(np.stack(tests).astype(np.float32)).to(pack.covariance.device)
    reference = read_out(
        _Reference(pack.schedule, sigma_ref),
        data,
        pack.family,
        _ENTROPY,
        pack.schedule,
        pack.seeds,
        pack.recipe.n_draws,
        [sigma_ref],
    )["gap"]
    gap = out["gap"]
    return {
        "outside": outside,
        "gap": Readout(
            gap.pointwise - reference.pointwise, gap.integrand - reference.integrand, gap.edges
        ),
    }


class _Reference:
    """Exact noise prediction of a diffused N(0, sigma_ref^2 I)."""

    def __init__(self, schedule: VPSchedule, sigma_ref: float) -> None:
        self.schedule, self.sigma_ref = schedule, sigma_ref

    def __call__(self, values: Tensor, pattern: int, t: Tensor) -> Tensor:
        shrink = self.schedule.sigma(t) / self.schedule.chi(t, self.sigma_ref)
        return shrink[..., None] * values


#: KL[p || q] under samples of p: pattern (D, C) is p's score, (D, A) is q's.
_KL = Measure(
    "kl_divergence",
    ((1.0, (D, A)), (-1.0, (D, C))),
    (Difference(1.0, ((D, A),), ((D, C),)),),
)


class _TwoScores:
    """Two copies of one pack as the two patterns of ``_KL``: p where clean, q where absent."""

    def __init__(self, p: Pack, q: Pack) -> None:
        self.p, self.q = p.model, q.model

    def __call__(self, values: Tensor, pattern: int, t: Tensor) -> Tensor:
        return (self.p if pattern == 1 else self.q)(values, 0, t)


def kl_divergence(
    samples_p: Any, samples_q: Any, *, settings: Settings | None = None, **options: Any
) -> MIEstimate:
    r"""KL divergence from two sample sets (Eq. 10-13), with two score networks.

    .. math::
        \mathrm{KL}[p \| q] = \mathbb{E}_p \int_0^T \tfrac{g_t^2}{2}
        \| s_t^p(X_t) - s_t^q(X_t) \|^2 dt .

    Both sets go through one map fitted on p and q together, under which KL does not change. It is
    large and unreliable where p has mass and q has no samples.

    Arguments:
        samples_p: (rows, dim).
        samples_q: (rows, dim); may have another number of rows.
        settings: How to fit; cross-fitting is not used.
        **options: Fields of :class:`Settings` to replace.
    """
    p, q = as_samples(samples_p, "p"), as_samples(samples_q, "q")
    if p.shape[1] != q.shape[1]:
        raise InputError(f"p has {p.shape[1]} columns and q has {q.shape[1]}; they must agree")
    chosen = replace(_settings(settings, options), preprocessing="none", folds=1)
    pooled = np.concatenate([p, q])
    mean, std = pooled.mean(axis=0), pooled.std(axis=0)
    p, q = (p - mean) / std, (q - mean) / std
    family = masked([p.shape[1]], [(D,)])
    fit_p = Fit.make(p, family, chosen)
    fit_q = Fit.make(q, family, replace(chosen, random_state=chosen.random_state + 1))
    tests = p[fit_p.folds[0][1]]
    pack = fit_p.pack
    data = torch.from_numpy(tests.astype(np.float32)).to(pack.covariance.device)
    roles: Family = conditional(p.shape[1], 0)
    out = read_out(
        _TwoScores(pack, fit_q.pack),
        data.expand(chosen.n_seeds, *data.shape).contiguous(),
        roles,
        _KL,
        pack.schedule,
        pack.seeds,
        pack.recipe.n_draws,
        (),
    )
    return combine(
        {"all": out},
        pack.recipe.readout if pack.recipe.readout in out else "inside",
        chosen.n_seeds,
        warnings=dependence_warnings((p,), ("p",)),
        diagnostics={"n_steps": pack.recipe.n_steps},
        n_train=len(fit_p.folds[0][0]),
    )
