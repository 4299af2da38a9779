r"""Mean and covariance in double precision, and covariances that can be solved with.

At 6 nats a normal pair has the conditional variance :math:`e^{-12} = 6 \cdot 10^{-6}`, at 10 nats
:math:`2 \cdot 10^{-9}`: the difference of two numbers near one, of which single precision keeps
seven digits.

A covariance may be singular in two ways, and they mean different things.

- *Within one variable*: repeated columns, a temperature in two units, a flag that is constant in
  the rows that are trained on. Such a direction tells nothing of the other variables. It is taken
  as independent of all others and of the columns' mean variance, so that it is the same in every
  pattern, and a row that does leave the support spoils nothing.
- *Between variables*: one determines another. That is dependence without bound, and must not
  vanish; eigenvalues are held at ``FLOOR`` of the largest, which bounds it by some 13 nats.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

#: Least eigenvalue of a correlation matrix, relative to its largest; double precision rounds at
#: 2e-16, and a pair of 10 nats has 1e-9.
FLOOR = 1e-12


def moments(
    rows: Sequence[NDArray[np.float64]],
    device: torch.device | str = "cpu",
    weights: Sequence[NDArray[np.float64]] | None = None,
) -> tuple[Tensor, Tensor]:
    """Mean (E, D) and covariance (E, D, D) of rows per member, each (N, D); in double.

    Weights are a number per row of each member, (N,).
    """
    means, covariances = [], []
    for k, x in enumerate(rows):
        own = None if weights is None else weights[k]
        mean = np.average(np.asarray(x, dtype=np.float64), axis=0, weights=own)
        centred = x - mean
        means.append(torch.from_numpy(mean))
        if own is None:
            covariances.append(torch.from_numpy(centred.T @ centred / len(x)))
        else:
            covariances.append(torch.from_numpy((own * centred.T) @ centred / own.sum()))
    return torch.stack(means).to(device), torch.stack(covariances).to(device)


def well_posed(covariance: Tensor, dims: Sequence[int]) -> Tensor:
    """Covariances in double that can be solved with; those that can already are left as they are.

    Arguments:
        covariance: (E, D, D), symmetric and non-negative up to rounding.
        dims: Dimension of each variable; they sum to D.

    Returns:
        (E, D, D), double.
    """
    wide = covariance.double()
    if not wide.shape[-1]:
        return wide
    return torch.stack([_solvable(one, dims) for one in wide])


def _solvable(covariance: Tensor, dims: Sequence[int]) -> Tensor:
    deviation = covariance.diagonal().clamp(min=0.0).sqrt()
    # What is a rounding beside the others varies no more than what is zero.
    deviation = torch.where(deviation > FLOOR * deviation.max(), deviation, 1.0)
    outer = deviation[:, None] * deviation
    values = torch.linalg.eigvalsh(covariance / outer)
    if values[0] >= FLOOR * values[-1] > 0.0:
        return covariance
    empty = _empty(covariance / outer, deviation, dims)
    kept = torch.eye(len(deviation)).to(empty) - empty
    better = kept @ covariance @ kept + deviation.square().mean() * empty
    values, vectors = torch.linalg.eigh(better / outer)
    values = values.clamp(min=FLOOR * float(values[-1]))
    floored: Tensor = (vectors * values) @ vectors.mT * outer
    return floored


def _empty(correlation: Tensor, deviation: Tensor, dims: Sequence[int]) -> Tensor:
    """Projector on the directions within each variable in which rows do not vary, (D, D)."""
    out = torch.zeros_like(correlation)
    start = 0
    for dim in filter(None, dims):
        part = slice(start, start + dim)
        values, vectors = torch.linalg.eigh(correlation[part, part])
        null = vectors[:, values < FLOOR * values[-1].clamp(min=1.0)]
        # A null direction u of the correlation is u / deviation of the covariance.
        basis, _ = torch.linalg.qr(null / deviation[part, None])
        out[part, part] = basis @ basis.mT
        start += dim
    return out
