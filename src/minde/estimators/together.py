"""Fit several packs side by side, on the cores there are or in one loop, under one progress."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

import torch

from minde.errors import StoppedError
from minde.estimators.fitting import Fit, Plan
from minde.estimators.pack import pick_device
from minde.estimators.packs import fit_packs
from minde.training.trainer import Progress

#: Makes a fit, reporting to the progress it is given.
Job = Callable[[Progress], Fit]


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
                whole = total * len(self.names)
                losses = [s[2] for s in self.state.values() if not math.isnan(s[2])]
                mean = sum(losses) / len(losses) if losses else math.nan
                self.progress(steps, whole, mean)

        return report


def fit_together(plans: Mapping[str, Plan], progress: Progress | None) -> dict[str, Fit]:
    """Make every fit: one a core on a CPU of several, else all in one loop.

    A step of one small pack leaves a second core half idle, so two packs on one core each are done
    sooner than together on two. On one core, and on a GPU, one loop over all is the faster.

    Arguments:
        plans: By name, all for one device.
        progress: Called with steps done and steps in all of all fits together.
    """
    place = pick_device(next(iter(plans.values())).settings.device)
    if len(plans) > 1 and torch.get_num_threads() > 1 and place.type == "cpu":
        return side_by_side({name: plan.fit for name, plan in plans.items()}, progress)
    packs = fit_packs([plan.problem for plan in plans.values()], place.type, progress=progress)
    return {name: plan.fitted(p) for (name, plan), p in zip(plans.items(), packs, strict=True)}


def side_by_side(jobs: Mapping[str, Job], progress: Progress | None) -> dict[str, Fit]:
    """Run jobs in threads that share the cores.

    If one fails, or the user interrupts, the others stop at their next block.

    Arguments:
        jobs: By name; each takes the progress to report to.
        progress: Called with steps done and steps in all of all jobs together.
    """
    joined = _Joined([*jobs], progress)
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
