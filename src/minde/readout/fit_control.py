"""Fits of the laws whose values are control variates (``minde.readout.control_variate``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from minde.diffusion.mixture import Mixture
from minde.diffusion.moments import well_posed
from minde.diffusion.schedule import VPSchedule
from minde.readout.control_variate import Control, MixtureLaw
from minde.readout.known_values import Term, entropy_terms, gaussian_value, mixture_value
from minde.readout.measures import Measure
from minde.training.fine_mixture import left_out
from minde.training.mixture import best_mixtures, fitted_to_all

#: Share of the training rows that the Gaussian is fitted on, and the least number per column.
SHARE, ROWS_PER_COLUMN = 0.1, 20
#: Numbers of components of its mixture to choose among: a control need not be the best there is.
COMPONENTS = (2, 6, 16, 48)
#: Nats of a mixture below the smallest time, by which w is off, with which it is no control.
LEFT_OUT = 0.005


def control_of(
    measure: Measure,
    dims: Sequence[int],
    train: Tensor,
    weights: Tensor | None,
    mixture: Mixture | None,
    schedule: VPSchedule,
    gap: int,
) -> Control | None:
    """As :func:`fit_control` of a measure's terms; of the noise alone where rows are in order."""
    terms = entropy_terms(measure, dims)
    control = fit_control(train, terms, dims, weights, mixture, schedule)
    return control.of_noise() if control and gap else control


def fit_control(
    train: Tensor,
    terms: tuple[Term, ...],
    dims: Sequence[int],
    weights: Tensor | None = None,
    mixture: Mixture | None = None,
    schedule: VPSchedule | None = None,
) -> Control | None:
    """Fit a control on training rows (E, N, D), with weights (E, N), of variables of ``dims``.

    The Gaussian is fitted on a tenth of the rows, evenly spread, and its mean value taken over the
    rest, so that it knows nothing of the rows its mean is taken over. Columns that depend are what
    they are to the Gaussian's score, whose covariance is made solvable in the same way. There is no
    control without terms, or where rows are too few.

    Where the rows are very many and of few columns, and a mixture fits them better, given with the
    schedule of the read-out, one of that tenth is a control as well, and the given one of the noise
    alone: it knows every row.
    """
    data = train.double()
    fitted = _fitted_on(data)
    if fitted is None or not terms:
        return None
    few, rest = _some(weights, fitted), _some(weights, ~fitted)
    mean, covariance = _moments(data[:, fitted], dims, few)
    known = gaussian_value(data[:, ~fitted], mean, covariance, terms)
    control = _known(Control(mean, covariance, terms, ~fitted, known), rest)
    if mixture is None or schedule is None:
        return control
    if not fitted_to_all(data.shape[1], data.shape[2]):
        return control
    own = None if few is None else [w.cpu().numpy() for w in few]
    rows = [x.cpu().numpy() for x in data[:, fitted]]
    some = best_mixtures(rows, dims, COMPONENTS, weights=own).to(data.device)
    of_rest = mixture_value(data[:, ~fitted], some, terms)
    laws = (MixtureLaw(some, of_rest if rest is None else rest * of_rest), MixtureLaw(mixture))
    # Where more is left out, as of ties of rounded columns, w has a mean.
    whole = (law for law in laws if left_out(law.mixture, dims, schedule) <= LEFT_OUT)
    return replace(control, mixtures=tuple(whole))


def fit_divergence_control(
    train: Tensor, of_q: tuple[Tensor, Tensor], weights: Tensor | None = None
) -> Control | None:
    r"""A control of :math:`\mathrm{KL}[p \| q]`, of value :math:`c = \log p_G(x) - \log q_G(x)`.

    Its Gaussian is that of p and that of q side by side, its rows those of p twice, side by side.
    Only the mean of c over rows of p is taken as known, so any q_G does.

    Arguments:
        train: Training rows of p, (E, N, D).
        of_q: Mean (E, D) and covariance (E, D, D) of q's Gaussian, double.
        weights: Of the rows of p, (E, N), where they differ.
    """
    data = train.double()
    fitted, dim = _fitted_on(data), data.shape[2]
    if fitted is None:
        return None
    own = _moments(data[:, fitted], [dim], _some(weights, fitted))
    mean = torch.cat([own[0], of_q[0]], dim=1)
    covariance = own[1].new_zeros(len(data), 2 * dim, 2 * dim)
    covariance[:, :dim, :dim], covariance[:, dim:, dim:] = own[1], well_posed(of_q[1], [dim])
    p, q = tuple(range(dim)), tuple(range(dim, 2 * dim))
    terms: tuple[Term, ...] = ((1.0, q, ()), (-1.0, p, ()))
    known = gaussian_value(data[:, ~fitted].repeat(1, 1, 2), mean, covariance, terms)
    return _known(Control(mean, covariance, terms, ~fitted, known), _some(weights, ~fitted))


def _some(weights: Tensor | None, rows: Tensor) -> Tensor | None:
    """Weights of some of the rows, with the mean one among them."""
    if weights is None:
        return None
    some = weights[:, rows]
    return some / some.mean(dim=1, keepdim=True)


def _known(control: Control, weights: Tensor | None) -> Control:
    """The control with its known values weighted."""
    if weights is None:
        return control
    return replace(control, known=weights * control.known, weights=weights)


def _fitted_on(data: Tensor) -> Tensor | None:
    """Which training rows (E, N, D) fit the Gaussian, (N,); none where rows are too few."""
    _, n, dim = data.shape
    size = max(round(SHARE * n), ROWS_PER_COLUMN * dim)
    if 2 * size > n:
        return None
    fitted = torch.zeros(n, dtype=torch.bool, device=data.device)
    fitted[torch.linspace(0, n - 1, size, device=data.device).round().long()] = True
    return fitted


def _moments(few: Tensor, dims: Sequence[int], weights: Tensor | None) -> tuple[Tensor, Tensor]:
    heavy = few if weights is None else weights[..., None] * few
    mean = heavy.mean(dim=1)
    centred = few - mean[:, None]
    part = centred if weights is None else weights[..., None] * centred
    return mean, well_posed(centred.mT @ part / few.shape[1], dims)
