"""Every pair of several variables, trained together."""

import numpy as np
import pytest
import torch

from minde import MINDE, pairwise_mutual_information
from minde.errors import InputError
from minde.estimators.many import MANY, settings_of_many

TINY = {"n_steps": 96, "width": 16, "batch_size": 32, "n_draws": 2}
SETTINGS = {"n_seeds": 2, "device": "cpu", "options": TINY}


def variables():
    rng = np.random.default_rng(0)
    a = rng.normal(size=(400, 2))
    b = a[:, 0] + rng.normal(size=400)
    return {"a": a, "b": b, "c": rng.normal(size=400)}


@pytest.fixture(params=[1, 2])
def threads(request):
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield
    torch.set_num_threads(before)


def test_a_pair_comes_out_as_minde_alone(threads):
    found = pairwise_mutual_information(variables(), **SETTINGS)
    for x, y in (("a", "b"), ("b", "c")):
        alone = MINDE(folds=1, **SETTINGS).fit(variables()[x], variables()[y]).mutual_information()
        # Single precision, and batched products that round otherwise, over 96 steps.
        np.testing.assert_allclose(found[x, y].pointwise, alone.pointwise, atol=2e-3)
        assert found[x, y].value == pytest.approx(alone.value, abs=1e-3)
        assert found[x, y].std_error == pytest.approx(alone.std_error, abs=1e-3)
        assert set(found[x, y].directions) == {"x|y", "y|x"}


def test_the_matrix_is_symmetric_and_the_records_are_in_order():
    found = pairwise_mutual_information(variables(), **SETTINGS)
    matrix = found.matrix()
    assert np.isnan(np.diag(matrix)).all()
    np.testing.assert_array_equal(matrix, matrix.T)
    assert matrix[0, 1] == found["a", "b"].value == found["b", "a"].value
    rows = found.to_records()
    assert [r["value"] for r in rows] == sorted((r["value"] for r in rows), reverse=True)
    assert {(r["x"], r["y"]) for r in rows} == {("a", "b"), ("a", "c"), ("b", "c")}
    # b is a plus noise, and c has nothing to do with either.
    assert (rows[0]["x"], rows[0]["y"]) == ("a", "b")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"b": None, "c": None}, "two variables or more"),
        ({"b": np.ones(400), "c": None}, r"no pair can be read; b: column 'b\[0\]' is constant"),
        ({"c": np.arange(399.0)}, "rows"),
    ],
)
def test_what_cannot_be_used_is_one_clear_line(change, message):
    given = {k: v for k, v in (variables() | change).items() if v is not None}
    with pytest.raises(InputError, match=message) as caught:
        pairwise_mutual_information(given, **SETTINGS)
    assert "\n" not in str(caught.value)


def test_a_pair_that_cannot_be_read_is_left_out_and_the_others_are_as_without_it():
    given = variables() | {"constant": np.ones(400)}
    found, without = (pairwise_mutual_information(v, **SETTINGS) for v in (given, variables()))
    assert set(found.left_out) == {(name, "constant") for name in "abc"}
    assert all("is constant" in why for why in found.left_out.values())
    np.testing.assert_allclose(found.matrix()[:3, :3], without.matrix())
    assert np.isnan(found.matrix()[3]).all()


def test_labels_and_levels_are_paired_with_the_rest():
    given = variables() | {
        "group": np.array(["low", "high"])[(variables()["b"] > 0).astype(int)],
        "level": (variables()["c"] > 0).astype(int),
    }
    found = pairwise_mutual_information(given, kinds={"level": "categorical"}, **SETTINGS)
    assert found["group", "level"].directions == {}
    # b's sign is a label of b, and never more than log 2.
    assert 0.0 <= found["b", "group"].value <= np.log(2) + 0.01
    assert found["level", "a"].diagnostics["kinds"]["level"] == {
        "level[0]": "level[0] is categorical, as was asked for"
    }
    assert np.isfinite(found["a", "group"].value)


def test_many_pairs_take_less_work_each_and_say_so():
    few, said = settings_of_many(None, {}, MANY, "pairs")
    many, line = settings_of_many(None, {}, MANY + 1, "pairs")
    assert (few.n_seeds, few.folds, said) == (1, 5, "")
    assert many.folds < few.folds
    assert not many.extrapolate
    assert f"one of {MANY + 1} pairs" in line
    for given in ({"folds": 2}, {"n_seeds": 3}, {"options": {"n_steps": 9}}):
        chosen, said = settings_of_many(None, given, 1000, "pairs")
        assert {key: getattr(chosen, key) for key in given} == given
        assert said == ""
    kept, _ = settings_of_many(None, {"random_state": 7}, 1000, "pairs")
    assert kept.random_state == 7


def test_information_of_many_pairs_is_held_by_their_intervals():
    # A chain of six columns: 15 pairs, known ones among them.
    rng = np.random.default_rng(0)
    z = rng.normal(size=(1000, 6))
    for k in range(1, 6):
        z[:, k] = 0.8 * z[:, k - 1] + 0.6 * z[:, k]
    found = pairwise_mutual_information({f"c{k}": z[:, k] for k in range(6)}, device="cpu")
    held = 0
    for (a, b), e in found.estimates.items():
        truth = -0.5 * np.log1p(-(0.8 ** (2 * (int(b[1]) - int(a[1])))))
        held += e.interval[0] <= truth <= e.interval[1]
        assert any("one of 15 pairs" in w for w in e.warnings)
    # Pairs share their rows; of 15 independent intervals 12 or more hold in 99.5 of 100.
    assert held >= 12
