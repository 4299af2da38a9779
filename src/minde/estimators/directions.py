"""Directions: which orders of the variables are averaged, and what networks are read out for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from minde.coding import Side
from minde.estimators.columns_given_labels import columns_apart
from minde.estimators.layout import Layout
from minde.estimators.quantity import MUTUAL, Quantity
from minde.estimators.regressions import FEWEST_COLUMNS, SLIGHT, scores_of, told_of_mean
from minde.readout.measures import Measure

#: Orders that are averaged; of continuous columns of more rows than these, one: what orders differ
#: by is then little beside what they have in common, and each costs as much.
MOST_ORDERS, MANY_ROWS = 2, 3000
Order = tuple[int, ...]


def orders_of(quantity: Quantity, layouts: Mapping[str, Layout]) -> tuple[Order, ...]:
    """The orders to average: those whose last variable is read; the first, if there is none.

    Arguments:
        quantity: What is asked.
        layouts: Of the networks that there are, by name.
    """
    found = []
    for order in quantity.orders:
        layout = layouts.get(quantity.direction(order))
        if layout is not None and _measure(quantity, layout, order) is not None:
            found.append(order)
    return tuple(found[:MOST_ORDERS]) or quantity.orders[:1]


def measures_of(quantity: Quantity, layout: Layout, orders: Sequence[Order]) -> dict[str, Measure]:
    """What a network is read out for, by direction."""
    found = {quantity.direction(order): _measure(quantity, layout, order) for order in orders}
    return {name: measure for name, measure in found.items() if measure is not None}


def layouts_of(
    quantity: Quantity,
    sides: Sequence[Side],
    short: Collection[int],
    gap: int = 0,
    directions: int = MOST_ORDERS,
) -> dict[str, Layout]:
    """Layouts of the networks from which there is something to read.

    Arguments:
        quantity: What is asked.
        sides: The variables.
        short: Those that have values on too few rows to be diffused.
        gap: Rows over which rows in time order depend.
        directions: Orders of continuous variables to average at most.
    """
    names, able = quantity.networks, [k for k, s in enumerate(sides) if s.dim]
    apart = columns_apart(quantity, sides, gap)

    def of(k: int, orders: Sequence[Order]) -> Layout:
        givens = {g for order in orders for g in quantity.terms(k, order)}
        return Layout.of(k, sides, givens, apart=apart.get(k))

    orders = orders_of(quantity, {names[k]: of(k, quantity.orders) for k in able if k not in short})
    one = directions == 1 or len(sides[0]) > MANY_ROWS
    if one and not any(side.sizes for side in sides):
        orders = (_clearest(quantity, sides, orders, gap),)
    layouts = {names[k]: of(k, orders) for k in able}
    return {n: layout for n, layout in layouts.items() if measures_of(quantity, layout, orders)}


def _clearest(
    quantity: Quantity, sides: Sequence[Side], orders: Sequence[Order], gap: int
) -> Order:
    """The order to read alone: the variable that comes last has the mean that bends most.

    Of two alike, and of other quantities, it is the one of fewer columns.
    """
    fewest = min(orders, key=lambda order: sides[order[-1]].dim)
    if quantity != MUTUAL or len(orders) != 2 or sum(s.dim for s in sides) < FEWEST_COLUMNS:
        return fewest
    x, y = scores_of(sides, gap)
    last = fewest[-1]
    told = [told_of_mean(*pair).nats for pair in ((y, x), (x, y))]
    return fewest if told[1 - last] <= told[last] + SLIGHT else fewest[::-1]


def _measure(quantity: Quantity, layout: Layout, order: Order) -> Measure | None:
    return layout.measure(quantity.name, quantity.terms(layout.own, order))
