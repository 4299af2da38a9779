"""Fit packs of seeds times folds over any family, and combine their read-outs."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from minde.diffusion.roles import Family
from minde.ensemble.ensemble import Pack
from minde.ensemble.train import fit_packs
from minde.errors import InputError, nearest
from minde.readout.estimate import MIEstimate, combine
from minde.readout.measures import Measure
from minde.readout.readout import Readout
from minde.recipe import Recipe, make_recipe
from minde.seeding import derive
from minde.training.job import Problem
from minde.training.split import make_folds
from minde.types import Array, Progress, Rows

EPOCHS = 150
MIN_STEPS = 1000


@dataclass(frozen=True)
class Settings:
    """How to fit: shared by every measure.

    Arguments:
        recipe: ``fast`` or ``paper``.
        n_seeds: Networks from different seeds, trained together.
        preprocessing: Overrides the recipe's.
        folds: 1 for one split, more for cross-fitting.
        test_size: Held-out share of one split.
        device: ``auto``, ``cpu`` or ``cuda``.
        random_state: Seed of everything.
        options: Recipe options to override.
        progress: Called with (steps done, steps in all, loss).
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


def with_options(settings: Settings | None, options: dict[str, Any]) -> Settings:
    """``settings`` (the defaults if none) with some fields replaced; InputError on unknown ones."""
    known = [f.name for f in fields(Settings)]
    for name in options:
        if name not in known:
            raise InputError(f"settings: unknown option '{name}'{nearest(name, known)}")
    return replace(settings or Settings(), **options)


def choose_recipe(settings: Settings, family: Family, n_train: int) -> Recipe:
    """The recipe at this size; ``fast`` stops after EPOCHS passes unless n_steps is given."""
    options = dict(settings.options or {})
    if settings.preprocessing is not None:
        options["preprocessing"] = settings.preprocessing
    return recipe_for_rows(settings.recipe, family, n_train, options)


def recipe_for_rows(name: str, family: Family, n_train: int, options: dict[str, Any]) -> Recipe:
    """A named recipe for a family; ``fast`` is cut to the rows there are.

    It stops after EPOCHS passes, and takes batches of a quarter of the rows at most, unless
    ``n_steps`` or ``batch_size`` are given.
    """
    kind = "c" if family.name == "c" else "j"
    recipe = make_recipe(name, kind, family.dim, **options)
    if name != "fast":
        return recipe
    if "batch_size" not in options:
        recipe = replace(recipe, batch_size=min(recipe.batch_size, max(16, n_train // 8 * 2)))
    if "n_steps" not in options:
        passes = max(MIN_STEPS, round(EPOCHS * n_train / recipe.batch_size))
        recipe = replace(recipe, n_steps=min(recipe.n_steps, passes))
    return recipe


@dataclass(frozen=True)
class Plan:
    """A fit that is to be made: n_seeds copies on each fold.

    Arguments:
        samples: Rows, all variables side by side.
        family: Patterns to learn.
        settings: How to fit.
    """

    samples: Array
    family: Family
    settings: Settings

    @functools.cached_property
    def folds(self) -> list[tuple[Rows, Rows]]:
        """Training and held-out rows of each fold."""
        s = self.settings
        return make_folds(len(self.samples), s.test_size, s.folds, s.random_state)

    @property
    def problem(self) -> Problem:
        """What there is to train."""
        s = self.settings
        recipe = choose_recipe(s, self.family, len(self.folds[0][0]))
        copies = [(seed, fold) for seed in range(s.n_seeds) for fold in range(len(self.folds))]
        return Problem(
            [self.samples[self.folds[fold][0]] for _, fold in copies],
            self.family,
            recipe,
            [derive(s.random_state, "copy", seed, fold) for seed, fold in copies],
            [self.samples[self.folds[fold][1]] for _, fold in copies],
        )

    def fit(self, progress: Progress | None = None) -> Fit:
        """Make it, alone."""
        return self.fitted(fit_packs([self.problem], self.settings.device, progress=progress)[0])

    def fitted(self, pack: Pack) -> Fit:
        """The fit with a pack of its problem."""
        return Fit(pack, self.folds, self.settings.n_seeds)


@dataclass
class Fit:
    """A fitted pack with the rows each copy was held out from."""

    pack: Pack
    folds: list[tuple[Rows, Rows]]
    n_seeds: int

    @classmethod
    def make(cls, samples: Array, family: Family, settings: Settings) -> Fit:
        """Fit n_seeds copies on each fold of ``samples`` (rows, all variables side by side)."""
        return Plan(samples, family, settings).fit(settings.progress)

    def held_out(
        self,
        samples: Array,
        measure: Measure,
        sigma_refs: Sequence[float] = (1.0,),
        halfway: bool = False,
    ) -> dict[str, Readout]:
        """Read out on the held-out rows of the samples that were fitted."""
        tests = [samples[test] for _ in range(self.n_seeds) for _, test in self.folds]
        trains = [samples[train] for _ in range(self.n_seeds) for train, _ in self.folds]
        return self.pack.read_out(tests, measure, sigma_refs, halfway, trains)

    def elsewhere(
        self,
        samples: Array,
        measure: Measure,
        sigma_refs: Sequence[float] = (1.0,),
        halfway: bool = False,
    ) -> dict[str, Readout]:
        """Read out every copy on all rows of other samples."""
        copies = self.n_seeds * len(self.folds)
        return self.pack.read_out([samples] * copies, measure, sigma_refs, halfway)

    def combine(
        self,
        out: dict[str, dict[str, Readout]],
        half: dict[str, dict[str, Readout]],
        history: dict[str, list[list[float]]],
        warnings: tuple[str, ...],
    ) -> MIEstimate:
        """One estimate of read-outs by direction, with the facts of a fit like this one."""
        return combine(
            out,
            self.reported,
            self.n_seeds,
            warnings=warnings,
            diagnostics={"held_out_loss": history, "n_steps": self.pack.recipe.n_steps},
            n_train=len(self.folds[0][0]),
            halfway=half,
            cross_fitted=self.cross_fitted,
        )

    @property
    def cross_fitted(self) -> bool:
        """Whether all rows are both trained on and held out, by turns."""
        return len(self.folds) > 1

    @property
    def held_out_rows(self) -> list[int]:
        """Row numbers in the order of the held-out read-out."""
        return [int(row) for _, test in self.folds for row in test]

    @property
    def reported(self) -> str:
        """Name of the read-out that the recipe reports.

        With cross-fitting not the scaled one: a factor of at least one, from the few rows of each
        fold, is too large on average.
        """
        readout = self.pack.recipe.readout
        if readout == "scaled" and self.cross_fitted:
            readout = "cross"
        return "outside-1" if readout == "outside" else readout

    def history(self) -> list[list[float]]:
        """Held-out loss over training: (step, mean loss over copies) at each check."""
        table = self.pack.held_out
        return [[float(row[0]), float(row[1:].mean())] for row in table]


def combine_fits(
    fits: Mapping[str, Fit],
    samples: Mapping[str, Array],
    measure: Measure,
    warnings: tuple[str, ...] = (),
) -> MIEstimate:
    """The estimate on held-out rows from fits of one shape, averaged over directions.

    Arguments:
        fits: By direction; one entry where there is one direction only.
        samples: What each was fitted on.
        measure: What to compute.
        warnings: Sentences about the data.
    """
    first = next(iter(fits.values()))
    out, half = (
        {d: fit.held_out(samples[d], measure, halfway=h) for d, fit in fits.items()}
        for h in (False, True)
    )
    return first.combine(out, half, {d: fit.history() for d, fit in fits.items()}, warnings)
