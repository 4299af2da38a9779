r"""Few numbers for many columns: principal components, canonical directions, random features.

Whatever maps f of x and g of y are, :math:`I(f(X); g(Y)) \le I(X; Y)`: what is read behind them is
a lower bound, as close to the truth as the maps keep what is shared.

- ``pca``: the directions of most variance of each side. What varies little is lost, shared or not.
- ``cca``: pairs of directions of most correlation,

  .. math::
      (\Sigma_x + \lambda)^{-1/2}\, \Sigma_{xy}\, (\Sigma_y + \lambda)^{-1/2}
      = \sum_j s_j\, u_j v_j^\top ,

  canonical correlation for a small ridge :math:`\lambda`, partial least squares for a large one.
  The ridge, and how many pairs there are, follow from correlations on rows that did not fit.
- ``kernel``: the same between random cosines of the principal components, beside these themselves,
  so that dependence that is not linear is found too.

Columns go through normal scores first, so that units and tails do not matter.

References:
    Vinod, Canonical ridge and econometrics of joint production, Journal of Econometrics 4, 1976.
    Rahimi and Recht, Random features for large-scale kernel machines, NIPS 2007.
    Lopez-Paz et al., Randomized nonlinear component analysis, ICML 2014.
    Halko, Martinsson and Tropp, Finding structure with randomness, SIAM Review 53, 2011.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from minde.preprocessing.transforms import Copula
from minde.types import Array

#: Knots of a column's normal scores.
KNOTS = 200
#: Principal components under the cosines, cosines, and their width in typical distances of rows.
UNDER, COSINES, WIDTH = 64, 960, 1.0


@dataclass(frozen=True)
class Features:
    """Columns as features, fitted on rows of one variable alone.

    Attributes:
        copula: Normal scores of the columns.
        mean: Of the features, (features,).
        under: Principal components under the cosines, (columns, at most UNDER); of none empty.
        waves: Frequencies of the cosines, (components, COSINES).
        phases: Theirs, (COSINES,).
    """

    copula: Copula
    mean: Array
    under: Array
    waves: Array
    phases: Array

    @classmethod
    def fit(cls, values: Array, kernel: bool, seed: int) -> Features:
        """Fit to (n, columns), with cosines or without."""
        rng, copula = np.random.default_rng(seed), Copula.fit(values, KNOTS)
        scores = copula(values)
        none = np.empty((0, 0))
        plain = cls(copula, scores.mean(axis=0), none, none, np.empty(0))
        if not kernel:
            return plain
        under = top(scores - plain.mean, UNDER, rng)[1]
        under = under / max(float((scores @ under).std(axis=0).mean()), 1e-30)
        low = scores @ under
        far = np.linalg.norm(low - low[rng.permutation(len(low))], axis=1)
        waves = rng.normal(size=(under.shape[1], COSINES)) / (WIDTH * np.median(far[far > 0.0]))
        found = cls(copula, np.zeros(1), under, waves, rng.uniform(0.0, 2.0 * np.pi, COSINES))
        return replace(found, mean=found(values).mean(axis=0))

    def __call__(self, values: Array) -> Array:
        """Features of (n, columns), of mean zero on the rows of the fit."""
        scores = self.copula(values)
        if self.under.size:
            low = scores @ self.under
            scores = np.concatenate([low, np.cos(low @ self.waves + self.phases)], axis=1)
        centred: Array = scores - self.mean
        return centred


@dataclass(frozen=True)
class Compression:
    """A fitted map of many columns to few.

    Attributes:
        features: Of the columns.
        directions: Of the features, (features, components).
    """

    features: Features
    directions: Array

    def __call__(self, values: Array) -> Array:
        """Map (n, columns) to (n, components)."""
        out: Array = self.features(values) @ self.directions
        return out

    def first(self, count: int) -> Compression:
        """The first components."""
        return replace(self, directions=self.directions[:, :count])

    def state(self) -> dict[str, Array]:
        """Arrays that rebuild the map."""
        features = {k: v for k, v in vars(self.features).items() if k != "copula"}
        return {**features, **self.features.copula.state(), "directions": self.directions}

    @classmethod
    def from_state(cls, state: dict[str, Array]) -> Compression:
        """From :meth:`state`."""
        rest = {k: state[k] for k in ("mean", "under", "waves", "phases")}
        copula = Copula(state["knots"], state["scores"])
        return cls(Features(copula, **rest), state["directions"])


def fit_principal(values: Array, components: int, seed: int) -> Compression:
    """The principal components of (n, columns), without a look at another variable."""
    features = Features.fit(values, False, seed)
    directions = top(features(values), components, np.random.default_rng(seed))[1]
    return Compression(features, directions)


def top(matrix: Array, count: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Leading left and right singular vectors of (n, m): (n, count) and (m, count).

    By subspace iteration, so that no square of the longer side is ever formed.
    """
    count = min(count, *matrix.shape)
    guess = rng.normal(size=(matrix.shape[1], min(count + 10, *matrix.shape)))
    for _ in range(8):
        guess = np.linalg.qr(matrix.T @ (matrix @ guess))[0]
    left, _, turn = np.linalg.svd(matrix @ guess, full_matrices=False)
    return left[:, :count], (guess @ turn.T)[:, :count]
