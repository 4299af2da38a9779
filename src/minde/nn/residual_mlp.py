r"""The paper's score network: a residual MLP with time conditioning (§C.3, Tables 2-3).

One linear layer lifts the D inputs to the width W and is kept as a skip. A two-layer MLP embeds the
vector of times (one entry per variable). Residual blocks
:math:`h \mapsto \mathrm{skip}(h) + f_2(f_1(h) + \mathrm{Lin}(\mathrm{SiLU}(e_t)))`, with
:math:`f = \mathrm{Lin} \circ \mathrm{SiLU} \circ \mathrm{GroupNorm}_8`, follow: two of width W and
one from 2W, fed the concatenation with the skip. ``levels = 1`` adds the extra down/up pair that
the consistency tests' counts need. The head starts at zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from minde.errors import ConfigError
from minde.nn.stacked import (
    Network,
    Parameters,
    group_norm,
    init_group_norm,
    init_linear,
    init_zero_linear,
    linear,
)
from minde.seeding import generator


@dataclass(frozen=True)
class ResidualMLP(Network):
    """Shape of the network; parameters live outside, stacked over E members.

    Arguments:
        dim_in: Inputs D, all variables concatenated.
        dim_out: Outputs, the dimensions that are ever diffused.
        n_times: Entries of the time vector, one per variable.
        width: Width W, a multiple of 8, at least 16.
        levels: Extra down/up pairs (0 in the benchmark, 1 in the consistency tests).

    Raises:
        ConfigError: If the width is not a multiple of 8 and at least 16.
    """

    dim_in: int
    dim_out: int
    n_times: int = 2
    width: int = 64
    levels: int = 0

    def __post_init__(self) -> None:
        # At width 8 each of the 8 norm groups holds one channel, and the norm sends it to zero.
        if self.width < 16 or self.width % 8:
            raise ConfigError(
                f"network: width must be a multiple of 8 and at least 16, got {self.width}"
            )

    def resized(self, dim_in: int, dim_out: int) -> ResidualMLP:
        """The same network for other numbers of inputs and outputs."""
        return replace(self, dim_in=dim_in, dim_out=dim_out)

    def init(self, seeds: Sequence[int]) -> Parameters:
        """Parameters for one member per seed, each from its own stream; float32 on the CPU."""
        generators = [generator(seed, "init") for seed in seeds]
        p: Parameters = {}
        w, members = self.width, len(seeds)
        init_linear(p, "lift", self.dim_in, w, generators)
        init_linear(p, "time1", self.n_times, w, generators)
        init_linear(p, "time2", w, w, generators)
        for name, n_in in self._blocks():
            init_group_norm(p, f"{name}.norm1", n_in, members)
            init_linear(p, f"{name}.lin1", n_in, w, generators)
            init_linear(p, f"{name}.time", w, w, generators)
            init_group_norm(p, f"{name}.norm2", w, members)
            init_linear(p, f"{name}.lin2", w, w, generators)
            if n_in != w:
                init_linear(p, f"{name}.skip", n_in, w, generators)
        for level in range(self.levels):
            init_linear(p, f"down{level}.lin", w, w, generators)
            init_linear(p, f"up{level}.lin", w, w, generators)
        init_group_norm(p, "head.norm", w, members)
        init_zero_linear(p, "head.lin", w, self.dim_out, members)
        return p

    def _blocks(self) -> list[tuple[str, int]]:
        w = self.width
        down = [(f"down{level}", w) for level in range(self.levels)]
        up = [(f"up{level}", 2 * w) for level in reversed(range(self.levels))]
        return [*down, ("mid1", w), ("mid2", w), *up, ("final", 2 * w)]

    def __call__(self, p: Parameters, x: Tensor, times: Tensor) -> Tensor:
        """Apply all members.

        Arguments:
            p: Stacked parameters.
            x: Inputs, (E, N, dim_in).
            times: Time vectors, (E, N, n_times).

        Returns:
            Outputs, (E, N, dim_out).
        """
        embedding = linear(p, "time2", F.gelu(linear(p, "time1", times)))
        embedding = F.silu(embedding)
        skip = h = linear(p, "lift", x)
        stack = []
        for level in range(self.levels):
            h = self._block(p, f"down{level}", h, embedding)
            stack.append(h)
            h = linear(p, f"down{level}.lin", h)
        h = self._block(p, "mid1", h, embedding)
        h = self._block(p, "mid2", h, embedding)
        for level in reversed(range(self.levels)):
            h = self._block(p, f"up{level}", torch.cat([h, stack[level]], dim=-1), embedding)
            h = linear(p, f"up{level}.lin", h)
        h = self._block(p, "final", torch.cat([h, skip], dim=-1), embedding)
        return linear(p, "head.lin", F.silu(group_norm(p, "head.norm", h)))

    @staticmethod
    def _block(p: Parameters, name: str, h: Tensor, embedding: Tensor) -> Tensor:
        out = linear(p, f"{name}.lin1", F.silu(group_norm(p, f"{name}.norm1", h)))
        out = out + linear(p, f"{name}.time", embedding)
        out = linear(p, f"{name}.lin2", F.silu(group_norm(p, f"{name}.norm2", out)))
        return out + (linear(p, f"{name}.skip", h) if f"{name}.skip.weight" in p else h)
