"""Halves of the rows: which they are, what they remove, and that they are kept."""

import math

import numpy as np
import pytest
import torch

from minde import MINDE
from minde.diffusion.gaussian import GaussianNoise
from minde.diffusion.moments import moments
from minde.diffusion.points import Diffuser
from minde.diffusion.roles import conditional
from minde.ensemble.halves import half_folds, readers, shifted
from minde.options import ReadoutOptions
from minde.readout.measures import MEASURES
from minde.readout.names import EXTRAPOLATED
from minde.readout.readout import read_out
from minde.training.job import make_folds

TINY = {"n_steps": 32, "width": 16}


@pytest.mark.parametrize("folds", [3, 4, 5, 8])
def test_readers_of_a_fold_share_no_row_with_it_or_each_other(folds):
    whole = make_folds(101, 0.2, folds, 0)
    halves = half_folds(whole)
    members = 2 * folds
    for f, fold in enumerate(whole):
        a, b = (halves[(f + shift) % folds] for shift in readers(folds))
        assert not set(a.train) & set(fold.test)
        assert not set(b.train) & set(fold.test)
        assert not set(a.train) & set(b.train)
        assert set(a.train) | set(b.train) <= set(fold.train)
    for shift in readers(folds):
        at = shifted_folds(members, folds, shift)
        # Member k of the halves reads the fold it lies ``shift`` behind, of its own seed.
        assert all((at[k] % folds + shift) % folds == k % folds for k in range(members))
        assert all(at[k] // folds == k // folds for k in range(members))


def test_two_folds_have_no_halves():
    assert half_folds(make_folds(100, 0.2, 2, 0)) == ()


def test_the_bias_of_fitted_gaussians_goes(schedule):
    # Scores of a Gaussian with the moments of n rows err as networks do that learned all they can.
    dim, n, rho, replicates = 6, 120, 0.5, 60
    truth = -0.5 * dim * math.log(1 - rho**2)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(replicates, 2 * n, dim))
    y = rho * x + math.sqrt(1 - rho**2) * rng.normal(size=x.shape)
    rows = np.concatenate([x, y], axis=2)
    test, train = rows[:, :n], rows[:, n:]
    family = conditional(dim, dim)

    def gap(parts):
        mean, covariance = moments(list(parts))
        model = GaussianNoise(covariance, family, schedule, mean)
        return read_out(
            model,
            torch.from_numpy(test),
            Diffuser(family, schedule),
            MEASURES["c"],
            list(range(replicates)),
            ReadoutOptions(n_draws=10, antithetic=True),
        )["gap"]

    full, halves = gap(train), [gap(train[:, : n // 2]), gap(train[:, n // 2 :])]
    better = extrapolated(full, full, halves, 2.0)
    off, left = (r.value - truth for r in (full, better))
    error = lambda v: float(v.std()) / math.sqrt(replicates)  # noqa: E731
    # dim^2 / (2 n) is 0.15 nats; the next order, of halves of 60 rows, is a third of it.
    assert float(off.mean()) < -0.1
    assert abs(float(left.mean())) < 0.06 + 2 * error(left)
    # What each row adds to the error tells the spread.
    claimed = float(better.chance.variance.mean().sqrt())
    assert claimed == pytest.approx(float(left.std()), rel=0.5)


def test_the_default_reports_it_and_a_file_keeps_it(tmp_path):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(120, 1))
    y = x + rng.normal(size=(120, 1))
    model = MINDE(options=TINY).fit(x, y)
    found = model.mutual_information()
    assert found.value == pytest.approx(found.readouts[EXTRAPOLATED].value)
    assert found.pointwise.mean() == pytest.approx(found.value, abs=1e-6)
    model.save(tmp_path / "kept")
    back = MINDE.load(tmp_path / "kept", "cpu")
    assert back.mutual_information().value == found.value
    new = [m.mutual_information(x[:30], y[:30]) for m in (model, back)]
    assert new[0].value == new[1].value
    assert EXTRAPOLATED in new[0].readouts


def test_it_can_be_left_out():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(100, 1))
    found = MINDE(options=TINY, extrapolate=False).fit(x, x + rng.normal(size=(100, 1)))
    assert EXTRAPOLATED not in found.mutual_information().readouts
