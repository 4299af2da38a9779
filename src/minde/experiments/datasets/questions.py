"""Questions on a user's tables, as the configuration asks them: options of each, light to import.

The words and options are those of ``minde.questions.asking``, which answers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from minde.declare import Bounds, Count, Text, option
from minde.errors import ConfigError, nearest
from minde.experiments import schema
from minde.experiments.options import Config, RecipeOptions
from minde.recipe import make_recipe

#: Of every question: what is asked, and of what it is answered in.
Lags = Annotated[tuple[int, ...], Bounds(size=1)]
PastLags = Annotated[tuple[Count, ...], Bounds(size=1)]
_COLUMNS = "Columns: names and globs, comma-separated; those of the dataset if left out."


@dataclass(frozen=True)
class Asked:
    """What every question has."""

    ask: str = option(description="The question.")
    unit: Literal["nats", "bits"] | None = option(None, "`nats` (the default) or `bits`.")
    random_state: int | None = option(None, "Seed of everything, 0 by default.")


@dataclass(frozen=True)
class Fitted(Asked):
    """What questions have whose networks are trained."""

    n_seeds: Count | None = option(None, "Networks from different seeds.")
    folds: Count | None = option(None, "Cross-fitting folds; 1 is one split.")
    order: Literal["time"] | None = option(None, "Rows come in time, and near ones depend.")
    options: RecipeOptions | None = option(None, "Recipe options; the recipe is `fast`.")


@dataclass(frozen=True)
class OfTwo(Fitted):
    """Of x and y."""

    x: Text | None = option(None, _COLUMNS)
    y: Text | None = option(None, _COLUMNS)


@dataclass(frozen=True)
class Test(OfTwo):
    """Are x and y independent, or independent given z?"""

    z: Text | None = option(None, "Columns that are given.")
    permutations: Annotated[int, Bounds(minimum=79)] | None = option(None, "200 by default.")
    blocks: Count | None = option(None, "Rows of blocks that change places as a whole.")


@dataclass(frozen=True)
class Transfer(OfTwo):
    """What does the past of x tell of y beside y's own, and z's?"""

    z: Text | None = option(None, "Columns that are given as well.")
    lags: PastLags | None = option(None, "Rows before, [1] by default.")
    target_lags: PastLags | None = option(None, "Of y; as lags if left out.")


@dataclass(frozen=True)
class Lagged(OfTwo):
    """Mutual information at lags."""

    lags: Lags | None = option(None, "Rows by which x is before y, 0 to 10 by default.")


@dataclass(frozen=True)
class Select(OfTwo):
    """Which columns of x tell of y?"""

    most: Count | None = option(None, "Columns to choose at most.")


@dataclass(frozen=True)
class Pairs(Fitted):
    """Mutual information of every pair of columns."""

    x: Text | None = option(None, "Columns: names and globs; all of numbers if left out.")


@dataclass(frozen=True)
class Compare(OfTwo):
    """What do other estimators say?"""

    methods: Annotated[tuple[str, ...], Bounds(size=1)] | None = option(
        None, "Others; see docs/questions.md."
    )


@dataclass(frozen=True)
class Capacity(Asked):
    """The most that labels x could send to y."""

    x: Text | None = option(None, _COLUMNS)
    y: Text | None = option(None, _COLUMNS)


@dataclass(frozen=True)
class Kind:
    """A question that can be asked.

    Attributes:
        options: Its options.
        figure: Whether a figure is drawn of its table.
        estimates: How many it is taken to be, of a table that is not yet read.
    """

    options: type
    figure: bool
    estimates: Callable[[dict[str, Any]], int] = lambda entry: 1


QUESTIONS: dict[str, Kind] = {
    "test": Kind(Test, False, lambda entry: 4),
    "transfer": Kind(Transfer, False),
    "lags": Kind(Lagged, True, lambda entry: len(entry.get("lags", range(11)))),
    "select": Kind(Select, True, lambda entry: 20),
    "local": Kind(OfTwo, True),
    "rows": Kind(OfTwo, True, lambda entry: 2),
    "pairs": Kind(Pairs, True, lambda entry: 50),
    "compare": Kind(Compare, True, lambda entry: 2),
    "capacity": Kind(Capacity, False),
}


def check_questions(questions: dict[str, Any], where: str) -> None:
    """Each entry must ask a known question, with its options.

    Raises:
        ConfigError: Naming the entry.
    """
    for name, entry in questions.items():
        place = f"{where}.{name}"
        if not isinstance(entry, dict) or "ask" not in entry:
            raise ConfigError(
                f"config: {place} must be a mapping with `ask`, one of {', '.join(QUESTIONS)}, got "
                f"{entry!r:.60}"
            )
        word = str(entry["ask"])
        if word not in QUESTIONS:
            raise ConfigError(
                f"config: {place}.ask must be one of {', '.join(QUESTIONS)}, got {word!r:.60}"
                f"{nearest(word, [*QUESTIONS])}"
            )
        group = QUESTIONS[word].options
        schema.check(entry, schema.object_schema(group, complete=False), place)
        try:
            make_recipe("fast", "c", 2, **entry.get("options", {}))
        except ConfigError as error:
            raise ConfigError(f"config: {place}.options: {error}") from None


def asked(config: Config) -> dict[tuple[str, str], dict[str, Any]]:
    """Every question, by dataset and name, with what its answer follows from and no more.

    Columns that a question does not name are the dataset's, as is what is said of columns and of
    missing values.
    """
    found = {}
    for dataset, whole in config["datasets"].items():
        for name, entry in (whole.get("questions") or {}).items():
            kept = ["kinds", "missing"]
            kept += ["x", "y"] if entry["ask"] != "pairs" else []
            kept += ["y_kind"] if "y" not in entry else []
            found[dataset, name] = {**{k: v for k, v in whole.items() if k in kept}, **entry}
    return found
