"""Read-outs of known numbers put together: each part of the error by its own formula."""

import dataclasses
import math

import numpy as np
import pytest
import torch
from scipy.stats import t as student

from minde.options import ReadoutOptions
from minde.readout.combine import Facts, combine
from minde.readout.influence import Influence, degrees_of_freedom
from minde.readout.names import CORRECTED, HALVES
from minde.readout.notes import ONE_SEED
from minde.readout.reading import Reading
from minde.readout.readout import N_BINS, Readout

N = 200
RNG = np.random.default_rng(0)
#: Pointwise values of mean 1, and a read-out that is 0.3 lower on average and noisier.
INSIDE = 1.0 + RNG.normal(size=(2, N))
GAP = INSIDE - 0.3 + 0.5 * RNG.normal(size=(2, N))


def readout(values, influence=None):
    """Members' pointwise values, whose integrand rises from bin to bin."""
    values = torch.as_tensor(np.atleast_2d(values), dtype=torch.float64)
    bins = torch.arange(N_BINS, dtype=torch.float64) / sum(range(N_BINS))
    integrand = values.mean(dim=1, keepdim=True) * bins
    return Readout(values, integrand, torch.linspace(0.0, 1.0, N_BINS + 1), influence)


def of(inside, gap, **others):
    readouts = {"inside": readout(inside), "gap": readout(gap), **others}
    return readouts | {"cross": readout(0.5 * (np.atleast_2d(inside) + np.atleast_2d(gap)))}


def facts(**changed):
    options = ReadoutOptions(reported=changed.pop("reported", "inside"), sigma_refs=())
    return Facts(options, **{"n_seeds": 1, "n_train": 0, **changed})


def test_one_direction_of_one_member_by_hand():
    inside, gap = INSIDE[0], GAP[0]
    found = combine({"": Reading(of(inside, gap))}, facts())
    rows, apart = inside.var(ddof=1) / N, inside - gap
    # Half of what the read-outs differ by beyond the chance of their difference.
    missed = 0.5 * math.sqrt(apart.mean() ** 2 - apart.var(ddof=1) / N)
    assert found.value == pytest.approx(inside.mean())
    assert found.diagnostics["std_rows"] == pytest.approx(math.sqrt(rows))
    assert found.diagnostics["std_seeds"] == 0.0
    assert found.diagnostics["std_training"] == pytest.approx(missed)
    assert found.diagnostics["readout_spread"] == pytest.approx(inside.mean() - gap.mean())
    assert found.std_error == pytest.approx(math.sqrt(rows + missed**2))
    # Welch and Satterthwaite, the training's part as known.
    own = degrees_of_freedom(Influence.of_mean(torch.from_numpy(inside)[None]).test[0])
    dof = (rows + missed**2) ** 2 / (rows**2 / own)
    assert found.diagnostics["degrees_of_freedom"] == pytest.approx(dof, rel=1e-5)
    reach = student.ppf(0.975, dof) * found.std_error
    assert found.interval == pytest.approx((found.value - reach, found.value + reach))
    assert (found.n_train, found.n_test) == (0, N)
    assert found.rows.tolist() == [*range(N)]
    np.testing.assert_allclose(found.pointwise, inside)
    assert found.integrand.sum() == pytest.approx(found.value)
    # The flat part of the integrand is its first two bins: 0 and 1 of 1225.
    assert found.diagnostics["smallest_times"] == pytest.approx(found.value / 1225)


def test_readouts_that_differ_by_chance_alone_add_nothing():
    noise = RNG.normal(size=N)
    found = combine({"": Reading(of(INSIDE[0], INSIDE[0] + noise - noise.mean()))}, facts())
    assert found.diagnostics["std_training"] == 0.0


def test_directions_are_averaged_and_their_chance_is_common():
    a, b = INSIDE
    found = combine({"x|y": Reading(of(a, a)), "y|x": Reading(of(b, b))}, facts())
    both = 0.5 * (a + b)
    assert found.value == pytest.approx(both.mean())
    assert found.diagnostics["std_rows"] == pytest.approx(both.std(ddof=1) / math.sqrt(N))
    assert found.diagnostics["direction_gap"] == pytest.approx(a.mean() - b.mean())
    assert [*found.directions] == ["x|y", "y|x"]
    for values, side in zip((a, b), found.directions.values(), strict=True):
        assert side.value == pytest.approx(values.mean())
        assert side.std_error == pytest.approx(values.std(ddof=1) / math.sqrt(N))
    assert found.integrand.sum() == pytest.approx(found.value)


def test_seeds_differ_by_more_than_their_rows_tell():
    offsets = np.array([[0.2], [-0.2]])
    values = INSIDE[0] + offsets
    found = combine({"": Reading(of(values, values))}, facts(n_seeds=2))
    np.testing.assert_allclose(found.per_seed, INSIDE[0].mean() + offsets[:, 0])
    np.testing.assert_allclose(found.pointwise, INSIDE[0])
    # Two values, 0.4 apart, on the same rows: their mean's variance is 0.08 / 2.
    assert found.diagnostics["std_seeds"] == pytest.approx(0.2)
    assert found.diagnostics["std_rows"] == pytest.approx(INSIDE[0].std(ddof=1) / math.sqrt(N))
    # A variance of rows and one of one degree.
    rows, seeds = (found.diagnostics[k] ** 2 for k in ("std_rows", "std_seeds"))
    own = degrees_of_freedom(Influence.of_mean(torch.from_numpy(INSIDE[:1])).test[0])
    dof = (rows + seeds) ** 2 / (rows**2 / own + seeds**2)
    assert found.diagnostics["degrees_of_freedom"] == pytest.approx(dof, rel=1e-5)


def test_folds_lie_side_by_side_within_their_seed():
    # Members: seed 0 on folds 0 and 1, then seed 1.
    values = np.stack([*INSIDE, *(INSIDE + 0.1)])
    places = [(np.arange(1, 2 * N, 2), np.arange(0, 2 * N, 2))]
    places.append(places[0][::-1])
    found = combine(
        {"": Reading(of(values, values))}, facts(n_seeds=2, places=places, cross_fitted=True)
    )
    np.testing.assert_allclose(found.per_seed, [INSIDE.mean(), INSIDE.mean() + 0.1])
    np.testing.assert_allclose(found.pointwise, INSIDE.reshape(-1) + 0.05)
    assert found.rows.tolist() == [*range(1, 2 * N, 2), *range(0, 2 * N, 2)]
    assert found.n_test == 2 * N


def test_how_far_the_value_moved_is_an_error():
    inside = INSIDE[0]
    same = of(inside, inside)
    halfway = of(inside - 0.25, inside)
    found = combine({"": Reading(same, halfway)}, facts())
    assert found.diagnostics["moved_since_halfway"] == pytest.approx(0.25)
    assert found.diagnostics["std_training"] == pytest.approx(0.25)
    assert any("moved by 0.250 nats" in line for line in found.warnings)


@pytest.mark.parametrize(
    ("reported", "weight"), [("inside", 1.0), ("cross", 0.5), ("gap", 0.0)], ids=str
)
def test_the_draw_of_the_training_rows_is_an_error_of_first_order(reported, weight):
    inside = INSIDE[0]
    known = torch.full((1, 50), 0.01, dtype=torch.float64)
    influence = Influence(Influence.of_mean(torch.from_numpy(inside)[None]).test, known)
    out = {name: readout(inside, influence) for name in ("inside", "gap", "cross")}
    for gap, rows in ((0, 500), (4, 125)):
        found = combine({"": Reading(out)}, facts(reported=reported, n_train=500, gap=gap))
        own = weight * inside.std(ddof=1) / math.sqrt(rows)
        # The control variate's mean over the same rows has the standard error 0.01 sqrt(50).
        k = math.sqrt(50) * 0.01
        expected = math.sqrt(own**2 + 2.0 * own * k)
        assert found.diagnostics["std_networks"] == pytest.approx(expected)
        assert found.diagnostics["std_training"] == pytest.approx(expected)
    # Where scores were given, and where all rows are tested by turns, there is no such draw.
    for other in ({"n_train": 0}, {"n_train": 500, "cross_fitted": True}):
        found = combine({"": Reading(out)}, facts(reported=reported, **other))
        assert found.diagnostics["std_networks"] == 0.0


def test_cross_fitted_estimates_are_judged_by_the_gap_and_by_what_few_rows_hide():
    inside, gap = INSIDE[0], INSIDE[0] + RNG.normal(size=N)
    reading = Reading(of(inside, gap), learned=0.5, columns=4)
    found = combine({"": reading}, facts(cross_fitted=True, n_train=160))
    assert found.value == pytest.approx(inside.mean())
    assert found.diagnostics["std_rows"] == pytest.approx(gap.std(ddof=1) / math.sqrt(N))
    assert found.diagnostics["std_unseen"] == pytest.approx(reading.missed(found.value, N))
    assert found.diagnostics["learned"] == 0.5
    # Of two directions the one that had more to learn counts.
    easy = Reading(of(inside, gap), learned=0.1, columns=4)
    both = combine({"a": easy, "b": reading}, facts(cross_fitted=True, n_train=160))
    assert both.diagnostics["learned"] == 0.5
    assert both.diagnostics["std_unseen"] == pytest.approx(reading.missed(found.value, N))
    alone = combine({"": reading}, facts(n_train=160, n_seeds=1))
    assert alone.diagnostics["std_unseen"] == 0.0


def test_a_corrected_value_may_miss_the_step_from_half_of_the_rows():
    gap = INSIDE[0]
    more = {CORRECTED: readout(gap + 0.1), HALVES: readout(gap - 0.4)}
    asked = facts(reported="scaled", cross_fitted=True, n_train=160)
    found = combine({"": Reading(of(gap, gap, **more), learned=0.0)}, asked)
    assert found.value == pytest.approx(gap.mean() + 0.1)
    assert found.diagnostics["std_training"] == pytest.approx(0.5)
    assert any("half of the rows read 0.50 nats less" in line for line in found.warnings)
    # What halves read is judged apart: it is no read-out that disagrees.
    assert not any("the read-outs differ" in line for line in found.warnings)


def test_known_terms_are_added_to_every_row():
    inside, terms = INSIDE[0], np.linspace(0.0, 1.0, N)
    found = combine({"": Reading(of(inside, inside))}, facts(offset=terms))
    np.testing.assert_allclose(found.pointwise, inside + terms)
    assert found.diagnostics["std_rows"] == pytest.approx(
        (inside + terms).std(ddof=1) / math.sqrt(N)
    )


def test_what_was_put_in_for_what_is_not_read_is_an_error():
    found = combine({"": Reading(of(INSIDE[0], INSIDE[0]))}, facts(unseen=0.3))
    assert found.diagnostics["std_training"] == pytest.approx(0.3)


def test_one_training_says_that_another_may_differ():
    reading = {"": Reading(of(INSIDE, INSIDE))}
    alone = {"": Reading(of(INSIDE[0], INSIDE[0]))}
    said = [
        ONE_SEED in combine(given, facts(**how)).warnings
        for given, how in (
            (alone, {"n_train": 100}),
            (reading, {"n_train": 100, "n_seeds": 2}),
            (alone, {"n_train": 100, "cross_fitted": True}),
            (alone, {"n_train": 0}),
        )
    ]
    assert said == [True, False, False, False]


def test_facts_are_passed_on():
    known = facts(gap=3, warnings=("careful",), diagnostics={"below": 0.5})
    found = combine({"": Reading(of(INSIDE[0], INSIDE[0]))}, known)
    assert found.warnings[0] == "careful"
    assert found.diagnostics["below"] == 0.5
    assert found.diagnostics["gap"] == 3
    without = combine({"": Reading(of(INSIDE[0], INSIDE[0]))}, dataclasses.replace(known, gap=0))
    assert "gap" not in without.diagnostics


def test_pointwise_values_are_those_of_rows_and_average_by_weights():
    """A read-out holds each row's value times its weight; the estimate gives both apart."""
    weights = np.linspace(0.2, 1.8, N)[None]
    known = torch.from_numpy(weights)
    weighted = {
        name: dataclasses.replace(readout(values * weights), weights=known)
        for name, values in (("inside", INSIDE[:1]), ("gap", GAP[:1]), ("cross", GAP[:1]))
    }
    found = combine({"": Reading(weighted)}, facts())
    np.testing.assert_allclose(found.pointwise, INSIDE[0])
    np.testing.assert_allclose(found.weights, weights[0])
    assert found.value == pytest.approx(np.average(INSIDE[0], weights=weights[0]))
