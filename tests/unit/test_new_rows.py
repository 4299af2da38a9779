"""New rows of a fitted estimator: columns pair by name, or by position."""

import json

import numpy as np
import pandas as pd
import pytest

from minde import MINDE
from minde.errors import CheckpointError, InputError

N = 200
RNG = np.random.default_rng(0)
U, V = RNG.normal(size=(2, N))
X = pd.DataFrame({"u": U, "flat": 1.0, "group": np.array(["a", "b"])[(V > 0).astype(int)]})
Y = pd.DataFrame({"sum": U + V + RNG.normal(size=N), "v": V})


@pytest.fixture(scope="module", params=["fitted", "loaded"])
def model(request, tmp_path_factory):
    fitted = MINDE(n_seeds=1, device="cpu", options={"n_steps": 32, "width": 16}).fit(X, Y)
    if request.param == "fitted":
        return fitted
    folder = tmp_path_factory.mktemp("saved") / "m"
    fitted.save(folder)
    return MINDE.load(folder, device="cpu")


@pytest.mark.parametrize(
    "given",
    [
        lambda frame: frame[frame.columns[::-1]],
        lambda frame: dict(reversed([(name, frame[name]) for name in frame])),
    ],
    ids=["frame", "mapping"],
)
def test_columns_of_tables_pair_by_name(model, given):
    in_order = model.pointwise(X, Y)
    np.testing.assert_array_equal(model.pointwise(given(X), given(Y)), in_order)
    turned = model.mutual_information(given(X), given(Y))
    assert turned.value == model.mutual_information(X, Y).value


def test_columns_of_arrays_go_by_position(model):
    in_order = model.pointwise(X, Y)
    np.testing.assert_array_equal(model.pointwise(X, Y.to_numpy()), in_order)
    assert not np.allclose(model.pointwise(X, Y.to_numpy()[:, ::-1]), in_order)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (X, Y.rename(columns={"v": "w"}), "the fit and y have different columns: 'v' is in the "
         "fit alone, 'w' is in y alone; choose columns that both have"),
        (X.rename(columns={"flat": "f"}), Y, "'flat' is in the fit alone, 'f' is in x alone"),
        (X, Y[["v"]], "x and y have 3 and 1 columns; this estimator was fitted on 3 and 2"),
    ],
)  # fmt: skip
def test_other_columns_are_refused_in_one_line(model, x, y, message):
    with pytest.raises(InputError) as caught:
        model.mutual_information(x, y)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_model_fitted_on_arrays_goes_by_position():
    options = {"n_steps": 32, "width": 16}
    model = MINDE(n_seeds=1, device="cpu", options=options).fit(Y.to_numpy(), U)
    turned = Y[["v", "sum"]]
    assert not np.allclose(model.pointwise(turned, U), model.pointwise(Y, U))
    np.testing.assert_array_equal(model.pointwise(Y, U), model.pointwise(Y.to_numpy(), U))


def test_a_file_of_another_format_says_so(tmp_path):
    MINDE(device="cpu").fit(U > 0, V > 0).save(tmp_path)
    meta = json.loads((tmp_path / "estimator.json").read_text())
    (tmp_path / "estimator.json").write_text(json.dumps({**meta, "format": "minde-estimator-3"}))
    with pytest.raises(CheckpointError, match="saved by another version of minde"):
        MINDE.load(tmp_path)
