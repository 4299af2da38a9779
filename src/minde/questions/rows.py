r"""What more rows would change: estimates from a quarter, a half and all of the rows.

The half-width of the interval falls as :math:`c / \sqrt N`, the bias that is beyond chance as
:math:`b / N` (see ``minde.questions.limit``). What would halve their sum at n rows,

.. math::
    \frac c{\sqrt N} + \frac{|b|}N = \frac12 \Big( \frac c{\sqrt n} + \frac{|b|}n \Big) ,

says how many rows it takes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from minde.columns import Variable
from minde.errors import InputError
from minde.estimators.mixed import estimate_mixed
from minde.estimators.networks import Network, fit_all, networks
from minde.estimators.settings import Settings, cross_fitted
from minde.estimators.sides import Sides
from minde.inputs import read_variables
from minde.kinds import Kind, asked_kinds, decide
from minde.questions.limit import Limit, degrees, limit_of
from minde.readout.estimate import MIEstimate
from minde.readout.student import t_95
from minde.readout.units import conversion
from minde.seeding import derive
from minde.types import Rows

#: Shares of the rows, and how much narrower four times the rows make an interval at least, where
#: sampling makes it: two times.
SHARES, NARROWER = (4, 2, 1), 1.4
#: Rows of which a quarter is a sample.
FEWEST = 8


@dataclass(frozen=True)
class RowsCurve:
    """Estimates from more and more of the rows.

    Attributes:
        rows: How many, rising; the last is all.
        estimates: From so many.
        limit: At endlessly many, nats.
        unit: Of :meth:`to_records` and :attr:`sentences`.
    """

    rows: tuple[int, ...]
    estimates: tuple[MIEstimate, ...]
    limit: Limit
    unit: str = "nats"

    def to(self, unit: str) -> RowsCurve:
        """The same in another unit, ``nats`` or ``bits``."""
        conversion(self.unit, unit)
        return replace(self, unit=unit)

    @property
    def half_widths(self) -> list[float]:
        """Of the intervals, as sampling has them, before what is possible cuts them; nats."""
        return [t_95(degrees(e)) * e.std_error for e in self.estimates]

    @property
    def rows_to_halve(self) -> int:
        """Rows in all that would halve half-width and bias together."""
        n, width, bias = self.rows[-1], self.half_widths[-1], abs(self.limit.bias)
        c, target = width * math.sqrt(n), 0.5 * (width + bias / n)
        if target == 0.0:
            return n
        # The root of bias u^2 + c u = target, u = 1 / sqrt(N), without cancellation.
        u = 2.0 * target / (c + math.sqrt(c**2 + 4.0 * bias * target))
        return math.ceil(u**-2)

    def to_records(self) -> list[dict[str, Any]]:
        """A row per number of rows, and one of endlessly many: rows, value, std_error, low, high.

        ``rows`` is infinite in the last.
        """
        parts: list[tuple[float, ...]] = [
            (n, e.value, e.std_error, *e.interval)
            for n, e in zip(self.rows, self.estimates, strict=True)
        ]
        limit = (math.inf, self.limit.value, self.limit.std_error, *self.limit.interval)
        by, names = conversion("nats", self.unit), ("value", "std_error", "low", "high")
        return [
            {"rows": n, **dict(zip(names, (by * v for v in row), strict=True)), "unit": self.unit}
            for n, *row in [*parts, limit]
        ]

    @property
    def warnings(self) -> tuple[str, ...]:
        """Of the estimate from all rows."""
        return self.estimates[-1].warnings

    @property
    def sentences(self) -> tuple[str, ...]:
        """What the curve says, in plain words."""
        means = {tuple(e.readouts) for e in self.estimates}
        mixed = "parts of the rows were read by other means than all: the extrapolation is rough"
        return (self._of_value(), self._of_interval(), *((mixed,) if len(means) > 1 else ()))

    def _of_value(self) -> str:
        at, limit = self.to_records()[-1], self.limit
        where = f"{at['value']:.3f} [{at['low']:.3f}, {at['high']:.3f}] {self.unit}"
        if not limit.bias:
            return f"the value does not move with rows by more than chance; extrapolated: {where}"
        verb = "rises" if limit.slope < 0.0 else "falls"
        return f"the value {verb} with rows by more than chance, towards {where}"

    def _of_interval(self) -> str:
        limit, widths = self.limit, self.half_widths
        if widths[0] < NARROWER * widths[-1]:
            narrower = f"{widths[0] / widths[-1]:.1f} times narrower"
            return (
                f"four times the rows made the interval {narrower}, where sampling alone gives 2: "
                "what is left is the networks'; take more steps or seeds"
            )
        more = _rounded(self.rows_to_halve - self.rows[-1])
        by = conversion("nats", self.unit)
        now = f"now ±{by * widths[-1]:.3f}"
        if not limit.bias:
            return f"{more} more rows would halve the interval, {now}"
        bias = by * abs(limit.bias) / self.rows[-1]
        return f"{more} more rows would halve interval and bias, {now} and {bias:.3f}"


def _rounded(number: int) -> str:
    """Two digits of a count, with commas."""
    places = max(0, len(str(number)) - 2)
    return f"{round(number, -places):,}"


def more_rows(
    x: Any,
    y: Any,
    *,
    kinds: Mapping[str, Kind] | None = None,
    settings: Settings | None = None,
    **options: Any,
) -> RowsCurve:
    """How mutual information would change with more rows, from a quarter, a half and all of them.

    The rows of the parts are nested, drawn at random. All networks are trained in one call, and
    what columns are is decided on all rows.

    Arguments:
        x: (rows, dim_x) or (rows,); numbers, truth values or labels.
        y: (rows, dim_y) or (rows,).
        kinds: ``continuous``, ``discrete`` or ``categorical`` by name; the rest is inferred.
        settings: How to fit; as :class:`minde.MINDE` by default, one seed on five folds.
        **options: Fields of :class:`minde.Settings` to replace.

    Raises:
        InputError: If the samples cannot be used, or a quarter of the rows is too few.

    Examples:
        >>> import numpy as np
        >>> import minde
        >>> rng = np.random.default_rng(1)
        >>> x = rng.integers(0, 3, 4000)
        >>> y = np.where(rng.random(4000) < 0.5, x, rng.integers(0, 3, 4000))
        >>> found = minde.more_rows(x, y)
        >>> found.rows
        (1000, 2000, 4000)
        >>> print(found.sentences[1])
        12,000 more rows would halve the interval, now ±0.020
    """
    chosen = cross_fitted(settings, options)
    known, told = read_variables({"x": x, "y": y}, option="", keep_constants=True)
    variables, copies = chosen.apart([*known.values()])
    told, asked = (*told, *copies), asked_kinds(variables, kinds)
    n = len(variables[0])
    if n < FEWEST:
        raise InputError(
            f"more_rows: {n} rows are too few to take a quarter of; give {FEWEST} rows or more"
        )
    order = np.random.default_rng(derive(chosen.random_state, "more_rows")).permutation(n)
    sizes = [n // share for share in SHARES]
    whole = Sides.fit(variables, asked, chosen.random_state, directions=chosen.directions)
    decided = {
        (v.name, c.name): decide(c, asked.get((v.name, c.name))).kind
        for v in variables
        for c in v.columns
    }
    parts = [_part(variables, np.sort(order[:k]), decided, chosen) for k in sizes[:-1]]
    sides = [*parts, replace(whole, warnings=tuple(dict.fromkeys((*told, *whole.warnings))))]
    found: dict[str, Network] = {}
    own: list[dict[str, Network]] = []
    for size, part in zip(sizes, sides, strict=True):
        made = networks(part.quantity, part.layouts, part.sides, chosen.random_state)
        own.append(made)
        found |= {f"{size} {name}": network for name, network in made.items()}
    trained = fit_all(found, chosen)
    estimates = tuple(
        estimate_mixed(part, made, {name: trained[f"{size} {name}"] for name in made}, chosen)
        for size, part, made in zip(sizes, sides, own, strict=True)
    )
    return RowsCurve(tuple(sizes), estimates, limit_of(sizes, estimates))


def _part(
    variables: list[Variable], rows: Rows, decided: Mapping[tuple[str, str], Kind], chosen: Settings
) -> Sides:
    taken = [variable.at(rows) for variable in variables]
    try:
        sides = Sides.fit(taken, decided, chosen.random_state, directions=chosen.directions)
        if sides.layouts:
            chosen.folds_of(len(rows))
    except InputError as error:
        raise InputError(f"more_rows: with {len(rows)} of the rows: {error}") from None
    return sides
