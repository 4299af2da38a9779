"""Make Snakemake before 9.17 count the cores of a job that was the only one ready.

Those versions take such a job without subtracting its cores, memory and GPUs from what is free, yet
add them when it ends: after every such job more jobs run at a time than were allowed. From 9.17 on
Snakemake needs pydantic 2, which bmi does not allow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def count_every_job() -> None:
    """Mend the scheduler of this process, if it needs it; safe to call again."""
    import snakemake
    from snakemake.scheduling.job_scheduler import JobScheduler

    version = tuple(int(part) for part in snakemake.__version__.split(".")[:2])
    if version >= (9, 17) or getattr(JobScheduler.job_selector, "counts", False):
        return
    select = JobScheduler.job_selector

    def job_selector(self: Any, jobs: Sequence[Any]) -> Sequence[Any]:
        alone = len(jobs) == 1
        selected: Sequence[Any] = select(self, jobs)
        if alone and selected:
            self.update_available_resources(selected)
        return selected

    job_selector.counts = True  # type: ignore[attr-defined]
    JobScheduler.job_selector = job_selector
