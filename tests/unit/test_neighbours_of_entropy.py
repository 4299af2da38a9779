"""Entropies by nearest neighbours: laws with edges, and what no change of columns may move."""

import math

import numpy as np
import pytest
import torch

import minde
from minde.estimators.neighbours_of_entropy import _terms, shared_by_neighbours
from minde.estimators.spacings import marginal_entropies
from tests.conftest import in_ball, log_volume


@pytest.mark.parametrize("dim", [2, 3, 5])
def test_what_columns_of_a_normal_law_share(dim):
    """Half of minus the logarithm of the determinant of their correlations."""
    covariance = 0.6 * np.ones((dim, dim)) + 0.4 * np.eye(dim)
    x = np.random.default_rng(0).multivariate_normal(np.zeros(dim), covariance, 2000)
    value, std_error = shared_by_neighbours(x)
    truth = -0.5 * np.linalg.slogdet(covariance)[1]
    assert std_error < 0.1
    assert abs(value - truth) < 3.0 * std_error  # one draw: 3 in 1,000 are farther off


@pytest.mark.parametrize("dim", [3, 4])
def test_an_edge_moves_it_by_no_more_than_chance(dim):
    """The third nearest row alone reads a ball of 2,000 rows in four columns 0.2 nats high."""
    errors, claimed = [], []
    for seed in range(6):
        x = in_ball(np.random.default_rng(seed), 2000, dim)
        shared, std_error = shared_by_neighbours(x)
        errors.append(marginal_entropies(x).value - shared - log_volume(dim))
        claimed.append(std_error)
    # The bias that stays is of second order: within a standard error of one draw.
    assert abs(np.mean(errors)) < np.mean(claimed)


def test_increasing_maps_signs_and_orders_of_columns_change_nothing():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(400, 3)) @ rng.normal(size=(3, 3))
    known = shared_by_neighbours(x)
    assert shared_by_neighbours(np.exp(x) * 7.0 - 1.0) == pytest.approx(known, abs=1e-9)
    # Another order of columns draws other normal rows: their own error.
    assert shared_by_neighbours(x[:, ::-1])[0] == pytest.approx(known[0], abs=4.0 * known[1])


@pytest.mark.parametrize("dim", [2, 5])
def test_an_error_of_first_order_is_taken_away(dim):
    """Distances as of a density that falls by (k / n)^(1 / D): its value at k = 0 is found."""
    at, n = torch.arange(3.0, 41.0, dtype=torch.float64), 500
    z = torch.from_numpy(np.random.default_rng(2).random((n, dim)))
    level = [float(_terms_of(z, k)) for k in at.tolist()]
    slope = (at / n) ** (1.0 / dim)
    design = torch.stack([torch.ones_like(at), slope], dim=1)
    # Least squares on the same two terms: its intercept is what the least weights give.
    fitted = torch.linalg.lstsq(design, torch.tensor(level, dtype=torch.float64)[:, None])
    assert float(_terms(z, at).mean()) == pytest.approx(float(fitted.solution[0, 0]), abs=1e-9)
    assert float(_terms(z, at).mean()) < level[0]  # an edge, which a cube has


def _terms_of(z, k):
    """Kozachenko and Leonenko's estimate by the k-th nearest rows, by hand."""
    n, dim = z.shape
    reach = torch.cdist(z, z).sort(dim=1).values[:, int(k)]
    psi = torch.digamma(torch.tensor([float(n), k], dtype=torch.float64))
    return psi[0] - psi[1] + log_volume(dim) + dim * reach.log().mean()


def test_the_interval_of_a_ball_holds_its_volume_and_says_why():
    """Networks of 1,000 steps read it 0.2 nats high, and their own interval is 0.1 wide."""
    x = in_ball(np.random.default_rng(50), 1000, 4)
    found = minde.entropy(x, options={"n_steps": 300})
    low, high = found.interval
    assert low <= log_volume(4) <= high
    assert any("nearest neighbours" in line for line in found.warnings)
    assert found.diagnostics["neighbours"][0] < found.value


def test_columns_without_edges_keep_their_interval():
    found = minde.entropy(np.random.default_rng(3).normal(size=(1000, 3)), options={"n_steps": 300})
    low, high = found.interval
    assert low <= 1.5 * math.log(2.0 * math.pi * math.e) <= high
    assert high - low < 0.5
    assert not any("nearest neighbours" in line for line in found.warnings)
