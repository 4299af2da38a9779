"""Trainings in threads of one process that share the cores, under one progress."""

from __future__ import annotations

import functools
import math
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TypeVar

import torch

from minde.errors import StoppedError
from minde.types import Progress

Item = TypeVar("Item")
Result = TypeVar("Result")


class _Joined:
    """One progress over several trainings: steps and totals add up, losses are averaged."""

    def __init__(self, names: list[str], progress: Progress | None) -> None:
        self.progress = progress
        self.state: dict[str, tuple[int, int, float]] = {}
        self.names, self.lock, self.stopped = names, threading.Lock(), threading.Event()

    def of(self, name: str) -> Progress:
        """The progress of one training."""

        def report(done: int, total: int, loss: float) -> None:
            if self.stopped.is_set():
                raise StoppedError("stopped with the training beside it")
            if self.progress is None:
                return
            with self.lock:
                self.state[name] = (done, total, loss)
                steps = sum(s[0] for s in self.state.values())
                # Those that have not reported yet are taken to be as long as this one.
                missing = len(self.names) - len(self.state)
                whole = sum(s[1] for s in self.state.values()) + missing * total
                losses = [s[2] for s in self.state.values() if not math.isnan(s[2])]
                mean = sum(losses) / len(losses) if losses else math.nan
                self.progress(steps, whole, mean)

        return report


def side_by_side(
    work: Mapping[str, Callable[[Progress], Result]], progress: Progress | None
) -> dict[str, Result]:
    """Run work in threads that share the cores.

    If one fails, or the user interrupts, the others stop at their next block.

    Arguments:
        work: By name; each takes the progress to report to.
        progress: Called with steps done and steps in all of it together.
    """
    joined = _Joined([*work], progress)
    if len(work) == 1:
        return {name: job(joined.of(name)) for name, job in work.items()}
    cores = torch.get_num_threads()
    # The number is the process's: threads that start later take it over.
    torch.set_num_threads(max(1, cores // len(work)))
    try:
        with ThreadPoolExecutor(len(work)) as pool:
            futures = {name: pool.submit(job, joined.of(name)) for name, job in work.items()}
            try:
                for future in wait(futures.values(), return_when=FIRST_EXCEPTION).done:
                    future.result()
            except BaseException:
                joined.stopped.set()
                raise
        return {name: future.result() for name, future in futures.items()}
    finally:
        torch.set_num_threads(cores)


def in_lanes(work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """Work on each item, in as many threads as there are cores to torch, in order.

    Operations on few numbers do not gain from several cores, and lose where one of them is busy.
    """
    lanes = max(1, min(torch.get_num_threads(), len(items)))

    def lane(some: Sequence[Item], _: Progress) -> list[Result]:
        return [work(item) for item in some]

    shares = {str(k): functools.partial(lane, items[k::lanes]) for k in range(lanes)}
    done = side_by_side(shares, None)
    return [done[str(k % lanes)][k // lanes] for k in range(len(items))]
