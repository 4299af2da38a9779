"""Stage `estimate_mixed`: MINDE as a user runs it, on all rows; columns may be of any kind."""

from __future__ import annotations

import logging
import math
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import torch

from minde.columns import Column, Variable
from minde.device import pick_device
from minde.errors import InputError
from minde.estimators.minde import MINDE
from minde.kinds import Kind
from minde.readout.estimate import MIEstimate
from minde.runtime.progress import stoppable_progress
from minde.stages.records import base_row, config_digest, versions, write_records
from minde.stages.samples import Samples, read_samples
from minde.types import Array

logger = logging.getLogger(__name__)


def estimate_mixed(
    samples: Sequence[str],
    estimates: str | Path,
    family: Literal["c", "j"],
    recipe: Literal["fast", "paper"],
    settings: dict[str, Any],
    checkpoint: str | Path,
    threads: int = 1,
    digest: str = "",
) -> None:
    """Fit and read out, one sample file after another: discrete columns are counted.

    Kinds of columns are those that a sample tells, else inferred as a user's are. The split is the
    estimator's own: of the sample's size, or folds that read every row. What cannot be estimated
    becomes a row with its reason, no number.

    SIGTERM and SIGUSR1 write checkpoints and raise StoppedError.

    Arguments:
        samples: One file per seed.
        estimates: Output parquet.
        family: ``c`` or ``j``.
        recipe: ``paper`` or ``fast``.
        settings: Arguments of ``MINDE`` to replace: ``folds`` (one splits as the sample is split)
            and recipe ``options``.
        checkpoint: Folder of progress, kept outside the outputs and removed when done; what was
            trained of the same rows and options before a kill is not trained again.
        threads: CPU threads.
        digest: Digest of the code behind the estimates.
    """
    torch.set_num_threads(threads)
    rows = []
    for path in samples:
        sample, started = read_samples(path), time.perf_counter()
        name = f"{sample.task} {family}-{recipe} seed {sample.seed}"
        with stoppable_progress(f"{name} on {pick_device().type}") as progress:
            model = MINDE(
                family,
                recipe,
                test_size=len(sample.test) / len(sample.every),
                random_state=sample.seed,
                progress=progress,
                kinds=dict(zip(sample.names, sample.kinds, strict=True)),
                checkpoint=checkpoint,
                **{"folds": 1, **settings},
            )
            found, status = _estimate(model, sample)
        value, std_error = (found.value, found.std_error) if found else (math.nan, math.nan)
        low, high = found.interval if found else (math.nan, math.nan)
        logger.info("%s: %.4f ± %.4f nats, %s", name, value, std_error, status)
        for sentence in found.warnings if found else ():
            logger.warning(sentence)
        rows.append(
            base_row(sample, f"minde-{family}", "estimate", digest)
            | {
                "reported": True,
                "mi_estimate": value,
                "std_error": std_error,
                "low": low,
                "high": high,
                "seconds": time.perf_counter() - started,
                "status": status,
                "config_digest": config_digest({"recipe": recipe, **settings["options"]}),
                "versions": versions("torch"),
            }
        )
    write_records(rows, estimates)
    shutil.rmtree(checkpoint, ignore_errors=True)


def _estimate(model: MINDE, sample: Samples) -> tuple[MIEstimate | None, str]:
    """The estimate, and its status."""
    try:
        return model.fit(*_sides(sample), **sample.of_rows).mutual_information(), "ok"
    except InputError as error:
        return None, f"left out: {error}"


def _sides(sample: Samples) -> tuple[Any, Any]:
    """X and Y with the names and kinds of their columns; as arrays where none are told."""
    if not sample.kinds:
        return sample.split(sample.every)
    dim, columns = sample.dims[0], sample.every.T
    x, y = (
        Variable(name, tuple(map(_column, sample.names[own], sample.kinds[own], columns[own])))
        for name, own in (("x", slice(None, dim)), ("y", slice(dim, None)))
    )
    return x, y


def _column(name: str, kind: Kind, values: Array) -> Column:
    if kind == "categorical":
        return Column(name, values.astype(int).astype(str).astype(object), "label")
    return Column(name, values, "float")
