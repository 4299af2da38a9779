"""How the columns of a variable are coded: fitted once, and remembered for new rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from minde.coding import Coder, Side, coded, side_of
from minde.columns import Column, Variable
from minde.discrete.counts import cells, counts
from minde.estimators.settings import Settings
from minde.gaps import clusters
from minde.kinds import Decision, Kind, decide
from minde.reading.pairing import in_order
from minde.reading.variables import is_constant, without_constants
from minde.redundant import functions, linear, monotone, step_of
from minde.types import Array, Rows


@dataclass(frozen=True)
class Coding:
    """A variable's coders.

    Attributes:
        name: Of the variable.
        columns: Names of its columns.
        named: Whether these are a table's, by which columns of new rows pair.
        places: Which of them are kept.
        coders: One for each of these.
        kinds: What was decided on each column, by name.
        notes: Sentences on what was inferred and left out.
    """

    name: str
    columns: tuple[str, ...]
    named: bool
    places: tuple[int, ...]
    coders: tuple[Coder, ...]
    kinds: dict[str, str]
    notes: tuple[str, ...] = ()

    @classmethod
    def fit(cls, variable: Variable, kinds: Mapping[tuple[str, str], Kind]) -> Coding:
        """Decide on every column, and leave out those that say nothing.

        Arguments:
            variable: What to code.
            kinds: What was asked for, by names of variable and column.

        Raises:
            InputError: If all columns are constant.
        """
        decisions: dict[int, Decision] = {}
        _, left_out = without_constants(variable.name, [*variable.columns])
        notes = [left_out] if left_out else []
        for k, column in enumerate(variable.columns):
            if not is_constant(column.values):
                asked = kinds.get((variable.name, column.name))
                decisions[k] = decide(variable.once(column), asked)
        told = [d.why for d in decisions.values() if d.inferred]
        coders = {k: _coder(variable.columns[k], d) for k, d in decisions.items()}
        for k, why in _redundant(variable, coders).items():
            del coders[k]
            notes.append(f"{variable.columns[k].name} {why} and is left out; the value is the same")
        described = {variable.columns[k].name: d.why for k, d in decisions.items()}
        return cls(
            variable.name,
            variable.names,
            variable.named,
            tuple(coders),
            tuple(coders.values()),
            described,
            (*_in_short(told), *_in_short(notes)),
        )

    def in_clusters(self, variable: Variable, kinds: Mapping[tuple[str, str], Kind]) -> Coding:
        """The coding with columns in clusters as which and where in it.

        Arguments:
            variable: That of the fit.
            kinds: As there; what was asked to be continuous stays as it is.
        """
        coders, told, described = list(self.coders), [], dict(self.kinds)
        for k, column in enumerate(self._kept(variable)):
            asked = kinds.get((variable.name, column.name))
            if coders[k].form != "values" or coders[k].levels or asked is not None:
                continue
            gaps = clusters(variable.once(column).values.astype(np.float64))
            if gaps:
                values = column.values.astype(np.float64)
                coders[k] = Coder.of_clusters(column.name, values, gaps)
                why = (
                    f"{column.name} lies in {len(gaps) + 1} clusters with gaps between: which one "
                    "and where in it are read apart"
                )
                described[column.name] = why
                told.append(why)
        notes = (*self.notes, *_in_short(told))
        return replace(self, coders=tuple(coders), kinds=described, notes=notes)

    def encode(self, variable: Variable, seed: int) -> Side:
        """Code rows of the fit's columns; InputError on a level that the fit lacked."""
        side = coded(self.coders, self._kept(variable), seed)
        return replace(side, weights=variable.weights, groups=variable.groups)

    def pair(self, new: Variable) -> Variable:
        """New rows with their columns in the fit's order: by name where both have names.

        Raises:
            InputError: If the names are others.
        """
        if not (self.named and new.named):
            return new
        return in_order(new, self.columns, "the fit")

    def side(self, values: Array, codes: Rows) -> Side:
        """A side of columns that are coded already."""
        return side_of(self.coders, values, codes)

    def _kept(self, variable: Variable) -> tuple[Column, ...]:
        return tuple(variable.columns[k] for k in self.places)

    @property
    def clustered(self) -> bool:
        """Whether a column is in clusters."""
        return any(coder.gaps for coder in self.coders)

    @property
    def discrete(self) -> bool:
        """Whether no column is continuous."""
        return all(coder.form != "values" for coder in self.coders)

    def levels(self, variable: Variable) -> Rows:
        """Codes of a variable that is wholly discrete, spread or not, (n, columns)."""
        columns = [np.unique(c.values, return_inverse=True)[1] for c in self._kept(variable)]
        out: Rows = np.stack(columns, axis=1).astype(np.int64)
        return out

    def spread(self) -> Coding:
        """The coding with every ordered column of levels spread."""
        coders = tuple(
            replace(coder, form="spread") if coder.form == "codes" and coder.ordered else coder
            for coder in self.coders
        )
        return replace(self, coders=coders)

    def state(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "name": self.name,
            "columns": list(self.columns),
            "named": self.named,
            "places": list(self.places),
            "coders": [coder.state() for coder in self.coders],
            "kinds": self.kinds,
            "notes": list(self.notes),
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Coding:
        """From :meth:`state`."""
        coders = tuple(Coder.from_state(c) for c in state["coders"])
        lists = {k: tuple(state[k]) for k in ("columns", "places", "notes")}
        return cls(**{**state, **lists, "coders": coders})


#: Sentences of one sort that are told in full; of more, how many.
MOST_TOLD = 4


def _in_short(sentences: list[str]) -> list[str]:
    if len(sentences) <= MOST_TOLD:
        return sentences
    return [*sentences[:MOST_TOLD], f"and {len(sentences) - MOST_TOLD} columns more of this sort"]


def _coder(column: Column, decision: Decision) -> Coder:
    if decision.kind == "continuous":
        return Coder(column.name, "values", decision.atoms)
    if column.origin == "label":
        present = dict.fromkeys(column.values.astype(str).tolist())
        order = [level for level in column.levels if level in present]
        levels: tuple[Any, ...] = (
            tuple(order) if len(order) == len(present) else tuple(sorted(present))
        )
        return Coder(column.name, "codes", levels, ordered=False)
    numbers = tuple(np.unique(column.values.astype(np.float64)).tolist())
    if decision.kind == "categorical":
        text = tuple(sorted(set(column.values.astype(str).tolist())))
        return Coder(column.name, "codes", text, ordered=False)
    return Coder(column.name, "codes", numbers)


def _redundant(variable: Variable, coders: dict[int, Coder]) -> dict[int, str]:
    """Columns that others determine, with a phrase on how."""
    out: dict[int, str] = {}
    whole = [k for k, c in coders.items() if c.form == "values" and not c.levels]
    for found, why in (
        (monotone, "is a strictly monotone function of a column before it"),
        (linear, "is linear in columns before it"),
        (functions, "is a function of another column"),
    ):
        left = [k for k in whole if k not in out]
        if len(left) > 1:
            columns = np.stack([variable.columns[k].values for k in left], axis=1)
            out |= {left[i]: why for i in found(columns.astype(np.float64))}
    kept = [k for k in whole if k not in out]
    seen: list[bytes] = []
    for k, coder in coders.items():
        if coder.form != "codes":
            continue
        codes = coder.codes(variable.columns[k])
        # In the order of appearance, so that other names of the levels make no difference.
        first = np.unique(codes, return_index=True, return_inverse=True)
        key = np.argsort(np.argsort(first[1]))[first[2]].astype(np.int64).tobytes()
        if key in seen:
            out[k] = "has the levels of a column before it"
        elif any(step_of(codes, variable.columns[j].values) for j in kept):
            out[k] = "is a step function of a continuous column"
        seen.append(key)
    return out


def by_ranks(settings: Settings) -> bool:
    """Whether columns are read by their ranks, so that clusters are told from their gaps."""
    return settings.recipe == "fast" and settings.preprocessing in (None, "copula")


def occupied(codes: Rows) -> int:
    """Cells of codes that hold a row."""
    return len(counts(cells(codes)))
