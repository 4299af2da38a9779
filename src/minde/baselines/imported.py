"""Any estimator a configuration names as ``package.module:Class``, with ``estimate(x, y)``."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from minde.errors import ConfigError
from minde.types import XY

if TYPE_CHECKING:
    from minde.baselines.kinds import ImportOptions


def load(reference: str) -> Any:
    """The object that ``package.module:Class`` names; the working folder is searched as well.

    Raises:
        ConfigError: If there is no such module or name.
    """
    module, _, name = reference.partition(":")
    if not module or not name:
        raise ConfigError(f"import: '{reference}' must read package.module:Class")
    _add_working_folder()
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ConfigError(f"import: cannot load '{reference}' ({error})") from error


def source_of(reference: str) -> bytes:
    """Source of the module named, so that its edits trigger reruns; empty if not found."""
    _add_working_folder()
    try:
        found = importlib.util.find_spec(reference.partition(":")[0])
    except (ImportError, ValueError):
        return b""
    path = Path(found.origin) if found and found.origin else None
    return path.read_bytes() if path and path.suffix == ".py" and path.is_file() else b""


def run(kind: str, train: XY, test: XY, options: ImportOptions, seed: int) -> float:
    """Make the estimator and call ``estimate(x, y)``.

    Arguments:
        kind: ``import``.
        train: x and y of the training split.
        test: x and y of the test split.
        options: The class, its arguments and its points.
        seed: Given to the constructor as ``random_state`` or ``seed`` if ``arguments`` names one
            of them with the value ``"seed"``.
    """
    points = options.points
    chosen = [train] if points == "train" else [test] if points == "test" else [train, test]
    keep = slice(options.max_points)
    x = np.concatenate([part[0] for part in chosen])[keep]
    y = np.concatenate([part[1] for part in chosen])[keep]
    arguments = {k: seed if v == "seed" else v for k, v in options.arguments.items()}
    return float(load(options.import_)(**arguments).estimate(x, y))


def _add_working_folder() -> None:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
