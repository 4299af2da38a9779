"""Stage `collect_estimates`: the estimate files of an experiment as one labelled table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa

from minde.experiments.benchmark.tasks import labels as task_labels
from minde.io.files import write_parquet
from minde.readout.names import sigma_of
from minde.stages.records import read_records


def readout_label(estimator: str, readout: str, reported: bool, labels: dict[str, str]) -> str:
    """Name of a table row: ``MINDE-C`` for what the recipe reports, else with the read-out."""
    label = labels.get(estimator, estimator)
    if reported:
        return label
    if (sigma_ref := sigma_of(readout)) is not None:
        return f"{label} (σ={sigma_ref:g})"
    return f"{label} ({readout})"


def _order(
    estimator: str, readout: str, reported: bool, labels: dict[str, str]
) -> tuple[float, ...]:
    """Order of rows: estimators as configured; reference widths, the reported one, the others."""
    index = list(labels).index(estimator) if estimator in labels else len(labels)
    if reported:
        return (index, 1, 0.0)
    if (sigma_ref := sigma_of(readout)) is not None:
        return (index, 0, sigma_ref)
    return (index, 2, 0.0)


def labelled(frame: pd.DataFrame, labels: dict[str, str]) -> pd.DataFrame:
    """Records with what tables and figures need.

    That is ``label`` and ``rank`` of the row in tables, ``position`` of the estimator (its colour)
    and ``task_label``; an estimate that failed has no value.

    Arguments:
        frame: Records.
        labels: Label of every configured estimator, in the order of tables.
    """
    frame = frame.reset_index(drop=True)
    parts = list(zip(frame["estimator"], frame["readout"], frame["reported"], strict=True))
    frame["label"] = [readout_label(e, r, bool(p), labels) for e, r, p in parts]
    keys = [_order(e, r, bool(p), labels) for e, r, p in parts]
    order = sorted(set(zip(keys, frame["label"], strict=True)))
    rank = {pair: k for k, pair in enumerate(order)}
    frame["rank"] = [rank[pair] for pair in zip(keys, frame["label"], strict=True)]
    frame["position"] = [int(key[0]) for key in keys]
    names = {s: task_labels(s) for s in frame["suite"].unique()}
    pairs = zip(frame["suite"], frame["task"], strict=True)
    frame["task_label"] = [names[s].get(t, t) for s, t in pairs]
    frame.loc[frame["status"] != "ok", "mi_estimate"] = math.nan
    return frame


def collect(
    estimates: Sequence[str], collected: str | Path, labels: dict[str, str], seeds: int
) -> None:
    """Join estimate files into one parquet, as ``labelled`` has them.

    Arguments:
        estimates: Estimate files.
        collected: Output parquet.
        labels: Label of every configured estimator, in the order of tables.
        seeds: Seeds 0 to ``seeds`` - 1 are kept; a file shared with another experiment may hold
            more.
    """
    frame = read_records(list(estimates))
    frame = labelled(frame[frame["seed"] < seeds], labels)
    write_parquet(pa.Table.from_pandas(frame), collected)
