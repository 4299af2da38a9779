r"""The exact score of a diffused Gaussian whose mean bends: a regression on products of columns.

Given the clean part c, the diffused part has the mean

.. math::
    m(c) = \Sigma_{DC} \Sigma_{CC}^{-1} c + \Gamma^\top \varphi(c)

with features :math:`\varphi` that are uncorrelated with c, and the covariance that a Gaussian
leaves less what the features explain, :math:`S' = S^{1/2} (1 - S^{-1/2} V S^{-1/2}) S^{1/2}` with
:math:`V = \operatorname{Cov}(\Gamma^\top \varphi)`, so that

.. math::
    \hat\epsilon(x_t, t) = \sigma_t (\alpha_t^2 S' + \sigma_t^2 I)^{-1} (x_t - \alpha_t m(c)) .

Patterns without features are a Gaussian's. What is fitted is said in ``minde.training.regression``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from minde.diffusion.gaussian import GaussianNoise

#: Standard deviations at which features are cut off, and the share of a variance that features
#: explain at most.
CUT, MOST_EXPLAINED = 4.0, 0.99


@dataclass(frozen=True)
class Features:
    """Products of two of some basic functions of clean columns, one choice per member, in double.

    The basic functions are 1, the whitened columns w, the size (their mean square, standardised),
    a few directions u of w, and squares of u.

    Attributes:
        centre: Means of the clean columns, (E, C).
        turn: To whitened columns, (E, C, W).
        size: Mean and deviation of their mean square, (E, 2).
        leading: Directions, (E, W, L).
        pairs: Which two basic functions, (E, K, 2), whole numbers.
        scale: Mean and deviation of each product, and again after the cut, (E, K, 4).
    """

    centre: Tensor
    turn: Tensor
    size: Tensor
    leading: Tensor
    pairs: Tensor
    scale: Tensor

    def white(self, clean: Tensor) -> Tensor:
        """Whitened columns, (E, N, W), of clean ones (E, N, C)."""
        return (clean - self.centre[:, None]) @ self.turn

    def basis(self, white: Tensor) -> Tensor:
        """The basic functions, (E, N, 2 + W + 2 L)."""
        u = white @ self.leading
        mean, deviation = self.size[:, :1, None], self.size[:, 1:, None]
        size = (white.square().mean(-1, keepdim=True) - mean) / deviation
        return torch.cat([torch.ones_like(size), white, size, u, u.square()], dim=-1)

    def __call__(self, white: Tensor) -> Tensor:
        """The features, (E, N, K)."""
        basis = self.basis(white)
        first, second = (
            basis.gather(2, self.pairs[:, None, :, k].expand(-1, basis.shape[1], -1))
            for k in (0, 1)
        )
        scale = self.scale[:, None]
        rough = ((first * second - scale[..., 0]) / scale[..., 1]).clamp(-CUT, CUT)
        return (rough - scale[..., 2]) / scale[..., 3]


@dataclass(frozen=True)
class Regression:
    r"""What features of the clean columns say of the mean of the diffused, one per member.

    Attributes:
        features: Of the clean columns.
        linear: What of each feature is linear in the whitened columns, (E, W, K).
        gain: :math:`\Gamma`, (E, K, d).
        explained: :math:`V`, (E, d, d).
    """

    features: Features
    linear: Tensor
    gain: Tensor
    explained: Tensor

    def mean(self, clean: Tensor) -> Tensor:
        """What is added to the mean, (E, N, d)."""
        white = self.features.white(clean)
        return (self.features(white) - white @ self.linear) @ self.gain

    def tensors(self) -> dict[str, Tensor]:
        """All that there is, by name."""
        own = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "features"}
        return {**vars(self.features), **own}

    @classmethod
    def of(cls, tensors: dict[str, Tensor]) -> Regression:
        """The inverse of :meth:`tensors`."""
        names = {f.name for f in fields(Features)}
        features = Features(**{k: v for k, v in tensors.items() if k in names})
        return cls(features, **{k: v for k, v in tensors.items() if k not in names})

    def to(self, device: torch.device) -> Regression:
        """The same on a device."""
        return self.of({k: v.to(device) for k, v in self.tensors().items()})

    def members(self, some: Sequence[int] | slice) -> Regression:
        """Those of some members."""
        return self.of({k: v[some] for k, v in self.tensors().items()})

    @classmethod
    def joined(cls, parts: Sequence[Regression]) -> Regression:
        """Those of the members of several, of as many features each."""
        tables = [part.tensors() for part in parts]
        return cls.of({k: torch.cat([table[k] for table in tables]) for k in tables[0]})


class RegressionNoise:
    """Exact noise prediction where the mean bends, one regression a member and pattern.

    Arguments:
        gaussian: Of the same members: the linear part, and patterns without a regression.
        regressions: By the number of the pattern.
    """

    def __init__(self, gaussian: GaussianNoise, regressions: Mapping[int, Regression]) -> None:
        self.gaussian, self.regressions = gaussian, regressions
        self._left = {k: _left(gaussian, k, r) for k, r in regressions.items()}

    def __call__(self, values: Tensor, pattern: int, t: Tensor) -> Tensor:
        """See :class:`minde.types.NoiseModel`."""
        if pattern not in self.regressions:
            return self.gaussian(values, pattern, t)
        g = self.gaussian
        dtype, values, t = values.dtype, values.to(g.gain), t.to(g.gain)
        alpha, sigma = (f(t)[..., None] for f in (g.schedule.alpha, g.schedule.sigma))
        d, c = g.columns(pattern)
        off = g.centred(values, pattern, alpha)
        mean = off @ g.gain[pattern][:, d].mT + self.regressions[pattern].mean(values[..., c])
        basis, eigenvalues = self._left[pattern]
        rotated = (off[..., d] - alpha * mean) @ basis
        noise = rotated * (sigma / (alpha**2 * eigenvalues[:, None, :] + sigma**2)) @ basis.mT
        out = torch.zeros_like(values[..., : g.family.dim_out])
        out[..., d] = noise
        return out.to(dtype)


def _left(gaussian: GaussianNoise, pattern: int, regression: Regression) -> tuple[Tensor, Tensor]:
    """Basis (E, d, d) and eigenvalues (E, d) of the covariance that is left."""
    d, _ = gaussian.columns(pattern)
    basis = gaussian.basis[pattern][:, d, : len(d)]
    values = gaussian.eigenvalues[pattern][:, : len(d)].clamp(min=1e-12)
    root = basis * values.sqrt()[:, None, :]
    back = (basis / values.sqrt()[:, None, :]).mT
    shares, turned = torch.linalg.eigh(back @ regression.explained @ back.mT)
    half = root @ turned * (1.0 - shares.clamp(0.0, MOST_EXPLAINED)).sqrt()[:, None, :]
    found, vectors = torch.linalg.eigh(half @ half.mT)
    return vectors, found.clamp(min=0.0)
