"""How to fit: what every measure's estimator shares, and the jobs that follow from it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, fields, replace
from numbers import Integral
from typing import Any

from minde.diffusion.roles import Family
from minde.errors import InputError, nearest
from minde.recipe import Recipe, make_recipe
from minde.seeding import derive
from minde.training.job import Fold, Job, make_folds
from minde.training.prepared import held_rows
from minde.types import Array, Progress


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

    def __post_init__(self) -> None:
        """Raise InputError on numbers of networks and folds that are none."""
        for name in ("n_seeds", "folds"):
            value = getattr(self, name)
            if not isinstance(value, Integral) or value < 1:
                raise InputError(f"settings: {name} must be a whole number from 1, got {value!r}")

    def folds_of(self, n: int) -> tuple[Fold, ...]:
        """How n rows are split; InputError if they cannot be, or are too few to train on."""
        self._check_rows(n, "c", 1)
        return make_folds(n, self.test_size, self.folds, self.random_state)

    def _check_rows(self, n: int, family: str, dim: int) -> None:
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
            f"training: {n} rows are too few: a batch takes {batch} of those that neither test nor "
            f"are held back; give {fewest} rows or more{less}"
        )

    def _left(self, n: int, family: str, dim: int) -> tuple[int, int]:
        """How many of n rows are trained on, 0 if too few test or judge; and those of a batch."""
        test = round(n * self.test_size) if self.folds == 1 else n // self.folds
        recipe = make_recipe(self.recipe, family, dim, n - test, **(self.options or {}))
        share = recipe.training.hold_out
        held = held_rows(n - test, share)
        # Of one test row there is no standard error.
        enough = test > 1 and (held or not share)
        return (n - test - held if enough else 0), recipe.training.batch_size

    def recipe_of(self, family: Family, n_train: int | None = None) -> Recipe:
        """The recipe of a family, sized for so many training rows, or for many.

        Raises:
            ConfigError: If an option is unknown or out of its bounds.
        """
        options = dict(self.options or {})
        if self.preprocessing is not None:
            options["preprocessing"] = self.preprocessing
        return make_recipe(self.recipe, family.name, family.dim, n_train, **options)

    def job(self, samples: Array, family: Family, folds: tuple[Fold, ...] | None = None) -> Job:
        """What there is to train: n_seeds members on each fold of the rows.

        Arguments:
            samples: Rows, all variables side by side.
            family: Patterns to learn.
            folds: Rows that train and test; those of :meth:`folds_of` if omitted.

        Raises:
            ConfigError: If an option is unknown or out of its bounds.
            InputError: If the rows cannot be split so.
        """
        self._check_rows(len(samples), family.name, family.dim)
        folds = folds or self.folds_of(len(samples))
        recipe = self.recipe_of(family, len(folds[0].train))
        trains, tests = [samples[f.train] for f in folds], [samples[f.test] for f in folds]
        members = itertools.product(range(self.n_seeds), range(len(folds)))
        return Job(
            trains * self.n_seeds,
            family,
            recipe,
            [derive(self.random_state, "copy", seed, fold) for seed, fold in members],
            tests * self.n_seeds,
            folds,
        )


def with_options(settings: Settings | None, options: dict[str, Any]) -> Settings:
    """``settings`` (the defaults if none) with some fields replaced; InputError on unknown ones."""
    known = [f.name for f in fields(Settings)]
    for name in options:
        if name not in known:
            raise InputError(f"settings: unknown option '{name}'{nearest(name, known)}")
    return replace(settings or Settings(), **options)
