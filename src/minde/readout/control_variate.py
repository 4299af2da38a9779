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

from minde.diffusion.gaussian import GaussianNoise, log_normals
from minde.diffusion.moments import well_posed
from minde.diffusion.roles import C, D, Family
from minde.diffusion.schedule import Schedule
from minde.readout.influence import Influence
from minde.readout.measures import Measure
from minde.readout.readout import Readout

#: Share of the training rows that the Gaussian is fitted on, and the least number per column.
SHARE, ROWS_PER_COLUMN = 0.1, 20
#: Leverage of a heavy row from which there is no control.
MOST_LEVERAGE = 0.5
#: Test rows that two slopes and a mean take at least.
LEAST_TEST_ROWS = 10


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
        others: Training rows that did not fit the Gaussian, (M,), true or false.
        known: c of these rows, (E, m), times their weights.
        weights: Of these rows, with the mean one, (E, m), where they differ.
    """

    mean: Tensor
    covariance: Tensor
    terms: tuple[Term, ...]
    others: Tensor
    known: Tensor
    weights: Tensor | None = None

    @property
    def expected(self) -> Tensor:
        """Mean of c over rows that neither fit the Gaussian nor are tested, (E,)."""
        return self.known.sum(dim=1) / max(1, self.known.shape[1])

    def of_noise(self) -> Control:
        """Without the rows' part, m = 0: in time order they know what fitted the Gaussian."""
        return replace(self, others=torch.zeros_like(self.others), known=self.known[:, :0])

    def gaussian(self, family: Family, schedule: Schedule) -> GaussianNoise:
        """The exact noise predictions of the Gaussian."""
        return GaussianNoise(self.covariance, family, schedule, self.mean)

    def values(self, data: Tensor, gaussian: Tensor, weights: Tensor | None = None) -> Tensor:
        """The two control variates w and c, (E, 2, N), double, times the rows' weights.

        Arguments:
            data: The test rows, (E, N, D).
            gaussian: The Gaussian's gap at the same rows, times and noise, (E, N).
            weights: Of the rows, (E, N), where they differ.
        """
        c = gaussian_value(data.double(), self.mean, self.covariance, self.terms)
        c = c if weights is None else weights * c
        return torch.stack([gaussian.double() - c, c], dim=1)

    def apply(self, readout: Readout, controls: Tensor) -> Readout:
        """The read-out with its mean corrected by :meth:`values` of its rows.

        What every row adds moves by the same amount, so that it averages to the estimate; the
        integrand moves in proportion to its size, so as to sum to it.
        """
        v, n, m = readout.pointwise.double(), controls.shape[2], self.known.shape[1]
        one = v.new_ones(1) if readout.weights is None else readout.weights
        share = v.new_tensor([1.0, m / (m + n)])
        mean = controls.mean(dim=2)
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
        expected = torch.stack([torch.zeros_like(self.expected), self.expected], dim=1)
        shift = (slope * (expected - mean)).sum(dim=1)
        # What slopes without the row itself change.
        shift = shift + ((share[:, None] * parts).sum(dim=1) * rest / left).mean(dim=1)
        residual = (level - (slope[..., None] * centred).sum(dim=1)) / (n * left)
        train = v.new_zeros(len(v), len(self.others))
        train[:, self.others] = slope[:, 1:] * Influence.of_mean(self.known, self.weights).test
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


def gaussian_value(data: Tensor, mean: Tensor, covariance: Tensor, terms: Sequence[Term]) -> Tensor:
    """Pointwise value of a measure under a Gaussian per member, (E, N), nats."""

    def log_density(columns: tuple[int, ...]) -> Tensor:
        k = torch.tensor(columns, dtype=torch.long, device=data.device)
        if not columns:
            return data.new_zeros(data.shape[:2])
        return log_normals(data[..., k] - mean[:, None, k], covariance[:, k[:, None], k])

    total = data.new_zeros(data.shape[:2])
    for sign, diffused, clean in terms:
        both = tuple(sorted(diffused + clean))
        total = total - sign * (log_density(both) - log_density(clean))
    return total


def fit_control(
    train: Tensor, terms: tuple[Term, ...], dims: Sequence[int], weights: Tensor | None = None
) -> Control | None:
    """Fit a control on training rows (E, N, D), with weights (E, N), of variables of ``dims``.

    The Gaussian is fitted on a tenth of the rows, evenly spread, and its mean value taken over the
    rest, so that it knows nothing of the rows its mean is taken over. Columns that depend are what
    they are to the Gaussian's score, whose covariance is made solvable in the same way. There is no
    control without terms, or where rows are too few.
    """
    data = train.double()
    fitted = _fitted_on(data)
    if fitted is None or not terms:
        return None
    mean, covariance = _moments(data[:, fitted], dims, _some(weights, fitted))
    known = gaussian_value(data[:, ~fitted], mean, covariance, terms)
    return _known(Control(mean, covariance, terms, ~fitted, known), _some(weights, ~fitted))


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
