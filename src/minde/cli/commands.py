"""The commands: information measures of a table's columns.

Nothing here imports torch until a command has read its table: the public names of ``minde`` load
on first use, and help is shown at once.
"""

from __future__ import annotations

from typing import Annotated

import typer

import minde
from minde.cli.app import app
from minde.cli.doctor import doctor as report_on_machine
from minde.cli.files import check_writable
from minde.cli.groups import expand_groups
from minde.cli.kinds import CompressOptions, LabelCommand
from minde.cli.options import (
    AllRowsOptions,
    FileArgument,
    FitOptions,
    InformationOptions,
    ManyOptions,
    PairsOptions,
    RowOptions,
    StoreOptions,
    TableOptions,
    XOption,
    YOption,
    ZOption,
)
from minde.cli.rows import ColumnOptions, GroupOptions
from minde.cli.show import show, show_pairs
from minde.errors import InputError
from minde.io.tables import pick, read_table
from minde.questions import asking
from minde.questions.table import kept
from minde.reading.pairing import read_samples


@app.command(cls=LabelCommand)
@expand_groups
def estimate(
    file: FileArgument,
    x: XOption,
    y: YOption,
    family: Annotated[str, typer.Option(help="c (conditional) or j (joint).")] = "c",
    *,
    kinds: ColumnOptions,
    fit: CompressOptions,
    store: StoreOptions,
    table: RowOptions,
) -> None:
    """Mutual information I(X; Y) between columns of a table."""
    check_writable(table.rows, "--rows")
    if store.load is not None:
        if kinds.weights is not None:
            raise InputError("--weights: with --load new rows are read, which weigh the same")
        kinds.refuse_groups("--load")
        kinds.refuse("what columns are was decided when the estimator of --load was fitted")
        fit.refuse_compression(
            "what is done with many columns was settled when --load's was fitted"
        )
    # The estimator leaves constant columns out itself, and knows their places in new rows.
    asked = table.open(file, kinds)
    (first, second), kinds_of, told = asked.variables({"x": x, "y": y}, keep_constants=True)
    with table.progress() as progress:
        store.prepare()
        if store.load is not None:
            model = minde.MINDE.load(store.load, fit.device)
            found = model.mutual_information(first, second)
        else:
            settings = fit.settings(progress)
            options = {**(settings.options or {}), **table.draws}
            model = minde.MINDE(
                family=family,  # type: ignore[arg-type]
                kinds=kinds_of,
                compress=fit.compress,  # type: ignore[arg-type]
                components=fit.components,
                **{**vars(settings), "options": options},
            )
            found = model.fit(first, second).mutual_information()
            if store.save is not None:
                model.save(store.save)
    found = found.to(table.unit)
    table.write_rows(found, first.rows)
    show(found, f"I({x}; {y})", table.format, told, table.normalised)


@app.command()
@expand_groups
def pairs(
    file: FileArgument,
    x: XOption = "*",
    *,
    kinds: GroupOptions,
    fit: ManyOptions,
    table: PairsOptions,
) -> None:
    """Mutual information of every pair of single columns of a table, the most first."""
    table.prepare()
    asked = table.open(file, kinds)
    with table.progress() as progress:
        answer = asking.pairs(asked, x, unit=table.unit, **fit.given(progress))
    table.draw(answer)
    show_pairs(answer.found, table.format, answer.told, table.normalised)


@app.command()
@expand_groups
def entropy(
    file: FileArgument,
    x: XOption,
    sigma_ref: Annotated[float, typer.Option(help="Width of the reference.", min=1e-3)] = 1.0,
    *,
    kinds: ColumnOptions,
    fit: AllRowsOptions,
    table: TableOptions,
) -> None:
    """Entropy H(X) of columns of a table: differential, or of discrete columns Shannon's."""
    (values,), asked, told = table.open(file, kinds).variables({"x": x})
    with table.progress() as progress:
        found = minde.entropy(values, sigma_ref, kinds=asked, settings=fit.settings(progress))
    show(found.to(table.unit), f"H({x})", table.format, told)


@app.command()
@expand_groups
def kl(
    p: FileArgument,
    q: FileArgument,
    x: XOption = "*",
    *,
    kinds: ColumnOptions,
    fit: FitOptions,
    table: TableOptions,
) -> None:
    """KL divergence KL[P || Q] between the same columns of two tables, paired by name."""
    kinds.refuse_groups("kl")
    (first, of_first), (second, of_second) = (kinds.taken(read_table(f)) for f in (p, q))
    first, second = (pick(columns, x, "--x") for columns in (first, second))
    asked, own = kinds.of({"x": [*first]}), (of_first.get("weights"), of_second.get("weights"))
    of_p, of_q, told = read_samples(first, second, (p.name, q.name), weights=own, **table.reading)
    with table.progress() as progress:
        found = minde.kl_divergence(
            of_p, of_q, kinds=kept(asked, of_p), settings=fit.settings(progress)
        )
    show(found.to(table.unit), f"KL[{p.name} || {q.name}]", table.format, told)


@app.command()
@expand_groups
def interaction(
    file: FileArgument,
    x: XOption,
    y: YOption,
    z: ZOption,
    *,
    kinds: ColumnOptions,
    fit: AllRowsOptions,
    table: TableOptions,
) -> None:
    """Interaction information I(X; Y) - I(X; Y | Z) of columns of a table."""
    samples, asked, told = table.open(file, kinds).variables({"x": x, "y": y, "z": z})
    with table.progress() as progress:
        found = minde.interaction_information(
            *samples, kinds=asked, settings=fit.settings(progress)
        )
    show(found.to(table.unit), f"I({x}; {y}; {z})", table.format, told)


@app.command()
@expand_groups
def conditional(
    file: FileArgument,
    x: XOption,
    y: YOption,
    z: ZOption,
    *,
    kinds: ColumnOptions,
    fit: AllRowsOptions,
    table: InformationOptions,
) -> None:
    """Conditional mutual information I(X; Y | Z) of columns of a table."""
    samples, asked, told = table.open(file, kinds).variables({"x": x, "y": y, "z": z})
    with table.progress() as progress:
        found = minde.conditional_mutual_information(
            *samples, kinds=asked, settings=fit.settings(progress)
        )
    show(found.to(table.unit), f"I({x}; {y} | {z})", table.format, told, table.normalised)


@app.command()
def doctor(
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Versions, device, threads, memory and missing extras; exit code 1 if what is needed fails."""
    raise typer.Exit(report_on_machine(json))
