"""Mistakes in the words of a command line, as one line like those in its data."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, cast

import typer
from typer.core import TyperGroup

from minde.errors import InputError

# Typer once took this class from click and now carries its own; the base is the same in both.
UsageError = cast("type[Exception]", typer.BadParameter.__bases__[0])


class OneLineGroup(TyperGroup):
    """Commands whose usage errors are an InputError, where typer would print three lines or more.

    Raises:
        InputError: On an unknown command or option, and on one that is missing or of a wrong type.
    """

    def make_context(self, info_name: str | None, args: list[str], *rest: Any, **extra: Any) -> Any:
        """Read the words before the command."""
        if not args:  # typer shows the help, by an error of this kind
            return super().make_context(info_name, args, *rest, **extra)
        with _one_line():
            return super().make_context(info_name, args, *rest, **extra)

    def invoke(self, ctx: Any) -> Any:
        """Read the words of the command, and run it."""
        with _one_line():
            return super().invoke(ctx)


@contextlib.contextmanager
def _one_line() -> Iterator[None]:
    try:
        yield
    except UsageError as error:
        problem: Any = error
        what = " ".join(problem.format_message().split()).rstrip(".")
        where = f"; see {problem.ctx.command_path} --help" if problem.ctx else ""
        raise InputError(what + where) from error
