"""The commands that answer questions beside a measure's value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import typer

import minde
from minde.cli.answers import show_comparison, show_rows, show_selection, show_test
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
from minde.cli.variables import kept, read_with_kinds
from minde.errors import InputError
from minde.io.tables import pick, read_table


@dataclass(frozen=True)
class PermutationOptions:
    """What changes places in a test, and how often."""

    permutations: Annotated[int, typer.Option(help="Of each half of the rows.", min=39)] = 200
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
    (first, second), asked, told = read_with_kinds(read_table(file), {"x": x, "y": y}, kinds, table)
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
    (first, second), asked, told = read_with_kinds(read_table(file), {"x": x, "y": y}, kinds, table)
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
    (first, second), asked, told = read_with_kinds(read_table(file), {"x": x, "y": y}, kinds, table)
    found = minde.channel_capacity(first, second, kinds=asked, random_state=random_state)
    show(found.to(table.unit), f"C({x} -> {y})", table.format, told)


@app.command("test")
@expand_groups
def independence(
    file: FileArgument,
    x: XOption,
    y: YOption,
    z: Annotated[str | None, typer.Option("--z", help="Columns that are given.")] = None,
    *,
    order: PermutationOptions,
    kinds: KindOptions,
    fit: AllRowsOptions,
    table: TableOptions,
) -> None:
    """Test whether columns of a table are independent, or independent given others."""
    patterns = {"x": x, "y": y} | ({} if z is None else {"z": z})
    samples, asked, told = read_with_kinds(read_table(file), patterns, kinds, table)
    with table.progress() as progress:
        found = minde.independence_test(
            *samples[:2],
            given=samples[2] if z is not None else None,
            **order.asked,
            kinds=asked,
            settings=fit.settings(progress),
        )
    title = f"{x} and {y}" + (f" given {z}" if z is not None else "")
    show_test(found.to(table.unit), title, table.format, told)


@app.command()
@expand_groups
def select(
    file: FileArgument,
    y: YOption,
    x: XOption = "*",
    most: Annotated[int, typer.Option(help="Columns to choose at most; 0 is any.", min=0)] = 0,
    *,
    kinds: KindOptions,
    fit: AllRowsOptions,
    table: PlotOptions,
) -> None:
    """Which columns tell of a target: each alone, and beside those chosen before it."""
    table.prepare()
    columns = read_table(file)
    targets = pick(columns, y, "--y")
    names = [n for n in pick(columns, x, "--x") if n not in targets]
    if not names:
        raise InputError(f"--x: all of '{x}' is the target; name other columns")
    patterns = {"x": ",".join(names), "y": y}
    (first, second), asked, told = read_with_kinds(columns, patterns, kinds, table)
    with table.progress() as progress:
        found = minde.select(
            first,
            second,
            most=most or None,
            kinds=kept(asked, first, second),
            settings=fit.settings(progress),
        )
    if table.plot is not None:
        found.to(table.unit).plot(table.plot)
    show_selection(found.to(table.unit), table.format, told)
