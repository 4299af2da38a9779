"""Stage `switch_prompts`: images whose prompt is switched on the way (Figure 10)."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from minde.experiments.prompts.model import ModelFiles, in_chunks
from minde.images.classifier import Classifier
from minde.images.data import Pixels
from minde.io.checkpoint import load_checkpoint, save_checkpoint
from minde.prompts.generate import Switch, generate
from minde.prompts.model import ConditionalModel


def switch_prompts(
    model: dict[str, str],
    switch: dict[str, Any],
    steps: int,
    pictures: str | Path,
    checkpoint: str | Path,
    images: str | Path | None = None,
    threads: int = 1,
) -> None:
    """Make images under one prompt until tau, then under another, for each tau of ``at``.

    All start from the same noise. For our own model a classifier of the training images says which
    share of them is of the second prompt's class, and of the first's.

    Arguments:
        model: Fields of ModelFiles.
        switch: Prompts ``first`` until tau and ``second`` from then on, the times ``at``, ``n``
            images per time of which ``shown`` are kept, and ``guidance``, the prompt's weight.
        steps: Steps of the sampler.
        pictures: Output safetensors: ``images`` (taus, shown, h, w, c), ``at``, and ``shares`` of
            the first and second prompt, (taus, 2), where there are labels.
        checkpoint: Progress file, removed when done.
        images: File of ``prepare_images``, for our own model alone.
        threads: CPU threads.
    """
    torch.set_num_threads(threads)
    files = ModelFiles(**model)
    first, second, n, shown = (switch[k] for k in ("first", "second", "n", "shown"))
    guidance = switch["guidance"]
    classify: Callable[[Any], Any] | None = None
    accuracy = math.nan
    if images is not None:
        pixels, _ = load_checkpoint(images)
        train: Pixels = pixels["train"].numpy()
        classify = Classifier(train, pixels["train_labels"].numpy())
        right = classify(pixels["test"].numpy() / 255.0) == pixels["test_labels"].numpy()
        accuracy = float(right.mean())
    times = sorted(switch["at"], reverse=True)
    options = {"first": first, "second": second, "n": n, "shown": shown, "steps": steps}
    options |= {"guidance": guidance}

    def make(loaded: ConditionalModel, rows: range) -> dict[str, Tensor]:
        out = []
        share = []
        for k in rows:
            later = Switch([second] * n, times[k])
            latents = generate(loaded, [first] * n, steps, 1, guidance, switch=later)
            made = loaded.images(latents if classify is not None else latents[:shown])
            out.append(made[:shown].cpu())
            if classify is not None:
                labels = classify(made[..., 0].cpu().numpy())
                share.append([(labels == int(p)).mean() for p in (first, second)])
        found = {"images": torch.stack(out)}
        if share:
            found["shares"] = torch.tensor(np.array(share))
        return found

    names = [f"{t:g}" for t in times]
    found = in_chunks("switch", files, names, 1, checkpoint, options, make)
    found["at"] = torch.tensor(times, dtype=torch.float64)
    save_checkpoint(pictures, found, {"accuracy": accuracy, "source": files.source, **options})
    Path(checkpoint).unlink(missing_ok=True)
