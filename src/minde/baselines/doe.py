r"""DoE: mutual information as a difference of two cross-entropies (Gaussian or logistic).

.. math::
    I(X; Y) \approx \mathrm{CE}[q(y)] - \mathrm{CE}[q(y \mid x)], \qquad
    \mathrm{CE}[q] = -\mathbb{E}\log q ,

with :math:`q(y)` a product of one-dimensional densities of free mean and scale, and
:math:`q(y \mid x)` the same with mean and scale from a network of x. It is neither an upper nor a
lower bound: each cross-entropy is an upper bound of its entropy.

The paper's official script differs in two ways: it never zeroes gradients, so that they pile up
over steps, and takes dim_x for the dimension of Y as well, which is wrong for the Swiss roll. The
row of the paper's Table 1 carries both.

References:
    McAllester and Stratos, Formal Limitations on the Measurement of Mutual Information, AISTATS
    2020, https://arxiv.org/abs/1811.04251.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from minde.baselines.fit import fit, hidden_layers, mlp, standardised
from minde.types import XY

if TYPE_CHECKING:
    from minde.baselines.kinds import DoeOptions


def negative_log_density(kind: str, y: Tensor, mean: Tensor, log_scale: Tensor) -> Tensor:
    """-log q(y) summed over coordinates, (N,), nats, for ``doe_gaussian`` or ``doe_logistic``."""
    z = (y - mean) * torch.exp(-log_scale)
    if kind == "doe_gaussian":
        each = 0.5 * z.square() + log_scale + 0.5 * math.log(2.0 * math.pi)
    else:
        each = z + 2.0 * F.softplus(-z) + log_scale
    return each.sum(dim=-1)


class Entropies(nn.Module):
    """q(y) and q(y | x) side by side."""

    def __init__(self, kind: str, dim_x: int, dim_y: int, layers: tuple[int, ...]) -> None:
        super().__init__()
        self.kind = kind
        self.marginal = nn.Parameter(torch.zeros(2, dim_y))
        self.conditional = mlp(dim_x, layers, 2 * dim_y, nn.Tanh)

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """-log q(y) and -log q(y | x), each (N,)."""
        mean, log_scale = self.conditional(x).chunk(2, dim=-1)
        return (
            negative_log_density(self.kind, y, self.marginal[0], self.marginal[1]),
            negative_log_density(self.kind, y, mean, log_scale),
        )


def run(kind: str, train: XY, test: XY, options: DoeOptions, seed: int) -> float:
    """Estimate mutual information in nats on the test points."""
    (x, y), (x_test, y_test) = standardised(train, test)
    layers = hidden_layers(options.hidden_layers, x.shape[1], y.shape[1])
    torch.manual_seed(seed)
    model = Entropies(kind, x.shape[1], y.shape[1], layers)

    def loss(a: Tensor, b: Tensor, _: torch.Generator) -> Tensor:
        h_y, h_y_x = model(a, b)
        total: Tensor = (h_y + h_y_x).mean()
        return total

    keep = slice(options.max_train)
    fit(model, loss, (x[keep], y[keep]), options, seed)
    with torch.no_grad():
        h_y, h_y_x = model(x_test, y_test)
    return float((h_y - h_y_x).double().mean())
