r"""The exact score of a diffused mixture of Gaussians, whatever the pattern of roles.

With weights :math:`\pi_k` and components of mean :math:`\mu_k` and covariance :math:`\Sigma_k`, the
diffused part given the clean part c is again a mixture, of means :math:`m_k(c)` and covariances
:math:`S_k` as for one Gaussian (see ``minde.diffusion.gaussian``) and weights
:math:`\pi_k(c) \propto \pi_k\, \mathcal{N}(c; \mu_{k,C}, \Sigma_{k,CC})`. So

.. math::
    \hat\epsilon(x_t, t) = \sum_k r_k\; \sigma_t (\alpha_t^2 S_k + \sigma_t^2 I)^{-1}
    (x_t - \alpha_t m_k(c)) , \qquad
    r_k \propto \pi_k(c)\; \mathcal{N}(x_t;\, \alpha_t m_k(c),\, \alpha_t^2 S_k + \sigma_t^2 I) .
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from minde.diffusion.gaussian import given, log_normals
from minde.diffusion.roles import Family, Role
from minde.diffusion.schedule import Schedule

#: Numbers of a component and point at one time; bounds the memory.
CHUNK = 1 << 22


@dataclass(frozen=True)
class Mixture:
    """Mixtures of Gaussians, one per member, in double.

    Attributes:
        weights: (E, K), positive, each row summing to one.
        means: (E, K, D).
        covariances: (E, K, D, D).
    """

    weights: Tensor
    means: Tensor
    covariances: Tensor

    def to(self, device: torch.device) -> Mixture:
        """The same on a device."""
        return Mixture(*(part.to(device) for part in vars(self).values()))

    def members(self, some: Sequence[int] | slice) -> Mixture:
        """Those of some members."""
        return Mixture(*(part[some] for part in vars(self).values()))

    def of_columns(self, order: Sequence[int]) -> Mixture:
        """Those of columns in another order."""
        o = torch.tensor(order)
        return Mixture(self.weights, self.means[..., o], self.covariances[..., o[:, None], o])

    @staticmethod
    def joined(parts: Sequence[Mixture]) -> Mixture:
        """Those of the members of several, of one number of components."""
        return Mixture(
            *(torch.cat(p) for p in zip(*(vars(m).values() for m in parts), strict=True))
        )

    @staticmethod
    def averaged(parts: Sequence[Mixture], shares: Tensor) -> Mixture:
        """The mixtures whose densities are means of those of several, by shares (parts, E)."""
        weights, means, covariances = (
            torch.stack(p, dim=1) for p in zip(*(vars(m).values() for m in parts), strict=True)
        )
        weights = weights * (shares / shares.sum(0)).mT[..., None]
        return Mixture(weights.flatten(1, 2), means.flatten(1, 2), covariances.flatten(1, 2))

    def log_density(self, rows: Tensor) -> Tensor:
        """Log density of rows (E, N, D), (E, N)."""
        return torch.logsumexp(self.log_terms(rows), dim=1)

    def log_terms(self, rows: Tensor) -> Tensor:
        """Log of weight times density of each component, (E, K, N)."""
        log_normal = log_normals(rows[:, None] - self.means[:, :, None], self.covariances)
        return self.weights.clamp(min=1e-300).log()[..., None] + log_normal


class MixtureNoise:
    """Exact noise prediction of diffused mixtures, one per member.

    Arguments:
        mixture: The mixtures; covariances are positive definite.
        family: The patterns to serve.
        schedule: The diffusion.
    """

    def __init__(self, mixture: Mixture, family: Family, schedule: Schedule) -> None:
        self.mixture, self.family, self.schedule = mixture, family, schedule
        diffused, clean = (family.masks(r).bool() for r in (Role.DIFFUSED, Role.CLEAN))
        self._parts = [
            _Pattern(mixture, d.nonzero()[:, 0], c.nonzero()[:, 0])
            for d, c in zip(diffused, clean, strict=True)
        ]

    def __call__(self, values: Tensor, pattern: int, t: Tensor) -> Tensor:
        """See :class:`minde.types.NoiseModel`."""
        part, weights = self._parts[pattern], self.mixture.weights
        rows = max(1, CHUNK // (weights.numel() * values.shape[2]))
        dtype, values, t = values.dtype, values.to(weights), t.to(weights)
        out = torch.zeros_like(values[..., : self.family.dim_out])
        for lo in range(0, values.shape[1], rows):
            some = slice(lo, lo + rows)
            out[:, some, part.d] = part.noise(values[:, some], t[:, some], self.schedule)
        return out.to(dtype)


class _Pattern:
    """What one pattern asks of the mixtures: conditional means, covariances and weights."""

    def __init__(self, mixture: Mixture, d: Tensor, c: Tensor) -> None:
        self.d, self.c = d, c
        self.log_weights = mixture.weights.clamp(min=1e-300).log()
        self.mean_d, self.mean_c = mixture.means[..., d], mixture.means[..., c]
        self.within = mixture.covariances[..., c[:, None], c]
        left, self.gain = given(mixture.covariances, d, c)
        values, self.basis = torch.linalg.eigh(left)
        self.eigenvalues = values.clamp(min=0.0)

    def noise(self, values: Tensor, t: Tensor, schedule: Schedule) -> Tensor:
        """Noise prediction of the diffused columns, (E, N, d), at ``values`` (E, N, D)."""
        x_t, clean = values[:, None, :, self.d], values[:, None, :, self.c]
        alpha, sigma = (f(t)[:, None, :, None] for f in (schedule.alpha, schedule.sigma))
        off = clean - self.mean_c[:, :, None]
        mean = self.mean_d[:, :, None] + off @ self.gain.mT
        rotated = (x_t - alpha * mean) @ self.basis
        variance = alpha**2 * self.eigenvalues[:, :, None] + sigma**2
        log = self.log_weights[..., None] - 0.5 * (rotated**2 / variance + variance.log()).sum(-1)
        if len(self.c):
            log = log + log_normals(off, self.within)
        share = torch.softmax(log, dim=1)[..., None]
        predicted = sigma * (rotated / variance) @ self.basis.mT
        total: Tensor = (share * predicted).sum(1)
        return total
