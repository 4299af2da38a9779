"""A task of an experiment, as the job graph and figures know it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from minde.errors import ConfigError, nearest


@dataclass(frozen=True)
class TaskInfo:
    """Identifier, short label for figures, and the dimensions of X, Y and any other variables."""

    task_id: str
    label: str
    dim_x: int
    dim_y: int
    other_dims: tuple[int, ...] = ()

    @property
    def dims(self) -> tuple[int, ...]:
        """Dimension of every variable."""
        return (self.dim_x, self.dim_y, *self.other_dims)


def chosen_tasks(tasks: Sequence[TaskInfo], names: str | list[str], where: str) -> list[TaskInfo]:
    """Tasks by id, in their own order; ``"all"`` takes every one.

    Arguments:
        tasks: What there is.
        names: ``"all"``, or ids.
        where: Key of the configuration, for the error's line.

    Raises:
        ConfigError: On an unknown task, naming the nearest.
    """
    if names == "all":
        return list(tasks)
    known = [t.task_id for t in tasks]
    for name in names:
        if name not in known:
            raise ConfigError(f"{where}: unknown task '{name}'{nearest(name, known)}")
    return [t for t in tasks if t.task_id in names]
