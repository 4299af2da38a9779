"""Reading of variables: the one way from what a user gave to columns that can be estimated on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minde.columns import Column, Variable
from minde.errors import InputError
from minde.reading.convert import Converted, convert
from minde.reading.groups import in_groups
from minde.reading.missing import Missing, list_columns, refuse_infinite, rows_to_keep
from minde.reading.split import Given, split
from minde.types import Mask
from minde.weighing import check_weights

#: What weights of rows are called in messages.
WEIGHTS = "weights"
#: And what groups of rows are called.
GROUPS = "groups"


def read_variable(
    values: Any,
    name: str,
    *,
    missing: Missing = "refuse",
    option: str = "missing='drop'",
    keep_constants: bool = False,
    fewest: int = 2,
    weights: Any = None,
    groups: Any = None,
) -> tuple[Variable, tuple[str, ...]]:
    """One variable; see :func:`read_variables`."""
    found, sentences = read_variables(
        {name: values},
        missing=missing,
        option=option,
        keep_constants=keep_constants,
        fewest=fewest,
        weights=weights,
        groups=groups,
    )
    return found[name], sentences


def read_variables(
    given: Mapping[str, Any],
    *,
    missing: Missing = "refuse",
    option: str = "missing='drop'",
    keep_constants: bool = False,
    fewest: int = 2,
    weights: Any = None,
    groups: Any = None,
) -> tuple[dict[str, Variable], tuple[str, ...]]:
    """Variables whose rows pair.

    Numbers become double, also nullable ones, decimals and booleans; text and categories stay
    labels. Columns are called as in the table that they come from, else ``name[k]``.

    Arguments:
        given: By name: array, masked array, list, tensor, sparse matrix, frame or series of pandas
            or polars, mapping of names to columns, or :class:`minde.columns.Variable`.
        missing: ``refuse``, or ``drop`` for rows in which any variable misses a value.
        option: How the user asks for ``drop`` at this place, for the message.
        keep_constants: Keep columns that are constant, as new rows for a fitted model need it.
        fewest: Fewest rows.
        weights: One column, of numbers from zero (see ``minde.weighing``); by default those that
            the variables were read with, if any. Rows that weigh nothing are left out.
        groups: One column that says which rows belong together (see ``minde.reading.groups``); by
            default those that the variables were read with, if any.

    Returns:
        The variables, and sentences for the user on what was dropped, left out or converted.

    Raises:
        InputError: If something cannot be used; one line says what, where and how to mend it.
    """
    converted: dict[str, list[Converted]] = {}
    named: dict[str, bool] = {}
    read_before = _read_before(given, "weights") if weights is None else None
    weights = weights if read_before is None else read_before
    label = WEIGHTS if len(given) > 1 else f"{WEIGHTS} of {next(iter(given))}"
    of_rows = {label: weights, GROUPS: groups}
    every = {**given, **{name: v for name, v in of_rows.items() if v is not None}}
    for name, values in every.items():
        columns, named[name] = _columns(values, name)
        converted[name] = _converted(columns, name)
    _check_rows(converted)
    keep, dropped = rows_to_keep(converted, missing, option)
    sentences, weighing = [s for s in (_order_of_rows(every), dropped) if s], None
    if weights is not None:
        keep, weighing, told = _weighed(label, converted.pop(label), keep)
        sentences += told if read_before is None else ()  # else they are told
    together = converted.pop(GROUPS, None)
    in_runs = _read_before(given, "groups")
    if keep.sum() < fewest:
        raise InputError(
            f"{', '.join(given)}: {_rows(int(keep.sum()))} is not a sample; give {fewest} or more"
        )
    variables = {}
    for name, parts in converted.items():
        kept = [_kept(part.column, keep) for part in parts]
        refuse_infinite(name, kept)
        sentences += [f"{name}: {part.sentence}" for part in parts if part.sentence]
        if not keep_constants:
            kept, sentence = without_constants(name, kept)
            sentences += [sentence] if sentence else []
        rows = np.flatnonzero(keep)
        runs = None if in_runs is None else in_runs[keep]
        variables[name] = Variable(name, tuple(kept), named[name], rows, weighing, runs)
    if together is not None:
        group = _one_a_row(GROUPS, together, keep)
        variables, told = in_groups(variables, group.values, GROUPS)
        sentences += told
    return variables, tuple(sentences)


def _read_before(given: Mapping[str, Any], what: str) -> Any:
    """Weights or groups that variables were read with before, if any."""
    read = (getattr(v, what) for v in given.values() if isinstance(v, Variable))
    return next((found for found in read if found is not None), None)


def _one_a_row(name: str, columns: list[Converted], keep: Mask) -> Column:
    if len(columns) != 1:
        raise InputError(f"{name}: need one value a row, got {len(columns)} columns")
    column = _kept(columns[0].column, keep)
    refuse_infinite(name, [column])
    return column


def _weighed(name: str, weights: list[Converted], keep: Mask) -> tuple[Mask, Any, tuple[str, ...]]:
    """Rows to keep that weigh something, their weights, and sentences."""
    some, found, told = check_weights(_one_a_row(name, weights, keep).values, name)
    keep[np.flatnonzero(keep)[~some]] = False
    return keep, found, told


def without_constants(name: str, columns: list[Column]) -> tuple[list[Column], str]:
    """Columns that vary, and a sentence on those that do not.

    Raises:
        InputError: If none varies.
    """
    constant = [column.name for column in columns if is_constant(column.values)]
    if not constant:
        return columns, ""
    if len(constant) == len(columns):
        every = "is" if len(constant) == 1 else "are"
        raise InputError(
            f"{name}: {list_columns(constant)} {every} constant; choose columns that vary"
        )
    sentence = left_out(name, constant)
    return [column for column in columns if column.name not in constant], sentence


def left_out(name: str, constant: list[str]) -> str:
    """The sentence on constant columns."""
    verb = "is constant and was" if len(constant) == 1 else "are constant and were"
    return f"{name}: {list_columns(constant)} {verb} left out"


def is_constant(values: NDArray[Any]) -> bool:
    """Whether all values are the same."""
    return bool((values == values[0]).all())


def _columns(values: Any, name: str) -> tuple[Iterable[tuple[str, Any]], bool]:
    if isinstance(values, Variable):
        return [(column.name, column) for column in values.columns], values.named
    given: Given = split(values, name)
    return given.columns, given.named


def _order_of_rows(given: Mapping[str, Any]) -> str:
    """A sentence on frames of pandas with the same index in another order."""
    indexed = [(n, v.index) for n, v in given.items() if hasattr(v, "iloc")]
    for name, index in indexed[1:]:
        first, known = indexed[0]
        if len(index) == len(known) and not index.equals(known) and index.isin(known).all():
            return f"{first} and {name} have one index in different orders; rows pair by position"
    return ""


def _converted(parts: Iterable[tuple[str, Any]], name: str) -> list[Converted]:
    out = []
    for key, values in parts:
        if isinstance(values, Column):
            bad = np.zeros(len(values.values), bool)
            if values.origin != "label":
                bad = np.isnan(values.values)
            out.append(Converted(values, bad))
            continue
        try:
            out.append(convert(values, key))
        except InputError as error:
            raise InputError(f"{name}: {error}") from None
    return out


def _check_rows(converted: Mapping[str, list[Converted]]) -> None:
    """Raise InputError unless all columns have the same rows."""
    first: tuple[str, int] | None = None
    for name, columns in converted.items():
        lengths = {c.column.name: len(c.missing) for c in columns}
        start, rows = next(iter(lengths.items()))
        if other := [key for key, n in lengths.items() if n != rows]:
            raise InputError(
                f"{name}: column '{start}' has {_rows(rows)} and '{other[0]}' has "
                f"{lengths[other[0]]}; rows must pair"
            )
        if first is not None and first[1] != rows:
            raise InputError(
                f"{first[0]} has {_rows(first[1])} and {name} has {rows}; rows must pair"
            )
        first = first or (name, rows)
    if first is not None and not first[1]:
        raise InputError(f"{first[0]}: need rows and columns, got no rows")


def _kept(column: Column, keep: Mask) -> Column:
    return Column(column.name, column.values[keep], column.origin, column.levels)


def _rows(count: int) -> str:
    return "one row" if count == 1 else f"{count} rows"
