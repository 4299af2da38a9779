"""The option ``--weights``: a column that says what the rows of a table weigh."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from minde.cli.kinds import KindOptions
from minde.errors import InputError
from minde.io.tables import pick


@dataclass(frozen=True)
class ColumnOptions(KindOptions):
    """What columns are, and which of them says what rows weigh."""

    weights: Annotated[
        str | None, typer.Option(help="Column of weights of the rows, from zero; else all alike.")
    ] = None

    def taken(self, columns: dict[str, Any]) -> tuple[dict[str, Any], Any]:
        """The other columns of a table, and the weights of its rows, if asked for.

        Raises:
            InputError: If there is no such column, or it names several.
        """
        if self.weights is None:
            return columns, None
        found = pick(columns, self.weights, "--weights")
        if len(found) > 1:
            named = f"'{self.weights}' names {len(found)} columns"
            raise InputError(f"--weights: {named}; rows have one weight each, so name one")
        ((own, weights),) = found.items()
        return {name: column for name, column in columns.items() if name != own}, weights
