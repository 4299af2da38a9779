"""Names of read-outs, and which one is reported; the one place that knows, light to import."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from minde.options import ReadoutOptions

_OUTSIDE = "outside-"
#: The gap without the networks' variance, and the same on half of the rows (see
#: ``minde.ensemble.halves``).
CORRECTED, HALVES = "corrected", "halves"
#: Scaled, with what networks are missing on average (see ``minde.readout.missing``).
COMPLETED = "completed"


def outside(sigma_ref: float) -> str:
    """Name of the outside read-out of a reference width."""
    return f"{_OUTSIDE}{sigma_ref:g}"


def sigma_of(name: str) -> float | None:
    """Reference width of an outside read-out; None of any other."""
    return float(name.removeprefix(_OUTSIDE)) if name.startswith(_OUTSIDE) else None


def readout_names(sigma_refs: Sequence[float]) -> list[str]:
    """Names of the read-outs in the order they are shown."""
    return ["inside", *map(outside, sigma_refs), "gap", "cross", "scaled"]


def first_order(names: Collection[str]) -> str:
    """The first-order read-out of some: inside, or of an entropy outside."""
    return next(n for n in names if n == "inside" or sigma_of(n) is not None)


def first_order_weight(name: str) -> float:
    """Share of a read-out that errs in first order of the networks' errors."""
    if name in ("gap", CORRECTED, HALVES):
        return 0.0
    return 0.5 if name in ("cross", "scaled", COMPLETED) else 1.0


def reported_readout(
    options: ReadoutOptions,
    available: Collection[str],
    cross_fitted: bool = False,
    in_time: bool = False,
) -> str:
    """Name of the read-out that is reported as the estimate.

    It is the options' own, where there is one: an entropy has outside and gap alone, and reports
    the gap; a KL divergence has no outside. With halves of the rows it is not the scaled one but
    the corrected one, and with cross-fitting alone the gap: factors from the few rows of each fold
    are still somewhat too large on average, and inside errs in first order, so that few steps or
    other folds move it by many times as much. Of rows in time order it is cross. Where what is
    missing is told it is the completed one.

    Arguments:
        options: The read-out's; of several reference widths the first is reported.
        available: Names that were read out.
        cross_fitted: Whether all rows are both trained on and tested, by turns.
        in_time: Whether they come in time.
    """
    name: str = options.reported
    if name == "outside":
        name = outside(options.sigma_refs[0])
    if name == "scaled" and in_time:
        name = "cross"
    if name == "scaled" and COMPLETED in available:
        name = COMPLETED
    if name == "scaled" and CORRECTED in available:
        name = CORRECTED
    if name == "scaled" and cross_fitted:
        name = "gap"
    if name in available:
        return name
    return "inside" if "inside" in available else "gap"
