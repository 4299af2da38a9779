"""The second route of divergences of few columns: nearest neighbours."""

import math
from dataclasses import replace

import numpy as np
import pytest

from minde.estimators.estimating import nothing_read
from minde.estimators.neighbours_of_kl import by_neighbours, with_neighbours
from minde.estimators.support import Both


def disk(rng, n):
    angle, radius = rng.uniform(0, 2 * math.pi, n), np.sqrt(rng.random(n))
    return radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])


def square(rng, n):
    return rng.uniform(-1, 1, (n, 2))


def normal(rng, n):
    return rng.normal(size=(n, 2))


def shifted(rng, n):
    return 0.5 + rng.normal(size=(n, 2))


#: Two laws, their divergence, and how far below it neighbours may read with 2,000 rows.
LAWS = {
    "a disk in its square": (disk, square, math.log(4 / math.pi), 0.03),
    "half a deviation apart": (shifted, normal, 0.25, 0.03),
    "the same": (normal, normal, 0.0, 0.0),
}


@pytest.mark.parametrize(("p", "q", "truth", "low"), LAWS.values(), ids=LAWS)
def test_neighbours_read_the_divergence_or_less(p, q, truth, low):
    draws = [
        (p(np.random.default_rng(k), 2000), q(np.random.default_rng(9 + k), 2000))
        for k in (0, 1, 2)
    ]
    values, errors = np.array([by_neighbours(Both.of(*draw)) for draw in draws]).T
    # Three draws of fixed seeds: four standard errors of their mean.
    assert truth - low - 4 * errors.mean() / 3**0.5 < values.mean()
    assert values.mean() < truth + 4 * errors.mean() / 3**0.5


def read(value, std_error):
    found = replace(nothing_read(2000, ()), value=value, std_error=std_error)
    reach = 1.96 * std_error
    diagnostics = {"degrees_of_freedom": 1e6}
    return replace(found, interval=(value - reach, value + reach), diagnostics=diagnostics)


def test_what_neighbours_read_more_is_in_the_upper_end_alone():
    rng = np.random.default_rng(0)
    p, q = disk(rng, 2000), square(rng, 2000)
    more = by_neighbours(Both.of(p, q))[0] - 0.1
    e = with_neighbours(read(0.1, 0.01), Both.of(p, q))
    assert e.value == 0.1
    assert e.interval[0] == pytest.approx(0.1 - 0.0196)
    assert e.interval[1] == pytest.approx(0.1 + 1.96 * math.hypot(0.01, more), rel=1e-3)
    assert e.interval[1] > math.log(4 / math.pi)
    assert any("nearest neighbours read" in w for w in e.warnings)
    # Where they read less nothing changes, nor of many columns or of an open end.
    high = read(0.4, 0.01)
    assert with_neighbours(high, Both.of(p, q)).interval == pytest.approx(high.interval)
    assert with_neighbours(high, Both.of(p, q)).warnings == ()
    endless = replace(read(0.1, 0.01), interval=(0.08, math.inf))
    assert with_neighbours(endless, Both.of(p, q)) is endless
    low = read(0.1, 0.01)
    assert with_neighbours(low, Both.of(*(np.hstack([x, x]) for x in (p, q)))) is low


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
