"""Where a question takes many values: how each is fitted, and what is said of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from minde.estimators.settings import Settings, cross_fitted, with_options
from minde.readout.estimate import MIEstimate

#: Values beyond which each is read with less, and that.
MANY, LIGHT_FOLDS, LIGHT_STEPS, LIGHT_WIDTH = 10, 3, 64, 32
LIGHT = Settings(
    n_seeds=1,
    folds=LIGHT_FOLDS,
    extrapolate=False,
    options={"n_steps": LIGHT_STEPS, "width": LIGHT_WIDTH, "starts": 1, "n_draws": 6},
    directions=1,
)


def settings_of_many(
    settings: Settings | None, options: dict[str, Any], values: int, what: str
) -> tuple[Settings, str]:
    """How to fit so many values, and what to say of it.

    Arguments:
        settings: What the caller gave.
        options: Fields that the caller gave; seeds, folds and options are kept as they are.
        values: How many.
        what: They are called.
    """
    if settings is not None or {"n_seeds", "folds", "options"} & options.keys():
        return with_options(settings, options), ""
    if values <= MANY:
        return cross_fitted(None, options), ""
    line = (
        f"one of {values} {what}, read by networks of {LIGHT_STEPS} steps on {LIGHT_FOLDS} folds; "
        "relations with many turns may read low beyond the interval: read those that matter alone"
    )
    return with_options(LIGHT, options), line


def one_direction(settings: Settings | None, options: dict[str, Any]) -> Settings:
    """As :class:`minde.MINDE` by default, but in one direction: half the work of each value."""
    return cross_fitted(settings, options if settings else {"directions": 1, **options})


def with_note(found: MIEstimate, line: str) -> MIEstimate:
    """The estimate with a sentence, if networks were trained for it."""
    if not line or not found.n_train:
        return found
    return replace(found, warnings=(*found.warnings, line))


def by_sentence(told: Iterable[tuple[str, Sequence[str]]], what: str = "") -> list[str]:
    """Each sentence once, with the first that it is on and the number of the others.

    Arguments:
        told: Names, each with sentences on it.
        what: One of the others is called.
    """
    on: dict[str, dict[str, None]] = {}
    for name, sentences in told:
        for sentence in sentences:
            on.setdefault(sentence, {})[name] = None
    return [f"{_first(list(names), what)}: {sentence}" for sentence, names in on.items()]


def _first(names: Sequence[str], what: str) -> str:
    others = len(names) - 1
    word = f" {what}{'s' * (others > 1)}" if what else ""
    return names[0] + (f" and {others} more{word}" if others else "")
