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
from minde.ensemble.halves import (
    Mean,
    Reordered,
    half_folds,
    half_job,
    readers,
    shifted,
    with_halves,
)
from minde.estimators.settings import cross_fitted
from minde.options import ReadoutOptions
from minde.readout.measures import MEASURES
from minde.readout.names import CORRECTED, HALVES
from minde.readout.notes import rising_warning
from minde.readout.reading import Reading
from minde.readout.readout import read_out
from minde.training.job import make_folds

TINY = {"n_steps": 32, "width": 16}


@pytest.mark.parametrize("folds", [3, 4, 5, 8])
def test_readers_of_a_fold_share_no_row_with_it_or_each_other(folds):
    whole = make_folds(101, 0.2, folds, 0)
    halves = half_folds(whole)
    for f, fold in enumerate(whole):
        a, b = (halves[(f + shift) % folds] for shift in readers(folds))
        assert not set(a.train) & set(fold.test)
        assert not set(b.train) & set(fold.test)
        assert not set(a.train) & set(b.train)
        assert set(a.train) | set(b.train) <= set(fold.train)


def test_each_member_is_read_for_by_its_own_seed():
    order = [shifted(10, 5, shift) for shift in readers(5)]
    assert order[0] == [1, 2, 3, 4, 0, 6, 7, 8, 9, 5]
    assert order[1] == [3, 4, 0, 1, 2, 8, 9, 5, 6, 7]


def test_reordered_members_are_those_asked_for():
    def model(values, pattern, t):
        return values + torch.arange(3.0)[:, None, None]  # member k adds k

    values = torch.zeros(6, 4, 2)
    out = Reordered(model, [[1, 2, 0], [2, 0, 1]])(values, 0, torch.zeros(6, 4))
    assert out[:, 0, 0].tolist() == [1, 2, 0, 2, 0, 1]


def test_two_folds_have_no_halves():
    assert half_folds(make_folds(100, 0.2, 2, 0)) == ()


def test_the_variance_of_fitted_gaussians_goes(schedule):
    # Scores of a Gaussian with the moments of n rows err as networks do that learned all they can:
    # without bias, with a variance.
    dim, n, rho, replicates = 3, 400, 0.5, 60
    truth = -0.5 * dim * math.log(1 - rho**2)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(replicates, 2 * n, dim))
    y = rho * x + math.sqrt(1 - rho**2) * rng.normal(size=x.shape)
    rows = np.concatenate([x, y], axis=2)
    test, train = rows[:, :n], rows[:, n:]
    family = conditional(dim, dim)

    def gap(parts, mean_of_two=False):
        mean, covariance = moments([*parts])
        model = GaussianNoise(covariance, family, schedule, mean)
        return read_out(
            Mean(model) if mean_of_two else model,
            torch.from_numpy(np.concatenate([test] * (len(parts) // replicates))),
            Diffuser(family, schedule),
            MEASURES["c"],
            [*range(replicates)] * (len(parts) // replicates),
            ReadoutOptions(n_draws=10, antithetic=True),
        )["gap"]

    parts = np.concatenate([train[:, : n // 2], train[:, n // 2 :]])
    full = gap(train)
    out = with_halves({"gap": full}, full, gap(parts), gap(parts, True), 0.5)
    for name in (CORRECTED, HALVES):
        off = out[name].value - truth
        error = float(off.std()) / math.sqrt(replicates)
        # dim^2 / (2 n) = 0.011 nats are taken off by the networks' variance, twice that by halves';
        # of the next order, 1 / n^2, are some 0.002.
        assert abs(float(off.mean())) < 0.003 + 2 * error, name
    paired = full.value - out[CORRECTED].value
    assert float(paired.mean()) == pytest.approx(-(dim**2) / (2 * n), rel=0.35)
    # What each row adds to the error tells the spread.
    claimed = float(out[CORRECTED].chance.variance.mean().sqrt())
    assert claimed == pytest.approx(float((out[CORRECTED].value).std()), rel=0.3)


def test_the_default_reports_it_and_a_file_keeps_it(tmp_path):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(120, 1))
    y = x + rng.normal(size=(120, 1))
    model = MINDE(options=TINY).fit(x, y)
    found = model.mutual_information()
    alone = found.diagnostics["networks_alone"]
    assert alone == pytest.approx(found.readouts[CORRECTED].value)
    assert found.pointwise.mean() == pytest.approx(found.value, abs=1e-6)
    model.save(tmp_path / "kept")
    back = MINDE.load(tmp_path / "kept", "cpu")
    assert back.mutual_information().value == found.value
    new = [m.mutual_information(x[:30], y[:30]) for m in (model, back)]
    assert new[0].value == new[1].value
    assert CORRECTED in new[0].readouts


def test_it_can_be_left_out():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(100, 1))
    found = MINDE(options=TINY, extrapolate=False).fit(x, x + rng.normal(size=(100, 1)))
    assert CORRECTED not in found.mutual_information().readouts


def test_a_value_that_rises_with_rows_is_warned_of_and_chance_is_not():
    # Networks of half of the rows that read 0.16 less where rows alone leave 0.04, and 0.06 less.
    (line,) = rising_warning(0.69, 0.53, 0.04)
    assert "half of the rows read 0.16 nats less" in line
    assert rising_warning(0.69, 0.63, 0.04) == rising_warning(0.53, 0.69, 0.04) == ()


def test_halves_take_as_many_passes_and_never_less_than_the_least():
    rows = np.random.default_rng(0).normal(size=(6000, 2))
    settings = cross_fitted(None, {})
    job = settings.job(rows, conditional(1, 1))
    half = half_job(job, rows)
    whole, cut = job.recipe.training, half.recipe.training
    assert len(half.samples[0]) == len(job.samples[0]) // 2
    assert cut.n_steps == round(whole.n_steps / 2)
    few = settings.job(rows[:1000], conditional(1, 1))
    assert half_job(few, rows[:1000]).recipe.training.n_steps == few.recipe.training.n_steps


@pytest.mark.parametrize("columns", [2, 6, 50])
def test_what_few_rows_hide_falls_with_rows_and_rises_with_columns(columns):
    reading = Reading({}, learned=0.5, columns=columns)
    at = [reading.missed(0.8, rows) for rows in (300, 1000, 10_000, 1_000_000)]
    assert at == sorted(at, reverse=True)
    # A tenth of what was learned at 1,000 rows of two columns, and never more than all of it.
    assert at[1] == pytest.approx(0.4 * min(1.0, 0.1 * columns / 2))
    assert max(at) <= 0.4
    assert Reading({}, learned=0.0, columns=columns).missed(0.8, 1000) == 0.0


def test_what_a_gaussian_shows_as_well_hides_nothing():
    """Whatever weights it has in a blend beside networks that predict the same."""
    told = {"learned": 0.5, "columns": 2}
    gained = [Reading({}, **told, gained=g).missed(0.8, 1000) for g in (0.0, 0.01, 0.1, 1.0)]
    assert gained == pytest.approx([0.0, 0.01, 0.1 * 0.4, 0.1 * 0.4])
    assert gained[-1] == Reading({}, **told).missed(0.8, 1000)
