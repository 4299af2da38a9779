"""Stages of the consistency tests: images, autoencoders, and what these bring back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from minde.errors import CheckpointError, InputError
from minde.images.autoencoder import Autoencoder, scaled
from minde.images.data import load_images, mask_rows
from minde.images.fit import CodeTrainer, encode, load_weights, reconstruction_error
from minde.images.options import CodeOptions
from minde.io.checkpoint import load_checkpoint, save_checkpoint
from minde.runtime.progress import stoppable_progress
from minde.seeding import derive

Pictures = npt.NDArray[np.float32]


def prepare_images(dataset: str, root: str, download: bool, images: str | Path) -> None:
    """Load a dataset and write its pixels and labels as one safetensors file."""
    found = load_images(dataset, root, download)
    tensors = {name: torch.from_numpy(values.copy()) for name, values in vars(found).items()}
    save_checkpoint(images, tensors, {"dataset": dataset})


def rows_of_code(code: str, side: int) -> int:
    """Rows that the autoencoder ``full``, ``labels`` or ``r10`` sees."""
    rows = side if code in ("full", "labels") else int(code.removeprefix("r"))
    if not 0 <= rows <= side:
        raise InputError(f"images: images have {side} rows, asked for {rows}")
    return rows


def train_code(
    images: str | Path,
    code: str,
    weights: str | Path,
    options: dict[str, Any],
    checkpoint: str | Path,
    threads: int = 1,
    checkpoint_seconds: float = 60.0,
) -> None:
    """Train the autoencoder of images with some rows kept, and write it with its errors.

    Nothing is learned of black images: with no row kept the network stays as it was drawn.

    Arguments:
        images: File of ``prepare_images``.
        code: ``full``, ``labels`` (full images too) or ``r`` and the number of rows.
        weights: Output safetensors.
        options: Fields of CodeOptions.
        checkpoint: Progress file, removed when done.
        threads: CPU threads.
        checkpoint_seconds: Time between checkpoints.
    """
    torch.set_num_threads(threads)
    tensors, _ = load_checkpoint(images)
    rows = rows_of_code(code, tensors["train"].shape[1])
    train, test = (seen_pixels(tensors[part], rows) for part in ("train", "test"))
    chosen = CodeOptions(**({**options, "epochs": 0} if rows == 0 else options))
    with stoppable_progress(f"autoencoder {code}") as progress:
        trainer = CodeTrainer(
            train,
            chosen,
            derive(0, "code", code),
            checkpoint,
            {"code": code},
            checkpoint_seconds,
            restart=True,
        )
        model = trainer.run(progress).eval()
    codes = encode(model, train)
    mean_image = train.float().mean(dim=0) / 255.0
    meta = {
        "code": code,
        "rows": rows,
        "side": int(train.shape[1]),
        "options": trainer.identity["options"],
        "train_mse": reconstruction_error(model, train),
        "test_mse": reconstruction_error(model, test),
        "mean_image_mse": float(((scaled(test) - mean_image) ** 2).mean()),
    }
    parts = {f"model/{k}": v for k, v in model.state_dict().items()}
    save_checkpoint(weights, parts | {"mean": codes.mean(dim=0), "std": codes.std(dim=0)}, meta)
    Path(checkpoint).unlink(missing_ok=True)


def load_code(path: str | Path) -> tuple[Autoencoder, dict[str, Tensor], dict[str, Any]]:
    """Read an autoencoder; CheckpointError if the file is not one."""
    tensors, meta = load_checkpoint(path)
    try:
        o = meta["options"]
        model = Autoencoder(o["kind"], meta["side"], o["latent"], o["hidden"])
        load_weights(model, tensors)
    except (KeyError, RuntimeError) as error:
        raise CheckpointError(f"checkpoint: {path} is not an autoencoder ({error!r})") from error
    return model.eval(), tensors, meta


@torch.no_grad()
def reconstructions(
    images_path: str | Path, code_path: str | Path, count: int
) -> tuple[str, Pictures, Pictures]:
    """Name of a code, the first test images as its autoencoder sees them, and what comes back."""
    model, _, meta = load_code(code_path)
    pixels = load_checkpoint(images_path)[0]["test"][:count]
    seen = scaled(seen_pixels(pixels, meta["rows"]))
    name = "all rows" if meta["code"] == "full" else f"r = {meta['rows']}"
    return name, seen.numpy(), model(seen).numpy()


@torch.no_grad()
def traversal(code_path: str | Path, steps: Sequence[float]) -> list[Pictures]:
    """Images of the mean code with each coordinate in turn moved by ``steps`` deviations."""
    model, tensors, _ = load_code(code_path)
    out = []
    for k in range(len(tensors["mean"])):
        codes = tensors["mean"].repeat(len(steps), 1)
        codes[:, k] += torch.tensor(steps) * tensors["std"][k]
        out.append(model.decode(codes).numpy())
    return out


def seen_pixels(pixels: Tensor, rows: int) -> Tensor:
    """Pixels with some rows kept, as an autoencoder of so many rows sees them."""
    return torch.from_numpy(mask_rows(pixels.numpy(), rows))
