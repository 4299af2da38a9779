"""What a training gives."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from minde.nn.stacked import Parameters
from minde.training.prepared import PreparedJob


@dataclass(frozen=True)
class Trained:
    """A finished training of one job.

    Attributes:
        average: EMA parameters, stacked over members.
        halfway: The EMA after half of the steps; how far a read-out moved since then tells how far
            it may be from its limit.
        current: Last raw parameters.
        losses: Mean training loss of each block and member, (blocks, E).
        validation_loss: Of the EMA at each check, (checks, 1 + E); first column the step.
        steps: Steps done.
        seconds: The job's share of the loop's wall time, by its members, over all resumptions.
        idle: Whether it ended early since no network adds anything to the experts.
    """

    average: Parameters
    halfway: Parameters
    current: Parameters
    losses: Tensor
    validation_loss: Tensor
    steps: int
    seconds: float
    idle: bool = False

    @classmethod
    def untrained(cls, job: PreparedJob) -> Trained:
        """Networks as they are drawn, with tables of one row."""
        seeds = job.train.seeds
        first = {k: v.to(job.judged) for k, v in job.denoiser.network.init(seeds).items()}
        nothing = torch.full((1, 1 + len(seeds)), math.nan)
        return cls(first, first, first, nothing[:, 1:], nothing, 0, 0.0)
