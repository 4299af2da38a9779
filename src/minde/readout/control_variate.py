r"""Control variates of a measure: the Gaussian's, whose values are known.

The mean over test rows of a read-out's pointwise value :math:`v` has two errors of chance: which
rows were drawn, and which noise. Take a Gaussian whose moments were fitted on a few training rows,
with c its pointwise value, of a mutual information :math:`\log p_G(x, y) - \log p_G(x) -
\log p_G(y)`, in general :math:`-\sum_k c_k \log p_G(\text{diffused}_k \mid \text{clean}_k)`.

- *Noise.* Its exact score, read out by the gap on the same rows, times and noise, gives
  :math:`v_G`, and for every (x, y), whatever its distribution, :math:`\mathbb{E}\,[v_G \mid x, y] =
  c(x, y)`. So :math:`w = v_G - c` has mean zero.
- *Rows.* The mean of c is known better from the many other training rows.

The estimate becomes

.. math::
    \bar v - \beta_w \bar w + \beta_c\,\frac{m}{m + n}\,(\bar c_{others} - \bar c),

with n test rows, m others and :math:`\beta` the regression of v on w and c. Its mean is what it
was; its error is the smaller the more nearly Gaussian the data are. It has a part of each test row,
its residual r of that regression, and a part of each of the others,

.. math::
    \psi_i = \frac{r_i}{n (1 - h_i)} , \qquad
    \psi_j = \beta_c\,\frac{m}{m + n}\,\frac{c_j - \bar c_{others}}{m} ,

with h the row's leverage, as the slopes are from the same rows (the jackknife's, HC3).

References:
    Kong, Brekelmans and Ver Steeg, Information-Theoretic Diffusion, ICLR 2023 (the identity of w).
    Cochran, Sampling Techniques, 1977, section 12.6 (regression estimators with double sampling).
    MacKinnon and White, Some heteroskedasticity-consistent covariance matrix estimators with
    improved finite sample properties, Journal of Econometrics 29, 1985.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from minde.diffusion.gaussian import GaussianNoise
from minde.diffusion.mixture import Mixture, MixtureNoise
from minde.diffusion.roles import Family
from minde.diffusion.schedule import Schedule
from minde.readout.influence import Influence
from minde.readout.known_values import Term, gaussian_value, mixture_value
from minde.readout.readout import Readout
from minde.types import NoiseModel

#: Leverage of a heavy row from which there is no control.
MOST_LEVERAGE = 0.5
#: Test rows that two slopes and a mean take at least.
LEAST_TEST_ROWS = 10


@dataclass(frozen=True)
class MixtureLaw:
    """A mixture per member, whose gap takes noise off.

    Attributes:
        mixture: The mixtures.
        known: c of training rows that did not fit them, (E, m), times their weights; none of the
            mixture of a blend, which knows every row.
    """

    mixture: Mixture
    known: Tensor | None = None


@dataclass(frozen=True)
class Control:
    """A Gaussian per member and the mean of its pointwise value.

    Attributes:
        mean: (E, D), double.
        covariance: (E, D, D), double.
        terms: The measure's entropies.
        others: Training rows that did not fit the Gaussian, (M,), true or false.
        known: c of these rows, (E, m), times their weights.
        weights: Of these rows, with the mean one, (E, m), where they differ.
        mixtures: Laws beside the Gaussian, of as many rows known.
    """

    mean: Tensor
    covariance: Tensor
    terms: tuple[Term, ...]
    others: Tensor
    known: Tensor
    weights: Tensor | None = None
    mixtures: tuple[MixtureLaw, ...] = ()

    @property
    def expected(self) -> Tensor:
        """Mean of the Gaussian's c over rows that neither fit it nor are tested, (E,)."""
        return _mean(self.known)

    @property
    def knowns(self) -> dict[int, Tensor]:
        """By the number of a control, c of rows that neither fit its law nor are tested, (E, m)."""
        found, at = {1: self.known}, 2
        for law in self.mixtures:
            if law.known is not None:
                found[at + 1] = law.known
            at += 1 if law.known is None else 2
        return found

    def of_noise(self) -> Control:
        """Without the rows' part, m = 0: in time order they know what fitted the laws."""
        few = (
            law if law.known is None else replace(law, known=law.known[:, :0])
            for law in self.mixtures
        )
        none = torch.zeros_like(self.others)
        return replace(self, others=none, known=self.known[:, :0], mixtures=tuple(few))

    def models(
        self, family: Family, schedule: Schedule, blended: Sequence[NoiseModel] = ()
    ) -> list[NoiseModel]:
        """The exact noise predictions of the laws, of a blend's mixture the first that is given."""
        found: list[NoiseModel] = [GaussianNoise(self.covariance, family, schedule, self.mean)]
        for law in self.mixtures:
            if law.known is None and blended:
                found.append(blended[0])
            else:
                found.append(MixtureNoise(law.mixture, family, schedule))
        return found

    def values(self, data: Tensor, gaps: Sequence[Tensor], weights: Tensor | None = None) -> Tensor:
        """The control variates, double, (E, controls, N), times the rows' weights.

        They are w and c of the Gaussian, then of each mixture w, and c where its mean is known.

        Arguments:
            data: The test rows, (E, N, D).
            gaps: Of each law, at the same rows, times and noise, (E, N).
            weights: Of the rows, (E, N), where they differ.
        """
        rows, out = data.double(), []
        told = [gaussian_value(rows, self.mean, self.covariance, self.terms)]
        told += [mixture_value(rows, law.mixture, self.terms) for law in self.mixtures]
        means = [True, *(law.known is not None for law in self.mixtures)]
        for gap, value, known in zip(gaps, told, means, strict=True):
            c = value if weights is None else weights * value
            out += [gap.double() - c, c] if known else [gap.double() - c]
        return torch.stack(out, dim=1)

    def apply(self, readout: Readout, controls: Tensor) -> Readout:
        """The read-out with its mean corrected by :meth:`values` of its rows.

        What every row adds moves by the same amount, so that it averages to the estimate; the
        integrand moves in proportion to its size, so as to sum to it.
        """
        v, n, m = readout.pointwise.double(), controls.shape[2], self.known.shape[1]
        one = v.new_ones(1) if readout.weights is None else readout.weights
        mean = controls.mean(dim=2)
        share, expected = v.new_ones(controls.shape[1]), torch.zeros_like(mean)
        for at, known in self.knowns.items():
            share[at], expected[:, at] = m / (m + n), _mean(known)
        centred = controls - one[..., None, :] * mean[..., None]
        # Of a control that does not vary nothing can be learned, and the ridge says so.
        ridge = torch.diag_embed(torch.full_like(mean, 1e-9))
        solved = torch.linalg.solve(centred @ centred.mT / n + ridge, centred / n)
        if readout.weights is not None:
            # Slopes that hang on one heavy row say nothing; members with such a row have none.
            alone = (centred * solved).sum(dim=1).amax(dim=1) > MOST_LEVERAGE
            solved = torch.where(alone[:, None, None], 0.0, solved)
        parts = centred * solved
        left = (1.0 - one / n - parts.sum(dim=1)).clamp(min=1e-3)
        full = (solved @ v[..., None])[..., 0]
        level = v - one * v.mean(dim=1, keepdim=True)
        rest = level - (full[..., None] * centred).sum(dim=1)
        slope = share * full
        shift = (slope * (expected - mean)).sum(dim=1)
        # What slopes without the row itself change.
        shift = shift + ((share[:, None] * parts).sum(dim=1) * rest / left).mean(dim=1)
        residual = (level - (slope[..., None] * centred).sum(dim=1)) / (n * left)
        train = v.new_zeros(len(v), len(self.others))
        for at, known in self.knowns.items():
            told = Influence.of_mean(known, self.weights).test
            train[:, self.others] += slope[:, at, None] * told
        bins = readout.integrand.double()
        size = bins.abs() + 1e-12
        bins = bins + shift[:, None] * size / size.sum(dim=1, keepdim=True)
        dtype = readout.pointwise.dtype
        return replace(
            readout,
            pointwise=(v + one * shift[:, None]).to(dtype),
            integrand=bins.to(dtype),
            influence=Influence(residual, train),
        )


def _mean(known: Tensor) -> Tensor:
    """Of each member's rows, zero of none, (E,)."""
    return known.sum(dim=1) / max(1, known.shape[1])
