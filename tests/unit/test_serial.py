"""Rows in time order: how far they depend, blocks with gaps, long-run variances, and warnings."""

import numpy as np
import pytest
import torch
from scipy.signal import lfilter

import minde
from minde.columns import Column, Variable, numbers
from minde.errors import InputError
from minde.readout.influence import variance_of, variance_of_mean
from minde.readout.student import t_95
from minde.serial import (
    LEAST_TIMES,
    autocorrelation_time,
    gap_of,
    order_warning,
    shared_time,
)
from minde.training.job import make_folds
from minde.training.prepared import hold_back
from tests.variables import counted_information

SMALL = {"n_steps": 64, "width": 16}


def autoregression(seed, n=2000, phi=0.9, series=2):
    """Independent stationary series of unit variance, (n, series)."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(n, series))
    noise[1:] *= np.sqrt(1.0 - phi**2)
    return lfilter([1.0], [1.0, -phi], noise, axis=0)


def variables(x):
    return [numbers(column[:, None], name) for column, name in zip(x.T, "xyz", strict=False)]


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.9])
def test_the_autocorrelation_time_of_an_autoregression(phi):
    found = np.mean(
        [autocorrelation_time(autoregression(s, phi=phi, series=1)[:, 0]) for s in range(20)]
    )
    # Of one series it is known to a fifth, of twenty to 5%; the largest sum is too large by chance.
    assert found == pytest.approx((1.0 + phi) / (1.0 - phi), rel=0.2)


@pytest.mark.parametrize("phi", [0.5, 0.9])
def test_products_of_two_autoregressions_last_as_long_as_their_correlations_do(phi):
    found = []
    for s in range(20):
        both = autoregression(s, phi=phi, series=2)
        x, y = ([(column, "float")] for column in both.T)
        found.append(shared_time(x, y))
        # Where one is in no order nothing lasts; what is left is the chance of the sums.
        mixed = np.random.default_rng(s).permutation(both[:, 1])
        assert shared_time(x, [(mixed, "float")]) < 1.5
        labels = shared_time(x, [(np.array(list("ab"))[(both[:, 1] > 0).astype(int)], "label")])
        assert labels >= 1.0
    # Ranks correlate a little less than values, and of a column the larger of two sums is taken.
    assert np.median(found) == pytest.approx((1 + phi**2) / (1 - phi**2), rel=0.2)


def test_a_memory_of_volatility_and_of_labels_is_seen():
    rng = np.random.default_rng(0)
    volatility = np.exp(autoregression(0, phi=0.95, series=1)[:, 0])
    assert autocorrelation_time(rng.normal(size=2000) * volatility) < 3.0
    assert gap_of(variables((rng.normal(size=2000) * volatility)[:, None])) > 10
    labels = np.where(autoregression(1, phi=0.95, series=1)[:, 0] > 0.0, "up", "down")
    assert gap_of([Variable("x", (Column("x", labels.astype(object), "label"),))]) > 10


def test_a_series_too_short_for_its_memory_is_refused_in_one_line():
    walk = np.random.default_rng(0).normal(size=(2000, 2)).cumsum(axis=0)
    for x in (autoregression(0, phi=0.99), walk):
        with pytest.raises(InputError, match="depends on itself over about") as told:
            minde.MINDE(order="time").fit(x[:, 0], x[:, 1])
        assert "\n" not in str(told.value)


@pytest.mark.parametrize("phi", [0.0, 0.9])
def test_the_long_run_variance_is_that_of_a_mean(phi):
    """95 of 100 intervals of an autoregression's mean hold it, and its variance is the true one."""
    gap, n = round((1.0 + phi) / (1.0 - phi)), 2000
    x = autoregression(0, n, phi, 400)
    told = [variance_of(torch.from_numpy(c - c.mean()) / n, gap) for c in x.T]
    lag = np.arange(1, n)
    truth = (1.0 + 2.0 * float(((1.0 - lag / n) * phi**lag).sum())) / n
    # Each has B degrees of freedom, 16 or more: 400 know the mean to 2%; it is low by a few %.
    assert np.mean([v for v, _ in told]) == pytest.approx(truth, rel=0.1)
    held = [abs(c.mean()) <= t_95(dof) * v**0.5 for c, (v, dof) in zip(x.T, told, strict=True)]
    # Four standard errors of 400 at 0.95.
    assert 0.906 <= np.mean(held) <= 0.994


def test_the_variance_of_a_mean_of_rows_in_no_order():
    values = np.random.default_rng(0).normal(size=200)
    assert variance_of_mean(values) == pytest.approx(values.var(ddof=1) / 200)


@pytest.mark.parametrize(("n", "folds", "gap"), [(100, 1, 5), (101, 2, 3), (103, 5, 4)])
def test_blocks_that_test_are_far_from_the_rows_that_train(n, folds, gap):
    parts = make_folds(n, 0.2, folds, 0, gap)
    assert len({len(part.train) for part in parts}) == 1
    for part in parts:
        assert (np.diff(part.test) == 1).all()
        assert np.abs(part.train[:, None] - part.test).min() > gap
        train, held = hold_back(part.train[:, None].astype(float), 0.1, gap)
        assert len(held) == round(0.1 * len(part.train))
        assert np.abs(train - held[:, 0]).min() > gap
    tested = np.concatenate([part.test for part in parts])
    assert len(np.unique(tested)) == len(tested) == (20 if folds == 1 else n // folds * folds)


def test_rows_that_look_ordered_are_told_of_and_others_are_not():
    rng = np.random.default_rng(0)
    for _ in range(200):
        assert order_warning(variables(rng.standard_cauchy(size=(500, 3)))) == ()
    x = autoregression(0, phi=0.5)
    (told,) = order_warning(variables(x))
    assert "order='time' (--time)" in told
    # Beside a variable whose rows are independent products of both are so too.
    assert order_warning(variables(np.column_stack([x[:, 0], rng.normal(size=2000)]))) == ()
    assert order_warning(variables(x[rng.permutation(2000)])) == ()
    labels = np.array(["a", "b"], dtype=object)[(np.sort(x[:, 1]) > 0.0).astype(int)]
    grouped = Variable("y", (Column("y", labels, "label"),))
    (told,) = order_warning([variables(np.sort(x, axis=0))[0], grouped])
    assert "merely sorted" in told


def test_a_table_that_is_grouped_by_a_label_is_looked_at_within_its_groups():
    rng = np.random.default_rng(1)
    labels = np.repeat(np.array(["a", "b", "c"], dtype=object), 200)
    of_label = Variable("y", (Column("y", labels, "label"),))
    height = np.repeat([0.0, 2.0, 5.0], 200)
    # Rows of a group in no order, such as flowers by species; then in time order within each.
    apart = variables((height + rng.normal(size=600))[:, None])
    assert order_warning([*apart, of_label]) == ()
    series = autoregression(2, phi=0.8, series=1)[:600, 0]
    (told,) = order_warning([*variables((height + series)[:, None]), of_label])
    assert "y 1.00" in told or "y 0.99" in told


def test_intervals_of_counts_hold_the_truth():
    """Of two independent series of four levels, which without the order depend too often."""
    plain, ordered = 0, 0
    for seed in range(60):
        levels = np.digitize(autoregression(seed), [-0.67, 0.0, 0.67])
        x, y = levels[:, :1], levels[:, 1:]
        for gap in (0, 19):
            found = counted_information(x, y, gap)
            holds = found.value <= 1.96 * found.std_error
            plain, ordered = plain + (gap == 0) * holds, ordered + (gap > 0) * holds
    assert ordered >= 57
    assert plain < 57


@pytest.mark.parametrize("labelled", [True, False])
def test_intervals_of_a_coupled_pair_hold_the_truth(labelled):
    """The sign of x and y, correlated by 0.6, as labels both or one of them."""
    rho, truth = 0.6, 0.0859 if labelled else 0.1316  # by the orthant's probability, by quadrature
    held, n = 0, 40
    for seed in range(n):
        x, z = autoregression(seed).T
        y = rho * x + np.sqrt(1.0 - rho**2) * z
        a, b = (np.where(v > 0.0, "up", "down") for v in (x, y))
        found = minde.MINDE(order="time").fit(a, b if labelled else y).mutual_information()
        held += found.interval[0] <= truth <= found.interval[1]
    # 95 in 100 of 40: fewer than 34 in one of 300 such tests.
    assert held >= 34


def test_entropy_of_a_series():
    held = [
        low <= 0.5 * np.log(2.0 * np.pi * np.e) <= high
        for low, high in (
            minde.entropy(autoregression(s, series=1, phi=0.8), order="time").interval
            for s in range(40)
        )
    ]
    assert sum(held) >= 34


def test_networks_are_read_on_blocks_and_reload_as_they_were(tmp_path):
    x, y = autoregression(3, n=800, phi=0.7).T
    few = {"options": {**SMALL, "n_draws": 4}, "folds": 3, "extrapolate": False}
    model = minde.MINDE(order="time", **few).fit(x, y)
    found = model.mutual_information()
    assert found.interval[0] <= 0.0
    assert found.diagnostics["gap"] == gap_of(variables(np.column_stack([x, y])))
    assert "corrected" not in found.readouts
    # In no order the error is that of as many independent rows.
    plain = minde.MINDE(**few).fit(x, y).mutual_information()
    assert any("look ordered" in w for w in plain.warnings)
    assert not any("look ordered" in w for w in found.warnings)
    assert plain.diagnostics["std_rows"] < found.diagnostics["std_rows"]
    model.save(tmp_path)
    again = minde.MINDE.load(tmp_path).mutual_information()
    assert again.interval == pytest.approx(found.interval, rel=1e-6)


def test_a_gap_may_be_given():
    x = autoregression(0, n=600, phi=0.0)
    options = {"gap": 25, **SMALL}
    found = minde.MINDE(order="time", options=options, folds=3).fit(x[:, 0], x[:, 1])
    assert found.mutual_information().diagnostics["gap"] == 25
    with pytest.raises(InputError, match="set order='time'"):
        minde.MINDE(options=options).fit(x[:, 0], x[:, 1])
    with pytest.raises(InputError, match=f"fewer than {LEAST_TIMES} times as many"):
        minde.MINDE(order="time", options=options, folds=1).fit(x[:, 0], x[:, 1])


def test_what_knows_of_no_order_refuses_it():
    x = autoregression(0, n=200, phi=0.0)
    with pytest.raises(InputError, match="kl_divergence takes rows in no order"):
        minde.kl_divergence(x, x + 1.0, order="time")
    with pytest.raises(InputError, match="'gap' is a number of rows"):
        minde.entropy(x, order="time", options={"gap": -1})
    with pytest.raises(InputError, match="must be 'time' or None"):
        minde.entropy(x, order="tiem")
