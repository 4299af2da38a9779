"""Several packs at once: those of one shape class in one loop, cut to the memory there is."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from minde.device import available_bytes, pick_device
from minde.diffusion.schedule import VPSchedule
from minde.ensemble.blend import Blend
from minde.ensemble.ensemble import Pack
from minde.errors import InputError
from minde.nn.stacked import Parameters
from minde.training.job import Prepared, Problem, make_network
from minde.training.memory import copy_bytes
from minde.training.stack import shape_class
from minde.training.trainer import Trainer
from minde.types import Progress

#: Share of the free memory that a training may take by its estimate.
SHARE = 0.7


@dataclass(frozen=True)
class _Piece:
    """Some copies of problem ``origin``."""

    origin: int
    problem: Problem
    bytes_a_copy: int

    @property
    def copies(self) -> int:
        return len(self.problem.seeds)

    def cut(self, n: int) -> tuple[_Piece, _Piece]:
        """The first n copies, and the rest."""
        p = self.problem
        first, rest = (
            replace(
                p,
                samples=p.samples[part],
                seeds=p.seeds[part],
                validation=p.validation[part] if p.validation is not None else None,
            )
            for part in (slice(n), slice(n, None))
        )
        return replace(self, problem=first), replace(self, problem=rest)


def plan_packs(problems: Sequence[Problem], memory: int) -> list[list[_Piece]]:
    """Loops to train one after the other, each of one shape class and within ``memory`` bytes.

    Within a class problems go by their number of inputs, so that little is padded; one that does
    not fit as a whole is cut between its copies.

    Raises:
        InputError: If a single copy does not fit.
    """
    classes: dict[object, list[_Piece]] = {}
    for k, problem in enumerate(problems):
        network = make_network(problem.family, problem.recipe)
        rows = max(len(x) for x in problem.samples)
        need = copy_bytes(network, problem.recipe, rows)
        if need > memory:
            raise InputError(
                f"training: one network of width {network.width} on {rows} rows needs about "
                f"{need / 1e9:.1f} GB, and {memory / 1e9:.1f} GB may be used; "
                "take fewer rows or a smaller batch_size"
            )
        piece = _Piece(k, problem, need)
        classes.setdefault(shape_class(network, problem.recipe), []).append(piece)
    loops: list[list[_Piece]] = []
    for pieces in classes.values():
        loops += _filled(sorted(pieces, key=lambda p: p.problem.family.dim), memory)
    return loops


def _filled(pieces: list[_Piece], memory: int) -> list[list[_Piece]]:
    loops: list[list[_Piece]] = [[]]
    # A padded copy takes what the widest beside it takes; in rising order that is the newest.
    copies = 0
    for whole in pieces:
        rest = whole
        while rest.copies:
            n = min(rest.copies, memory // rest.bytes_a_copy - copies)
            if n > 0:
                piece, rest = rest.cut(n)
                loops[-1].append(piece)
                copies += n
            else:
                loops.append([])
                copies = 0
    return loops


def fit_packs(
    problems: Sequence[Problem],
    device: str = "auto",
    schedule: VPSchedule | None = None,
    progress: Progress | None = None,
    memory: int | None = None,
) -> list[Pack]:
    """Train every problem and return its pack, in order.

    Problems of one recipe and width share a loop, whatever their dimensions (see
    ``minde.training.stack``); each comes out as it would alone, up to rounding.

    Arguments:
        problems: What to train.
        device: ``auto``, ``cpu`` or ``cuda``.
        schedule: The diffusion; the paper's by default.
        progress: Called with steps done and steps in all, of all loops together.
        memory: Bytes that a loop may take; SHARE of what is free by default.

    Raises:
        InputError: If a single copy does not fit into the memory.
    """
    place, schedule = pick_device(device), schedule or VPSchedule()
    budget = free_for_training(place) if memory is None else memory
    loops = plan_packs(problems, budget)
    steps = [loop[0].problem.recipe.n_steps for loop in loops]
    parts: dict[int, list[Pack]] = {}
    for k, loop in enumerate(loops):
        starts = [Prepared.of(piece.problem, place, schedule) for piece in loop]
        report = _shifted(progress, sum(steps[:k]), sum(steps))
        trainer = Trainer([s.member for s in starts], loop[0].problem.recipe)
        for piece, start, trained in zip(loop, starts, trainer.run(report), strict=True):
            parts.setdefault(piece.origin, []).append(Pack.finish(start, trained))
    return [join_packs(parts[k]) for k in range(len(problems))]


def free_for_training(device: torch.device) -> int:
    """Bytes that a training may take: SHARE of what is free now."""
    return int(SHARE * available_bytes(device))


def _shifted(progress: Progress | None, before: int, whole: int) -> Progress | None:
    if progress is None:
        return None
    return lambda done, _, loss: progress(before + done, whole, loss)


def join_packs(packs: Sequence[Pack]) -> Pack:
    """Copies of one problem that were trained apart, as one pack again."""
    if len(packs) == 1:
        return packs[0]

    def stacked(parts: list[Parameters]) -> Parameters:
        return {name: torch.cat([p[name] for p in parts]) for name in parts[0]}

    def blended(parts: list[Blend]) -> Blend | None:
        return replace(parts[0], weights=torch.cat([b.weights for b in parts])) if parts else None

    longest = max((p.held_out for p in packs), key=len)
    columns = [longest[:, :1], *(_to_length(p.held_out[:, 1:], len(longest)) for p in packs)]
    blocks = max(len(p.losses) for p in packs)
    return replace(
        packs[0],
        seeds=tuple(itertools.chain.from_iterable(p.seeds for p in packs)),
        transforms=[f for p in packs for f in p.transforms],
        mean=torch.cat([p.mean for p in packs]),
        covariance=torch.cat([p.covariance for p in packs]),
        losses=torch.cat([_to_length(p.losses, blocks) for p in packs], dim=1),
        held_out=torch.cat(columns, dim=1),
        seconds=sum(p.seconds for p in packs),
        parameters=stacked([p.parameters for p in packs]),
        halfway=stacked([p.halfway for p in packs]),
        blend=blended([p.blend for p in packs if p.blend]),
        halfway_blend=blended([p.halfway_blend for p in packs if p.halfway_blend]),
    )


def _to_length(table: torch.Tensor, rows: int) -> torch.Tensor:
    """A table with its last row, where its copies stopped, repeated up to ``rows``."""
    if len(table) == 0:
        return table
    return torch.cat([table, table[-1:].expand(rows - len(table), -1)])
