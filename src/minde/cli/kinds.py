"""Options on what columns are (``--continuous`` and the like) and what becomes of many."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from minde.cli.options import AllRowsOptions
from minde.errors import InputError, nearest
from minde.io.tables import split_names

if TYPE_CHECKING:
    from minde.kinds import Kind

#: What ``--categorical`` holds where it is given without names.
ALL_OF_Y = "--y"
_NAMES = "Names and globs of columns, or a variable such as x"


@dataclass(frozen=True)
class KindOptions:
    """Kinds that are asked for; those of other columns are inferred."""

    continuous: Annotated[str | None, typer.Option(help=f"{_NAMES}: continuous.")] = None
    discrete: Annotated[str | None, typer.Option(help=f"{_NAMES}: numbers in an order.")] = None
    categorical: Annotated[str | None, typer.Option(help=f"{_NAMES}: labels.")] = None

    @property
    def asked(self) -> dict[str, str]:
        """Names by option, of those that were given."""
        found = {field.name: getattr(self, field.name) for field in fields(KindOptions)}
        return {kind: names for kind, names in found.items() if names is not None}

    def of(self, variables: Mapping[str, Sequence[str]]) -> dict[str, Kind]:
        """Kind of each column that was named.

        Arguments:
            variables: Names of the chosen columns by variable, which is also the name of its
                option.

        Raises:
            InputError: If a name is of no chosen column, or a column is said to be of two kinds.
        """
        kinds: dict[str, Any] = {}
        for kind, pattern in self.asked.items():
            for name in _columns(pattern, variables, f"--{kind}"):
                if kinds.setdefault(name, kind) != kind:
                    raise InputError(
                        f"--{kind}: column '{name}' is in --{kinds[name]} as well; leave it out of "
                        "one of them"
                    )
        return kinds

    def taken(self, columns: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Columns of a table, and what is said of its rows; here nothing is asked for."""
        return columns, {}

    def refuse(self, why: str) -> None:
        """Raise InputError if anything was asked for."""
        for kind in self.asked:
            raise InputError(f"--{kind}: {why}; leave it out")


@dataclass(frozen=True)
class CompressOptions(AllRowsOptions):
    """How to fit, many columns by way of few if asked for."""

    compress: Annotated[
        str | None, typer.Option(help="Many columns to few first: pca, cca or kernel.")
    ] = None
    components: Annotated[int, typer.Option(help="Few columns at most.", min=1)] = 16

    def refuse_compression(self, why: str) -> None:
        """Raise InputError if columns are to be compressed."""
        if self.compress is not None:
            raise InputError(f"--compress: {why}; leave it out")


def _columns(pattern: str, variables: Mapping[str, Sequence[str]], option: str) -> list[str]:
    known = [*dict.fromkeys(name for names in variables.values() for name in names)]
    if pattern == ALL_OF_Y and "y" in variables:
        return [*variables["y"]]
    found: list[str] = []
    for part in split_names(known, pattern, option):
        columns = [part] if part in known else fnmatch.filter(known, part)
        columns = columns or [*variables.get(part, ())]
        if not columns:
            chosen = ", ".join(f"--{name}" for name in variables)
            raise InputError(
                f"{option}: no column '{part}' is chosen by {chosen}"
                f"{nearest(part, [*known, *variables])}"
            )
        found += columns
    return found


class LabelCommand(TyperCommand):
    """A command whose ``--categorical`` may stand alone, which says that all of y are labels."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words of the command."""
        given: list[str] = []
        for word, after in zip(args, [*args[1:], "-"], strict=True):
            alone = word == "--categorical" and after.startswith("-")
            given.append(f"{word}={ALL_OF_Y}" if alone else word)
        return super().parse_args(ctx, given)
