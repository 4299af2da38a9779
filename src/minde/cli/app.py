"""The command line that commands register with."""

from __future__ import annotations

import typer

from minde.cli.mistakes import OneLineGroup

app = typer.Typer(
    cls=OneLineGroup,
    help="Mutual information, entropy and KL divergence from diffusion models.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
