"""How an autoencoder of images is built and trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from minde.declare import Bounds, Count, Positive, option


@dataclass(frozen=True)
class CodeOptions:
    """How an autoencoder is built and trained: mean squared error, Adam with amsgrad."""

    kind: Literal["mlp", "conv"] = option(
        "mlp", "mlp, or conv, which reconstructs better at the same latent size."
    )
    latent: Annotated[int, Bounds(minimum=1, maximum=1000)] = option(16, "Size of the code.")
    hidden: Annotated[int, Bounds(minimum=1, maximum=100_000)] = option(
        400, "Width of the hidden layer."
    )
    epochs: Count = option(100, "Passes over the images.")
    batch_size: Count = option(64, "Images per step.")
    lr: Positive = option(1e-3, "Learning rate.")
