"""Sections of the configuration that experiments share, and types of option that recur.

A section may have ``check(config)`` for what types and bounds cannot tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from minde.baselines.base import KINDS, Entry, kind_of
from minde.declare import Bounds, Count, Positive, option
from minde.errors import ConfigError
from minde.experiments import schema
from minde.recipe import make_recipe

Config = dict[str, Any]

#: A name that becomes a folder or a file.
Name = Annotated[str, Bounds(pattern="^[A-Za-z0-9][A-Za-z0-9_-]*$(?!\n)")]
EstimatorName = Annotated[str, Bounds(pattern="^[a-z][a-z0-9_]*$(?!\n)")]
Seeds = Count
TrainPoints = Annotated[int, Bounds(minimum=100)]
TestPoints = Annotated[int, Bounds(minimum=10)]
Family = Literal["c", "j"]
#: The word "all", or names.
Names = Literal["all"] | Annotated[tuple[str, ...], Bounds(size=1)]
#: Options of minde.recipe.Recipe; ``make_recipe`` checks names and values.
RecipeOptions = dict[str, Any]


@dataclass(frozen=True)
class FamilyOptions:
    """Recipe options of one family, over the common ones."""

    c: RecipeOptions | None = option(None, "Recipe options of MINDE-C.")
    j: RecipeOptions | None = option(None, "Recipe options of MINDE-J.")


@dataclass(frozen=True)
class PackOptions:
    """Trainings of several jobs in one loop; every job still writes its own file."""

    members: Count = option(400, "Networks in a loop at most; 1 trains every job apart.")
    where: Literal["gpu", "any"] = option(
        "gpu", "gpu: where a job finds one; any: on a CPU too, which gains little."
    )


@dataclass(frozen=True)
class MindeOptions:
    """Our estimators."""

    families: tuple[Family, ...] = option(
        ("j", "c"),
        "c: conditional (MINDE-C), j: joint (MINDE-J).",
        "jobs of a new family; tables and figures",
    )
    recipe: Literal["paper", "fast"] = option(
        "paper", "paper: Tables 2 and 3; fast: ours.", "trainings and read-outs of the new recipe"
    )
    seeds_per_job: Count = option(
        10,
        "Seeds trained together in one job. A seed beyond full jobs opens a new job.",
        "trainings whose seeds changed",
    )
    pack: PackOptions = option(PackOptions(), reruns="nothing")
    sigma_refs: Annotated[tuple[Positive, ...], Bounds(size=1)] = option(
        (0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0),
        "Reference widths of the read-out outside the norm, MINDE-C(sigma) and MINDE-J(sigma): "
        "Table 4.",
        "read-outs; no training",
    )
    options: RecipeOptions = option(
        {}, "Recipe options (minde.recipe.Recipe) of both families.", "trainings"
    )
    family_options: FamilyOptions = option(
        FamilyOptions(), "Then those of one family.", "trainings of that family"
    )

    @staticmethod
    def check(config: Config) -> None:
        """Recipe options must make a recipe."""
        for family in config["minde"]["families"]:
            make_recipe(config["minde"]["recipe"], family, 2, **minde_options(config, family))


@dataclass(frozen=True)
class LimitOptions:
    """Limits of one estimate; beyond them it is recorded as failed. An entry may have its own."""

    seconds: Positive = option(36_000, "Wall-clock time, seconds.")
    memory_mb: Positive = option(8000, "Resident memory, MB.")


@dataclass(frozen=True)
class BaselineOptions:
    """Other estimators."""

    seeds_per_job: Count = option(
        10,
        "Seeds run in one job; fewer, longer jobs keep the job graph quick to plan.",
        "baselines whose seeds changed",
    )
    limits: LimitOptions = option(LimitOptions(), reruns="the baselines")
    estimators: dict[EstimatorName, Any] = option(
        {name: kind.options() for name, kind in KINDS.items() if name != "import"},
        "Remove an entry to leave an estimator out; an option left out takes the value shown here. "
        "Name one as you like with `kind: mine` and so on, or bring your own with "
        "`import: package.module:Class` (see docs/own-estimator.md). `label`, `seconds`, "
        "`memory_mb` and `seeds` are an entry's own name in tables, limits, and most seeds.",
        "that estimator",
    )

    @staticmethod
    def check(config: Config) -> None:
        """Each entry must keep to the options of its kind."""
        for name, entry in config["baselines"]["estimators"].items():
            where = f"baselines.estimators.{name}"
            if not isinstance(entry, dict):
                raise ConfigError(f"config: {where} must be a mapping of options, got {entry!r}")
            options = KINDS[kind_of(name, entry)].options
            schema.check(entry, schema.object_schema(Entry, options, complete=False), where)


@dataclass(frozen=True)
class Table1Options:
    """Table 1."""

    quantum: Positive = option(0.1, "Rounding, nats.", "Tables 1 and 4, ranks, their figures")
    sigma_ref: Positive = option(
        1.0,
        "The reference width shown beside what the recipe reports; one of minde.sigma_refs.",
        "Tables 1 and 5, their figures",
    )

    @staticmethod
    def check(config: Config) -> None:
        """The width shown must be one that is read."""
        width, widths = config["table1"]["sigma_ref"], config["minde"]["sigma_refs"]
        if width not in widths:
            raise ConfigError(
                f"config: table1.sigma_ref {width} must be one of minde.sigma_refs {widths}"
            )


@dataclass(frozen=True)
class StyleOptions:
    """Shared by all figures."""

    palette: str = option("colorblind", "A seaborn palette.")
    font_size: Annotated[float, Bounds(minimum=4, maximum=30)] = option(9, "Points.")
    dpi: Annotated[int, Bounds(minimum=50, maximum=1200)] = option(200, "Dots per inch of PNG.")


@dataclass(frozen=True)
class HeatmapOptions:
    """Coloured Table 1."""

    colour_limit: Positive = option(0.5, "Bias at which the colour saturates, nats.")


@dataclass(frozen=True)
class PanelOptions:
    """A figure of many panels."""

    columns: Count = option(description="Panels per row.")
    panels: Count = option(description="Panels per page.")


@dataclass(frozen=True)
class FigureOptions:
    """How figures look."""

    formats: Annotated[tuple[Literal["png", "pdf", "svg"], ...], Bounds(size=1)] = option(
        ("png", "pdf"), "File formats."
    )
    style: StyleOptions = option(StyleOptions())
    table1: HeatmapOptions = option(HeatmapOptions())
    boxplot: PanelOptions = option(PanelOptions(5, 20), "Box plots (Figures 3 and 4).")
    train_size: PanelOptions = option(
        PanelOptions(5, 10), "Estimates against training size (Figures 5 to 8)."
    )


def minde_options(config: Config, family: str) -> dict[str, Any]:
    """Recipe options of a family: the common ones, overridden by the family's."""
    return family_options(config["minde"], family)


def family_options(section: Config, family: str) -> dict[str, Any]:
    """A section's recipe options for a family."""
    return {**section["options"], **section["family_options"].get(family, {})}


def job_seeds(seeds: int, size: int) -> list[tuple[int, int]]:
    """First and last seed of each job; a seed added beyond full jobs opens a new one."""
    return [(a, min(a + size, seeds) - 1) for a in range(0, seeds, size)]
