"""How to fit: what every measure's estimator shares, and the jobs that follow from it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from numbers import Integral
from pathlib import Path
from typing import Any, Literal

from minde.columns import Variable
from minde.diffusion.roles import Family
from minde.ensemble.ensemble import Ensemble
from minde.ensemble.halves import half_job
from minde.ensemble.train import train
from minde.errors import InputError, nearest
from minde.reading.copies import without_copies
from minde.reading.groups import largest_group
from minde.recipe import Recipe, make_recipe
from minde.seeding import derive
from minde.serial import LEAST_TIMES, gap_of, order_warning
from minde.training.checkpointing import Checkpointing
from minde.training.job import Fold, Job, make_folds
from minde.training.prepared import held_rows
from minde.types import Array, Progress
from minde.weighing import effective_rows


@dataclass(frozen=True)
class Settings:
    """How to fit: shared by every measure.

    Arguments:
        recipe: ``fast`` or ``paper``.
        n_seeds: Networks from different seeds, trained together.
        preprocessing: Overrides the recipe's.
        folds: 1 for one split, more for cross-fitting.
        test_size: Share of test rows of one split.
        device: ``auto``, ``cpu`` or ``cuda``.
        random_state: Seed of everything.
        options: Recipe options to override, by flat name (see ``minde.recipe``).
        progress: Called with (steps done, steps in all, loss).
        extrapolate: With three folds or more, train others on half of the rows too and extrapolate
            the value to many rows (see ``minde.ensemble.halves``).
        order: ``time`` where rows come in time and those near one another depend: folds and
            held-back rows are then blocks with gaps between them, and intervals hold the long-run
            variance (see ``minde.serial``). The option ``gap`` says how far, in rows, in the place
            of what the columns show.
        directions: Orders of continuous variables that are averaged at most, 2 or 1; of many rows
            it is one in any case.
        checkpoint: Folder where trainings write their progress, once a minute, and go on from
            after a kill; nothing in it is deleted. Of the same rows, settings and threads they go
            on, whatever else is in it.
    """

    recipe: str = "fast"
    n_seeds: int = 5
    preprocessing: str | None = None
    folds: int = 1
    test_size: float = 0.2
    device: str = "auto"
    random_state: int = 0
    options: dict[str, Any] | None = None
    progress: Progress | None = None
    extrapolate: bool = True
    order: Literal["time", "groups"] | None = None
    directions: Literal[1, 2] = 2
    checkpoint: str | Path | None = None

    def __post_init__(self) -> None:
        """Raise InputError on numbers of networks and folds that are none."""
        for name in ("n_seeds", "folds"):
            value = getattr(self, name)
            if not isinstance(value, Integral) or value < 1:
                raise InputError(f"settings: {name} must be a whole number from 1, got {value!r}")
        if self.directions not in (1, 2):
            raise InputError(f"settings: directions must be 1 or 2, got {self.directions!r}")
        if self.order not in (None, "time", "groups"):
            raise InputError(f"settings: order must be 'time' or None, got {self.order!r}")
        gap: Any = self.gap
        if not isinstance(gap, Integral) or gap < 0:
            raise InputError(f"settings: option 'gap' is a number of rows, got {gap!r}")
        if gap and self.order is None:
            raise InputError("settings: option 'gap' is for rows in time order; set order='time'")

    @property
    def gap(self) -> int:
        """Rows over which rows in time order depend; 0 of rows in no order, or not yet known."""
        found: int = (self.options or {}).get("gap", 0)
        return found

    def refuse_order(self, what: str) -> None:
        """Raise InputError if rows come in time order, on what knows of no order."""
        if self.order is not None:
            raise InputError(f"order 'time': {what} takes rows in no order; leave it out")

    def for_rows(
        self, variables: Sequence[Variable], least: int = 2
    ) -> tuple[Settings, tuple[str, ...]]:
        """The settings with the gap of rows in time order or in groups; else what looks ordered.

        Arguments:
            variables: With as many rows each.
            least: How many of them are ordered where rows look so.

        Raises:
            InputError: If the rows are too few beside the gap, or have weights.
        """
        groups = variables[0].groups
        if groups is not None:
            if self.order == "time":
                raise InputError("groups: rows in time order are in none; leave out one of the two")
            return self.with_gap(largest_group(groups)), ()
        if self.order == "groups" and not self.gap:
            raise InputError("settings: order 'groups' follows from groups; give these alone")
        if self.order is None:
            return self, order_warning(variables, least)
        if variables[0].weights is not None:
            raise InputError("weights: rows in time order take none; leave out one of the two")
        if self.gap:
            return self, ()
        return self.with_gap(gap_of(variables)), ()

    def apart(self, variables: Sequence[Variable]) -> tuple[list[Variable], tuple[str, ...]]:
        """Variables without rows that are copies of others, and a sentence on these.

        Rows in time order stay: what repeats there is a state that lasts.
        """
        if self.order is not None:
            return [*variables], ()
        return without_copies(variables)

    def with_gap(self, gap: int) -> Settings:
        """The same with the gap of rows in time order or in groups, if there is one."""
        if not gap:
            return self
        options = {**(self.options or {}), "gap": gap}
        return replace(self, order=self.order or "groups", options=options)

    def folds_of(self, n: int) -> tuple[Fold, ...]:
        """How n rows are split; InputError if they cannot be, or are too few to train on."""
        self._check_rows(n, "c", 1)
        tested = n if self.folds > 1 else round(n * self.test_size)
        if tested < LEAST_TIMES * self.gap:
            more = " or folds=5" if self.folds == 1 else ""
            what = "more groups" if self.order == "groups" else "a longer series"
            raise InputError(
                f"order '{self.order}': rows depend over {self.gap} rows, and {tested} that test "
                f"are fewer than {LEAST_TIMES} times as many: give {what}{more}"
            )
        return make_folds(n, self.test_size, self.folds, self.random_state, self.gap)

    def _check_rows(self, n: int, family: str, dim: int, rows: str = "rows") -> None:
        """Raise InputError if what is left of n rows to train on is less than a batch."""
        if not 0.0 < self.test_size < 1.0:
            return  # no number of rows can be split so
        left, batch = self._left(n, family, dim)
        if left >= batch:
            return
        fewest, then = n, (left, batch)
        while then[0] < then[1]:
            # A row more is at most one more to train on.
            fewest += max(1, then[1] - then[0]) if then[0] else 1
            then = self._left(fewest, family, dim)
        own = left > 0 and "batch_size" in (self.options or {})
        less = " or a smaller batch_size" if own else " or fewer folds" if self.folds > 1 else ""
        raise InputError(
            f"training: {n} {rows} are too few: a batch takes {batch} of those that neither test "
            f"nor are held back; give {fewest} {rows} or more{less}"
        )

    def _left(self, n: int, family: str, dim: int) -> tuple[int, int]:
        """How many of n rows are trained on, 0 if too few test or judge; and those of a batch."""
        test = round(n * self.test_size) if self.folds == 1 else n // self.folds
        # The first and the last of several blocks that test have rows on one side alone.
        rows = max(n - test - self.gap * (2 if self.folds > 2 else 1), 0)
        recipe = make_recipe(self.recipe, family, dim, rows, **(self.options or {}))
        share = recipe.training.hold_out
        held = held_rows(rows, share)
        # Of one test row there is no standard error.
        enough = test > 1 and (held or not share)
        left = rows - held - (self.gap if held else 0)
        return (max(left, 0) if enough else 0), recipe.training.batch_size

    def recipe_of(self, family: Family, n_train: int | None = None) -> Recipe:
        """The recipe of a family, sized for so many training rows, or for many.

        Raises:
            ConfigError: If an option is unknown or out of its bounds.
        """
        options = dict(self.options or {})
        if self.preprocessing is not None:
            options["preprocessing"] = self.preprocessing
        return make_recipe(self.recipe, family.name, family.dim, n_train, **options)

    def job(
        self,
        samples: Array,
        family: Family,
        folds: tuple[Fold, ...] | None = None,
        weights: Array | None = None,
    ) -> Job:
        """What there is to train: n_seeds members on each fold of the rows.

        Arguments:
            samples: Rows, all variables side by side.
            family: Patterns to learn.
            folds: Rows that train and test; those of :meth:`folds_of` if omitted.
            weights: Of the rows, (n,), where they differ; what is sized by rows is sized by their
                effective number.

        Raises:
            ConfigError: If an option is unknown or out of its bounds.
            InputError: If the rows cannot be split so.
        """
        self._check_rows(len(samples), family.name, family.dim)
        rows = round(effective_rows(weights, len(samples)))
        if weights is not None:
            self._check_rows(rows, family.name, family.dim, "effective rows")
        folds = folds or self.folds_of(len(samples))
        recipe = self.recipe_of(family, round(len(folds[0].train) * rows / len(samples)))
        trains, tests = [samples[f.train] for f in folds], [samples[f.test] for f in folds]
        members = itertools.product(range(self.n_seeds), range(len(folds)))
        return Job(
            trains * self.n_seeds,
            family,
            recipe,
            [derive(self.random_state, "copy", seed, fold) for seed, fold in members],
            tests * self.n_seeds,
            folds,
            weights=None if weights is None else [weights[f.train] for f in folds] * self.n_seeds,
        )

    def with_half(self, job: Job, rows: Array, weights: Array | None = None) -> Job:
        """The job on some folds of rows, with networks on halves beside it where they are asked."""
        return replace(job, half=half_job(job, rows, weights) if self.extrapolate else None)

    def train(self, jobs: Sequence[Job], memory: int | None = None) -> list[Ensemble]:
        """Train jobs (see ``minde.ensemble.train.train``); none are trained at once."""
        if not jobs:
            return []
        kept = self.checkpoint and Checkpointing(self.checkpoint, folder=True)
        return train(jobs, self.device, None, self.progress, memory, kept or None)


def cross_fitted(settings: Settings | None, options: dict[str, Any]) -> Settings:
    """As :func:`with_options`, but by default as :class:`minde.MINDE`: one seed on five folds."""
    return with_options(settings or Settings(n_seeds=1, folds=5), options)


def with_options(settings: Settings | None, options: dict[str, Any]) -> Settings:
    """``settings`` (the defaults if none) with some fields replaced; InputError on unknown ones."""
    known = [f.name for f in fields(Settings)]
    for name in options:
        if name not in known:
            raise InputError(f"settings: unknown option '{name}'{nearest(name, known)}")
    return replace(settings or Settings(), **options)
