"""Trainings of several jobs in one: what one job trains for those that come after it.

A step of ten small networks takes a GPU as long as one of hundreds. Where trainings are packed, the
job that starts first trains, in one loop, the networks of its own and of others that the run is to
train and whose samples are there; it leaves the others' weights where they find them. Every job
still writes its own file, so that after an edit only what it touches is trained again.

The run's list (``minde.runtime.trainings``) is written when it starts. What is trained together is
settled once, in a folder with the pack's list and its checkpoints, and goes on from these after a
kill. Locks are the file system's: they end with the process that holds them.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from minde.device import pick_device
from minde.errors import MindeError, StoppedError
from minde.io.files import atomic_write
from minde.runtime.digest import text_digest
from minde.runtime.trainings import APART, FOLDER, LIST, LOCK, TRAININGS
from minde.stages.request import Request, Wanted

logger = logging.getLogger(__name__)
#: Seconds between looks at what another job trains.
LOOK = 1.0


@dataclass(frozen=True)
class Trainings:
    """What a run is to train, and how it is packed.

    Attributes:
        requests: In a fixed order.
        members: Networks of a pack at most.
        where: ``gpu``, or ``any`` where a CPU's trainings are packed too.
        written: When, by the clock of the file system.
    """

    requests: Sequence[Request] = ()
    members: int = 0
    where: str = "gpu"
    written: float = 0.0

    @classmethod
    def read(cls, path: Path) -> Trainings:
        """Of a run's file; nothing to pack where there is none."""
        try:
            plain, written = json.loads(path.read_text()), path.stat().st_mtime
        except (OSError, ValueError):
            return cls()
        requests = [Request.from_dict(r) for r in plain["requests"]]
        return cls(requests, plain["members"], plain["where"], written)

    def holds(self, request: Request) -> bool:
        """Whether a request is packed with others here."""
        here = self.where == "any" or pick_device().type == "cuda"
        return here and self.members > len(request.samples) and request in self.requests


class Packs:
    """Packs of one run.

    Arguments:
        folder: Of the run's checkpoints.
        train: Trains some jobs and saves what each asked for under a path; writes checkpoints into
            a folder.
    """

    def __init__(
        self, folder: Path, train: Callable[[Sequence[Wanted], Sequence[Path], Path], None]
    ) -> None:
        self.run = Trainings.read(folder / TRAININGS)
        self.folder, self.train = folder / FOLDER, train

    def bring(self, wanted: Wanted) -> bool:
        """Have the weights that are asked for at their place; False where they are not packed.

        Whoever holds a pack's lock trains it. While another job trains ours, this one trains what
        nobody does, so that a second device is not idle.

        Raises:
            StoppedError: If a signal has come while it trained.
        """
        mine = wanted.request
        if not self.run.holds(mine):
            return False
        self.folder.mkdir(parents=True, exist_ok=True)
        while not wanted.is_in(self.left(mine)):
            pack = self._pack_of(wanted)
            if pack is not None and (pack / APART).exists():
                return False
            if not self._trained(pack) and not self._trained(self._next(mine)):
                time.sleep(LOOK)
        os.replace(self.left(mine), mine.score)
        logger.info("%s: these weights were trained in a pack", wanted.name)
        return True

    def left(self, request: Request) -> Path:
        """Where a job's weights are left for it."""
        return self.folder / f"{text_digest(request.score.encode())}.safetensors"

    def _pack_of(self, wanted: Wanted) -> Path | None:
        """The pack that a request is in, made now if there is none; none if it has been trained."""
        mine = wanted.request
        with _lock(self.folder / LOCK):
            packs = self._packs()
            for path, requests in packs.items():
                if mine in requests:
                    return path
            return None if wanted.is_in(self.left(mine)) else self._make(mine, self._free(packs))

    def _next(self, mine: Request) -> Path | None:
        """A pack, made now, of what is in none yet; none if there is nothing."""
        with _lock(self.folder / LOCK):
            free = [r for r in self._free(self._packs()) if r != mine]
            return self._make(free[0], free) if free else None

    def _packs(self) -> dict[Path, list[Request]]:
        """Packs that are to be trained."""
        paths = sorted(path.parent for path in self.folder.glob(f"*/{LIST}"))
        return {path: requests for path in paths if (requests := _listed(path))}

    def _free(self, packs: dict[Path, list[Request]]) -> list[Request]:
        """Requests in no pack that can be trained now: their samples are there, weights are not."""
        taken = [r for requests in packs.values() for r in requests]
        return [r for r in self.run.requests if r not in taken and self._is_open(r)]

    def _is_open(self, request: Request) -> bool:
        if self.left(request).exists() or not all(Path(p).exists() for p in request.samples):
            return False
        score = Path(request.score)
        return not score.exists() or score.stat().st_mtime < self.run.written

    def _make(self, first: Request, free: Sequence[Request]) -> Path:
        """A pack of a request and of those like it that come after it, around the list's end."""
        at = self.run.requests.index(first)
        free = [r for r in free if r != first and r.is_like(first)]
        chosen, members = [first], len(first.samples)
        for request in (*self.run.requests[at:], *self.run.requests[:at]):
            if request in free and members + len(request.samples) <= self.run.members:
                chosen.append(request)
                members += len(request.samples)
        path = self.folder / text_digest("\n".join(r.score for r in chosen).encode())
        atomic_write(path / LIST, json.dumps([r.to_dict() for r in chosen]).encode())
        return path

    def _trained(self, pack: Path | None) -> bool:
        """Train a pack; False if there is none, or if another job is at it."""
        if pack is None:
            return False
        try:
            with _lock(pack / LOCK, wait=False) as held:
                if held and (requests := _listed(pack)):
                    self._train(requests, pack)
                return held
        except FileNotFoundError:  # trained, and gone, since we looked
            return True

    def _train(self, requests: Sequence[Request], pack: Path) -> None:
        try:
            wanted = [request.read() for request in requests]
            names = "; ".join(w.name for w in wanted)
            logger.info("a pack of %d trainings: %s", len(wanted), names)
            self.train(wanted, [self.left(r) for r in requests], pack)
        except StoppedError:
            raise
        except (MindeError, torch.OutOfMemoryError) as error:
            # One of them is at fault, and each job is to say so of its own.
            logger.warning("these are trained apart: %s", error)
            (pack / APART).touch()
        else:
            shutil.rmtree(pack)


def _listed(pack: Path) -> list[Request]:
    """What a pack trains; nothing where it has been trained."""
    with contextlib.suppress(OSError, ValueError):
        return [Request.from_dict(r) for r in json.loads((pack / LIST).read_text())]
    return []


@contextlib.contextmanager
def _lock(path: Path, wait: bool = True) -> Iterator[bool]:
    """Hold a lock, which ends with the process; False where another holds it and we do not wait."""
    import fcntl

    with open(path, "a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True
