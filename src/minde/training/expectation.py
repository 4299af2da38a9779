r"""Expectation maximisation of a mixture of Gaussians, its number of components given.

Covariances are kept well posed by a prior of a few rows, so that each step raises the likelihood
times that prior,

.. math::
    \Sigma_k = \frac{n_k \hat\Sigma_k + \nu\, \Sigma K^{-2/D}}{n_k + \nu} , \qquad \nu = D + 2 ,

with :math:`n_k` the rows of a component, :math:`\hat\Sigma_k` their covariance and :math:`\Sigma`
that of all rows, shrunk as K components share its volume.

Very many rows are gone through in parts (:func:`fit_to_all`). Each keeps its own sums of shares,
rows and products; after the shares of one part have been made anew the mixture is, from the sums of
all. Every such step raises the same bound on the likelihood as one over all rows does, so that a
pass over the rows makes as many steps as there are parts.

References:
    Dempster, Laird and Rubin, Maximum likelihood from incomplete data via the EM algorithm, 1977.
    Neal and Hinton, A view of the EM algorithm that justifies incremental, sparse, and other
    variants, 1998 (by parts).
    Fraley and Raftery, Bayesian regularization for normal mixture estimation and model-based
    clustering, Journal of Classification 24, 2007 (the prior, and its scale).
    Arthur and Vassilvitskii, k-means++: the advantages of careful seeding, 2007 (the start).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from minde.diffusion.mixture import Mixture
from minde.diffusion.products import Products
from minde.seeding import generator

#: Steps at most, the gain per row below which they end, and steps before which none is hopeless.
MAX_STEPS, LEAST_GAIN, HOPE_STEPS = 100, 1e-4, 10
#: Of very many rows: those of a part, steps on the first part alone, passes over all at most, and
#: the gain per row of a pass below which they end.
PART, FIRST_STEPS, PASSES, LEAST_PASS = 10_000, 10, 8, 3e-4
#: Share of a variance by which rounding may leave a covariance without an inverse.
ROUNDED = 1e-11


def fit_mixture(
    rows: Tensor,
    scale: Tensor,
    k: int,
    start: int = 0,
    weights: Tensor | None = None,
    needed: float = -math.inf,
) -> Mixture:
    """Mixtures of k components for rows (E, N, D) of covariance ``scale`` (E, D, D).

    Arguments:
        rows: To fit.
        scale: Their covariance.
        k: Components.
        start: Number of the start.
        weights: Of the rows, with the mean one, (E, N), where they differ.
        needed: Log likelihood per row, a mean over members, without which the fit is of no use: it
            ends as it is once MAX_STEPS more, each of the gain of the last, would not reach that.
    """
    white, factor, spread = _white(rows, scale)
    return _turned(_fitted(white, k, start, weights, MAX_STEPS, needed + spread), factor)


def fit_to_all(
    rows: Tensor, scale: Tensor, k: int, start: int = 0, weights: Tensor | None = None
) -> tuple[Mixture, Tensor]:
    """As :func:`fit_mixture`, for very many rows of so few columns that products are laid out.

    Returns:
        The mixtures, and the log likelihood per row on the last pass, (E,).
    """
    found, fits = [], []
    for e in range(len(rows)):
        white, factor, spread = _white(rows[e : e + 1], scale[e : e + 1])
        mixture, fit = _by_parts(white, k, start, None if weights is None else weights[e : e + 1])
        found.append(_turned(mixture, factor))
        fits.append(fit - spread)
    return Mixture.joined(found), torch.tensor(fits).to(rows)


def _white(rows: Tensor, scale: Tensor) -> tuple[Tensor, Tensor, float]:
    """Rows of covariance one, the factor of their own, and the mean log volume it takes off.

    The steps are the same in all coordinates; in these the prior is a multiple of one.
    """
    factor = torch.linalg.cholesky(scale)
    white = torch.linalg.solve_triangular(factor, rows.mT, upper=False).mT
    return white, factor, float(factor.diagonal(dim1=-2, dim2=-1).log().sum(-1).mean())


def _by_parts(white: Tensor, k: int, start: int, weights: Tensor | None) -> tuple[Mixture, float]:
    n = white.shape[1]
    parts = [slice(at, None, -(-n // PART)) for at in range(-(-n // PART))]
    own = [None if weights is None else weights[:, part] for part in parts]
    mixture = _fitted(white[:, parts[0]], k, start, own[0], FIRST_STEPS)
    tables = [Products(white[:, part]) for part in parts]
    first = [_sums(t, mixture, w) for t, w in zip(tables, own, strict=True)]
    kept, before = [sums for sums, _ in first], sum(fit for _, fit in first) / n
    total = torch.stack(kept).sum(0)
    for _ in range(PASSES):
        now = 0.0
        for at, (table, w) in enumerate(zip(tables, own, strict=True)):
            mixture = _maximised(*table.moments(total), n)
            sums, fit = _sums(table, mixture, w)
            total, kept[at], now = total + (sums - kept[at]), sums, now + fit / n
        if now - before < LEAST_PASS:
            break
        before = now
    return _maximised(*tables[0].moments(total), n), now


def _fitted(
    white: Tensor,
    k: int,
    start: int,
    weights: Tensor | None,
    max_steps: int,
    needed: float = -math.inf,
) -> Mixture:
    members, n, dim = white.shape
    covariances = (k ** (-2.0 / dim) * torch.eye(dim).to(white)).expand(members, k, dim, dim)
    mixture = Mixture(white.new_full((members, k), 1.0 / k), _start(white, k, start), covariances)
    table = Products(white)
    before = -torch.inf
    for step in range(max_steps):
        shares, total = _shares(table, mixture, weights)
        mixture = _maximised(*table.weighted(shares), n)
        now = total / (members * n)
        hopeless = step >= HOPE_STEPS and now + MAX_STEPS * (now - before) < needed
        if now - before < LEAST_GAIN or hopeless:
            break
        before = now
    return mixture


def _sums(table: Products, mixture: Mixture, weights: Tensor | None) -> tuple[Tensor, float]:
    """Sums of the rows by the components' shares, and the log likelihood of all rows."""
    shares, fit = _shares(table, mixture, weights)
    return table.sums(shares), fit


def _shares(table: Products, mixture: Mixture, weights: Tensor | None) -> tuple[Tensor, float]:
    """Shares of the components in each row, (E, K, N), and the log likelihood of all rows."""
    log = table.log_terms(mixture)
    most = log.amax(dim=1, keepdim=True)
    shares = log.sub_(most).exp_()
    whole = shares.sum(dim=1, keepdim=True)
    shares, total = shares.div_(whole), most + whole.log()
    if weights is not None:
        shares, total = shares.mul_(weights[:, None]), weights[:, None] * total
    return shares, float(total.sum())


def _maximised(count: Tensor, means: Tensor, spread: Tensor, n: int) -> Mixture:
    """The mixture of most likelihood and prior by the moments of n rows."""
    k, dim = means.shape[1:]
    prior, weight = k ** (-2.0 / dim) * torch.eye(dim).to(means), dim + 2.0
    covariances = (spread + weight * prior) / (count + weight)[..., None, None]
    # One row more for each, so that none is lost for good.
    return Mixture((count + 1.0) / (n + k), means, covariances)


def _turned(mixture: Mixture, factor: Tensor) -> Mixture:
    """A mixture of white rows in the coordinates of the rows, of covariance factor factor'."""
    whole = factor[:, None]
    covariances = _positive(whole @ mixture.covariances @ whole.mT)
    return Mixture(mixture.weights, mixture.means @ factor.mT, covariances)


def _positive(covariances: Tensor) -> Tensor:
    """Covariances with what rounding took from those of columns that determine one another."""
    bad = torch.linalg.cholesky_ex(covariances).info > 0
    more = ROUNDED * torch.diag_embed(covariances.diagonal(dim1=-2, dim2=-1))
    return torch.where(bad[..., None, None], covariances + more, covariances)


def _start(white: Tensor, k: int, start: int) -> Tensor:
    """Rows far from one another, in proportion to the squared distance, (E, k, D)."""
    chosen = []
    for rows in white:
        g = generator(start, "mixture", k)
        at = [int(torch.randint(len(rows), (1,), generator=g))]
        far = (rows - rows[at[0]]).square().sum(1)
        while len(at) < k:
            at.append(int(torch.multinomial(far + 1e-12, 1, generator=g)))
            far = torch.minimum(far, (rows - rows[at[-1]]).square().sum(1))
        chosen.append(rows[at])
    return torch.stack(chosen)
