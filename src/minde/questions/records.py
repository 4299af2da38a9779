"""Records as CSV and Markdown, the same from the shell and in the workflow."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import Any, TextIO

Records = Sequence[dict[str, Any]]


def write_csv(records: Records, file: TextIO) -> None:
    """Write records of the same keys; numbers that are not whole with six digits."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(records[0])
    writer.writerows([cell(value) for value in record.values()] for record in records)


def cell(value: Any) -> str:
    """A value as text; nothing where there is none."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() else f"{value:.6f}"
    return str(value)
