r"""Columns as what can be computed with: continuous values, and codes of levels.

A fitted :class:`Coder` remembers what it needs of a column, so that new rows are coded alike:

- continuous: its values; where one of its atoms holds there is none (nan), and a code says which;
- continuous in clusters: a code of the cluster, and the value from the cluster's median in its
  quartiles' distance;
- discrete or categorical: a code per level;
- *spread*: an ordered column of many levels as a continuous one, each value drawn uniformly from
  between it and its neighbours. The levels can be told from it, and what was added has nothing to
  do with anything else, so no information is gained or lost (Rüschendorf's distributional
  transform).

References:
    Rüschendorf, On the distributional transform, Sklar's theorem, and the empirical copula process,
    Journal of Statistical Planning and Inference 139, 2009.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np

from minde.columns import Column, Origin
from minde.errors import InputError
from minde.types import Array, Mask, Rows
from minde.weighing import mean_one

Form = Literal["values", "codes", "spread"]


@dataclass(frozen=True)
class Coder:
    """How to code one column.

    Attributes:
        name: Of the column, for messages.
        form: What becomes of it.
        levels: Levels in order: text of labels, else numbers; of ``values`` the atoms.
        ordered: Whether levels are numbers.
        gaps: Where those between clusters are (see ``minde.gaps``).
        scales: Of each cluster a value within it, and what differences from it are divided by.
    """

    name: str
    form: Form
    levels: tuple[Any, ...] = ()
    ordered: bool = True
    gaps: tuple[float, ...] = ()
    scales: tuple[tuple[float, float], ...] = ()

    @classmethod
    def of_clusters(cls, name: str, values: Array, gaps: tuple[float, ...]) -> Coder:
        """Of a column (n,) in clusters."""
        place = np.searchsorted(gaps, values)
        scales = []
        for k in range(len(gaps) + 1):
            low, middle, high = np.quantile(values[place == k], [0.25, 0.5, 0.75])
            scales.append((float(middle), float(high - low) or 1.0))
        return cls(name, "values", gaps=gaps, scales=tuple(scales))

    @property
    def size(self) -> int:
        """Number of codes; 0 if there are none."""
        if self.form == "codes":
            return len(self.levels)
        if self.gaps:
            return len(self.scales)
        # Code 0 is "at no atom".
        return len(self.levels) + 1 if self.form == "values" and self.levels else 0

    def codes(self, column: Column) -> Rows:
        """Code of each row, (n,).

        Raises:
            InputError: On a level that the fit did not see.
        """
        if self.gaps:
            return self._cluster(column.values.astype(np.float64))
        levels = np.array(self.levels, dtype=np.float64 if self.ordered else object)
        values = column.values if self.ordered else column.values.astype(str)
        if self.form == "values":
            hit = values[:, None] == levels
            found: Rows = np.where(hit.any(axis=1), hit.argmax(axis=1) + 1, 0)
            return found
        place = {level: k for k, level in enumerate(levels.tolist())}
        out = np.array([place.get(v, -1) for v in values.tolist()], dtype=np.int64)
        if (out < 0).any():
            unknown = values[out < 0].tolist()[0]
            raise InputError(
                f"{self.name}: level {unknown!r} is none of the {len(levels)} that the "
                "fit saw; leave its rows out, or fit on rows that hold it"
            )
        return out

    def values(self, column: Column, rng: np.random.Generator) -> Array:
        """Continuous value of each row, (n,); nan where an atom holds.

        Arguments:
            column: What to code.
            rng: Of the spread.
        """
        given = column.values.astype(np.float64)
        if self.gaps:
            middle, unit = np.array(self.scales)[self._cluster(given)].T
            within: Array = (given - middle) / unit
            return within
        if self.form == "values":
            return np.where(np.isin(given, np.array(self.levels)), np.nan, given)
        edges = self._edges()
        cell = np.clip(np.searchsorted(edges, given, side="right") - 1, 0, len(edges) - 2)
        spread: Array = edges[cell] + rng.random(len(given)) * (edges[cell + 1] - edges[cell])
        return spread

    def _cluster(self, values: Array) -> Rows:
        """Number of the cluster of each value, (n,)."""
        return np.searchsorted(self.gaps, values).astype(np.int64)

    def _edges(self) -> Array:
        """Borders of the levels' cells, halfway between neighbours."""
        levels = np.array(self.levels, dtype=np.float64)
        middle = 0.5 * (levels[1:] + levels[:-1])
        low, high = 2.0 * levels[0] - middle[0], 2.0 * levels[-1] - middle[-1]
        return np.concatenate([[low], middle, [high]])

    def state(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Coder:
        """From :meth:`state`."""
        lists = {name: tuple(state.get(name, ())) for name in ("levels", "gaps")}
        scales = tuple((middle, unit) for middle, unit in state.get("scales", ()))
        return cls(**{**state, **lists, "scales": scales})


@dataclass(frozen=True)
class Side:
    """A variable coded.

    Attributes:
        values: Continuous columns, (n, dim); nan where an atom holds.
        codes: Discrete columns, (n, k).
        sizes: Levels of each of these.
        ordered: Whether these are numbers.
        weights: Of the rows, (n,), where they differ (see ``minde.weighing``).
        groups: Of the rows, (n,), where they are in groups (see ``minde.reading.groups``).
    """

    values: Array
    codes: Rows
    sizes: tuple[int, ...]
    ordered: tuple[bool, ...]
    weights: Array | None = None
    groups: Rows | None = None

    @property
    def dim(self) -> int:
        """Continuous columns."""
        return self.values.shape[1]

    @property
    def alive(self) -> Mask:
        """Where a continuous column has a value, (n, dim), truth values."""
        return ~np.isnan(self.values)

    @property
    def series(self) -> list[tuple[Array | Rows, Origin]]:
        """Its columns one by one, and what they came as."""
        codes = zip(self.codes.T, self.ordered, strict=True)
        of_codes: list[tuple[Array | Rows, Origin]] = [
            (code, "integer" if ordered else "label") for code, ordered in codes
        ]
        return [*((column, "float") for column in self.values.T), *of_codes]

    def __len__(self) -> int:
        return len(self.values)

    def some(self, rows: slice | Rows) -> Side:
        """Some of its rows; weights stay what they are to one another."""
        return replace(
            self,
            values=self.values[rows],
            codes=self.codes[rows],
            weights=mean_one(self.weights, rows),
            groups=None if self.groups is None else self.groups[rows],
        )


def coded(coders: tuple[Coder, ...], columns: tuple[Column, ...], seed: int) -> Side:
    """Code columns.

    Arguments:
        coders: Of the columns that are kept; columns are found by their place.
        columns: As many.
        seed: Of the spread.

    Raises:
        InputError: On a level that the fit did not see.
    """
    n, rng = len(columns[0].values), np.random.default_rng(seed)
    values, codes = [], []
    for coder, column in zip(coders, columns, strict=True):
        if coder.form != "codes":
            values.append(coder.values(column, rng))
        if coder.size:
            codes.append(coder.codes(column))
    return side_of(
        coders,
        np.stack(values, axis=1) if values else np.empty((n, 0)),
        np.stack(codes, axis=1) if codes else np.empty((n, 0), dtype=np.int64),
    )


def side_of(coders: tuple[Coder, ...], values: Array, codes: Rows) -> Side:
    """A side of columns that are coded already."""
    with_codes = [coder for coder in coders if coder.size]
    return Side(
        values,
        codes,
        tuple(coder.size for coder in with_codes),
        tuple(coder.ordered and coder.form == "codes" for coder in with_codes),
    )


def indicators(codes: Rows, sizes: tuple[int, ...], ordered: tuple[bool, ...]) -> Array:
    """Codes as inputs of a network, (n, inputs).

    One column per level, and one in all where there are two levels, or MOST_INDICATED levels and
    more in an order.
    """
    parts = []
    for code, size, in_order in zip(codes.T, sizes, ordered, strict=True):
        if size == 2 or (in_order and size > MOST_INDICATED):
            parts.append(code[:, None].astype(np.float64))
        else:
            parts.append(np.eye(size)[code])
    return np.concatenate(parts, axis=1) if parts else np.empty((len(codes), 0))


#: Levels in an order that have an input each; more are one number.
MOST_INDICATED = 20
