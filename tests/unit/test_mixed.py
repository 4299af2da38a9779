"""Mixed variables: exact where all is discrete, bookkeeping and one-line refusals elsewhere."""

import math

import numpy as np
import pytest

import minde
from minde import MINDE
from minde.columns import Column, Variable
from minde.diffusion.roles import A, C, D
from minde.errors import InputError
from minde.estimators.layout import Layout
from minde.estimators.networks import networks, within
from minde.estimators.sides import Sides
from minde.estimators.unlearned import shown
from minde.inputs import read_variables
from minde.readout.units import Summary
from minde.training.job import Fold

TINY = {"n_steps": 8, "batch_size": 32, "width": 16, "n_draws": 2}


def rng(seed=0):
    return np.random.default_rng(seed)


def likert(n, levels=5, rho=0.8):
    from scipy.stats import multivariate_normal, norm

    z = rng().normal(size=(n, 2))
    z[:, 1] = rho * z[:, 0] + math.sqrt(1 - rho**2) * z[:, 1]
    cuts = norm.ppf(np.arange(1, levels) / levels)
    edges = np.r_[-9, cuts, 9]
    law = multivariate_normal(cov=[[1, rho], [rho, 1]])
    grid = np.array([[law.cdf([a, b]) for b in edges] for a in edges])
    p = np.diff(np.diff(grid, axis=0), axis=1).clip(1e-15)
    p /= p.sum()
    truth = float((p * np.log(p / np.outer(p.sum(1), p.sum(0)))).sum())
    return np.digitize(z[:, 0], cuts), np.digitize(z[:, 1], cuts), truth


BIT = rng().integers(0, 2, 5000)
NOISE = np.where(rng(1).random(5000) < 0.1, 1 - BIT, BIT)
DIE = rng().integers(1, 7, 5000)
DISCRETE = {
    "a copied bit": (BIT, BIT.copy(), math.log(2), 0.001),
    "a bit and its name": (BIT, np.array(["no", "yes"])[BIT], math.log(2), 0.001),
    "a truth value": (BIT > 0, BIT + 3.0, math.log(2), 0.001),
    "independent bits": (BIT, rng(2).integers(0, 2, 5000), 0.0, 0.001),
    "a noisy bit": (BIT, NOISE, math.log(2) + 0.1 * math.log(0.1) + 0.9 * math.log(0.9), 0.03),
    "a die and itself": (DIE, DIE.copy(), math.log(6), 0.002),
    "two bits of one": (
        np.c_[BIT, NOISE],
        BIT ^ NOISE,
        -0.1 * math.log(0.1) - 0.9 * math.log(0.9),
        0.02,
    ),
    "survey answers": (*likert(2000), 0.04),
}


@pytest.mark.parametrize("name", DISCRETE)
@pytest.mark.parametrize("family", ["c", "j"])
def test_discrete_variables_need_no_training(name, family):
    x, y, truth, reach = DISCRETE[name]
    model = MINDE(family, device="cpu").fit(x, y)
    e = model.mutual_information()
    assert model.ensembles_ == {}
    assert e.interval[0] <= truth <= e.interval[1]
    assert (e.interval[1] - e.interval[0]) / 2 < reach
    assert e.interval[0] <= e.value <= e.interval[1]
    assert e.pointwise.mean() == pytest.approx(e.diagnostics["before_bounds"], abs=1e-9)
    assert e.n_test == len(x)
    assert any("discrete" in w or "categorical" in w for w in e.warnings)


@pytest.fixture(scope="module")
def table():
    return made(400)


def made(n):
    """x: a label and a number with zeros; y: a number and a truth value."""
    group, u = rng().integers(0, 3, n), rng(1).normal(size=n)
    rain = np.where(rng(2).random(n) < 0.4, 0.0, np.exp(u))
    x = Variable(
        "x",
        (
            Column("group", np.array(["r", "g", "b"], dtype=object)[group], "label"),
            Column("rain", rain, "float"),
        ),
    )
    v = u + group + rng(3).normal(size=n)
    flag = (rng(4).random(n) < 0.3 + 0.4 * (group == 1)).astype(float)
    return x, Variable("y", (Column("v", v, "float"), Column("flag", flag, "boolean")))


def rows(variable, keep):
    return Variable(
        variable.name,
        tuple(Column(c.name, c.values[keep], c.origin) for c in variable.columns),
    )


@pytest.fixture(scope="module", params=[1, 3], ids=["split", "folds"])
def fitted(request, table):
    return MINDE(n_seeds=2, folds=request.param, device="cpu", options=TINY).fit(*table)


def test_every_term_of_the_chain_rule_has_a_pattern(table):
    x, y = table
    wide = Variable("x", (*x.columns, Column("more", rng(5).normal(size=len(x)), "float")))
    sides = Sides.fit((wide, y), {}, 0)
    found = networks(sides.quantity, sides.layouts, sides.sides, 0)
    # rain and more, v, and of the labels group (3) and the atom, then flag.
    family = found["x|y"].family
    assert family.dims == (2, 1, 4, 1)
    assert family.patterns == ((D, A, C, A), (D, A, C, C), (D, C, C, C))
    assert family.n_labels == 2
    gains = {d: m.entropies for d, m in found["x|y"].measures.items()}
    assert gains["x|y"] == ((1.0, (D, A, C, A)), (-1.0, (D, C, C, C)))
    assert gains["y|x"] == ((1.0, (D, A, C, A)), (-1.0, (D, A, C, C)))
    layout = sides.layouts["x|y"]
    assert Layout.from_state(layout.state()) == layout


def test_networks_of_single_columns_read_what_values_tell_beyond_labels(table):
    sides = Sides.fit(made(1600), {}, 0)
    found = networks(sides.quantity, sides.layouts, sides.sides, 0)
    # rain, v, and of the labels group (3) - the atom is one value on the rows that are read - flag.
    family = found["x|y"].family
    assert family.dims == (1, 1, 4)
    assert family.patterns == ((D, A, C), (D, C, C))
    assert family.n_labels == 1
    # v, rain; flag, group and the atom.
    assert found["y|x"].family.dims == (1, 1, 5)
    assert {d: m.entropies for d, m in found["x|y"].measures.items()} == {
        "x|y": ((1.0, (D, A, C)), (-1.0, (D, C, C)))
    }
    layout = sides.layouts["x|y"]
    assert layout.apart == 0
    assert Layout.from_state(layout.state()) == layout
    # Of fewer rows the cells of own and other labels have too few, and networks read those as well.
    few = Sides.fit(table, {}, 0)
    assert few.layouts["x|y"].apart is None
    assert networks(few.quantity, few.layouts, few.sides, 0)["x|y"].family.n_labels == 2


def test_directions_share_the_discrete_part(fitted):
    e = fitted.mutual_information()
    assert list(e.directions) == ["x|y", "y|x"]
    of_both = np.mean([d.value for d in e.directions.values()])
    assert shown(e).value == pytest.approx(of_both, abs=1e-6)
    assert e.pointwise.mean() == pytest.approx(e.value, abs=1e-6)
    assert e.per_seed.mean() == pytest.approx(e.value, abs=1e-6)
    counted, error = e.diagnostics["discrete_part"]
    assert 0.0 < counted < math.log(2)
    assert e.std_error > error


def test_new_rows_and_saved_models_remember_levels(fitted, table, tmp_path):
    fitted.save(tmp_path / "m")
    loaded = MINDE.load(tmp_path / "m", device="cpu")
    a, b = fitted.mutual_information(), loaded.mutual_information()
    assert (a.value, a.std_error, a.warnings) == (b.value, b.std_error, b.warnings)
    x, y = table
    keep = np.flatnonzero(x.columns[0].values != "g")[:50]
    few = [rows(v, keep) for v in (x, y)]
    values = fitted.pointwise(*few)
    assert values.shape == (50,)
    np.testing.assert_array_equal(values, loaded.pointwise(*few))
    # Read beside other rows or not, a row has the value of its own levels, up to the noise drawn.
    assert fitted.pointwise(*(rows(v, keep[:1]) for v in (x, y))).shape == (1,)
    odd = Variable("x", (Column("group", np.array(["r", "z"], dtype=object), "label"),
                         Column("rain", np.zeros(2), "float")))  # fmt: skip
    with pytest.raises(InputError, match="group: level 'z' is none of the 3"):
        fitted.pointwise(odd, rows(y, [0, 1]))


def test_rows_at_an_atom_count_nothing_for_a_lone_column(table):
    x = Variable("x", table[0].columns[1:])
    v = Variable("y", table[1].columns[:1])
    model = MINDE(n_seeds=1, folds=1, device="cpu", options=TINY).fit(x, v)
    network = model._networks(*model.samples_.values())["x|y"]
    np.testing.assert_array_equal(network.alive, x.columns[0].values > 0.0)
    assert not np.isnan(network.rows).any()
    e = model.ensembles_["x|y"]
    assert all(network.alive[fold.test].all() for fold in e.folds)
    assert np.isfinite(model.mutual_information().value)


def test_folds_are_cut_to_one_length():
    alive = np.array([True, False, True, True, False, True])
    folds = (
        Fold(np.array([0, 1, 2]), np.array([3, 4, 5])),
        Fold(np.array([3, 4, 5]), np.array([0, 1, 2])),
    )
    cut = within(folds, alive)
    assert [f.train.tolist() for f in cut] == [[0, 2], [3, 5]]
    assert [f.test.tolist() for f in cut] == [[3, 5], [0, 2]]


def test_partly_empty_rows_are_filled_with_draws_of_the_column():
    n = 4000
    a = np.where(rng().random(n) < 0.5, 0.0, rng(1).exponential(size=n))
    b = rng(2).normal(size=n)
    read, _ = read_variables({"x": np.c_[a, b], "y": rng(3).normal(size=n)})
    sides = Sides.fit((read["x"], read["y"]), {}, 0)
    filled = sides.layouts["x|y"].rows(sides.sides, 0)
    empty = a == 0.0
    np.testing.assert_array_equal(filled[~empty, 0], a[~empty])
    # Draws of the same law, of 2,000 rows each: four standard errors of a quantile are 0.1.
    known, drawn = (np.quantile(filled[rows, 0], [0.25, 0.5, 0.75]) for rows in (~empty, empty))
    np.testing.assert_allclose(drawn, known, atol=0.1)
    assert abs(np.corrcoef(filled[empty, 0], b[empty])[0, 1]) < 0.09


def test_one_new_row_at_an_atom_of_one_column_has_a_value(tmp_path):
    n = 200
    rain = np.where(rng().random(n) < 0.5, 0.0, rng(1).exponential(size=n))
    x, y = np.c_[rain, rng(2).normal(size=n)], rng(3).normal(size=n) > 0
    model = MINDE(n_seeds=1, folds=1, device="cpu", options=TINY).fit(x, y)
    model.save(tmp_path)
    k = int(np.flatnonzero(rain == 0.0)[0])
    for each in (model, MINDE.load(tmp_path, device="cpu")):
        assert np.isfinite(each.pointwise(x[k : k + 1], y[k : k + 1])).all()
    # The fill is drawn by the law of the fit's rows, and so is within it.
    layout = model.layouts_["x|y"]
    assert (layout.laws[0][0], layout.laws[0][-1]) == (rain[rain > 0].min(), rain.max())
    assert layout.laws[1] == ()


def test_no_value_leaves_what_is_possible():
    x = rng().normal(size=400)
    model = MINDE(n_seeds=1, folds=1, device="cpu", options=TINY).fit(x, x > 0)
    model.entropies_ = {"y": Summary(0.001, 0.0)}
    e = model.mutual_information()
    assert 0.0 <= e.value <= 0.001
    assert e.interval[0] >= 0.0
    assert e.interval[1] <= 0.001


REFUSED = [
    ({}, (np.arange(300).astype(str), rng().normal(size=300)), "300 combinations of labels"),
    ({}, (rng().normal(size=300), ["a"] * 300), r"y: column 'y\[0\]' is constant"),
    ({"family": "j"}, (rng().normal(size=300), BIT[:300]), "needs family 'c'"),
    ({"kinds": {"z": "discrete"}}, (BIT, BIT), "no column 'z'"),
    ({}, ([f"a{k}" for k in range(150)] * 2, [f"b{k}" for k in range(100)] * 3), "nothing can be"),
]


@pytest.mark.parametrize(("arguments", "data", "message"), REFUSED)
def test_what_cannot_be_read_is_one_line(arguments, data, message):
    with pytest.raises(InputError, match=message) as caught:
        MINDE(device="cpu", options=TINY, **arguments).fit(*data)
    assert "\n" not in str(caught.value)


def test_many_levels_are_spread():
    x, y = rng().integers(0, 150, 2000), rng(1).integers(0, 150, 2000)
    model = MINDE(n_seeds=1, folds=1, device="cpu", options=TINY).fit(x, y)
    assert any("spread evenly between their levels" in w for w in model.warnings_)
    # One side is enough: the levels of the other condition.
    assert set(model.ensembles_) == {"x|y"}
    # A copy has as many cells as levels, and is counted.
    assert MINDE(device="cpu").fit(x, x).ensembles_ == {}


@pytest.mark.parametrize("f", [np.square, np.sin])
def test_a_curve_across_the_variables_is_warned_of(f):
    x = rng().normal(size=500)
    model = MINDE(n_seeds=1, folds=1, device="cpu", options=TINY).fit(x, f(x))
    assert any("follow one another along a curve" in w for w in model.warnings_)


def test_what_was_decided_is_in_the_result(fitted):
    kinds = fitted.mutual_information().diagnostics["kinds"]
    assert kinds["x"]["group"] == "group holds labels: categorical"
    assert "rain are 0: a discrete part" in kinds["x"]["rain"]
    assert set(kinds["y"]) == {"v", "flag"}


def test_what_was_told_on_reading_is_in_the_warnings():
    import pandas as pd

    frame = pd.DataFrame({"x": DIE, "flat": 1.0})
    other = pd.DataFrame({"y": DIE}, index=frame.index[::-1])
    model = MINDE(device="cpu").fit(frame, other)
    told = "x and y have one index in different orders; rows pair by position"
    flat = "x: column 'flat' is constant and was left out"
    assert {told, flat} <= set(model.mutual_information().warnings)
    new = model.mutual_information(frame[:50], other[:50].set_index(frame.index[:50][::-1]))
    assert [w for w in new.warnings if w in (told, flat)] == [told, flat]
    found = minde.pairwise_mutual_information({"x": frame, "y": other}, device="cpu")
    assert {told, flat} <= set(found["x", "y"].warnings)
    waits = pd.to_timedelta(DIE, unit="s").to_series(index=frame.index)
    durations = "holds durations, which are read in seconds"
    for e in (minde.entropy(waits), minde.kl_divergence(waits, waits)):
        assert any(durations in w for w in e.warnings)


def test_directions_of_which_one_knows_nothing_of_the_rows_that_train():
    # The rows beside the atoms of one part are too few for a control variate, those of the other
    # are not.
    rng = np.random.default_rng(1)
    n, few = 300, {"n_steps": 32, "width": 16, "batch_size": 16, "n_draws": 2}
    u = rng.normal(size=n)
    rain, limit = np.where(rng.random(n) < 0.5, 0.0, np.exp(u)), np.clip(u[::-1], -0.5, 1.0)
    e = MINDE(device="cpu", options=few).fit(rain, limit).mutual_information()
    assert e.interval[0] <= 0.0 <= e.value <= e.interval[1]


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_a_column_that_is_constant_among_the_rows_that_train():
    rng = np.random.default_rng(0)
    flag, label = (np.arange(60) == 0).astype(float), rng.choice(list("abcde"), 60)
    few = {"n_steps": 8, "width": 16, "batch_size": 16, "n_draws": 2}
    model = MINDE(device="cpu", options=few, kinds={"x": "continuous"}).fit(flag, label)
    e = model.mutual_information()
    # The entropy of a flag that one of 60 rows has is 0.085.
    assert 0.0 <= e.value < 0.1
