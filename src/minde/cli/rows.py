"""Options on rows: ``--weights``, what they weigh, and ``--groups``, which belong together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from minde.cli.kinds import KindOptions
from minde.errors import InputError
from minde.io.tables import pick


@dataclass(frozen=True)
class GroupOptions(KindOptions):
    """What columns are, and which of them says which rows belong together."""

    groups: Annotated[
        str | None,
        typer.Option(help="Column of which rows with one value depend on one another: subjects."),
    ] = None

    def taken(self, columns: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The other columns of a table, and what was asked for that says something of its rows.

        Raises:
            InputError: If there is no such column, or it names several.
        """
        rest, found = dict(columns), {}
        for option in ("weights", "groups"):
            asked = getattr(self, option, None)
            if asked is None:
                continue
            chosen = pick(columns, asked, f"--{option}")
            if len(chosen) > 1:
                named = f"'{asked}' names {len(chosen)} columns; rows have one {option[:-1]} each"
                raise InputError(f"--{option}: {named}, so name one")
            ((own, found[option]),) = chosen.items()
            rest.pop(own, None)
        return rest, found

    def refuse_groups(self, what: str) -> None:
        """Raise InputError if rows are said to be in groups, to what knows of none."""
        if self.groups is not None:
            raise InputError(f"--groups: {what} takes rows that are in none; leave it out")


@dataclass(frozen=True)
class ColumnOptions(GroupOptions):
    """What columns are, and which of them says what rows weigh."""

    weights: Annotated[
        str | None, typer.Option(help="Column of weights of the rows, from zero; else all alike.")
    ] = None
