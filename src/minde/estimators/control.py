r"""Control variates of a mutual information: the Gaussian's, whose values are known.

The mean over test rows of a read-out's pointwise value :math:`v` has two errors of chance: which
rows were drawn, and which noise. Take a Gaussian whose moments were fitted on a few training rows,
with :math:`c(x, y) = \log p_G(x, y) - \log p_G(x) - \log p_G(y)`.

- *Noise.* Its exact score, read out by the gap on the same rows, times and noise, gives
  :math:`v_G`, and for every (x, y), whatever its distribution, :math:`\mathbb{E}\,[v_G \mid x, y] =
  c(x, y)`. So :math:`w = v_G - c` has mean zero.
- *Rows.* The mean of c is known better from the many other training rows.

The estimate becomes

.. math::
    \bar v - \beta_w \bar w + \beta_c\,\frac{m}{m + n}\,(\bar c_{others} - \bar c),

with n test rows, m others and :math:`\beta` the regression of v on w and c. Its mean is what it
was; its error is the smaller the more nearly Gaussian the data are.

References:
    Kong, Brekelmans and Ver Steeg, Information-Theoretic Diffusion, ICLR 2023 (the identity of w).
    Cochran, Sampling Techniques, 1977, section 12.6 (regression estimators with double sampling).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from minde.estimators.readout import Readout

#: Share of the training rows that the Gaussian is fitted on, and the least number of rows a column.
SHARE, ROWS_A_COLUMN = 0.1, 20


@dataclass(frozen=True)
class Control:
    """A Gaussian a copy and the mean of its pointwise mutual information.

    Attributes:
        mean: (E, D), double.
        covariance: (E, D, D), double.
        dim_x: Columns of X; the rest is Y.
        expected: Mean of c over rows that neither fit the Gaussian nor are tested, (E,).
        rows: Number of these rows.
    """

    mean: Tensor
    covariance: Tensor
    dim_x: int
    expected: Tensor
    rows: int

    def apply(self, readout: Readout, data: Tensor, gaussian: Tensor) -> Readout:
        """The read-out with its mean corrected.

        Every pointwise value moves by the same amount, so that they average to the estimate; the
        integrand is scaled to sum to it.

        Arguments:
            readout: What to correct.
            data: The test rows, (E, N, D).
            gaussian: The Gaussian's gap at the same rows, times and noise, (E, N).
        """
        v, n = readout.pointwise.double(), data.shape[1]
        c = gaussian_information(data.double(), self.mean, self.covariance, self.dim_x)
        controls = torch.stack([gaussian.double() - c, c], dim=1)
        mean = controls.mean(dim=2)
        centred = controls - mean[..., None]
        moments = centred @ centred.mT / n
        # Of a control that does not vary nothing can be learned, and the ridge says so.
        ridge = torch.diag_embed(torch.full_like(mean, 1e-9))
        slope = torch.linalg.solve(moments + ridge, (centred @ v[..., None] / n))[..., 0]
        slope = slope * slope.new_tensor([1.0, self.rows / (self.rows + n)])
        expected = torch.stack([torch.zeros_like(self.expected), self.expected], dim=1)
        shift = (slope * (expected - mean)).sum(dim=1)
        rest = (v - (slope[..., None] * centred).sum(dim=1)).var(dim=1) / n
        error = (rest + slope[:, 1] ** 2 * moments[:, 1, 1] / self.rows).sqrt()
        before = readout.integrand.double().sum(dim=1)
        factor = torch.where(before.abs() > 1e-12, 1.0 + shift / before, 1.0)
        dtype = readout.pointwise.dtype
        return replace(
            readout,
            pointwise=(v + shift[:, None]).to(dtype),
            integrand=(readout.integrand.double() * factor[:, None]).to(dtype),
            error=error.to(dtype),
        )


def gaussian_information(data: Tensor, mean: Tensor, covariance: Tensor, dim_x: int) -> Tensor:
    """Pointwise mutual information of X and Y under a Gaussian a copy, (E, N), nats."""

    def log_density(part: slice) -> Tensor:
        factor = torch.linalg.cholesky(covariance[:, part, part])
        centred = (data[..., part] - mean[:, None, part]).mT
        white = torch.linalg.solve_triangular(factor, centred, upper=False)
        log_det = factor.diagonal(dim1=-2, dim2=-1).log().sum(dim=-1)
        value: Tensor = -0.5 * white.square().sum(dim=-2) - log_det[:, None]
        return value

    whole, x, y = slice(None), slice(0, dim_x), slice(dim_x, None)
    return log_density(whole) - log_density(x) - log_density(y)


def fit_control(train: Tensor, dim_x: int) -> Control | None:
    """Fit a control on training rows (E, N, D); None where rows are too few or columns depend.

    The Gaussian is fitted on a tenth of the rows, evenly spread, and its mean information taken
    over the rest, so that it knows nothing of the rows its mean is taken over.
    """
    data = train.double()
    _, n, dim = data.shape
    size = max(round(SHARE * n), ROWS_A_COLUMN * dim)
    if 2 * size > n or not 0 < dim_x < dim:
        return None
    fitted = torch.zeros(n, dtype=torch.bool, device=data.device)
    fitted[torch.linspace(0, n - 1, size, device=data.device).round().long()] = True
    few, rest = data[:, fitted], data[:, ~fitted]
    mean = few.mean(dim=1)
    centred = few - mean[:, None]
    covariance = centred.mT @ centred / few.shape[1]
    if bool((torch.linalg.eigvalsh(covariance)[:, 0] < 1e-8).any()):
        return None
    expected = gaussian_information(rest, mean, covariance, dim_x).mean(dim=1)
    return Control(mean, covariance, dim_x, expected, rest.shape[1])
