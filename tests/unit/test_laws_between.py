"""Sparse tables read as laws of known information have it."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from minde.discrete.laws_between import LAWS, OFF, _Table, between, corrected
from minde.discrete.shannon import counted


def drawn(p, n, seed):
    """Codes of x, y and z by a law's probabilities, each (n, 1)."""
    picked = np.random.default_rng(seed).choice(p.size, n, p=p.ravel() / p.sum())
    return [codes[:, None] for codes in np.unravel_index(picked, p.shape)]


def given_nothing(seed, size=(12, 12, 6)):
    g = np.random.default_rng(seed)
    x, y = (g.dirichlet(np.ones(k), size[2]) for k in size[:2])
    return np.einsum("k,ki,kj->ijk", g.dirichlet(np.full(size[2], 3.0)), x, y)


def read(x, y, z):
    joint = np.concatenate((x, y, z), axis=1)
    xz, yz = (np.concatenate((own, z), axis=1) for own in (x, y))
    return counted([(1.0, xz), (1.0, yz), (-1.0, z), (-1.0, joint)])


@pytest.mark.parametrize("share", LAWS)
def test_the_information_of_a_law_between_is_that_of_its_cells(share):
    codes = drawn(given_nothing(0, (5, 6, 4)), 200, 0)
    x, y, z = (c[:, 0] for c in codes)
    own = np.zeros((5, 6, 4))
    np.add.at(own, (x, y, z), 1.0 / 200)
    z_law = own.sum((0, 1))
    apart = np.einsum("ik,jk->ijk", own.sum(1), own.sum(0) / z_law)
    law = share * own + (1.0 - share) * apart

    def entropy(p):
        return -(p[p > 0] * np.log(p[p > 0])).sum()

    truth = entropy(law.sum(1)) + entropy(law.sum(0)) - entropy(z_law) - entropy(law)
    assert _Table.of(*codes).information(share) == pytest.approx(truth, abs=1e-12)


def test_of_nothing_next_to_nothing_is_left():
    """Counts read 0.06 nats too much; a law's own draw moves what is left by 0.01."""
    plain, left = [], []
    for seed in range(10):
        codes = drawn(given_nothing(seed), 1000, seed)
        plain.append(read(*codes).value)
        left.append(between(*codes).value)
    assert np.mean(plain) > 0.05
    assert abs(np.mean(left)) < 0.25 * np.mean(plain)


def test_where_rows_are_many_nothing_is_taken_off():
    p = np.array([[[4.0], [1.0]], [[1.0], [4.0]]])
    codes = drawn(p, 20_000, 0)
    plain = read(*codes)
    assert between(*codes).value == pytest.approx(plain.value, abs=0.1 * plain.std_error)


def test_names_of_levels_do_not_matter():
    x, y, z = drawn(given_nothing(1), 1000, 0)
    other = np.random.default_rng(0).permutation(12)
    a, b = between(x, y, z), between(other[x], y, z)
    assert (a.value, a.spread) == pytest.approx((b.value, b.spread), abs=1e-9)


def test_more_dependence_is_more():
    """A diagonal of more and more rows beside a law of nothing."""
    p, found = given_nothing(2, (12, 12, 1)), []
    for own in (0.0, 0.2, 0.5, 0.9):
        law = (1.0 - own) * p + own * np.eye(12)[..., None] / 12
        found.append(between(*drawn(law, 400, 0)))
    assert all(a.value < b.value and a.share <= b.share for a, b in pairwise(found))
    assert found[-1].value == pytest.approx(math.log(12), abs=0.7)


def test_the_error_holds_what_was_taken_off_by_hand():
    codes = drawn(given_nothing(3), 1000, 0)
    plain, law = read(*codes), between(*codes)
    found = corrected(plain, *codes)
    by = plain.value - law.value
    assert by > 0.02
    core = max(plain.std_error**2 - plain.apart**2, law.spread**2)
    whole = core + (OFF * by) ** 2 + (law.share**2 * plain.apart) ** 2
    assert found.std_error == pytest.approx(math.sqrt(whole))
    assert found.pointwise.mean() == pytest.approx(found.value)
    rows = corrected(replace(plain, std_error=0.5), *codes)
    assert rows.std_error > 0.5 - plain.apart
