"""One seed, many independent named random streams.

A stream is named by a path of words and numbers, so a training step's draws depend on the seed and
the step alone: not on what it is trained beside, nor on whether training was interrupted.
"""

from __future__ import annotations

import hashlib

import torch


def derive(seed: int, *names: str | int) -> int:
    """Return a 63-bit seed for the stream ``names`` of ``seed``."""
    text = "/".join([str(int(seed)), *(str(name) for name in names)])
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def generator(seed: int, *names: str | int, device: torch.device | str = "cpu") -> torch.Generator:
    """Return a fresh generator on ``device`` for the stream ``names`` of ``seed``."""
    return torch.Generator(device=device).manual_seed(derive(seed, *names))
