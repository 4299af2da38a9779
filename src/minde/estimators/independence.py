r"""A permutation test of independence whose statistic trained networks read on unseen rows.

Networks that were trained on some rows are a fixed function of others. With the loss
:math:`L(x \mid y)` of denoising x given y, the statistic on m rows that no network has seen,

.. math::
    T(\pi) = \frac1m \sum_i \left[ L(x_i) - L(x_i \mid y_{\pi(i)}) + L(y_{\pi(i)}) - L(y_{\pi(i)}
    \mid x_i) \right] ,

is what knowing the other side gains there, nats. Given the rows that trained and the values of x
and y, all orders of y are as likely if X and Y are independent, and so the rank of the order that
was observed among random ones is uniform: the p-value of Phipson and Smyth,
:math:`(1 + \#\{T(\pi_b) \ge T\}) / (B + 1)`, holds its level for any network and any law.

Networks of one half of the rows test the other half, and the other way about. Each p-value holds
its level, but the two are not independent, for either half has trained what tests the other: so
twice the smaller is taken, which holds whatever they have to do with one another (Bonferroni). To
permute all folds of a cross-fitting at once and add them up would not: what two folds have in
common by chance counts in both, and the permutations do not know it.

What labels tell of one another or of one column takes no network: it is counted and read from
spacings, and tested on all rows at once.

Half of the rows train, and so few rows show little. Distance covariance trains nothing and is
tested on all of them (``minde.estimators.distance_covariance``): of few rows it finds more than
networks do. Half of the level is for it and half for the rest (Bonferroni again).

References:
    Phipson, Smyth, Permutation p-values should never be zero, Statistical Applications in Genetics
    and Molecular Biology 9, 2010. Vovk, Wang, Combining p-values via averaging, Biometrika 107,
    2020 (what holds under any dependence). Runge, Conditional independence testing based on a
    nearest-neighbor estimator of conditional mutual information, AISTATS 2018 (permutations among
    rows that are near in z).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from minde.errors import InputError
from minde.estimators.minde import MINDE
from minde.estimators.multivariate import conditional_mutual_information
from minde.estimators.permutation_test import PermutationTest
from minde.estimators.quantity import CONDITIONAL, MUTUAL
from minde.estimators.settings import Settings, cross_fitted
from minde.inputs import read_variables
from minde.kinds import Kind, asked_kinds
from minde.reading.groups import one_of_each_group
from minde.readout.estimate import MIEstimate
from minde.readout.units import conversion
from minde.seeding import derive
from minde.types import Array

#: Permutations of which four times the smallest p-value, as the halves' networks count it, is 0.05.
FEWEST = 79
#: Names of the tests.
DISTANCES, COUNTED = "distance covariance", "counts and spacings"
OF_HALVES = ("networks, first half", "networks, second half")
#: Differences of statistics that are rounding.
ROUNDING = 1e-12
NEAR = (
    "given is continuous: y changes places among rows that are near in it, and the p-value holds "
    "its level approximately"
)
IN_TIME = (
    "the p-value is right as far as blocks are independent of one another; the estimate's interval "
    "takes all rows to be"
)


@dataclass(frozen=True)
class IndependenceTest:
    """What a test of independence found.

    Attributes:
        p_value: Chance of a statistic as large if there is no dependence.
        statistic: Information on the rows that tested, as unseen rows tell it, nats; below zero
            where what was learned from the others is worth nothing.
        estimate: The mutual information itself, with its interval.
        permutations: Of each test.
        p_values: Of each test by itself: ``distance covariance`` of all rows, unless given is
            continuous or no column has an order; ``networks, first half`` and ``networks, second
            half``, or ``counts and spacings`` where none is trained.
        exact: Whether the level holds by construction; else approximately.
        n_test: Rows that tested.
        warnings: What to be careful about.
    """

    p_value: float
    statistic: float
    estimate: MIEstimate = field(repr=False)
    permutations: int
    p_values: Mapping[str, float]
    exact: bool
    n_test: int
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """One sentence."""
        low, high = self.estimate.interval
        return (
            f"p = {self.p_value:.2g} for independence ({self.permutations} permutations, "
            f"{self.n_test} rows); {self.estimate.value:.3f} {self.estimate.unit}, 95% interval "
            f"[{low:.3f}, {high:.3f}]"
        )

    def to(self, unit: str) -> IndependenceTest:
        """The same in another unit, ``nats`` or ``bits``."""
        estimate = self.estimate.to(unit)
        by = conversion(self.estimate.unit, unit)
        return replace(self, statistic=by * self.statistic, estimate=estimate)

    def to_records(self) -> list[dict[str, Any]]:
        """One row: p_value, statistic, n_test, and what a table says of the estimate."""
        own = {"p_value": self.p_value, "statistic": self.statistic, "n_test": self.n_test}
        return [{**own, **self.estimate.record()}]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "p_value": self.p_value,
            "statistic": self.statistic,
            "permutations": self.permutations,
            "p_values": dict(self.p_values),
            "exact": self.exact,
            "n_test": self.n_test,
            "warnings": list(self.warnings),
            "estimate": self.estimate.to_dict(),
        }


def independence_test(
    x: Any,
    y: Any,
    *,
    given: Any = None,
    groups: Any = None,
    permutations: int = 200,
    blocks: int | None = None,
    kinds: Mapping[str, Kind] | None = None,
    settings: Settings | None = None,
    **options: Any,
) -> IndependenceTest:
    """Test whether X and Y are independent, or independent given Z, by permutations.

    The p-value of independence is exact for rows that are independent of one another, whatever
    their laws: at most 5 of 100 are below 0.05 where there is no dependence. So is the one given a
    discrete Z, such as the subject or batch that rows belong to, within whose levels y changes
    places. Given one continuous column it does so among rows that are near in it, and the level
    holds approximately; given several it would not (17 of 100 false alarms of three columns and
    300 rows), and they are refused.

    Arguments:
        x: (rows, dim_x) or (rows,); numbers, truth values or labels.
        y: (rows, dim_y) or (rows,).
        given: Z, (rows, dim_z) or (rows,); none for plain independence.
        groups: (rows,), which rows belong together (see :meth:`minde.MINDE.fit`): of each a row is
            drawn that tests, and all are read for the estimate.
        permutations: How many, for each test there is (see ``IndependenceTest.p_values``).
        blocks: Length of blocks of consecutive rows that change places as a whole, for rows in
            time: longer than what lies in them stays alike.
        kinds: ``continuous``, ``discrete`` or ``categorical`` by name of a column, or of a variable
            (``x``, ``y``, ``z`` for what is given) for all of its columns; the rest is inferred.
        settings: How to fit; by default one seed, and five folds for the estimate.
        **options: Fields of :class:`Settings` to replace.

    Returns:
        The p-value with the statistic and the estimate.

    Raises:
        InputError: If the samples cannot be used, or are too few.

    Examples:
        >>> import numpy as np
        >>> import minde
        >>> rng = np.random.default_rng(0)
        >>> x = rng.integers(0, 3, size=300)
        >>> bool(minde.independence_test(x, x + rng.integers(0, 3, size=300)).p_value < 0.01)
        True
    """
    chosen = cross_fitted(settings, options)
    _check(permutations, blocks, given)
    if chosen.order is not None and blocks is None:
        raise InputError(
            "independence_test: rows in time order change places in blocks, not one by one; set "
            "blocks (--blocks) to more rows than depend on one another"
        )
    samples = {"x": x, "y": y} | ({} if given is None else {"z": given})
    read, told = read_variables(samples, option="", keep_constants=True, groups=groups)
    # Blocks are of rows in time, of which none is a copy.
    in_order = chosen if blocks is None else replace(chosen, order="time")
    variables, copies = in_order.apart([*read.values()])
    if blocks is not None and variables[0].groups is not None:
        raise InputError("independence_test: blocks and groups do not go together; leave out one")
    quantity = MUTUAL if given is None else CONDITIONAL
    alone = one_of_each_group(variables, derive(chosen.random_state, "groups"))
    test = PermutationTest.of(quantity, alone, asked_kinds(alone, kinds), chosen, blocks)
    if given is None:
        model = MINDE(**vars(chosen), kinds=dict(kinds or {}))
        estimate = model.fit(*variables).mutual_information()
    else:
        estimate = conditional_mutual_information(*variables, kinds=kinds, settings=chosen)
    found, distances = test.run(permutations), test.distances(permutations)
    own, rows = [*map(_p_value, found)], [len(fold.test) for fold in test.folds]
    p_values = dict(zip(OF_HALVES if test.layouts else (COUNTED,), own, strict=True))
    p_value = bonferroni(own)
    if distances is not None:
        p_values = {DISTANCES: _p_value(distances), **p_values}
        p_value = bonferroni([p_values[DISTANCES], p_value])
    near = given is not None and test.sides[-1].dim > 0
    warnings = [
        *told,
        *copies,
        *estimate.warnings,
        *([NEAR] if near else []),
        *([IN_TIME] if blocks is not None else []),
    ]
    return IndependenceTest(
        p_value,
        float(np.average([values[0] for values in found], weights=rows)),
        estimate,
        permutations,
        p_values,
        not near and blocks is None,
        sum(rows),
        tuple(warnings),
    )


def bonferroni(p_values: Sequence[float]) -> float:
    """One p-value of several that may have anything to do with one another."""
    return min(1.0, len(p_values) * min(p_values))


def _p_value(statistics: Array) -> float:
    """Of the first statistic among all."""
    first = statistics[0] - ROUNDING * max(1.0, abs(float(statistics[0])))
    return float((statistics >= first).mean())


def _check(permutations: int, blocks: int | None, given: Any) -> None:
    if permutations < FEWEST:
        raise InputError(
            f"independence_test: of {permutations} permutations no p-value is 0.05 or less; take "
            f"{FEWEST} or more"
        )
    if blocks is not None and blocks < 1:
        raise InputError(f"independence_test: blocks is a number of rows, got {blocks}")
    if blocks is not None and given is not None:
        raise InputError("independence_test: blocks and given do not go together; leave out one")
