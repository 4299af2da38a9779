"""The commands: information measures of a table's columns.

Nothing here imports torch until a command has read its table: the public names of ``minde`` load
on first use, and help is shown at once.
"""

from __future__ import annotations

from typing import Annotated

import typer

import minde
from minde.cli.groups import expand_groups
from minde.cli.mistakes import OneLineGroup
from minde.cli.options import (
    FileArgument,
    FitOptions,
    FoldOptions,
    OutputOptions,
    StoreOptions,
    XOption,
    YOption,
    ZOption,
)
from minde.cli.show import show, show_pairs
from minde.io.tables import pick, pick_names, read_table

app = typer.Typer(
    cls=OneLineGroup,
    help="Mutual information, entropy and KL divergence from diffusion models, in nats.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.command()
@expand_groups
def estimate(
    file: FileArgument,
    x: XOption,
    y: YOption,
    family: Annotated[str, typer.Option(help="c (conditional) or j (joint).")] = "c",
    categorical: Annotated[bool, typer.Option(help="y is a label.")] = False,
    *,
    fit: FoldOptions,
    store: StoreOptions,
    output: OutputOptions,
) -> None:
    """Mutual information I(X; Y) between columns of a table."""
    columns = read_table(file)
    first, second = pick(columns, x, "--x"), pick(columns, y, "--y")
    with output.progress() as progress:
        if store.load is not None:
            model = minde.MINDE.load(store.load, fit.device)
            found = model.mutual_information(first, second)
        else:
            store.prepare()
            model = minde.MINDE(
                family=family,  # type: ignore[arg-type]
                y_kind="categorical" if categorical else "continuous",
                **vars(fit.settings(progress)),
            )
            found = model.fit(first, second).mutual_information()
            if store.save is not None:
                model.save(store.save)
    show(found, f"I({x}; {y})", output.format)


@app.command()
@expand_groups
def pairs(file: FileArgument, x: XOption = "*", *, fit: FoldOptions, output: OutputOptions) -> None:
    """Mutual information of every pair of single columns of a table, the most first."""
    columns = read_table(file)
    chosen = {name: columns[name] for name in pick_names(columns, x, "--x")}
    with output.progress() as progress:
        found = minde.pairwise_mutual_information(chosen, settings=fit.settings(progress))
    show_pairs(found.to_records(), output.format)


@app.command()
@expand_groups
def entropy(
    file: FileArgument,
    x: XOption,
    sigma_ref: Annotated[float, typer.Option(help="Width of the reference.", min=1e-3)] = 1.0,
    *,
    fit: FoldOptions,
    output: OutputOptions,
) -> None:
    """Differential entropy H(X) of columns of a table."""
    values = pick(read_table(file), x, "--x")
    with output.progress() as progress:
        found = minde.entropy(values, sigma_ref, settings=fit.settings(progress))
    show(found, f"H({x})", output.format)


@app.command()
@expand_groups
def kl(
    p: FileArgument, q: FileArgument, x: XOption = "*", *, fit: FitOptions, output: OutputOptions
) -> None:
    """KL divergence KL[P || Q] between the same columns of two tables."""
    first, second = pick(read_table(p), x, "--x"), pick(read_table(q), x, "--x")
    with output.progress() as progress:
        found = minde.kl_divergence(first, second, settings=fit.settings(progress))
    show(found, f"KL[{p.name} || {q.name}]", output.format)


@app.command()
@expand_groups
def interaction(
    file: FileArgument,
    x: XOption,
    y: YOption,
    z: ZOption,
    *,
    fit: FoldOptions,
    output: OutputOptions,
) -> None:
    """Interaction information I(X; Y) - I(X; Y | Z) of columns of a table."""
    columns = read_table(file)
    samples = [pick(columns, v, o) for v, o in ((x, "--x"), (y, "--y"), (z, "--z"))]
    with output.progress() as progress:
        found = minde.interaction_information(*samples, settings=fit.settings(progress))
    show(found, f"I({x}; {y}; {z})", output.format)
