"""Stage `estimate_baseline`: other estimators' values as records, failures included."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from minde.errors import ConfigError
from minde.stages.limited import LimitedWorker
from minde.stages.records import base_row, config_digest, versions, write_records
from minde.stages.samples import read_samples

logger = logging.getLogger(__name__)


def estimate_baseline(
    baseline: str,
    kind: str,
    samples: Sequence[str],
    estimates: str | Path,
    options: dict[str, Any],
    limits: dict[str, float],
    digest: str = "",
) -> None:
    """Run a baseline on each sample file; a failure becomes a row with its reason, no number.

    Arguments:
        baseline: Name in the configuration.
        kind: Key of ``minde.baselines.kinds.KINDS``.
        samples: One file per seed.
        estimates: Output parquet.
        options: The estimator's options; the rest are its kind's defaults.
        limits: ``seconds`` and ``memory_mb`` an estimate.
        digest: Digest of the code behind the estimates.

    Raises:
        ConfigError: If the options cannot be used, such as a class that cannot be imported.
    """
    rows = []
    with LimitedWorker(**limits) as worker:
        for sample_path in samples:
            sample = read_samples(sample_path)
            started = time.perf_counter()
            answer = worker.ask({"kind": kind, "sample": str(sample_path), "options": options})
            if "refused" in answer:
                raise ConfigError(f"baselines.estimators.{baseline}: {answer['refused']}")
            value = float(answer.get("value", math.nan))
            status = _status(answer)
            seconds = float(answer.get("seconds", time.perf_counter() - started))
            logger.info(
                "%s %s seed %d: %.4f, %s", sample.task, baseline, sample.seed, value, status
            )
            rows.append(
                base_row(sample, baseline, "estimate", digest)
                | {
                    "reported": True,
                    "mi_estimate": value,
                    "std_error": math.nan,
                    "seconds": seconds,
                    "status": status,
                    "config_digest": config_digest(options),
                    "versions": versions("benchmark-mi", "torch"),
                }
            )
    write_records(rows, estimates)


def _status(answer: dict[str, Any]) -> str:
    for key, word in (("failed", "failed"), ("left_out", "left out")):
        if key in answer:
            return f"{word}: {answer[key]}"
    return "ok"
