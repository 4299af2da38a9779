r"""The three self-consistency tests on images, as tasks of two variables.

A is an image and :math:`B_r` the same image with its first r rows kept.

- ``baseline-r``: :math:`I(A; B_r)`, as a share of the same with all rows; rises with r from 0 to 1.
- ``processing-r-s``: :math:`I(A; [B_s, B_r])`, r < s, over :math:`I(A; B_s)`; 1, since
  :math:`B_r` is a function of :math:`B_s`.
- ``additivity-r``: :math:`I([A^1, A^2]; [B^1_r, B^2_r])` of two independent images over
  :math:`I(A; B_r)`; 2.

References:
    Song and Ermon, Understanding the Limitations of Variational Mutual Information Estimators, ICLR
    2020; MINDE, section 5.2.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from minde.errors import ConfigError
from minde.experiments.task import TaskInfo

#: Suites of the codes and, for estimators that take images, of the images themselves.
SUITE, PIXELS = "consistency", "pixels"
#: Rows of the images of each dataset.
SIDES = {"digits": 8, "mnist": 28}
#: Tests by the number of row counts in their name and their title.
TESTS = {
    "baseline": (1, "Baseline"),
    "processing": (2, "Data processing"),
    "additivity": (1, "Additivity"),
}


@dataclass(frozen=True)
class Consistency:
    """A task: the test and the numbers of rows kept, rising."""

    test: str
    rows: tuple[int, ...]

    @property
    def task_id(self) -> str:
        """Identifier, such as ``processing-10-15``."""
        return "-".join([self.test, *map(str, self.rows)])

    @property
    def images(self) -> int:
        """Independent images in X and in Y."""
        return 2 if self.test == "additivity" else 1

    @property
    def codes_x(self) -> tuple[str, ...]:
        """Autoencoders whose codes make X, one a part."""
        return ("full",) * self.images

    @property
    def codes_y(self) -> tuple[str, ...]:
        """Autoencoders whose codes make Y."""
        names = tuple(f"r{r}" for r in reversed(self.rows))
        return names * self.images


def parse(task: str) -> Consistency:
    """The test of an identifier; ConfigError if it is none."""
    test, *parts = task.split("-")
    if test not in TESTS or len(parts) != TESTS[test][0] or not all(p.isdigit() for p in parts):
        raise ConfigError(f"consistency: '{task}' is not a task such as 'baseline-10'")
    return Consistency(test, tuple(map(int, parts)))


def consistency_tasks(rows: list[int], latent: int) -> list[TaskInfo]:
    """Every test: baseline at all rows, processing at neighbours, additivity, both from r > 0."""
    some = [r for r in sorted(rows) if r > 0]
    tests = [Consistency("baseline", (r,)) for r in sorted(rows)]
    tests += [Consistency("processing", pair) for pair in itertools.pairwise(some)]
    tests += [Consistency("additivity", (r,)) for r in some]
    found = []
    for test in tests:
        title = f"{TESTS[test.test][1]}, {' and '.join(map(str, test.rows))} rows"
        dims = (len(test.codes_x) * latent, len(test.codes_y) * latent)
        found.append(TaskInfo(test.task_id, title, *dims))
    return found


def codes_of(tasks: Sequence[str]) -> list[str]:
    """Autoencoders that tasks need: ``full`` first, then by rows."""
    found = [parse(t) for t in tasks]
    names = {name for test in found for name in (*test.codes_x, *test.codes_y)}
    return sorted(names, key=lambda c: -1 if c == "full" else int(c[1:]))
