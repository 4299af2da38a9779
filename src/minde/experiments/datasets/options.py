"""An entry of section `datasets` of the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from minde.declare import Bounds, Text, option
from minde.experiments.datasets.questions import check_questions
from minde.experiments.options import Config, Name
from minde.kinds import Kind


@dataclass(frozen=True)
class DatasetOptions:
    """A table with x and y columns."""

    path: Text = option(
        description="CSV, TSV, parquet (a file or a folder), feather, npy, npz or xlsx."
    )
    x: Text = option(description="Columns: names and globs, comma-separated.")
    y: Text = option(description="Columns: names and globs, comma-separated.")
    test_size: Annotated[float, Bounds(above=0, below=1)] = option(
        description="Share of rows held out."
    )
    missing: Literal["refuse", "drop"] | None = option(
        None,
        "Rows that miss a value: `refuse` (the default), or `drop` them and say so in the log.",
    )
    kinds: dict[str, Kind] | None = option(
        None,
        "`continuous`, `discrete` or `categorical` by name of a column, or of x or y for all of "
        "its columns; those of other columns are inferred. Where it is given, `{}` too, text is a "
        "label, and what takes continuous columns alone is left out.",
    )
    y_kind: Literal["categorical"] | None = option(
        None, "All columns of y are labels, the rest as with `kinds`."
    )
    weights: Text | None = option(
        None,
        "Column of weights of the rows, from zero. MINDE is fitted with them, as with `kinds`; "
        "estimators that know none are left out.",
    )
    groups: Text | None = option(
        None,
        "Column that says which rows belong together, such as a subject's. MINDE is fitted with "
        "them, as with `kinds`; estimators that know none are left out.",
    )
    estimators: Literal["all"] | tuple[str, ...] | None = option(
        None,
        '"all" (the default), names of estimators (of ours `minde-c` alone takes labels), or none: '
        "`[]`.",
    )
    questions: dict[Name, Any] | None = option(
        None,
        "Questions by name, each a mapping with `ask` and its options (see docs/questions.md). For "
        "example `{which: {ask: select, x: '*', y: color}}`.",
        "that question",
    )

    @staticmethod
    def check(config: Config) -> None:
        """Each question must keep to the options of its kind."""
        for name, entry in config["datasets"].items():
            check_questions(entry.get("questions") or {}, f"datasets.{name}.questions")

    @property
    def mixed(self) -> bool:
        """Whether columns are told apart by kind, and MINDE is fitted as from Python."""
        told = (self.kinds, self.y_kind, self.weights, self.groups)
        return any(part is not None for part in told)
