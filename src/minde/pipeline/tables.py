"""Stages `collect_estimates` and `table1`: records in, tables out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from minde.baselines.labels import BASELINE_LABELS
from minde.pipeline.records import read_records
from minde.tasks.catalogue import labels

FAMILY_LABELS = {"minde-j": "MINDE-J", "minde-c": "MINDE-C"}


def readout_label(estimator: str, readout: str, reported: bool) -> str:
    """Name of a table row: ``MINDE-C`` for what the recipe reports, else with the read-out."""
    if estimator not in FAMILY_LABELS:
        return BASELINE_LABELS.get(estimator, estimator)
    family = FAMILY_LABELS[estimator]
    if reported:
        return family
    if readout.startswith("outside-"):
        return f"{family} (σ={readout.removeprefix('outside-')})"
    return f"{family} ({readout})"


def collect(paths: Sequence[str], out: str | Path) -> None:
    """Join estimate files into one parquet of all rows, with labels for tables."""
    frame = read_records(list(paths))
    parts = zip(frame["estimator"], frame["readout"], frame["reported"], strict=True)
    frame["label"] = [readout_label(e, r, bool(p)) for e, r, p in parts]
    names = {s: labels(s) for s in frame["suite"].unique()}
    pairs = zip(frame["suite"], frame["task"], strict=True)
    frame["task_label"] = [names[s].get(t, t) for s, t in pairs]
    frame.to_parquet(out)


def row_order(frame: pd.DataFrame) -> list[str]:
    """Table rows as in the paper: J before C, reference widths first, then the baselines."""
    rank = {name: k for k, name in enumerate(["minde-j", "minde-c", *BASELINE_LABELS])}
    last = len(rank)

    def key(row: tuple[str, str, bool, str]) -> tuple[int, int, str]:
        estimator, readout, reported, label = row
        kind = 0 if readout.startswith("outside-") and not reported else 1 if reported else 2
        return (rank.get(estimator, last), kind, label)

    columns = ["estimator", "readout", "reported", "label"]
    rows = frame[columns].drop_duplicates().itertuples(index=False, name=None)
    return list(dict.fromkeys(row[-1] for row in sorted(rows, key=key)))


def mean_table(frame: pd.DataFrame, suite: str) -> pd.DataFrame:
    """Mean estimate over seeds: rows are estimators under the truth ``GT``, columns are tasks."""
    frame = frame[frame["suite"] == suite]
    order = [label for task, label in labels(suite).items() if task in set(frame["task"])]
    table = frame.pivot_table(
        index="label", columns="task_label", values="mi_estimate", aggfunc="mean", dropna=False
    )
    table = table.reindex(index=row_order(frame), columns=order)
    truth = frame.groupby("task_label")["mi_true"].first().reindex(order)
    return pd.concat([truth.to_frame("GT").T, table]).rename_axis(index="estimator", columns=None)


def quantise(table: pd.DataFrame, quantum: float) -> pd.DataFrame:
    """Values rounded to the table's quantum (0.1 nats in the paper)."""
    # Adding zero turns a rounded -0.0 into 0.0.
    return (table / quantum).round() * quantum + 0.0


def matches(table: pd.DataFrame, quantum: float) -> pd.Series[int]:
    """Number of tasks each estimator gets right after rounding to the quantum."""
    rounded = quantise(table, quantum)
    right = (rounded.drop("GT") - rounded.loc["GT"]).abs() < 0.5 * quantum
    return right.sum(axis=1)


def table1(
    estimates: str | Path,
    suite: str,
    quantum: float,
    csv: str | Path,
    markdown: str | Path,
    latex: str | Path,
) -> None:
    """Write Table 1: full precision as CSV, quantised as Markdown and LaTeX."""
    table = mean_table(pd.read_parquet(estimates), suite)
    table.to_csv(csv, float_format="%.6f")
    shown = quantise(table, quantum)
    digits = max(0, len(f"{quantum:g}".partition(".")[2]))
    text = shown.apply(
        lambda row: row.map(lambda v: "–" if pd.isna(v) else f"{v:.{digits}f}"), axis=1
    )
    count = matches(table, quantum)
    text["matches"] = [
        f"{count[name]}/{table.shape[1]}" if name in count else "" for name in text.index
    ]
    Path(markdown).write_text(_markdown(text))
    Path(latex).write_text(_latex(text))


def _markdown(text: pd.DataFrame) -> str:
    """Tasks as rows, estimators as columns: reads on a page."""
    turned = text.T
    lines = ["| task | " + " | ".join(turned.columns) + " |"]
    lines.append("|---" * (turned.shape[1] + 1) + "|")
    lines += [
        f"| {name} | " + " | ".join(row) + " |"
        for name, row in zip(turned.index, turned.to_numpy().tolist(), strict=True)
    ]
    return "\n".join(lines) + "\n"


def _latex(text: pd.DataFrame) -> str:
    def escape(name: str) -> str:
        name = name.replace("σ", r"$\sigma$").replace("×", r"$\times$")
        return name.replace("@", r"@").replace("_", r"\_").replace("–", "--")

    head = " & ".join(rf"\rotatebox{{90}}{{{escape(str(c))}}}" for c in text.columns)
    rows = [
        " & ".join([escape(str(name)), *map(escape, row)]) + r" \\"
        for name, row in zip(text.index, text.to_numpy().tolist(), strict=True)
    ]
    return "\n".join(
        [
            rf"\begin{{tabular}}{{l{'c' * text.shape[1]}}}",
            r"\toprule",
            rf" & {head} \\",
            r"\midrule",
            *rows,
            r"\bottomrule",
            r"\end{tabular}",
            "",
        ]
    )
