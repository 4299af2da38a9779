r"""The one training loop: E score networks of one shape class, one batched step.

It minimises, for each member on its own, the denoising loss of Eq. (5) in noise form,
:math:`\mathbb{E}_{t \sim q}\,w\,\|\hat\epsilon - \epsilon\|^2` summed over the diffused
coordinates. Members share no number: member k of an ensemble equals the same seed trained alone, up
to the rounding of batched products.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Sequence

import torch
from torch import Tensor

from minde.errors import StoppedError, TrainingError
from minde.io.checkpoint import below, resume_from, save_checkpoint
from minde.nn.stacked import Parameters
from minde.training.batches import BLOCK_STEPS
from minde.training.checkpointing import Checkpointing
from minde.training.density import TimeDensity
from minde.training.loss import Loss, tensor_float
from minde.training.optimizer import StackedOptimizer, ema_decay, laid_flat, learning_rate
from minde.training.prepared import PreparedJob
from minde.training.stack import Stack
from minde.training.trained import Trained
from minde.training.validation import Validator
from minde.training.worth import Worth
from minde.types import Progress


class Trainer:
    """Trains one job, or several of one shape class, block by block.

    Of jobs with validation batches the history of their loss is kept, and with ``early_stopping``
    the best EMA of each member.

    Arguments:
        jobs: What to train; all of one recipe.
        checkpoint: Where to write progress and go on from; none if omitted.
    """

    def __init__(
        self, jobs: Sequence[PreparedJob], checkpoint: Checkpointing | None = None
    ) -> None:
        self.stack, recipe = Stack(jobs), jobs[0].recipe
        self.options = recipe.training
        self._loss = Loss(self.stack.network, self.options, self.stack.device)
        self.checkpoint = checkpoint
        self.identity = {
            "state": 2,  # of the optimiser, as one vector
            "recipe": recipe.to_dict(),
            "seeds": list(self.stack.seeds),
            "shape": [list(job.train.data.shape) for job in jobs],
        }
        if checkpoint is not None:
            self.identity |= {"rows": _digest(jobs), **checkpoint.identity}
        self.parameters = {k: v.requires_grad_(True) for k, v in self.stack.init().items()}
        self.average = {k: v.detach().clone() for k, v in self.parameters.items()}
        self.halfway: list[Parameters] = []
        self.optimizer = StackedOptimizer(self.parameters, self.options)
        self._averages = laid_flat([self.average[name] for name in self.optimizer.names])
        self.densities = [TimeDensity(job.train) for job in jobs]
        self.step, self.seconds = 0, 0.0
        self.losses: list[Tensor] = []
        self.validators = [
            None if job.validation is None else Validator(job.validation, self.options)
            for job in jobs
        ]
        self.worths = [Worth(job) if self.options.looks_for_idle else None for job in jobs]
        self._told = [False] * len(jobs)

    def run(self, progress: Progress | None = None) -> list[Trained]:
        """Train to the recipe's number of steps and return the result of each job.

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
        before, done = self.seconds, self._ended()
        if progress is not None:
            progress(self.step, self.options.n_steps, math.nan)
        while self.step < self.options.n_steps and not done:
            loss = self._block()
            done = self._check()
            self.seconds = before + time.perf_counter() - started
            try:
                if progress is not None:
                    progress(self.step, self.options.n_steps, loss)
            except StoppedError:
                self.save()
                raise
            if self.checkpoint and time.perf_counter() - saved > self.checkpoint.seconds:
                self.save()
                saved = time.perf_counter()
        if self.checkpoint and self.checkpoint.folder:
            self.save()  # for those that find this one done when they go on
        for k in range(len(self.stack.jobs)):
            self._tell(k)
        return [self._trained(k) for k in range(len(self.stack.jobs))]

    def _trained(self, k: int) -> Trained:
        members, validator = self.stack.slices[k], self.validators[k]
        if self._given_up(k):
            return Trained.untrained(self.stack.jobs[k])
        current = _copied(self.stack.own(self.parameters, k))
        average = _copied(self.stack.own(self.average, k))
        table = torch.zeros(0, 1 + members.stop - members.start)
        if validator is not None:
            table = validator.table()
            if self.options.early_stopping:
                average = validator.best
        halfway = self.halfway[k] if self.halfway else _copied(average)
        idle = (worth := self.worths[k]) is not None and worth.ended
        if worth is not None and idle:
            average, halfway = worth.kept, _copied(worth.kept)
        losses = self._losses()[:, members]
        seconds = self.seconds * (members.stop - members.start) / len(self.stack.seeds)
        return Trained(average, halfway, current, losses, table, self.step, seconds, idle)

    def _check(self) -> bool:
        """Check every job's validation loss if it is time to; True if all have stopped."""
        stopped = [self._stopped(k) for k in range(len(self.stack.jobs))]
        return all(stopped)

    def _stopped(self, k: int) -> bool:
        """Check a job if it is time to; True if all of its members have stopped."""
        validator, worth = self.validators[k], self.worths[k]
        if self._given_up(k):
            return True
        if validator is None:
            return False
        if validator.due(self.step):
            average = self.stack.own(self.average, k)
            validator.check(self.step, average)
            if worth is not None and not validator.stopped.all():
                worth.check(self.step, average, validator)
        if stopped := self._has_ended(k):
            self._tell(k)
        return stopped

    def _has_ended(self, k: int) -> bool:
        """Whether all members of a job have stopped, or all of them given up."""
        validator, worth = self.validators[k], self.worths[k]
        stopped = validator is not None and bool(validator.stopped.all())
        return stopped or (worth is not None and worth.ended)

    def _given_up(self, k: int) -> bool:
        """Whether it is known that there is nothing to learn for a job."""
        hears = self.stack.jobs[k].hears
        return hears is not None and hears.nothing

    def _tell(self, k: int) -> None:
        """Tell the networks on half of the rows, once, whether these added anything."""
        job, worth = self.stack.jobs[k], self.worths[k]
        if job.tells is not None and not self._told[k]:
            self._told[k] = True
            job.tells.tell(len(job.train.seeds), worth is not None and worth.ended)

    def _ended(self) -> bool:
        """Whether all members of all jobs had stopped before a kill."""
        return all(self._has_ended(k) or self._given_up(k) for k in range(len(self.stack.jobs)))

    def _block(self) -> float:
        for k, density in enumerate(self.densities):
            density.refresh(self.step, self.stack.own(self.average, k))
        block = self.stack.block(self.step // BLOCK_STEPS)
        n = min(BLOCK_STEPS, self.options.n_steps - self.step)
        total = torch.zeros(len(self.stack.seeds), device=block.values.device)
        with tensor_float(self.options.precision == "tf32"):
            for k in range(n):
                loss = self._loss(self.parameters, block, k, self.optimizer.gradients)
                self.optimizer.step(learning_rate(self.step, self.options))
                decay = ema_decay(self.step, self.options.ema_decay, self.options.ema_warmup)
                self._averages.lerp_(self.optimizer.vector, 1.0 - decay)
                total += loss
                self.step += 1
        mean = (total / n).cpu()
        if not bool(torch.isfinite(mean).all()):
            bad = [s for s, v in zip(self.stack.seeds, mean, strict=True) if not v.isfinite()]
            raise TrainingError(
                f"training: loss is not finite at step {self.step} for seeds {bad}; "
                "lower lr or use preprocessing='copula'"
            )
        self.losses.append(mean)
        if not self.halfway and 2 * self.step >= self.options.n_steps:
            self.halfway = [self._half(k) for k in range(len(self.stack.jobs))]
        return float(mean.mean())

    def _losses(self) -> Tensor:
        """Of each block, none if all were given up before the first, (blocks, members)."""
        return torch.stack(self.losses) if self.losses else torch.zeros(0, len(self.stack.seeds))

    def _half(self, k: int) -> Parameters:
        average, validator = _copied(self.stack.own(self.average, k)), self.validators[k]
        return average if validator is None else validator.with_stopped(average)

    def _parts(self) -> list[TimeDensity | Validator | Worth]:
        """What keeps a state beside the weights, in a fixed order."""
        both = (*self.validators, *self.worths)
        return [*self.densities, *(part for part in both if part is not None)]

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
        tensors["losses"] = self._losses()
        meta = {"identity": self.identity, "step": self.step, "seconds": self.seconds}
        save_checkpoint(self.checkpoint.file(self.identity), tensors, meta)

    def _resume(self) -> None:
        c = self.checkpoint
        if c is None:
            return
        found = resume_from(c.file(self.identity), self.identity, c.restart)
        if found is None:
            return
        tensors, meta = found
        with torch.no_grad():
            for name, parameter in self.parameters.items():
                parameter.copy_(tensors[f"current/{name}"])
                self.average[name].copy_(tensors[f"average/{name}"])
        self.optimizer.load(tensors)
        for k, part in enumerate(self._parts()):
            part.load(below(tensors, f"part{k}/", self.stack.device))
        halves = [
            below(tensors, f"halfway{k}/", self.stack.device) for k in range(len(self.stack.jobs))
        ]
        self.halfway = halves if all(halves) else []
        self.losses = list(tensors["losses"])
        self.step, self.seconds = meta["step"], meta["seconds"]


def _digest(jobs: Sequence[PreparedJob]) -> str:
    """Of the rows that train."""
    found = hashlib.sha256()
    for job in jobs:
        found.update(job.train.data.cpu().numpy().tobytes())
    return found.hexdigest()


def _copied(p: Parameters) -> Parameters:
    return {name: value.detach().clone() for name, value in p.items()}
