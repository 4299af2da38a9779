"""Printing answers that are tables: one screen, JSON or CSV."""

from __future__ import annotations

import json
import math
import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from minde.cli.show import as_interval, to_standard_error, warn
from minde.questions.records import write_csv

if TYPE_CHECKING:
    from minde.estimators.selection import Selection
    from minde.questions.asking import Answer
    from minde.questions.compare import Comparison
    from minde.questions.rows import RowsCurve


def show_lags(answer: Answer, how: str) -> None:
    """Print one row per lag to standard output as ``text``, ``json`` or ``csv``, in its unit.

    Arguments:
        answer: What was found.
        how: The format. Warnings go to standard error but for ``text``.
    """
    rows, warnings = answer.records, answer.warnings
    if how == "text":
        table = Table("lag", answer.found.unit, "95% interval", box=None)
        for row in rows:
            interval = escape(as_interval((row["low"], row["high"])))
            table.add_row(str(row["lag"]), f"{row['value']:.4f}", interval)
        console = Console()
        console.print(table)
        warn(console, warnings)
        return
    to_standard_error(warnings)
    if how == "json":
        print(json.dumps(rows))
        return
    write_csv(rows, sys.stdout)


def show_rows(answer: Answer, how: str) -> None:
    """Print estimates from more and more rows as ``text``, ``json`` or ``csv``, in their unit.

    Arguments:
        answer: What was found.
        how: The format; in CSV sentences and warnings go to standard error.
    """
    found: RowsCurve = answer.found
    warnings, records = answer.warnings, answer.records
    if how == "json":
        curve = [{**r, "rows": r["rows"] if math.isfinite(r["rows"]) else None} for r in records]
        plain: dict[str, Any] = {
            "measure": answer.title,
            "unit": found.unit,
            "curve": curve,
            "rows_to_halve": found.rows_to_halve,
            "sentences": answer.sentences,
            "warnings": warnings,
        }
        print(json.dumps(plain))
        return
    if how == "csv":
        write_csv(records, sys.stdout)
        to_standard_error([*answer.sentences, *warnings])
        return
    console = Console()
    table = Table("rows", found.unit, "95% interval", box=None)
    for r in records:
        rows = f"{r['rows']:,.0f}" if math.isfinite(r["rows"]) else "endless"
        table.add_row(rows, f"{r['value']:.4f}", escape(as_interval((r["low"], r["high"]))))
    console.print(f"[bold]{escape(answer.title)}[/bold] from a quarter, a half and all of the rows")
    console.print(table)
    for sentence in answer.sentences:
        console.print(escape(sentence), highlight=False)
    warn(console, warnings)


def show_comparison(answer: Answer, how: str) -> None:
    """Print estimates of several estimators as ``text``, ``json`` or ``csv``, in their unit.

    Arguments:
        answer: What was found.
        how: The format; in CSV the advice and warnings go to standard error.
    """
    found: Comparison = answer.found
    warnings, records = answer.warnings, answer.records
    if how == "json":
        plain = {"measure": answer.title, "unit": found.unit, "estimators": records}
        print(json.dumps({**plain, "advice": found.advice, "warnings": warnings}))
        return
    if how == "csv":
        write_csv(records, sys.stdout)
        to_standard_error([found.advice, *warnings])
        return
    console = Console()
    table = Table("estimator", found.unit, "95% interval", "seconds", box=None)
    without: dict[str, list[str]] = {}
    for r in records:
        if r["value"] is None:
            without.setdefault(r["status"], []).append(r["estimator"])
            continue
        interval = "" if r["low"] is None else escape(as_interval((r["low"], r["high"])))
        table.add_row(r["estimator"], f"{r['value']:.4f}", interval, f"{r['seconds']:.1f}")
    console.print(f"[bold]{escape(answer.title)}[/bold] by several estimators")
    console.print(table)
    for status, names in without.items():
        console.print(escape(f"{', '.join(names)}: {status}"), highlight=False)
    console.print(escape(found.advice), highlight=False)
    warn(console, warnings)


def show_test(answer: Answer, how: str) -> None:
    """Print a test of independence to standard output as ``text``, ``json`` or ``csv``."""
    found, title, warnings = answer.found, answer.title, answer.warnings
    if how == "json":
        print(json.dumps({"measure": title, **found.to_dict(), "warnings": warnings}))
        return
    if how == "csv":
        write_csv([{"measure": title, **row} for row in answer.records], sys.stdout)
        to_standard_error(warnings)
        return
    console = Console()
    console.print(f"[bold]{escape(title)}[/bold]: {escape(str(found))}")
    warn(console, warnings)


def show_selection(answer: Answer, how: str) -> None:
    """Print one row per column to standard output as ``text``, ``json`` or ``csv``."""
    found: Selection = answer.found
    rows, warnings = answer.records, answer.warnings
    if how == "json":
        plain = {"chosen": found.chosen, "unit": found.unit, "columns": rows}
        print(json.dumps({**plain, "warnings": warnings}))
        return
    if how == "csv":
        write_csv(rows, sys.stdout)
        to_standard_error(warnings)
        return
    heads = [f"{name}, {found.unit}" for name in ("alone", "gain")]
    console, table = Console(), Table("", "column", *heads, "", box=None)
    for row in rows:
        parts = [
            f"{row[k]:.4f} {as_interval((row[f'{k}_low'], row[f'{k}_high']))}"
            if row[k] is not None
            else ""
            for k in ("alone", "gain")
        ]
        table.add_row(str(row["rank"] or ""), *map(escape, (row["column"], *parts, row["note"])))
    console.print(table)
    warn(console, warnings)
