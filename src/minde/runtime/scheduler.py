"""Two faults of Snakemake's scheduler, mended in this process.

Versions before 9.17 take a job that was the only one ready without subtracting its cores, memory
and GPUs from what is free, yet add them when it ends: after every such job more jobs run at a time
than were allowed. From 9.17 on Snakemake needs pydantic 2, which bmi does not allow.

Each time the scheduler has looked at jobs that wait it asks to be woken a second later, on top of
what was asked before: a look for every job that has ended, each second, all of which cost as much
as the jobs themselves where jobs are small. One alarm at a time does.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any


def mend_scheduler() -> None:
    """Mend the scheduler of this process where it needs it; safe to call again."""
    import snakemake
    from snakemake.scheduling.job_scheduler import JobScheduler

    if getattr(JobScheduler, "mended", False):
        return
    JobScheduler.mended = True
    _wake_once(JobScheduler)
    if tuple(int(part) for part in snakemake.__version__.split(".")[:2]) < (9, 17):
        _count_every_job(JobScheduler)


def _count_every_job(scheduler: Any) -> None:
    select = scheduler.job_selector

    def job_selector(self: Any, jobs: Sequence[Any]) -> Sequence[Any]:
        alone = len(jobs) == 1
        selected: Sequence[Any] = select(self, jobs)
        if alone and selected:
            self.update_available_resources(selected)
        return selected

    scheduler.job_selector = job_selector


def _wake_once(scheduler: Any) -> None:
    lock = threading.Lock()

    def schedule(self: Any, delay: int) -> None:
        def wake() -> None:
            with lock:
                self.alarms.discard(delay)
            self._open_jobs.release()

        with lock:
            self.alarms = getattr(self, "alarms", set())
            if delay in self.alarms:
                return
            self.alarms.add(delay)
        alarm = threading.Timer(delay, wake)
        alarm.daemon = True
        alarm.start()

    scheduler._schedule_reevalutation = schedule
