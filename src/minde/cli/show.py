"""Printing estimates: one screen, JSON or CSV; and the progress bar."""

from __future__ import annotations

import contextlib
import csv
import json
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from minde.readout.missing import UNLEARNED
from minde.readout.units import Summary, conversion

if TYPE_CHECKING:
    from minde.estimators.pairwise import PairwiseMI
    from minde.readout.estimate import MIEstimate
    from minde.types import Progress as Callback


#: What is printed beside information on request, in this order, and its short names.
NORMALISED = {
    "correlation": "corr.",
    "share_of_h_x": "I/H(x)",
    "share_of_h_y": "I/H(y)",
    "share_of_min_h": "I/min H",
}


def show(
    estimate: MIEstimate,
    title: str,
    how: str,
    told: tuple[str, ...] = (),
    normalised: bool = False,
) -> None:
    """Print an estimate to standard output as ``text``, ``json`` or ``csv``, in its unit.

    Arguments:
        estimate: What was found.
        title: What it is of.
        how: The format. In CSV there is no place for warnings; they go to standard error.
        told: Sentences on the reading of the table, which are warnings before the estimate's own.
        normalised: Also from 0 to 1; of mutual information alone.
    """
    warnings = [*told, *estimate.warnings]
    scales = _scales(estimate) if normalised else {}
    if how == "json":
        plain = {"measure": title, **estimate.to_dict(), "warnings": warnings}
        print(json.dumps({**plain, "normalised": scales} if normalised else plain))
        return
    if how == "csv":
        writer = csv.writer(sys.stdout)
        beside = _columns(scales) if normalised else {}
        names = ["value", "std_error", "low", "high"]
        writer.writerow(["measure", *names, "n_train", "n_test", "unit", *beside])
        numbers = [estimate.value, estimate.std_error, *estimate.interval]
        row = [f"{v:.6f}" for v in numbers]
        counts = [estimate.n_train, estimate.n_test]
        writer.writerow([title, *row, *counts, estimate.unit, *beside.values()])
        to_standard_error(warnings)
        return
    console = Console()
    # Column globs and intervals hold brackets, which rich would read as markup.
    interval, name = escape(as_interval(estimate.interval)), escape(title)
    value = f"{estimate.value:.4f} {estimate.unit}"
    console.print(f"[bold]{name}[/bold]: {value}, 95% interval {interval}")
    table = Table("read-out", estimate.unit, "std. error", box=None)
    parts = {**estimate.readouts, **estimate.directions}
    if (missing := estimate.diagnostics.get(UNLEARNED)) is not None:
        by = missing * conversion("nats", estimate.unit)
        parts["not learned, added"] = Summary(by, by)
    for name, part in parts.items():
        table.add_row(name, f"{part.value:.4f}", f"{part.std_error:.4f}")
    console.print(table)
    if scales:
        table = Table("from 0 to 1", "value", "95% interval", box=None)
        for name, (at, *ends) in scales.items():
            table.add_row(name.replace("_", " "), f"{at:.4f}", escape(as_interval(ends)))
        console.print(table)
    if list(estimate.readouts) == ["counts"]:
        console.print(f"{estimate.n_test} rows, counted: no network was trained")
    elif list(estimate.readouts) == ["spacings"]:
        console.print(f"{estimate.n_test} rows of one column: no network was trained")
    elif list(estimate.readouts) == ["chain rule"]:
        console.print(f"{estimate.n_test} rows, level by level")
    elif "inputs" in estimate.diagnostics:
        shares = estimate.diagnostics["inputs"].items()
        inputs = ", ".join(f"{name} {share:.3f}" for name, share in shares)
        console.print(escape(f"{estimate.n_test} rows; shares of the inputs: {inputs}"))
    else:
        seeds = ", ".join(f"{v:.4f}" for v in estimate.per_seed)
        rows = f"{estimate.n_train} rows trained, {estimate.n_test} held out"
        console.print(f"seeds: {seeds}; {rows}")
    warn(console, warnings)


def show_pairs(
    found: PairwiseMI, how: str, told: tuple[str, ...] = (), normalised: bool = False
) -> None:
    """Print one row per pair to standard output as ``text``, ``json`` or ``csv``, in its unit.

    Arguments:
        found: What was found, with every pair's warnings.
        how: The format. Sentences on the table go to standard error but for ``text``; a pair's
            warnings stand in its row, of the text below the table.
        told: Sentences on the reading of the table.
        normalised: Also from 0 to 1; of the text without intervals.
    """
    rows = [{**r, "warnings": [*found[r["x"], r["y"]].warnings]} for r in found.to_records()]
    scales = [_scales(found[row["x"], row["y"]]) if normalised else {} for row in rows]
    if how == "text":
        table = Table("x", "y", found.unit, "95% interval", box=None)
        for name in NORMALISED.values() if normalised else ():
            table.add_column(name)
        for row, scale in zip(rows, scales, strict=True):
            interval = escape(as_interval((row["low"], row["high"])))
            beside = [f"{scale[n][0]:.3f}" if n in scale else "" for n in NORMALISED if normalised]
            table.add_row(
                escape(row["x"]), escape(row["y"]), f"{row['value']:.4f}", interval, *beside
            )
        console = Console()
        console.print(table)
        warn(console, [*told, *found.warnings])
        return
    to_standard_error([*told, *found.lost])
    if how == "json":
        for row, scale in zip(rows, scales, strict=True):
            row["kinds"] = found[row["x"], row["y"]].diagnostics["kinds"]
            if normalised:
                row["normalised"] = scale
        print(json.dumps(rows))
        return
    writer = csv.writer(sys.stdout)
    writer.writerow([*rows[0], *(_columns(scales[0]) if normalised else ())])
    for row, scale in zip(rows, scales, strict=True):
        row["warnings"] = "; ".join(row["warnings"])
        cells = [v if isinstance(v, str) else f"{v:.6f}" for v in row.values()]
        writer.writerow([*cells, *(_columns(scale).values() if normalised else ())])


def _scales(estimate: MIEstimate) -> dict[str, list[float]]:
    """Value, low and high of what is from 0 to 1."""
    return {k: [scale.value, *scale.interval] for k, scale in estimate.normalised.items()}


def _columns(scales: Mapping[str, Sequence[float]]) -> dict[str, str]:
    """All of them as columns of CSV; empty where there is none."""
    return {
        f"{name}{end}": f"{scales[name][k]:.6f}" if name in scales else ""
        for name in NORMALISED
        for k, end in enumerate(("", "_low", "_high"))
    }


def as_interval(ends: Sequence[float]) -> str:
    """Both ends in brackets."""
    low, high = ends
    return f"[{low:.4f}, {high:.4f}]"


def warn(console: Console, sentences: Iterable[str]) -> None:
    """Warnings below what is printed."""
    for sentence in sentences:
        console.print(f"[yellow]warning:[/yellow] {escape(sentence)}", highlight=False)


def to_standard_error(sentences: Iterable[str]) -> None:
    """Warnings beside what programs read."""
    for sentence in sentences:
        print(f"minde: warning: {sentence}", file=sys.stderr)


@contextlib.contextmanager
def progress_bar(quiet: bool) -> Iterator[Callback | None]:
    """A training callback that draws a bar with loss and time left on standard error.

    A terminal shows it at once: many rows or columns take a while to make ready.
    """
    if quiet:
        yield None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[told]}"),
        TimeRemainingColumn(),
    )
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task("making ready", total=None, told="")

    def update(done: int, total: int, loss: float) -> None:
        bar.start()
        told = f"{done}/{total} steps, loss {'–' if math.isnan(loss) else f'{loss:.4f}'}"
        bar.update(task, description="training", completed=done, total=total, told=told)

    try:
        if bar.console.is_terminal:  # elsewhere a mistake before the first step is one line alone
            bar.start()
        yield update
    finally:
        if bar.live.is_started:
            bar.stop()
