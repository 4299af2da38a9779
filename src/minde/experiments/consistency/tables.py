"""Stage `consistency_table`: ratios of the consistency tests (Figure 2)."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd

from minde.experiments.consistency.tasks import parse
from minde.experiments.tables import markdown as markdown_table

#: What each ratio should be; the baseline's rises to it.
IDEAL = {"baseline": 1.0, "processing": 1.0, "additivity": 2.0}


def ratios(frame: pd.DataFrame) -> pd.DataFrame:
    r"""One row an estimate, with the ratio of its test within the same seed.

    Columns ``test``, ``rows`` (those of B, the larger number), ``fewer`` (the smaller number of
    the data-processing test), ``ratio`` and ``ideal``. The baseline's ratio is
    :math:`I(A; B_r) / I(A; B_{max})`.
    """
    tests = [parse(task) for task in frame["task"]]
    out = frame.assign(
        test=[t.test for t in tests],
        rows=[t.rows[-1] for t in tests],
        fewer=[t.rows[0] if len(t.rows) > 1 else -1 for t in tests],
    )
    baseline = out[out["test"] == "baseline"]
    most = int(baseline["rows"].max())
    known = baseline.set_index(["label", "seed", "rows"])["mi_estimate"].to_dict()

    def below(label: str, seed: int, test: str, rows: int) -> float:
        kept = most if test == "baseline" else rows
        return float(known.get((label, seed, kept), math.nan))

    keys = zip(out["label"], out["seed"], out["test"], out["rows"], strict=True)
    out["ratio"] = out["mi_estimate"] / [below(*key) for key in keys]
    return out.assign(ideal=out["test"].map(IDEAL))


def consistency_table(estimates: str | Path, csv: str | Path, markdown: str | Path) -> None:
    """Mean and spread over seeds of every ratio, and of the information in it, nats."""
    frame = ratios(pd.read_parquet(estimates))
    keys = ["test", "rows", "fewer", "label", "rank", "position", "reported", "ideal"]
    table = frame.groupby(keys, sort=False).agg(
        ratio=("ratio", "mean"),
        std_seeds=("ratio", "std"),
        mi_estimate=("mi_estimate", "mean"),
        seeds=("ratio", "count"),
    )
    order = {name: k for k, name in enumerate(IDEAL)}
    table = table.reset_index().sort_values(
        ["test", "rows", "rank"], key=lambda c: c.map(order) if c.name == "test" else c
    )
    # One number of rows has no smaller one beside it.
    fewer = table["fewer"].astype("Int64").mask(table["fewer"] < 0)
    table.assign(fewer=fewer).to_csv(csv, index=False, float_format="%.6f")
    shown = table[table["reported"]]
    names = [
        f"{test}, {rows} rows" if fewer < 0 else f"{test}, {rows} and {fewer} rows"
        for test, rows, fewer in zip(shown["test"], shown["rows"], shown["fewer"], strict=True)
    ]
    text = shown.assign(name=names, text=[_cell(r, s) for r, s in _pairs(shown)])
    wide = text.pivot(index="name", columns="label", values="text")
    wide = wide.loc[list(dict.fromkeys(names)), list(dict.fromkeys(shown["label"]))]
    wide.insert(0, "ideal", [f"{v:g}" for v in shown.groupby(names, sort=False)["ideal"].first()])
    Path(markdown).write_text(markdown_table(wide, "test"))


def _pairs(frame: pd.DataFrame) -> list[tuple[float, float]]:
    return list(zip(frame["ratio"], frame["std_seeds"], strict=True))


def _cell(ratio: float, spread: float) -> str:
    if math.isnan(ratio):
        return "–"
    return f"{ratio:.3f}" if math.isnan(spread) else f"{ratio:.3f} ± {spread:.3f}"
