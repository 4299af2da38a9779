"""Rows on one line beside rows that are not: found, and nothing else taken for them."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from minde import MINDE
from minde.lines import rows_on_a_line


def pair(seed, rho=0.5, n=1000):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    return x, rho * x + np.sqrt(1.0 - rho**2) * rng.normal(size=n), rng


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("scale", [1.0, 1e-6, 1e6])
def test_rows_filled_in_from_the_other_column_are_found_at_any_scale(seed, scale):
    x, y, rng = pair(seed)
    filled = np.flatnonzero(rng.random(1000) < 0.1)
    y[filled] = 0.3 - 0.5 * x[filled]
    assert_array_equal(rows_on_a_line(x, scale * y), filled)
    assert_array_equal(rows_on_a_line(scale * y, x), filled)


@pytest.mark.parametrize("seed", range(5))
def test_copies_of_a_value_are_found_where_few_are(seed):
    x, y, rng = pair(seed)
    copied = np.flatnonzero(rng.random(1000) < 0.02)
    y[copied] = x[copied]
    assert_array_equal(rows_on_a_line(x + 7.0, y + 7.0), copied)


def test_values_of_four_decimals_are_found_too():
    x, y, _ = pair(0)
    y[:100] = 0.5 * x[:100]
    found = rows_on_a_line(np.round(x, 4), np.round(y, 4))
    assert set(range(100)) <= set(found)
    assert len(found) < 105


LAWS = {
    "normal": lambda x, y, rng: (x, y),
    "rounded": lambda x, y, rng: (np.round(x, 2), np.round(y, 2)),
    "close": lambda x, y, rng: (x, x + 0.01 * y),
    "close and rounded": lambda x, y, rng: (np.round(x, 2), np.round(x + 0.01 * y, 2)),
    "heavy tails": lambda x, y, rng: (np.exp(8.0 * x), np.exp(8.0 * y)),
    "clusters": lambda x, y, rng: 1e-3 * np.stack([x, y]) + rng.integers(0, 3, 1000),
    "atoms": lambda x, y, rng: (np.where(x < 0.0, 0.0, x), np.where(y < 0.0, 0.0, y)),
    "two values": lambda x, y, rng: (x, np.sign(y)),
    "constant": lambda x, y, rng: (x, np.ones(1000)),
}


@pytest.mark.parametrize("law", LAWS)
def test_nothing_is_found_where_a_density_or_rounding_is_why(law):
    for seed in range(10):
        x, y, rng = pair(seed, rho=0.9 if seed % 2 else 0.0)
        assert not len(rows_on_a_line(*LAWS[law](x, y, rng))), seed


def test_an_estimate_says_how_many_rows_are_on_a_line():
    x, y, _ = pair(0, n=400)
    y[:60] = x[:60]
    tiny = {"n_steps": 16, "width": 16, "batch_size": 64}
    model = MINDE(n_seeds=1, folds=1, device="cpu", options=tiny).fit(x, y)
    told = "x[0] and y[0] lie on one line in 60 of 400 rows"
    assert any(told in line and "may be infinite" in line for line in model.warnings_)
