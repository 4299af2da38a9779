"""Intervals of weak dependence reach as far up as so few rows cannot tell."""

import math

import numpy as np
import pytest

import minde
from minde.readout.student import Z_95
from minde.readout.weak import WEAK, weak_top


@pytest.mark.parametrize("rows", [100, 1000, 50_000])
@pytest.mark.parametrize("value", [0.0, 0.001, 0.01, WEAK])
def test_what_was_read_is_as_far_below_the_end_as_an_interval_of_it_reaches(value, rows):
    top = weak_top(value, rows)
    assert top - value == pytest.approx(Z_95 * math.sqrt(2.0 * top / rows), rel=1e-12)


def test_values_below_zero_count_as_zero_and_strong_ones_are_left_alone():
    assert weak_top(-0.01, 500) == weak_top(0.0, 500) > 0.0
    assert weak_top(WEAK + 0.01, 500) == WEAK + 0.01


@pytest.mark.parametrize("information", [0.002, 0.01, 0.03])
def test_it_holds_weak_information_where_its_own_spread_does_not(information):
    # The most likely value of a normal pair, with its own spread for a standard error.
    n, draws = 300, 4000
    rho = math.sqrt(1.0 - math.exp(-2.0 * information))
    x, noise = np.random.default_rng(0).normal(size=(2, draws, n))
    y = rho * x + math.sqrt(1.0 - rho**2) * noise
    r = ((x - x.mean(1, keepdims=True)) * (y - y.mean(1, keepdims=True))).mean(1)
    r /= x.std(1) * y.std(1)
    read = -0.5 * np.log1p(-(r**2))
    own = read + Z_95 * np.sqrt(2.0 * read / n)
    tops = np.array([weak_top(v, n) for v in read])
    # 4,000 draws: a standard error of 0.0025 at 0.975.
    assert np.mean(tops >= information) > 0.965
    assert np.mean(own >= information) < np.mean(tops >= information) - 0.01


def test_an_estimate_of_nothing_does_not_exclude_what_so_few_rows_may_hide():
    x, y = np.random.default_rng(1).normal(size=(2, 400))
    few = {"n_seeds": 1, "folds": 3, "extrapolate": False}
    model = minde.MINDE(options={"n_steps": 64, "width": 16}, **few)
    found = model.fit(x, y).mutual_information()
    # At a correlation of 0.1 four hundred rows show two standard errors.
    assert found.interval[1] >= weak_top(0.0, 400) > -0.5 * math.log(1.0 - 0.1**2)
