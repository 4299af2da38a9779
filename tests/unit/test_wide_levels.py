"""KL of ordered columns of many levels: those that q lacks are no proof of anything."""

import math

import numpy as np
import pytest

import minde
from minde.columns import numbers
from minde.estimators.wide_levels import with_wide_levels_spread


def ages(seed, rows=400, mean=45.0):
    return np.round(np.random.default_rng(seed).normal(mean, 15.0, rows))


@pytest.mark.parametrize("seed", range(6))
def test_ages_of_one_law_do_not_diverge(seed):
    found = minde.kl_divergence(ages(seed), ages(seed + 100))
    # One interval of 95% for each of six fixed draws.
    assert found.interval[0] <= 0.0 <= found.interval[1] < 0.2
    assert any("read as continuous" in line for line in found.warnings)


def test_rounded_numbers_diverge_as_their_laws_do():
    held = 0
    for seed in range(10):
        p, q = (np.round(ages(s, 1000, m) / 15.0, 1) for s, m in ((seed, 45.0), (seed + 50, 52.5)))
        found = minde.kl_divergence(p, q)
        held += found.interval[0] <= 0.125 <= found.interval[1]
        assert found.interval[1] - found.interval[0] < 0.2
    assert held >= 9


def test_counts_that_q_has_all_of_are_counted():
    p, q = np.repeat(np.arange(12), 20), np.repeat(np.arange(12), 40)
    assert minde.kl_divergence(p, q).kind == "discrete"


def test_what_was_asked_to_be_discrete_stays_so():
    found = minde.kl_divergence(ages(0), ages(100), kinds={"p": "discrete"})
    assert (found.kind, math.isfinite(found.value)) == ("discrete", True)
    assert any("levels that q has none of: it may be infinite" in line for line in found.warnings)


def test_values_are_spread_alike_in_both_and_keep_their_order():
    p, q = np.arange(20.0), np.repeat(np.arange(0.0, 20.0, 2.0), 40)
    both = tuple(numbers(np.repeat(values, 20)[:, None], "p") for values in (p, q))
    first, second, told = with_wide_levels_spread(*both, None)
    for before, after in zip(both, (first, second), strict=True):
        moved = after.columns[0].values - before.columns[0].values
        assert np.abs(moved).max() <= 0.5
        assert len(np.unique(after.columns[0].values)) == len(before)
    assert len(told) == 1
    assert with_wide_levels_spread(first, second, None) == (first, second, ())


def test_few_levels_are_not_spread():
    both = tuple(numbers(np.repeat(np.arange(k), 50.0)[:, None], "p") for k in (9.0, 8.0))
    assert with_wide_levels_spread(*both, None)[2] == ()
