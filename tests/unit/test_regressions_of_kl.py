"""Regressions of each column on the others, for divergences and entropies: closed forms, chance."""

import math
from dataclasses import replace

import numpy as np
import pytest

from minde.estimators.estimating import nothing_read
from minde.estimators.regressions_of_entropy import told_of_columns, with_regressions_of_entropy
from minde.estimators.regressions_of_kl import (
    _by_chance,
    _of_normals,
    told_of_divergence,
    with_regressions,
)
from minde.estimators.support import Both


def normal(n, dim, seed=0):
    return np.random.default_rng(seed).normal(size=(n, dim))


def bent(n, dim, seed=0):
    """Standard columns; the third is a product of two, and a fifth of its variance noise."""
    z = normal(n, dim, seed)
    z[:, 2] = (z[:, 0] * z[:, 1] + 0.5 * z[:, 2]) / math.sqrt(1.25)
    return z


@pytest.mark.parametrize("dim", [3, 10, 25])
def test_a_column_that_bends_tells_its_divergence_from_one_that_does_not(dim):
    r"""With v = 1 / 5 of noise, :math:`-\tfrac12 \log v` from a normal law, and the other way
    :math:`\tfrac12 (\log v + (1 + \tfrac45) / v - 1)`; 0.1 is what 2,000 rows and a cut leave."""
    p, q = bent(2000, dim), normal(2000, dim, 1)
    assert told_of_divergence(p, q).nats == pytest.approx(-0.5 * math.log(0.2), abs=0.1)
    back = told_of_divergence(q, p)
    truth = 0.5 * (math.log(0.2) + 1.8 / 0.2 - 1.0)
    assert back.nats == pytest.approx(truth, abs=4.0 * back.std_error)


def test_two_samples_of_one_law_tell_nothing():
    """Also where it bends: in both alike. One in forty is allowed."""
    found = []
    for seed in range(40):
        dim = (3, 8, 20)[seed % 3]
        z = (bent, normal)[seed % 2](1200, dim, seed)
        found.append(told_of_divergence(z[:600], z[600:]).nats)
    assert sum(nats > 0.0 for nats in found) <= 1


@pytest.mark.parametrize(("dim", "n", "m"), [(3, 100, 150), (25, 500, 200)])
def test_what_chance_makes_of_one_normal_law(dim, n, m):
    found = [_of_normals(normal(n, dim, s), normal(m, dim, 1000 + s)) for s in range(100)]
    error = float(np.std(found)) / 10.0
    assert np.mean(found) == pytest.approx(_by_chance(n, m, dim), abs=3.0 * error)


def test_the_divergence_of_normal_laws():
    """Of means apart by one and variances of four: half of (4 + 1 - 1 - log 4), with one column."""
    g = np.random.default_rng(0)
    p, q = 1.0 + 2.0 * g.normal(size=(200_000, 1)), g.normal(size=(200_000, 1))
    p, q = np.c_[p, p[::-1]], np.c_[q, q[::-1]]
    assert _of_normals(p, q) == pytest.approx(4.0 - math.log(4.0), abs=0.05)


def tight(value=0.0):
    return replace(nothing_read(800, ()), value=value, interval=(value - 0.01, value + 0.01))


def test_an_interval_about_nothing_is_taken_up_to_what_bends():
    found = with_regressions(tight(), Both.of(bent(1000, 10), normal(1000, 10, 1)))
    # 0.80 nats, a lower bound of which is what a column that bends tells.
    assert 0.6 < found.value < 0.9
    assert found.diagnostics["networks_alone"] == 0.0
    assert found.std_error >= (found.interval[1] - found.value) / 2.0
    assert found.interval[0] == -0.01
    assert 0.8 < found.interval[1] < 2.5
    assert "regressions of each column" in found.warnings[-1]


@pytest.mark.parametrize("kind", ["about the truth", "two columns", "few rows", "no upper end"])
def test_an_interval_stays_where(kind):
    p, q, found = bent(1000, 10), normal(1000, 10, 1), tight()
    if kind == "about the truth":
        found = tight(0.8)
    if kind == "two columns":
        p, q = p[:, :2], q[:, :2]
    if kind == "few rows":
        p = p[:150]
    if kind == "no upper end":
        found = replace(found, interval=(-0.01, math.inf))
    assert with_regressions(found, Both.of(p, q)) == found


@pytest.mark.parametrize("dim", [3, 10, 25])
def test_what_columns_share_is_what_one_that_bends_tells(dim):
    r""":math:`-\tfrac12 \log \tfrac15` and :math:`-\log 0.6` of two that are correlated by 0.8."""
    z = bent(2000, dim + 2)
    z[:, -1] = 0.8 * z[:, -2] + 0.6 * z[:, -1]
    truth = -0.5 * math.log(0.2) - math.log(0.6)
    assert told_of_columns(z).nats == pytest.approx(truth, abs=0.12)


def test_columns_that_do_not_bend_tell_nothing_more():
    """Twenty draws of normal columns, correlated or not: one may."""
    found = []
    for seed in range(20):
        z = normal(600, 8, seed)
        z[:, 0] += z[:, 1] * (seed % 2)
        found.append(told_of_columns(z).nats)
    assert sum(nats > 0.0 for nats in found) <= 1


def test_an_entropy_goes_down_to_what_columns_share():
    found = replace(tight(14.19), diagnostics={"shared": [0.0, 0.01]})
    z = bent(1000, 10)
    wide = with_regressions_of_entropy(found, z, 0)
    assert wide.interval[1] == found.interval[1]
    assert 14.19 - 2.5 < wide.interval[0] < 14.19 - 0.8
    assert 14.19 - 0.9 < wide.value < 14.19 - 0.5
    assert "the value is the lower by them" in wide.warnings[-1]
    unsure = replace(found, diagnostics={"shared": [0.0, 0.25]})
    told = with_regressions_of_entropy(unsure, z, 0)
    assert told.value == 14.19
    assert told.interval == wide.interval
    assert "the value is high" in told.warnings[-1]
    known = replace(found, diagnostics={"shared": [0.8, 0.02]})
    assert with_regressions_of_entropy(known, z, 0) == known
    assert with_regressions_of_entropy(found, z[:, :2], 0) == found
    assert with_regressions_of_entropy(found, z[:100], 0) == found
