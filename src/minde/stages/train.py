"""Stage `train_score`: sample files of some seeds in, one file of weights out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from minde.device import pick_device
from minde.diffusion.roles import Family, conditional, joint, masked
from minde.ensemble.storage import save_ensemble
from minde.ensemble.train import train
from minde.errors import ConfigError
from minde.readout.measures import measure_of
from minde.recipe import make_recipe
from minde.runtime.progress import stoppable_progress
from minde.stages.samples import read_samples
from minde.training.checkpointing import Checkpointing
from minde.training.job import Job


def make_family(name: str, dims: Sequence[int]) -> Family:
    """MINDE-C or MINDE-J; over more than two variables the patterns of their O-information."""
    makers = {"c": conditional, "j": joint}
    if name not in makers:
        raise ConfigError(f"family: must be c or j, got '{name}'")
    if len(dims) == 2:
        return makers[name](*dims)
    return replace(masked(dims, measure_of(name, len(dims)).patterns), name=name)


def train_score(
    samples: Sequence[str],
    score: str | Path,
    family: str,
    recipe: str,
    options: dict[str, Any],
    checkpoint: str | Path,
    threads: int = 1,
    digest: str = "",
) -> None:
    """Train one member per sample file and write the ensemble.

    SIGTERM and SIGUSR1 write a checkpoint and raise StoppedError.

    Arguments:
        samples: One file per seed, all of one task.
        score: Output safetensors.
        family: ``c`` or ``j``.
        recipe: ``paper`` or ``fast``.
        options: Recipe options to override.
        checkpoint: Progress file, kept outside the outputs and removed when done; where it is of
            other options or rows, the training starts afresh.
        threads: CPU threads.
        digest: Digest of the code, kept with the weights.
    """
    torch.set_num_threads(threads)
    drawn = [read_samples(p) for p in samples]
    first, seeds = drawn[0], [s.seed for s in drawn]
    roles = make_family(family, first.dims)
    chosen = make_recipe(recipe, family, roles.dim, len(first.train), **options)
    job = Job([s.train for s in drawn], roles, chosen, seeds)
    identity = {"task": first.task, "family": family}
    kept = Checkpointing(checkpoint, identity, restart=True)
    name = f"{first.task} {family}-{recipe} seeds {seeds}"
    with stoppable_progress(f"{name} on {pick_device().type}") as progress:
        (ensemble,) = train([job], progress=progress, checkpoint=kept)
    save_ensemble(ensemble, score, task=first.task, n_train=len(first.train), digest=digest)
    Path(checkpoint).unlink(missing_ok=True)
