"""Counts of small tables: each number by its definition, written out another way."""

import math

import numpy as np
import pytest

from minde.discrete.counts import cells, counts
from minde.discrete.entropy import chao_wang_jost, digamma, miller_madow, plug_in
from minde.discrete.kl import NEVER, NOTHING, expected_digamma, kl_divergence
from minde.discrete.shannon import as_bound, bounded, counted, entropy
from minde.discrete.shuffle import shuffled
from minde.readout.student import Z_95

X = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2])[:, None]
Y = np.array([0, 1, 0, 0, 1, 1, 0, 1, 1, 1, 0, 1])[:, None]
BOTH = np.concatenate([X, Y], axis=1)
INFORMATION = [(1.0, X), (1.0, Y), (-1.0, BOTH)]


def summed(function, groups, keep=slice(None)):
    return sum(a * function(counts(cells(codes[keep]))) for a, codes in groups)


def test_plug_in_and_its_bias():
    assert plug_in(np.array([1, 1, 2, 0])) == pytest.approx(1.5 * math.log(2))
    # Three cells seen of four rows: (3 - 1) / 8 more; an empty cell is none.
    assert miller_madow(np.array([1, 1, 2, 0])) == pytest.approx(1.5 * math.log(2) + 0.25)


def test_cells_without_columns_are_one():
    assert counts(cells(np.zeros((5, 0), dtype=int))).tolist() == [5]
    assert cells(BOTH).tolist() == [0, 1, 0, 0, 3, 3, 2, 5, 5, 5, 4, 5]


def test_what_was_never_seen_where_no_cell_holds_two():
    # n = 9, f1 = 3, f2 = 0: A = 2 / ((n - 1)(f1 - 1) + 2), and the series term by term.
    n, once, a = 9, 3, 2.0 / (8 * 2 + 2.0)
    seen = sum(c / n * sum(1 / k for k in range(c, n)) for c in (1, 1, 1, 6))
    rest = once / n * sum((1 - a) ** (k + 1) / (n + k) for k in range(2000))
    assert chao_wang_jost(np.array([1, 1, 1, 6])) == pytest.approx(seen + rest, rel=1e-6)
    # A single row of its own: A = 1, and nothing more is inferred.
    assert chao_wang_jost(np.array([1, 8])) == pytest.approx(
        sum(c / 9 * sum(1 / k for k in range(c, 9)) for c in (1, 8))
    )
    assert chao_wang_jost(np.array([1])) == 0.0
    # Three rows, all alone: f1 = 3, f2 = 0, A = 2 / (2 * 2 + 2).
    a = 1 / 3
    rest = sum((1 - a) ** (k + 1) / (3 + k) for k in range(200))
    expected = 1 / 2 + 1 / 1 - 0.0 + rest  # psi(3) - psi(1), then what was not seen
    assert chao_wang_jost(np.array([1, 1, 1])) == pytest.approx(expected, rel=1e-6)
    # No row alone: all was seen.
    assert chao_wang_jost(np.array([3])) == 0.0
    assert chao_wang_jost(np.array([3, 3])) == pytest.approx(1 / 3 + 1 / 4 + 1 / 5)


def test_the_error_is_the_jackknifes_and_those_of_second_order():
    n = len(X)
    for groups, second in (([(1.0, X)], 2.0), (INFORMATION, 5.0), ([(-3.0, Y)], 9.0)):
        left_out = [summed(plug_in, groups, np.arange(n) != i) for i in range(n)]
        jackknife = (n - 1) / n * ((left_out - np.mean(left_out)) ** 2).sum()
        apart = summed(chao_wang_jost, groups) - summed(miller_madow, groups)
        found = counted(groups)
        # Of the group with the most cells: a^2 (K - 1) / 2 n^2.
        expected = jackknife + second / (2 * n**2) + (0.5 * apart) ** 2
        assert found.std_error == pytest.approx(math.sqrt(expected))
        assert found.value == pytest.approx(summed(chao_wang_jost, groups))


def test_the_error_of_rows_in_time_order():
    """Rows all alike in the long run: what is left is of n / tau rows, and their bias."""
    n, gap = 120, 4
    codes = np.tile([0, 1, 2], n // 3)[:, None]  # each row's influence is the same: none varies
    apart = summed(chao_wang_jost, [(1.0, codes)]) - summed(miller_madow, [(1.0, codes)])
    for tau, bias in ((1, 0.0), (gap, 2 * (gap - 1) / (2 * n))):
        second = 2 / (2 * (n / tau) ** 2)
        expected = math.sqrt(second + (0.5 * apart) ** 2 + bias**2)
        assert counted([(1.0, codes)], tau).std_error == pytest.approx(expected)


def test_pointwise_values_are_the_surprises_of_the_rows():
    found = counted(INFORMATION)
    p = {v: np.mean((v == BOTH).all(1)) for v in map(tuple, BOTH)}
    surprise = [
        math.log(p[x, y] / (np.mean(x == X) * np.mean(y == Y))) for x, y in map(tuple, BOTH)
    ]
    assert found.pointwise.mean() == pytest.approx(found.value)
    np.testing.assert_allclose(
        found.pointwise - found.pointwise.mean(), surprise - np.mean(surprise), atol=1e-12
    )
    assert found.at(np.array([3, 5])).pointwise.tolist() == found.pointwise[[3, 5]].tolist()


def test_an_entropy_as_a_bound_is_no_more_than_that_of_its_levels():
    h = entropy(Y)
    # Two cells, neither of a single row: log 2 at most, known as well as so near it can be.
    assert h.most == pytest.approx(math.log(2))
    assert as_bound(h, h.value + 0.01) == pytest.approx((h.value, 0.01 / Z_95))
    assert as_bound(h, h.value + 10.0) == (h.value, h.std_error)
    assert as_bound(h, 0.1) == (0.1, 0.0)
    assert entropy(np.array([0, 0, 1])[:, None]).most == math.inf


def test_bounds_of_both_signs():
    found = bounded(-0.9, 0.1, 0.7, 0.01, quantile=2.0, signed=True)
    assert found.value == -0.7
    assert found.interval == pytest.approx((-0.72, -0.5))
    assert bounded(0.3, 0.1, -0.2).value == 0.0
    assert bounded(-0.3, 0.1, 0.7).value == 0.0
    # A most that is known exactly is the end of every interval.
    assert bounded(0.65, 0.1, 0.7).interval == (pytest.approx(0.65 - 0.1 * Z_95), 0.7)


@pytest.mark.parametrize(("k", "rows"), [(2, 30), (5, 8)])
def test_the_error_of_a_divergence_of_equal_counts_is_of_second_order(k, rows):
    codes = np.repeat(np.arange(k), rows)[:, None]
    found, lacking = kl_divergence(codes, codes)
    n = k * rows

    def read(fewest):
        own, other = expected_digamma(np.array([rows - 1.0]), fewest / (n - 1)), rows
        return (own - expected_digamma(np.array([float(other)]), fewest / n))[0]

    value, half = read(n - 1), read(0.5 * (n - 1))
    whole = digamma(np.array([rows])) - digamma(np.array([rows + 1])) + math.log(n / (n - 1))
    expected = (k - 1) * (2 / n) ** 2 / 2 + (value - half) ** 2 + (value - whole[0]) ** 2
    assert found.value == pytest.approx(value)
    assert found.std_error == pytest.approx(math.sqrt(expected))
    assert lacking == NOTHING
    assert (found.rows, len(found.pointwise)) == (n, n)


@pytest.mark.parametrize(("count", "kept"), [(0, 0.5), (3, 0.2), (40, 0.9), (150, 0.5)])
def test_the_thinned_digamma_is_the_mean_over_a_binomial(count, kept):
    j = np.arange(count + 1)
    chance = np.array([math.comb(count, k) for k in j], float) * kept**j * (1 - kept) ** (count - j)
    mean = (chance * digamma(j + 1.0)).sum()
    assert expected_digamma(np.array([float(count)]), kept)[0] == pytest.approx(mean)
    # Beyond what is exact it goes on without a step.
    a, b = expected_digamma(np.array([200.0, 201.0]), kept if count else 0.9)
    assert 0.0 < b - a < 1.2 / 200.0


@pytest.mark.parametrize(("n", "m"), [(100, 100), (100, 900), (900, 100)])
def test_a_divergence_of_one_law_is_nothing_on_average_with_few_rows_a_cell(n, m):
    shares = 1.0 / np.arange(1, 101)
    shares /= shares.sum()
    found, held, more = [], 0, 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        p, q = (rng.choice(100, size=(rows, 1), p=shares) for rows in (n, m))
        one, lacking = kl_divergence(p, q)
        assert lacking.least == 0.0
        found.append(one.value)
        held += abs(one.value) <= 1.96 * one.std_error
        more += lacking.more
    # 200 draws tell their mean to a fourteenth of their spread; four times that.
    assert abs(np.mean(found)) < 4 * np.std(found) / math.sqrt(200)
    assert held >= 190
    assert more <= 4


def test_the_error_of_a_divergence_is_that_of_the_delta_method():
    p, q = np.array([500, 300, 200]), np.array([400, 600, 1000])
    n, m = p.sum(), q.sum()
    found, _ = kl_divergence(*(np.repeat(np.arange(3), c)[:, None] for c in (p, q)))
    ratio, weight = np.log(p / n / (q / m)), (p / n) / (q / m)
    first = (p / n * ratio**2).sum() - (p / n * ratio).sum() ** 2
    second = (q / m * weight**2).sum() - 1.0
    # The second order is 1e-6 of 1e-3.
    assert found.std_error**2 == pytest.approx(first / n + second / m, rel=0.01)
    assert found.value == pytest.approx((p / n * ratio).sum(), abs=3 / n)
    assert found.pointwise.mean() == pytest.approx(found.value)


def test_levels_that_the_second_sample_lacks():
    q = np.zeros((100, 1), dtype=int)
    # Of one law so many rows of a cell are all of p in one of 2^k samples, and there are two cells.
    least = math.log2(2 / NEVER)
    for alone in (3, math.floor(least), math.floor(least) + 1):
        p = np.zeros((100, 1), dtype=int)
        p[:alone] = 1
        found, lacking = kl_divergence(p, q)
        finite = alone <= least
        assert lacking.share == alone / 100
        assert (lacking.least == 0.0) == finite == np.isfinite(found.value)
        assert np.isfinite(found.pointwise).all() == finite
    # All of p, of which q has none: every row of p tells it.
    found, lacking = kl_divergence(q + 1, q)
    assert (found.value, lacking.share) == (math.inf, 1.0)
    assert lacking.least == pytest.approx(math.log(100 / 3))
    # Rows of many cells, none of which alone says much: more than chance, all together.
    p = np.repeat(np.arange(50), 4)[:, None]
    q = np.repeat(np.arange(25), 8)[:, None]
    found, lacking = kl_divergence(p, q)
    assert (lacking.share, lacking.more, lacking.least) == (0.5, True, 0.0)
    # A level that p lacks costs nothing but its share of q.
    only_q = np.repeat([[0], [1]], [60, 40], axis=0)
    found, lacking = kl_divergence(np.zeros((200, 1), dtype=int), only_q)
    assert lacking == NOTHING
    assert found.value == pytest.approx(math.log(1 / 0.6), abs=0.02)


def test_shuffled_bias_keeps_to_its_levels():
    rng = np.random.default_rng(0)
    # Levels that are rarer and rarer, of which no correction by counts alone is right.
    x, y, z = (rng.geometric(p, size=(600, 1)) for p in (0.25, 0.2, 0.5))
    found = shuffled(x, y, z).bias
    read = sum(
        a * chao_wang_jost(counts(cells(np.concatenate(part, axis=1))))
        for a, part in ((1.0, (x, z)), (1.0, (y, z)), (-1.0, (x, y, z)), (-1.0, (z,)))
    )
    # Independent given z: what is read is bias, and shuffling within levels shows as much.
    assert found == pytest.approx(read, rel=0.4)
    assert 0.0 < found <= read * (1.0 + 1e-12)
    # A row alone in its level has nothing to be shuffled with, and nothing is read either.
    rows = np.arange(40)[:, None]
    assert shuffled(rows % 3, rows % 2, rows).bias == 0.0
    # Names of the levels make no difference.
    assert shuffled(x + 7, 3 * y, 50 - z).bias == pytest.approx(found, rel=1e-6)
