"""A small classifier of images, to say what a generated image shows."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from minde.images.data import Pixels

NEIGHBOURS = 3


class Classifier:
    """The labels of the nearest training images decide.

    Arguments:
        pixels: Training images, (n, side, side), 0 to 255.
        labels: Their labels, (n,).
    """

    def __init__(self, pixels: Pixels, labels: Pixels) -> None:
        from sklearn.neighbors import KNeighborsClassifier

        self.model = KNeighborsClassifier(NEIGHBOURS).fit(_flat(pixels / 255.0), labels)

    def __call__(self, images: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.int64]:
        """Labels of images in [0, 1], (n, side, side)."""
        found: npt.NDArray[np.int64] = self.model.predict(_flat(images)).astype(np.int64)
        return found


def _flat(images: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float32]:
    return images.reshape(len(images), -1).astype(np.float32)
