"""Options on the past of a series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from minde.errors import InputError

#: Of one range.
MOST_LAGS = 1000
LagsOption = Annotated[
    str, typer.Option("--lags", help="Rows that x lies before y, such as 1,2 or 0:10.")
]


@dataclass(frozen=True)
class PastOptions:
    """How far the past of a series goes."""

    lags: LagsOption = "1"
    target_lags: Annotated[str | None, typer.Option(help="Of y; as --lags if left out.")] = None

    @property
    def asked(self) -> dict[str, Any]:
        """The same, as transfer entropy takes it."""
        own = self.target_lags
        return {
            "lags": lags_of(self.lags, "--lags"),
            "target_lags": None if own is None else lags_of(own, "--target-lags"),
        }


def lags_of(text: str, option: str) -> list[int]:
    """Lags from words such as 1,2 and 0:10, both ends included; InputError on another word."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition(":")
        try:
            lags = range(int(first), int(last or first) + 1)
        except ValueError:
            line = f"{option}: give whole numbers such as 1,2 or 0:10, got '{text}'"
            raise InputError(line) from None
        if not 0 < len(lags) <= MOST_LAGS:
            raise InputError(f"{option}: {part} is no range of 1 to {MOST_LAGS} lags, such as 0:10")
        found += lags
    return found
