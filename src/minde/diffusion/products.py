r"""Densities and moments of Gaussian mixtures over the same rows again and again.

A log density is linear in the products of a row's columns, :math:`\phi(x) = (1, x_i, x_i x_j)`:

.. math::
    \log \pi_k \mathcal{N}(x; \mu_k, \Sigma_k) = \theta_k^\top \phi(x) ,

and so are the moments, :math:`\sum_n r_{kn} \phi(x_n)`. With the products laid out once, each step
of a fit is two matrix products over all components. Of many columns the products are too many, and
rows are taken as they are.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from minde.diffusion.mixture import Mixture

#: Columns of which products are laid out.
MOST_COLUMNS = 10


class Products:
    """Rows with the products of their columns.

    Arguments:
        rows: Per member, (E, N, D), in double, of a scale near one.
    """

    def __init__(self, rows: Tensor) -> None:
        self.rows, dim = rows, rows.shape[2]
        self.first, self.second = torch.triu_indices(dim, dim).to(rows.device)
        self.laid_out: Tensor | None = None
        if dim <= MOST_COLUMNS:
            products = rows[..., self.first] * rows[..., self.second]
            self.laid_out = torch.cat([torch.ones_like(rows[..., :1]), rows, products], dim=2)

    def log_terms(self, mixture: Mixture) -> Tensor:
        """Log of weight times density of each component at the rows, (E, K, N)."""
        if self.laid_out is None:
            return mixture.log_terms(self.rows)
        dim = self.rows.shape[2]
        factor = torch.linalg.cholesky(mixture.covariances)
        precision = torch.cholesky_inverse(factor)
        slope = (precision @ mixture.means[..., None])[..., 0]
        log_det = factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        constant = (
            mixture.weights.clamp(min=1e-300).log()
            - log_det
            - 0.5 * ((slope * mixture.means).sum(-1) + dim * math.log(2.0 * math.pi))
        )
        twice = torch.where(self.first == self.second, 0.5, 1.0).to(precision)
        curve = -precision[..., self.first, self.second] * twice
        return torch.cat([constant[..., None], slope, curve], dim=-1) @ self.laid_out.mT

    def log_density(self, mixture: Mixture) -> Tensor:
        """Log density of the mixtures at the rows, (E, N)."""
        return torch.logsumexp(self.log_terms(mixture), dim=1)

    def weighted(self, shares: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Moments of the rows by shares (E, K, N).

        Returns:
            Sums of the shares (E, K), means (E, K, D), and shares times squares about the means,
            (E, K, D, D).
        """
        if self.laid_out is None:
            count = shares.sum(2)
            means = (shares @ self.rows) / count[..., None].clamp(min=1e-12)
            centred = self.rows[:, None] - means[:, :, None]
            return count, means, (shares[..., None] * centred).mT @ centred
        return self.moments(self.sums(shares))

    def sums(self, shares: Tensor) -> Tensor:
        """What the moments are of: sums over rows by shares (E, K, N), (E, K, products)."""
        if self.laid_out is None:
            raise ValueError(f"products of more than {MOST_COLUMNS} columns are not laid out")
        return shares @ self.laid_out

    def moments(self, sums: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Moments as :meth:`weighted`, of sums."""
        dim = self.rows.shape[2]
        count, total, products = sums[..., 0], sums[..., 1 : 1 + dim], sums[..., 1 + dim :]
        means = total / count[..., None].clamp(min=1e-12)
        spread = products.new_empty((*products.shape[:2], dim, dim))
        spread[..., self.first, self.second] = products
        spread[..., self.second, self.first] = products
        return count, means, spread - means[..., None] * total[..., None, :]
