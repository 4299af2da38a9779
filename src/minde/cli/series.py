"""The commands on tables whose rows come in time."""

from __future__ import annotations

from typing import Annotated

import typer

import minde
from minde.cli.answers import show_lags
from minde.cli.app import app
from minde.cli.groups import expand_groups
from minde.cli.kinds import KindOptions
from minde.cli.options import (
    AllRowsOptions,
    FileArgument,
    InformationOptions,
    PlotOptions,
    XOption,
    YOption,
)
from minde.cli.past import LagsOption, PastOptions, lags_of
from minde.cli.show import show
from minde.cli.variables import read_with_kinds
from minde.io.tables import read_table


@app.command()
@expand_groups
def transfer(
    file: FileArgument,
    x: XOption,
    y: YOption,
    z: Annotated[str | None, typer.Option("--z", help="Columns that are given as well.")] = None,
    *,
    past: PastOptions,
    kinds: KindOptions,
    fit: AllRowsOptions,
    table: InformationOptions,
) -> None:
    """Transfer entropy from x to y, columns of a table whose rows come in time."""
    patterns = {"x": x, "y": y} | ({"z": z} if z is not None else {})
    samples, asked, told = read_with_kinds(read_table(file), patterns, kinds, table)
    with table.progress() as progress:
        found = minde.transfer_entropy(
            *samples[:2],
            **past.asked,
            condition=samples[2] if z is not None else None,
            kinds=asked,
            settings=fit.settings(progress),
        )
    title = f"T({x} -> {y}{f' | {z}' if z is not None else ''})"
    show(found.to(table.unit), title, table.format, told, table.normalised)


@app.command()
@expand_groups
def lags(
    file: FileArgument,
    x: XOption,
    y: YOption,
    lags: LagsOption = "0:10",
    *,
    kinds: KindOptions,
    fit: AllRowsOptions,
    table: PlotOptions,
) -> None:
    """Mutual information of x some rows before and y, of a table whose rows come in time."""
    table.prepare()
    samples, asked, told = read_with_kinds(read_table(file), {"x": x, "y": y}, kinds, table)
    with table.progress() as progress:
        found = minde.lagged_mutual_information(
            *samples,
            lags=lags_of(lags, "--lags"),
            kinds=asked,
            settings=fit.settings(progress),
        )
    table.draw("plot_lags", found.to(table.unit))
    show_lags(found.to(table.unit), table.format, told)
