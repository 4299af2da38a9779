"""Stage `switch_prompts`: images whose prompt is switched on the way (Figure 10)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from minde.experiments.prompts.model import ModelFiles, in_chunks
from minde.images.classifier import Classifier
from minde.images.data import Pixels
from minde.io.checkpoint import load_checkpoint, save_checkpoint
from minde.prompts.generate import generate
from minde.prompts.model import ConditionalModel


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
        path: Output safetensors: ``images`` (taus, shown, h, w, c), ``at``, and ``shares`` of the
            first and second prompt, (taus, 2), where there are labels.
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
    found = in_chunks("switch", files, names, 1, checkpoint, options, make)
    found["at"] = torch.tensor(times, dtype=torch.float64)
    save_checkpoint(path, found, {"accuracy": accuracy, "source": files.source, **options})
    Path(checkpoint).unlink(missing_ok=True)
