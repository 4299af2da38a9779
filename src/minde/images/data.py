"""Image datasets: scikit-learn's digits (8x8, shipped with it) and MNIST (28x28)."""

from __future__ import annotations

import gzip
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from minde.errors import InputError, nearest

Pixels = npt.NDArray[np.uint8]

#: SHA-256 of MNIST's files, uncompressed.
MNIST_FILES = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
#: Environment variable that names the folder above ``MNIST/raw``.
ROOT_VARIABLE = "MINDE_MNIST_ROOT"


@dataclass(frozen=True)
class Images:
    """Pixels 0 to 255, (n, side, side), and labels, (n,), of the train and test images."""

    train: Pixels
    test: Pixels
    train_labels: Pixels
    test_labels: Pixels


def load_images(dataset: str, root: str | Path = "data", download: bool = False) -> Images:
    """Load ``digits`` or ``mnist``.

    Digits: a quarter of the 1,797 images is for tests, stratified by label; the training images are
    used in their nine shifts by at most one pixel, since a network learns 1,347 images by heart.

    Arguments:
        dataset: ``digits`` or ``mnist``.
        root: Folder above ``MNIST/raw``; MINDE_MNIST_ROOT goes before it.
        download: Fetch MNIST with torchvision where it is missing.

    Raises:
        InputError: If files are missing or damaged, or the name is unknown.
    """
    if dataset == "digits":
        return _digits()
    if dataset != "mnist":
        raise InputError(f"images: no dataset '{dataset}'{nearest(dataset, ['digits', 'mnist'])}")
    place = Path(os.environ.get(ROOT_VARIABLE) or root)
    raw = place / "MNIST" / "raw"
    if download and not all(_find(raw, name) for name in MNIST_FILES):
        _download(place)
    parts = [_read_idx(raw, name) for name in MNIST_FILES]
    return Images(parts[0], parts[2], parts[1], parts[3])


def mask_rows(images: Pixels, rows: int) -> Pixels:
    r""":math:`B_r`: the first ``rows`` rows of every image, the others 0 (black)."""
    out = images.copy()
    out[:, rows:] = 0
    return out


def _digits() -> Images:
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    found = load_digits()
    pixels = np.round(found.images * (255 / 16)).astype(np.uint8)
    labels = found.target.astype(np.uint8)
    train, test, train_labels, test_labels = train_test_split(
        pixels, labels, test_size=0.25, stratify=labels, random_state=0
    )
    shifts = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    moved = np.concatenate([_shift(train, i, j) for i, j in shifts])
    return Images(moved, test, np.tile(train_labels, len(shifts)), test_labels)


def _shift(images: Pixels, down: int, right: int) -> Pixels:
    """Images moved by a pixel, zeros coming in."""
    side = images.shape[1]
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    return padded[:, 1 - down : 1 - down + side, 1 - right : 1 - right + side]


def _find(raw: Path, name: str) -> Path | None:
    """The file, plain or gzipped."""
    return next((p for p in (raw / name, raw / f"{name}.gz") if p.is_file()), None)


def _download(root: Path) -> None:
    try:
        from torchvision.datasets import MNIST

        MNIST(str(root), download=True)
    except Exception as error:
        raise InputError(
            f"images: cannot download MNIST to {root} ({error}); put its four files into "
            f"{root}/MNIST/raw, or name their folder with consistency.root or {ROOT_VARIABLE}"
        ) from error


def _read_idx(raw: Path, name: str) -> Pixels:
    path = _find(raw, name)
    if path is None:
        raise InputError(
            f"images: no file {raw / name}; set consistency.root or {ROOT_VARIABLE} to the folder "
            "above MNIST/raw, or consistency.download: true"
        )
    try:
        data = path.read_bytes()
        data = gzip.decompress(data) if path.suffix == ".gz" else data
    except (OSError, EOFError) as error:
        raise InputError(f"images: cannot read {path} ({error}); fetch it again") from error
    if hashlib.sha256(data).hexdigest() != MNIST_FILES[name]:
        raise InputError(f"images: {path} is damaged (its SHA-256 is not MNIST's); fetch it again")
    # The magic number's last byte is the number of dimensions; each is a big-endian integer.
    dims = np.frombuffer(data, ">i4", count=data[3], offset=4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(dims)
