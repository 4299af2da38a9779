"""The paper's score network in torch's own layers, one network: another route to ResidualMLP."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Block(nn.Module):
    """Residual block: norm, SiLU, linear; the time added; norm, SiLU, linear; the skip."""

    def __init__(self, n_in: int, width: int) -> None:
        super().__init__()
        self.norm1, self.lin1 = nn.GroupNorm(8, n_in), nn.Linear(n_in, width)
        self.time = nn.Linear(width, width)
        self.norm2, self.lin2 = nn.GroupNorm(8, width), nn.Linear(width, width)
        self.skip = nn.Linear(n_in, width) if n_in != width else nn.Identity()

    def forward(self, h: Tensor, embedding: Tensor) -> Tensor:
        """The block's output, (N, width)."""
        act = nn.functional.silu
        out = self.lin1(act(self.norm1(h))) + self.time(act(embedding))
        added: Tensor = self.lin2(act(self.norm2(out))) + self.skip(h)
        return added


class ReferenceMLP(nn.Module):
    """ResidualMLP without extra levels; the names of its parameters are ResidualMLP's."""

    def __init__(self, dim_in: int, dim_out: int, width: int) -> None:
        super().__init__()
        self.lift = nn.Linear(dim_in, width)
        self.time1, self.time2 = nn.Linear(2, width), nn.Linear(width, width)
        self.mid1, self.mid2 = Block(width, width), Block(width, width)
        self.final = Block(2 * width, width)
        self.head = nn.ModuleDict(
            {"norm": nn.GroupNorm(8, width), "lin": nn.Linear(width, dim_out)}
        )

    def forward(self, x: Tensor, times: Tensor) -> Tensor:
        """Outputs (N, dim_out) of inputs (N, dim_in) and times (N, 2)."""
        embedding = self.time2(nn.functional.gelu(self.time1(times)))
        skip = h = self.lift(x)
        h = self.mid2(self.mid1(h, embedding), embedding)
        h = self.final(torch.cat([h, skip], dim=-1), embedding)
        out: Tensor = self.head["lin"](nn.functional.silu(self.head["norm"](h)))
        return out
