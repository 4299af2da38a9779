import numpy as np
import pandas as pd
import pytest

import minde
from minde.errors import InputError
from minde.inputs import as_matrix, dependence_warnings, read_variable
from minde.training.job import make_folds

RNG = np.random.default_rng(0)
BAD = [
    (
        np.array([[1.0], [np.nan], [2.0]]),
        "1 value is missing in column 'x[0]'; drop those rows or fill",
    ),
    (np.array([[1.0], [2.0], [np.inf]]), "1 value is infinite in column 'x[0]'"),
    (np.array([["a"], ["b"]], dtype=object), "column 'x[0]' holds text, such as 'a'"),
    (np.array(["a", "b"]), "column 'x[0]' holds text"),
    (np.array([[1.0, 2.0]]), "one row is not a sample"),
    (np.zeros((0, 2)), "need rows and columns"),
    (np.zeros((3, 2, 2)), "need rows and columns"),
    (np.column_stack([RNG.normal(size=9), np.ones(9)]), "column 'x[1]' is constant"),
]


def as_samples(values, name):
    return as_matrix(read_variable(values, name, option="", keep_constants=True)[0], name)


@pytest.mark.parametrize(("values", "message"), BAD)
def test_bad_samples_are_one_clear_line(values, message):
    with pytest.raises(InputError) as caught:
        as_samples(values, "x")
    assert message in str(caught.value)
    assert str(caught.value).startswith("x: ")
    assert "\n" not in str(caught.value)


def test_integers_booleans_and_vectors_are_columns_of_floats():
    assert as_samples([1, 2, 3], "x").tolist() == [[1.0], [2.0], [3.0]]
    assert as_samples(np.array([True, False]), "x").tolist() == [[1.0], [0.0]]


def test_dependent_columns_are_reported():
    x = RNG.normal(size=(500, 2))
    assert dependence_warnings((x, RNG.normal(size=(500, 1))), ("x", "y")) == ()
    (same,) = dependence_warnings((x, np.exp(x[:, :1])), ("x", "y"))
    assert "x[0] and y[0] determine one another" in same
    (linear,) = dependence_warnings((x, x.sum(axis=1, keepdims=True)), ("x", "y"))
    assert "linearly dependent" in linear
    rare = (np.arange(500) < 5).astype(float)[:, None]
    found = dependence_warnings((x, rare), ("x", "y"))
    assert any("y[0] is nearly constant: 99.0%" in w for w in found)
    (ties,) = dependence_warnings((x, RNG.integers(0, 3, size=(500, 1))), ("x", "y"))
    assert "y[0]" in ties


@pytest.mark.parametrize("folds", [1, 4])
def test_folds_never_train_on_what_they_hold_out(folds):
    parts = make_folds(103, 0.2, folds, 0)
    assert len(parts) == folds
    for fold in parts:
        assert not set(fold.train) & set(fold.test)
        assert set(fold.train) | set(fold.test) == set(range(103))
    held = [row for fold in parts for row in fold.test]
    assert len(held) == len(set(held)) == (21 if folds == 1 else 100)


def test_impossible_splits_are_refused():
    with pytest.raises(InputError, match="leaves nothing"):
        make_folds(2, 0.1, 1, 0)
    with pytest.raises(InputError, match="cannot make"):
        make_folds(3, 0.2, 4, 0)


def test_fewer_rows_than_columns_are_not_taken_for_dependence():
    wide = np.random.default_rng(2).normal(size=(20, 30))
    assert dependence_warnings([wide], ["x"]) == ()


U, V = np.random.default_rng(3).normal(size=(2, 400))
NAMED = pd.DataFrame({"age": U, "cubed": U**3})
TINY = {"n_seeds": 1, "device": "cpu", "options": {"n_steps": 8, "width": 16}}


@pytest.mark.parametrize(
    "estimate",
    [
        lambda: minde.MINDE(**TINY).fit(NAMED["age"], NAMED[["cubed"]]).mutual_information(),
        lambda: minde.kl_divergence(NAMED, NAMED, **TINY),
        lambda: minde.conditional_mutual_information(NAMED["age"], NAMED[["cubed"]], V, **TINY),
        lambda: minde.pairwise_mutual_information(NAMED, **TINY)["age", "cubed"],
    ],
    ids=["estimate", "kl", "conditional", "pairs"],
)
def test_warnings_call_columns_by_their_names(estimate):
    told = "age and cubed determine one another: mutual information may be infinite"
    assert told in estimate().warnings
