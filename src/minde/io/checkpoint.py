"""Checkpoints: safetensors with a JSON header, written whole or not at all; no pickle is read."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from minde.errors import CheckpointError
from minde.io.files import atomic_write

logger = logging.getLogger(__name__)
FORMAT = "minde-1"


def _safetensors() -> Any:
    try:
        import safetensors.torch
    except ImportError as error:  # pragma: no cover - depends on the installation
        raise CheckpointError(
            "checkpoint: saving and loading need safetensors; pip install 'minde[io]'"
        ) from error
    return safetensors


def save_checkpoint(path: str | Path, tensors: dict[str, Tensor], meta: dict[str, Any]) -> None:
    """Write tensors and a JSON description as one safetensors file, atomically."""
    header = {"minde": json.dumps({"format": FORMAT, **meta}, sort_keys=True)}
    plain = {k: v.detach().contiguous().cpu() for k, v in tensors.items()}
    atomic_write(path, _safetensors().torch.save(plain, metadata=header))


def resume_from(
    path: Path | None, identity: dict[str, Any], restart: bool = False
) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
    """Progress of this very training, or None where there is none.

    A damaged file is as good as none, and a warning says so: a kill must not stop what follows it.

    Arguments:
        path: The file, if any.
        identity: What the progress must be of.
        restart: Whether progress of something else is as good as none, too.

    Raises:
        CheckpointError: If the file's ``identity`` is another, without ``restart``.
    """
    if path is None or not path.exists():
        return None
    try:
        tensors, meta = load_checkpoint(path)
    except CheckpointError as error:
        logger.warning("ignoring checkpoint and starting afresh: %s", error)
        return None
    if meta.get("identity") != identity and restart:
        logger.warning("starting afresh: checkpoint %s is of other options or data", path)
        return None
    if meta.get("identity") != identity:
        raise CheckpointError(
            f"checkpoint: {path} belongs to another training; delete it or give another path"
        )
    logger.info("resumed %s at step %d", path, meta["step"])
    return tensors, meta


def below(
    tensors: dict[str, Tensor], prefix: str, device: torch.device | None = None
) -> dict[str, Tensor]:
    """The tensors whose names begin with ``prefix``, without it; on a device, if one is given."""
    found = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
    return {k: v.to(device) for k, v in found.items()} if device is not None else found


def load_checkpoint(path: str | Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read a checkpoint.

    Raises:
        CheckpointError: If the file is missing, truncated, or was not written by minde.
    """
    return _read(path, whole=True)


def load_header(path: str | Path) -> dict[str, Any]:
    """The description alone, without reading a tensor; raises as :func:`load_checkpoint` does."""
    return _read(path, whole=False)[1]


def _read(path: str | Path, whole: bool) -> tuple[dict[str, Tensor], dict[str, Any]]:
    safetensors = _safetensors()
    try:
        with safetensors.safe_open(str(path), framework="pt") as file:
            header = file.metadata() or {}
            keys = file.keys() if whole else ()
            tensors = {key: file.get_tensor(key) for key in keys}
    except FileNotFoundError:
        raise CheckpointError(f"checkpoint: no file {path}") from None
    except (safetensors.SafetensorError, OSError) as error:
        raise CheckpointError(f"checkpoint: {path} is damaged ({error}); delete it") from error
    try:
        meta = json.loads(header["minde"])
    except (KeyError, ValueError):
        raise CheckpointError(f"checkpoint: {path} was not written by minde") from None
    if meta.get("format") != FORMAT:
        raise CheckpointError(
            f"checkpoint: {path} has format {meta.get('format')!r}, this minde reads {FORMAT!r}"
        )
    return tensors, meta
