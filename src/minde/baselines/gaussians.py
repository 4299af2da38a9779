r"""Mutual information of a mixture of Gaussians that was fitted to normal scores of the columns.

.. math::
    \hat I = \operatorname{mean}_{test}
    \big[ \log \hat p(z) - \log \hat p(z_x) - \log \hat p(z_y) \big] ,

with the marginals of the same mixture. As good as the form fits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from minde.diffusion.mixture import Mixture
from minde.diffusion.moments import moments, well_posed
from minde.preprocessing.transforms import Copula
from minde.training.expectation import fit_mixture
from minde.training.mixture import fit_mixtures
from minde.types import XY


def run(kind: str, train: XY, test: XY, options: Any, seed: int) -> float:
    """Estimate mutual information in nats; one Gaussian where more do no better.

    Arguments:
        kind: ``mixture_of_gaussians``.
        train: x and y of the rows that it is fitted to.
        test: x and y of the rows that it is read on.
        options: None to choose.
        seed: Not used; the fit has a start of its own.
    """
    dims = [part.shape[1] for part in train]
    fitted, asked = (np.concatenate(part, axis=1) for part in (train, test))
    scores = Copula.fit(fitted)
    z = scores(fitted)
    mixture = fit_mixtures([z], dims)
    if mixture is None:
        scale = well_posed(moments([z])[1], dims)
        mixture = fit_mixture(torch.from_numpy(z)[None], scale, 1)
    rows = torch.from_numpy(scores(asked))[None]
    own = torch.arange(dims[0]), torch.arange(dims[0], sum(dims))
    parts = [_marginal(mixture, at).log_density(rows[..., at]) for at in own]
    return float((mixture.log_density(rows) - parts[0] - parts[1]).mean())


def _marginal(mixture: Mixture, at: torch.Tensor) -> Mixture:
    covariances = mixture.covariances[..., at[:, None], at]
    return Mixture(mixture.weights, mixture.means[..., at], covariances)
