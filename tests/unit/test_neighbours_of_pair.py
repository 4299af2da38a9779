"""The information of two columns by nearest neighbours, and how it is weighed into the value."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats

from minde.estimators.estimating import nothing_read
from minde.estimators.nearest import nearest, terms_of_pair
from minde.estimators.neighbours_of_pair import information_of_pair, with_neighbours_of_pair
from minde.preprocessing.transforms import RankCopula
from tests.variables import sides


def scores(values):
    return torch.from_numpy(RankCopula.fit(values[:, None])(values[:, None])[:, 0])


def near(x, y):
    return information_of_pair(scores(x), scores(y))


def normal(n, seed, rho=0.75):
    x, e = np.random.default_rng(seed).normal(size=(2, n))
    return x, rho * x + math.sqrt(1.0 - rho**2) * e


def band(n, seed, width):
    """X and X + U, both uniform, U to either side: its law ends at two lines."""
    rng = np.random.default_rng(seed)
    x = rng.random(n)
    return x, x + width * (2.0 * rng.random(n) - 1.0)


def of_band(width):
    """Closed form for widths up to a half, and beyond (Czyz et al., 2023)."""
    return width - math.log(2.0 * width) if width <= 0.5 else 1.0 / (4.0 * width)


LAWS = {
    "nothing": (lambda n, seed: normal(n, seed, 0.0), 0.0),
    "normal": (normal, -0.5 * math.log(1.0 - 0.75**2)),
    "narrow": (lambda n, seed: band(n, seed, 0.05), of_band(0.05)),
    "wide": (lambda n, seed: band(n, seed, 0.75), of_band(0.75)),
}


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("n", [1000, 5000])
def test_laws_with_and_without_edges_are_read_without_bias(name, n):
    draw, truth = LAWS[name]
    found = [near(*draw(n, seed)) for seed in range(40)]
    errors = np.array([f.value for f in found]) - truth
    spread = errors.std()
    # Four standard errors of a mean of forty, and 0.01 for the second order.
    assert abs(errors.mean()) < 4.0 * spread / math.sqrt(40) + 0.01
    held = [abs(f.value - truth) < 1.96 * f.std_error for f in found]
    # Of forty 95% intervals 34 or fewer hold in one of sixty cases; these are wide.
    assert sum(held) >= 35


def test_one_number_of_neighbours_is_low_at_an_edge():
    """What the weights take away: plain estimates miss five times as much in the mean."""
    at = torch.tensor([10.0], dtype=torch.float64)
    draws = [band(2000, seed, 0.05) for seed in range(5)]
    plain = np.mean([float(terms_of_pair(scores(x), scores(y), at).mean()) for x, y in draws])
    free = np.mean([near(x, y).value for x, y in draws])
    assert of_band(0.05) - plain > 5.0 * abs(of_band(0.05) - free)


def wave(n, seed, waves, noise=0.3):
    """Y is a sine of several waves of a uniform X, and noise."""
    rng = np.random.default_rng(seed)
    x = rng.random(n)
    return x, np.sin(2.0 * np.pi * waves * x) + noise * rng.normal(size=n)


def of_wave(noise=0.3):
    """By quadrature of the density of Y, whatever the number of waves."""
    y, phase = np.linspace(-4.0, 4.0, 4001), np.linspace(0.0, 1.0, 1001)[:-1]
    density = stats.norm.pdf(y[None], np.sin(2.0 * np.pi * phase)[:, None], noise).mean(0)
    entropy = -float((density * np.log(density)).sum() * (y[1] - y[0]))
    return entropy - 0.5 * math.log(2.0 * math.pi * math.e * noise**2)


@pytest.mark.parametrize("waves", [3, 6])
@pytest.mark.parametrize("n", [2000, 5000])
def test_a_curve_is_not_taken_for_an_edge(waves, n):
    """The first order alone reads 0.07 to 0.3 nats too much of it, 1.4 standard errors and more."""
    found = [near(*wave(n, seed, waves)) for seed in range(12)]
    off = np.array([(f.value - of_wave()) / f.std_error for f in found])
    # Of twelve draws the chance of the mean is below a third.
    assert abs(off.mean()) < 1.0
    assert np.abs(off).max() < 2.5


@pytest.mark.parametrize("n", [40, 700, 3000])
def test_neighbours_are_those_of_all_rows(n):
    rng = np.random.default_rng(n)
    # Heavy tails, and a part where rows are dense.
    x = torch.from_numpy(np.sort(rng.standard_t(1.0, n)))
    y = torch.from_numpy(
        np.where(rng.random(n) < 0.5, 0.01 * rng.normal(size=n), rng.normal(size=n))
    )
    every = torch.maximum((x[:, None] - x).abs(), (y[:, None] - y).abs())
    assert torch.equal(nearest(x, y, 8), every.sort(dim=1).values[:, 1:9])


def test_maps_and_places_change_nothing():
    x, y = band(1000, 3, 0.3)
    order = np.random.default_rng(0).permutation(1000)
    found = near(x, y)
    for u, v in ((y, x), (np.exp(5.0 * x), y**3), (x[order], y[order]), (-x, y)):
        other = near(u, v)
        assert other.value == pytest.approx(found.value, abs=1e-9)
        assert other.std_error == pytest.approx(found.std_error, abs=1e-9)


def read(n, value, below, above, by_rows=0.005):
    """An estimate of networks, and how far its interval reaches."""
    return replace(
        nothing_read(n, ()),
        value=value,
        std_error=above / 1.96,
        interval=(value - below, value + above),
        diagnostics={"std_rows": by_rows},
    )


def test_the_value_is_between_both_by_what_each_may_be_off_by():
    x, y = band(3000, 1, 0.2)
    alone, both = near(x, y), sides(x, y)
    last = 0.0
    for reach in (0.02, 0.05, 0.1, 0.4):
        low = read(3000, alone.value - 0.03, 0.02, reach)
        found, torn = with_neighbours_of_pair(low, both)
        share = found.diagnostics["share_of_neighbours"]
        assert not torn
        assert last < share < 1.0
        assert found.value == pytest.approx(low.value + 0.03 * share)
        assert found.diagnostics["networks_alone"] == low.value
        # Row by row as much: the values average to the estimate, as they did.
        assert found.pointwise - low.pointwise == pytest.approx(0.03 * share)
        last = share
    # What networks may be off by to the other side says nothing.
    wide = read(3000, alone.value - 0.03, 0.4, 0.02)
    first = read(3000, alone.value - 0.03, 0.02, 0.02)
    shares = [
        with_neighbours_of_pair(f, both)[0].diagnostics["share_of_neighbours"]
        for f in (wide, first)
    ]
    assert shares[0] == shares[1]


def test_what_networks_blur_shows_where_they_are_sure_of_some_dependence():
    x, y = band(3000, 1, 0.2)
    alone, both = near(x, y), sides(x, y)
    away = 2.0 * alone.std_error
    sure = read(3000, alone.value - away, 0.02, 0.02)
    share = with_neighbours_of_pair(sure, both)[0].diagnostics["share_of_neighbours"]
    # At least (4 - 1) / (4 - 1 + 1), for the rows' part is not the neighbours' own.
    assert 0.75 <= share < 0.9
    # Of one that reaches down to nothing only its own reach to above counts.
    unsure = read(3000, alone.value - away, 1.0, 0.02)
    found, _ = with_neighbours_of_pair(unsure, both)
    assert found.diagnostics["share_of_neighbours"] < 0.2


def test_two_routes_that_know_the_same_are_no_surer_than_the_rows():
    x, y = band(3000, 1, 0.2)
    alone = near(x, y)
    low = read(3000, alone.value, 0.2, 0.2, by_rows=0.01)
    found, _ = with_neighbours_of_pair(low, sides(x, y))
    half = 0.5 * (found.interval[1] - found.interval[0])
    assert 1.96 * 0.01 < half < 0.2
    assert found.std_error == pytest.approx(half / 1.96, rel=1e-4)


def test_what_networks_missed_is_the_neighbours():
    x, y = band(3000, 1, 0.2)
    found, torn = with_neighbours_of_pair(read(3000, 0.1, 0.01, 0.01), sides(x, y))
    assert torn
    assert found.diagnostics["share_of_neighbours"] > 0.9
    assert found.interval[0] < of_band(0.2) < found.interval[1]
    # That neighbours see far less is what they miss.
    more = read(3000, 3.0, 0.1, 0.1)
    assert with_neighbours_of_pair(more, sides(x, y)) == (more, False)


def test_of_nothing_the_value_stays_nothing():
    moved = 0
    for seed in range(60):
        x, y = normal(600, seed, 0.0)
        found, _ = with_neighbours_of_pair(read(600, 0.0, 0.004, 0.004, 0.002), sides(x, y))
        moved += abs(found.value) > 0.004
    # Beyond doubt is one of 740.
    assert moved <= 1


def ordered(n):
    """Two random walks that know nothing of one another."""
    return np.random.default_rng(5).normal(size=(2, n)).cumsum(axis=1)


@pytest.mark.parametrize(
    "other",
    [
        lambda x, y: sides(np.c_[x, y[::-1]], y),
        lambda x, y: sides(x, (y > 0.5).astype(int)),
        lambda x, y: sides(x, y, weights=np.linspace(0.5, 1.5, len(x))),
        lambda x, y: sides(x, y, gap=3),
        lambda x, y: sides(*ordered(len(x))),
        lambda x, y: sides(x[:80], y[:80]),
    ],
    ids=["two columns", "a label", "weights", "time", "rows in an order", "few rows"],
)
def test_all_else_stays_as_it_is(other):
    both = other(*band(1000, 2, 0.3))
    found = read(len(both), 0.1, 0.01, 0.01)
    assert with_neighbours_of_pair(found, both) == (found, False)
