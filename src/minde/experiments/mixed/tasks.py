"""The tasks: names, labels, and the law of each."""

from __future__ import annotations

from minde.experiments.mixed import laws
from minde.experiments.task import TaskInfo, chosen_tasks

SUITE = "mixed"

_ALL: dict[str, tuple[str, laws.Law]] = {
    "gao-mixture": ("Gao's mixture", laws.mixture_of_gao()),
    "gao-uniform-5": ("Level and uniform (5)", laws.level_and_uniform(5)),
    "poisson": ("Exponential and Poisson", laws.poisson(0.0)),
    "poisson-zeros": ("Poisson, more zeros", laws.poisson(0.3)),
    "likert-one": ("Normal and answer (5)", laws.likert(5, 0.8, both=False)),
    "likert-both": ("Two answers (5)", laws.likert(5, 0.8, both=True)),
    "classes-1": ("Label, classes in 1-D", laws.classes(1, 2.0)),
    "classes-3": ("Label, classes in 3-D", laws.classes(3, 2.0)),
    "classes-10": ("Label, classes in 10-D", laws.classes(10, 2.0)),
    "gated": ("Zeros of two gates", laws.gated(0.7, 0.6, 0.9)),
    "shared-zeros": ("Zeros in the same rows", laws.shared_zeros(0.6, 0.8)),
    "shifted": ("Label beside a column", laws.shifted(2.0, 0.7)),
    "noisy-sign": ("Cauchy and its sign", laws.noisy_sign(0.1)),
    "nothing-2": ("Label and nothing, 2-D", laws.nothing(2)),
}
LAWS = {name: law for name, (_, law) in _ALL.items()}
MIXED_TASKS = tuple(
    TaskInfo(name, label, len(law.x), len(law.y)) for name, (label, law) in _ALL.items()
)


def select_tasks(names: str | list[str]) -> list[TaskInfo]:
    """Tasks by id, in the suite's order; ``"all"`` takes every one.

    Raises:
        ConfigError: On an unknown task, naming the nearest.
    """
    return chosen_tasks(MIXED_TASKS, names, "mixed.tasks")


def labels() -> dict[str, str]:
    """Short label of each task."""
    return {task.task_id: task.label for task in MIXED_TASKS}
