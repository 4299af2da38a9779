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
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from minde.arrays import Array
from minde.baselines.layers import hidden_layers
from minde.baselines.torch_fit import fit, mlp, standardised

N_SHIFTS = 32


def js_loss(joint: Tensor, product: Tensor) -> Tensor:
    """Minus the Jensen-Shannon bound from critic values on joint and product samples."""
    return F.softplus(-joint).mean() + F.softplus(product).mean()


def smile(joint: Tensor, product: Tensor, tau: float) -> float:
    """The estimate in nats from critic values on joint and product samples."""
    clipped = product.double().clamp(-tau, tau).flatten()
    log_mean = torch.logsumexp(clipped, dim=0) - math.log(clipped.numel())
    return float(joint.double().mean() - log_mean)


def run(
    kind: str,
    train: tuple[Array, Array],
    test: tuple[Array, Array],
    options: dict[str, Any],
    seed: int,
) -> float:
    """Estimate mutual information in nats on the test points.

    The expectation over the product runs over pairs of test points shifted against each other by
    32 random distances.
    """
    (x, y), (x_test, y_test) = standardised(train, test)
    layers = hidden_layers(options["hidden_layers"], x.shape[1], y.shape[1])
    torch.manual_seed(seed)
    critic = mlp(x.shape[1] + y.shape[1], layers, 1, nn.ReLU)

    def value(a: Tensor, b: Tensor) -> Tensor:
        out: Tensor = critic(torch.cat([a, b], dim=-1)).squeeze(-1)
        return out

    def loss(a: Tensor, b: Tensor, g: torch.Generator) -> Tensor:
        if len(a) < 2:
            return js_loss(value(a, b), value(a, b))
        shift = int(torch.randint(1, len(a), (1,), generator=g))
        return js_loss(value(a, b), value(a, b.roll(shift, dims=0)))

    keep = slice(options["max_train"])
    fit(critic, loss, (x[keep], y[keep]), options, seed)
    x_test, y_test = x_test[: options["max_test"]], y_test[: options["max_test"]]
    g = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        joint = value(x_test, y_test)
        shifts = torch.randint(1, len(x_test), (N_SHIFTS,), generator=g).tolist()
        product = torch.stack([value(x_test, y_test.roll(s, dims=0)) for s in shifts])
    return smile(joint, product, options["tau"])
