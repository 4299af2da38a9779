"""Stage `archive`: finished estimates of a run into the archive, which never loses a row."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from minde.errors import InputError
from minde.experiments.archive.rows import (
    KEY,
    ORIGIN,
    estimate_rows,
    read_archive,
    write_archive,
)

logger = logging.getLogger(__name__)
COUNTS = ["added", "replaced", "the same", "other value", "older"]


def merge(old: pd.DataFrame, new: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of both, and what became of each new one.

    A row takes the place of one with its key if its code or its settings are others and it was made
    later; otherwise the old row stays.

    Returns:
        All rows, and the keys of the new with ``what``, one of COUNTS, both values and both codes.
    """
    both = new.merge(old, on=KEY, how="left", suffixes=("", "_old"), indicator="side")
    known = both["side"] == "both"
    same = (both[ORIGIN].to_numpy() == both[[f"{c}_old" for c in ORIGIN]].to_numpy()).all(axis=1)
    equal = both["mi_estimate"].eq(both["mi_estimate_old"]) | both[
        ["mi_estimate", "mi_estimate_old"]
    ].isna().all(axis=1)
    both["what"] = "added"
    both.loc[known & same, "what"] = "other value"
    both.loc[known & same & equal, "what"] = "the same"
    both.loc[known & ~same, "what"] = "older"
    made, before = (pd.to_datetime(both[name], utc=True) for name in ("made", "made_old"))
    later = made > before
    both.loc[known & ~same & later, "what"] = "replaced"
    taken = new.loc[both["what"].isin(["added", "replaced"]).to_numpy()]
    kept = old.merge(taken[KEY], on=KEY, how="left", indicator="side")
    kept = old.loc[(kept["side"] == "left_only").to_numpy()]
    parts = [part for part in (kept, taken) if len(part)]
    merged = pd.concat(parts, ignore_index=True) if parts else old
    shown = ["what", "mi_estimate_old", "mi_estimate", "code_digest_old", "code_digest"]
    return merged, both[[*KEY, *shown]]


def archive(settings: Mapping[str, str], folder: str | Path, csv: str | Path) -> None:
    """Merge estimate files into the archive and say what became of their rows.

    Arguments:
        settings: Path of each finished estimate file, and the ``config_digest`` of the
            configuration; rows of others, and of no known code, are left out.
        folder: The archive.
        csv: Output: rows by suite, estimator and what became of them.

    Raises:
        InputError: If the archive is damaged; nothing is written then.
    """
    old = read_archive(folder)
    frames = [_fitting(path, digest) for path, digest in settings.items()]
    found = [frame for frame in frames if len(frame)]
    new = pd.concat(found, ignore_index=True) if found else old.iloc[:0]
    what = add(old, new, folder)
    by = what.groupby(["suite", "estimator", "recipe"])["what"].value_counts().unstack(fill_value=0)
    by.reindex(columns=COUNTS, fill_value=0).to_csv(csv)


def add(old: pd.DataFrame, new: pd.DataFrame, folder: str | Path) -> pd.DataFrame:
    """Write both as the archive and log what became of new rows; returns that, as ``merge``."""
    merged, what = merge(old, new)
    lost = old.merge(merged[KEY], on=KEY, how="left", indicator="side")["side"] == "left_only"
    if lost.any():
        raise InputError("archive: the merge would lose rows; nothing was written")
    for row in what[what["what"].isin(["replaced", "other value", "older"])].itertuples():
        logger.info(
            "%s: %s %s %s n %s seed %d %s: %.6f, code %s; new %.6f, code %s",
            *(row.what, row.suite, row.task, row.estimator, row.n, row.seed, row.readout),
            *(row.mi_estimate_old, row.code_digest_old, row.mi_estimate, row.code_digest),
        )
    for name in write_archive(merged, folder):
        logger.info("wrote %s", Path(folder) / name)
    logger.info("%d rows, %d of them new", len(merged), len(merged) - len(old))
    return what


def _fitting(path: str, digest: str) -> pd.DataFrame:
    """Rows of a file that the configuration would make, and whose code is known."""
    frame = estimate_rows(path)
    fits = frame["config_digest"] == digest
    known = frame["code_digest"].fillna("").str.strip("+") != ""
    for good, why in ((fits, "of other settings"), (known, "of unknown code")):
        if not good.all():
            logger.warning("left out, %s: %d rows of %s", why, int((~good).sum()), path)
    return frame[fits & known]
