r"""SMILE: Donsker-Varadhan's value of a critic trained by the Jensen-Shannon bound.

.. math::
    I_{\mathrm{SMILE}} = \mathbb{E}_{p(x, y)}[T] -
    \log \mathbb{E}_{p(x) p(y)}\left[\mathrm{clip}(e^{T}, e^{-\tau}, e^{\tau})\right] .

References:
    Song and Ermon, Understanding the Limitations of Variational Mutual Information Estimators,
    ICLR 2020, https://arxiv.org/abs/1910.06222 (Eq. 16).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from minde.baselines.fit import Pair, fit, hidden_layers, mlp, standardised
from minde.types import XY

if TYPE_CHECKING:
    from minde.baselines.kinds import SmileConvOptions, SmileOptions

N_SHIFTS = 32
Value = Callable[[Tensor, Tensor], Tensor]


def js_loss(joint: Tensor, product: Tensor) -> Tensor:
    """Minus the Jensen-Shannon bound from critic values on joint and product samples."""
    return F.softplus(-joint).mean() + F.softplus(product).mean()


def smile(joint: Tensor, product: Tensor, tau: float) -> float:
    """The estimate in nats from critic values on joint and product samples."""
    clipped = product.double().clamp(-tau, tau).flatten()
    log_mean = torch.logsumexp(clipped, dim=0) - math.log(clipped.numel())
    return float(joint.double().mean() - log_mean)


def fit_and_read(
    critic: nn.Module,
    value: Value,
    train: Pair,
    test: Pair,
    options: SmileOptions | SmileConvOptions,
    seed: int,
    n_shifts: int = N_SHIFTS,
    chunk: int | None = None,
) -> float:
    """Train a critic and read the estimate, nats, on the test points.

    The expectation over the product runs over pairs of test points shifted against each other by
    ``n_shifts`` random distances.

    Arguments:
        critic: Trained in place.
        value: The critic's values, (n,), of rows of x and y.
        train: Rows of x and y.
        test: Rows of x and y.
        options: Those of ``fit``, and tau.
        seed: Of the training and of the distances.
        n_shifts: Number of distances.
        chunk: Test pairs evaluated at a time; all of them by default.
    """

    def loss(a: Tensor, b: Tensor, g: torch.Generator) -> Tensor:
        if len(a) < 2:
            return js_loss(value(a, b), value(a, b))
        shift = int(torch.randint(1, len(a), (1,), generator=g))
        return js_loss(value(a, b), value(a, b.roll(shift, dims=0)))

    fit(critic, loss, train, options, seed)
    x, y = test
    size = chunk or len(x)

    def values(shifted: Tensor) -> Tensor:
        parts = zip(torch.split(x, size), torch.split(shifted, size), strict=True)
        return torch.cat([value(a, b) for a, b in parts])

    g = torch.Generator().manual_seed(seed)
    shifts = torch.randint(1, len(x), (n_shifts,), generator=g).tolist()
    with torch.no_grad():
        joint = values(y)
        product = torch.stack([values(y.roll(s, dims=0)) for s in shifts])
    return smile(joint, product, options.tau)


def run(kind: str, train: XY, test: XY, options: SmileOptions, seed: int) -> float:
    """Estimate mutual information in nats on the test points."""
    (x, y), (x_test, y_test) = standardised(train, test)
    layers = hidden_layers(options.hidden_layers, x.shape[1], y.shape[1])
    torch.manual_seed(seed)
    critic = mlp(x.shape[1] + y.shape[1], layers, 1, nn.ReLU)

    def value(a: Tensor, b: Tensor) -> Tensor:
        out: Tensor = critic(torch.cat([a, b], dim=-1)).squeeze(-1)
        return out

    keep, most = options.max_train, options.max_test
    tested = (x_test[:most], y_test[:most])
    return fit_and_read(critic, value, (x[:keep], y[:keep]), tested, options, seed)
