"""Rows that are read placed among those that are not: values, and the error that they claim."""

import numpy as np
import pytest
import torch

from minde.estimators.placed import Place, placed
from minde.readout.influence import Influence
from minde.readout.readout import Readout
from minde.training.job import Fold


def readout(values, influence=None):
    values = torch.as_tensor(values)
    bins = torch.ones(len(values), 50) / 50
    return Readout(values, bins, torch.linspace(0.0, 1.0, 51), influence)


def place(test, n_test, train=(), n_train=0, factor=1.0):
    fold = Fold(np.asarray(train, dtype=np.int64), np.asarray(test, dtype=np.int64))
    return Place(fold, n_train, n_test, factor)


def test_values_stand_at_their_rows_and_the_integrand_sums_to_their_mean():
    out = placed(readout([[2.0, 4.0], [1.0, 3.0]]), [place([3, 1], 4), place([0, 2], 4)])
    assert out.pointwise.tolist() == [[0.0, 4.0, 0.0, 2.0], [1.0, 0.0, 3.0, 0.0]]
    out = placed(readout([[1.0, 3.0]]), [place([3, 1], 5, factor=1.5)])
    # The integrand summed to 1, and the rows are 2 of 5, times 1.5.
    assert out.integrand.sum() == pytest.approx(1.0 * 1.5 * 2 / 5)


def test_without_an_influence_of_its_own_it_is_that_of_the_plain_mean():
    values = torch.randn(2, 9, generator=torch.Generator().manual_seed(0)).double()
    places = [place(range(9), 30), place(range(20, 29), 30)]
    plain = placed(readout(values), places)
    told = placed(readout(values, Influence.of_mean(values)), places)
    assert plain.influence is None
    torch.testing.assert_close(told.chance.test, plain.chance.test)


def test_more_error_among_the_rows_is_more_error_placed():
    values = torch.randn(1, 9, generator=torch.Generator().manual_seed(0)).double()
    own = Influence.of_mean(values)
    doubled = placed(readout(values, own + own), [place(range(9), 30)])
    assert doubled.chance.variance > placed(readout(values), [place(range(9), 30)]).chance.variance


@pytest.mark.parametrize("level", [0.0, 2.0])
def test_the_claimed_error_is_the_actual_one(level):
    """A control whose mean is that of training rows; which rows have a value is chance."""
    rng, n, m, found, claimed = np.random.default_rng(0), 80, 160, [], []
    for _ in range(800):
        alive, trained = rng.random(n) < 0.5, rng.random(m) < 0.5
        control, known = rng.normal(size=alive.sum()), rng.normal(size=trained.sum())
        values = level + control + 0.5 * rng.normal(size=alive.sum())
        left = torch.from_numpy(values - control + known.mean())[None]
        of_train = Influence.of_mean(torch.from_numpy(known)[None]).test
        given = readout(left, Influence(Influence.of_mean(left).test, of_train))
        at = place(np.flatnonzero(alive), n, np.flatnonzero(trained), m)
        out = placed(given, [at])
        assert (out.chance.train[0, ~torch.from_numpy(trained)] == 0.0).all()
        found.append(out.value.item())
        claimed.append(out.chance.variance.item())
    # 800 draws tell a deviation to 2.5%; four of these.
    assert np.sqrt(np.mean(claimed)) == pytest.approx(np.std(found), rel=0.1)
