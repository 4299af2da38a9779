r"""The one training loop: E score networks of one shape class, one batched step.

It minimises, for each copy on its own, the denoising loss of Eq. (5) in noise form,
:math:`\mathbb{E}_{t \sim q}\,w\,\|\hat\epsilon - \epsilon\|^2` summed over the diffused
coordinates. Copies share no number: copy k of a pack equals the same seed trained alone, up to the
rounding of batched products.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from minde.errors import StoppedError, TrainingError
from minde.io.checkpoint import below, resume_from, save_checkpoint
from minde.nn.stacked import Parameters
from minde.recipe import Recipe
from minde.training.batches import BLOCK_STEPS
from minde.training.density import TimeDensity
from minde.training.loss import Loss, tensor_float
from minde.training.optimizer import PackedOptimizer, ema_decay, ema_update
from minde.training.stack import Crew, Member
from minde.training.validation import Validator
from minde.types import Progress


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
    """Trains one member, or several of one shape class, block by block.

    Arguments:
        members: Networks, batches and seeds; with batches of rows that are not trained on, the
            history of their held-out loss is kept, and with the recipe's ``early_stopping`` the
            best EMA of each copy.
        recipe: Options, the members' own.
        checkpoint: Path to write progress to and to go on from; none if omitted.
        identity: Anything that names this training; a checkpoint with another is refused.
        checkpoint_seconds: Time between checkpoints.
        restart: Start afresh, with a warning, where the checkpoint is of another training.
    """

    def __init__(
        self,
        members: Sequence[Member],
        recipe: Recipe,
        checkpoint: str | Path | None = None,
        identity: dict[str, Any] | None = None,
        checkpoint_seconds: float = 60.0,
        restart: bool = False,
    ) -> None:
        self.crew, self.recipe = Crew(members), recipe
        self._loss = Loss(self.crew.network, recipe, self.crew.device)
        self.checkpoint = Path(checkpoint) if checkpoint is not None else None
        self.identity = {
            "recipe": recipe.to_dict(),
            "seeds": list(self.crew.seeds),
            "shape": [list(m.stream.data.shape) for m in members],
            **(identity or {}),
        }
        self.checkpoint_seconds, self.restart = checkpoint_seconds, restart
        self.parameters = {k: v.requires_grad_(True) for k, v in self.crew.init().items()}
        self.average = {k: v.detach().clone() for k, v in self.parameters.items()}
        self.halfway: list[Parameters] = []
        self.optimizer = PackedOptimizer(self.parameters, recipe)
        self.densities = [TimeDensity(m.stream) for m in members]
        self.step, self.seconds = 0, 0.0
        self.losses: list[Tensor] = []
        self.validators = [
            None if m.validation is None else Validator(m.network, m.validation, recipe)
            for m in members
        ]

    def run(self, progress: Progress | None = None) -> list[Trained]:
        """Train to the recipe's number of steps and return the result of each member.

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
            done = self._check()
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
        return [self._trained(k) for k in range(len(self.crew.members))]

    def _trained(self, k: int) -> Trained:
        place, validator = self.crew.places[k], self.validators[k]
        current = _copied(self.crew.own(self.parameters, k))
        average = _copied(self.crew.own(self.average, k))
        held_out = torch.zeros(0, 1 + place.stop - place.start)
        if validator is not None:
            held_out = validator.table()
            if self.recipe.early_stopping:
                average = validator.best
        halfway = self.halfway[k] if self.halfway else _copied(average)
        losses = torch.stack(self.losses)[:, place]
        return Trained(average, halfway, current, losses, held_out, self.step, self.seconds)

    def _check(self) -> bool:
        """Check every member's held-out loss if it is time to; True if all have stopped."""
        stopped = [
            validator is not None and validator.check(self.step, self.crew.own(self.average, k))
            for k, validator in enumerate(self.validators)
        ]
        return all(stopped)

    def _block(self) -> float:
        for k, (member, density) in enumerate(zip(self.crew.members, self.densities, strict=True)):
            density.refresh(self.step, member.network, self.crew.own(self.average, k))
        block = self.crew.block(self.step // BLOCK_STEPS)
        n = min(BLOCK_STEPS, self.recipe.n_steps - self.step)
        average, current = list(self.average.values()), list(self.parameters.values())
        total = torch.zeros(len(self.crew.seeds), device=block.values.device)
        with tensor_float(self.recipe.precision == "tf32"):
            for k in range(n):
                loss = self._loss(self.parameters, block, k)
                torch.autograd.backward(loss.sum())
                self.optimizer.step(learning_rate(self.step, self.recipe))
                decay = ema_decay(self.step, self.recipe.ema_decay, self.recipe.ema_warmup)
                ema_update(average, current, decay)
                total += loss.detach()
                self.step += 1
        mean = (total / n).cpu()
        if not bool(torch.isfinite(mean).all()):
            bad = [s for s, v in zip(self.crew.seeds, mean, strict=True) if not v.isfinite()]
            raise TrainingError(
                f"training: loss is not finite at step {self.step} for seeds {bad}; "
                "lower lr or use preprocessing='copula'"
            )
        self.losses.append(mean)
        if not self.halfway and 2 * self.step >= self.recipe.n_steps:
            self.halfway = [self._half(k) for k in range(len(self.crew.members))]
        return float(mean.mean())

    def _half(self, k: int) -> Parameters:
        average, validator = _copied(self.crew.own(self.average, k)), self.validators[k]
        return average if validator is None else validator.with_stopped(average)

    def _parts(self) -> list[TimeDensity | Validator]:
        """What keeps a state beside the weights, in a fixed order."""
        return [*self.densities, *(v for v in self.validators if v is not None)]

    def save(self) -> None:
        """Write a checkpoint now, if a path was given."""
        if self.checkpoint is None:
            return
        tensors = {f"current/{k}": v for k, v in self.parameters.items()}
        tensors |= {f"average/{k}": v for k, v in self.average.items()}
        tensors |= self.optimizer.state()
        for k, part in enumerate(self._parts()):
            tensors |= {f"part{k}/{name}": v for name, v in part.state().items()}
        for k, half in enumerate(self.halfway):
            tensors |= {f"halfway{k}/{name}": v for name, v in half.items()}
        tensors["losses"] = torch.stack(self.losses)
        meta = {"identity": self.identity, "step": self.step, "seconds": self.seconds}
        save_checkpoint(self.checkpoint, tensors, meta)

    def _resume(self) -> None:
        found = resume_from(self.checkpoint, self.identity, self.restart)
        if found is None:
            return
        tensors, meta = found
        with torch.no_grad():
            for name, parameter in self.parameters.items():
                parameter.copy_(tensors[f"current/{name}"])
                self.average[name].copy_(tensors[f"average/{name}"])
        self.optimizer.load(tensors)
        for k, part in enumerate(self._parts()):
            part.load(below(tensors, f"part{k}/", self.crew.device))
        halves = [
            below(tensors, f"halfway{k}/", self.crew.device) for k in range(len(self.crew.members))
        ]
        self.halfway = halves if all(halves) else []
        self.losses = list(tensors["losses"])
        self.step, self.seconds = meta["step"], meta["seconds"]


def _copied(p: Parameters) -> Parameters:
    return {name: value.detach().clone() for name, value in p.items()}
