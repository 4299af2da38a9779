"""The statistic of a test of independence, and its values under permutations, part by part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from minde.coding import Side
from minde.columns import Variable
from minde.discrete.shannon import counted
from minde.ensemble.ensemble import Ensemble
from minde.ensemble.permuted import read_pairings
from minde.errors import InputError
from minde.estimators.coding import Coding
from minde.estimators.columns_given_labels import columns_apart, told_by_labels
from minde.estimators.counting import codes_of
from minde.estimators.distance_covariance import FOLD, MOST_ROWS, DistanceCovariance, larger, places
from minde.estimators.given_means import without_means
from minde.estimators.layout import Layout
from minde.estimators.networks import Network, networks
from minde.estimators.networks import within as cut_to
from minde.estimators.permutations import by_blocks, cells_of, within
from minde.estimators.quantity import CONDITIONAL, Quantity
from minde.estimators.settings import Settings
from minde.estimators.sides import Sides
from minde.kinds import Kind
from minde.seeding import derive
from minde.training.job import Fold
from minde.types import Array, Rows

#: Rows that networks are trained and tested on at least.
LEAST_ROWS = 100
#: Noisy points per row at most, and of all rows that test about; more rows need fewer each.
MOST_DRAWS, ALL_DRAWS = 10, 20_000
#: Blocks that change places, at least: they have 120 orders.
LEAST_BLOCKS = 5
#: Place of y among the variables.
Y = 1


@dataclass(frozen=True)
class PermutationTest:
    """What is tested, on which rows.

    Attributes:
        quantity: Mutual information, or conditional.
        sides: The variables, y the second of them.
        layouts: Of the networks there are to train, by name.
        apart: By variable the column of which spacings tell what labels do.
        folds: Rows that train and that test; of one part where nothing trains.
        settings: How to fit.
        blocks: Length of blocks that change places as a whole.
        places: Where rows of x and y lie, by scores and folded; none where counts say it all.
    """

    quantity: Quantity
    sides: tuple[Side, ...]
    layouts: Mapping[str, Layout]
    apart: Mapping[int, int]
    folds: tuple[Fold, ...]
    settings: Settings
    blocks: int | None
    places: tuple[tuple[Array, Array], ...]

    @classmethod
    def of(
        cls,
        quantity: Quantity,
        variables: Sequence[Variable],
        asked: Mapping[tuple[str, str], Kind],
        settings: Settings,
        blocks: int | None,
    ) -> PermutationTest:
        """Decide what is read of the variables, and by which rows.

        What depends on how x and y pair, such as which column labels tell most of, is decided on a
        random order of y, so that it has nothing to do with the order that is tested.

        Raises:
            InputError: If rows are too few to train on and test, or given is of several
                continuous columns.
        """
        n, seed = len(variables[0]), settings.random_state
        codings = [Coding.fit(v, asked) for v in variables]
        if all(coding.discrete for coding in codings):
            sides = tuple(_counted(c, v) for c, v in zip(codings, variables, strict=True))
            layouts, apart, near = {}, {}, 0
        else:
            order = np.random.default_rng(derive(seed, "decided")).permutation(n)
            shuffled = [v.at(order) if k == Y else v for k, v in enumerate(variables)]
            decided = Sides.fit(shuffled, asked, seed, quantity)
            near = decided.sides[-1].dim if quantity == CONDITIONAL else 0
            if near > 1:
                raise InputError(
                    f"independence_test: given has {near} continuous columns; rows are not near "
                    "enough in so many for a test to hold its level. Give one, or labels of "
                    "groups, or read the interval of conditional_mutual_information (minde "
                    "conditional)"
                )
            pairs = zip(decided.codings, variables, strict=True)
            sides = tuple(c.encode(v, derive(seed, "spread", v.name)) for c, v in pairs)
            sides = without_means(replace(decided, sides=sides), settings)
            layouts, apart = decided.layouts, columns_apart(quantity, decided.sides)
        folds: tuple[Fold, ...] = (Fold(np.empty(0, dtype=np.int64), np.arange(n)),)
        if layouts:
            folds = _halves(n, settings.random_state if blocks is None else None)
        fewest = min(len(fold.test) for fold in folds)
        if blocks is not None and fewest < LEAST_BLOCKS * blocks:
            raise InputError(
                f"independence_test: {fewest} rows that test hold no {LEAST_BLOCKS} blocks of "
                f"{blocks}; make blocks shorter, or give more rows"
            )
        of_distances = _places(codings[:2], variables[:2]) if near == 0 else ()
        return cls(quantity, sides, layouts, apart, folds, settings, blocks, of_distances)

    def run(self, permutations: int) -> list[Array]:
        """Statistics of each part: of the order that was observed, then of random ones, nats."""
        found = networks(self.quantity, self.layouts, self.sides, self.settings.random_state)
        jobs = {
            (k, name): self.settings.job(
                network.rows, network.family, cut_to((fold,), network.alive)
            )
            for k, fold in enumerate(self.folds)
            for name, network in found.items()
        }
        trained = self.settings.train([*jobs.values()])
        ensembles = dict(zip(jobs, trained, strict=True))
        out = []
        for k, fold in enumerate(self.folds):
            sides = tuple(side.some(fold.test) for side in self.sides)
            orders = self._orders(sides, permutations, k)
            known = np.array([self._known(_paired(sides, order)) for order in orders])
            own = {name: ensembles[k, name] for name in found}
            out.append(known + self._gains(found, own, sides, orders))
        return out

    def distances(self, permutations: int) -> Array | None:
        """Distance covariance of all rows: of the observed order, then of random ones.

        None where given is continuous, for what x and y both follow within a cell would count, and
        where no column has an order.
        """
        if not self.places:
            return None
        n, seed = len(self.sides[0]), derive(self.settings.random_state, "distances")
        some = np.arange(min(n, MOST_ROWS))
        if self.blocks is None and n > MOST_ROWS:
            some = np.sort(np.random.default_rng(seed).choice(n, MOST_ROWS, replace=False))
        sides = [side.some(some) for side in self.sides]
        orders, cells = self._orders(sides, permutations, len(self.folds)), self._cells(sides)
        return larger(
            DistanceCovariance.of(x[some], y[some], cells, seed).under(orders)
            for x, y in self.places
        )

    def _orders(self, sides: Sequence[Side], permutations: int, part: int) -> list[Rows]:
        """The observed order of y and random ones, (m,) each."""
        m, draws = len(sides[0]), range(permutations)
        rng = np.random.default_rng(derive(self.settings.random_state, "orders", part))
        if self.blocks is not None:
            return [np.arange(m), *(by_blocks(m, self.blocks, rng) for _ in draws)]
        cell = self._cells(sides)
        return [np.arange(m), *(within(cell, rng) for _ in draws)]

    def _cells(self, sides: Sequence[Side]) -> Rows:
        """Cells within which y changes places, (m,)."""
        if self.quantity.given:
            return cells_of(sides[-1])
        return np.zeros(len(sides[0]), dtype=np.int64)

    def _known(self, sides: Sequence[Side]) -> float:
        """What takes no network: counts and spacings."""
        value, columns = 0.0, told_by_labels(self.quantity, sides, self.apart)
        if columns is not None:
            value += columns.value
        groups = self.quantity.labels([k for k, side in enumerate(sides) if side.sizes])
        if groups:
            value += counted([(a, codes_of(sides, sorted(g))) for g, a in groups.items()]).value
        return value

    def _gains(
        self,
        found: Mapping[str, Network],
        ensembles: Mapping[str, Ensemble],
        sides: Sequence[Side],
        orders: Sequence[Rows],
    ) -> Array:
        """What networks tell under each order, mean over directions, (orders,)."""
        m, out = len(sides[0]), np.zeros(len(orders))
        n_draws = int(np.clip(ALL_DRAWS // m, 2, MOST_DRAWS))
        directions = {d for network in found.values() for d in network.measures}
        for name, layout in self.layouts.items():
            alive = sides[layout.own].alive.any(axis=1)
            if not alive.any():
                continue
            seed = derive(self.settings.random_state, "fill", name)

            def rows_of(order: Rows, layout: Layout = layout, seed: int = seed) -> Array:
                rows = layout.rows(_paired(sides, order, layout.own), seed)
                there: Array = rows[sides[layout.own].alive.any(axis=1)]
                return there

            noise = derive(self.settings.random_state, "noise", name)
            for measure in found[name].measures.values():
                read = read_pairings(ensembles[name], orders, rows_of, measure, n_draws, noise)
                out += read * float(alive.mean()) / len(directions)
        return out


def _places(
    codings: Sequence[Coding], variables: Sequence[Variable]
) -> tuple[tuple[Array, Array], ...]:
    """Where rows of x and y lie, if the order of some column's values says anything."""
    both = [*zip(codings, variables, strict=True)]
    ordered = any(
        coder.ordered and len(np.unique(v.columns[place].values)) > 2
        for c, v in both
        for coder, place in zip(c.coders, c.places, strict=True)
    )
    x, y = ([places(c, v, fold) for fold in (0.0, FOLD)] for c, v in both)
    return tuple(zip(x, y, strict=True)) if ordered else ()


def _halves(n: int, seed: int | None) -> tuple[Fold, ...]:
    """Halves of n rows, each tested by networks of the other; in their order without a seed.

    Raises:
        InputError: If there are too few rows.
    """
    if n < LEAST_ROWS:
        raise InputError(
            f"independence_test: {n} rows are too few to train on some and test on others; give "
            f"{LEAST_ROWS} or more"
        )
    order = np.arange(n)
    if seed is not None:
        order = np.random.default_rng(derive(seed, "parts")).permutation(n)
    first, second = np.array_split(order, 2)
    return Fold(first, second), Fold(second, first)


def _paired(sides: Sequence[Side], order: Rows, own: int = 0) -> tuple[Side, ...]:
    """Rows with y in an order, as a network sees them that diffuses ``own``, which stays."""
    if own != Y:
        return tuple(s.some(order) if k == Y else s for k, s in enumerate(sides))
    back = np.argsort(order)
    return tuple(s if k == Y else s.some(back) for k, s in enumerate(sides))


def _counted(coding: Coding, variable: Variable) -> Side:
    codes = coding.levels(variable)
    sizes = tuple(int(column.max()) + 1 for column in codes.T)
    return Side(np.empty((len(codes), 0)), codes, sizes, (False,) * len(sizes))
