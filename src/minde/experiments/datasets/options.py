"""An entry of section `datasets` of the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from minde.declare import Bounds, Text, option


@dataclass(frozen=True)
class DatasetOptions:
    """A table with x and y columns."""

    path: Text = option(description="Parquet, CSV, TSV or npz.")
    x: Text = option(description="Columns: names and globs, comma-separated.")
    y: Text = option(description="Columns: names and globs, comma-separated.")
    test_size: Annotated[float, Bounds(above=0, below=1)] = option(
        description="Share of rows held out."
    )
