"""What trainings a run of the workflow is to do, in a file by which its jobs know of each other.

Written where Snakemake runs, before the first job; read by ``minde.stages.packs``. A job finds it
beside its checkpoint, so that nothing of it is a param: a run of other jobs changes no job.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from minde.io.files import atomic_write
from minde.runtime.call import STAGE

#: The stage whose jobs are listed.
TRAINS = "minde.stages.train.train_score"
#: Beside the checkpoints: the list of the run, and the folder of packs. Within a pack: its own
#: list, the mark of one that could not be trained together, and a lock; so in the folder.
TRAININGS, FOLDER = "trainings.json", "packs"
LIST, APART, LOCK = "pack.json", "apart", "lock"


def list_trainings(jobs: Iterable[Any], folder: str | Path, pack: Mapping[str, Any]) -> None:
    """List the trainings among the jobs that a run is to do; packs of anything else are given up.

    Arguments:
        jobs: Snakemake's.
        folder: Of the run's checkpoints.
        pack: The section ``minde.pack`` of the configuration.
    """
    found = [_request(job) for job in jobs if _trains(job)]
    requests = sorted(found, key=lambda r: str(r["score"]))
    at = Path(folder) / TRAININGS
    at.unlink(missing_ok=True)
    if requests:  # most runs draw, and train nothing
        atomic_write(at, json.dumps({"requests": requests, **pack}).encode())
    for path in Path(folder).glob(f"{FOLDER}/*/{LIST}"):
        with contextlib.suppress(OSError, ValueError):
            known = all(r in requests for r in json.loads(path.read_text()))
            if not known or (path.parent / APART).exists():
                shutil.rmtree(path.parent)


def forget_trainings(folder: str | Path) -> None:
    """Remove the list of a run that is done, and what its packs leave where nothing waits in it."""
    folder = Path(folder)
    for name in (TRAININGS, f"{FOLDER}/{LOCK}"):
        (folder / name).unlink(missing_ok=True)
    for empty in (folder / FOLDER, folder):
        with contextlib.suppress(OSError):
            empty.rmdir()


def _trains(job: Any) -> bool:
    stage = job.params.get(STAGE)
    return isinstance(stage, dict) and stage.get("function") == TRAINS


def _request(job: Any) -> dict[str, Any]:
    """By the names of :class:`minde.stages.request.Request`."""
    return {
        "samples": [str(path) for path in job.input.samples],
        "score": str(job.output.score),
        "family": job.wildcards.family,
        "recipe": job.wildcards.recipe,
        "options": dict(job.params.options),
        "digest": job.params[STAGE]["digest"],
    }
