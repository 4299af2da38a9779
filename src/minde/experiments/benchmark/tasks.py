"""The 40 tasks of the benchmark (Czyż et al., NeurIPS 2023) in the order of the paper's Table 1.

Only names and dimensions live here, so that a job graph needs no import of bmi; the samples and the
true mutual information come from bmi itself, and a test compares this list with it.
"""

from __future__ import annotations

from collections.abc import Collection

from minde.errors import ConfigError, nearest
from minde.experiments.task import TaskInfo, chosen_tasks

_PAIR = "multinormal-sparse-{d}-{d}-2-2.0"
_DENSE = "multinormal-dense-{d}-{d}-0.5"


def _pairs(prefix: str, label: str) -> list[TaskInfo]:
    return [
        TaskInfo(f"{prefix}{_PAIR.format(d=d)}", f"{label} Mn {d}×{d} (2-pair)", d, d)
        for d in (25, 3, 5)
    ]


def _student(dim: int, dof: int, asinh: bool = False) -> TaskInfo:
    prefix, label = ("asinh-", "Asinh @ ") if asinh else ("", "")
    task_id = f"{prefix}student-identity-{dim}-{dim}-{dof}"
    return TaskInfo(task_id, f"{label}St {dim}×{dim} (dof={dof})", dim, dim)


def _normal(dim: int, dense: bool) -> TaskInfo:
    task_id = (_DENSE if dense else _PAIR).format(d=dim)
    return TaskInfo(task_id, f"Mn {dim}×{dim} ({'dense' if dense else '2-pair'})", dim, dim)


BMI_TASKS: tuple[TaskInfo, ...] = (
    _student(1, 1, asinh=True),
    _student(2, 1, asinh=True),
    _student(3, 2, asinh=True),
    _student(5, 2, asinh=True),
    TaskInfo("1v1-bimodal-0.75", "Bimodal 1×1", 1, 1),
    TaskInfo("1v1-normal-0.75", "Bivariate Nm 1×1", 1, 1),
    TaskInfo("half_cube-1v1-normal-0.75", "Hc @ Bivariate Nm 1×1", 1, 1),
    *_pairs("half_cube-", "Hc @"),
    _normal(2, False),
    _normal(2, True),
    _normal(25, False),
    _normal(25, True),
    _normal(3, False),
    _normal(3, True),
    _normal(5, False),
    _normal(5, True),
    _normal(50, True),
    TaskInfo("normal_cdf-1v1-normal-0.75", "Nm CDF @ Bivariate Nm 1×1", 1, 1),
    *_pairs("normal_cdf-", "Nm CDF @"),
    *_pairs("spiral-", "Sp @"),
    *_pairs("spiral-normal_cdf-", "Sp @ Nm CDF @"),
    _student(1, 1),
    _student(2, 1),
    _student(2, 2),
    _student(3, 2),
    _student(3, 3),
    _student(5, 2),
    _student(5, 3),
    TaskInfo("swissroll_x-normal_cdf-1v1-normal-0.75", "Swiss roll 2×1", 2, 1),
    TaskInfo("1v1-additive-0.1", "Uniform 1×1 (additive noise=0.1)", 1, 1),
    TaskInfo("1v1-additive-0.75", "Uniform 1×1 (additive noise=0.75)", 1, 1),
    TaskInfo("wiggly-1v1-normal-0.75", "Wiggly @ Bivariate Nm 1×1", 1, 1),
)

SUITES: dict[str, tuple[TaskInfo, ...]] = {"bmi": BMI_TASKS}


def select_tasks(
    suite: str, names: str | list[str], where: str = "benchmark.tasks"
) -> list[TaskInfo]:
    """Tasks of a suite by id, in the suite's order; ``"all"`` takes every one.

    Arguments:
        suite: Key of SUITES.
        names: ``"all"``, or ids.
        where: Key of the configuration, for the error's line.

    Raises:
        ConfigError: On an unknown suite or task, naming the nearest.
    """
    if suite not in SUITES:
        raise ConfigError(f"benchmark.suite: unknown suite '{suite}'{nearest(suite, [*SUITES])}")
    return chosen_tasks(SUITES[suite], names, where)


def labels(suite: str) -> dict[str, str]:
    """Short label of each task of a suite; the user's own suite has none."""
    return {t.task_id: t.label for t in SUITES.get(suite, ())}


def labels_on_page(
    suite: str, tasks: Collection[str], panels: int, page: int
) -> list[tuple[str, str]]:
    """Tasks with their labels, in the suite's order, on a page (from 1) of so many panels."""
    shown = [(task, label) for task, label in labels(suite).items() if task in tasks]
    return shown[(page - 1) * panels : page * panels]
