"""The training loop as one would write it: a torch.nn module, one network, draws at every step.

Same network, loss and optimiser as recipe ``paper`` (Adam, weight average of 0.999, one pattern
drawn a batch, times by importance), no batching of copies or of draws. It is the baseline that
``step.py`` gives ratios against, and follows the protocol of MINDE's public code without its
Lightning and data loader, which would add to it.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from minde.nn.packed import Parameters
from minde.nn.score_mlp import ScoreMLP
from minde.schedule import VPSchedule
from minde.training.batches import BLOCK_STEPS


class Block(nn.Module):
    """Residual block: norm, SiLU, linear; the time added; norm, SiLU, linear; the skip."""

    def __init__(self, n_in: int, width: int) -> None:
        super().__init__()
        self.norm1, self.lin1 = nn.GroupNorm(8, n_in), nn.Linear(n_in, width)
        self.time = nn.Linear(width, width)
        self.norm2, self.lin2 = nn.GroupNorm(8, width), nn.Linear(width, width)
        self.skip = nn.Linear(n_in, width) if n_in != width else nn.Identity()
        self.act = nn.SiLU()

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        """The block's output, (N, width)."""
        h = self.lin1(self.act(self.norm1(x))) + self.time(self.act(embedding))
        out: Tensor = self.lin2(self.act(self.norm2(h))) + self.skip(x)
        return out


class Head(nn.Module):
    """Norm, SiLU, linear."""

    def __init__(self, width: int, dim_out: int) -> None:
        super().__init__()
        self.norm, self.lin = nn.GroupNorm(8, width), nn.Linear(width, dim_out)

    def forward(self, x: Tensor) -> Tensor:
        """The network's output, (N, dim_out)."""
        out: Tensor = self.lin(nn.functional.silu(self.norm(x)))
        return out


class Plain(nn.Module):
    """The paper's network for MINDE-C; the names of its parameters are those of ScoreMLP."""

    def __init__(self, dim: int, width: int) -> None:
        super().__init__()
        self.lift = nn.Linear(2 * dim, width)
        self.time1, self.time2 = nn.Linear(2, width), nn.Linear(width, width)
        self.mid1, self.mid2 = Block(width, width), Block(width, width)
        self.final, self.head = Block(2 * width, width), Head(width, dim)

    def forward(self, x: Tensor, times: Tensor) -> Tensor:
        """Noise of X, (N, dim), from both variables (N, 2 dim) and times (N, 2)."""
        embedding = self.time2(nn.functional.gelu(self.time1(times)))
        skip = h = self.lift(x)
        h = self.mid2(self.mid1(h, embedding), embedding)
        out: Tensor = self.head(self.final(torch.cat([h, skip], dim=1), embedding))
        return out

    def take(self, p: Parameters) -> None:
        """Take the weights of the first copy of a pack."""
        own = {
            name: (value[0].mT if value[0].shape[0] > 1 else value[0]) for name, value in p.items()
        }
        shapes = {name: value.shape for name, value in self.state_dict().items()}
        self.load_state_dict({name: value.reshape(shapes[name]) for name, value in own.items()})


class PlainLoop:
    """Trains one network, step by step.

    Arguments:
        dim: Dimension of X and of Y.
        width: Width of the network.
        batch_size: Rows a step.
        lr: Learning rate.
        device: Where.
    """

    def __init__(self, dim: int, width: int, batch_size: int, lr: float, device: str) -> None:
        self.batch_size, self.schedule = batch_size, VPSchedule()
        self.data = torch.randn(20_000, 2 * dim, device=device)
        self.network = Plain(dim, width).to(device)
        self.average = copy.deepcopy(self.network)
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=lr)

    def step(self) -> None:
        """One step: draw, loss, backward, Adam, weight average."""
        rows = torch.randint(len(self.data), (self.batch_size,), device=self.data.device)
        x, y = torch.tensor_split(self.data[rows], 2, dim=1)
        t = self.schedule.importance_inverse_cdf(torch.rand(self.batch_size, 1, device=x.device))
        noise = torch.randn_like(x)
        noisy = self.schedule.alpha(t) * x + self.schedule.sigma(t) * noise
        given = float(torch.rand(()) < 0.5)
        inputs = torch.cat([noisy, given * y], dim=1)
        times = torch.cat([t, torch.full_like(t, given)], dim=1)
        loss = ((self.network(inputs, times) - noise) ** 2).sum(dim=1).mean()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        with torch.no_grad():
            pairs = zip(self.average.parameters(), self.network.parameters(), strict=True)
            for average, current in pairs:
                average.mul_(0.999).add_(current, alpha=0.001)

    def block(self) -> None:
        """As many steps as a block of the packed trainer."""
        for _ in range(BLOCK_STEPS):
            self.step()


def difference(dim: int, width: int) -> float:
    """Largest difference between this network's output and ScoreMLP's at the same weights."""
    packed = ScoreMLP(2 * dim, dim, width=width)
    weights = {k: v + 0.1 * torch.randn_like(v) for k, v in packed.init([0]).items()}
    plain = Plain(dim, width)
    plain.take(weights)
    x, times = torch.randn(32, 2 * dim), torch.rand(32, 2)
    with torch.no_grad():
        error = plain(x, times) - packed(weights, x[None], times[None])[0]
    return float(error.abs().max())
