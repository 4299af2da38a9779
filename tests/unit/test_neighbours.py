"""Nearest neighbours beside an estimate: closed forms, invariance, level, and what they mend."""

import math
from dataclasses import replace

import numpy as np
import pytest

from minde.coding import Side
from minde.estimators.estimating import nothing_read
from minde.estimators.neighbours import seen, widened


def side(values):
    values = np.asarray(values, dtype=np.float64)
    values = values.reshape(len(values), -1)
    n, dim = values.shape
    return Side(values, np.empty((n, 0), dtype=np.int64), (), np.ones((n, dim), dtype=bool))


def nothing(n):
    """An estimate of zero, tight about it."""
    found = nothing_read(n, ())
    return replace(found, interval=(-0.005, 0.005), diagnostics={"std_rows": 0.002})


def wave(n, waves=20.0):
    rng = np.random.default_rng(0)
    x = rng.normal(size=n)
    return x, np.sin(waves * x) + 0.5 * rng.normal(size=n)


@pytest.mark.parametrize("rho", [0.0, 0.6, 0.9])
def test_a_normal_pair_is_read_to_its_standard_error(rho):
    x, e = np.random.default_rng(1).normal(size=(2, 2000, 1))
    found = seen(x, rho * x + math.sqrt(1 - rho**2) * e)
    # Three standard errors, and 0.01 for what neighbours at a distance cost.
    assert abs(found.value + 0.5 * math.log(1 - rho**2)) < 3 * found.std_error + 0.01


def test_rising_maps_change_nothing():
    x, y = (v[:, None] for v in wave(500))
    plain, mapped = seen(x, y), seen(np.exp(3 * x), y**3)
    assert mapped.value == pytest.approx(plain.value, abs=1e-12)


@pytest.mark.parametrize("law", ["standard_normal", "standard_cauchy"])
def test_independent_columns_are_seldom_above_chance(law):
    above = 0
    for seed in range(60):
        x, y = getattr(np.random.default_rng(seed), law)(size=(2, 300, 2))
        found = seen(x, y)
        above += found.value > 1.96 * found.std_error
    # 2.5 of 100 by chance: of 60 more than 5 are 1 in 250.
    assert above <= 5


def test_an_interval_about_nothing_is_taken_up_to_what_is_there():
    x, y = wave(3000)
    found = widened(nothing(3000), side(x), side(y))
    # Y has 0.528 nats of X, by quadrature; of them neighbours of so many rows see three quarters.
    assert found.interval[0] == -0.005
    assert 0.528 < found.interval[1] < 1.0
    assert "nearest neighbours read 0.3" in found.warnings[0]


def test_of_nothing_an_interval_stays_what_it_is():
    x, y = np.random.default_rng(2).normal(size=(2, 1000))
    found = nothing(1000)
    assert widened(found, side(x), side(y)) is found


def test_ties_and_many_columns_leave_the_estimate_as_it_is():
    x, y = wave(1000)
    found = nothing(1000)
    assert widened(found, side(np.round(x, 1)), side(y)) is found
    assert widened(found, side(np.column_stack([x, y, x])), side(y)) is found
