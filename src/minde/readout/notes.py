"""Sentences on what an estimate cannot see: structure below its smallest diffusion time."""

from __future__ import annotations

from minde.types import Array

#: Bins of the integrand that lie in its flat part, where times are no larger than the smallest.
FLAT_BINS = 2
#: Nats below which nothing is said of the smallest times, and of structure that is too fine. The
#: scale of nearest rows is a quartile of a thousand, known to 0.06 nats a column.
LEAST_NATS, LEAST_UNRESOLVED = 0.02, 0.3


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


def unresolved_warning(nats: float) -> tuple[str, ...]:
    """A sentence where rows next to one another differ by less than networks resolve."""
    if nats <= LEAST_UNRESOLVED:
        return ()
    return (
        "one variable follows the other along a curve more closely than networks resolve (0.01 "
        f"standard deviations); up to {nats:.1f} nats are not seen: the value is a lower bound",
    )
