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
was; its error is the smaller the more nearly Gaussian the data are.

References:
    Kong, Brekelmans and Ver Steeg, Information-Theoretic Diffusion, ICLR 2023 (the identity of w).
    Cochran, Sampling Techniques, 1977, section 12.6 (regression estimators with double sampling).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from minde.diffusion.moments import well_posed
from minde.diffusion.roles import C, D
from minde.readout.measures import Measure
from minde.readout.readout import Readout

#: Share of the training rows that the Gaussian is fitted on, and the least number per column.
SHARE, ROWS_PER_COLUMN = 0.1, 20


#: An entropy: its sign, its diffused columns and its clean ones.
Term = tuple[float, tuple[int, ...], tuple[int, ...]]


def entropy_terms(measure: Measure, dims: Sequence[int]) -> tuple[Term, ...]:
    """The entropies of a measure as columns; none where the Gaussian references do not cancel."""
    owner = [v for v, dim in enumerate(dims) for _ in range(dim)]
    terms = []
    for sign, pattern in measure.entropies:
        diffused = tuple(k for k, v in enumerate(owner) if pattern[v] == D)
        clean = tuple(k for k, v in enumerate(owner) if pattern[v] == C)
        terms.append((sign, diffused, clean))
    balanced = abs(sum(sign * len(diffused) for sign, diffused, _ in terms)) < 1e-9
    return tuple(terms) if balanced else ()


@dataclass(frozen=True)
class Control:
    """A Gaussian per member and the mean of its pointwise value.

    Attributes:
        mean: (E, D), double.
        covariance: (E, D, D), double.
        terms: The measure's entropies.
        expected: Mean of c over rows that neither fit the Gaussian nor are tested, (E,).
        rows: Number of these rows.
    """

    mean: Tensor
    covariance: Tensor
    terms: tuple[Term, ...]
    expected: Tensor
    rows: int

    def values(self, data: Tensor, gaussian: Tensor) -> Tensor:
        """The two control variates w and c, (E, 2, N), double.

        Arguments:
            data: The test rows, (E, N, D).
            gaussian: The Gaussian's gap at the same rows, times and noise, (E, N).
        """
        c = gaussian_value(data.double(), self.mean, self.covariance, self.terms)
        return torch.stack([gaussian.double() - c, c], dim=1)

    def apply(self, readout: Readout, controls: Tensor) -> Readout:
        """The read-out with its mean corrected by :meth:`values` of its rows.

        Every pointwise value moves by the same amount, so that they average to the estimate; the
        integrand moves in proportion to its size, so as to sum to it.
        """
        v, n = readout.pointwise.double(), controls.shape[2]
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
        bins = readout.integrand.double()
        size = bins.abs() + 1e-12
        bins = bins + shift[:, None] * size / size.sum(dim=1, keepdim=True)
        dtype = readout.pointwise.dtype
        return replace(
            readout,
            pointwise=(v + shift[:, None]).to(dtype),
            integrand=bins.to(dtype),
            error=error.to(dtype),
        )


def gaussian_value(data: Tensor, mean: Tensor, covariance: Tensor, terms: Sequence[Term]) -> Tensor:
    """Pointwise value of a measure under a Gaussian per member, (E, N), nats."""

    def log_density(columns: tuple[int, ...]) -> Tensor:
        k = torch.tensor(columns, dtype=torch.long, device=data.device)
        if not columns:
            return data.new_zeros(data.shape[:2])
        factor = torch.linalg.cholesky(covariance[:, k[:, None], k])
        white = torch.linalg.solve_triangular(
            factor, (data[..., k] - mean[:, None, k]).mT, upper=False
        )
        log_det = factor.diagonal(dim1=-2, dim2=-1).log().sum(dim=-1)
        constant = 0.5 * len(columns) * math.log(2.0 * math.pi)
        value: Tensor = -0.5 * white.square().sum(dim=-2) - log_det[:, None] - constant
        return value

    total = data.new_zeros(data.shape[:2])
    for sign, diffused, clean in terms:
        both = tuple(sorted(diffused + clean))
        total = total - sign * (log_density(both) - log_density(clean))
    return total


def fit_control(train: Tensor, terms: tuple[Term, ...], dims: Sequence[int]) -> Control | None:
    """Fit a control on training rows (E, N, D) of variables of dimensions ``dims``.

    The Gaussian is fitted on a tenth of the rows, evenly spread, and its mean value taken over the
    rest, so that it knows nothing of the rows its mean is taken over. Columns that depend are what
    they are to the Gaussian's score, whose covariance is made solvable in the same way. There is no
    control without terms, or where rows are too few.
    """
    data = train.double()
    _, n, dim = data.shape
    size = max(round(SHARE * n), ROWS_PER_COLUMN * dim)
    if 2 * size > n or not terms:
        return None
    fitted = torch.zeros(n, dtype=torch.bool, device=data.device)
    fitted[torch.linspace(0, n - 1, size, device=data.device).round().long()] = True
    few, rest = data[:, fitted], data[:, ~fitted]
    mean = few.mean(dim=1)
    centred = few - mean[:, None]
    covariance = well_posed(centred.mT @ centred / few.shape[1], dims)
    expected = gaussian_value(rest, mean, covariance, terms).mean(dim=1)
    return Control(mean, covariance, terms, expected, rest.shape[1])
