"""Fit several packs side by side, on the cores there are and in one loop, under one progress."""

from __future__ import annotations

import functools
import math
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TypeVar

import torch

from minde.device import pick_device
from minde.ensemble.train import fit_packs, free_for_training
from minde.errors import StoppedError
from minde.estimators.settings import Fit, Plan
from minde.types import Progress

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


def fit_together(plans: Mapping[str, Plan], progress: Progress | None) -> dict[str, Fit]:
    """Make every fit: one loop over all on a GPU or a single core, else one loop a core.

    A step of one small pack leaves a second core half idle, so two packs on one core each are done
    sooner than together on two.

    Arguments:
        plans: By name, all for one device.
        progress: Called with steps done and steps in all of all fits together.
    """
    names = list(plans)
    place = pick_device(plans[names[0]].settings.device)
    loops = min(len(names), torch.get_num_threads()) if place.type == "cpu" else 1
    shares = {str(k): [plans[name] for name in names[k::loops]] for k in range(loops)}
    made = side_by_side(
        {k: functools.partial(_one_loop, share, loops) for k, share in shares.items()}, progress
    )
    fits: dict[str, Fit] = {}
    for k in range(loops):
        fits |= dict(zip(names[k::loops], made[str(k)], strict=True))
    return {name: fits[name] for name in names}


def _one_loop(plans: list[Plan], loops: int, progress: Progress) -> list[Fit]:
    device = plans[0].settings.device
    memory = free_for_training(pick_device(device)) // loops
    packs = fit_packs([p.problem for p in plans], device, progress=progress, memory=memory)
    return [plan.fitted(pack) for plan, pack in zip(plans, packs, strict=True)]


def side_by_side(
    jobs: Mapping[str, Callable[[Progress], Result]], progress: Progress | None
) -> dict[str, Result]:
    """Run jobs in threads that share the cores.

    If one fails, or the user interrupts, the others stop at their next block.

    Arguments:
        jobs: By name; each takes the progress to report to.
        progress: Called with steps done and steps in all of all jobs together.
    """
    joined = _Joined([*jobs], progress)
    if len(jobs) == 1:
        return {name: job(joined.of(name)) for name, job in jobs.items()}
    cores = torch.get_num_threads()
    # The number is the process's: threads that start later take it over.
    torch.set_num_threads(max(1, cores // len(jobs)))
    try:
        with ThreadPoolExecutor(len(jobs)) as pool:
            futures = {name: pool.submit(job, joined.of(name)) for name, job in jobs.items()}
            try:
                for future in wait(futures.values(), return_when=FIRST_EXCEPTION).done:
                    future.result()
            except BaseException:
                joined.stopped.set()
                raise
        return {name: future.result() for name, future in futures.items()}
    finally:
        torch.set_num_threads(cores)
