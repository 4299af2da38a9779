r"""Which columns tell of a target: each alone, and beside those that were chosen before it.

Columns are ranked by :math:`I(X_k; Y)`. The first is chosen; then, time and again, of those that
tell most alone the one of largest gain

.. math::
    I(X_k; Y \mid X_S) = I(X_S, X_k; Y) - I(X_S; Y)

beside the columns S that are chosen, until no gain is certain. By the chain rule the gains add up
to what the chosen columns tell together. A gain is certain if its interval stays above zero, with
the chance of an error shared among the columns that were looked at (Bonferroni): the largest of
many gains of nothing is above zero too.

References:
    Brown, Pocock, Zhao and Luján, Conditional likelihood maximisation: a unifying framework for
    information theoretic feature selection, JMLR 13, 2012 (greedy selection by conditional mutual
    information).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from minde.columns import Variable
from minde.errors import InputError
from minde.estimators.coding import Coding
from minde.estimators.many import by_sentence, one_direction
from minde.estimators.mixed import degrees
from minde.estimators.pairwise import answers
from minde.estimators.quantity import CONDITIONAL, MUTUAL
from minde.estimators.settings import Settings
from minde.estimators.unlearned import shown
from minde.inputs import read_variables
from minde.kinds import Kind, asked_kinds
from minde.readout.estimate import MIEstimate
from minde.readout.student import Z_95, t_95

if TYPE_CHECKING:
    import pandas as pd

#: Columns whose gain is looked at in each round: those that tell most alone.
LOOKED_AT = 8
FOLLOWS = "follows from those chosen"
_Asked = Mapping[tuple[str, str], Kind]


@dataclass(frozen=True)
class Selected:
    """One column.

    Attributes:
        name: Its name.
        alone: I(X; Y).
        gain: I(X; Y | those chosen before it), of the round in which it was chosen or the last in
            which it was looked at; none if it never was.
        rank: From 1 in the order of choice; none if it was not chosen.
        note: Why not, where that is known without an estimate.
    """

    name: str
    alone: MIEstimate
    gain: MIEstimate | None = None
    rank: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Selection:
    """What columns tell of a target.

    Attributes:
        columns: Those that were chosen, in order, then the others, of most information first.
        warnings: What to be careful about.
    """

    columns: tuple[Selected, ...]
    warnings: tuple[str, ...] = ()

    @property
    def chosen(self) -> tuple[str, ...]:
        """Names of the chosen columns, in order."""
        return tuple(column.name for column in self.columns if column.rank is not None)

    @property
    def unit(self) -> str:
        """``nats`` or ``bits``."""
        return self.columns[0].alone.unit

    def to(self, unit: str) -> Selection:
        """The same in another unit, ``nats`` or ``bits``."""
        columns = [
            replace(c, alone=c.alone.to(unit), gain=c.gain and c.gain.to(unit))
            for c in self.columns
        ]
        return replace(self, columns=tuple(columns))

    def to_records(self) -> list[dict[str, Any]]:
        """One row per column: rank, information alone, and the gain, with intervals."""
        return [
            {
                "column": column.name,
                "rank": column.rank,
                **_numbers("alone", column.alone),
                **_numbers("gain", column.gain),
                "note": column.note,
                "unit": self.unit,
            }
            for column in self.columns
        ]

    def to_frame(self) -> pd.DataFrame:
        """The rows of :meth:`to_records` as a data frame of pandas."""
        import pandas as pd

        return pd.DataFrame(self.to_records()).astype({"rank": "Int64"})


def select(
    x: Any,
    y: Any,
    *,
    most: int | None = None,
    groups: Any = None,
    kinds: Mapping[str, Kind] | None = None,
    settings: Settings | None = None,
    **options: Any,
) -> Selection:
    """Rank columns by what they tell of y, and choose those that add to one another.

    A column that is chosen tells something beside the others that were chosen before it: copies
    and what follows from them are left out. What only two columns together tell, such as an
    exclusive or, is not found, since neither tells anything alone.

    Arguments:
        x: Columns, (rows, columns), such as a data frame; numbers, truth values or labels.
        y: The target, (rows, dim_y) or (rows,).
        most: Columns to choose at most.
        groups: (rows,), which rows belong together (see :meth:`minde.MINDE.fit`).
        kinds: ``continuous``, ``discrete`` or ``categorical`` by name of a column, or ``y``; the
            rest is inferred.
        settings: How to fit; by default one seed on five folds, in one direction.
        **options: Fields of :class:`Settings` to replace.

    Raises:
        InputError: If the samples cannot be used.

    Examples:
        >>> import numpy as np
        >>> import minde
        >>> rng = np.random.default_rng(0)
        >>> a, b, c = rng.integers(0, 3, size=(3, 500))
        >>> minde.select({"a": a, "b": b, "copy": a, "c": c}, a + 2 * b).chosen
        ('b', 'a')
    """
    if most is not None and most < 1:
        raise InputError(f"select: most is a number of columns from 1, got {most}")
    read, told = read_variables({"x": x, "y": y}, option="", groups=groups)
    if "y" in read["x"].names:
        raise InputError("select: a column of x is called 'y'; rename it")
    chosen = one_direction(settings, options)
    (table, target), copies = chosen.apart([*read.values()])
    told = (*told, *copies)
    singles = table.singles()
    asked = asked_kinds([*singles.values(), target], kinds)
    pairs = {k: (MUTUAL, (v, target)) for k, v in singles.items()}
    alone, unread = answers(pairs, asked, chosen)
    if not alone:
        raise InputError(f"select: no column can be read; {next(iter(unread.values()))}")
    order = sorted(alone, key=lambda name: -alone[name].value)
    found = {name: Selected(name, alone[name]) for name in order}
    ranked: list[str] = []
    gains = alone
    while gains and (most is None or len(ranked) < most):
        best = max(gains, key=lambda name: gains[name].value)
        if not certain(gains[best], len(gains)):
            break
        ranked.append(best)
        found[best] = replace(found[best], gain=gains[best], rank=len(ranked))
        columns = tuple(singles[name].columns[0] for name in ranked)
        known = replace(table, name="z", columns=columns, named=True)
        for name in [n for n in order if found[n].rank is None and not found[n].note]:
            if _follows(known, singles[name], asked):
                found[name] = replace(found[name], gain=None, note=FOLLOWS)
        left = [n for n in order if found[n].rank is None and not found[n].note][:LOOKED_AT]
        of_z = asked | {("z", n): k for (_, n), k in asked.items() if n in ranked}
        questions = {n: (CONDITIONAL, (singles[n], target, known)) for n in left}
        gains, why = answers(questions, of_z, chosen)
        found |= {name: replace(found[name], gain=None, note=why[name]) for name in why}
        found |= {name: replace(found[name], gain=gain) for name, gain in gains.items()}
    others = [name for name in order if found[name].rank is None]
    lost = [f"left out {name}: {why}" for name, why in unread.items()]
    read_of = [(c.name, e.warnings) for c in found.values() for e in (c.alone, c.gain) if e]
    warnings = dict.fromkeys([*told, *lost, *by_sentence(read_of)])
    return Selection(tuple(found[name] for name in [*ranked, *others]), tuple(warnings))


def certain(found: MIEstimate, among: int) -> bool:
    """Whether an estimate is above zero for sure, the largest of so many."""
    wider = NormalDist().inv_cdf(1.0 - 0.025 / among) / Z_95
    seen = shown(found)
    return seen.value - wider * t_95(degrees(found)) * seen.std_error > 0.0


def _follows(known: Variable, column: Variable, asked: _Asked) -> bool:
    """Whether a column is determined by those before it, as far as a coding sees that."""
    both = replace(known, columns=(*known.columns, *column.columns))
    kinds = {("z", name): kind for (_, name), kind in asked.items()}
    return len(both.columns) - 1 not in Coding.fit(both, kinds).places


def _numbers(name: str, found: MIEstimate | None) -> dict[str, float | None]:
    value, low, high = (found.value, *found.interval) if found else (None, None, None)
    return {name: value, f"{name}_low": low, f"{name}_high": high}
