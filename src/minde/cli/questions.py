"""The commands that answer questions beside a measure's value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from minde.cli.answers import show_comparison, show_rows, show_selection, show_test
from minde.cli.app import app
from minde.cli.groups import expand_groups
from minde.cli.kinds import KindOptions
from minde.cli.options import (
    AllRowsOptions,
    FileArgument,
    ManyOptions,
    PlotOptions,
    TableOptions,
    XOption,
    YOption,
)
from minde.cli.rows import GroupOptions
from minde.cli.show import show
from minde.errors import InputError
from minde.questions import asking


@dataclass(frozen=True)
class PermutationOptions:
    """What changes places in a test, and how often."""

    permutations: Annotated[int, typer.Option(help="Of each test.", min=79)] = 200
    blocks: Annotated[
        int, typer.Option(help="Rows of blocks that change places as a whole; 1 is rows.", min=1)
    ] = 1

    @property
    def asked(self) -> dict[str, Any]:
        """The same, as the test takes it."""
        blocks = self.blocks if self.blocks > 1 else None
        return {"permutations": self.permutations, "blocks": blocks}


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
    asked = table.open(file, kinds)
    with table.progress() as progress:
        answer = asking.rows(asked, x, y, unit=table.unit, settings=fit.settings(progress))
    table.draw(answer)
    show_rows(answer, table.format)


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
    asked = table.open(file, kinds)
    named = [name.strip() for name in methods.split(",") if name.strip()]
    if methods and not named:
        raise InputError("--methods: name at least one estimator, or leave it out")
    others = {"methods": named} if named else {}
    with table.progress() as progress:
        settings = fit.settings(progress)
        answer = asking.compare(asked, x, y, unit=table.unit, settings=settings, **others)
    table.draw(answer)
    show_comparison(answer, table.format)


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
    asked = table.open(file, kinds)
    answer = asking.capacity(asked, x, y, unit=table.unit, random_state=random_state)
    show(answer.found, answer.title, table.format, answer.told)


@app.command("test")
@expand_groups
def independence(
    file: FileArgument,
    x: XOption,
    y: YOption,
    z: Annotated[str | None, typer.Option("--z", help="Columns that are given.")] = None,
    *,
    order: PermutationOptions,
    kinds: GroupOptions,
    fit: AllRowsOptions,
    table: TableOptions,
) -> None:
    """Test whether columns of a table are independent, or independent given others."""
    asked = table.open(file, kinds)
    with table.progress() as progress:
        how = {"unit": table.unit, "settings": fit.settings(progress), **order.asked}
        answer = asking.independence(asked, x, y, z, **how)
    show_test(answer, table.format)


@app.command()
@expand_groups
def select(
    file: FileArgument,
    y: YOption,
    x: XOption = "*",
    most: Annotated[int, typer.Option(help="Columns to choose at most; 0 is any.", min=0)] = 0,
    *,
    kinds: GroupOptions,
    fit: ManyOptions,
    table: PlotOptions,
) -> None:
    """Which columns tell of a target: each alone, and beside those chosen before it."""
    table.prepare()
    asked = table.open(file, kinds)
    with table.progress() as progress:
        given = {"most": most or None, **fit.given(progress)}
        answer = asking.select(asked, y, x, unit=table.unit, **given)
    table.draw(answer)
    show_selection(answer, table.format)
