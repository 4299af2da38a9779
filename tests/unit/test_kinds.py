"""What a column is taken for, how it is coded, and which columns say nothing."""

import numpy as np
import pytest

from minde import MINDE
from minde.coding import Coder, coded, indicators
from minde.columns import Column, Variable
from minde.errors import InputError
from minde.estimators.coding import Coding
from minde.inputs import read_variable
from minde.kinds import asked_kinds, decide
from minde.redundant import curve, functions, linear, monotone, step_of, surfaces

RNG = np.random.default_rng(0)
NORMAL = RNG.normal(size=1000)
RAIN = np.where(RNG.random(1000) < 0.6, 0.0, np.exp(NORMAL))


def column(values, origin="float", name="c"):
    return Column(name, np.asarray(values), origin)


@pytest.mark.parametrize(
    ("values", "origin", "kind", "atoms"),
    [
        (NORMAL, "float", "continuous", ()),
        (RNG.integers(0, 5, 1000), "integer", "discrete", ()),
        (RNG.integers(0, 5, 1000).astype(float), "float", "discrete", ()),
        (RNG.integers(0, 10**6, 1000), "integer", "continuous", ()),
        (NORMAL.round(1), "float", "discrete", ()),
        (NORMAL > 0, "boolean", "discrete", ()),
        (np.array(["a", "b"] * 500, dtype=object), "label", "categorical", ()),
        (RAIN, "float", "continuous", (0.0,)),
        (np.clip(NORMAL, -1.0, 1.5), "float", "continuous", (-1.0, 1.5)),
        # Counts with many zeros are no mixture: their other values have ties, too.
        (np.where(RAIN > 0, RNG.poisson(3, 1000), 0), "integer", "discrete", ()),
    ],
)
def test_the_kind_follows_origin_and_ties(values, origin, kind, atoms):
    found = decide(column(values, origin))
    assert (found.kind, found.atoms) == (kind, atoms)
    assert found.inferred == (kind != "continuous" or bool(atoms))
    assert found.why.endswith(("rest continuous", kind))
    assert "c" in found.why


def test_kinds_can_be_asked_for():
    x = Variable("x", (column(NORMAL.round(1), name="age"), column(NORMAL, name="u")))
    y = Variable("y", (column(["a", "b"] * 500, "label", "age"),))
    assert asked_kinds((x, y), {"u": "discrete"}) == {("x", "u"): "discrete"}
    assert set(asked_kinds((x,), {"x": "continuous"})) == {("x", "age"), ("x", "u")}
    assert decide(x.columns[0], "continuous").kind == "continuous"
    for kinds, message in (
        ({"agee": "discrete"}, "no column 'agee'; did you mean 'age'"),
        ({"age": "numeric"}, "must be continuous, discrete or categorical, got 'numeric'"),
    ):
        with pytest.raises(InputError, match=message):
            asked_kinds((x, y), kinds)
    with pytest.raises(InputError, match="holds labels, which are not continuous"):
        decide(y.columns[0], "continuous")


def test_levels_are_remembered_and_unknown_ones_are_one_line():
    coder = Coder("y", "codes", ("a", "b", "d"), ordered=False)
    assert coder.codes(column(["d", "b"], "label")).tolist() == [2, 1]
    with pytest.raises(InputError, match="y: level 'c' is none of the 3 that the fit saw"):
        coder.codes(column(["a", "c"], "label"))
    assert Coder.from_state(coder.state()) == coder


def test_an_atom_becomes_a_code_and_no_value():
    coder = Coder("rain", "values", (0.0,))
    side = coded((coder,), (column(RAIN),), 0)
    np.testing.assert_array_equal(side.codes[:, 0], RAIN == 0.0)
    np.testing.assert_array_equal(side.values[RAIN > 0, 0], RAIN[RAIN > 0])
    np.testing.assert_array_equal(side.alive[:, 0], RAIN > 0.0)
    assert side.sizes == (2,)


def test_spread_levels_can_be_told_and_are_uniform_between_neighbours():
    levels = np.array([0.0, 1.0, 4.0, 5.0])
    codes = RNG.integers(0, 4, 4000)
    coder = Coder("n", "spread", tuple(levels))
    (values,) = coded((coder,), (column(levels[codes]),), 1).values.T
    edges = np.array([-0.5, 0.5, 2.5, 4.5, 5.5])
    np.testing.assert_array_equal(np.searchsorted(edges, values) - 1, codes)
    within = (values - edges[codes]) / np.diff(edges)[codes]
    # Quantiles of 4,000 uniform numbers: four standard errors are 0.03.
    np.testing.assert_allclose(np.quantile(within, [0.25, 0.5, 0.75]), [0.25, 0.5, 0.75], atol=0.03)


def test_indicators():
    codes = np.array([[0, 2, 30], [1, 0, 7]])
    out = indicators(codes, (2, 3, 40), (True, False, True))
    assert out.tolist() == [[0, 0, 0, 1, 30], [1, 1, 0, 0, 7]]


def test_columns_that_say_nothing_are_left_out_with_a_sentence():
    second = RNG.normal(size=1000)
    table = np.column_stack(
        [NORMAL, 1.8 * NORMAL + 32, second, NORMAL - 2 * second, np.ones(1000), -np.exp(second)]
    )
    coding = Coding.fit(read_variable(table, "x", keep_constants=True)[0], {})
    assert coding.places == (0, 2)
    told = " ".join(coding.notes)
    assert "x[1] is a strictly monotone function" in told
    assert "x[3] is linear in columns before it" in told
    assert "x: column 'x[4]' is constant and was left out" in told
    assert "x[5] is a strictly monotone function" in told
    assert Coding.from_state(coding.state()) == coding
    flat, _ = read_variable(np.ones((5, 2)), "x", keep_constants=True)
    with pytest.raises(InputError, match=r"x: columns 'x\[0\]', 'x\[1\]' are constant"):
        Coding.fit(flat, {})


def test_levels_that_others_determine_are_left_out():
    letters = np.array(["p", "q", "r"], dtype=object)
    codes = RNG.integers(0, 3, 1000)
    variable = Variable(
        "x",
        (
            column(NORMAL, name="u"),
            column(NORMAL > 0.3, "boolean", "high"),
            column(letters[codes], "label", "group"),
            column(codes * 10, "integer", "number"),
        ),
    )
    coding = Coding.fit(variable, {})
    assert [c.name for c in coding.coders] == ["u", "group"]


def test_dependent_columns_are_found():
    x = np.column_stack([NORMAL, RNG.normal(size=1000)])
    assert linear(x) == monotone(x) == []
    assert linear(np.column_stack([x, x.sum(axis=1)])) == [2]
    assert linear(RNG.normal(size=(5, 9))) == []
    assert monotone(np.column_stack([x, -(x[:, 0] ** 3)])) == [2]
    assert step_of((NORMAL > 0).astype(int) + (NORMAL > 1), NORMAL)
    assert not step_of((np.abs(NORMAL) > 1).astype(int), NORMAL)


@pytest.mark.parametrize("f", [np.square, np.sin, np.exp, lambda x: np.sin(3 * x) + x])
def test_a_curve_is_told_from_noise(f):
    assert curve(NORMAL, f(NORMAL))
    assert not curve(NORMAL, f(NORMAL) + 0.05 * RNG.normal(size=1000))
    assert not curve(NORMAL, RNG.normal(size=1000))


@pytest.mark.parametrize("n", [200, 1000, 12_000])
@pytest.mark.parametrize("f", [np.square, np.abs, np.cos, lambda x: np.sin(3 * x)])
def test_a_function_is_left_out_and_one_with_a_little_noise_is_not(f, n):
    rng = np.random.default_rng(n)
    x, other = rng.normal(size=(2, n))
    assert functions(np.column_stack([x, f(x)])) == [1]
    assert functions(np.column_stack([1e300 * f(x), other, 1e-300 * x])) == [0]
    # Noise of a thousandth could be what y is about.
    assert functions(np.column_stack([x, f(x) + 1e-3 * rng.normal(size=n)])) == []
    assert functions(np.column_stack([x, 0.999 * x + 0.04 * other])) == []
    # So could be a few rows that differ, or many.
    for share in (5 / n, 0.1, 0.4):
        differ = rng.permutation(n) < share * n
        assert functions(np.column_stack([x, np.where(differ, other, f(x))])) == []


def test_a_function_of_a_column_beside_it_changes_no_value():
    x = np.column_stack([NORMAL, NORMAL**2])
    coding = Coding.fit(read_variable(x, "x")[0], {})
    assert coding.places == (0,)
    assert coding.notes == (
        "x[1] is a function of another column and is left out; the value is the same",
    )


@pytest.mark.parametrize("n", [300, 2000])
def test_a_surface_is_told_from_a_plane_with_noise(n):
    rng = np.random.default_rng(n)
    x, noise = rng.normal(size=(n, 2)), rng.normal(size=n)
    smooth = [f(*x.T) for f in (lambda u, v: u * v, lambda u, v: np.sin(2 * u) + v**2, np.hypot)]
    noisy = [y + 0.1 * noise for y in smooth]
    assert surfaces(x, np.column_stack([noise, *noisy, *smooth])) == [4, 5, 6]
    # However strong a relation with noise is, it is finite.
    sizes = np.array([0.01, 0.1, 1.0])
    assert surfaces(x, x.sum(axis=1)[:, None] + sizes * noise[:, None]) == []
    beside = x[:, :1] + sizes * rng.normal(size=(n, 1))
    assert surfaces(np.column_stack([x, noise]), beside) == []
    assert surfaces(x, noise[:, None]) == []


def test_a_column_that_follows_two_others_is_told_across_variables():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 2))
    few = {"n_steps": 8, "width": 16, "batch_size": 16, "n_draws": 2}
    for sides, name in (((x, x.prod(axis=1)), "y[0]"), ((x.prod(axis=1), x), "x[0]")):
        told = MINDE(folds=1, device="cpu", options=few).fit(*sides).warnings_
        assert any(w.startswith(f"{name} follows ") and "may be infinite" in w for w in told)


def test_kinds_of_a_frame_follow_its_types():
    import pandas as pd

    frame = pd.DataFrame(
        {
            "u": NORMAL,
            "f": NORMAL > 0,
            "n": pd.array(RNG.integers(0, 5, 1000), dtype="Int64"),
            "t": pd.Categorical(np.array(["b", "a"])[RNG.integers(0, 2, 1000)], ["b", "a"]),
        }
    )
    made, _ = read_variable(frame, "x")
    assert [c.origin for c in made.columns] == ["float", "boolean", "integer", "label"]
    kinds = [decide(c).kind for c in made.columns]
    assert kinds == ["continuous", "discrete", "discrete", "categorical"]
    # f is a step function of u, and says nothing beside it.
    coders = {c.name: c for c in Coding.fit(made, {}).coders}
    assert [*coders] == ["u", "n", "t"]
    assert coders["t"].levels == ("b", "a")
