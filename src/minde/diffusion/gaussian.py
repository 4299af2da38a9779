r"""The exact score of a diffused Gaussian: oracle of the tests and preconditioner of `fast`.

For jointly Gaussian variables with covariance :math:`\Sigma`, the diffused part given the clean
part :math:`c` has mean :math:`m = \Sigma_{DC}\Sigma_{CC}^{-1} c` and covariance
:math:`S = \Sigma_{DD} - \Sigma_{DC}\Sigma_{CC}^{-1}\Sigma_{CD}`, so

.. math::
    \hat\epsilon(x_t, t) = -\sigma_t \nabla \log p_t(x_t \mid c)
    = \sigma_t (\alpha_t^2 S + \sigma_t^2 I)^{-1} (x_t - \alpha_t m) .
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from minde.diffusion.moments import well_posed
from minde.diffusion.roles import Family, Role
from minde.diffusion.schedule import Schedule


def given(covariance: Tensor, d: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    """Covariance of columns d given columns c, (..., d, d), and the gain of c, (..., d, c)."""
    within, cross = covariance[..., d[:, None], d], covariance[..., d[:, None], c]
    gain = torch.linalg.solve(covariance[..., c[:, None], c], cross.mT).mT
    return within - gain @ cross.mT, gain


def log_normals(centred: Tensor, covariance: Tensor) -> Tensor:
    """Log density of N(0, covariance (..., D, D)) at rows (..., N, D), (..., N)."""
    factor = torch.linalg.cholesky(covariance)
    white = torch.linalg.solve_triangular(factor, centred.mT, upper=False)
    log_det = factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)
    constant = 0.5 * centred.shape[-1] * math.log(2.0 * math.pi)
    log_density: Tensor = -0.5 * white.square().sum(-2) - log_det[..., None] - constant
    return log_density


class GaussianNoise:
    r"""Exact noise prediction for Gaussians, one covariance per member.

    Arguments:
        covariance: Joint covariance of all variables, shape (E, D, D).
        family: The patterns to serve.
        schedule: The diffusion.
        mean: Joint mean, (E, D); zero if omitted.

    The inverse is kept as an eigendecomposition for each pattern, padded to D, so that a call is
    two batched products whatever the pattern. All is solved and applied in double, and a covariance
    that is singular made solvable first (see ``minde.diffusion.moments``).
    """

    def __init__(
        self,
        covariance: Tensor,
        family: Family,
        schedule: Schedule,
        mean: Tensor | None = None,
    ) -> None:
        self.family, self.schedule = family, schedule
        wide = well_posed(covariance, family.dims)
        diffused = family.masks(Role.DIFFUSED).bool()
        clean = family.masks(Role.CLEAN).bool()
        members, dim, _ = wide.shape
        shape = (len(family.patterns), members, dim, dim)
        gain, basis = wide.new_zeros(shape), wide.new_zeros(shape)
        eigenvalues = wide.new_zeros(shape[:-1])
        for k in range(len(family.patterns)):
            d, c = diffused[k].nonzero()[:, 0], clean[k].nonzero()[:, 0]
            cov, m = given(wide, d, c)
            gain[k][:, d[:, None], c[None, :]] = m
            values, vectors = torch.linalg.eigh(cov)
            basis[k][:, d[:, None], torch.arange(len(d))[None, :]] = vectors
            eigenvalues[k][:, : len(d)] = values.clamp(min=0.0)
        self.gain, self.basis, self.eigenvalues = gain, basis, eigenvalues
        self._masks = (diffused.to(wide), clean.to(wide))
        self.mean = None if mean is None else mean.to(wide)

    def __call__(self, values: Tensor, pattern: int, t: Tensor) -> Tensor:
        """Noise prediction for one pattern.

        Arguments:
            values: Concatenated variables (diffused at t, clean, zero where absent), (E, N, D).
            pattern: Index into the family's patterns.
            t: Times, (E, N).

        Returns:
            Prediction of shape (E, N, dim_out), of the type of ``values``, zero on coordinates that
            are not diffused.
        """
        dtype, values, t = values.dtype, values.to(self.gain), t.to(self.gain)
        alpha = self.schedule.alpha(t)[..., None]
        sigma = self.schedule.sigma(t)[..., None]
        values = self.centred(values, pattern, alpha)
        mean = values @ self.gain[pattern].mT
        centred = values - alpha * mean
        rotated = centred @ self.basis[pattern]
        shrink = sigma / (alpha**2 * self.eigenvalues[pattern][:, None, :] + sigma**2)
        noise = (rotated * shrink) @ self.basis[pattern].mT
        return noise[..., : self.family.dim_out].to(dtype)

    def centred(self, values: Tensor, pattern: int, alpha: Tensor) -> Tensor:
        """Values (E, N, D) less their means, of the diffused at ``alpha`` (E, N, 1)."""
        if self.mean is None:
            return values
        diffused, clean = (mask[pattern] for mask in self._masks)
        return values - (alpha * diffused + clean) * self.mean[:, None, :]

    def columns(self, pattern: int) -> tuple[Tensor, Tensor]:
        """Which columns a pattern diffuses, and which it keeps clean."""
        diffused, clean = (mask[pattern].nonzero()[:, 0] for mask in self._masks)
        return diffused, clean
