r"""Measures from any score models: trained elsewhere, or known in closed form. In nats.

A diffusion :math:`x_t = \alpha_t x + \sigma_t \epsilon` carries p to :math:`p_T`. With the scores
:math:`s_t = \nabla \log p_t` of two laws (the paper's Eq. 7),

.. math::
    \mathrm{KL}[p \| q] = \mathbb{E}_p \int_0^T \tfrac{g_t^2}{2}
    \left\| s_t^p(x_t) - s_t^q(x_t) \right\|^2 dt + \mathrm{KL}[p_T \| q_T] ,

and mutual information, entropy and the part of an information that is still to come at a noise
level are such integrals. Models are asked from ``t_min`` to ``t_max`` of the schedule, at times
drawn with the log signal-to-noise ratio uniform; what lies beyond is put in from the integrand at
these ends, the terminal term among it, unless it is given (see ``minde.readout.ends``).

A model is a function of (x_t, t), with x_t (B, ...) shaped like the rows and t (B,), that returns
the score, shaped like x_t; or a ``Model`` that says what else it predicts. A schedule is a
``VPSchedule`` or ``Levels``: ``cosine()``, ``variance_exploding()``, ``steps(alphas_cumprod)``, or
any alpha and sigma; times of ``steps`` are whole numbers.

The interval counts the rows, the noise that was drawn, by how much the read-outs disagree beyond
chance, and what is not known of the ends. Scores are taken as those of the laws that they are said
to be: of an error that all read-outs share nothing can be known.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import torch

from minde.diffusion.levels import Levels, cosine, levels_of, steps, variance_exploding
from minde.diffusion.schedule import VPSchedule
from minde.errors import InputError
from minde.options import ReadoutOptions
from minde.readout.ends import estimate_given
from minde.readout.estimate import MIEstimate
from minde.readout.given import Asked, Model, given_rows, pair, variable
from minde.readout.measures import KL, MI_CONDITIONAL, MI_JOINT, TO_REFERENCE

__all__ = [
    "Levels",
    "Model",
    "ReadoutOptions",
    "VPSchedule",
    "cosine",
    "entropy",
    "kl_divergence",
    "mutual_information",
    "mutual_information_joint",
    "remaining_information",
    "steps",
    "variance_exploding",
]


def kl_divergence(
    p: Any,
    q: Any,
    x: Any,
    schedule: VPSchedule | Levels,
    *,
    terminal: float | None = None,
    options: ReadoutOptions | None = None,
    seed: int = 0,
) -> MIEstimate:
    r""":math:`\mathrm{KL}[p \| q]` from the scores of p and q on rows of p (Eq. 10).

    Arguments:
        p: Model of p, called with (x_t, t).
        q: Model of q, likewise.
        x: Rows of p, (n, ...).
        schedule: The diffusion that both are models of.
        terminal: :math:`\mathrm{KL}[p_T \| q_T]`, nats, where it is known; 0 leaves it out.
        options: Draws per row, and the read-out that is reported (``inside`` by default).
        seed: Of the noise.

    Raises:
        InputError: On rows, schedules or predictions that cannot be used.

    Examples:
        >>> import torch
        >>> from minde import scores
        >>> x = torch.randn(2000, 1, generator=torch.Generator().manual_seed(0)) + 1.0
        >>> schedule = scores.VPSchedule()
        >>> def p(x_t, t):
        ...     return schedule.alpha(t)[:, None] - x_t
        >>> def q(x_t, t):
        ...     return -x_t
        >>> estimate = scores.kl_divergence(p, q, x, schedule)
        >>> round(estimate.value, 2)  # (1 - 0)^2 / 2
        0.5
    """
    rows, levels = variable("x", x), levels_of(schedule)
    asked = pair(("the model of q", q), ("the model of p", p), rows, None)
    return estimate_given(asked, [rows.flat], levels, KL, (options, seed), terminal)


def mutual_information(
    conditional: Any,
    marginal: Any,
    x: Any,
    y: Any,
    schedule: VPSchedule | Levels,
    *,
    terminal: float | None = None,
    options: ReadoutOptions | None = None,
    seed: int = 0,
) -> MIEstimate:
    r""":math:`I(X; Y)` from the scores of X with and without Y (Eq. 18 and 19).

    Arguments:
        conditional: Model of X given Y, called with (x_t, t, y).
        marginal: Model of X, called with (x_t, t).
        x: Rows of X, (n, ...).
        y: As many rows of Y: a tensor or array of any kind, or a list (of prompts, say).
        schedule: The diffusion that both are models of.
        terminal: :math:`I(X_T; Y)`, nats, where it is known; 0 leaves it out.
        options: As :func:`kl_divergence`.
        seed: Of the noise.

    Raises:
        InputError: As :func:`kl_divergence`; if x and y do not pair.
    """
    rows, levels = variable("x", x), levels_of(schedule)
    models = ("the marginal model", marginal), ("the conditional model", conditional)
    asked = pair(*models, rows, given_rows(y, len(rows.rows)))
    return estimate_given(asked, [rows.flat], levels, MI_CONDITIONAL, (options, seed), terminal)


def mutual_information_joint(
    joint: Any,
    conditionals: tuple[Any, Any],
    x: Any,
    y: Any,
    schedule: VPSchedule | Levels,
    *,
    terminal: float | None = None,
    options: ReadoutOptions | None = None,
    seed: int = 0,
) -> MIEstimate:
    r""":math:`I(X; Y)` from the joint score and both conditional ones (Eq. 20 and 21).

    Arguments:
        joint: Model of both, called with (x_t, y_t, t); returns two predictions.
        conditionals: Models of X given Y, called with (x_t, t, y), and of Y given X, with
            (y_t, t, x).
        x: Rows of X, (n, ...).
        y: As many rows of Y, (n, ...), numbers.
        schedule: The diffusion that all are models of.
        terminal: :math:`I(X_0; Y_0) - \int_0^T` of the same, nats, where it is known.
        options: As :func:`kl_divergence`.
        seed: Of the noise.

    Raises:
        InputError: As :func:`mutual_information`.
    """
    u, v, levels = variable("x", x), variable("y", y), levels_of(schedule)
    if len(u.rows) != len(v.rows):
        raise InputError(f"scores: x has {len(u.rows)} rows but y has {len(v.rows)}")
    dims = u.flat.shape[1], v.flat.shape[1]
    of_x, of_y = slice(0, dims[0]), slice(dims[0], sum(dims))
    first, second = (Model.of(m) for m in conditionals)
    asked = [
        Asked("the joint model", Model.of(joint), [(of_x, u), (of_y, v)]),
        Asked("the model of x given y", first, [(of_x, u)], (of_y, v)),
        Asked("the model of y given x", second, [(of_y, v)], (of_x, u)),
    ]
    return estimate_given(asked, [u.flat, v.flat], levels, MI_JOINT, (options, seed), terminal)


def remaining_information(
    conditional: Any,
    marginal: Any,
    x: Any,
    y: Any,
    schedule: VPSchedule | Levels,
    tau: float,
    *,
    options: ReadoutOptions | None = None,
    seed: int = 0,
) -> MIEstimate:
    r""":math:`I(X; Y \mid X_\tau)`: what Y still tells of X once the noisy X is seen (Eq. 29).

    .. math::
        I(X; Y \mid X_\tau) = \mathbb{E} \int_0^\tau \tfrac{g_t^2}{2}
        \left\| s_t(x_t) - s_t(x_t \mid y) \right\|^2 dt

    has no terminal term.

    Arguments:
        conditional: As :func:`mutual_information`.
        marginal: Likewise.
        x: Likewise.
        y: Likewise.
        schedule: Likewise.
        tau: Time of the schedule (of ``steps`` a step).
        options: As :func:`kl_divergence`.
        seed: Of the noise.

    Raises:
        InputError: As :func:`mutual_information`; on a time that is none of the schedule's.
    """
    levels = levels_of(schedule)
    if not levels.t_min < tau <= levels.t_max:
        raise InputError(
            f"scores: tau must lie above t_min and up to t_max, {levels.t_min:g} to "
            f"{levels.t_max:g}, got {tau:g}"
        )
    return mutual_information(
        conditional, marginal, x, y, replace(levels, t_max=tau), terminal=0.0,
        options=options, seed=seed,
    )  # fmt: skip


def entropy(
    score: Any,
    x: Any,
    schedule: VPSchedule | Levels,
    *,
    terminal: float | None = None,
    options: ReadoutOptions | None = None,
    seed: int = 0,
) -> MIEstimate:
    r"""Differential entropy from the score of p on its rows (Eq. 15).

    .. math::
        H(X) = -\mathbb{E} \log \gamma(X) - \mathrm{KL}[p \| \gamma] ,

    with the Gaussian :math:`\gamma` of the rows' mean and of their mean variance for every column,
    whose score is known. (The paper's has mean 0 and a width to choose; the value is one.)

    Arguments:
        score: Model of p, called with (x_t, t).
        x: Rows, (n, ...).
        schedule: The diffusion it is a model of.
        terminal: :math:`\mathrm{KL}[p_T \| \gamma_T]`, nats, where it is known; 0 leaves it out.
        options: As :func:`kl_divergence`.
        seed: Of the noise.

    Raises:
        InputError: As :func:`kl_divergence`.
    """
    rows, levels = variable("x", x), levels_of(schedule)
    flat = rows.flat
    mean, variance = rows.rows.double().mean(dim=0), flat.var(dim=0).mean()

    def reference(x_t: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        shape = (-1, *[1] * (x_t.ndim - 1))
        t = t.double()
        alpha, chi = levels.alpha(t), levels.chi(t, float(variance.sqrt()))
        return -(x_t.double() - alpha.view(shape) * mean) / chi.view(shape)

    asked = pair(("the reference", reference), ("the model", score), rows, None)
    square = (flat - mean.flatten()).square().sum(dim=1) / variance
    known = 0.5 * (square + flat.shape[1] * torch.log(2.0 * math.pi * variance))
    minus = None if terminal is None else -terminal
    setup = (options, seed)
    return estimate_given(asked, [flat], levels, TO_REFERENCE, setup, minus, known.cpu().numpy())
