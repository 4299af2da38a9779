"""Which jobs are trained in which loop, by shape and by the memory there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from minde.errors import InputError
from minde.training.job import Job
from minde.training.memory import member_bytes
from minde.training.prepared import make_network
from minde.training.stack import shape_class


@dataclass(frozen=True)
class Piece:
    """Some members of job number ``origin``, and the bytes that each takes."""

    origin: int
    job: Job
    bytes_per_member: int

    def cut(self, n: int) -> tuple[Piece, Piece]:
        """The first n members, and the rest."""
        first, rest = self.job.cut(n)
        return replace(self, job=first), replace(self, job=rest)


def plan_loops(jobs: Sequence[Job], memory: int) -> list[list[Piece]]:
    """Loops to train one after the other, each of one shape class and within ``memory`` bytes.

    Within a class jobs go by their number of inputs, so that little is padded; one that does not
    fit as a whole is cut between its members.

    Raises:
        InputError: If a single member does not fit.
    """
    classes: dict[object, list[Piece]] = {}
    for k, job in enumerate(jobs):
        network = make_network(job.family, job.recipe.network)
        rows = max(len(x) for x in job.samples)
        need = member_bytes(network, job.recipe.training, rows)
        if need > memory:
            raise InputError(
                f"training: one network of width {network.width} on {rows} rows needs about "
                f"{need / 1e9:.1f} GB, and {memory / 1e9:.1f} GB may be used; "
                "take fewer rows or a smaller batch_size"
            )
        classes.setdefault(shape_class(network, job.recipe), []).append(Piece(k, job, need))
    loops: list[list[Piece]] = []
    for pieces in classes.values():
        loops += _filled(sorted(pieces, key=lambda p: p.job.family.dim), memory)
    return loops


def _filled(pieces: list[Piece], memory: int) -> list[list[Piece]]:
    loops: list[list[Piece]] = [[]]
    # A padded member takes what the widest beside it takes; in rising order that is the newest.
    members = 0
    for whole in pieces:
        rest = whole
        while len(rest.job.seeds):
            n = min(len(rest.job.seeds), memory // rest.bytes_per_member - members)
            if n > 0:
                piece, rest = rest.cut(n)
                loops[-1].append(piece)
                members += n
            else:
                loops.append([])
                members = 0
    return loops
