"""What an estimator owes to others: scikit-learn's parameters, and files without pickle."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from minde.ensemble.storage import load_pack, save_pack
from minde.errors import CheckpointError, InputError, nearest
from minde.estimators.settings import Fit
from minde.types import Array

T = TypeVar("T", bound="Saved")
P = TypeVar("P", bound="Parameters")


class Parameters:
    """Constructor arguments as attributes, in scikit-learn's manner."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Constructor arguments, as scikit-learn expects."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def set_params(self: P, **params: Any) -> P:
        """Set constructor arguments; InputError on an unknown one."""
        known = self.get_params()
        for name, value in params.items():
            if name not in known:
                hint = nearest(name, [*known])
                raise InputError(f"{type(self).__name__}: unknown parameter '{name}'{hint}")
            setattr(self, name, value)
        return self

    def parameters(self) -> Any:
        """Constructor arguments as bmi's estimator interface wants them."""
        return self.get_params()

    def __repr__(self) -> str:
        changed = {
            k: v
            for k, v in self.get_params().items()
            if v != inspect.signature(type(self)).parameters[k].default
        }
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in changed.items())})"


class Saved(Parameters):
    """Saving and loading a fitted estimator as a folder of safetensors, npz and JSON."""

    n_seeds: int
    fits_: dict[str, Fit]
    dims_: tuple[int, ...]
    warnings_: tuple[str, ...]
    samples_: dict[str, Array]

    def _check_fitted(self) -> None:
        if not hasattr(self, "fits_"):
            raise InputError("MINDE: not fitted yet; call fit(x, y) first")

    def save(self, path: str | Path) -> None:
        """Write the fitted estimator, with its samples, to a folder; no pickle."""
        self._check_fitted()
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        params = {k: v for k, v in self.get_params().items() if k != "progress"}
        held = next(iter(self.fits_.values()))
        meta = {
            "format": "minde-estimator-1",
            "params": params,
            "dims": list(self.dims_),
            "warnings": list(self.warnings_),
            "directions": list(self.fits_),
            "folds": [[train.tolist(), test.tolist()] for train, test in held.folds],
        }
        for k, fit in enumerate(self.fits_.values()):
            save_pack(fit.pack, folder / f"pack{k}.safetensors")
        np.savez_compressed(folder / "samples.npz", **self.samples_)
        (folder / "estimator.json").write_text(json.dumps(meta))

    @classmethod
    def load(cls: type[T], path: str | Path, device: str = "auto") -> T:
        """Read a fitted estimator back.

        Raises:
            CheckpointError: If the folder is missing, damaged or not one of ours.
        """
        folder = Path(path)
        try:
            meta = json.loads((folder / "estimator.json").read_text())
            if meta["format"] != "minde-estimator-1":
                raise KeyError("format")
            with np.load(folder / "samples.npz", allow_pickle=False) as samples:
                stored = {"x": samples["x"], "y": samples["y"]}
            folds = [(np.array(a), np.array(b)) for a, b in meta["folds"]]
            model = cls(**{**meta["params"], "device": device})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CheckpointError(
                f"checkpoint: {folder} is not a saved estimator ({error!r})"
            ) from error
        model.dims_, model.warnings_ = tuple(meta["dims"]), tuple(meta["warnings"])
        model.samples_ = stored
        model.fits_ = {
            name: Fit(load_pack(folder / f"pack{k}.safetensors", device), folds, model.n_seeds)
            for k, name in enumerate(meta["directions"])
        }
        return model
