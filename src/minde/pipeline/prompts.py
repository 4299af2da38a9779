"""Stages of Figures 9 and 10: prompts, latents made from them, the integrand, switched prompts."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from torch import Tensor

from minde.arrays import Array
from minde.checkpoint import load_checkpoint, resume_from, save_checkpoint
from minde.diffusion_mi.generate import generate
from minde.diffusion_mi.integrand import READOUTS, Integrand, integrand
from minde.diffusion_mi.labelled import LabelledModel, indicators
from minde.diffusion_mi.model import ConditionalModel
from minde.diffusion_mi.text_to_image import load_text_to_image
from minde.errors import InputError
from minde.estimators.pack import pick_device
from minde.estimators.storage import load_pack
from minde.files import atomic_write, write_parquet
from minde.images.classifier import Classifier
from minde.images.data import Pixels
from minde.images.fit import encode
from minde.pipeline.images import load_code
from minde.pipeline.progress import stoppable_progress
from minde.pipeline.samples import write_samples

#: Suite of the sample file that the class-conditional model is trained on.
SUITE, TASK = "prompts", "labels"


@dataclass(frozen=True)
class ModelFiles:
    """What a conditional model is loaded from.

    Arguments:
        source: ``images``, a model of ours given an image's label, or ``diffusers``.
        model: Id or folder of a diffusers pipeline.
        revision: Its revision.
        score: Weights of our model.
        code: The autoencoder whose codes are its latents.
    """

    source: str
    model: str = ""
    revision: str = ""
    score: str = ""
    code: str = ""

    def load(self, device: str = "auto") -> ConditionalModel:
        """The model; InputError where weights cannot be had."""
        if self.source == "diffusers":
            return load_text_to_image(self.model, self.revision, pick_device(device))
        code, tensors, _ = load_code(self.code)

        @torch.no_grad()
        def decode(latents: Tensor) -> Tensor:
            images: Tensor = code.decode(latents.cpu() * tensors["std"] + tensors["mean"])
            return images

        return LabelledModel(load_pack(self.score, device), decode)


def list_prompts(source: str, path_in: str, n: int, classes: int, path: str | Path) -> None:
    """Write ``n`` prompts, one a line: the labels in turn, or the lines of a file in turn."""
    if source == "images":
        known = [str(k) for k in range(classes)]
    else:
        try:
            known = [line.strip() for line in Path(path_in).read_text().splitlines()]
        except OSError as error:
            raise InputError(
                f"prompts: cannot read {path_in} ({error.strerror}); set prompts.file to a text "
                "file with one prompt a line"
            ) from error
        known = [line for line in known if line]
    if not known:
        raise InputError(f"prompts: {path_in} holds no prompt")
    lines = [known[k % len(known)] for k in range(n)]
    atomic_write(path, "".join(f"{line}\n" for line in lines).encode())


def sample_labelled(images_path: str | Path, code_path: str | Path, path: str | Path) -> None:
    """Write standardised codes of the images (X) and their labels' indicators (Y) as samples."""
    images, _ = load_checkpoint(images_path)
    model, tensors, _ = load_code(code_path)
    classes = int(images["train_labels"].max()) + 1
    x, y = [], []
    for part in ("train", "test"):
        codes = (encode(model, images[part]) - tensors["mean"]) / tensors["std"]
        x.append(codes.double().numpy())
        y.append(indicators(images[f"{part}_labels"].tolist(), classes).double().numpy())
    shares = np.bincount(images["test_labels"].numpy()) / len(images["test_labels"])
    entropy = float(-sum(p * math.log(p) for p in shares if p > 0))
    variables = [np.concatenate(x), np.concatenate(y)]
    write_samples(SUITE, TASK, 0, entropy, variables, len(images["train"]), path)


def generate_prompts(
    prompts_path: str | Path,
    files: ModelFiles,
    path: str | Path,
    steps: int,
    guidance: float,
    chunk: int,
    checkpoint: str | Path,
    threads: int = 1,
) -> None:
    """Make a latent from every prompt, in chunks; a stopped run goes on with the next chunk."""
    torch.set_num_threads(threads)
    prompts = read_prompts(prompts_path)
    options = {"steps": steps, "guidance": guidance}

    def make(model: ConditionalModel, rows: range) -> dict[str, Tensor]:
        part = [prompts[k] for k in rows]
        return {"latents": generate(model, part, steps, 0, guidance, first_row=rows.start)}

    found = _in_chunks("latents", files, prompts, chunk, checkpoint, options, make)
    save_checkpoint(path, found, {"prompts": prompts, "files": asdict(files), **options})
    Path(checkpoint).unlink(missing_ok=True)


def prompt_integrand(
    latents_path: str | Path,
    files: ModelFiles,
    path: str | Path,
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
    tensors, meta = load_checkpoint(latents_path)
    prompts = list(meta["prompts"])
    options = {"times": times, "sigma_ref": sigma_ref}

    def evaluate(model: ConditionalModel, rows: range) -> dict[str, Tensor]:
        latents = tensors["latents"][rows.start : rows.stop]
        part = [prompts[k] for k in rows]
        found = integrand(model, latents, part, times, 0, sigma_ref, rows.start)
        grid = {"tau": torch.from_numpy(found.tau), "log_snr": torch.from_numpy(found.log_snr)}
        return {f"one/{k}": v for k, v in grid.items()} | {
            name: torch.from_numpy(values) for name, values in found.values.items()
        }

    parts = _in_chunks("integrand", files, prompts, chunk, checkpoint, options, evaluate)
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
    write_parquet(table, path)
    Path(checkpoint).unlink(missing_ok=True)


def read_curves(path: str | Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Rows of ``prompt_integrand`` and what its metadata say (tau, source)."""
    table = pq.read_table(str(path))
    frame: pd.DataFrame = table.to_pandas()
    return frame, json.loads(table.schema.metadata[b"minde"])


def mean_curves(path: str | Path) -> pd.DataFrame:
    """Mean over prompts of I(A; B | X_tau) and its standard error: readout, tau, mean, se."""
    frame, meta = read_curves(path)
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


def switch_prompts(
    files: ModelFiles,
    images_path: str | Path,
    path: str | Path,
    first: str,
    second: str,
    at: Sequence[float],
    n: int,
    shown: int,
    steps: int,
    guidance: float,
    checkpoint: str | Path,
    threads: int = 1,
) -> None:
    """Make images under one prompt until tau, then under another, for each tau of ``at``.

    All start from the same noise. For our own model a classifier of the training images says which
    share of them is of the second prompt's class, and of the first's.

    Arguments:
        files: The model.
        images_path: File of ``prepare_images``; of no use to a diffusers pipeline.
        path: Output safetensors: ``images`` (taus, shown, h, w, c), ``at``, and ``share_first`` and
            ``share_second`` where there are labels.
        first: Prompt until tau.
        second: Prompt from then on.
        at: Times of the switch.
        n: Images a time.
        shown: Images a time that are kept.
        steps: Steps of the sampler.
        guidance: Weight of the prompt.
        checkpoint: Progress file, removed when done.
        threads: CPU threads.
    """
    torch.set_num_threads(threads)
    classify: Callable[[Any], Any] | None = None
    accuracy = math.nan
    if files.source == "images":
        images, _ = load_checkpoint(images_path)
        train: Pixels = images["train"].numpy()
        classify = Classifier(train, images["train_labels"].numpy())
        right = classify(images["test"].numpy() / 255.0) == images["test_labels"].numpy()
        accuracy = float(right.mean())
    times = sorted(at, reverse=True)
    options = {"first": first, "second": second, "n": n, "shown": shown, "steps": steps}
    options |= {"guidance": guidance}

    def make(model: ConditionalModel, rows: range) -> dict[str, Tensor]:
        out = []
        share = []
        for k in rows:
            latents = generate(
                model, [first] * n, steps, 1, guidance, switch_to=[second] * n, switch_at=times[k]
            )
            pictures = model.images(latents if classify is not None else latents[:shown])
            out.append(pictures[:shown].cpu())
            if classify is not None:
                labels = classify(pictures[..., 0].cpu().numpy())
                share.append([(labels == int(p)).mean() for p in (first, second)])
        found = {"images": torch.stack(out)}
        if share:
            found["shares"] = torch.tensor(np.array(share))
        return found

    names = [f"{t:g}" for t in times]
    found = _in_chunks("switch", files, names, 1, checkpoint, options, make)
    found["at"] = torch.tensor(times, dtype=torch.float64)
    save_checkpoint(path, found, {"accuracy": accuracy, "source": files.source, **options})
    Path(checkpoint).unlink(missing_ok=True)


def read_prompts(path: str | Path) -> list[str]:
    """Prompts of a file, one a line."""
    return Path(path).read_text().splitlines()


def _in_chunks(
    name: str,
    files: ModelFiles,
    items: Sequence[str],
    chunk: int,
    checkpoint: str | Path,
    options: dict[str, Any],
    work: Callable[[ConditionalModel, range], dict[str, Tensor]],
) -> dict[str, Tensor]:
    """Work through items in chunks, side by side along the first axis; resumes from checkpoint.

    Tensors whose name starts with ``one/`` are the same for every chunk.
    """
    identity = {"stage": name, "files": asdict(files), "items": list(items), **options}
    found = resume_from(Path(checkpoint), identity)
    tensors, done = (found[0], int(found[1]["step"])) if found is not None else ({}, 0)
    model = files.load()
    with stoppable_progress(f"{name} on {model.device.type}") as progress:
        progress(done, len(items), math.nan)
        while done < len(items):
            rows = range(done, min(done + chunk, len(items)))
            part = work(model, rows)
            joined = {
                k: v if k.startswith("one/") or k not in tensors else torch.cat([tensors[k], v])
                for k, v in part.items()
            }
            tensors, done = joined, rows.stop
            save_checkpoint(checkpoint, tensors, {"identity": identity, "step": done})
            progress(done, len(items), 0.0)
    return tensors
