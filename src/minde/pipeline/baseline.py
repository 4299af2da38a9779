"""Stage `estimate_baseline`: other estimators' values as records."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from minde.baselines.bmi_adapter import run_baseline
from minde.pipeline.records import base_row, config_digest, versions, write_records
from minde.pipeline.samples import read_samples

logger = logging.getLogger(__name__)


def estimate_baseline(
    name: str, sample_paths: Sequence[str], path: str | Path, options: dict[str, Any]
) -> None:
    """Run a baseline on each sample file; a failure becomes a row with its reason, no number."""
    rows = []
    for sample in map(read_samples, sample_paths):
        started = time.perf_counter()
        value, status = float("nan"), "ok"
        try:
            train, test = sample.split(sample.train), sample.split(sample.test)
            value = run_baseline(name, train, test, options, sample.seed)
        except (FloatingPointError, MemoryError, ValueError) as error:
            status = f"failed: {type(error).__name__}: {error}"
        seconds = time.perf_counter() - started
        logger.info("%s %s seed %d: %.4f, %s", sample.task, name, sample.seed, value, status)
        rows.append(
            base_row(sample, name, "estimate")
            | {
                "reported": True,
                "mi_estimate": value,
                "std_error": float("nan"),
                "seconds": seconds,
                "status": status,
                "config_digest": config_digest(options),
                "versions": versions("benchmark-mi"),
            }
        )
    write_records(rows, path)
