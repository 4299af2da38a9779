"""What an estimator owes to others: scikit-learn's parameters, and files without pickle."""

from __future__ import annotations

import inspect
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from minde.coding import Side
from minde.ensemble.ensemble import Ensemble
from minde.ensemble.halves import half_folds
from minde.ensemble.storage import load_ensemble, save_ensemble
from minde.errors import CheckpointError, InputError, nearest
from minde.estimators.coding import Coding
from minde.estimators.compressed import Compressed
from minde.estimators.layout import Layout
from minde.readout.estimate import Summary
from minde.training.job import Fold
from minde.types import Rows

#: Of a saved estimator's description.
FORMAT = "minde-estimator-8"
#: Parameters that are of the process that fits, not of the fit.
HERE = ("progress", "checkpoint")

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
    samples_: dict[str, Side]
    codings_: tuple[Coding, ...]
    layouts_: dict[str, Layout]
    entropies_: dict[str, Summary]
    gap_: int
    rows_: Rows | None
    compressed_: Compressed | None

    def _check_fitted(self) -> None:
        if not hasattr(self, "ensembles_"):
            raise InputError("MINDE: not fitted yet; call fit(x, y) first")

    def save(self, path: str | Path) -> None:
        """Write the fitted estimator, with its samples, to a folder; no pickle."""
        self._check_fitted()
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        params = {k: v for k, v in self.get_params().items() if k not in HERE}
        meta: dict[str, Any] = {
            "format": FORMAT,
            "params": params,
            "dims": list(self.dims_),
            "warnings": list(self.warnings_),
        }
        if self.compressed_:
            self._write(folder, {**meta, "compressed": self.compressed_.save(folder)})
            return
        meta |= {
            "gap": self.gap_,
            "directions": list(self.ensembles_),
            "halves": [ensemble.half is not None for ensemble in self.ensembles_.values()],
            "folds": [
                [[fold.train.tolist(), fold.test.tolist()] for fold in ensemble.folds]
                for ensemble in self.ensembles_.values()
            ],
            "codings": [coding.state() for coding in self.codings_],
            "layouts": {name: layout.state() for name, layout in self.layouts_.items()},
            "entropies": {k: [h.value, h.std_error] for k, h in self.entropies_.items()},
        }
        for k, ensemble in enumerate(self.ensembles_.values()):
            save_ensemble(ensemble, folder / f"ensemble{k}.safetensors")
            if ensemble.half is not None:
                save_ensemble(ensemble.half, folder / f"ensemble{k}-half.safetensors")
        weights = self.samples_["x"].weights
        arrays: dict[str, Any] = {} if self.rows_ is None else {"rows": self.rows_}
        arrays |= {} if weights is None else {"weights": weights}
        for name, side in self.samples_.items():
            arrays |= {f"{name}_values": side.values, f"{name}_codes": side.codes}
        np.savez_compressed(folder / "samples.npz", **arrays)
        self._write(folder, meta)

    def _write(self, folder: Path, meta: dict[str, Any]) -> None:
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
                raise CheckpointError(
                    f"checkpoint: {folder} was saved by another version of minde "
                    f"({meta['format']}, not {FORMAT}); fit and save it again"
                )
            model = cls(**{**meta["params"], "device": device})
            model.dims_, model.warnings_ = tuple(meta["dims"]), tuple(meta["warnings"])
            model.compressed_, model.ensembles_, model.rows_ = None, {}, None
            if "compressed" in meta:
                model.compressed_ = Compressed.load(folder, meta["compressed"], cls, device)
                return model
            with np.load(folder / "samples.npz", allow_pickle=False) as samples:
                stored = {
                    name: (samples[f"{name}_values"], samples[f"{name}_codes"]) for name in "xy"
                }
                rows, weights = samples.get("rows"), samples.get("weights")
            folds = [
                tuple(Fold(np.array(a), np.array(b)) for a, b in parts) for parts in meta["folds"]
            ]
            of_x, of_y = (Coding.from_state(state) for state in meta["codings"])
            layouts = {name: Layout.from_state(s) for name, s in meta["layouts"].items()}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CheckpointError(
                f"checkpoint: {folder} is not a saved estimator ({error!r})"
            ) from error
        model.codings_, model.layouts_ = (of_x, of_y), layouts
        model.gap_, model.rows_ = meta["gap"], rows
        model.entropies_ = {name: Summary(*h) for name, h in meta["entropies"].items()}
        model.samples_ = {
            name: replace(coding.side(*stored[name]), weights=weights)
            for name, coding in zip("xy", model.codings_, strict=True)
        }
        for k, name in enumerate(meta["directions"]):
            half = None
            if meta["halves"][k]:
                half = load_ensemble(folder / f"ensemble{k}-half.safetensors", device)
                half = replace(half, folds=half_folds(folds[k]))
            whole = load_ensemble(folder / f"ensemble{k}.safetensors", device)
            model.ensembles_[name] = replace(whole, folds=folds[k], half=half)
        return model
