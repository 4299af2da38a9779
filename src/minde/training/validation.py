"""Validation loss during training: its history, and the best weights of each member."""

from __future__ import annotations

import torch
from torch import Tensor

from minde.io.checkpoint import below
from minde.nn.stacked import Parameters, squared_error
from minde.options import TrainingOptions
from minde.training.batches import BatchStream, interval

#: Checks in a full training, and batches of each.
CHECKS, BATCHES = 20, 8


class Validator:
    """Checks the EMA on a few fixed validation batches, the same noise at every check.

    With ``early_stopping`` a member has stopped once ``patience`` checks in a row were
    no better; its best weights then stay what they are, however long the others go on.

    Arguments:
        stream: Batches of rows that are not trained on.
        options: The training's ``n_steps``, ``early_stopping`` and ``patience``.
    """

    def __init__(self, stream: BatchStream, options: TrainingOptions) -> None:
        self.network, self.options = stream.denoiser.network, options
        self.block = stream.block(0)
        self.every = interval(options.n_steps, CHECKS)
        members = len(stream.seeds)
        self.rows: list[Tensor] = []
        self.best: Parameters = {}
        self.lowest = torch.full((members,), torch.inf, device=stream.data.device)
        self.waited = torch.zeros(members, dtype=torch.long, device=stream.data.device)

    @torch.no_grad()
    def loss(self, average: Parameters) -> Tensor:
        """Mean validation loss per member, (E,)."""
        total = torch.zeros_like(self.lowest)
        for k in range(BATCHES):
            x, times, *target = self.block.batch(k)
            total += squared_error(self.network(average, x, times), *target)
        return total / BATCHES

    def due(self, step: int) -> bool:
        """Whether it is time to check."""
        return step % self.every == 0 or step >= self.options.n_steps

    def check(self, step: int, average: Parameters) -> None:
        """Note the loss, and the best weights of members that go on."""
        loss = self.loss(average)
        self.rows.append(torch.cat([loss.new_tensor([float(step)]), loss]).cpu())
        if not self.options.early_stopping:
            return
        better = (loss < self.lowest) & ~self.stopped
        if not self.best:
            self.best = {k: v.clone() for k, v in average.items()}
        for name, value in average.items():
            self.best[name][better] = value[better]
        self.lowest = torch.where(better, loss, self.lowest)
        self.waited = torch.where(better, 0, self.waited + 1)

    @property
    def stopped(self) -> Tensor:
        """Which members have stopped, (E,)."""
        return self.waited >= self.options.patience

    def with_stopped(self, average: Parameters) -> Parameters:
        """``average`` with the best weights in place of those of members that have stopped."""
        for name, value in self.best.items():
            average[name][self.stopped] = value[self.stopped]
        return average

    def table(self) -> Tensor:
        """History, (checks, 1 + E): step and the loss of each member."""
        return torch.stack(self.rows) if self.rows else torch.zeros(0, 1 + len(self.lowest))

    def state(self) -> Parameters:
        """Tensors that a resumed training needs."""
        tensors = {f"best/{k}": v for k, v in self.best.items()}
        tensors |= {"lowest": self.lowest, "waited": self.waited}
        return tensors | {"table": self.table()}

    def load(self, tensors: Parameters) -> None:
        """Take the state back from :meth:`state`."""
        self.best = below(tensors, "best/")
        self.lowest, self.waited = tensors["lowest"], tensors["waited"]
        self.rows = list(tensors["table"].cpu())
