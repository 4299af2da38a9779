"""Where and when a training writes its progress."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Checkpointing:
    """Where and when a training writes its progress.

    Arguments:
        path: File to write to and to go on from; of several loops a folder.
        identity: Anything that names the training; a file with another is refused.
        seconds: Time between checkpoints.
        restart: Start afresh, with a warning, where the file is of another training.
        folder: Whether ``path`` is a folder, in which every loop of a training has a file of its
            own, named after what it trains.
    """

    path: str | Path
    identity: dict[str, Any] = field(default_factory=dict)
    seconds: float = 60.0
    restart: bool = False
    folder: bool = False

    def file(self, identity: dict[str, Any]) -> Path:
        """The file of a loop that ``identity`` names."""
        if not self.folder:
            return Path(self.path)
        name = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
        return Path(self.path) / f"{name[:16]}.safetensors"
