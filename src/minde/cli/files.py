"""Files that commands write: whether they can be, before there is anything to write."""

from __future__ import annotations

import tempfile
from pathlib import Path

from minde.errors import InputError


def check_writable(path: Path | None, option: str) -> None:
    """Raise InputError if there is a file to write that cannot be written."""
    if path is None:
        return
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
        if path.is_dir():
            raise IsADirectoryError(None, "it is a folder")
    except OSError as error:
        raise InputError(
            f"{option}: {path} cannot be written ({error.strerror}); name another file"
        ) from error
