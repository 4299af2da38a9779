import numpy as np
import pytest
from scipy.stats import norm, rankdata

from minde.errors import ConfigError
from minde.preprocessing.transforms import Copula, Standardize, make_transform, transform_from_state


def test_copula_gives_the_normal_scores_of_the_ranks():
    x = np.random.default_rng(0).standard_cauchy((500, 2))
    z = Copula.fit(x)(x)
    expected = norm.ppf((np.apply_along_axis(rankdata, 0, x) - 0.5) / len(x))
    np.testing.assert_allclose(z, expected, atol=1e-12)


def test_copula_does_not_see_monotone_maps():
    x = np.random.default_rng(1).normal(size=(400, 3))
    y = np.sinh(3.0 * x) - 7.0
    np.testing.assert_allclose(Copula.fit(x)(x), Copula.fit(y)(y), atol=1e-9)


def test_ties_share_their_mid_rank():
    x = np.array([[0.0], [0.0], [1.0], [1.0], [1.0], [2.0]])
    z = Copula.fit(x)(x)[:, 0]
    np.testing.assert_allclose(z, norm.ppf(np.array([1, 1, 3.5, 3.5, 3.5, 5.5]) / 6), atol=1e-12)


def test_thinned_knots_stay_close_to_the_ranks():
    x = np.random.default_rng(2).standard_t(1, size=(60_000, 1))
    full, thin = Copula.fit(x, max_knots=10**6)(x), Copula.fit(x, max_knots=5_000)(x)
    # Between knots 12 ranks apart the score is interpolated; at 60k ranks that is below 0.01.
    assert np.abs(full - thin).max() < 0.01
    # A strictly monotone map keeps the order, and with it the mutual information.
    order = np.argsort(x[:, 0])
    assert np.all(np.diff(thin[order, 0]) >= 0.0)


def test_new_values_beyond_the_range_are_clamped_to_finite_scores():
    f = Copula.fit(np.random.default_rng(3).normal(size=(1000, 1)))
    z = f(np.array([[-1e300], [1e300]]))
    np.testing.assert_allclose(z[:, 0], norm.ppf([0.5 / 1000, 1 - 0.5 / 1000]), atol=1e-12)


def test_standardize_uses_the_training_split_alone():
    rng = np.random.default_rng(4)
    train, test = rng.normal(5, 2, size=(100, 2)), rng.normal(-50, 9, size=(100, 2))
    f = Standardize.fit(train)
    np.testing.assert_allclose(f(train).mean(0), 0.0, atol=1e-12)
    np.testing.assert_allclose(f(train).std(0), 1.0, atol=1e-12)
    np.testing.assert_allclose(f(test), (test - train.mean(0)) / train.std(0))


@pytest.mark.parametrize("kind", ["copula", "standardize", "none"])
def test_a_transform_is_rebuilt_from_its_state(kind):
    x = np.random.default_rng(5).normal(size=(50, 2))
    f = make_transform(kind, x)
    np.testing.assert_array_equal(transform_from_state(kind, f.state())(x), f(x))


def test_unknown_kind_is_one_clear_line():
    with pytest.raises(ConfigError, match="unknown kind 'rank'"):
        make_transform("rank", np.zeros((3, 1)))
