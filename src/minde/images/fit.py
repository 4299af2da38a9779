"""Train an autoencoder; a kill loses nothing."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from minde.errors import StoppedError
from minde.images.autoencoder import Autoencoder, scaled
from minde.images.options import CodeOptions
from minde.io.checkpoint import below, resume_from, save_checkpoint
from minde.seeding import derive, generator

#: Steps between two calls of ``progress``.
BLOCK_STEPS = 50
CHUNK = 10_000


class CodeTrainer:
    """Trains one autoencoder on pixels (n, side, side), bytes.

    The order of an epoch follows from the seed and the epoch alone, so a checkpoint holds weights,
    the optimiser and the step, and a resumed training gives the same weights to the last bit.

    Arguments:
        pixels: Training images.
        options: Network and training.
        seed: Seed of the first weights and of the order.
        checkpoint: Progress file; None keeps none.
        identity: Names this training; a checkpoint with another is refused.
        checkpoint_seconds: Time between checkpoints.
        restart: Start afresh, with a warning, where the checkpoint is of another training.
    """

    def __init__(
        self,
        pixels: Tensor,
        options: CodeOptions,
        seed: int,
        checkpoint: str | Path | None = None,
        identity: dict[str, Any] | None = None,
        checkpoint_seconds: float = 60.0,
        restart: bool = False,
    ) -> None:
        self.pixels, self.options, self.seed = pixels, options, seed
        self.checkpoint = Path(checkpoint) if checkpoint else None
        self.identity = {"options": asdict(options), "seed": seed, **(identity or {})}
        self.checkpoint_seconds, self.restart = checkpoint_seconds, restart
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(derive(seed, "autoencoder"))
            side = pixels.shape[1]
            self.model = Autoencoder(options.kind, side, options.latent, options.hidden)
        self.model.to(pixels.device)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=options.lr, amsgrad=True)
        self.batches = math.ceil(len(pixels) / options.batch_size)
        self.step, self.total = 0, self.batches * options.epochs

    def run(self, progress: Callable[[int, int, float], None] | None = None) -> Autoencoder:
        """Train to the end and return the network.

        Raises:
            StoppedError: If ``progress`` raised it; a checkpoint is written first.
            CheckpointError: If the checkpoint belongs to another training.
        """
        self._resume()
        saved = time.perf_counter()
        if progress is not None:
            progress(self.step, self.total, math.nan)
        while self.step < self.total:
            loss = self._block()
            try:
                if progress is not None:
                    progress(self.step, self.total, loss)
            except StoppedError:
                self.save()
                raise
            if time.perf_counter() - saved > self.checkpoint_seconds:
                self.save()
                saved = time.perf_counter()
        return self.model

    def _block(self) -> float:
        """Steps to the next call of progress, within an epoch; their mean loss."""
        epoch, first = divmod(self.step, self.batches)
        last = min(first + BLOCK_STEPS, self.batches)
        order = torch.randperm(len(self.pixels), generator=generator(self.seed, "order", epoch))
        losses = []
        size = self.options.batch_size
        for k in range(first, last):
            images = scaled(self.pixels[order[k * size : (k + 1) * size]])
            loss = torch.nn.functional.mse_loss(self.model(images), images)
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            self.optimizer.step()
            losses.append(loss.detach())
        self.step += last - first
        return float(torch.stack(losses).mean())

    def save(self) -> None:
        """Write a checkpoint now, if a path was given."""
        if self.checkpoint is None:
            return
        tensors = {f"model/{k}": v for k, v in self.model.state_dict().items()}
        for i, state in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer/{i}/{k}": v for k, v in state.items()}
        save_checkpoint(self.checkpoint, tensors, {"identity": self.identity, "step": self.step})

    def _resume(self) -> None:
        found = resume_from(self.checkpoint, self.identity, self.restart)
        if found is None:
            return
        tensors, meta = found
        load_weights(self.model, tensors)
        state: dict[int, dict[str, Tensor]] = {}
        for key, value in tensors.items():
            if key.startswith("optimizer/"):
                _, i, name = key.split("/")
                state.setdefault(int(i), {})[name] = value
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": state, "param_groups": groups})
        self.step = meta["step"]


def load_weights(model: Autoencoder, tensors: dict[str, Tensor]) -> None:
    """Take the tensors under ``model/`` over."""
    model.load_state_dict(below(tensors, "model/"))


@torch.no_grad()
def encode(model: Autoencoder, pixels: Tensor) -> Tensor:
    """Codes of all images, (n, latent)."""
    return torch.cat([model.encode(scaled(part)) for part in torch.split(pixels, CHUNK)])


@torch.no_grad()
def reconstruction_error(model: Autoencoder, pixels: Tensor) -> float:
    """Mean squared error a pixel of images in [0, 1]."""
    errors = [((model(scaled(p)) - scaled(p)) ** 2).sum() for p in torch.split(pixels, CHUNK)]
    return float(torch.stack(errors).sum() / pixels.numel())
