"""The commands on tables whose rows come in time."""

from __future__ import annotations

from typing import Annotated

import typer

from minde.cli.answers import show_lags
from minde.cli.app import app
from minde.cli.groups import expand_groups
from minde.cli.kinds import KindOptions
from minde.cli.options import (
    AllRowsOptions,
    FileArgument,
    InformationOptions,
    ManyOptions,
    PlotOptions,
    XOption,
    YOption,
)
from minde.cli.past import LagsOption, PastOptions, lags_of
from minde.cli.show import show
from minde.questions import asking


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
    asked = table.open(file, kinds)
    lags = past.asked
    with table.progress() as progress:
        settings = fit.settings(progress)
        answer = asking.transfer(asked, x, y, z, unit=table.unit, settings=settings, **lags)
    show(answer.found, answer.title, table.format, answer.told, table.normalised)


@app.command()
@expand_groups
def lags(
    file: FileArgument,
    x: XOption,
    y: YOption,
    lags: LagsOption = "0:10",
    *,
    kinds: KindOptions,
    fit: ManyOptions,
    table: PlotOptions,
) -> None:
    """Mutual information of x some rows before and y, of a table whose rows come in time."""
    table.prepare()
    asked, far = table.open(file, kinds), lags_of(lags, "--lags")
    with table.progress() as progress:
        answer = asking.lags(asked, x, y, unit=table.unit, lags=far, **fit.given(progress))
    table.draw(answer)
    show_lags(answer, table.format)
