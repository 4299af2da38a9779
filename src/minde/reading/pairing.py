"""Two samples of the same columns, as KL compares them: paired by name where both have names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from minde.columns import Variable
from minde.errors import InputError
from minde.reading.missing import Missing, list_columns
from minde.reading.variables import is_constant, left_out, read_variable


def read_samples(
    p: Any,
    q: Any,
    names: tuple[str, str] = ("p", "q"),
    *,
    missing: Missing = "refuse",
    option: str = "missing='drop'",
    weights: tuple[Any, Any] = (None, None),
) -> tuple[Variable, Variable, tuple[str, ...]]:
    """Two samples of the same columns, whose rows do not pair.

    Columns of two tables pair by name, whatever their order; those of arrays by position. A column
    that has one and the same value in both carries nothing and is left out.

    Arguments:
        p: As in :func:`minde.reading.variables.read_variables`.
        q: The same.
        names: What to call them.
        missing: ``refuse``, or ``drop`` for rows that miss a value.
        option: How the user asks for ``drop`` at this place.
        weights: Of the rows of p, and of those of q.

    Returns:
        Both, with columns in p's order, and sentences for the user.

    Raises:
        InputError: If one cannot be used, or their columns do not agree.
    """
    if not isinstance(weights, tuple | list) or len(weights) != 2:
        raise InputError("weights: give a pair, those of p's rows and those of q's, either None")
    read = [
        read_variable(values, name, missing=missing, option=option, keep_constants=True, weights=w)
        for name, values, w in zip(names, (p, q), weights, strict=True)
    ]
    (first, told), (second, more) = read
    second = paired(first, second)
    same = [
        is_constant(a.values) and is_constant(b.values) and a.values[0] == b.values[0]
        for a, b in zip(first.columns, second.columns, strict=True)
    ]
    if all(same):
        raise InputError(
            f"{' and '.join(names)}: {list_columns([*first.names])} hold one value throughout; "
            "choose columns that vary"
        )
    sentences = [*told, *more]
    if any(same):
        constant = [c.name for c, left in zip(first.columns, same, strict=True) if left]
        sentences.append(left_out(" and ".join(names), constant))
    keep = np.flatnonzero(~np.array(same))
    return _chosen(first, keep), _chosen(second, keep), tuple(sentences)


def paired(p: Variable, q: Variable) -> Variable:
    """The variable q with its columns in the order of p's.

    Raises:
        InputError: If both have names that differ, or another number of columns.
    """
    if p.named and q.named:
        return in_order(q, p.names, p.name)
    if len(p.columns) != len(q.columns):
        raise InputError(
            f"{p.name} has {len(p.columns)} columns and {q.name} has {len(q.columns)}; "
            "they must agree"
        )
    return q


def in_order(variable: Variable, names: Sequence[str], where: str) -> Variable:
    """A variable with its columns in the order of some names.

    Arguments:
        variable: Its columns have names.
        names: Of all its columns.
        where: Whose names they are.

    Raises:
        InputError: If it has other columns.
    """
    alone = [
        f"'{name}' is in {place} alone"
        for place, own, other in (
            (where, names, variable.names),
            (variable.name, variable.names, names),
        )
        for name in own
        if name not in other
    ]
    if alone:
        more = f" and {len(alone) - 4} more" if len(alone) > 4 else ""
        raise InputError(
            f"{where} and {variable.name} have different columns: {', '.join(alone[:4])}{more}; "
            "choose columns that both have"
        )
    columns = tuple(variable.columns[variable.names.index(name)] for name in names)
    return replace(variable, columns=columns)


def _chosen(variable: Variable, keep: Any) -> Variable:
    return replace(variable, columns=tuple(variable.columns[k] for k in keep))
