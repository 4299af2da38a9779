"""The commands that answer questions beside a measure's value."""

from __future__ import annotations

from typing import Annotated

import typer

import minde
from minde.cli.answers import show_comparison, show_rows
from minde.cli.app import app
from minde.cli.groups import expand_groups
from minde.cli.kinds import KindOptions
from minde.cli.options import (
    AllRowsOptions,
    FileArgument,
    PlotOptions,
    TableOptions,
    XOption,
    YOption,
)
from minde.cli.show import show
from minde.cli.variables import names_of, read_columns
from minde.io.tables import read_table


@app.command()
@expand_groups
def rows(
    file: FileArgument,
    x: XOption,
    y: YOption,
    *,
    kinds: KindOptions,
    fit: AllRowsOptions,
    table: PlotOptions,
) -> None:
    """How I(X; Y) would change with more rows: from a quarter, a half and all of them."""
    table.prepare()
    (first, second), told = read_columns(read_table(file), {"x": x, "y": y}, table)
    asked = kinds.of(names_of(first, second))
    with table.progress() as progress:
        found = minde.more_rows(first, second, kinds=asked, settings=fit.settings(progress))
    table.draw("plot_more_rows", found.to(table.unit))
    show_rows(found.to(table.unit), f"I({x}; {y})", table.format, told)


@app.command()
@expand_groups
def compare(
    file: FileArgument,
    x: XOption,
    y: YOption,
    methods: Annotated[
        str, typer.Option(help="Others, comma-separated: see docs; infonce takes minutes.")
    ] = "",
    *,
    kinds: KindOptions,
    fit: AllRowsOptions,
    table: PlotOptions,
) -> None:
    """I(X; Y) by MINDE, KSG, CCA, a mixture of Gaussians and critics, and which to trust."""
    table.prepare()
    (first, second), told = read_columns(read_table(file), {"x": x, "y": y}, table)
    asked = kinds.of(names_of(first, second))
    others = {"methods": [m.strip() for m in methods.split(",")]} if methods else {}
    with table.progress() as progress:
        settings = fit.settings(progress)
        found = minde.compare(first, second, kinds=asked, settings=settings, **others)
    table.draw("plot_comparison", found.to(table.unit))
    show_comparison(found.to(table.unit), f"I({x}; {y})", table.format, told)


@app.command()
@expand_groups
def capacity(
    file: FileArgument,
    x: XOption,
    y: YOption,
    random_state: Annotated[int, typer.Option(help="Seed of the folds.")] = 0,
    *,
    kinds: KindOptions,
    table: TableOptions,
) -> None:
    """Capacity of the channel from labels X to Y: the most that I(X; Y) is for any shares of X."""
    (first, second), told = read_columns(read_table(file), {"x": x, "y": y}, table)
    asked = kinds.of(names_of(first, second))
    found = minde.channel_capacity(first, second, kinds=asked, random_state=random_state)
    show(found.to(table.unit), f"C({x} -> {y})", table.format, told)
