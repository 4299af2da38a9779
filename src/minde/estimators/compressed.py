r"""An estimator behind compressions: parts fitted on rows that did not fit their maps, averaged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from minde.columns import Variable, numbers
from minde.estimators.unlearned import shown
from minde.preprocessing.compression import Compression
from minde.reading.pairing import in_order
from minde.readout.estimate import MIEstimate, Summary
from minde.readout.student import Z_95, kept_dof, satterthwaite
from minde.types import Array, Rows

if TYPE_CHECKING:
    from minde.estimators.minde import MINDE

#: Nats that are lost below which nothing is said.
LEAST_LOST = 0.02


@dataclass(frozen=True)
class Part:
    """Maps, and an estimator of rows that did not fit them.

    Attributes:
        maps: By variable; of one that is left as it is there is none.
        model: Fitted behind the maps.
        rows: Which rows it was given.
        lost: Nats beyond the maps, as far as Gaussians see them.
    """

    maps: dict[str, Compression]
    model: MINDE
    rows: Rows
    lost: Summary


@dataclass(frozen=True)
class Compressed:
    """A fitted estimator of compressed columns.

    Attributes:
        kind: Of the compression.
        columns: Names of each variable's columns.
        named: Whether these are a table's.
        parts: One, or one per half of the rows.
    """

    kind: str
    columns: dict[str, tuple[str, ...]]
    named: dict[str, bool]
    parts: tuple[Part, ...]

    def estimate(
        self, told: Sequence[str], new: tuple[Variable, Variable, Sequence[str]] | None
    ) -> MIEstimate:
        """The parts' estimates averaged.

        Arguments:
            told: Sentences on the data.
            new: New rows of x and y, with sentences; None for the rows that test.
        """
        if new is None:
            found = [part.model.mutual_information() for part in self.parts]
            rows = [part.rows[e.rows] for part, e in zip(self.parts, found, strict=True)]
            return self._averaged(found, rows, told)
        given = {
            name: in_order(v, self.columns[name], "the fit") if self.named[name] and v.named else v
            for name, v in zip("xy", new[:2], strict=True)
        }
        found = [
            part.model.mutual_information(**compressed(part.maps, given)) for part in self.parts
        ]
        return self._averaged(found, None, (*told, *new[2]))

    def _averaged(
        self, found: Sequence[MIEstimate], rows: Sequence[Rows] | None, told: Sequence[str]
    ) -> MIEstimate:
        """What is drawn anew in each part averages out as rows do; what networks miss does not.

        Arguments:
            found: By part.
            rows: Which rows each read; None where all read the same ones.
            told: Sentences on the data.
        """
        first, count = found[0], len(found)
        lost = Summary(
            float(np.mean([part.lost.value for part in self.parts])),
            float(np.linalg.norm([part.lost.std_error for part in self.parts])) / count,
        )
        missed = np.array([float(e.diagnostics.get("std_training", 0.0)) for e in found])
        seen = [shown(e) for e in found]
        every = np.array([s.std_error for s in seen])
        drawn = np.sqrt(np.maximum(every**2 - missed**2, 0.0))
        sampling = float(np.linalg.norm(drawn) if rows is not None else drawn.sum()) / count
        std_error = float(np.hypot(sampling, missed.mean()))
        at, value = (float(np.mean([e.value for e in of])) for of in (seen, found))
        # Ends lie as far out as those of the parts do in their standard errors, but for what the
        # networks of all may not have learned.
        shrunk = std_error / max(float(every.mean()), 1e-30)
        below, above = (
            abs(float(np.mean([e.interval[k] - s.value for e, s in zip(found, seen, strict=True)])))
            for k in range(2)
        )
        below = shrunk * below
        unlearned = Z_95 * float(np.mean([e.diagnostics.get("std_unlearned", 0.0) for e in found]))
        drawn_above = shrunk * np.sqrt(max(above**2 - unlearned**2, 0.0))
        above = float(np.linalg.norm((drawn_above, unlearned, Z_95 * lost.std_error)))
        above += max(lost.value, 0.0)
        entropies = _mean_of([e.entropies for e in found])
        # Labels have no more to tell than there is to know of them, whatever was lost.
        most = min((h.value + Z_95 * h.std_error for h in entropies.values()), default=np.inf)
        above = min(above, max(most - at, 0.0))
        dofs = [
            (s.std_error**2, float(e.diagnostics.get("degrees_of_freedom", np.inf)))
            for e, s in zip(found, seen, strict=True)
        ]
        order = np.argsort(np.concatenate(rows)) if rows is not None else None
        pointwise = [e.pointwise for e in found]
        return replace(
            first,
            value=value,
            std_error=float(np.hypot(std_error, value - at)),
            interval=(at - below, at + above),
            per_seed=np.mean([e.per_seed for e in found], axis=0),
            readouts=_mean_of([e.readouts for e in found]),
            directions=_mean_of([e.directions for e in found]),
            integrand=np.mean([e.integrand for e in found], axis=0),
            diagnostics={
                "degrees_of_freedom": kept_dof(satterthwaite(dofs)),
                "std_training": float(missed.mean()),
                "compression": {
                    "kind": self.kind,
                    "components": {k: m.directions.shape[1] for k, m in self.parts[0].maps.items()},
                    "lost": [lost.value, lost.std_error],
                },
                "parts": [e.diagnostics for e in found],
            },
            warnings=tuple(
                dict.fromkeys(
                    (*told, *(w for e in found for w in e.warnings), *_lost_warning(lost))
                )
            ),
            n_test=first.n_test if order is None else len(order),
            pointwise=np.mean(pointwise, axis=0)
            if order is None
            else np.concatenate(pointwise)[order],
            rows=first.rows if rows is None else np.concatenate(rows)[order],
            entropies=entropies,
        )

    def save(self, folder: Path) -> dict[str, Any]:
        """Write maps and estimators to a folder; what :meth:`load` needs beside them."""
        told = []
        for k, part in enumerate(self.parts):
            part.model.save(folder / f"part{k}")
            arrays = {f"{n}/{a}": v for n, m in part.maps.items() for a, v in m.state().items()}
            np.savez_compressed(folder / f"part{k}" / "maps.npz", rows=part.rows, **arrays)
            told.append([part.lost.value, part.lost.std_error])
        columns = {name: list(names) for name, names in self.columns.items()}
        return {"kind": self.kind, "columns": columns, "named": self.named, "lost": told}

    @classmethod
    def load(cls, folder: Path, told: dict[str, Any], model: Any, device: str) -> Compressed:
        """Undo :meth:`save`."""
        parts = []
        for k, lost in enumerate(told["lost"]):
            with np.load(folder / f"part{k}" / "maps.npz", allow_pickle=False) as stored:
                arrays: dict[str, dict[str, Array]] = {}
                for key in stored.files:
                    name, _, array = key.rpartition("/")
                    arrays.setdefault(name, {})[array] = stored[key]
            rows = arrays.pop("")["rows"].astype(np.int64)
            maps = {name: Compression.from_state(state) for name, state in arrays.items()}
            fitted = model.load(folder / f"part{k}", device)
            parts.append(Part(maps, fitted, rows, Summary(*lost)))
        columns = {name: tuple(names) for name, names in told["columns"].items()}
        return cls(told["kind"], columns, told["named"], tuple(parts))


def compressed(maps: dict[str, Compression], given: dict[str, Variable]) -> dict[str, Variable]:
    """Variables with the components in the place of the columns of those that have a map."""
    return {
        name: numbers(maps[name](matrix_of(v)), name) if name in maps else v
        for name, v in given.items()
    }


def matrix_of(variable: Variable) -> Array:
    """Columns of numbers side by side, (n, columns)."""
    return np.stack([column.values.astype(np.float64) for column in variable.columns], axis=1)


def _mean_of(parts: Sequence[Mapping[str, Summary]]) -> dict[str, Summary]:
    """Means of independent values by name, of names that all have."""
    out = {}
    for name in parts[0]:
        own = [part[name] for part in parts if name in part]
        error = float(np.linalg.norm([s.std_error for s in own])) / len(own)
        out[name] = Summary(float(np.mean([s.value for s in own])), error)
    return out


def _lost_warning(lost: Summary) -> tuple[str, ...]:
    if lost.value <= max(LEAST_LOST, Z_95 * lost.std_error):
        return ()
    return (
        f"{lost.value:.2f} nats or more are lost in the compression, and the upper end of the "
        "interval is moved by them: the value is a lower bound; take more components or rows",
    )
