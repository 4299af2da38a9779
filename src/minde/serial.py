r"""Rows in an order: over how many rows they depend, and whether they look ordered.

Of a column the ranks are looked at, and how far they are from their middle (so that a volatility
that lasts is seen too); of labels, the indicators of the commonest. With :math:`\rho_k` their
autocorrelation at k rows apart, n rows tell of a mean what :math:`n / \tau` independent ones do,

.. math::
    \tau = 1 + 2 \sum_{k \le M} \rho_k ,

the integrated autocorrelation time, with M the first window of at least :math:`5\,\tau` rows
(Sokal), and here the largest of the sums up to it. Of an autoregression of slope
:math:`\varphi` it is :math:`(1 + \varphi) / (1 - \varphi)`, and rows so far apart correlate by
:math:`e^{-2}`, their products by :math:`e^{-4}`.

References:
    Sokal, Monte Carlo methods in statistical mechanics, 1997, section 3 (the window). Bartels, The
    rank version of von Neumann's ratio test for randomness, JASA 77, 1982 (the test). Bartlett, On
    the theoretical specification and sampling properties of autocorrelated time-series, Supplement
    to the Journal of the Royal Statistical Society 8, 1946 (products of two series).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minde.columns import Column, Origin, Variable
from minde.errors import InputError
from minde.types import Array, Rows

#: Rows of the window to tau, and times tau that there are rows at least.
WINDOW, LEAST_TIMES = 5.0, 20
#: First rows that the test looks at.
LOOKED_AT = 20_000
#: Labels that are looked at; normal deviates of a rank correlation of neighbours, of which one of
#: twenty thousand columns without an order has as many; rows that the test takes.
LABELS, CERTAIN, LEAST_ROWS = 10, 4.06, 20
#: What to do about rows that are not independent.
MEND = "set order='time' (--time) or name the subjects by groups (--groups)"
#: Of what does not vary, by rounding.
TINY = 1e-9


def gap_of(variables: Sequence[Variable]) -> int:
    """Rows over which rows of some variables depend: the largest tau of their columns.

    Arguments:
        variables: With as many rows each.

    Raises:
        InputError: If these are too few beside it.
    """
    n = len(variables[0])
    longest, name = 1.0, ""
    for variable in variables:
        for column in variable.columns:
            tau = max(map(autocorrelation_time, _series(column.values, column.origin)), default=1.0)
            longest, name = max((longest, name), (tau, column.name))
    gap = math.ceil(longest)
    if n < LEAST_TIMES * gap:
        raise InputError(
            f"order 'time': column '{name}' depends on itself over about {gap} rows, and {n} rows "
            f"are fewer than {LEAST_TIMES} times as many: give a longer series, or its changes "
            "from row to row"
        )
    return gap


def order_warning(
    variables: Sequence[Variable], least: int = 2, mend: str = MEND
) -> tuple[str, ...]:
    """A sentence where rows of so many variables are like the rows beside them.

    Of a table that is grouped by a label the others are looked at within its groups.

    Arguments:
        variables: What there is.
        least: How many of them.
        mend: What to do about it.
    """
    found, group = [], _groups(variables)
    for variable in variables:
        like = ((_neighbours(column, group), column.name) for column in variable.columns)
        r, name = max(like, key=lambda pair: abs(pair[0]))
        n = min(len(variable), LOOKED_AT)
        if n >= LEAST_ROWS and abs(r) * math.sqrt(n) > CERTAIN:
            found.append(f"{name} {r:.2f}")
    if len(found) < least:
        return ()
    return (
        f"rows look ordered (rank correlation of neighbouring rows: {', '.join(found)}): if they "
        "come in time, or several of one subject, the value may be far off and its interval too "
        f"narrow, so {mend}; if the table is merely sorted, all is well",
    )


def autocorrelation_time(x: Array) -> float:
    """Tau of a series (n,), at least 1."""
    return _time(_autocorrelations(x))


def shared_time(
    x: Sequence[tuple[NDArray[Any], Origin]], y: Sequence[tuple[NDArray[Any], Origin]]
) -> float:
    r"""By how much fewer rows tell of what two variables share than if they were in no order.

    Where the two are next to independent, what is read of their product varies as if n were
    :math:`n / \tau`, :math:`\tau = 1 + 2 \sum_k \rho^x_k \rho^y_k` (Bartlett, 1946): not at all
    fewer where either is in no order. Of columns the largest.

    Arguments:
        x: Values of the columns of one, (n,) each, and what they came as.
        y: Of the other.
    """
    of_x, of_y = (
        [
            _autocorrelations(series)
            for values, origin in columns
            for series in _series(values, origin)
        ]
        for columns in (x, y)
    )
    return max((_time(a * b) for a in of_x for b in of_y), default=1.0)


def _autocorrelations(x: Array) -> Array:
    """Of a series (n,), (n,); of one that does not vary as of one without any."""
    n, centred = len(x), x - x.mean()
    power = np.abs(np.fft.rfft(centred, 2 * n)) ** 2
    covariance = np.fft.irfft(power)[:n]
    if covariance[0] <= 1e-12 * n * max(float(np.abs(x).max()), 1e-300) ** 2:
        covariance, covariance[0] = np.zeros(n), 1.0
    found: Array = covariance / covariance[0]
    return found


def _time(autocorrelations: Array) -> float:
    """Their sum on both sides, by Sokal's window."""
    n, tau = len(autocorrelations), 2.0 * np.cumsum(autocorrelations) - 1.0
    enough = np.flatnonzero(np.arange(n) >= WINDOW * tau)
    return max(1.0, float(tau[: enough[0] + 1].max() if len(enough) else n))


def _groups(variables: Sequence[Variable]) -> Rows:
    """Numbers of the groups of rows, where columns of few levels have each in one run."""
    changes = np.zeros(min(len(variables[0]), LOOKED_AT), dtype=np.int64)
    for variable in variables:
        for column in variable.columns:
            values = column.values[:LOOKED_AT]
            new, levels = values[1:] != values[:-1], len(np.unique(values))
            if LEAST_ROWS * levels <= len(values) and new.sum() == levels - 1:
                changes[1:] |= new
    return np.cumsum(changes)


def _neighbours(column: Column, group: Rows) -> float:
    """Largest correlation of a column's ranks, or a label's indicator, with the next row's.

    It is that within groups of rows, unless the column does not vary there.
    """
    found = [0.0]
    for x in _series(column.values[:LOOKED_AT], column.origin):
        centred = x - (np.bincount(group, x) / np.bincount(group))[group]
        products = centred[1:] * centred[:-1] * (group[1:] == group[:-1])
        if float(np.abs(centred).max()) < TINY:
            centred = x - x.mean()
            products = centred[1:] * centred[:-1]
        total = float(centred @ centred)
        found.append(float(products.sum()) / total if total > 0.0 else 0.0)
        if column.origin != "label":
            break
    return max(found, key=abs)


def _series(values: NDArray[Any], origin: Origin) -> Iterator[Array]:
    """What is looked at of a column, (n,) each."""
    place, counts = np.unique(values, return_inverse=True, return_counts=True)[1:]
    if origin == "label":
        for k in np.argsort(-counts)[:LABELS]:
            yield (place == k).astype(np.float64)
        return
    ranks: Array = (np.cumsum(counts) - 0.5 * (counts + 1.0))[place] / len(place)
    yield ranks
    yield np.abs(ranks - 0.5)
