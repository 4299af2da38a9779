"""What to train: the members of one ensemble, and the rows each of them sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from minde.diffusion.roles import Family
from minde.errors import InputError
from minde.recipe import Recipe
from minde.seeding import derive
from minde.training.maps import Maps
from minde.training.verdict import Verdict
from minde.types import Array, Rows


@dataclass(frozen=True)
class Fold:
    """Row numbers that train, and those that test."""

    train: Rows
    test: Rows


def make_folds(
    n: int, test_size: float, folds: int, random_state: int, gap: int = 0
) -> tuple[Fold, ...]:
    """Split n rows at random; with a gap into contiguous blocks.

    Arguments:
        n: Rows.
        test_size: Share of test rows where ``folds`` is 1.
        folds: Number of cross-fitting folds; each row is tested once (but for the remainder of
            n / folds, which only trains).
        random_state: Seed of the permutation.
        gap: Rows on either side of a block that tests which do not train; 0 for rows in no order.
            Rows that train are then in the order of time from the block on, and around the end.

    Raises:
        InputError: If a part would be empty.
    """
    if gap:
        return _blocks(n, round(n * test_size) if folds == 1 else n // folds, folds, gap)
    order = np.random.default_rng(derive(random_state, "split")).permutation(n).astype(np.int64)
    if folds == 1:
        size = round(n * test_size)
        if not 0 < size < n:
            raise InputError(f"split: test_size={test_size} of {n} rows leaves nothing on one side")
        return (Fold(order[size:], order[:size]),)
    size = n // folds
    if size < 1:
        raise InputError(f"split: {n} rows cannot make {folds} folds")
    parts = [order[k * size : (k + 1) * size] for k in range(folds)]
    return tuple(Fold(np.setdiff1d(order, part), part) for part in parts)


def _blocks(n: int, size: int, folds: int, gap: int) -> tuple[Fold, ...]:
    """Blocks of ``size`` rows, cut to train on as many rows each; of one fold the last rows test.

    References:
        Racine, Consistent cross-validatory model-selection for dependent data: hv-block
        cross-validation, Journal of Econometrics 99, 2000.
    """
    starts = [n - size] if folds == 1 else [k * size for k in range(folds)]
    trains = [
        np.concatenate([np.arange(at + size + gap, n), np.arange(0, at - gap)]) for at in starts
    ]
    least = min(map(len, trains))
    if size < 1 or least < 1:
        raise InputError(f"split: {n} rows cannot make {folds} folds with {gap} rows between them")
    return tuple(
        Fold(rows[:least], np.arange(at, at + size))
        for rows, at in zip(trains, starts, strict=True)
    )


@dataclass(frozen=True)
class Job:
    """An ensemble to train: members of one family and recipe.

    Attributes:
        samples: Training rows per member, each (N, D) with the variables side by side.
        family: Patterns to learn.
        recipe: Options.
        seeds: One per member.
        validation: Rows per member that are not trained on, for the history of the validation
            loss, where the recipe holds no rows back itself.
        maps: Maps of the columns and the schedule, once they are settled.
        folds: Where the samples were split: members run over seeds, and within a seed over folds.
        half: The like on half of the rows, to train beside it (see ``minde.ensemble.halves``).
        weights: Of the rows of each member, (N,), where they differ (see ``minde.weighing``).
        tells: What its members say when they end, to the half.
        hears: Of the half, what those on all rows say.
    """

    samples: Sequence[Array]
    family: Family
    recipe: Recipe
    seeds: Sequence[int]
    validation: Sequence[Array] | None = None
    folds: tuple[Fold, ...] = ()
    maps: Maps | None = None
    half: Job | None = None
    weights: Sequence[Array] | None = None
    tells: Verdict | None = None
    hears: Verdict | None = None

    def cut(self, n: int) -> tuple[Job, Job]:
        """The first n members, and the rest."""
        first, rest = (
            replace(
                self,
                samples=self.samples[part],
                seeds=self.seeds[part],
                validation=self.validation[part] if self.validation is not None else None,
                maps=self.maps and self.maps.members(part),
                weights=self.weights[part] if self.weights is not None else None,
            )
            for part in (slice(n), slice(n, None))
        )
        return first, rest
