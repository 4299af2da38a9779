"""The commands: information measures of a table's columns.

Nothing here imports torch until a command has read its table: the public names of ``minde`` load
on first use, and help is shown at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import minde
from minde.cli.groups import expand_groups
from minde.cli.kinds import KindOptions, LabelCommand
from minde.cli.mistakes import OneLineGroup
from minde.cli.options import (
    AllRowsOptions,
    FileArgument,
    FitOptions,
    FoldOptions,
    StoreOptions,
    TableOptions,
    XOption,
    YOption,
    ZOption,
)
from minde.cli.show import show, show_pairs, show_selection, show_test
from minde.cli.variables import kept, names_of, read_columns, read_singles
from minde.errors import InputError
from minde.io.tables import pick, read_table
from minde.reading.pairing import read_samples

app = typer.Typer(
    cls=OneLineGroup,
    help="Mutual information, entropy and KL divergence from diffusion models, in nats.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.command(cls=LabelCommand)
@expand_groups
def estimate(
    file: FileArgument,
    x: XOption,
    y: YOption,
    family: Annotated[str, typer.Option(help="c (conditional) or j (joint).")] = "c",
    *,
    kinds: KindOptions,
    fit: AllRowsOptions,
    store: StoreOptions,
    table: TableOptions,
) -> None:
    """Mutual information I(X; Y) between columns of a table."""
    columns = read_table(file)
    # The estimator leaves constant columns out itself, and knows their places in new rows.
    (first, second), told = read_columns(columns, {"x": x, "y": y}, table, keep_constants=True)
    if store.load is not None:
        kinds.refuse("what columns are was decided when the estimator of --load was fitted")
    asked = kinds.of(names_of(first, second))
    with table.progress() as progress:
        store.prepare()
        if store.load is not None:
            model = minde.MINDE.load(store.load, fit.device)
            found = model.mutual_information(first, second)
        else:
            model = minde.MINDE(
                family=family,  # type: ignore[arg-type]
                kinds=asked,
                **vars(fit.settings(progress)),
            )
            found = model.fit(first, second).mutual_information()
            if store.save is not None:
                model.save(store.save)
    show(found, f"I({x}; {y})", table.format, told)


@app.command()
@expand_groups
def pairs(
    file: FileArgument,
    x: XOption = "*",
    *,
    kinds: KindOptions,
    fit: FoldOptions,
    table: TableOptions,
) -> None:
    """Mutual information of every pair of single columns of a table, the most first."""
    chosen, asked, told = read_singles(read_table(file), x, kinds, table)
    with table.progress() as progress:
        found = minde.pairwise_mutual_information(
            chosen, kinds=asked, settings=fit.settings(progress)
        )
    show_pairs(found, table.format, told)


@app.command()
@expand_groups
def entropy(
    file: FileArgument,
    x: XOption,
    sigma_ref: Annotated[float, typer.Option(help="Width of the reference.", min=1e-3)] = 1.0,
    *,
    kinds: KindOptions,
    fit: FoldOptions,
    table: TableOptions,
) -> None:
    """Entropy H(X) of columns of a table: differential, or of discrete columns Shannon's."""
    columns = pick(read_table(file), x, "--x")
    asked = kinds.of({"x": [*columns]})
    (values,), told = read_columns(columns, {"x": "*"}, table)
    with table.progress() as progress:
        found = minde.entropy(
            values, sigma_ref, kinds=kept(asked, values), settings=fit.settings(progress)
        )
    show(found, f"H({x})", table.format, told)


@app.command()
@expand_groups
def kl(
    p: FileArgument,
    q: FileArgument,
    x: XOption = "*",
    *,
    kinds: KindOptions,
    fit: FitOptions,
    table: TableOptions,
) -> None:
    """KL divergence KL[P || Q] between the same columns of two tables, paired by name."""
    first, second = pick(read_table(p), x, "--x"), pick(read_table(q), x, "--x")
    asked = kinds.of({"x": [*first]})
    of_p, of_q, told = read_samples(first, second, (p.name, q.name), **table.reading)
    with table.progress() as progress:
        found = minde.kl_divergence(
            of_p, of_q, kinds=kept(asked, of_p), settings=fit.settings(progress)
        )
    show(found, f"KL[{p.name} || {q.name}]", table.format, told)


@app.command()
@expand_groups
def interaction(
    file: FileArgument,
    x: XOption,
    y: YOption,
    z: ZOption,
    *,
    kinds: KindOptions,
    fit: FoldOptions,
    table: TableOptions,
) -> None:
    """Interaction information I(X; Y) - I(X; Y | Z) of columns of a table."""
    samples, told = read_columns(read_table(file), {"x": x, "y": y, "z": z}, table)
    asked = kinds.of(names_of(*samples))
    with table.progress() as progress:
        found = minde.interaction_information(
            *samples, kinds=asked, settings=fit.settings(progress)
        )
    show(found, f"I({x}; {y}; {z})", table.format, told)


@app.command()
@expand_groups
def conditional(
    file: FileArgument,
    x: XOption,
    y: YOption,
    z: ZOption,
    *,
    kinds: KindOptions,
    fit: FoldOptions,
    table: TableOptions,
) -> None:
    """Conditional mutual information I(X; Y | Z) of columns of a table."""
    samples, told = read_columns(read_table(file), {"x": x, "y": y, "z": z}, table)
    asked = kinds.of(names_of(*samples))
    with table.progress() as progress:
        found = minde.conditional_mutual_information(
            *samples, kinds=asked, settings=fit.settings(progress)
        )
    show(found, f"I({x}; {y} | {z})", table.format, told)


@app.command("test")
@expand_groups
def independence(
    file: FileArgument,
    x: XOption,
    y: YOption,
    z: Annotated[str | None, typer.Option("--z", help="Columns that are given.")] = None,
    permutations: Annotated[int, typer.Option(help="Of each half of the rows.", min=39)] = 200,
    blocks: Annotated[
        int, typer.Option(help="Rows of blocks that change places as a whole; 1 is rows.", min=1)
    ] = 1,
    *,
    kinds: KindOptions,
    fit: AllRowsOptions,
    table: TableOptions,
) -> None:
    """Test whether columns of a table are independent, or independent given others."""
    patterns = {"x": x, "y": y} | ({} if z is None else {"z": z})
    samples, told = read_columns(read_table(file), patterns, table)
    asked = kinds.of(names_of(*samples))
    with table.progress() as progress:
        found = minde.independence_test(
            *samples[:2],
            given=samples[2] if z is not None else None,
            permutations=permutations,
            blocks=blocks if blocks > 1 else None,
            kinds=asked,
            settings=fit.settings(progress),
        )
    show_test(found, f"{x} and {y}" + (f" given {z}" if z is not None else ""), table.format, told)


@app.command()
@expand_groups
def select(
    file: FileArgument,
    y: YOption,
    x: XOption = "*",
    most: Annotated[int, typer.Option(help="Columns to choose at most; 0 is any.", min=0)] = 0,
    plot: Annotated[Path | None, typer.Option(help="Image to draw, such as a.png.")] = None,
    *,
    kinds: KindOptions,
    fit: AllRowsOptions,
    table: TableOptions,
) -> None:
    """Which columns tell of a target: each alone, and beside those chosen before it."""
    columns = read_table(file)
    targets = pick(columns, y, "--y")
    names = [n for n in pick(columns, x, "--x") if n not in targets]
    if not names:
        raise InputError(f"--x: all of '{x}' is the target; name other columns")
    patterns = {"x": ",".join(names), "y": y}
    (first, second), told = read_columns(columns, patterns, table)
    asked = kinds.of(names_of(first, second))
    with table.progress() as progress:
        found = minde.select(
            first,
            second,
            most=most or None,
            kinds=kept(asked, first, second),
            settings=fit.settings(progress),
        )
    if plot is not None:
        found.plot(plot)
    show_selection(found, table.format, told)
