"""Covariances in double, and singular ones: they neither crash nor move an estimate."""

import math

import numpy as np
import pytest
import torch

from minde import MINDE
from minde.diffusion.gaussian import GaussianNoise
from minde.diffusion.moments import moments, well_posed
from minde.diffusion.points import Diffuser
from minde.diffusion.roles import conditional, joint
from minde.diffusion.schedule import VPSchedule
from minde.readout.measures import MEASURES
from minde.readout.readout import read_out
from minde.recipe import make_recipe
from minde.training.job import Job
from minde.training.prepared import PreparedJob

#: Far enough down for 6 nats: the conditional variance is 6e-6, that of the noise 1e-8.
DEEP = VPSchedule(t_eps=1e-7)


def pair(nats, n, seed=0):
    """A normal pair of so many nats, in double, and its conditional variance."""
    rng = np.random.default_rng(seed)
    v = math.exp(-2.0 * nats)
    x = rng.normal(size=(n, 1))
    return np.concatenate([x, math.sqrt(1 - v) * x + math.sqrt(v) * rng.normal(size=(n, 1))], 1), v


def covariance_of(rows, family):
    recipe = make_recipe("paper", family.name, rows.shape[1], width=16)
    return PreparedJob.of(Job([rows], family, recipe, [0]), torch.device("cpu"), DEEP).covariance


def test_the_conditional_variance_of_six_nats_is_right():
    n = 100_000
    rows, v = pair(6.0, n)
    c = covariance_of(rows, conditional(1, 1))[0]
    found = float(c[0, 0] - c[0, 1] ** 2 / c[1, 1])
    # The sampling error of a variance is sqrt(2 / n) of it; four of these.
    assert found == pytest.approx(v, rel=4 * math.sqrt(2 / n))


@pytest.mark.parametrize("make", [conditional, joint])
def test_five_nats_are_read_off_the_covariance(make):
    family = make(1, 1)
    rows, _ = pair(5.0, 100_000)
    model = GaussianNoise(covariance_of(rows, family), family, DEEP)
    data = torch.from_numpy(pair(5.0, 20_000, 1)[0]).float()[None]
    out = read_out(model, data, Diffuser(family, DEEP), MEASURES[family.name], [0])["inside"]
    # 5e-3: the covariance's own error, 1/2 sqrt(2 / 100,000), and what is below the smallest time.
    assert out.value.item() == pytest.approx(5.0, abs=4 * out.std_error.item() + 5e-3)


@pytest.mark.parametrize("scale", [1.0, 1.8])
def test_a_repeated_clean_column_leaves_the_prediction_as_it_is(scale, schedule):
    rows, _ = pair(1.0, 5000)
    twice = np.concatenate([rows, 3.0 + scale * rows[:, 1:]], axis=1)
    predictions = []
    for data, dim in ((rows, 1), (twice, 2)):
        family = conditional(1, dim)
        mean, covariance = moments([data])
        model = GaussianNoise(covariance, family, schedule, mean)
        g = torch.Generator().manual_seed(0)
        noise = torch.randn(len(rows), 1, generator=g).expand(-1, 1 + dim)[None]
        u, diffuser = torch.rand(len(rows), generator=g)[None], Diffuser(family, schedule)
        points = diffuser.points(torch.from_numpy(data).float()[None], noise, u)
        predictions.append(model(diffuser.values(points, 1), 1, points.t))
    # Single precision of the points, over noise of 0.01 at the smallest time.
    torch.testing.assert_close(predictions[1], predictions[0], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("make", [conditional, joint])
@pytest.mark.parametrize("side", [0, 1])
def test_a_repeated_column_leaves_the_value_as_it_is(make, side, schedule):
    rows, _ = pair(1.0, 20_000)
    twice = np.insert(rows, side, 32.0 + 1.8 * rows[:, side], axis=1)
    family = make(2, 1) if side == 0 else make(1, 2)
    mean, covariance = moments([twice])
    model = GaussianNoise(covariance, family, schedule, mean)
    data = torch.from_numpy(twice).float()[None]
    out = read_out(model, data, Diffuser(family, schedule), MEASURES[family.name], [0])
    for name in ("inside", "gap", "outside-1"):
        found = out[name]
        assert found.value.item() == pytest.approx(1.0, abs=4 * found.std_error.item()), name


def test_a_row_off_the_support_of_the_training_rows_spoils_nothing(schedule):
    rows, _ = pair(1.0, 4000)
    flagged = np.insert(rows, 1, 0.0, axis=1)
    mean, covariance = moments([flagged])
    family = conditional(2, 1)
    model = GaussianNoise(covariance, family, schedule, mean)
    values = []
    for flag in (0.0, 1.0):
        flagged[0, 1] = flag
        data = torch.from_numpy(flagged).float()[None]
        out = read_out(model, data, Diffuser(family, schedule), MEASURES["c"], [0])
        values.append(out["gap"].value)
    # Of one row in 4,000 the flag says nothing; single precision's rounding is left.
    torch.testing.assert_close(values[1], values[0], atol=1e-4, rtol=0.0)


def test_one_variable_that_determines_the_other_is_much_information(schedule):
    rows, _ = pair(1.0, 2000)
    covariance = well_posed(moments([rows[:, [0, 0]]])[1], (1, 1))[0]
    value = -0.5 * torch.log(1.0 - covariance[0, 1] ** 2 / covariance.diagonal().prod())
    assert 12.0 < value.item() < 15.0


def test_what_can_be_solved_is_left_to_the_bit():
    covariance = moments([pair(10.0, 1000)[0]])[1]
    assert torch.equal(well_posed(covariance, (1, 1)), covariance)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_rare_label_that_the_training_rows_lack_is_no_error(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(600, 1))
    y = np.where(x[:, 0] > 0.0, "a", "b")
    # One more label, in a single row: it falls into the training, validation or test rows.
    y[rng.integers(600)] = "c"
    tiny = {"n_steps": 64, "width": 16, "batch_size": 64}
    for folds in (1, 3):
        model = MINDE(y_kind="categorical", n_seeds=1, folds=folds, options=tiny)
        assert math.isfinite(model.fit(x, y).mutual_information().value)


def test_columns_that_are_all_constant_are_independent_ones():
    nothing = torch.zeros(1, 2, 2, dtype=torch.float64)
    assert torch.equal(well_posed(nothing, (1, 1))[0], torch.eye(2, dtype=torch.float64))


def test_what_varies_by_rounding_alone_is_as_good_as_constant():
    """Among some rows a level does not occur; its indicator then has a variance of 1e-34, not 0."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(200, 4))
    rows[:, 1:3] = 0.0
    exact = well_posed(moments([rows])[1], (2, 2))[0]
    g = torch.Generator().manual_seed(0)
    off = torch.randn(4, 3, generator=g, dtype=torch.float64) * 1e-17
    rounded = well_posed(moments([rows])[1] + (off @ off.mT)[None], (2, 2))[0]
    torch.testing.assert_close(rounded, exact)
    assert torch.linalg.eigvalsh(rounded)[0] > 0.1
