"""Conditional information where what is given was not learned: the interval goes down for it."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

import minde
from minde.estimators.confounding import _taken_down, with_confounding
from minde.estimators.estimating import nothing_read
from minde.estimators.quantity import CONDITIONAL, MUTUAL
from minde.readout.estimate import Summary
from tests import variables

sides = partial(variables.sides, quantity=CONDITIONAL)
N = 1000


def wave(times=12.0, seed=0):
    """X and Y follow one wave of Z, and given Z they know nothing of one another."""
    g = np.random.default_rng(seed)
    z = g.normal(size=N)
    return *(np.sin(times * z) + 0.3 * g.normal(size=(2, N))), z


def read(value=0.57, reach=0.15):
    found = nothing_read(N, ())
    return replace(found, value=value, interval=(value - reach, value + reach))


def down(found, both, learned, own=0):
    return _taken_down(found, both, np.arange(N), own, Summary(learned, 0.02))


def test_what_a_wave_makes_two_share_is_no_lower_end():
    found = down(read(), sides(*wave()), 0.0)
    assert found.interval == (0.0, read().interval[1])
    assert found.value == read().value
    assert "z tells 0." in found.warnings[-1]
    assert "learned 0.00" in found.warnings[-1]


@pytest.mark.parametrize(
    "also",
    [
        lambda x, y, z, e: (np.c_[x, e[0]], y, z),
        lambda x, y, z, e: (x, y, np.c_[e.T, z]),
        lambda x, y, z, e: (x, (y > 0).astype(int), z),
        lambda x, y, z, e: (x, y, np.round(z, 2)),
    ],
    ids=["beside a column of x", "beside columns that are given", "and a label", "rounded"],
)
def test_so_it_is_wherever_the_wave_is(also):
    e = np.random.default_rng(7).normal(size=(3, N))
    assert down(read(), sides(*also(*wave(6.0), e)), 0.0).interval[0] < 0.1


def test_of_what_was_learned_nothing_is_taken():
    # Of a wave of two Z tells about one nat of X.
    found = read()
    assert down(found, sides(*wave(2.0)), 1.1) is found


def test_it_goes_down_by_what_is_missing_and_not_below_zero():
    g = np.random.default_rng(1)
    z = g.normal(size=N)
    x, y = z + g.normal(size=(2, N))
    both, sure = sides(x, y, z), read(3.0)
    ends = [down(sure, both, learned).interval[0] for learned in (-0.4, 0.0, 0.2)]
    assert 0.0 < ends[0] < ends[1] < ends[2] < sure.interval[0]
    assert ends[1] - ends[0] == pytest.approx(0.4)
    # Nothing is left to take of an interval that holds zero.
    none = read(0.1)
    assert down(none, both, 0.0) is none


def test_what_z_knows_nothing_of_stays_as_it_is():
    g = np.random.default_rng(2)
    taken = 0
    for _ in range(40):
        x, y, z = g.normal(size=(3, N))
        found = read()
        taken += down(found, sides(x, x + y, z), 0.0) is not found
    # By chance one in eighty.
    assert taken <= 2


def test_other_quantities_stay_as_they_are():
    x, y, _ = wave()
    found = read()
    assert with_confounding(found, sides(x, y, quantity=MUTUAL), {}, {}) is found


def test_networks_that_have_not_learned_a_wave_say_so(monkeypatch):
    monkeypatch.setattr("minde.estimators.multivariate.GivenMeans.told", lambda *_: None)
    options = {"n_steps": 64}
    x, y, z = wave()
    found = minde.conditional_mutual_information(x, y, z, options=options)
    # 0.57 [0.40, 0.73] nats were read here where there are none.
    assert found.interval[0] == 0.0
    assert "z tells" in found.warnings[-1]
    other = minde.conditional_mutual_information(y, np.c_[x, z], z + 3.0 * x, options=options)
    assert not any("tells" in line for line in other.warnings)


def test_networks_that_have_learned_what_is_given_stay():
    g = np.random.default_rng(3)
    z = g.normal(size=N)
    x = z + g.normal(size=N)
    y = x + g.normal(size=N)
    found = minde.conditional_mutual_information(x, y, z, options={"n_steps": 64})
    precision = np.linalg.inv(np.cov([x, y, z]))
    partial = precision[0, 1] ** 2 / (precision[0, 0] * precision[1, 1])
    assert found.interval[0] > 0.2
    # Of these rows; networks of as few steps are off by little, for the law is normal.
    assert found.value == pytest.approx(-0.5 * np.log(1.0 - partial), abs=0.03)
    assert not any("tells" in line for line in found.warnings)
