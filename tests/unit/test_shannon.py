"""Entropy, mutual information and KL divergence of counts, against known distributions."""

import math

import numpy as np
import pytest
from scipy.special import digamma as reference
from scipy.stats import chi2

import minde
from minde.discrete.counts import coverage
from minde.discrete.entropy import chao_wang_jost, digamma, plug_in
from minde.discrete.kl import kl_divergence
from minde.discrete.shannon import as_bound, bounded, counted, entropy
from tests.variables import counted_information


def draw(p, n, rng):
    """Codes of x and y from a table of probabilities."""
    cell = rng.choice(p.size, size=n, p=p.ravel())
    return tuple(part[:, None] for part in np.divmod(cell, p.shape[1]))


def truth(p):
    seen = p > 0
    return float((p[seen] * np.log((p / np.outer(p.sum(1), p.sum(0)))[seen])).sum())


def noisy(k, flip):
    return (1 - flip) * np.eye(k) / k + flip / k**2


def test_digamma_is_scipys():
    n = np.arange(1, 3000)
    np.testing.assert_allclose(digamma(n), reference(n), rtol=0.0, atol=1e-12)


def test_the_unseen_part_is_the_papers_series():
    # Four cells once, one twice, one six times: n = 12, f1 = 4, f2 = 1, Eq. 7-8 term by term.
    counts = np.array([1, 1, 1, 1, 2, 6])
    n, once, twice = 12, 4, 1
    a = 2 * twice / ((n - 1) * once + 2 * twice)
    seen = sum(c / n * sum(1 / k for k in range(c, n)) for c in counts)
    rest = -math.log(a) - sum((1 - a) ** r / r for r in range(1, n))
    expected = seen + once / n * (1 - a) ** (1 - n) * rest
    assert chao_wang_jost(counts) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("p", "n"),
    [
        (np.full((2, 2), 0.25), 1000),
        (np.full((10, 10), 0.01), 1000),
        (np.eye(2) / 2, 1000),
        (np.eye(20) / 20, 1000),
        (noisy(2, 0.2), 1000),
        (noisy(10, 0.3), 1000),
    ],
    ids=["bits", "ten", "copied bit", "copied of twenty", "noisy bit", "noisy ten"],
)
def test_ninety_three_of_a_hundred_intervals_hold_the_truth(p, n):
    rng, found = np.random.default_rng(0), []
    for _ in range(100):
        x, y = draw(p, n, rng)
        told = counted_information(x, y)
        most = min(as_bound(h, h.most) for h in (entropy(x), entropy(y)))
        kept = bounded(told.value, told.std_error, *most)
        assert 0.0 <= kept.value <= most[0]
        found.append(kept.interval)
    low, high = np.array(found).T
    assert ((low <= truth(p) + 1e-12) & (truth(p) <= high + 1e-12)).sum() >= 93
    # Not by being wide: twice what the spread of the estimate itself needs, at most.
    assert (high - low).mean() / 2 < 0.11


def rare(shared):
    """Two labels of sixty levels, most of them rare, that are the same one in some rows."""
    share = np.arange(1, 61) ** -1.7
    share /= share.sum()
    return (1 - shared) * np.outer(share, share) + shared * np.diag(share)


@pytest.mark.parametrize("n", [300, 1000])
@pytest.mark.parametrize("shared", [0.0, 0.5])
def test_intervals_of_rare_levels_hold_the_truth(shared, n):
    rng, p = np.random.default_rng(4), rare(shared)
    found = [counted_information(*draw(p, n, rng)) for _ in range(100)]
    held = sum(abs(f.value - truth(p)) < 1.96 * f.std_error for f in found)
    # At 95% fewer than 87 of 100 is once in 1,000 runs.
    assert held >= 87
    # Counts alone read 0.05 nats and more of independent labels. One reading errs by 0.05, the mean
    # of 100 by 0.005.
    if not shared:
        assert abs(np.mean([f.value for f in found])) < 0.025


def test_the_bias_of_independent_tables_is_gone():
    rng, p, n = np.random.default_rng(1), np.full((20, 20), 1 / 400), 1000
    draws = [draw(p, n, rng) for _ in range(50)]
    corrected = np.mean([counted_information(*xy).value for xy in draws])
    plain = [
        plug_in(np.bincount(x[:, 0]))
        + plug_in(np.bincount(y[:, 0]))
        - plug_in(np.unique(20 * x[:, 0] + y[:, 0], return_counts=True)[1])
        for x, y in draws
    ]
    # 361 degrees of freedom: 0.18 nats of the plug-in's, and a tenth of that must not be left.
    assert np.mean(plain) > 361 / (2 * n)
    assert abs(corrected) < 0.1 * np.mean(plain)


def test_the_error_of_independent_bits_is_that_of_chi_square():
    rng, n = np.random.default_rng(2), 2000
    values = [counted_information(*draw(np.full((2, 2), 0.25), n, rng)).value for _ in range(400)]
    # 2 n I + 1 is chi-square of one degree; the 0.9 quantile of 400 draws is known to a tenth.
    assert 2 * n * np.quantile(values, 0.9) + 1 == pytest.approx(chi2.ppf(0.9, 1), rel=0.25)


def test_the_error_where_levels_are_equally_frequent_is_of_second_order():
    """Nothing is left of the first order; by weights that hardly differ it is the same."""
    codes = (np.arange(60) % 6)[:, None]
    plain = counted([(1.0, codes)])
    # Of 2 n H the fluctuation is that of chi-square with five degrees of freedom.
    assert plain.std_error >= math.sqrt(2 * 5) / (2 * 60)
    nearly = 1.0 + 1e-9 * np.cos(np.arange(60))
    by_weights = counted([(1.0, codes)], weights=nearly)
    assert by_weights.std_error == pytest.approx(plain.std_error, rel=1e-3)
    twice = counted([(2.0, codes)], weights=nearly)
    assert twice.std_error == pytest.approx(2.0 * by_weights.std_error, rel=1e-6)


def test_entropy_of_levels():
    rng = np.random.default_rng(3)
    p = np.array([0.5, 0.25, 0.125, 0.125])
    h = entropy(rng.choice(4, size=(4000, 1), p=p))
    assert abs(h.value - 1.75 * math.log(2)) < 2 * 1.96 * h.std_error
    assert h.pointwise.mean() == pytest.approx(h.value, abs=1e-12)
    several = entropy(rng.integers(0, 2, size=(4000, 3)))
    assert several.value == pytest.approx(3 * math.log(2), abs=0.005)


def test_names_of_levels_and_repeated_columns_make_no_difference():
    rng = np.random.default_rng(4)
    x, y = draw(noisy(5, 0.3), 500, rng)
    plain = counted_information(x, y).value
    renamed = np.array([7, 3, 11, 0, 2])[x]
    assert counted_information(renamed, np.hstack([y, y])).value == pytest.approx(plain, abs=1e-12)
    assert counted_information(y, x).value == pytest.approx(plain, abs=1e-12)


def test_kl_of_counts():
    rng = np.random.default_rng(5)
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])
    kl, within = float((p * np.log(p / q)).sum()), 0
    for _ in range(100):
        draws = (rng.choice(3, size=(n, 1), p=w) for n, w in ((800, p), (1500, q)))
        found, lacking = kl_divergence(*draws)
        assert lacking.share == 0.0
        within += abs(found.value - kl) <= 1.96 * found.std_error
    assert within >= 93


def test_kl_is_infinite_where_q_lacks_what_p_has():
    p, q = np.repeat([[0], [1]], 100, axis=0), np.zeros((200, 1), dtype=int)
    found, lacking = kl_divergence(p, q)
    assert found.value == math.inf
    assert lacking.share == 0.5
    # The law of a coin from one of a share of 3 / 200 at most, the coin's less two deviations.
    assert 0.5 < lacking.least < math.log(0.5 / 0.015)
    # One row in two hundred may be missing by chance.
    few = np.zeros((200, 1), dtype=int)
    few[0] = 1
    assert np.isfinite(kl_divergence(few, q)[0].value)


def test_coverage_counts_the_rows_that_are_alone():
    assert coverage(np.array([[0], [0], [1], [2]])) == 0.5
    assert coverage(np.zeros((3, 0), dtype=int)) == 1.0


@pytest.mark.parametrize(
    ("value", "kept", "interval"),
    [(-0.1, 0.0, (0.0, 0.196)), (0.9, 0.7, (0.504, 0.7196)), (0.4, 0.4, (0.204, 0.596))],
)
def test_values_are_kept_within_what_is_possible(value, kept, interval):
    out = bounded(value, 0.1, 0.7, 0.01)
    assert out.value == kept
    assert out.interval == pytest.approx(interval, abs=1e-3)


@pytest.mark.parametrize("k", [2, 3, 6])
def test_an_entropy_stays_below_that_of_levels_equally_likely(k):
    # As many rows of each: the corrections of the bias go beyond log k, which is the most.
    codes = np.repeat(np.arange(k), 50)
    h = minde.entropy(codes)
    assert h.value == h.interval[1] == pytest.approx(np.log(k), abs=1e-12)
    same = minde.MINDE().fit(codes, codes).mutual_information()
    assert same.interval[1] == pytest.approx(np.log(k), abs=1e-12)


def test_levels_seen_once_tell_of_others_that_were_never_seen():
    codes = np.concatenate([np.repeat(np.arange(20), 3), np.arange(20, 40)])
    assert minde.entropy(codes, kinds={"x": "discrete"}).value > np.log(40)
