"""Where and when a training writes its progress."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Checkpointing:
    """Where and when a training writes its progress.

    Arguments:
        path: File to write to and to go on from.
        identity: Anything that names the training; a file with another is refused.
        seconds: Time between checkpoints.
        restart: Start afresh, with a warning, where the file is of another training.
    """

    path: str | Path
    identity: dict[str, Any] = field(default_factory=dict)
    seconds: float = 60.0
    restart: bool = False
