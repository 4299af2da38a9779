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
from copy import copy
from dataclasses import dataclass

import torch
from torch import Tensor

from minde.diffusion.gaussian import given, log_normals
from minde.diffusion.roles import Family, Role
from minde.diffusion.schedule import Schedule

#: Numbers of a component and point at one time: as many as stay near the processor. With fewer rows
#: than so the many small operations cost more, unless those rows were more numbers than MOST.
CHUNK, LEAST_ROWS, MOST = 1 << 18, 16, 1 << 22
#: Standard deviations to a unit, of clean columns given one another, beyond which single precision
#: is too coarse.
STEEPEST = 1e3
#: Variances, of 1e-12 and more, whose product is taken before its log.
AT_ONCE = 16


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

    It computes in the precision of what it is asked; in double where some component is so thin that
    single precision would not do.

    Arguments:
        mixture: The mixtures; covariances are positive definite.
        family: The patterns to serve.
        schedule: The diffusion.
    """

    def __init__(self, mixture: Mixture, family: Family, schedule: Schedule) -> None:
        self.mixture, self.family, self.schedule = mixture, family, schedule
        diffused, clean = (family.masks(r).bool() for r in (Role.DIFFUSED, Role.CLEAN))
        self._double = [
            _Pattern(mixture, d.nonzero()[:, 0], c.nonzero()[:, 0])
            for d, c in zip(diffused, clean, strict=True)
        ]
        self._single = [p.to(torch.float32) if p.thick else p for p in self._double]

    def __call__(self, values: Tensor, pattern: int, t: Tensor) -> Tensor:
        """See :class:`minde.types.NoiseModel`."""
        dtype = values.dtype
        part = (self._single if dtype == torch.float32 else self._double)[pattern]
        row = self.mixture.weights.numel() * values.shape[2]
        rows = max(1, CHUNK // row, min(LEAST_ROWS, MOST // row))
        values, t = values.to(part.log_weights), t.to(part.log_weights)
        out = torch.zeros_like(values[..., : self.family.dim_out])
        for lo in range(0, values.shape[1], rows):
            some = slice(lo, lo + rows)
            out[:, some, part.d] = part.noise(values[:, some], t[:, some], self.schedule)
        return out.to(dtype)


class _Pattern:
    """What one pattern asks of the mixtures, laid out so that all components are one product.

    Columns of what is laid out go by direction of a component's covariance, then by component.
    """

    def __init__(self, mixture: Mixture, d: Tensor, c: Tensor) -> None:
        self.d, self.c = d, c
        within = mixture.covariances[..., c[:, None], c]
        left, gain = given(mixture.covariances, d, c)
        values, basis = torch.linalg.eigh(left)
        at_zero = mixture.means[..., d] - (gain @ mixture.means[..., c, None])[..., 0]
        self.turn = _side_by_side(basis)
        self.mean = _side_by_side(at_zero[..., None, :] @ basis)
        self.mean_by_clean = _side_by_side(gain.mT @ basis)
        self.eigenvalues = _side_by_side(values.clamp(min=0.0)[..., None, :])
        factor = torch.linalg.cholesky(within)
        eye = torch.eye(len(c)).to(factor).expand_as(factor)
        white = torch.linalg.solve_triangular(factor, eye, upper=False).mT
        self.whiten = _side_by_side(white)
        self.white_mean = _side_by_side(mixture.means[..., None, c] @ white)
        log_det = factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        self.log_weights = (mixture.weights.clamp(min=1e-300).log() - log_det)[:, None]

    @property
    def thick(self) -> bool:
        """Whether single precision tells from where in a component its clean columns are."""
        return self.whiten.numel() == 0 or bool(self.whiten.abs().max() <= STEEPEST)

    def to(self, dtype: torch.dtype) -> _Pattern:
        """The same in another precision."""
        other = copy(self)
        for name, value in vars(self).items():
            if value.is_floating_point():
                setattr(other, name, value.to(dtype))
        return other

    def noise(self, values: Tensor, t: Tensor, schedule: Schedule) -> Tensor:
        """Noise prediction of the diffused columns, (E, N, d), at ``values`` (E, N, D)."""
        x_t, clean = values[..., self.d], values[..., self.c]
        alpha, sigma = (f(t)[..., None] for f in (schedule.alpha, schedule.sigma))
        components = self.log_weights.shape[2]
        rotated = (x_t @ self.turn).sub_((clean @ self.mean_by_clean).add_(self.mean).mul_(alpha))
        variance = (alpha**2 * self.eigenvalues).add_(sigma**2)
        scaled = rotated / variance
        distance = _over_directions(rotated.mul_(scaled), components)
        log = (self.log_weights - 0.5 * distance).sub_(0.5 * _log_product(variance, components))
        if len(self.c):
            off = (clean @ self.whiten).sub_(self.white_mean)
            log.sub_(0.5 * _over_directions(off.square_(), components))
        share = torch.softmax(log, dim=2)
        _by_direction(scaled, components).mul_(share[:, :, None])
        noise: Tensor = sigma * (scaled @ self.turn.mT)
        return noise


def _side_by_side(parts: Tensor) -> Tensor:
    """Matrices of components (E, K, n, d) as one, (E, n, d K), a direction after the other."""
    return parts.permute(0, 2, 3, 1).flatten(2)


def _by_direction(parts: Tensor, components: int) -> Tensor:
    """A view of (E, N, d K), (E, N, d, K)."""
    return parts.view(*parts.shape[:2], -1, components)


def _over_directions(parts: Tensor, components: int) -> Tensor:
    """Sums over directions of (E, N, d K), (E, N, K)."""
    return _by_direction(parts, components).sum(2)


def _log_product(parts: Tensor, components: int) -> Tensor:
    """Log of products over directions of (E, N, d K), (E, N, K); a log for AT_ONCE of them."""
    by_direction = _by_direction(parts, components)
    total = torch.zeros_like(by_direction[:, :, 0])
    for some in torch.split(by_direction, AT_ONCE, dim=2):
        product, *others = some.unbind(2)
        for other in others:
            product = product * other
        total += product.log()
    return total
