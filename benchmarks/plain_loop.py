"""The training loop as one would write it: a torch.nn module, one network, draws at every step.

Same network, loss and optimiser as recipe ``paper`` (Adam, weight average of 0.999, one pattern
drawn a batch, times by importance), no batching of members or of draws. It is the baseline that
``step.py`` gives ratios against, and follows the protocol of MINDE's public code without its
Lightning and data loader, which would add to it.
"""

from __future__ import annotations

import copy

import torch

from minde.diffusion.schedule import VPSchedule
from minde.training.batches import BLOCK_STEPS
from reference_mlp import ReferenceMLP


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
        self.network = ReferenceMLP(2 * dim, dim, width).to(device)
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
