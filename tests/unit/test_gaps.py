"""Columns in clusters: found by their gaps, and read as which and where in it."""

import math

import numpy as np
import pytest
from scipy import stats

import minde
from minde import MINDE
from minde.coding import Coder
from minde.columns import Column, Variable
from minde.estimators.coding import Coding
from minde.estimators.sides import Sides
from minde.gaps import LEAST_OF_CLUSTER, clusters, most_by_chance

TINY = {"n_seeds": 1, "device": "cpu", "options": {"n_steps": 8, "width": 16}}


def in_clusters(rng, n, number=5, apart=20.0):
    which = rng.integers(number, size=n)
    return apart * which + rng.normal(size=n), which


@pytest.mark.parametrize(("reach", "beside"), [(1, 20), (3, 6), (9, 18), (500, 500)])
def test_chance_is_the_law_of_shares_of_spacings(reach, beside):
    once = 50.0
    most = most_by_chance(reach, beside, once)
    # What TIMES asks for at least is more where spacings are many.
    share = max(stats.beta(reach, beside).isf(1.0 / once), 1.0 / (1.0 + beside / (8.0 * reach)))
    assert most == pytest.approx(share / (1.0 - share), rel=1e-6)


@pytest.mark.parametrize("number", [2, 5, 9])
def test_gaps_part_clusters(number):
    x, which = in_clusters(np.random.default_rng(0), 900, number)
    assert np.array_equal(np.searchsorted(clusters(x), x), which)


@pytest.mark.parametrize(
    "law", [stats.norm(), stats.uniform(), stats.cauchy(), stats.expon(), stats.pareto(0.5)]
)
def test_smooth_laws_are_in_no_clusters(law):
    found = [clusters(law.rvs(400, random_state=k)) for k in range(200)]
    # Two tests of a spacing, each once in 12,000: fewer than one column in 1,000, and chance.
    assert sum(map(bool, found)) <= 4


def test_rounded_values_are_in_no_clusters():
    x = np.random.default_rng(0).normal(size=1000)
    assert not clusters(x.round(2))


def test_few_rows_far_away_are_no_cluster():
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(size=500), 50.0 + rng.normal(size=LEAST_OF_CLUSTER - 1)])
    assert clusters(x) == ()
    more = np.concatenate([x, [50.5]])
    assert len(clusters(more)) == 1


def test_what_is_asked_to_be_continuous_is_in_no_clusters():
    x = in_clusters(np.random.default_rng(0), 500)[0]
    variable = Variable("x", (Column("c", x, "float"),))
    coding = Coding.fit(variable, {})
    assert not coding.clustered
    found = coding.in_clusters(variable, {})
    assert found.clustered
    assert (
        found.kinds["c"]
        == "c lies in 5 clusters with gaps between: which one and where in it are read apart"
    )
    assert found.notes == (found.kinds["c"],)
    asked = {("x", "c"): "continuous"}
    assert not Coding.fit(variable, asked).in_clusters(variable, asked).clustered


def test_cluster_and_place_are_what_the_value_is():
    x, which = in_clusters(np.random.default_rng(1), 400)
    column = Column("c", x, "float")
    coder = Coder.of_clusters("c", x, clusters(x))
    again = Coder.from_state(coder.state())
    assert again == coder
    assert np.array_equal(coder.codes(column), which)
    middle, unit = np.array(coder.scales)[coder.codes(column)].T
    within = coder.values(column, np.random.default_rng(0))
    assert within * unit + middle == pytest.approx(x, rel=1e-12)
    assert coder.size == 5


def test_too_many_cells_for_the_rows_are_left_as_values():
    rng = np.random.default_rng(2)
    columns = tuple(Column(f"c{k}", in_clusters(rng, 300)[0], "float") for k in range(6))
    x, y = Variable("x", columns[:3]), Variable("y", columns[3:])
    assert Coding.fit(x, {}).in_clusters(x, {}).clustered
    sides = Sides.fit((x, y), {}, 0, clusters=True)
    assert not any(coding.clustered for coding in sides.codings)
    assert sides.continuous


@pytest.mark.parametrize("curve", [lambda x: 2.0 * x + 1.0, np.square, np.sin])
def test_columns_that_determine_one_another_are_told_across_clusters(curve):
    x = in_clusters(np.random.default_rng(2), 500)[0]
    pair = [Variable(name, (Column(name, v, "float"),)) for name, v in (("x", x), ("y", curve(x)))]
    sides = Sides.fit(pair, {}, 0, clusters=True)
    assert any("mutual information may be infinite" in line for line in sides.warnings)


def test_other_recipes_and_families_keep_values():
    rng = np.random.default_rng(3)
    x, y = in_clusters(rng, 300)[0], in_clusters(rng, 300)[0]
    for model in (MINDE(family="j", **TINY), MINDE(preprocessing="standardize", **TINY)):
        model.fit(x, y)
        assert not any(coding.clustered for coding in model.codings_)


def test_new_rows_and_saved_models_know_the_clusters(tmp_path):
    rng = np.random.default_rng(4)
    x, which = in_clusters(rng, 400, 3)
    y = 10.0 * which + rng.normal(size=400)
    model = MINDE(**TINY).fit(x, y)
    found = model.mutual_information(x[:200], y[:200])
    model.save(tmp_path / "model")
    again = MINDE.load(tmp_path / "model").mutual_information(x[:200], y[:200])
    assert again.value == found.value
    assert found.value == pytest.approx(math.log(3.0), abs=0.2)


def test_clusters_that_are_shared_are_counted():
    rng = np.random.default_rng(5)
    which = rng.integers(5, size=300)
    x, y = (20.0 * which + rng.normal(size=300) for _ in range(2))
    found = MINDE().fit(x, y).mutual_information()
    assert found.interval[0] < math.log(5.0) < found.interval[1]
    # As values they are read with a half-width of 0.3.
    assert found.interval[1] - found.interval[0] < 0.2
    assert found.warnings[0].startswith("x[0] lies in 5 clusters with gaps between")


def test_what_is_left_within_clusters_given_them():
    truth, held = -0.5 * math.log(1.0 - 0.6**2), 0
    for k in range(3):
        rng = np.random.default_rng(k)
        x, which = in_clusters(rng, 500)
        y = 0.6 * (x - 20.0 * which) + 0.8 * rng.normal(size=500) - 20.0 * which
        z = 20.0 * which + 0.1 * rng.normal(size=500)
        found = minde.conditional_mutual_information(x, y, z)
        held += found.interval[0] < truth < found.interval[1]
        # What z's cluster tells of the others' is counted, and in no doubt.
        assert found.interval[0] > 0.0
        # As values three draws of 500 rows read less than 0.1 each.
        assert found.value == pytest.approx(truth, abs=0.12)
    assert held >= 2
