"""Stage `estimate_minde`: the read-outs of an ensemble as records."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from minde.ensemble.storage import load_ensemble
from minde.io.checkpoint import load_checkpoint
from minde.readout.measures import measure_of
from minde.readout.names import reported_readout
from minde.readout.units import INFORMATION
from minde.stages.records import base_row, config_digest, versions, write_records
from minde.stages.samples import read_samples

logger = logging.getLogger(__name__)


def estimate_minde(
    score: str | Path,
    samples: Sequence[str],
    estimates: str | Path,
    sigma_refs: Sequence[float],
    threads: int = 1,
    digest: str = "",
) -> None:
    """Read an ensemble out on its test rows: one row per seed and read-out.

    The rows' digest is that of the training, then that of this stage.
    """
    torch.set_num_threads(threads)
    ensemble = load_ensemble(score)
    code = f"{load_checkpoint(score)[1].get('digest', '')}+{digest}"
    drawn = [read_samples(p) for p in samples]
    started = time.perf_counter()
    measure = measure_of(ensemble.family.name, len(ensemble.family.dims))
    options = replace(ensemble.recipe.readout, sigma_refs=tuple(sigma_refs))
    test, train = [s.test for s in drawn], [s.train for s in drawn]
    reading = ensemble.read(test, measure, train, options, halfway=False)
    if measure.name in INFORMATION and not ensemble.family.n_labels:
        reading = reading.completed(len(train[0]))
    out = reading.final
    seconds = (time.perf_counter() - started + ensemble.seconds) / len(drawn)
    reported = reported_readout(options, out)
    rows = []
    for name, readout in out.items():
        for e, sample in enumerate(drawn):
            rows.append(
                base_row(sample, f"minde-{ensemble.family.name}", name, code)
                | {
                    "reported": name == reported,
                    "mi_estimate": float(readout.value[e]),
                    "std_error": float(readout.std_error[e]),
                    "seconds": seconds,
                    "integrand": readout.integrand[e].tolist(),
                    "smallest_time": ensemble.schedule.t_eps,
                    "config_digest": config_digest(ensemble.recipe.to_dict()),
                    "versions": versions("torch", "numpy", "benchmark-mi"),
                }
            )
    for row in rows:
        logger.info(
            "%s seed %d %s: %.4f ± %.4f nats (true %.4f)",
            *(row[k] for k in ("task", "seed", "readout", "mi_estimate", "std_error", "mi_true")),
        )
    write_records(rows, estimates)
