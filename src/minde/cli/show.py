"""Printing estimates: one screen, JSON or CSV; and the progress bar."""

from __future__ import annotations

import contextlib
import csv
import json
import math
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

if TYPE_CHECKING:
    from minde.estimators.independence import IndependenceTest
    from minde.estimators.pairwise import PairwiseMI
    from minde.estimators.selection import Selection
    from minde.readout.estimate import MIEstimate
    from minde.types import Progress as Callback


def show(estimate: MIEstimate, title: str, how: str, told: tuple[str, ...] = ()) -> None:
    """Print an estimate to standard output as ``text``, ``json`` or ``csv``.

    Arguments:
        estimate: What was found.
        title: What it is of.
        how: The format. In CSV there is no place for warnings; they go to standard error.
        told: Sentences on the reading of the table, which are warnings before the estimate's own.
    """
    warnings = [*told, *estimate.warnings]
    if how == "json":
        print(json.dumps({"measure": title, **estimate.to_dict(), "warnings": warnings}))
        return
    if how == "csv":
        writer = csv.writer(sys.stdout)
        writer.writerow(["measure", "value", "std_error", "low", "high", "n_train", "n_test"])
        numbers = [estimate.value, estimate.std_error, *estimate.interval]
        row = [f"{v:.6f}" for v in numbers]
        writer.writerow([title, *row, estimate.n_train, estimate.n_test])
        _to_standard_error(warnings)
        return
    console = Console()
    low, high = estimate.interval
    # Column globs and intervals hold brackets, which rich would read as markup.
    interval = escape(f"[{low:.4f}, {high:.4f}]")
    name = escape(title)
    console.print(f"[bold]{name}[/bold]: {estimate.value:.4f} nats, 95% interval {interval}")
    table = Table("read-out", "nats", "std. error", box=None)
    for name, part in {**estimate.readouts, **estimate.directions}.items():
        table.add_row(name, f"{part.value:.4f}", f"{part.std_error:.4f}")
    console.print(table)
    if list(estimate.readouts) == ["counts"]:
        console.print(f"{estimate.n_test} rows, counted: no network was trained")
    elif list(estimate.readouts) == ["spacings"]:
        console.print(f"{estimate.n_test} rows of one column: no network was trained")
    elif list(estimate.readouts) == ["chain rule"]:
        console.print(f"{estimate.n_test} rows, level by level")
    else:
        seeds = ", ".join(f"{v:.4f}" for v in estimate.per_seed)
        rows = f"{estimate.n_train} rows trained, {estimate.n_test} held out"
        console.print(f"seeds: {seeds}; {rows}")
    for sentence in warnings:
        console.print(f"[yellow]warning:[/yellow] {escape(sentence)}", highlight=False)


def show_pairs(found: PairwiseMI, how: str, told: tuple[str, ...] = ()) -> None:
    """Print one row per pair to standard output as ``text``, ``json`` or ``csv``.

    Arguments:
        found: What was found, with every pair's warnings.
        how: The format. Sentences on the table go to standard error but for ``text``; a pair's
            warnings stand in its row, of the text below the table.
        told: Sentences on the reading of the table.
    """
    rows = [{**r, "warnings": [*found[r["x"], r["y"]].warnings]} for r in found.to_records()]
    if how == "text":
        table = Table("x", "y", "nats", "95% interval", box=None)
        for row in rows:
            interval = f"[{row['low']:.4f}, {row['high']:.4f}]"
            table.add_row(
                escape(row["x"]), escape(row["y"]), f"{row['value']:.4f}", escape(interval)
            )
        console = Console()
        console.print(table)
        for sentence in [*told, *_by_sentence(rows)]:
            console.print(f"[yellow]warning:[/yellow] {escape(sentence)}", highlight=False)
        return
    _to_standard_error(told)
    if how == "json":
        for row in rows:
            row["kinds"] = found[row["x"], row["y"]].diagnostics["kinds"]
        print(json.dumps(rows))
        return
    writer = csv.writer(sys.stdout)
    writer.writerow(rows[0])
    for row in rows:
        row["warnings"] = "; ".join(row["warnings"])
        writer.writerow([v if isinstance(v, str) else f"{v:.6f}" for v in row.values()])


def show_test(found: IndependenceTest, title: str, how: str, told: tuple[str, ...] = ()) -> None:
    """Print a test of independence to standard output; see :func:`show`."""
    warnings = [*told, *found.warnings]
    if how == "json":
        print(json.dumps({"measure": title, **found.to_dict(), "warnings": warnings}))
    elif how == "csv":
        writer, (low, high) = csv.writer(sys.stdout), found.estimate.interval
        writer.writerow(["measure", "p_value", "statistic", "value", "low", "high", "n_test"])
        numbers = [found.p_value, found.statistic, found.estimate.value, low, high]
        writer.writerow([title, *(f"{v:.6g}" for v in numbers), found.n_test])
        _to_standard_error(warnings)
    else:
        console = Console()
        console.print(f"[bold]{escape(title)}[/bold]: {escape(str(found))}")
        for sentence in warnings:
            console.print(f"[yellow]warning:[/yellow] {escape(sentence)}", highlight=False)


def show_selection(found: Selection, how: str, told: tuple[str, ...] = ()) -> None:
    """Print one row per column to standard output; see :func:`show`."""
    rows, warnings = found.to_records(), [*told, *found.warnings]
    if how == "json":
        print(json.dumps({"chosen": found.chosen, "columns": rows, "warnings": warnings}))
    elif how == "csv":
        writer = csv.writer(sys.stdout)
        writer.writerow(rows[0])
        for row in rows:
            writer.writerow([f"{v:.6f}" if isinstance(v, float) else v for v in row.values()])
        _to_standard_error(warnings)
    else:
        console, table = Console(), Table("", "column", "alone, nats", "gain, nats", "", box=None)
        for row in rows:
            parts = [
                escape(f"{row[k]:.4f} [{row[f'{k}_low']:.4f}, {row[f'{k}_high']:.4f}]")
                if row[k] is not None
                else ""
                for k in ("alone", "gain")
            ]
            table.add_row(str(row["rank"] or ""), escape(row["column"]), *parts, row["note"])
        console.print(table)
        for sentence in warnings:
            console.print(f"[yellow]warning:[/yellow] {escape(sentence)}", highlight=False)


def _by_sentence(rows: list[dict[str, Any]]) -> list[str]:
    """Each warning once, with the pairs that it is on."""
    pairs: dict[str, list[str]] = {}
    for row in rows:
        for sentence in row["warnings"]:
            pairs.setdefault(sentence, []).append(f"{row['x']}, {row['y']}")
    return [
        f"({found[0]}){_and_more(len(found) - 1)}: {sentence}" for sentence, found in pairs.items()
    ]


def _and_more(pairs: int) -> str:
    return f" and {pairs} more pair{'s' * (pairs > 1)}" if pairs else ""


def _to_standard_error(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        print(f"minde: warning: {sentence}", file=sys.stderr)


@contextlib.contextmanager
def progress_bar(quiet: bool) -> Iterator[Callback | None]:
    """A training callback that draws a bar with loss and time left on standard error."""
    if quiet:
        yield None
        return
    columns = (
        TextColumn("training"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total} steps, loss {task.fields[loss]}"),
        TimeRemainingColumn(),
    )
    bar = Progress(*columns, console=Console(stderr=True), transient=True)

    def update(done: int, total: int, loss: float) -> None:
        if not bar.tasks:  # from the first step on: a mistake before it is one line alone
            bar.add_task("training", total=None, loss="–")
            bar.start()
        text = "–" if math.isnan(loss) else f"{loss:.4f}"
        bar.update(bar.tasks[0].id, completed=done, total=total, loss=text)

    try:
        yield update
    finally:
        if bar.tasks:
            bar.stop()
