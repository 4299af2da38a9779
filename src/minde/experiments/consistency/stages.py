"""Stages of the consistency tests: images, autoencoders, and their codes as sample files."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from minde.errors import CheckpointError, InputError
from minde.experiments.consistency.tasks import PIXELS, SUITE, codes_of, parse
from minde.images.autoencoder import Autoencoder, scaled
from minde.images.data import Pixels, load_images, mask_rows
from minde.images.fit import CodeTrainer, encode, load_weights, reconstruction_error
from minde.images.options import CodeOptions
from minde.io.checkpoint import load_checkpoint, save_checkpoint
from minde.runtime.progress import stoppable_progress
from minde.seeding import derive
from minde.stages.samples import write_samples
from minde.types import Array

Number = TypeVar("Number", np.uint8, np.float64)
Pictures = npt.NDArray[np.float32]
#: Codes spread less than this are taken to be constant.
CONSTANT = 1e-6


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
    train, test = (_seen(tensors[part], rows) for part in ("train", "test"))
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
    seen = scaled(_seen(pixels, meta["rows"]))
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


def sample_codes(
    images: str | Path,
    codes: Sequence[str],
    task: str,
    seed: int,
    latent_noise: float,
    samples: str | Path,
    pairings: int = 1,
) -> None:
    r"""Write the codes of a test's images as a sample file.

    Codes are standardised by mean and deviation over all training images. A coordinate that is the
    same for all images says nothing; independent noise of unit variance stands in for it, so that
    networks see the variance they expect. Independent noise of standard deviation ``latent_noise``
    is added to X, the codes of A: the mutual information is then finite, and the three properties
    still hold.

    Arguments:
        images: File of ``prepare_images``.
        codes: Autoencoders of the codes that the test needs, in any order.
        task: Such as ``additivity-10``.
        seed: Of the noise, and of who is paired with whom in the additivity test.
        latent_noise: Standard deviation, in those of the codes.
        samples: Output parquet.
        pairings: In the additivity test: training images that every image is paired with. Any two
            are a draw from the product of the two images' laws, so more of them are more samples.
    """
    pixels, _ = load_checkpoint(images)
    test = parse(task)
    rng = np.random.default_rng([seed, 6])
    known = dict(_standardised(pixels, file) for file in codes)
    split: dict[str, tuple[Array, Array]] = {}
    for part in ("train", "test"):
        times = pairings if part == "train" and test.images > 1 else 1
        who = _pairing(len(pixels[part]), test.images, seed, part, times)
        these = {name: values[part] for name, values in known.items()}
        x = _filled(_joined(these, test.codes_x, who), rng)
        y = _filled(_joined(these, test.codes_y, who), rng)
        split[part] = (x + latent_noise * rng.normal(size=x.shape), y)
    x, y = (np.concatenate([split["train"][k], split["test"][k]]) for k in (0, 1))
    write_samples(SUITE, task, seed, math.nan, [x, y], len(split["train"][0]), samples)


def sample_pixels(images: str | Path, task: str, seed: int, samples: str | Path) -> None:
    """Write the images of a test themselves as a sample file: columns are pixels, 0 to 255.

    Arguments:
        images: File of ``prepare_images``.
        task: Such as ``additivity-10``.
        seed: Of who is paired with whom in the additivity test.
        samples: Output parquet.
    """
    pixels, _ = load_checkpoint(images)
    test = parse(task)
    sides: tuple[list[Pixels], list[Pixels]] = ([], [])
    for part in ("train", "test"):
        n, side = pixels[part].shape[:2]
        who = _pairing(n, test.images, seed, part)
        flat = {
            code: _seen(pixels[part], rows_of_code(code, side)).view(n, -1).numpy()
            for code in codes_of([task])
        }
        for rows, codes in zip(sides, (test.codes_x, test.codes_y), strict=True):
            rows.append(_joined(flat, codes, who))
    x, y = (np.concatenate(parts) for parts in sides)
    write_samples(PIXELS, task, seed, math.nan, [x, y], len(pixels["train"]), samples)


def _pairing(
    n: int, images: int, seed: int, part: str, times: int = 1
) -> list[npt.NDArray[np.int64]]:
    """Which image is the first, and which the second, of every sample; each n ``times`` over."""
    rng = np.random.default_rng([seed, 7, len(part)])
    second = np.concatenate([rng.permutation(n) for _ in range(times)])
    return [np.tile(np.arange(n), times), second][:images]


def _seen(pixels: Tensor, rows: int) -> Tensor:
    """Pixels with some rows kept, as an autoencoder of so many rows sees them."""
    return torch.from_numpy(mask_rows(pixels.numpy(), rows))


def _standardised(images: dict[str, Tensor], file: str) -> tuple[str, dict[str, Array]]:
    """Name, and codes of the train and test images; nan where a coordinate is constant."""
    model, tensors, meta = load_code(file)
    std = torch.where(tensors["std"] > CONSTANT, tensors["std"], math.nan)
    out = {}
    for part in ("train", "test"):
        seen = _seen(images[part], meta["rows"])
        out[part] = ((encode(model, seen) - tensors["mean"]) / std).double().numpy()
    return meta["code"], out


def _joined(
    known: Mapping[str, npt.NDArray[Number]],
    names: Sequence[str],
    who: Sequence[npt.NDArray[np.int64]],
) -> npt.NDArray[Number]:
    """What is known by name, side by side; the names' last share is of the second image."""
    share = len(names) // len(who)
    return np.concatenate([known[c][who[k // share]] for k, c in enumerate(names)], axis=1)


def _filled(codes: Array, rng: np.random.Generator) -> Array:
    """Codes with noise for coordinates that are constant."""
    return np.where(np.isnan(codes), rng.normal(size=codes.shape), codes)
