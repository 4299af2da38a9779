"""What is counted of several variables: their labels together, and the most that is possible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from minde.coding import Side
from minde.columns import Variable
from minde.discrete.counts import coverage
from minde.discrete.laws_between import corrected
from minde.discrete.shannon import Shannon, as_bound, counted, most_of_levels
from minde.discrete.shuffle import Nothing, shifted, shuffled
from minde.errors import InputError
from minde.estimators.coding import Coding, occupied
from minde.estimators.quantity import CONDITIONAL, MUTUAL, Quantity
from minde.reading.objects import DATES, is_date, numbers_as_text
from minde.readout.estimate import Summary
from minde.types import Rows
from minde.weighing import effective_rows

#: Share of the probability in cells that were seen, below which a table has too few rows; below the
#: second nothing can be said, and below the third labels tell rows from one another and no more.
ENOUGH, LITTLE, ALONE = 0.8, 0.3, 0.5
#: What is read of nothing, in standard errors, from which on it is told what bias there is.
BIASED = 0.1


def table(quantity: Quantity, sides: Sequence[Side], gap: int = 0) -> Shannon | None:
    """What labels tell alone, of all rows; none if that is nothing."""
    groups = quantity.labels(_labelled(sides))
    if not groups:
        return None
    coded = [(a, codes_of(sides, sorted(group))) for group, a in groups.items()]
    weights, n = sides[0].weights, len(sides[0])
    first, second, *others = counted_together(quantity, sides)
    x, y, z = (codes_of(sides, part) for part in ([first], [second], others))
    # Of weighted rows as of so few that weigh the same.
    times = max(map(abs, groups.values())) * n / effective_rows(weights, n)
    if gap:
        bias, spread = shifted(x, y, z, gap, sides[0].groups)
        return counted(coded, gap, weights, Nothing(times * bias, times * spread))
    found = counted(coded, weights=weights)
    bias = times * shuffled(x, y, z).bias
    if quantity in (MUTUAL, CONDITIONAL) and weights is None and bias > BIASED * found.std_error:
        return corrected(found, x, y, z)
    return replace(found, std_error=float(np.hypot(found.std_error, bias)))


def counted_together(quantity: Quantity, sides: Sequence[Side]) -> list[int]:
    """Variables whose labels are counted with one another."""
    return sorted(frozenset[int]().union(*quantity.labels(_labelled(sides))))


def seen(quantity: Quantity, sides: Sequence[Side]) -> float:
    """Share of the probability in the cells of the table that hold a row."""
    return coverage(codes_of(sides, counted_together(quantity, sides)))


def _mend(coding: Coding) -> str:
    """What to do about labels that are too many."""
    for coder in coding.coders:
        if coder.form == "codes" and not coder.ordered:
            levels = [*coder.levels]
            if told := numbers_as_text(levels, coder.name):
                return f"{told}; make it numbers"
            if all(map(is_date, levels)):
                return f"column '{coder.name}' {DATES}"
    return "merge rare levels, or leave such columns out"


def refuse_identifiers(side: Side, coding: Coding) -> None:
    """Raise InputError if a variable's labels tell rows from one another and no more."""
    n = len(side)
    labels = [k for k, ordered in enumerate(side.ordered) if not ordered]
    if labels and coverage(side.codes[:, labels]) < ALONE:
        levels = occupied(side.codes[:, labels])
        raise InputError(
            f"{coding.name}: {levels} combinations of labels in {n} rows tell rows from one "
            f"another and no more; {_mend(coding)}"
        )


def sparse(quantity: Quantity, sides: Sequence[Side], codings: Sequence[Coding]) -> list[str]:
    """Sentences on labels that are many for the rows.

    Raises:
        InputError: If they are too many.
    """
    n, names = len(sides[0]), [coding.name for coding in codings]
    for side, coding in zip(sides, codings, strict=True):
        refuse_identifiers(side, coding)
    share = seen(quantity, sides)
    alone = f"{100 * (1 - share):.0f}%"
    if share < LITTLE:
        which = [names[k] for k in counted_together(quantity, sides)]
        raise InputError(
            f"{', '.join(which[:-1])} and {which[-1]}: {alone} of {n} rows are alone in their "
            "combination of levels, and nothing can be said; merge levels, or take more rows"
        )
    if share < ENOUGH:
        return [
            f"{alone} of the rows are alone in their combination of levels; the interval is the "
            "wider for it"
        ]
    return []


def entropies_of(
    quantity: Quantity, codings: Sequence[Coding], variables: Sequence[Variable], gap: int = 0
) -> dict[str, Summary]:
    r"""Entropy :math:`H(X)` of each discrete variable that is not given, by name, nats.

    Of what is given, where that is discrete, it is :math:`H(X \mid Z)`.
    """
    levels = {
        k: coding.levels(variable)
        for k, (coding, variable) in enumerate(zip(codings, variables, strict=True))
        if coding.discrete
    }
    given, free = quantity.given, [k for k in levels if k not in quantity.given]
    known = np.empty((len(variables[0]), 0), dtype=np.int64)
    if given <= levels.keys():
        known = np.concatenate([known, *(levels[k] for k in sorted(given))], axis=1)
    both = {k: np.concatenate([levels[k], known], axis=1) for k in free}
    weights = variables[0].weights
    found = {k: counted([(1.0, codes), (-1.0, known)], gap, weights) for k, codes in both.items()}
    bounds = {k: as_bound(h, most_of_levels(levels[k])) for k, h in found.items()}
    return {quantity.variables[k]: Summary(*bound) for k, bound in bounds.items()}


def most_possible(quantity: Quantity, entropies: Mapping[str, Summary]) -> tuple[float, float]:
    r"""Largest size of a quantity and its standard error; infinite where nothing bounds it.

    Mutual information is at most the entropy of a discrete variable, and given a discrete Z at most
    :math:`H(X \mid Z)`. The O-information of n variables is the sum over the inner ones of any
    order of :math:`I(X_j; X_{<j}; X_{>j})`, whose sizes are at most :math:`H(X_j)`: so at most the
    sum of the n - 2 smallest entropies, if so many variables are discrete.

    Arguments:
        quantity: What is asked.
        entropies: See :func:`entropies_of`.
    """
    size = max(1, len(quantity.variables) - len(quantity.given) - 2)
    if len(entropies) < size:
        return np.inf, 0.0
    least = sorted(entropies.values(), key=lambda h: h.value)[:size]
    return sum(h.value for h in least), sum(h.std_error for h in least)


def _labelled(sides: Sequence[Side]) -> list[int]:
    return [k for k, side in enumerate(sides) if side.sizes]


def codes_of(sides: Sequence[Side], variables: Sequence[int]) -> Rows:
    """Codes of some variables side by side, (n, columns)."""
    parts = [sides[k].codes for k in variables]
    return np.concatenate(parts, axis=1) if parts else sides[0].codes[:, :0]
