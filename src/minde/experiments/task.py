"""A task of an experiment, as the job graph and figures know it."""

from __future__ import annotations

from dataclasses import dataclass


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
