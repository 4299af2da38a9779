"""What an estimator owes to others: scikit-learn's parameters, and files without pickle."""

from __future__ import annotations

import inspect
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from minde.ensemble.ensemble import Ensemble
from minde.ensemble.storage import load_ensemble, save_ensemble
from minde.errors import CheckpointError, InputError, nearest
from minde.training.job import Fold
from minde.types import Array

#: Of a saved estimator's description.
FORMAT = "minde-estimator-2"

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
    ensembles_: dict[str, Ensemble]
    dims_: tuple[int, ...]
    warnings_: tuple[str, ...]
    samples_: dict[str, Array]

    def _check_fitted(self) -> None:
        if not hasattr(self, "ensembles_"):
            raise InputError("MINDE: not fitted yet; call fit(x, y) first")

    def save(self, path: str | Path) -> None:
        """Write the fitted estimator, with its samples, to a folder; no pickle."""
        self._check_fitted()
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        params = {k: v for k, v in self.get_params().items() if k != "progress"}
        first = next(iter(self.ensembles_.values()))
        meta = {
            "format": FORMAT,
            "params": params,
            "dims": list(self.dims_),
            "warnings": list(self.warnings_),
            "directions": list(self.ensembles_),
            "folds": [[fold.train.tolist(), fold.test.tolist()] for fold in first.folds],
        }
        for k, ensemble in enumerate(self.ensembles_.values()):
            save_ensemble(ensemble, folder / f"ensemble{k}.safetensors")
        np.savez_compressed(folder / "samples.npz", **self.samples_)
        # numpy's numbers are none of JSON's.
        text = json.dumps(meta, default=lambda number: number.item())
        (folder / "estimator.json").write_text(text)

    @classmethod
    def load(cls: type[T], path: str | Path, device: str = "auto") -> T:
        """Read a fitted estimator back.

        Raises:
            CheckpointError: If the folder is missing, damaged or not one of ours.
        """
        folder = Path(path)
        try:
            meta = json.loads((folder / "estimator.json").read_text())
            if meta["format"] != FORMAT:
                raise KeyError("format")
            with np.load(folder / "samples.npz", allow_pickle=False) as samples:
                stored = {"x": samples["x"], "y": samples["y"]}
            folds = tuple(Fold(np.array(a), np.array(b)) for a, b in meta["folds"])
            model = cls(**{**meta["params"], "device": device})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CheckpointError(
                f"checkpoint: {folder} is not a saved estimator ({error!r})"
            ) from error
        model.dims_, model.warnings_ = tuple(meta["dims"]), tuple(meta["warnings"])
        model.samples_ = stored
        model.ensembles_ = {
            name: replace(load_ensemble(folder / f"ensemble{k}.safetensors", device), folds=folds)
            for k, name in enumerate(meta["directions"])
        }
        return model
