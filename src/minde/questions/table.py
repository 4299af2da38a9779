"""Columns of a table as the variables of a question, asked from the shell or by the workflow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from minde.columns import Variable
from minde.errors import InputError
from minde.io.tables import pick_names
from minde.kinds import Kind
from minde.reading.convert import convert
from minde.reading.missing import list_columns
from minde.reading.variables import read_variable, read_variables

#: Kinds that are asked for, given the names of the chosen columns by variable.
KindsOf = Callable[[Mapping[str, Sequence[str]]], dict[str, Kind]]


@dataclass(frozen=True)
class AskedTable:
    """A table of which columns are chosen by names and globs.

    Attributes:
        columns: By name.
        kinds: What was said of columns.
        reading: What to do with rows that miss a value, as the functions that read variables take
            it.
        where: What comes before the name of a variable in messages.
        of_rows: Columns that say something of the rows: ``weights``, ``groups``.
    """

    columns: Mapping[str, Any]
    kinds: KindsOf
    reading: dict[str, Any] = field(default_factory=dict)
    where: str = "--"
    of_rows: Mapping[str, Any] = field(default_factory=dict)

    def names(self, variable: str, pattern: str) -> list[str]:
        """Names of the columns of a variable; InputError if a part of the pattern matches none."""
        return pick_names(dict(self.columns), pattern, self.where + variable)

    def variables(
        self, patterns: Mapping[str, str | Sequence[str]], keep_constants: bool = False
    ) -> tuple[list[Variable], dict[str, Kind], tuple[str, ...]]:
        """Variables whose rows pair, kinds by name of a column, and sentences for the user.

        Arguments:
            patterns: Names and globs by variable, or names as they are.
            keep_constants: Keep columns that are constant.
        """
        names = {n: self.names(n, p) if isinstance(p, str) else p for n, p in patterns.items()}
        given = {name: {c: self.columns[c] for c in chosen} for name, chosen in names.items()}
        # What was said is checked against what was chosen, and then is of what is left of it.
        asked = self.kinds(names)
        how = {"keep_constants": keep_constants, **self.of_rows, **self.reading}
        found, told = read_variables(given, **how)
        return [*found.values()], kept(asked, *found.values()), told

    def singles(self, pattern: str) -> tuple[dict[str, Variable], dict[str, Kind], tuple[str, ...]]:
        """Each column a variable, the kinds that were asked for, and sentences for the user.

        All columns are meant by ``*``; those among them that hold no numbers are left out, unless
        they are said to be labels.
        """
        names = self.names("x", pattern)
        asked = self.kinds({"x": names})
        left = [n for n in names if n not in asked and not _is_numeric(self.columns[n], n)]
        told: tuple[str, ...] = ()
        if pattern.strip() == "*" and left:
            numeric = [name for name in names if name not in left]
            if len(numeric) < 2:
                raise InputError(
                    f"{self.where}x: pairs need two columns of numbers; {list_columns(left)} "
                    f"{'holds' if len(left) == 1 else 'hold'} none; name columns of labels"
                )
            verb = "holds no numbers and was" if len(left) == 1 else "hold no numbers and were"
            told, names = (f"x: {list_columns(left)} {verb} left out",), numeric
        table_of = {name: self.columns[name] for name in names}
        variable, sentences = read_variable(table_of, "x", **self.of_rows, **self.reading)
        return variable.singles(), kept(asked, variable), told + sentences


def kept(asked: Mapping[str, Kind], *variables: Variable) -> dict[str, Kind]:
    """What was asked for of the columns that there are after those that are constant."""
    names = {name for variable in variables for name in variable.names}
    return {name: kind for name, kind in asked.items() if name in names}


def _is_numeric(values: Any, name: str) -> bool:
    try:
        return convert(values, name).column.origin != "label"
    except InputError:
        return False
