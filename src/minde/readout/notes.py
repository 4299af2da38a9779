"""Sentences on what an estimate cannot see, and on what speaks against it."""

from __future__ import annotations

import numpy as np

from minde.readout.estimate import Summary
from minde.readout.student import Z_95
from minde.types import Array

#: Bins of the integrand that lie in its flat part, where times are no larger than the smallest.
FLAT_BINS = 2
#: Nats below which nothing is said of the smallest times, and of structure that is too fine. The
#: scale of nearest rows is a quartile of a thousand, known to 0.06 nats a column.
LEAST_NATS, LEAST_UNRESOLVED = 0.02, 0.3

#: Columns from which rows may be few, and rows per square of the columns below which they are: what
#: bends has as many directions as columns go together.
MANY_COLUMNS, ROWS_PER_SQUARE = 20, 10

#: Said where the spread between trainings cannot be told.
ONE_SEED = (
    "one seed: the interval holds nothing of how far another training would come out; take two "
    "seeds or more"
)


def smallest_times(integrand: Array) -> float:
    """Nats of a value that come from the smallest diffusion times; about as many are missing."""
    return float(integrand[:FLAT_BINS].sum())


def smallest_times_warning(integrand: Array, std_error: float) -> tuple[str, ...]:
    """A sentence where more than the standard error comes from the smallest times."""
    nats = smallest_times(integrand)
    if abs(nats) <= max(LEAST_NATS, std_error):
        return ()
    which = "a lower" if nats > 0.0 else "an upper"
    return (
        f"{nats:.2f} nats of the value come from the smallest diffusion times, and what lies "
        f"below them is not seen: the value is {which} bound",
    )


def few_rows_warning(rows: int, columns: int) -> tuple[str, ...]:
    """A sentence where networks of many columns had few rows to learn from."""
    if columns < MANY_COLUMNS or rows >= ROWS_PER_SQUARE * columns**2:
        return ()
    return (
        f"{rows} rows are few to train on with {columns} columns: unless the dependence is linear, "
        "the value may be low by more than the interval holds; take more rows, or fewer columns",
    )


def rising_warning(whole: float, half: float, std_rows: float) -> tuple[str, ...]:
    """A sentence where half of the rows read less by more than chance.

    Arguments:
        whole: Value by all rows, nats.
        half: By networks on half of them.
        std_rows: Standard error of the value by the rows.
    """
    step = whole - half
    if step <= max(LEAST_NATS, Z_95 * std_rows):
        return ()
    return (
        f"half of the rows read {step:.2f} nats less, more than chance does: more rows would read "
        "more, and the value may be low by more than the interval holds",
    )


def unresolved_warning(nats: float) -> tuple[str, ...]:
    """A sentence where rows next to one another differ by less than networks resolve."""
    if nats <= LEAST_UNRESOLVED:
        return ()
    return (
        "one variable follows the other along a curve more closely than networks resolve (0.01 "
        f"standard deviations); up to {nats:.1f} nats are not seen: the value is a lower bound",
    )


def doubts(
    readouts: dict[str, Summary],
    best: Summary,
    moved: float,
    sides: dict[str, Summary],
    trained: bool = True,
    taken: int = 2,
) -> list[str]:
    """Sentences on what in the read-outs themselves speaks against the value.

    Arguments:
        readouts: By name.
        best: The one that is reported.
        moved: Since half of the training, nats.
        sides: By direction.
        trained: Whether networks were trained here; else their scores were given.
        taken: Directions that the value is taken from.
    """
    advice = "train longer" if trained else "the scores given are not quite those of the rows"
    found = []
    values = [s.value for s in readouts.values()]
    apart, chance = max(values) - min(values), max(s.std_error for s in readouts.values())
    if apart > 2.0 * Z_95 * chance and apart > 0.02:
        found.append(
            f"the read-outs differ by {apart:.3f} nats, more than sampling allows, and the "
            f"interval is the wider for it: {advice}"
        )
    if moved > Z_95 * best.std_error and moved > 0.02:
        found.append(
            f"the value moved by {moved:.3f} nats over the second half of the training, and the "
            "interval is the wider for it: train longer"
        )
    if len(sides) == 2:
        a, b = sides.values()
        if differ(a, b):
            what = advice if taken > 1 else "the larger is taken, by which the rows are likelier"
            found.append(
                f"the two directions differ by {abs(a.value - b.value):.3f} nats, more than "
                f"chance allows: {what}"
            )
    return found


def differ(a: Summary, b: Summary) -> bool:
    """Whether two directions differ by more than chance allows."""
    apart = abs(a.value - b.value)
    return apart > max(2.0 * Z_95 * float(np.hypot(a.std_error, b.std_error)), LEAST_NATS)
