"""Columns of a table as the variables of a command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from minde.cli.kinds import KindOptions
from minde.cli.options import TableOptions
from minde.columns import Variable
from minde.errors import InputError
from minde.io.tables import pick, pick_names
from minde.reading.convert import convert
from minde.reading.missing import list_columns
from minde.reading.variables import read_variable, read_variables

if TYPE_CHECKING:
    from minde.kinds import Kind


def read_columns(
    columns: dict[str, Any],
    patterns: Mapping[str, str],
    table: TableOptions,
    keep_constants: bool = False,
    weights: Any = None,
) -> tuple[list[Variable], tuple[str, ...]]:
    """Variables of a table whose rows pair, and sentences for the user.

    Arguments:
        columns: The table's.
        patterns: Names and globs by variable, which is also the name of the option.
        table: What to do with rows that miss a value.
        keep_constants: Keep columns that are constant.
        weights: Of the rows, if asked for.
    """
    given = {name: pick(columns, pattern, f"--{name}") for name, pattern in patterns.items()}
    how = {"keep_constants": keep_constants, "weights": weights, **table.reading}
    found, sentences = read_variables(given, **how)
    return [*found.values()], sentences


def read_with_kinds(
    columns: dict[str, Any],
    patterns: Mapping[str, str],
    kinds: KindOptions,
    table: TableOptions,
    weights: Any = None,
) -> tuple[list[Variable], dict[str, Kind], tuple[str, ...]]:
    """As :func:`read_columns`, and the kinds that are asked for by name of a column."""
    found, told = read_columns(columns, patterns, table, weights=weights)
    return found, kinds.of(names_of(*found)), told


def names_of(*variables: Variable) -> dict[str, tuple[str, ...]]:
    """Names of the columns by variable."""
    return {variable.name: variable.names for variable in variables}


def kept(asked: Mapping[str, Kind], *variables: Variable) -> dict[str, Kind]:
    """What was asked for of the columns that there are after those that are constant."""
    names = {name for variable in variables for name in variable.names}
    return {name: kind for name, kind in asked.items() if name in names}


def read_singles(
    columns: dict[str, Any], pattern: str, kinds: KindOptions, table: TableOptions
) -> tuple[dict[str, Variable], dict[str, Kind], tuple[str, ...]]:
    """Each column a variable, the kinds that were asked for, and sentences for the user.

    All columns are meant by ``*``; those among them that hold no numbers are left out, unless they
    are said to be labels.
    """
    names = pick_names(columns, pattern, "--x")
    asked = kinds.of({"x": names})
    left = [n for n in names if n not in asked and not _is_numeric(columns[n], n)]
    told: tuple[str, ...] = ()
    if pattern.strip() == "*" and left:
        numeric = [name for name in names if name not in left]
        if len(numeric) < 2:
            raise InputError(
                f"--x: pairs need two columns of numbers; {list_columns(left)} "
                f"{'holds' if len(left) == 1 else 'hold'} none; name columns of labels"
            )
        verb = "holds no numbers and was" if len(left) == 1 else "hold no numbers and were"
        told, names = (f"x: {list_columns(left)} {verb} left out",), numeric
    table_of = {name: columns[name] for name in names}
    variable, sentences = read_variable(table_of, "x", **table.reading)
    singles = {c.name: Variable(c.name, (c,), named=True) for c in variable.columns}
    return singles, kept(asked, variable), told + sentences


def _is_numeric(values: Any, name: str) -> bool:
    try:
        return convert(values, name).column.origin != "label"
    except InputError:
        return False
