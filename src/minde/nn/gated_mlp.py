r"""The score network of recipe ``fast``: a residual MLP whose units are products.

Two linear maps of the input, multiplied, are added to the first of them; then ``depth`` residual
blocks

.. math::
    h \mapsto h + B\,(a \odot b), \qquad (a, b) = A\,\mathrm{RMSNorm}(h) + T\,\phi(t),

follow, and a head that is affine in the noisy coordinate it puts out,

.. math::
    o_i = u_i(h) + v_i(h)\,x_i, \qquad u, v \text{ linear, zero at the start.}

A unit is quadratic in its input, so polynomials such as a squared norm or the product of a
coordinate of X and one of Y, which additive units have to piece together, are one unit away. The
slope :math:`v_i` is what scores of elliptical and rotated laws need: a coordinate times a function
of all of them (a Student's score is :math:`-x_i\,(\nu + D) / (\nu + \|x\|^2)`). The
times enter through piecewise linear ("hat") functions :math:`\phi`, which lets each layer change
with the noise level as freely as a table of ``KNOTS`` rows. A variable that is clean or absent has
no time but, where the time vector tells its role, a row of that role in the place of its hats.

References:
    Dauphin et al., Language Modeling with Gated Convolutional Networks, ICML 2017; Shazeer, GLU
    Variants Improve Transformer, 2020, arXiv:2002.05202 (the bilinear unit).
    Zhang and Sennrich, Root Mean Square Layer Normalization, NeurIPS 2019.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from minde.errors import ConfigError
from minde.nn.gated_gradient import loss_and_gradients
from minde.nn.stacked import (
    Batch,
    Network,
    Parameters,
    Room,
    init_linear,
    init_zero_linear,
    linear,
    product_of_halves,
    rms_norm,
)
from minde.seeding import generator

#: Hat functions of each entry of the time vector, their first and last knot.
KNOTS, FIRST, LAST = 16, -2.6, 2.4


def hats(times: Tensor, timed: Tensor | None = None) -> Tensor:
    """Piecewise linear basis and the times themselves, (..., V) to (..., V (KNOTS + 1)).

    Arguments:
        times: Entries, zero where a variable has no time.
        timed: One where a variable has a time and zero elsewhere, (..., V); all have one if none.
    """
    knots = torch.linspace(FIRST, LAST, KNOTS, device=times.device, dtype=times.dtype)
    spacing = (LAST - FIRST) / (KNOTS - 1)
    shape = (1.0 - ((times[..., None] - knots) / spacing).abs()).clamp(min=0.0)
    if timed is not None:
        shape = shape * timed[..., None]
    return torch.cat([shape.flatten(-2), 0.3 * times], dim=-1)


@dataclass(frozen=True)
class GatedMLP(Network):
    """Shape of the network; parameters live outside, stacked over E members.

    Arguments:
        dim_in: Inputs D, all variables concatenated.
        dim_out: Outputs, the dimensions that are ever diffused.
        n_times: Entries of the time vector, V (1 + n_roles): a time of each variable, then V
            indicators of each role.
        width: Width W.
        depth: Residual blocks.
        n_roles: Roles told by indicators. Each has a learned row of each variable in the place of
            the hats of that variable's time.

    Raises:
        ConfigError: If the width or the depth is below one.
    """

    head_parts: ClassVar[int] = 2

    dim_in: int
    dim_out: int
    n_times: int = 2
    width: int = 64
    depth: int = 3
    n_roles: int = 0

    def __post_init__(self) -> None:
        if self.width < 1 or self.depth < 1:
            raise ConfigError(
                f"network: width and depth must be at least 1, got {self.width} and {self.depth}"
            )

    def resized(self, dim_in: int, dim_out: int) -> GatedMLP:
        """The same network for other numbers of inputs and outputs."""
        return replace(self, dim_in=dim_in, dim_out=dim_out)

    def init(self, seeds: Sequence[int]) -> Parameters:
        """Parameters for one member per seed, each from its own stream; float32 on the CPU."""
        generators = [generator(seed, "init") for seed in seeds]
        p: Parameters = {}
        w, members = self.width, len(seeds)
        init_linear(p, "lift", self.dim_in, w, generators)
        init_linear(p, "lift_gate", self.dim_in, w, generators)
        features = self.n_times // (1 + self.n_roles) * (KNOTS + 1 + self.n_roles)
        p["times.weight"] = torch.zeros(members, features, 2 * w * (1 + self.depth))
        for k in range(self.depth):
            p[f"block{k}.norm.weight"] = torch.ones(members, 1, w)
            init_linear(p, f"block{k}.pair", w, 2 * w, generators)
            init_linear(p, f"block{k}.out", w, w, generators)
        init_zero_linear(p, "head.lin", w, self.head_parts * self.dim_out, members)
        return p

    def __call__(self, p: Parameters, x: Tensor, times: Tensor) -> Tensor:
        """Apply all members.

        Arguments:
            p: Stacked parameters.
            x: Inputs, (E, N, dim_in).
            times: Time vectors, (E, N, n_times).

        Returns:
            Outputs, (E, N, dim_out).
        """
        phi = self._phi(times)
        first, gate, *pairs = torch.split(
            self._table(p), [self.width] * 2 + [2 * self.width] * self.depth, dim=-1
        )
        lifted = _plus(torch.bmm(phi, first), x, p["lift.weight"])
        gated = _plus(torch.bmm(phi, gate), x, p["lift_gate.weight"])
        h = torch.addcmul(lifted, lifted, gated)
        for k, table in enumerate(pairs):
            # The norm's scale is one of the weight's rows: far fewer numbers than the batch has.
            weight = p[f"block{k}.norm.weight"].mT * p[f"block{k}.pair.weight"]
            pair = _plus(torch.bmm(phi, table), rms_norm(h), weight)
            h = h + linear(p, f"block{k}.out", product_of_halves(pair))
        offset, slope = torch.split(linear(p, "head.lin", h), self.dim_out, dim=-1)
        return torch.addcmul(offset, slope, x[..., : self.dim_out])

    def gradients(self, p: Parameters, batch: Batch, into: Parameters, room: Room) -> Tensor:
        """Loss of each member, (E,), and its gradients, by hand: see ``Network.gradients``."""
        with torch.no_grad():
            return loss_and_gradients(p, batch, self._phi(batch.times), self._table(p), into, room)

    def _table(self, p: Parameters) -> Tensor:
        """What features of times, and a one, are multiplied by to be added to both lifts and pairs.

        Biases are rows: their gradient then comes with the product, not as a sum of its own.
        """
        biased = ["lift", "lift_gate", *(f"block{k}.pair" for k in range(self.depth))]
        biases = torch.cat([p[f"{name}.bias"] for name in biased], dim=-1)
        return torch.cat([p["times.weight"], biases], dim=1)

    def _phi(self, times: Tensor) -> Tensor:
        """Features of the time vector: hats of the times, the indicators as they are, a one."""
        if not self.n_roles:
            return F.pad(hats(times), (0, 1), value=1.0)
        t, *roles = torch.chunk(times, 1 + self.n_roles, dim=-1)
        found = torch.cat([hats(t, 1.0 - torch.stack(roles).sum(0)), *roles], dim=-1)
        return F.pad(found, (0, 1), value=1.0)


def _plus(out: Tensor, x: Tensor, weight: Tensor) -> Tensor:
    """A product added to another, in its place and precision."""
    return out.baddbmm_(x.to(out.dtype), weight.to(out.dtype))
