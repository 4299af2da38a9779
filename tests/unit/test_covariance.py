"""Covariances of many columns and few rows, against what they lose on the law itself."""

import numpy as np
import pytest

from minde.training.covariance import shrunken


def correlated(dim, rho):
    return (1.0 - rho) * np.eye(dim) + rho


def chains(dim):
    """Two chains of ``dim`` columns that share one innovation."""
    within = 0.8 ** np.abs(np.subtract.outer(np.arange(dim), np.arange(dim)))
    root = np.linalg.cholesky(within)
    cross = root @ np.diag([0.8] + [0.0] * (dim - 1)) @ root.T
    return np.block([[within, cross], [cross.T, within]])


def draw(covariance, n, seed=0):
    root = np.linalg.cholesky(covariance)
    return np.random.default_rng(seed).normal(size=(n, len(covariance))) @ root.T


def sample(rows):
    return np.cov(rows.T, bias=True)


def loss(found, true):
    """KL divergence of N(0, found) from N(0, true), nats."""
    product = np.linalg.solve(found, true)
    return 0.5 * (np.trace(product) - len(true) - np.linalg.slogdet(product)[1])


def held_information(found, true, dim_x):
    """Mean over the true law of the log ratio that ``found`` gives, closed form."""
    x, y = slice(0, dim_x), slice(dim_x, None)

    def mean_log(part):
        f, t = found[part, part], true[part, part]
        return -0.5 * (np.linalg.slogdet(f)[1] + np.trace(np.linalg.solve(f, t)))

    return mean_log(slice(None)) - mean_log(x) - mean_log(y)


LAWS = {
    "independent": (np.eye(40), 20),
    "one factor": (correlated(40, 0.3), 20),
    "chains": (chains(20), 20),
}


@pytest.mark.parametrize("law", LAWS)
def test_far_less_is_lost_on_the_law_than_by_the_sample_covariance(law):
    true, dim_x = LAWS[law]
    rows = draw(true, 800)
    (found,) = shrunken([rows], (dim_x, len(true) - dim_x))
    assert loss(found, true) < 0.65 * loss(sample(rows), true)
    # What unseen rows say of the information: the sample covariance is about 0.3 too low here,
    # dim_x dim_y / 2n and more; the columns' own errors leave a few hundredths.
    information = held_information(true, true, dim_x)
    assert held_information(sample(rows), true, dim_x) < information - 0.2
    assert abs(held_information(found, true, dim_x) - information) < 0.08


def test_few_columns_to_many_rows_are_left_as_they_are():
    assert shrunken([draw(correlated(4, 0.5), 400)], (2, 2)) is None
    assert shrunken([draw(np.eye(1), 50)], (1, 0)) is None


def test_units_and_order_of_columns_only_change_units_and_order():
    rows = draw(chains(6), 300)
    units, order = np.geomspace(1e-3, 1e3, 12), [3, 1, 0, 2, 5, 4, 11, 6, 8, 7, 9, 10]
    plain, scaled, other = (shrunken([r], (6, 6))[0] for r in (rows, rows * units, rows[:, order]))
    np.testing.assert_allclose(scaled, plain * np.outer(units, units), rtol=1e-6)
    np.testing.assert_allclose(other, plain[np.ix_(order, order)], rtol=1e-6, atol=1e-9)


def test_a_pair_of_six_nats_keeps_its_conditional_variance_among_many_columns():
    variance = np.exp(-12.0)
    true = np.eye(20)
    true[0, 10] = true[10, 0] = np.sqrt(1.0 - variance)
    (found,) = shrunken([draw(true, 800)], (10, 10))
    rest = np.linalg.inv(found)[0, 0] ** -1
    # Chi-squared of 800 rows, and 19 columns that take part: some 8 per cent.
    assert rest == pytest.approx(variance, rel=0.25)


@pytest.mark.parametrize("n", [40, 300])
def test_a_repeated_column_and_more_columns_than_rows_give_something_finite(n):
    rows = draw(correlated(50, 0.3), n)
    rows[:, 1] = 2.0 * rows[:, 0]
    rows[:, 2] = 0.0
    for found in shrunken([rows, rows[::-1]], (25, 25)):
        assert np.isfinite(found).all()
        assert np.linalg.eigvalsh(found)[0] > -1e-9


def test_of_many_columns_200_rows_to_each_are_not_enough():
    """What a sample covariance loses between variables falls with rows to a pair of columns."""
    true, dim_x = LAWS["chains"]
    rows = draw(true, 8000)
    (found,) = shrunken([rows], (dim_x, len(true) - dim_x))
    whole = held_information(true, true, dim_x)
    lost = whole - held_information(sample(rows), true, dim_x)
    # d_x d_y / 2n, give or take the chance of so many rows.
    assert lost == pytest.approx(20 * 20 / 16_000, rel=0.3)
    assert abs(whole - held_information(found, true, dim_x)) < 0.4 * lost
    assert shrunken([draw(true, 40_000)], (dim_x, len(true) - dim_x)) is None
