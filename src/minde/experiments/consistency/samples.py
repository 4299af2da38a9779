"""Stages `sample_codes` and `sample_pixels`: the consistency tests' images as sample files."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from minde.experiments.consistency.stages import load_code, rows_of_code, seen_pixels
from minde.experiments.consistency.tasks import PIXELS, SUITE, codes_of, parse
from minde.images.data import Pixels
from minde.images.fit import encode
from minde.io.checkpoint import load_checkpoint
from minde.stages.samples import write_samples
from minde.types import Array

Number = TypeVar("Number", np.uint8, np.float64)
#: Codes spread less than this are taken to be constant.
CONSTANT = 1e-6


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
            code: seen_pixels(pixels[part], rows_of_code(code, side)).view(n, -1).numpy()
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


def _standardised(images: dict[str, Tensor], file: str) -> tuple[str, dict[str, Array]]:
    """Name, and codes of the train and test images; nan where a coordinate is constant."""
    model, tensors, meta = load_code(file)
    std = torch.where(tensors["std"] > CONSTANT, tensors["std"], math.nan)
    out = {}
    for part in ("train", "test"):
        seen = seen_pixels(images[part], meta["rows"])
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
