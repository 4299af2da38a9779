r"""What each network of mixed variables is shown, and what it is read out for.

A network diffuses the continuous part of one variable. What it is given, values and labels of the
others and labels of its own (see ``minde.estimators.quantity``), comes in *blocks* of columns that
are clean or absent together. With two variables X = (Xc, Xd) and Y = (Yc, Yd) the chain rule gives

.. math::
    I(X; Y) = I(X_d; Y_d) + I(Y_c; X_d \mid Y_d) + I(X_c; Y \mid X_d)

and the same with X and Y changed over. The network of Xc learns its scores given Xd, given (Xd, Yd)
and given (Xd, Y); their differences are :math:`I(X_c; Y_d \mid X_d)` and :math:`I(X_c; Y \mid
X_d)`, one term of either order. That of Yc is its mirror image. With Z given throughout the same
two are :math:`I(X; Y \mid Z)`, but for what labels tell of one another given Zc, which is

.. math::
    I(X_d; Y_d \mid Z) = I(X_d; Y_d \mid Z_d) + I(Z_c; X_d \mid Y_d, Z_d) - I(Z_c; X_d \mid Z_d) ,

counted but for two differences of the network of Zc. Of a variable of one continuous column what
labels alone tell, such as :math:`I(Y_c; X_d \mid Y_d)`, is read from spacings (see
``minde.estimators.columns_given_labels``), and its network is read for what values tell beyond
them, :math:`h(c \mid d) - h(c \mid c', d)`. Where labels alone are given to several columns, one
of them may be read so, and a network the others given that one. Where an atom holds, a continuous
column has no value:

- rows where none of the diffused columns has one are neither trained on nor read, and count 0;
- where some have, the others are filled with draws of their own distribution, which have to do with
  nothing, and so carry no information;
- of the columns that only condition they are filled with one number: the label says that it is one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from minde.coding import Side, indicators
from minde.diffusion.roles import A, C, D, Family, Pattern, Role
from minde.estimators.differences import by_size, measure_from
from minde.estimators.quantity import Given, Group
from minde.readout.measures import Measure
from minde.types import Array

#: Part of an indicator that is left given others, below which they determine it.
DETERMINED = 1e-6
#: Quantiles that stand for the law of a column.
LAW = 129


@dataclass(frozen=True)
class Block:
    """Columns that are given together.

    Attributes:
        variables: Whose they are.
        columns: Which of these variables' values, or of their indicators side by side.
        fills: What values hold where there is none; nothing of labels.
    """

    variables: tuple[int, ...]
    columns: tuple[int, ...]
    fills: tuple[float, ...] = ()


@dataclass(frozen=True)
class Layout:
    """Columns of one network: those diffused, and of the rest those that vary.

    Attributes:
        own: The variable that is diffused.
        columns: Which of its continuous columns.
        values: Continuous columns that are given, a block of each variable.
        labels: Indicators of labels: those always given in one block, of each other variable those
            that they do not determine in another.
        laws: Of each diffused column quantiles that what is empty is drawn from, if anything is.
        apart: Column of which spacings tell what labels alone do: the one that is diffused, or one
            that the others are given throughout.
    """

    own: int
    columns: tuple[int, ...]
    values: tuple[Block, ...]
    labels: tuple[Block, ...]
    laws: tuple[tuple[float, ...], ...]
    apart: int | None = None

    @classmethod
    def of(
        cls, own: int, sides: Sequence[Side], givens: Collection[Given], apart: int | None = None
    ) -> Layout:
        """Of the variable that is diffused, all variables, and all that it is to be given."""
        alive, dim = sides[own].alive.any(axis=1), sides[own].dim
        columns = tuple(k for k in range(dim) if dim == 1 or k != apart)
        if apart in columns:
            filled = frozenset(j for j, side in enumerate(sides) if side.dim)
            givens = {g for given in givens if given[0] & filled for g in _both(given)}
            if not givens:
                return cls(own, columns, (), (), (), apart)
        seen = sorted(frozenset().union(*(values for values, _ in givens)))
        values = [_values(j, sides[j].values[alive], range(sides[j].dim)) for j in seen]
        if apart is not None and apart not in columns:
            values.insert(0, _values(own, sides[own].values[alive], [apart]))
        always = frozenset.intersection(*(labels for _, labels in givens))
        at_times = sorted(frozenset().union(*(labels for _, labels in givens)) - always)
        known = _indicators(sides, sorted(always), alive)
        kept = [k for k in range(known.shape[1]) if _varies(known[:, k])]
        told = np.column_stack([np.ones(len(known)), known[:, kept]])
        labels = [Block(tuple(sorted(always)), tuple(kept))]
        for j in at_times:
            new = _indicators(sides, [j], alive)
            left = new - told @ np.linalg.lstsq(told, new, rcond=None)[0]
            found = np.flatnonzero(np.abs(left).max(axis=0, initial=0.0) > DETERMINED)
            labels.append(Block((j,), tuple(map(int, found))))
        return cls(
            own,
            columns,
            tuple(block for block in values if block.columns),
            tuple(block for block in labels if block.columns),
            tuple(_law(sides[own].values[:, k]) for k in columns),
            apart,
        )

    def rows(self, sides: Sequence[Side], seed: int) -> Array:
        """All columns side by side, (n, D); of rows where nothing is diffused they mean nothing.

        Arguments:
            sides: All variables.
            seed: Of the draws that fill up.
        """
        rng, diffused = np.random.default_rng(seed), sides[self.own].values[:, list(self.columns)]
        for column, law in zip(diffused.T, self.laws, strict=True):
            empty = np.isnan(column)
            if empty.any():
                column[empty] = np.quantile(law, rng.random(int(empty.sum())))
        parts = [diffused]
        for block in self.values:
            given = sides[block.variables[0]].values[:, list(block.columns)]
            parts.append(np.where(np.isnan(given), np.array(block.fills)[None], given))
        every = np.ones(len(diffused), dtype=bool)
        for block in self.labels:
            parts.append(_indicators(sides, block.variables, every)[:, list(block.columns)])
        return np.concatenate(parts, axis=1)

    def measure(self, name: str, terms: Mapping[Given, float]) -> Measure | None:
        """Signed entropies of the diffused columns; none where they cancel.

        Arguments:
            name: Of the quantity.
            terms: Coefficients by what is given.
        """
        patterns: dict[Pattern, float] = {}
        for given, a in terms.items():
            seen, unseen = map(self._pattern, _both(given))
            patterns[seen] = patterns.get(seen, 0.0) + a
            if self.apart in self.columns:
                patterns[unseen] = patterns.get(unseen, 0.0) - a
        return measure_from(name, patterns)

    def _pattern(self, given: Given) -> Pattern:
        values, labels = given

        values |= {self.own}  # Of which only the column apart can be given.

        def role(block: Block, known: Group) -> Role:
            return C if known.issuperset(block.variables) else A

        return (D, *(role(b, values) for b in self.values), *(role(b, labels) for b in self.labels))

    def family(self, measures: Collection[Measure]) -> Family:
        """The patterns of the measures, equally often each; MINDE-C's where there are no labels."""
        patterns = tuple(by_size({p for measure in measures for p in measure.patterns}))
        blocks = (*self.values, *self.labels)
        return Family(
            name="c",
            dims=(len(self.columns), *(len(block.columns) for block in blocks)),
            patterns=patterns,
            probabilities=(1.0 / len(patterns),) * len(patterns),
            weights=(1.0,) * len(patterns),
            code_clean=1.0,
            code_absent=0.0,
            n_labels=len(self.labels),
        )

    def state(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Layout:
        """From :meth:`state`."""
        blocks = {
            key: tuple(Block(**{k: tuple(v) for k, v in block.items()}) for block in state[key])
            for key in ("values", "labels")
        }
        laws = tuple(map(tuple, state["laws"]))
        columns = tuple(state["columns"])
        return cls(state["own"], columns, **blocks, laws=laws, apart=state["apart"])


def _both(given: Given) -> tuple[Given, Given]:
    """What is given, and its labels alone."""
    return given, (frozenset(), given[1])


def _law(column: Array) -> tuple[float, ...]:
    """Quantiles of the values that there are, if some are missing."""
    empty = np.isnan(column)
    if not empty.any() or empty.all():
        return ()
    return tuple(map(float, np.quantile(column[~empty], np.linspace(0.0, 1.0, LAW))))


def _values(variable: int, values: Array, among: Sequence[int]) -> Block:
    """Continuous columns that vary, with the number that stands where they have no value."""
    known = ~np.isnan(values)
    columns = [k for k in among if _varies(values[known[:, k], k])]
    fills = tuple(float(np.median(values[known[:, k], k])) for k in columns)
    return Block((variable,), tuple(columns), fills)


def _indicators(sides: Sequence[Side], variables: Sequence[int], rows: Array) -> Array:
    """Indicators of the labels of some variables side by side, (rows, inputs)."""
    parts = [indicators(s.codes[rows], s.sizes, s.ordered) for s in (sides[j] for j in variables)]
    return np.concatenate([np.empty((int(rows.sum()), 0)), *parts], axis=1)


def _varies(column: Array) -> bool:
    return len(column) > 0 and bool((column != column[0]).any())
