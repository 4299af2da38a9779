r"""The one training loop: E score networks of one shape, one batched step.

It minimises, for each copy on its own, the denoising loss of Eq. (5) in noise form,
:math:`\mathbb{E}_{t \sim q}\,w\,\|\hat\epsilon - \epsilon\|^2` summed over the diffused
coordinates. Copies share no number: copy k of a pack equals the same seed trained alone, up to the
rounding of batched products.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from minde.checkpoint import resume_from, save_checkpoint
from minde.errors import StoppedError, TrainingError
from minde.nn.ema import ema_decay, ema_update
from minde.nn.network import Network
from minde.nn.packed import Parameters
from minde.recipe import Recipe
from minde.training.batches import BLOCK_STEPS, BatchStream
from minde.training.density import TimeDensity
from minde.training.optimizer import PackedOptimizer
from minde.training.validation import Validator

Progress = Callable[[int, int, float], None]


@dataclass(frozen=True)
class Trained:
    """A finished training.

    Attributes:
        average: EMA parameters, stacked over copies.
        halfway: The EMA after half of the steps; how far a read-out moved since then tells how far
            it may be from its limit.
        current: Last raw parameters.
        losses: Mean training loss of each block and copy, (blocks, E).
        held_out: Validation loss of the EMA at each check, (checks, 1 + E); first column the step.
        steps: Steps done.
        seconds: Wall time spent, over all resumptions.
    """

    average: Parameters
    halfway: Parameters
    current: Parameters
    losses: Tensor
    held_out: Tensor
    steps: int
    seconds: float


def learning_rate(step: int, recipe: Recipe) -> float:
    """Rate of a step: linear warm-up, then constant or cosine to zero."""
    rate = recipe.lr * min(1.0, (step + 1) / max(1, recipe.warmup_steps))
    if recipe.lr_schedule == "cosine":
        rate *= 0.5 * (1.0 + math.cos(math.pi * step / recipe.n_steps))
    return rate


class Trainer:
    """Trains a pack, block by block.

    Arguments:
        network: Shape of the networks.
        stream: Batches and seeds.
        recipe: Options.
        checkpoint: Path to write progress to and to go on from; none if omitted.
        identity: Anything that names this training; a checkpoint with another is refused.
        checkpoint_seconds: Time between checkpoints.
        validation: Batches of rows that are not trained on, for the history of the held-out loss.
            With the recipe's ``early_stopping`` the best EMA of each copy is kept.
    """

    def __init__(
        self,
        network: Network,
        stream: BatchStream,
        recipe: Recipe,
        checkpoint: str | Path | None = None,
        identity: dict[str, Any] | None = None,
        checkpoint_seconds: float = 60.0,
        validation: BatchStream | None = None,
    ) -> None:
        self.network, self.stream, self.recipe = network, stream, recipe
        self.checkpoint = Path(checkpoint) if checkpoint is not None else None
        self.identity = {
            "recipe": recipe.to_dict(),
            "seeds": list(stream.seeds),
            "shape": list(stream.data.shape),
            **(identity or {}),
        }
        self.checkpoint_seconds = checkpoint_seconds
        start = network.init(stream.seeds)
        self.parameters = {k: v.to(stream.data).requires_grad_(True) for k, v in start.items()}
        self.average = {k: v.detach().clone() for k, v in self.parameters.items()}
        self.halfway: Parameters | None = None
        self.optimizer = PackedOptimizer(self.parameters, recipe)
        self.density = TimeDensity(stream)
        self.step, self.seconds = 0, 0.0
        self.losses: list[Tensor] = []
        self.validator = Validator(network, validation, recipe) if validation is not None else None

    def run(self, progress: Progress | None = None) -> Trained:
        """Train to the recipe's number of steps and return the result.

        Arguments:
            progress: Called at the start and after each block with (steps done, steps in all,
                mean loss). If it raises StoppedError, a checkpoint is written first.

        Raises:
            StoppedError: If ``progress`` did.
            TrainingError: If the loss is not finite.
            CheckpointError: If the checkpoint belongs to another training.
        """
        self._resume()
        saved = started = time.perf_counter()
        before = self.seconds
        if progress is not None:
            progress(self.step, self.recipe.n_steps, math.nan)
        while self.step < self.recipe.n_steps:
            loss = self._block()
            done = self.validator is not None and self.validator.check(self.step, self.average)
            self.seconds = before + time.perf_counter() - started
            try:
                if progress is not None:
                    progress(self.step, self.recipe.n_steps, loss)
            except StoppedError:
                self.save()
                raise
            if done:
                break
            if time.perf_counter() - saved > self.checkpoint_seconds:
                self.save()
                saved = time.perf_counter()
        current = {k: v.detach().clone() for k, v in self.parameters.items()}
        average, held_out = self.average, torch.zeros(0, 1 + len(self.stream.seeds))
        if self.validator is not None:
            held_out = self.validator.table()
            if self.recipe.early_stopping:
                average = self.validator.best
        losses = torch.stack(self.losses)
        halfway = self.halfway or {k: v.clone() for k, v in average.items()}
        return Trained(average, halfway, current, losses, held_out, self.step, self.seconds)

    def _block(self) -> float:
        self.density.refresh(self.step, self.network, self.average)
        block = self.stream.block(self.step // BLOCK_STEPS)
        n = min(BLOCK_STEPS, self.recipe.n_steps - self.step)
        average, current = list(self.average.values()), list(self.parameters.values())
        total = torch.zeros(len(self.stream.seeds), device=block.values.device)
        for k in range(n):
            out = self.network(self.parameters, block.values[k], block.times[k])
            loss = (block.weights[k] * (out - block.targets[k]) ** 2).sum(dim=(1, 2))
            torch.autograd.backward(loss.sum())
            self.optimizer.step(learning_rate(self.step, self.recipe))
            decay = ema_decay(self.step, self.recipe.ema_decay, self.recipe.ema_warmup)
            ema_update(average, current, decay)
            total += loss.detach()
            self.step += 1
        mean = (total / n).cpu()
        if not bool(torch.isfinite(mean).all()):
            bad = [s for s, v in zip(self.stream.seeds, mean, strict=True) if not v.isfinite()]
            raise TrainingError(
                f"training: loss is not finite at step {self.step} for seeds {bad}; "
                "lower lr or use preprocessing='copula'"
            )
        self.losses.append(mean)
        if self.halfway is None and 2 * self.step >= self.recipe.n_steps:
            self.halfway = {k: v.clone() for k, v in self.average.items()}
        return float(mean.mean())

    def save(self) -> None:
        """Write a checkpoint now, if a path was given."""
        if self.checkpoint is None:
            return
        tensors = {f"current/{k}": v for k, v in self.parameters.items()}
        tensors |= {f"average/{k}": v for k, v in self.average.items()}
        tensors |= {f"halfway/{k}": v for k, v in (self.halfway or {}).items()}
        tensors |= self.optimizer.state() | self.density.state()
        if self.validator is not None:
            tensors |= self.validator.state()
        tensors["losses"] = torch.stack(self.losses)
        meta = {"identity": self.identity, "step": self.step, "seconds": self.seconds}
        save_checkpoint(self.checkpoint, tensors, meta)

    def _resume(self) -> None:
        found = resume_from(self.checkpoint, self.identity)
        if found is None:
            return
        tensors, meta = found
        with torch.no_grad():
            for name, parameter in self.parameters.items():
                parameter.copy_(tensors[f"current/{name}"])
                self.average[name].copy_(tensors[f"average/{name}"])
        if f"halfway/{next(iter(self.average))}" in tensors:
            self.halfway = {k: tensors[f"halfway/{k}"].to(v) for k, v in self.average.items()}
        self.optimizer.load(tensors)
        self.density.load(tensors)
        if self.validator is not None:
            self.validator.load(tensors)
        self.losses = list(tensors["losses"])
        self.step, self.seconds = meta["step"], meta["seconds"]


def train_pack(
    network: Network,
    stream: BatchStream,
    recipe: Recipe,
    checkpoint: str | Path | None = None,
    progress: Progress | None = None,
    identity: dict[str, Any] | None = None,
) -> Trained:
    """Train one pack and return its weights; see Trainer."""
    return Trainer(network, stream, recipe, checkpoint, identity).run(progress)


def split_seeds(seeds: Sequence[int], size: int) -> list[tuple[int, ...]]:
    """Split seeds into packs of at most ``size``, in order."""
    return [tuple(seeds[i : i + size]) for i in range(0, len(seeds), size)]
