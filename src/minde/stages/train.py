"""Stage `train_score`: sample files of some seeds in, one file of weights out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from minde.device import pick_device
from minde.ensemble.train import train
from minde.runtime.progress import stoppable_progress
from minde.stages.packs import Packs
from minde.stages.request import Request, Wanted
from minde.training.checkpointing import Checkpointing


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

    On a GPU a job may find that one before it has trained its networks beside its own, or train
    those of others beside its own (see ``minde.stages.packs``). SIGTERM and SIGUSR1 write a
    checkpoint and raise StoppedError.

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
    request = Request([*samples], str(score), family, recipe, options, digest)
    wanted, kept = request.read(), Path(checkpoint)
    if Packs(kept.parent, _train_pack).bring(wanted):
        return
    identity = {"task": wanted.about["task"], "family": family}
    _train([wanted], [score], Checkpointing(kept, identity, restart=True))
    kept.unlink(missing_ok=True)


def _train_pack(wanted: Sequence[Wanted], paths: Sequence[Path], folder: Path) -> None:
    """Train in as few loops as memory allows; progress goes into a folder."""
    _train(wanted, paths, Checkpointing(folder, restart=True, folder=True))


def _train(wanted: Sequence[Wanted], paths: Sequence[str | Path], kept: Checkpointing) -> None:
    first, others = wanted[0].name, f" and {len(wanted) - 1} more" if len(wanted) > 1 else ""
    with stoppable_progress(f"{first}{others} on {pick_device().type}") as progress:
        ensembles = train([w.job for w in wanted], progress=progress, checkpoint=kept)
    for asked, ensemble, path in zip(wanted, ensembles, paths, strict=True):
        asked.save(ensemble, path)
