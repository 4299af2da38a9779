"""Sentences of warning: each on one side of its limit, and not on the other."""

import numpy as np
import pytest

from minde.options import ReadoutOptions
from minde.readout.estimate import Summary
from minde.readout.names import first_order, first_order_weight, outside, reported_readout, sigma_of
from minde.readout.notes import (
    doubts,
    few_rows_warning,
    rising_warning,
    smallest_times,
    smallest_times_warning,
    unresolved_warning,
)
from minde.readout.student import Z_95

SURE = Summary(1.0, 0.001)


def said(line, found):
    return sum(line in sentence for sentence in found)


def test_the_smallest_times_are_told_of_where_they_are_more_than_chance():
    integrand = np.full(50, 0.01)
    integrand[:3] = 0.04, 0.05, 5.0
    assert smallest_times(integrand) == pytest.approx(0.09)
    assert "0.09 nats" in smallest_times_warning(integrand, 0.08)[0]
    assert "a lower bound" in smallest_times_warning(integrand, 0.08)[0]
    assert "an upper bound" in smallest_times_warning(-integrand, 0.08)[0]
    assert smallest_times_warning(integrand, 0.1) == ()
    assert smallest_times_warning(integrand / 5, 0.0) == ()  # 0.018 nats: of no account
    assert smallest_times_warning(np.array([0.02, 0.0]), 0.0) == ()


def test_many_columns_and_few_rows_are_told_of():
    assert few_rows_warning(3999, 20)
    assert not few_rows_warning(4000, 20)
    assert not few_rows_warning(900, 19)


def test_a_rise_is_told_of_beyond_chance_and_beyond_two_hundredths():
    assert rising_warning(1.0, 0.5, 0.49 / Z_95)
    assert not rising_warning(1.0, 0.5, 0.51 / Z_95)
    assert rising_warning(1.0, 0.979, 0.0)
    assert not rising_warning(0.02, 0.0, 0.0)


def test_structure_that_is_too_fine_is_told_of():
    assert unresolved_warning(0.31)
    assert not unresolved_warning(0.3)


@pytest.mark.parametrize(
    ("apart", "chance", "told"),
    [(0.03, 0.001, True), (0.03, 0.01, False), (0.019, 0.001, False), (4.1, 1.0, True)],
)
def test_readouts_that_differ_by_more_than_chance_are_told_of(apart, chance, told):
    readouts = {"inside": Summary(1.0 + apart, chance), "gap": Summary(1.0, 0.5 * chance)}
    found = doubts(readouts, SURE, 0.0, {})
    assert said(f"the read-outs differ by {apart:.3f} nats", found) == told
    assert said("train longer", found) == told
    # As much as chance allows, or as is of account, is no more than that.
    for most, error in [(2.0 * Z_95 * chance, chance), (0.02, 0.0)]:
        exact = {"inside": Summary(most, error), "gap": Summary(0.0, 0.0)}
        assert not doubts(exact, SURE, 0.0, {})
    given = doubts(readouts, SURE, 0.0, {}, trained=False)
    assert said("the scores given are not quite those of the rows", given) == told


@pytest.mark.parametrize(
    ("moved", "chance", "told"), [(0.03, 0.01, True), (0.03, 0.02, False), (0.019, 0.001, False)]
)
def test_a_value_that_still_moved_is_told_of(moved, chance, told):
    found = doubts({"gap": SURE}, Summary(1.0, chance), moved, {})
    assert said("the value moved by", found) == told


@pytest.mark.parametrize(
    ("apart", "chance", "told"),
    [(0.1, 0.01, True), (0.1, 0.03, False), (0.03, 0.001, True), (0.019, 0.001, False)],
)
def test_directions_that_differ_by_more_than_chance_are_told_of(apart, chance, told):
    # Of two errors e the difference has e sqrt(2): twice 1.96 of that is 0.055 of 0.01.
    sides = {"x|y": Summary(1.0, chance), "y|x": Summary(1.0 + apart, chance)}
    found = doubts({"gap": SURE}, SURE, 0.0, sides)
    assert said("the two directions differ by", found) == told
    # As much as chance allows is no more than that.
    sides = {"x|y": Summary(2.0 * Z_95 * chance, chance), "y|x": Summary(0.0, 0.0)}
    assert not doubts({"gap": SURE}, SURE, 0.0, sides)
    one = {"x|y": Summary(1.0, chance)}
    assert not doubts({"gap": SURE}, SURE, 0.0, one)


def test_which_readout_errs_in_which_order():
    assert first_order(["gap", "inside", "cross"]) == "inside"
    assert first_order(["gap", outside(2.0)]) == "outside-2"
    assert [first_order_weight(n) for n in ("inside", outside(1.0), "cross", "scaled", "gap")] == [
        1.0,
        1.0,
        0.5,
        0.5,
        0.0,
    ]
    assert sigma_of(outside(0.25)) == 0.25
    assert sigma_of("inside") is None


@pytest.mark.parametrize(
    ("asked", "available", "how", "name"),
    [
        ("scaled", ["inside", "gap", "cross", "scaled"], {}, "scaled"),
        ("scaled", ["inside", "gap", "cross", "scaled"], {"cross_fitted": True}, "gap"),
        ("scaled", ["gap", "scaled", "corrected"], {"cross_fitted": True}, "corrected"),
        ("scaled", ["gap", "cross", "scaled"], {"in_time": True}, "cross"),
        ("scaled", ["gap", "cross", "scaled"], {"in_time": True, "cross_fitted": True}, "cross"),
        ("cross", ["gap", "cross", "corrected"], {"cross_fitted": True}, "cross"),
        ("outside", ["outside-3", "gap"], {}, "outside-3"),
        ("outside", ["inside", "gap"], {}, "inside"),
        ("scaled", ["outside-3", "gap"], {}, "gap"),
    ],
)
def test_the_readout_that_is_reported(asked, available, how, name):
    options = ReadoutOptions(reported=asked, sigma_refs=(3.0,))
    assert reported_readout(options, available, **how) == name
