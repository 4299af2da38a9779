"""Stage `train_score`: sample files of a pack of seeds in, one file of weights out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from minde.device import pick_device
from minde.diffusion.roles import Family, conditional, joint, masked
from minde.ensemble.ensemble import Pack
from minde.ensemble.storage import save_pack
from minde.errors import ConfigError
from minde.estimators.settings import recipe_for_rows
from minde.readout.measures import measure_of
from minde.runtime.progress import stoppable_progress
from minde.stages.samples import read_samples


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
    checkpoint_seconds: float = 60.0,
) -> None:
    """Train one copy a sample file and write the pack.

    SIGTERM and SIGUSR1 write a checkpoint and raise StoppedError.

    Arguments:
        samples: One file a seed, all of one task.
        score: Output safetensors.
        family: ``c`` or ``j``.
        recipe: ``paper`` or ``fast``.
        options: Recipe options to override.
        checkpoint: Progress file, kept outside the outputs and removed when done; where it is of
            other options or rows, the training starts afresh.
        threads: CPU threads.
        checkpoint_seconds: Time between checkpoints.
    """
    torch.set_num_threads(threads)
    drawn = [read_samples(p) for p in samples]
    first = drawn[0]
    roles = make_family(family, first.dims)
    chosen = recipe_for_rows(recipe, roles, len(first.train), options)
    name = f"{first.task} {family}-{recipe} seeds {[s.seed for s in drawn]}"
    with stoppable_progress(f"{name} on {pick_device().type}") as progress:
        pack = Pack.fit(
            [s.train for s in drawn],
            roles,
            chosen,
            [s.seed for s in drawn],
            checkpoint=checkpoint,
            progress=progress,
            identity={"task": first.task, "family": family},
            checkpoint_seconds=checkpoint_seconds,
            restart=True,
        )
    extra = {"task": first.task, "n_train": len(first.train)}
    save_pack(pack, score, extra)
    Path(checkpoint).unlink(missing_ok=True)
