"""Standard errors: quantiles, influences, and rows, seeds and directions put together."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import t as student

from minde.readout.influence import (
    Influence,
    degrees_of_freedom,
    variance_of,
    variance_of_mean,
)
from minde.readout.readout import Readout
from minde.readout.scaled import MAX_SCALE, scale
from minde.readout.spread import difference, shifted, spread
from minde.readout.student import kept_dof, satterthwaite, t_95


@pytest.mark.parametrize("dof", [1.0, 1.7, 2.0, 3.3, 5.0, 30.0, 1e3, 1e5, 1e7])
def test_the_quantile_of_students_t(dof):
    # 1e-6: from 1e6 degrees the normal's is taken.
    assert t_95(dof) == pytest.approx(student.ppf(0.975, dof), rel=1e-6)


def test_degrees_of_freedom_of_a_sum():
    # Two equal variances of ten degrees each have twenty; a known one adds none of its own.
    assert satterthwaite([(1.0, 10.0), (1.0, 10.0)]) == pytest.approx(20.0)
    assert satterthwaite([(1.0, 10.0), (1.0, math.inf)]) == pytest.approx(40.0)
    assert satterthwaite([(1.0, 10.0), (0.0, 1.0)]) == pytest.approx(10.0)
    assert satterthwaite([(1.0, math.inf), (0.0, 0.0)]) == math.inf


def test_the_influence_of_a_mean():
    values = torch.randn(3, 50, generator=torch.Generator().manual_seed(0))
    expected = values.double().var(dim=1) / 50
    torch.testing.assert_close(Influence.of_mean(values).variance, expected)
    assert variance_of_mean(values[0].numpy()) == pytest.approx(expected[0].item())


def test_the_influence_of_a_mean_by_weights():
    """Weights of one are none; twice a row's weight is about the row twice, but for its chance."""
    values = torch.randn(2, 50, generator=torch.Generator().manual_seed(1))
    plain = Influence.of_mean(values)
    torch.testing.assert_close(Influence.of_mean(values, torch.ones(2, 50)).test, plain.test)
    w = torch.rand(2, 50, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    w /= w.mean(dim=1, keepdim=True)
    found = Influence.of_mean(w * values, w).test
    mean = (w * values).mean(dim=1, keepdim=True)
    scale = (50 * (50 - w.square().mean(dim=1, keepdim=True))).sqrt()
    torch.testing.assert_close(found, w * (values.double() - mean) / scale)
    # A row that is moved by little moves the mean by its influence, times n / (n - 1) or so.
    torch.testing.assert_close(
        found.sum(dim=1), torch.zeros(2, dtype=torch.float64), atol=1e-12, rtol=0
    )
    # Of two values (a - b)^2 / 4; of one nothing is known.
    pair = Influence.of_mean(torch.tensor([[1.0, 4.0]])).variance
    assert pair.item() == pytest.approx(9.0 / 4.0)
    assert math.isnan(Influence.of_mean(torch.tensor([[1.0]])).variance.item())


def test_degrees_of_freedom_fall_with_heavy_tails():
    g = torch.Generator().manual_seed(0)
    normal = Influence.of_mean(torch.randn(1, 5000, generator=g)).test[0]
    # n for normal values; the fourth moment of 5,000 of them is known to 7%, so 3 of that.
    assert degrees_of_freedom(normal) == pytest.approx(5000, rel=0.2)
    cubes = Influence.of_mean(torch.randn(1, 5000, generator=g) ** 3).test[0]
    assert degrees_of_freedom(cubes) < 500


@pytest.mark.parametrize(
    ("n", "gap", "count"), [(1000, 1, 40), (1000, 10, 16), (50, 10, 2), (12, 1, 2)]
)
def test_the_long_run_variance_has_as_many_degrees_as_cosines(n, gap, count):
    g = torch.Generator().manual_seed(0)
    own = Influence.of_mean(torch.randn(1, n, generator=g)).test[0]
    variance, dof = variance_of(own, gap)
    # 0.4 n^(2/3), or n / 6 tau where rows depend for long, and two at least.
    assert dof == count
    j, i = np.arange(1, count + 1)[:, None], np.arange(1, n + 1)
    cosines = np.sqrt(2) * np.cos(np.pi * j * (i - 0.5) / n) @ own.numpy()
    assert variance == pytest.approx(max(np.mean(cosines**2), float(own.square().sum())))


def test_degrees_of_freedom_by_hand():
    # 2 V^2 / (sum of fourth powers - V^2 / n), V = 46; a zero is no row. It is n - 1 at most.
    rows = torch.tensor([1.0, -1.0] * 5 + [6.0, 0.0])
    expected = 2 * 46**2 / (10 + 6**4 - 46**2 / 11)
    assert degrees_of_freedom(rows) == pytest.approx(expected)
    assert degrees_of_freedom(torch.tensor([1.0, -1.0, 2.0])) == 2.0
    # Where all are as large there is no telling, and n - 1 are taken; of one there is one.
    assert degrees_of_freedom(torch.tensor([2.0, -2.0, 2.0, 2.0])) == 3.0
    assert degrees_of_freedom(torch.tensor([2.0])) == 1.0
    assert degrees_of_freedom(torch.zeros(3)) == 1.0


def readout(pointwise):
    values = torch.as_tensor(pointwise)
    return Readout(values, torch.zeros(len(values), 50), torch.linspace(0.0, 1.0, 51))


@pytest.mark.parametrize(("between", "n_seeds"), [(0.0, 1), (0.0, 3), (0.3, 3)])
def test_the_claimed_error_is_the_actual_one(between, n_seeds):
    """Rows common to seeds and directions, noise of each read-out, and networks' own offsets."""
    rng, n, replicates = np.random.default_rng(0), 40, 600
    values, claimed = [], []
    for _ in range(replicates):
        rows = rng.normal(size=n)
        directions = [
            rows + 0.5 * rng.normal(size=(n_seeds, n)) + between * rng.normal(size=(n_seeds, 1))
            for _ in range(2)
        ]
        values.append(np.mean(directions))
        found = spread([readout(d) for d in directions], n_seeds)
        claimed.append(found.rows + found.seeds)
        assert found.seeds_dof == 2 * (n_seeds - 1)
    # 600 draws tell a deviation to 3%; a variance that is held at zero adds 2% where there is none.
    assert math.sqrt(np.mean(claimed)) == pytest.approx(np.std(values), rel=0.1)


def test_a_row_that_tests_and_trains_is_one_draw():
    """Two folds, each knowing the mean of the other's rows: what is added there is taken off."""
    g = torch.Generator().manual_seed(0)
    values = torch.randn(2, 30, generator=g).double()
    own = Influence.of_mean(values).test
    crossed = Influence(own, -own.flip(0))
    both = Readout(values, torch.zeros(2, 50), torch.linspace(0.0, 1.0, 51), crossed)
    folds = [np.arange(30), np.arange(30, 60)]
    places = [(folds[0], folds[1]), (folds[1], folds[0])]
    assert spread([both], 1, places).rows == pytest.approx(0.0, abs=1e-20)
    assert spread([both], 1).rows == pytest.approx(float(crossed.variance.sum()) / 4)


def means(share, n, seed=0):
    """Influences of a cross of ``share`` and an inside of its square, with independent noise."""
    g = torch.Generator().manual_seed(seed)
    a = share + torch.randn(1, n, generator=g).double()
    b = share**2 + 0.1 * torch.randn(1, n, generator=g).double()
    return a, b


def test_the_factor_restores_the_whole_and_is_bounded():
    for share, expected in ((1.0, 1.0), (0.8, 1.25), (0.2, MAX_SCALE)):
        a, b = means(share, 100_000)
        influences = Influence.of_mean(a), Influence.of_mean(b)
        factor, _ = scale(a.mean(dim=1), b.mean(dim=1), *influences)
        # The mean of cross has an error of 0.003, the factor one of some 0.005.
        assert factor.item() == pytest.approx(expected, abs=0.02)


def test_the_factor_is_hardly_too_large_where_it_should_be_one():
    n, found, plain, tau = 100, [], [], 0.1
    for seed in range(2000):
        a, b = means(1.0, n, seed)
        influences = Influence.of_mean(a), Influence.of_mean(b)
        found.append(scale(a.mean(dim=1), b.mean(dim=1), *influences)[0].item() - 1.0)
        plain.append(max(0.0, (a.mean() / b.mean()).item() - 1.0))
    # 0.40 and 0.13 of the factor's standard error of 0.1; 2,000 draws tell them to 0.013 of it.
    assert np.mean(plain) == pytest.approx(0.40 * tau, rel=0.15)
    assert np.mean(found) == pytest.approx(0.13 * tau, rel=0.3)


def test_the_scaled_error_holds_that_of_the_factor():
    values, claimed = [], []
    for seed in range(500):
        a, b = means(0.8, 2000, seed)
        influences = Influence.of_mean(a), Influence.of_mean(b)
        factor, influence = scale(a.mean(dim=1), b.mean(dim=1), *influences)
        values.append(factor.item() * a.mean().item())
        claimed.append(influence.variance.item())
    # Twice the factor on the noise of cross; 500 draws tell a deviation to 3%.
    assert math.sqrt(np.mean(claimed)) == pytest.approx(np.std(values), rel=0.1)
    assert np.std(values) > 2.0 * math.sqrt(1.0 / 2000)


def test_folds_of_one_seed_tell_how_networks_differ():
    g = torch.Generator().manual_seed(1)
    values = torch.randn(4, 25, generator=g).double() + torch.tensor([[0.0], [0.5], [1.0], [2.0]])
    twice = [readout(values), readout(values + 1.0)]
    found = spread(twice, 1)
    means = values.mean(dim=1) + 0.5
    beyond = means.var() - (values.var(dim=1) / 25).mean()
    assert found.seeds == pytest.approx(float(beyond) / 4)
    assert found.seeds_dof == 3
    assert found.rows == pytest.approx(float((values.var(dim=1) / 25).sum()) / 16)
    assert found.train == 0.0
    # In time order the long-run variance of all rows is what they make the folds differ by.
    in_time = spread(twice, 1, gap=2)
    own = torch.cat([Influence.of_mean(values[k : k + 1]).test[0] for k in range(4)]) / 4
    assert in_time.rows == pytest.approx(variance_of(own, 2)[0])
    assert in_time.seeds == pytest.approx(max(0.0, float(means.var()) / 4 - in_time.rows))
    assert spread([readout(values[:1])], 1).seeds_dof == 0


def test_seeds_on_folds_are_compared_within_their_fold():
    g = torch.Generator().manual_seed(2)
    values = torch.randn(6, 10, generator=g).double()  # three seeds on two folds
    found = spread([readout(values)], 3)
    by_seed = values.view(3, 2, 10)
    influences = (by_seed - by_seed.mean(dim=2, keepdim=True)) / math.sqrt(10 * 9)
    excess = by_seed.mean(dim=2).var(dim=0) - influences.var(dim=0).sum(dim=1)
    assert found.seeds == pytest.approx(max(0.0, float(excess.mean())) / 6)
    assert found.seeds_dof == 4
    assert found.rows == pytest.approx(float((influences.mean(dim=0) / 2).square().sum()))
    assert found.std_error == pytest.approx(math.sqrt(found.rows + found.seeds))


def test_rows_that_only_train_are_told_apart():
    values = torch.randn(1, 20, generator=torch.Generator().manual_seed(3)).double()
    own = Influence.of_mean(values).test
    known = torch.full((1, 8), 0.02, dtype=torch.float64)
    both = Readout(values, torch.zeros(1, 50), torch.linspace(0.0, 1.0, 51), Influence(own, known))
    places = [(np.arange(8, 28), np.arange(8))]
    for found in (spread([both], 1), spread([both], 1, places)):
        assert found.train == pytest.approx(8 * 0.02**2)
        assert found.rows == pytest.approx(float(own.square().sum()) + 8 * 0.02**2)


def test_in_time_order_rows_that_train_count_if_they_move_the_value():
    """Else they are left out, and the tested rows follow one another."""
    values = torch.randn(1, 60, generator=torch.Generator().manual_seed(6)).double().cumsum(1)
    own = Influence.of_mean(values).test
    places, edges = [(np.arange(40, 100), np.arange(40))], torch.linspace(0.0, 1.0, 51)
    for share in (0.0, 0.02):
        known = torch.full((1, 40), share, dtype=torch.float64)
        both = Readout(values, torch.zeros(1, 50), edges, Influence(own, known))
        every = own[0] if share == 0.0 else torch.cat([known[0], own[0]])
        assert spread([both], 1, places, gap=2).rows == pytest.approx(variance_of(every, 2)[0])


def test_differences_and_known_terms_keep_their_influence():
    a, b = torch.randn(2, 1, 30, generator=torch.Generator().manual_seed(4)).double()
    apart = difference(readout(a), readout(b))
    torch.testing.assert_close(apart.chance.test, Influence.of_mean(a - b).test)
    torch.testing.assert_close(apart.pointwise, a - b)
    # Two seeds on two folds of 15 rows: a term of each row, the same for both seeds.
    values = torch.randn(4, 15, generator=torch.Generator().manual_seed(5)).double()
    terms = np.arange(30.0)
    moved = shifted(readout(values), terms, 2)
    expected = values + torch.from_numpy(terms).view(2, 15).repeat(2, 1)
    torch.testing.assert_close(moved.pointwise, expected)
    torch.testing.assert_close(moved.chance.test, Influence.of_mean(expected).test)
    # One that has an influence of its own has that of the terms beside it.
    own = Influence(2.0 * Influence.of_mean(values).test, values[:, :0])
    tiled = Influence.of_mean(expected - values).test
    with_own = Readout(values, torch.zeros(4, 50), torch.linspace(0.0, 1.0, 51), own)
    torch.testing.assert_close(shifted(with_own, terms, 2).chance.test, own.test + tiled)


def test_degrees_are_kept_with_six_digits_and_below_a_million():
    assert kept_dof(12.3456789) == 12.3457
    assert kept_dof(math.inf) == 1e6
    assert kept_dof(999_999.4) == 999_999.0


def test_the_shrinking_of_the_factor_by_hand():
    g = torch.Generator().manual_seed(6)
    a = 1.2 + 0.5 * torch.randn(1, 400, generator=g).double()
    b = 1.0 + 0.5 * torch.randn(1, 400, generator=g).double()
    of_a, of_b = Influence.of_mean(a), Influence.of_mean(b)
    cross, inside = a.mean(dim=1), b.mean(dim=1)
    ratio = (cross / inside).item()
    tau2 = (of_a.test - ratio * of_b.test).square().sum().item() / inside.item() ** 2
    delta = ratio - 1.0
    expected = 1.0 + (delta**2 - tau2) / delta
    factor, influence = scale(cross, inside, of_a, of_b)
    assert 1.0 < expected < MAX_SCALE
    assert factor.item() == pytest.approx(expected)
    psi = expected * of_a.test + ratio * (of_a.test - ratio * of_b.test)
    torch.testing.assert_close(influence.test, psi)
    # Where the excess is its own standard error it is chance, and the factor is one.
    one = Influence(torch.tensor([[0.25]]).double(), torch.zeros(1, 0).double())
    none = Influence(torch.zeros(1, 1).double(), torch.zeros(1, 0).double())
    factor, influence = scale(torch.tensor([1.25]), torch.tensor([1.0]), one, none)
    assert factor.item() == 1.0
    torch.testing.assert_close(influence.test, one.test)
    # At the bound, and where cross is no more than inside, the factor is known.
    for others, bound in ((0.1 * inside, MAX_SCALE), (2.0 * inside, 1.0)):
        factor, influence = scale(cross, others, of_a, of_b)
        assert factor.item() == bound
        torch.testing.assert_close(influence.test, bound * of_a.test)
