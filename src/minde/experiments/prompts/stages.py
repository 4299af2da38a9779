"""Stages of Figure 9: latents made from prompts, and the integrand of Eq. 29 at each of them."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from torch import Tensor

from minde.experiments.prompts.model import ModelFiles, in_chunks, read_prompts
from minde.io.checkpoint import load_checkpoint, save_checkpoint
from minde.io.files import write_parquet
from minde.prompts.generate import generate
from minde.prompts.integrand import READOUTS, Integrand, integrand
from minde.prompts.model import ConditionalModel
from minde.types import Array


def generate_prompts(
    prompts: str | Path,
    model: dict[str, str],
    latents: str | Path,
    steps: int,
    guidance: float,
    chunk: int,
    checkpoint: str | Path,
    threads: int = 1,
) -> None:
    """Make a latent from every prompt, in chunks; a stopped run goes on with the next chunk."""
    torch.set_num_threads(threads)
    files, texts = ModelFiles(**model), read_prompts(prompts)
    options = {"steps": steps, "guidance": guidance}

    def make(loaded: ConditionalModel, rows: range) -> dict[str, Tensor]:
        part = [texts[k] for k in rows]
        return {"latents": generate(loaded, part, steps, 0, guidance, first_row=rows.start)}

    found = in_chunks("latents", files, texts, chunk, checkpoint, options, make)
    save_checkpoint(latents, found, {"prompts": texts, "files": asdict(files), **options})
    Path(checkpoint).unlink(missing_ok=True)


def prompt_integrand(
    latents: str | Path,
    model: dict[str, str],
    curves: str | Path,
    times: int,
    sigma_ref: float,
    chunk: int,
    checkpoint: str | Path,
    threads: int = 1,
) -> None:
    """Evaluate the integrand of Eq. 29 for every prompt, in chunks, and write one row a prompt.

    Columns: ``prompt``, ``readout``, ``mi`` (the pointwise I(A; B), nats), and over the times in
    the file's metadata ``integrand`` and ``remaining``, the integral up to each time.
    """
    torch.set_num_threads(threads)
    files = ModelFiles(**model)
    tensors, meta = load_checkpoint(latents)
    prompts = list(meta["prompts"])
    options = {"times": times, "sigma_ref": sigma_ref}

    def evaluate(loaded: ConditionalModel, rows: range) -> dict[str, Tensor]:
        kept = tensors["latents"][rows.start : rows.stop]
        part = [prompts[k] for k in rows]
        found = integrand(loaded, kept, part, times, 0, sigma_ref, rows.start)
        grid = {"tau": torch.from_numpy(found.tau), "log_snr": torch.from_numpy(found.log_snr)}
        return {f"one/{k}": v for k, v in grid.items()} | {
            name: torch.from_numpy(values) for name, values in found.values.items()
        }

    parts = in_chunks("integrand", files, prompts, chunk, checkpoint, options, evaluate)
    values = {name: parts[name].numpy() for name in READOUTS}
    tau, log_snr = parts["one/tau"].numpy(), parts["one/log_snr"].numpy()
    whole = Integrand(tau, log_snr, values)
    frames = []
    for name in READOUTS:
        remaining = whole.remaining(name)
        frames.append(
            pa.table(
                {
                    "prompt": prompts,
                    "readout": [name] * len(prompts),
                    "mi": remaining[:, -1],
                    "integrand": list(values[name].astype(np.float32)),
                    "remaining": list(remaining.astype(np.float32)),
                }
            )
        )
    note = {"tau": tau.tolist(), "log_snr": log_snr.tolist(), "source": files.source, **options}
    table = pa.concat_tables(frames).replace_schema_metadata({"minde": json.dumps(note)})
    write_parquet(table, curves)
    Path(checkpoint).unlink(missing_ok=True)


def read_curves(path: str | Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Rows of ``prompt_integrand`` and what its metadata say (tau, source)."""
    table = pq.read_table(str(path))
    frame: pd.DataFrame = table.to_pandas()
    return frame, json.loads(table.schema.metadata[b"minde"])


def mean_curves(frame: pd.DataFrame, meta: dict[str, Any]) -> pd.DataFrame:
    """Mean over prompts of I(A; B | X_tau) and its standard error: readout, tau, mean, se.

    Arguments:
        frame: Rows of ``read_curves``.
        meta: Its metadata.
    """
    parts = []
    for name, rows in frame.groupby("readout", sort=False):
        curves: Array = np.array(rows["remaining"].tolist(), dtype=np.float64)
        parts.append(
            pd.DataFrame(
                {
                    "readout": name,
                    "tau": meta["tau"],
                    "mean": curves.mean(axis=0),
                    "se": curves.std(axis=0, ddof=1) / math.sqrt(len(curves)),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
