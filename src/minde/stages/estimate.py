"""Stage `estimate_minde`: the read-outs of a pack as records."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from pathlib import Path

import torch

from minde.ensemble.storage import load_pack
from minde.readout.measures import measure_of
from minde.stages.records import base_row, config_digest, versions, write_records
from minde.stages.samples import read_samples

logger = logging.getLogger(__name__)


def reported_readout(readout: str, sigma_refs: Sequence[float]) -> str:
    """Name of the read-out a recipe reports (``outside`` is that of the first width)."""
    return f"outside-{sigma_refs[0]:g}" if readout == "outside" else readout


def estimate_minde(
    score: str | Path,
    samples: Sequence[str],
    estimates: str | Path,
    sigma_refs: Sequence[float],
    threads: int = 1,
) -> None:
    """Read a pack out on its test samples: one row a seed and read-out."""
    torch.set_num_threads(threads)
    pack = load_pack(score)
    drawn = [read_samples(p) for p in samples]
    started = time.perf_counter()
    measure = measure_of(pack.family.name, len(pack.family.dims))
    test, train = [s.test for s in drawn], [s.train for s in drawn]
    out = pack.read_out(test, measure, sigma_refs, train=train)
    seconds = (time.perf_counter() - started + pack.seconds) / len(drawn)
    reported = reported_readout(pack.recipe.readout, sigma_refs)
    rows = []
    for name, readout in out.items():
        for e, sample in enumerate(drawn):
            rows.append(
                base_row(sample, f"minde-{pack.family.name}", name)
                | {
                    "reported": name == reported,
                    "mi_estimate": float(readout.value[e]),
                    "std_error": float(readout.std_error[e]),
                    "seconds": seconds,
                    "integrand": readout.integrand[e].tolist(),
                    "config_digest": config_digest(pack.recipe.to_dict()),
                    "versions": versions("torch"),
                }
            )
    for row in rows:
        logger.info(
            "%s seed %d %s: %.4f ± %.4f nats (true %.4f)",
            *(row[k] for k in ("task", "seed", "readout", "mi_estimate", "std_error", "mi_true")),
        )
    write_records(rows, estimates)
