r"""What each network of a pair of mixed variables is shown, and what it is read out for.

With X = (Xc, Xd) and Y = (Yc, Yd), continuous and discrete parts, the chain rule gives

.. math::
    I(X; Y) = I(X_d; Y_d) + I(Y_c; X_d \mid Y_d) + I(X_c; Y \mid X_d)

and the same with X and Y changed over. The network of Xc learns its scores given Xd, given (Xd, Yd)
and given (Xd, Y); their differences are :math:`I(X_c; Y_d \mid X_d)` and :math:`I(X_c; Y \mid
X_d)`, one term of either order. That of Yc is its mirror image. Where an atom holds, a continuous
column has no value:

- rows where none of the diffused columns has one are neither trained on nor read, and count 0;
- where some have, the others are filled with draws of their own distribution, which have to do with
  nothing, and so carry no information;
- of the columns that only condition they are filled with one number: the label says that it is one.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from minde.coding import Side, indicators
from minde.diffusion.roles import A, C, D, Family, Pattern, conditional
from minde.readout.measures import Difference, Measure
from minde.types import Array

#: Part of an indicator that is left given others, below which they determine it.
DETERMINED = 1e-6
#: Quantiles that stand for the law of a column.
LAW = 129


@dataclass(frozen=True)
class Layout:
    """Columns of one network: those diffused, and of the rest those that vary.

    Attributes:
        given: Continuous columns of the other variable that condition.
        fills: What those hold where they have no value.
        own: Indicators of the diffused variable's own labels.
        other: Indicators of the other variable's labels that its own do not determine.
        dim: Diffused columns.
        laws: Of each of these quantiles that what is empty is drawn from; none if nothing is.
    """

    dim: int
    given: tuple[int, ...]
    fills: tuple[float, ...]
    own: tuple[int, ...]
    other: tuple[int, ...]
    laws: tuple[tuple[float, ...], ...] = ()

    @classmethod
    def of(cls, own: Side, other: Side) -> Layout:
        """Of the variable that is diffused, and the other."""
        alive = own.alive.any(axis=1)
        values = other.values[alive]
        known = ~np.isnan(values)
        given = [k for k in range(values.shape[1]) if _varies(values[known[:, k], k])]
        fills = tuple(float(np.median(values[known[:, k], k])) for k in given)
        a, b = (indicators(s.codes[alive], s.sizes, s.ordered) for s in (own, other))
        kept = [k for k in range(a.shape[1]) if _varies(a[:, k])]
        told = np.column_stack([np.ones(len(a)), a[:, kept]])
        left = b - told @ np.linalg.lstsq(told, b, rcond=None)[0]
        new = np.flatnonzero(np.abs(left).max(axis=0, initial=0.0) > DETERMINED)
        laws = tuple(map(_law, own.values.T))
        kept_new = tuple(kept), tuple(map(int, new))
        return cls(own.values.shape[1], tuple(given), fills, *kept_new, laws)

    def rows(self, own: Side, other: Side, seed: int) -> Array:
        """All columns side by side, (n, D); of rows where nothing is diffused they mean nothing.

        Arguments:
            own: The variable that is diffused.
            other: The other.
            seed: Of the draws that fill up.
        """
        rng, diffused = np.random.default_rng(seed), own.values.copy()
        for column, law in zip(diffused.T, self.laws, strict=True):
            empty = np.isnan(column)
            if empty.any():
                column[empty] = np.quantile(law, rng.random(int(empty.sum())))
        given = other.values[:, list(self.given)]
        given = np.where(np.isnan(given), np.array(self.fills)[None], given)
        a, b = (indicators(s.codes, s.sizes, s.ordered) for s in (own, other))
        return np.concatenate(
            [diffused, given, a[:, list(self.own)], b[:, list(self.other)]], axis=1
        )

    @property
    def _patterns(self) -> tuple[Pattern, Pattern, Pattern]:
        """Given own labels; and the other's labels; and all of the other."""
        sizes = self._sizes
        roles = ((D, A, C, A), (D, A, C, C), (D, C, C, C))
        first, second, third = (
            tuple(r for r, size in zip(p, sizes, strict=True) if size) for p in roles
        )
        return first, second, third

    @property
    def _sizes(self) -> tuple[int, int, int, int]:
        return self.dim, len(self.given), len(self.own), len(self.other)

    def family(self) -> Family:
        """The patterns of the network, equally often each; MINDE-C's where there are no labels."""
        _, given, own, other = self._sizes
        if not own and not other:
            return conditional(self.dim, given)
        patterns = tuple(dict.fromkeys(self._patterns))
        return Family(
            name="c",
            dims=tuple(size for size in self._sizes if size),
            patterns=patterns,
            probabilities=(1.0 / len(patterns),) * len(patterns),
            weights=(1.0,) * len(patterns),
            code_clean=1.0,
            code_absent=0.0,
            n_labels=(own > 0) + (other > 0),
        )

    def whole(self) -> Measure | None:
        """Information on the diffused columns in all of the other variable, given own labels."""
        first, _, third = self._patterns
        return _gain(first, third)

    def labels(self) -> Measure | None:
        """That in the other variable's labels alone."""
        first, second, _ = self._patterns
        return _gain(first, second)

    def state(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Layout:
        """From :meth:`state`."""
        lists = {k: tuple(v) for k, v in state.items() if k not in ("dim", "laws")}
        return cls(dim=state["dim"], laws=tuple(map(tuple, state["laws"])), **lists)


def _law(column: Array) -> tuple[float, ...]:
    """Quantiles of the values that there are, if some are missing."""
    empty = np.isnan(column)
    if not empty.any() or empty.all():
        return ()
    return tuple(map(float, np.quantile(column[~empty], np.linspace(0.0, 1.0, LAW))))


def _varies(column: Array) -> bool:
    return len(column) > 0 and bool((column != column[0]).any())


def _gain(less: Pattern, more: Pattern) -> Measure | None:
    """H(diffused | less) - H(diffused | more); none where the two are one."""
    if less == more:
        return None
    return Measure(
        name="mutual_information",
        entropies=((1.0, less), (-1.0, more)),
        differences=(Difference(1.0, (less,), (more,)),),
    )
