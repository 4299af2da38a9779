"""What the tables of several experiments share: order of rows, means over seeds, text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd


def row_order(frame: pd.DataFrame) -> list[str]:
    """Labels in the order of tables."""
    return list(frame.sort_values("rank")["label"].drop_duplicates())


def each_cell(frame: pd.DataFrame, function: Callable[[Any], Any]) -> pd.DataFrame:
    """``function`` of every cell (pandas spells it differently from version to version).

    Text is kept as plain objects: pandas 3 cannot mask its own kind by another frame.
    """
    mapped: pd.DataFrame = frame.apply(lambda column: column.map(function)).astype(object)
    return mapped


def number(value: float) -> str:
    """Nats to three places; a dash where there is none."""
    return "–" if pd.isna(value) else f"{value:.3f}"


def markdown(text: pd.DataFrame, corner: str) -> str:
    """Rows and columns as they are, with the index first under the heading ``corner``."""
    lines = [f"| {corner} | " + " | ".join(map(str, text.columns)) + " |"]
    lines.append("|---" * (text.shape[1] + 1) + "|")
    lines += [
        f"| {name} | " + " | ".join(map(str, row)) + " |"
        for name, row in zip(text.index, text.to_numpy().tolist(), strict=True)
    ]
    return "\n".join(lines) + "\n"


def _escape(text: str) -> str:
    pairs = {"σ": r"$\sigma$", "×": r"$\times$", "±": r"$\pm$", "_": r"\_", "–": "--", "%": r"\%"}
    for old, new in pairs.items():
        text = text.replace(old, new)
    return text


def latex(text: pd.DataFrame) -> str:
    """A booktabs table with turned column headings."""
    head = " & ".join(rf"\rotatebox{{90}}{{{_escape(str(c))}}}" for c in text.columns)
    rows = [
        " & ".join([_escape(str(name)), *(_escape(str(v)) for v in row)]) + r" \\"
        for name, row in zip(text.index, text.to_numpy().tolist(), strict=True)
    ]
    lines = [rf"\begin{{tabular}}{{l{'c' * text.shape[1]}}}", r"\toprule", rf" & {head} \\"]
    return "\n".join([*lines, r"\midrule", *rows, r"\bottomrule", r"\end{tabular}", ""])


def summary(frame: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Truth, mean, spread, seeds, failures and time by the columns ``by`` and estimator."""
    keys = [*by, "label", "rank", "position"]
    groups = frame.groupby(keys, sort=False)
    table = groups.agg(
        mi_true=("mi_true", "first"),
        mi_estimate=("mi_estimate", "mean"),
        std_seeds=("mi_estimate", "std"),
        seeds=("mi_estimate", "count"),
        failed=("mi_estimate", lambda v: int(v.isna().sum())),
        seconds=("seconds", "mean"),
    )
    return table.reset_index()


def curve_table(estimates: str | Path, csv: str | Path) -> None:
    """Numbers of a figure of curves: what each estimator reports, by task and size."""
    frame = pd.read_parquet(estimates)
    table = summary(frame[frame["reported"]], ["suite", "task", "task_label", "n_train"])
    table.to_csv(csv, index=False, float_format="%.6f")
