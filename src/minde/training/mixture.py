r"""Mixtures of Gaussians fitted to training rows by expectation maximisation.

Covariances are kept well posed by a prior of a few rows, so that each step raises the likelihood
times that prior,

.. math::
    \Sigma_k = \frac{n_k \hat\Sigma_k + \nu\, \Sigma K^{-2/D}}{n_k + \nu} , \qquad \nu = D + 2 ,

with :math:`n_k` the rows of a component, :math:`\hat\Sigma_k` their covariance and :math:`\Sigma`
that of all rows, shrunk as K components share its volume.

References:
    Dempster, Laird and Rubin, Maximum likelihood from incomplete data via the EM algorithm, 1977.
    Fraley and Raftery, Bayesian regularization for normal mixture estimation and model-based
    clustering, Journal of Classification 24, 2007 (the prior, and its scale).
    Arthur and Vassilvitskii, k-means++: the advantages of careful seeding, 2007 (the start).
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import numpy as np
import torch
from torch import Tensor

from minde.diffusion.mixture import Mixture
from minde.diffusion.moments import moments, well_posed
from minde.diffusion.products import Products
from minde.seeding import generator
from minde.types import Array
from minde.weighing import effective_rows

#: Numbers of components to choose among, and rows that each of their parameters needs.
COMPONENTS, ROWS_PER_PARAMETER = (2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64), 3
#: Rows that are fitted at most, steps at most, and the gain per row below which they end.
MAX_ROWS, MAX_STEPS, LEAST_GAIN = 10_000, 100, 1e-4
#: Numbers in a row that are worse than the best so far, after which larger ones are tried only if
#: one of PROBES, or the largest, is better: what is in many pieces, a fast wave or a grid of blobs,
#: shows in none of the few.
PATIENCE, PROBES = 2, (8, 24)
#: Fits of the chosen number of components, from other starts, that are averaged, and components of
#: all of them at most.
STARTS, MOST = 4, 96
#: Digests of a column, one a member.
_Column = tuple[bytes, ...]


def fit_mixtures(
    rows: Sequence[Array],
    dims: Sequence[int],
    gap: int = 0,
    starts: int = STARTS,
    weights: Sequence[Array] | None = None,
) -> Mixture | None:
    """Mixtures of members' rows, as :func:`best_mixtures`; none if one Gaussian does."""
    best = best_mixtures(rows, dims, gap=gap, starts=starts, weights=weights)
    return best if best.weights.shape[1] > 1 else None


class Mixtures:
    """As :func:`fit_mixtures`, remembering what was fitted.

    The network of y given x sees the rows of x given y, their variables in another order.
    """

    def __init__(self) -> None:
        self._kept: dict[object, tuple[list[_Column], Mixture | None]] = {}

    def fit(
        self,
        rows: Sequence[Array],
        dims: Sequence[int],
        gap: int = 0,
        starts: int = STARTS,
        weights: Sequence[Array] | None = None,
    ) -> Mixture | None:
        """Mixtures of members' rows; the same rows are taken to have the same weights."""
        columns = _columns(rows)
        ends = np.cumsum(dims)
        variables = (frozenset(columns[end - d : end]) for d, end in zip(dims, ends, strict=True))
        key = frozenset(variables), gap, starts
        if key in self._kept:
            known, found = self._kept[key]
            return found and found.of_columns([known.index(column) for column in columns])
        found = fit_mixtures(rows, dims, gap, starts, weights)
        if len(set(columns)) == len(columns):
            self._kept[key] = columns, found
        return found


def _columns(rows: Sequence[Array]) -> list[_Column]:
    """What tells each column from others: a digest of its values in each member."""
    return [
        tuple(sha256(np.ascontiguousarray(x[:, k]).tobytes()).digest() for x in rows)
        for k in range(rows[0].shape[1])
    ]


def best_mixtures(
    rows: Sequence[Array],
    dims: Sequence[int],
    components: Sequence[int] = COMPONENTS,
    gap: int = 0,
    starts: int = STARTS,
    weights: Sequence[Array] | None = None,
) -> Mixture:
    r"""Mixtures of members' rows, all of one number of components, one or more.

    The number is that of the largest :math:`\ell - p / n`, with :math:`\ell` the log likelihood
    per row and p the parameters: what the mixture may be expected to reach on rows that it was not
    fitted on (Akaike, 1974). With the number it mostly rises, then falls: beyond PATIENCE that fall
    larger ones are tried where a probe of the first member's rows is better than the best so far.
    Held-out rows themselves tell less: a few of them that lie beyond the others decide.

    Of that number several mixtures from different starts are averaged: each has found other
    clusters of chance, and their mean makes unseen rows more likely than any of them. Those that
    fit worse than the best by more than the parameters buy, p / n, are left out.

    Arguments:
        rows: Rows to fit per member, (N, D), of equal numbers.
        dims: Dimension of each variable.
        components: Numbers to choose among, beside one.
        gap: Rows over which rows in time order depend, which count as one.
        starts: Fits of that number that are averaged, fewer where they are of many components.
        weights: Of the rows per member, (N,), where they differ; n is then their effective number.
    """
    step = -(-len(rows[0]) // MAX_ROWS)
    some = [x[::step] for x in rows]
    own = None if weights is None else [w[::step] / w[::step].mean() for w in weights]
    train = torch.from_numpy(np.stack(some)).double()
    w = None if own is None else torch.from_numpy(np.stack(own))
    n, dim = train.shape[1:]
    independent = min(effective_rows(own[0] if own else None, n), len(rows[0]) / max(gap, 1))
    each = 1 + dim * (dim + 3) / 2
    scale = well_posed(moments(some, weights=own)[1], dims)
    allowed = [1, *(k for k in components if ROWS_PER_PARAMETER * k * each <= independent)]

    def fit_of(mixture: Mixture, members: slice = slice(None)) -> Tensor:
        log = mixture.log_density(train[members])
        return (log if w is None else w[members] * log).mean(1)

    def tried(k: int, members: slice = slice(None)) -> tuple[Mixture, Tensor]:
        some = None if w is None else w[members]
        mixture = fit_mixture(train[members], scale[members], k, weights=some)
        return mixture, fit_of(mixture, members) - (k * each - 1) / independent

    def reached(best: Tensor, beyond: Sequence[int]) -> int:
        """The largest number worth going to, 0 if none of those beyond is."""
        probes = {k for k in beyond if k in PROBES or k == allowed[-1]}
        return max((k for k in probes if tried(k, slice(1))[1][0] > best[0]), default=0)

    found: dict[int, Mixture] = {}
    gains: dict[int, Tensor] = {}
    best, least_last = 1, 0
    for at, k in enumerate(allowed):
        found[k], gains[k] = tried(k)
        best = max(best, k, key=lambda k: float(gains[k].mean()))
        if at - allowed.index(best) >= PATIENCE and k >= least_last:
            least_last = reached(gains[best], allowed[at + 1 :])
            if not least_last:
                break
    starts = min(starts, MOST // best)
    if best == 1 or starts == 1:
        return found[best]
    more = (fit_mixture(train, scale, best, start, w) for start in range(1, starts))
    parts = [found[best], *more]
    fits = torch.stack([fit_of(m) for m in parts])
    near = fits >= fits.amax(0) - (best * each - 1) / independent
    return Mixture.averaged(parts, near.to(train))


def fit_mixture(
    rows: Tensor, scale: Tensor, k: int, start: int = 0, weights: Tensor | None = None
) -> Mixture:
    """Mixtures of k components for rows (E, N, D) of covariance ``scale`` (E, D, D).

    Arguments:
        rows: To fit.
        scale: Their covariance.
        k: Components.
        start: Number of the start.
        weights: Of the rows, with the mean one, (E, N), where they differ.
    """
    members, n, dim = rows.shape
    # The steps are the same in all coordinates; in these the prior is a multiple of one.
    factor = torch.linalg.cholesky(scale)
    white = torch.linalg.solve_triangular(factor, rows.mT, upper=False).mT
    prior, weight = k ** (-2.0 / dim) * torch.eye(dim).to(rows), dim + 2.0
    covariances = prior.expand(members, k, dim, dim)
    mixture = Mixture(rows.new_full((members, k), 1.0 / k), _start(white, k, start), covariances)
    table = Products(white)
    before = -torch.inf
    for _ in range(MAX_STEPS):
        log = table.log_terms(mixture)
        total = torch.logsumexp(log, dim=1, keepdim=True)
        shares = (log - total).exp_()
        if weights is not None:
            shares, total = weights[:, None] * shares, weights[:, None] * total
        count, means, spread = table.weighted(shares)
        covariances = (spread + weight * prior) / (count + weight)[..., None, None]
        # One row more for each, so that none is lost for good.
        mixture = Mixture((count + 1.0) / (n + k), means, covariances)
        now = float(total.mean())
        if now - before < LEAST_GAIN:
            break
        before = now
    whole = factor[:, None]
    return Mixture(
        mixture.weights, mixture.means @ factor.mT, whole @ mixture.covariances @ whole.mT
    )


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
