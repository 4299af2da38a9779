"""What some measures do not take."""

from __future__ import annotations

from minde.columns import Variable
from minde.errors import InputError


def refuse_labels(variable: Variable, what: str) -> None:
    """Raise InputError if a column holds labels, for ``what`` takes numbers alone."""
    for column in variable.columns:
        if column.origin == "label":
            raise InputError(
                f"{column.name} holds labels, and {what} takes numbers alone; mutual information "
                "of two variables takes labels"
            )
