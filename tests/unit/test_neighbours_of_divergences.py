"""The second route of divergences of few columns: nearest neighbours."""

import math
from dataclasses import replace

import numpy as np
import pytest

from minde.estimators.estimating import nothing_read
from minde.estimators.neighbours_of_kl import by_neighbours, with_neighbours
from minde.estimators.support import Both
from tests.conftest import in_ball, log_volume


def ball(dim):
    """Uniform in the unit ball and in its cube, and the divergence of the first."""
    draws = lambda rng, n: in_ball(rng, n, dim), lambda rng, n: rng.uniform(-1, 1, (n, dim))
    return *draws, dim * math.log(2.0) - log_volume(dim)


def normal(dim, mean=0.0, scale=1.0):
    return lambda rng, n: mean + scale * rng.normal(size=(n, dim))


#: Two laws and their divergence.
LAWS = {
    "a disk in its square": ball(2),
    "a ball in its cube": ball(3),
    "in four columns": ball(4),
    "in five": ball(5),
    "half a deviation apart": (normal(2, 0.5), normal(2), 0.25),
    "five times": (normal(5, 0.5), normal(5), 0.625),
    "narrower": (normal(4, 0.0, 0.7), normal(4), 4 * (0.245 - 0.5 - math.log(0.7))),
    "the same": (normal(3), normal(3), 0.0),
}


@pytest.mark.parametrize(("p", "q", "truth"), LAWS.values(), ids=LAWS)
def test_neighbours_read_the_divergence(p, q, truth):
    draws = [
        (p(np.random.default_rng(k), 1000), q(np.random.default_rng(9 + k), 1000))
        for k in (0, 1, 2)
    ]
    values, errors = np.array([by_neighbours(Both.of(*draw)) for draw in draws]).T
    # Three draws of fixed seeds: four standard errors of their mean.
    assert abs(values.mean() - truth) < 4 * errors.mean() / 3**0.5


def read(value, std_error):
    found = replace(nothing_read(2000, ()), value=value, std_error=std_error)
    reach = 1.96 * std_error
    diagnostics = {"degrees_of_freedom": 1e6}
    return replace(found, interval=(value - reach, value + reach), diagnostics=diagnostics)


def test_what_neighbours_read_more_is_in_the_upper_end_alone():
    rng = np.random.default_rng(0)
    disk, square, truth = ball(2)
    p, q = disk(rng, 2000), square(rng, 2000)
    value, std_error = by_neighbours(Both.of(p, q))
    e = with_neighbours(read(0.1, 0.01), Both.of(p, q))
    assert e.value == 0.1
    assert e.interval[0] == pytest.approx(0.1 - 0.0196)
    assert e.interval[1] == pytest.approx(value + 1.96 * std_error, rel=1e-3)
    assert e.interval[1] > truth
    assert any("nearest neighbours read" in w for w in e.warnings)
    # Where they read less nothing changes, nor of many columns or of an open end.
    high = read(0.5, 0.01)
    assert with_neighbours(high, Both.of(p, q)).interval == pytest.approx(high.interval)
    assert with_neighbours(high, Both.of(p, q)).warnings == ()
    endless = replace(read(0.1, 0.01), interval=(0.08, math.inf))
    assert with_neighbours(endless, Both.of(p, q)) is endless
    low = read(0.1, 0.01)
    assert with_neighbours(low, Both.of(*(np.hstack([x, x, x]) for x in (p, q)))) is low
    assert with_neighbours(low, Both.of(p[:8], q)) is low  # rows too few


def test_rows_that_repeat_are_no_error():
    rng = np.random.default_rng(0)
    q = rng.normal(size=(400, 2))
    assert by_neighbours(Both.of(np.repeat(q[:40], 10, axis=0), q)) == (0.0, 0.0)
    # A few of them hardly change what the others tell.
    p = rng.normal(size=(400, 2))
    plain, some = (
        by_neighbours(Both.of(p, q))[0],
        by_neighbours(Both.of(np.vstack([p, p[:1].repeat(12, 0)]), q))[0],
    )
    assert some == pytest.approx(plain, abs=0.1)
