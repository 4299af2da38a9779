"""What Figures 9 and 10 start from: a conditional model, its prompts, and work in chunks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from minde.device import pick_device
from minde.ensemble.storage import load_ensemble
from minde.errors import InputError
from minde.experiments.consistency.stages import load_code
from minde.images.fit import encode
from minde.io.checkpoint import load_checkpoint, resume_from, save_checkpoint
from minde.io.files import atomic_write
from minde.prompts.labelled import LabelledModel, indicators
from minde.prompts.model import ConditionalModel
from minde.prompts.text_to_image import load_text_to_image
from minde.runtime.progress import stoppable_progress
from minde.stages.samples import write_samples

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

        return LabelledModel(load_ensemble(self.score, device), decode)


def list_prompts(source: str, file: str, n: int, classes: int, prompts: str | Path) -> None:
    """Write ``n`` prompts, one a line: the labels in turn, or the lines of a file in turn."""
    if source == "images":
        known = [str(k) for k in range(classes)]
    else:
        try:
            known = [line.strip() for line in Path(file).read_text().splitlines()]
        except OSError as error:
            raise InputError(
                f"prompts: cannot read {file} ({error.strerror}); set prompts.file to a text "
                "file with one prompt a line"
            ) from error
        known = [line for line in known if line]
    if not known:
        raise InputError(f"prompts: {file} holds no prompt")
    lines = [known[k % len(known)] for k in range(n)]
    atomic_write(prompts, "".join(f"{line}\n" for line in lines).encode())


def sample_labelled(images: str | Path, code: str | Path, samples: str | Path) -> None:
    """Write standardised codes of the images (X) and their labels' indicators (Y) as samples."""
    pixels, _ = load_checkpoint(images)
    model, tensors, _ = load_code(code)
    classes = int(pixels["train_labels"].max()) + 1
    x, y = [], []
    for part in ("train", "test"):
        codes = (encode(model, pixels[part]) - tensors["mean"]) / tensors["std"]
        x.append(codes.double().numpy())
        y.append(indicators(pixels[f"{part}_labels"].tolist(), classes).double().numpy())
    shares = np.bincount(pixels["test_labels"].numpy()) / len(pixels["test_labels"])
    entropy = float(-sum(p * math.log(p) for p in shares if p > 0))
    variables = [np.concatenate(x), np.concatenate(y)]
    write_samples(SUITE, TASK, 0, entropy, variables, len(pixels["train"]), samples)


def read_prompts(path: str | Path) -> list[str]:
    """Prompts of a file, one a line."""
    return Path(path).read_text().splitlines()


def in_chunks(
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
    found = resume_from(Path(checkpoint), identity, restart=True)
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
