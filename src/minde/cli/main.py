"""``minde`` and ``python -m minde``: run the command line."""

from __future__ import annotations

import sys
from typing import Any

from minde.cli.doctor import doctor
from minde.cli.process import run
from minde.errors import InputError, MindeError


def program() -> None:
    """The command line as a process of its own."""
    run(main)


def main() -> None:
    """Run the command line; a mistake is one line on standard error and exit code 2."""
    if sys.argv[1:] in (
        ["doctor"],
        ["doctor", "--json"],
    ):  # which needs nothing that may be missing
        raise SystemExit(doctor("--json" in sys.argv))
    try:
        _app()(prog_name="minde")
    except MindeError as error:
        _stop(error)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", "minde"):
            raise  # ours is no package to install
        _stop(InputError(f"needs the package '{package}'; pip install 'minde[cli]'"))


def _app() -> Any:
    """The command line with all commands."""
    from minde.cli import commands, questions, series  # noqa: F401  they register with it
    from minde.cli.app import app

    return app


def _stop(error: MindeError) -> None:
    print(f"minde: error: {error}", file=sys.stderr)
    raise SystemExit(2) from None


def __getattr__(name: str) -> Any:
    """``app`` loads on first use, so that a missing typer is one line of :func:`main` as well."""
    if name != "app":
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return _app()


if __name__ == "__main__":
    program()
