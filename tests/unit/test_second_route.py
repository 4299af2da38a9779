"""Intervals taken up to what nearest neighbours see: what they mend, and what they leave alone."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import minde
from minde.estimators.estimating import nothing_read
from minde.estimators.quantity import CONDITIONAL, o_information_of
from minde.estimators.second_route import widened
from tests.variables import sides

N = 3000
#: Of y = sin(k x) + n / 2 of normal x and n for k of 6 and more, by quadrature.
WAVE = 0.528


def nothing(n=N):
    """An estimate of zero, tight about it."""
    found = nothing_read(n, ())
    return replace(found, interval=(-0.005, 0.005), diagnostics={"std_rows": 0.002})


def wave(times=20.0, n=N):
    rng = np.random.default_rng(0)
    x = rng.normal(size=n)
    return x, np.sin(times * x) + 0.5 * rng.normal(size=n)


def noise(dim, n=N):
    return np.random.default_rng(9).normal(size=(n, dim))


def assert_held(found, truth):
    assert found.interval[0] == -0.005
    assert truth < found.interval[1] < truth + 1.0
    assert "nearest neighbours read 0." in found.warnings[-1]


def assert_taken_up(found, truth):
    """The value is what neighbours see, of what there is a lower bound, and the interval holds."""
    assert_held(found, truth)
    assert 0.2 < found.value < truth + 0.05
    assert found.diagnostics["networks_alone"] == 0.0
    assert found.value == found.diagnostics["neighbours"][0]
    assert found.std_error >= (found.interval[1] - found.value) / 2.0
    assert "the value is mostly theirs" in found.warnings[-1]


def test_of_two_columns_a_wave_that_networks_miss_is_read():
    found = widened(nothing(), sides(*wave()))
    assert 0.1 < found.interval[0] < WAVE < found.interval[1]
    assert abs(found.value - WAVE) < 0.1
    assert "the value is mostly theirs" in found.warnings[-1]


def test_what_is_little_beside_the_doubt_is_the_intervals_alone():
    # Of 300 rows two steps of noise are more than one chance of them, and less than beyond doubt.
    x, y = wave(12.0, 300)
    found = widened(nothing(300), sides(np.c_[x, noise(1, 300)], y))
    assert found.value == 0.0
    assert "the interval is the wider for it" in found.warnings[-1]


@pytest.mark.parametrize(
    "hidden",
    [
        lambda x, y: (np.c_[noise(2), x], y),
        lambda x, y: (np.c_[noise(3), x], np.c_[y, noise(4)[:, 3]]),
        lambda x, y: (np.round(x, 2), np.round(y, 1)),
        lambda x, y: (pd.DataFrame({"x": x, "of": np.array(list("ab"))[np.arange(N) % 2]}), y),
    ],
    ids=["beside two columns", "beside columns of both", "rounded", "beside a label"],
)
def test_a_wave_is_seen_wherever_it_is(hidden):
    assert_taken_up(widened(nothing(), sides(*hidden(*wave()))), WAVE)


def test_a_wave_is_seen_given_what_hides_it():
    x, y = wave(6.0)
    z = 2.0 * noise(1)[:, 0]
    found = widened(nothing(), sides(x, y + z, z, quantity=CONDITIONAL))
    assert_held(found, WAVE)
    # Given what they do not resolve neighbours read too much as well as too little.
    assert found.value == 0.0


def test_a_wave_is_seen_by_weights_and_along_time():
    x, y = wave()
    weights = np.random.default_rng(1).uniform(0.5, 1.5, N)
    assert_taken_up(widened(nothing(), sides(x, y, weights=weights)), WAVE)
    along = widened(nothing(), sides(x, y, gap=2))
    assert_taken_up(along, 0.4)


def test_labels_of_fine_pieces_are_held():
    # Their spacings are edges, of which each costs: 0.39 of 500 rows, of log 2 = 0.693. Neighbours
    # see more.
    for seed in range(6):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=500)
        found = minde.MINDE().fit(x, (np.sin(10 * x) > 0).astype(int)).mutual_information()
        assert found.interval[1] >= 0.69
        assert 0.45 < found.value < 0.7


def test_halves_of_smooth_classes_leave_the_interval_as_it_is():
    widths = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        label = rng.integers(0, 2, 1000)
        x = label + rng.normal(size=1000)
        found = minde.MINDE().fit(x, label).mutual_information()
        widths.append(found.interval[1] - found.interval[0])
        # By quadrature.
        assert found.interval[0] < 0.111 < found.interval[1]
    # 1.96 standard deviations of the pointwise information, 0.46, over the root of 1,000.
    assert np.median(widths) < 2 * 1.96 * 0.46 / np.sqrt(1000) * 1.6


def test_of_nothing_an_interval_stays_what_it_is():
    x, y = np.random.default_rng(2).normal(size=(2, N))
    found = nothing()
    assert widened(found, sides(x, y)) is found
    assert widened(found, sides(np.c_[x, noise(4)], y)) is found
    assert widened(found, sides(x, (y > 0).astype(int))) is found


INTERACTION = o_information_of(("x", "y", "z"))


def product(n=1000, seed=0):
    """Three columns, two of which tell nothing of one another; the third has their sign."""
    x, y, size = np.random.default_rng(seed).normal(size=(3, n))
    return x, y, np.sign(x * y) * np.abs(size)


def test_a_signed_quantity_is_taken_to_the_side_that_neighbours_see():
    found = widened(nothing(1000), sides(*product(), quantity=INTERACTION))
    # I(X; Y) - I(X; Y | Z), of which the first is nothing and the sign tells one bit of the other.
    assert found.interval[0] < -np.log(2) < found.interval[0] + 1.0
    assert found.interval[1] == 0.005
    assert "nats, other than the value by more than chance" in found.warnings[-1]
    # One column three times: redundant, without end but for rounding.
    x = product()[0]
    close = (x + 0.1 * noise(3, 1000)[:, k] for k in range(3))
    up = widened(nothing(1000), sides(*close, quantity=INTERACTION))
    assert up.interval[0] == -0.005
    assert up.interval[1] > 1.0


def test_what_neighbours_see_nearer_to_zero_is_what_they_miss():
    whole = replace(nothing(1000), value=-np.log(2), interval=(-0.72, -0.67))
    assert widened(whole, sides(*product(), quantity=INTERACTION)) is whole


def test_two_weak_signs_are_one_where_neither_would_do():
    x, y, z = product(seed=3)
    low = replace(nothing(1000), value=0.465, interval=(0.31, 0.61), diagnostics={"std_rows": 0.02})
    found = widened(low, sides(x, np.c_[y, z]))
    # Neighbours read 0.53 with an error of 0.027, and 0.03 to 0.04 less by halves of the rows.
    assert found.interval[1] > np.log(2)
    near = replace(low, value=0.53, interval=(0.31, 0.61))
    assert widened(near, sides(x, np.c_[y, z])) is near


def test_much_that_is_given_and_signed_of_many_columns_are_left_alone():
    x, y = wave()
    found, z = nothing(), noise(1)[:, 0]
    assert widened(found, sides(x, y, z, quantity=INTERACTION)) is found
    assert widened(found, sides(x, y, noise(3), quantity=CONDITIONAL)) is found
    a, b, c = product()
    few = nothing(1000)
    many = sides(np.c_[a, noise(1, 1000)], np.c_[b, noise(2, 1000)[:, 1]], c, quantity=INTERACTION)
    assert widened(few, many) is few


def test_no_interval_leaves_what_is_possible():
    rng = np.random.default_rng(3)
    x = rng.normal(size=N)
    label = (np.sin(30 * x) > 0).astype(int)
    found = widened(nothing(), sides(x, label))
    # The entropy of a balanced label, and the chance of its frequency.
    assert 0.68 < found.interval[1] < np.log(2) + 0.01
