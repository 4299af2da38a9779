r"""Information between a series and the past of another, in nats: rows come in time order.

With :math:`x_{t - L}` the values of x at some lags L before t, side by side,

.. math::
    \text{transfer entropy} \quad T_{X \to Y} &= I(y_t;\; x_{t - L} \mid y_{t - K},\, z_{t - L}) \\
    \text{lagged information} \quad I_l &= I(x_{t - l};\; y_t) \\
    \text{active information storage} \quad A_X &= I(x_t;\; x_{t - L}) .

All are measures of rows that depend in time, and are read as such (see ``minde.serial``).

References:
    Schreiber, Measuring information transfer, Physical Review Letters 85, 2000. Lizier, Prokopenko
    and Zomaya, Local information transfer as a spatiotemporal filter for complex systems, Physical
    Review E 77, 2008 (conditional transfer); Local measures of information storage in complex
    distributed computation, Information Sciences 208, 2012 (storage).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from minde.columns import Variable
from minde.errors import InputError
from minde.estimators.estimating import nothing_read
from minde.estimators.many import one_direction
from minde.estimators.minde import MINDE
from minde.estimators.multivariate import conditional_mutual_information
from minde.estimators.pairwise import answers
from minde.estimators.past import Lags, kinds_of, past_of, whole_lags
from minde.estimators.quantity import MUTUAL
from minde.estimators.settings import Settings, cross_fitted
from minde.inputs import read_variables
from minde.kinds import Kind, asked_kinds
from minde.readout.estimate import MIEstimate


@dataclass(frozen=True)
class LaggedMI:
    """Mutual information by lag.

    Attributes:
        estimates: By lag, in the order they were asked for.
    """

    estimates: dict[int, MIEstimate]

    def __getitem__(self, lag: int) -> MIEstimate:
        """The estimate of a lag."""
        return self.estimates[lag]

    @property
    def unit(self) -> str:
        """``nats`` or ``bits``."""
        return next(iter(self.estimates.values())).unit

    def to(self, unit: str) -> LaggedMI:
        """The same in another unit, ``nats`` or ``bits``."""
        return LaggedMI({lag: found.to(unit) for lag, found in self.estimates.items()})

    @property
    def warnings(self) -> tuple[str, ...]:
        """Of every lag, each sentence once."""
        told = (w for found in self.estimates.values() for w in found.warnings)
        return tuple(dict.fromkeys(told))

    def to_records(self) -> list[dict[str, Any]]:
        """One row per lag: lag, value, std_error, low, high, unit."""
        return [{"lag": lag, **found.record()} for lag, found in self.estimates.items()]


def transfer_entropy(
    source: Any,
    target: Any,
    *,
    lags: Lags = 1,
    target_lags: Lags | None = None,
    condition: Any = None,
    kinds: Mapping[str, Kind] | None = None,
    settings: Settings | None = None,
    **options: Any,
) -> MIEstimate:
    r"""Transfer entropy :math:`I(y_t; x_{t - L} \mid y_{t - K}, z_{t - L})` from x to y.

    What a past of the target that is too short leaves out may seem to come from the source: take
    ``target_lags`` as far as the target remembers. What is in the given past tells nothing beside
    it: of a variable to itself transfer is 0 exactly.

    Arguments:
        source: x, (rows, dim) or (rows,), in time order; of any kind.
        target: y, likewise.
        lags: L, 1 or more, of the source and the condition.
        target_lags: K, of the target; as ``lags`` if omitted.
        condition: z, likewise; none if omitted.
        kinds: ``continuous``, ``discrete`` or ``categorical`` by name of a column, or of a variable
            (``source``, ``target``, ``condition``) for all of its columns; the rest is inferred.
        settings: How to fit; by default one seed and five folds. ``order`` is ``time``.
        **options: Fields of :class:`Settings` to replace.

    Raises:
        InputError: If the samples or the lags cannot be used.

    Examples:
        >>> import numpy as np
        >>> import minde
        >>> x = np.random.default_rng(0).integers(0, 2, size=1000)
        >>> y = np.roll(x, 1)  # x of the row before
        >>> t = minde.transfer_entropy(x, y)
        >>> bool(abs(t.value - np.log(2)) < 0.01)
        True
        >>> minde.transfer_entropy(x, x).value
        0.0
    """
    given = {"source": source, "target": target}
    if condition is not None:
        given["condition"] = condition
    read, told = read_variables(given, option="", keep_constants=True)
    far = whole_lags(lags, "lags", 1)
    own = far if target_lags is None else whole_lags(target_lags, "target_lags", 1)
    start = max(*far, *own)
    now, past = past_of(read["target"], [0], start), past_of(read["target"], own, start)
    known = [*past.columns]
    if condition is not None:
        known += past_of(read["condition"], far, start).columns
    lagged = past_of(read["source"], far, start).columns
    new = tuple(c for c in lagged if not any(np.array_equal(c.values, k.values) for k in known))
    if not new:
        why = "the past of the source is among what is given: transfer is 0 by definition"
        return nothing_read(len(now), (*told, why))
    parts = (now, Variable("source", new, True), Variable("past", tuple(known), True))
    chosen = _in_time(settings, options)
    asked = kinds_of(kinds, read, *parts)
    try:
        found = conditional_mutual_information(*parts, kinds=asked, settings=chosen)
    except InputError as error:
        # It calls them x, y and z in order, which here are others.
        name, _, why = str(error).partition(": ")
        called = {"x": "target", "y": "source", "z": "past of the target"}
        raise InputError(f"{called.get(name, name)}: {why}" if why else name) from None
    return replace(found, warnings=(*told, *found.warnings))


def lagged_mutual_information(
    x: Any,
    y: Any,
    *,
    lags: Lags = range(11),
    kinds: Mapping[str, Kind] | None = None,
    settings: Settings | None = None,
    **options: Any,
) -> LaggedMI:
    r"""Mutual information :math:`I(x_{t - l}; y_t)` at each of some lags.

    What x tells of y at a lag may be what y's own past tells of both; :func:`transfer_entropy` is
    what it tells beyond that.

    Arguments:
        x: (rows, dim) or (rows,), in time order; of any kind.
        y: Likewise.
        lags: Rows by which x is before y; below zero x is after it.
        kinds: By name of a column, or of ``x`` or ``y``; the rest is inferred.
        settings: How to fit; by default one seed and five folds, in one direction. ``order`` is
            ``time``.
        **options: Fields of :class:`Settings` to replace.

    Raises:
        InputError: If the samples or the lags cannot be used.

    Examples:
        >>> import numpy as np
        >>> import minde
        >>> x = np.random.default_rng(0).integers(0, 2, size=1000)
        >>> found = minde.lagged_mutual_information(x, np.roll(x, 2), lags=range(4))
        >>> max(found.estimates, key=lambda lag: found[lag].value)
        2
    """
    read, told = read_variables({"x": x, "y": y}, option="", keep_constants=True)
    pairs = {
        lag: tuple(past_of(read[v], [max(at, 0)], abs(lag)) for v, at in (("x", lag), ("y", -lag)))
        for lag in whole_lags(lags, "lags", None)
    }
    chosen = replace(one_direction(settings, options), order="time")
    parts = [part for pair in pairs.values() for part in pair]
    asked = asked_kinds(parts, kinds_of(kinds, read, *parts))
    questions = {lag: (MUTUAL, pair) for lag, pair in pairs.items()}
    found, left_out = answers(questions, asked, chosen, told)
    for lag, why in left_out.items():
        raise InputError(f"lag {lag}: {why}")
    return LaggedMI(found)


def active_information_storage(
    x: Any,
    *,
    lags: Lags = 1,
    kinds: Mapping[str, Kind] | None = None,
    settings: Settings | None = None,
    **options: Any,
) -> MIEstimate:
    r"""Active information storage :math:`I(x_t; x_{t - L})`: what a series' past tells of it.

    Arguments:
        x: (rows, dim) or (rows,), in time order; of any kind.
        lags: L, 1 or more.
        kinds: By name of a column, or of ``x``; the rest is inferred.
        settings: How to fit; by default one seed and five folds. ``order`` is ``time``.
        **options: Fields of :class:`Settings` to replace.

    Raises:
        InputError: If the samples or the lags cannot be used.
    """
    read, told = read_variables({"x": x}, option="", keep_constants=True)
    far = whole_lags(lags, "lags", 1)
    now, past = past_of(read["x"], [0], max(far)), past_of(read["x"], far, max(far))
    model = MINDE(kinds=kinds_of(kinds, read, now, past), **vars(_in_time(settings, options)))
    found = model.fit(now, past).mutual_information()
    return replace(found, warnings=(*told, *found.warnings))


def _in_time(settings: Settings | None, options: dict[str, Any]) -> Settings:
    return replace(cross_fitted(settings, options), order="time")
