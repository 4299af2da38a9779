"""Entropy and KL divergence of discrete columns through the public functions."""

import math

import numpy as np
import pytest

import minde
from minde.errors import InputError

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("values", "truth"),
    [
        (RNG.integers(1, 7, 4000), math.log(6)),
        (np.array(["a", "b", "c", "d"])[RNG.integers(0, 4, 4000)], math.log(4)),
        (RNG.integers(0, 2, (4000, 3)), math.log(8)),
        (RNG.random(4000) < 0.1, -0.1 * math.log(0.1) - 0.9 * math.log(0.9)),
    ],
)
def test_entropy_of_levels_is_shannons(values, truth):
    h = minde.entropy(values)
    assert h.kind == h.to_dict()["kind"] == "discrete"
    assert h.interval[0] <= truth <= h.interval[1]
    assert h.interval[1] - h.interval[0] < 0.08
    assert h.pointwise.mean() == pytest.approx(h.value)


def test_a_column_asked_to_be_discrete_is_counted():
    x = RNG.integers(0, 10, 15) * 0.1
    # Few rows: the interval has to allow for levels never seen.
    h = minde.entropy(x, kinds={"x": "discrete"})
    assert h.kind == "discrete"
    assert h.interval[0] <= math.log(10) <= h.interval[1]


def test_kl_of_levels():
    p = RNG.choice(3, 3000, p=[0.5, 0.3, 0.2])
    q = RNG.choice(3, 2000, p=[0.2, 0.3, 0.5])
    d = minde.kl_divergence(p, q)
    truth = 0.3 * math.log(2.5)
    assert d.interval[0] <= truth <= d.interval[1]
    assert d.interval[1] - d.interval[0] < 0.15
    names = np.array(["u", "v", "w"])
    assert minde.kl_divergence(names[p], names[q]).value == pytest.approx(d.value)
    same = minde.kl_divergence(p, RNG.permutation(p))
    assert same.interval[0] == 0.0


def test_a_level_that_q_lacks_makes_kl_infinite():
    d = minde.kl_divergence(RNG.integers(0, 3, 500), RNG.integers(0, 2, 500))
    assert d.value == d.interval[1] == d.readouts["counts"].value == d.per_seed[0] == math.inf
    # Of a third of the rows and three of 500 at most it is 1.07; less two deviations of the third.
    share, mass = 1 / 3, 3 / 500
    most = share * math.log(share / mass) + (1 - share) * math.log((1 - share) / (1 - mass))
    assert most - 0.4 < d.interval[0] < most + 0.1
    assert any("the divergence is infinite" in w for w in d.warnings)


def test_labels_of_which_none_is_shared_are_one_line_and_infinite():
    d = minde.kl_divergence(np.array(["a"] * 100), np.array(["b"] * 100))
    assert (d.value, d.interval[1]) == (math.inf, math.inf)
    assert d.interval[0] == pytest.approx(math.log(100 / 3))


def test_entropy_of_labels_and_numbers_follows_the_chain_rule():
    import pandas as pd

    rng = np.random.default_rng(1)
    label = rng.choice(["a", "b"], 5000, p=[0.3, 0.7])
    u = np.where(label == "a", rng.standard_cauchy(5000), 3.0 * rng.normal(size=5000))
    e = minde.entropy(pd.DataFrame({"t": label, "u": u}))
    parts = (math.log(4 * math.pi), 0.5 * math.log(2 * math.pi * math.e * 9.0))
    truth = -0.3 * math.log(0.3) - 0.7 * math.log(0.7) + 0.3 * parts[0] + 0.7 * parts[1]
    assert e.kind == "mixed"
    # The seed is fixed; the interval is one of 95%.
    assert e.interval[0] <= truth <= e.interval[1]
    assert e.interval[1] - e.interval[0] < 0.2
    assert e.pointwise.mean() == pytest.approx(e.value)
    # Every row has a length of u, labels have none.
    scaled = minde.entropy(pd.DataFrame({"t": label, "u": 8.0 * u}))
    assert scaled.value == pytest.approx(e.value + math.log(8.0), abs=1e-9)


def test_a_shared_value_of_a_continuous_column_is_a_level():
    rng = np.random.default_rng(2)
    rain = np.where(rng.random(5000) < 0.4, 0.0, rng.exponential(size=5000))
    e = minde.entropy(rain)
    truth = -0.4 * math.log(0.4) - 0.6 * math.log(0.6) + 0.6
    assert e.kind == "mixed"
    assert e.interval[0] <= truth <= e.interval[1]


def test_kl_of_mixed_columns_is_infinite_where_q_lacks_a_level():
    import pandas as pd

    rng = np.random.default_rng(3)
    p = pd.DataFrame({"t": rng.choice(["a", "b"], 300), "u": rng.normal(size=300)})
    d = minde.kl_divergence(p, p[p["t"] == "a"])
    assert (d.value, d.kind) == (math.inf, "mixed")
    assert any("the divergence is infinite" in w for w in d.warnings)


def test_levels_of_few_rows_beside_numbers_are_one_line():
    import pandas as pd

    frame = pd.DataFrame({"t": ["a"] * 90 + ["b"] * 10, "u": RNG.normal(size=100)})
    for call in (lambda: minde.entropy(frame), lambda: minde.kl_divergence(frame, frame)):
        with pytest.raises(InputError, match="a combination of levels has 10 rows"):
            call()


@pytest.mark.parametrize("recipe", ["fast", "paper"])
@pytest.mark.parametrize(
    ("columns", "kinds"),
    [("ab", ["continuous"] * 2), ("al", ["continuous", "discrete"]), ("l", ["discrete"])],
)
def test_entropy_and_kl_tell_what_was_decided_on_each_column(columns, kinds, recipe):
    rng = np.random.default_rng(3)
    table = {"a": rng.normal(size=200), "b": rng.normal(size=200), "l": rng.integers(0, 2, 200)}
    x = {name: table[name] for name in columns}
    few = {"n_steps": 8, "width": 16, "n_draws": 2, "batch_size": 16}
    how = {"n_seeds": 1, "device": "cpu", "recipe": recipe, "options": few}
    for e, name in ((minde.entropy(x, **how), "x"), (minde.kl_divergence(x, x, **how), "p")):
        told = e.diagnostics["kinds"][name]
        assert list(told) == list(columns)
        assert [why.rsplit(" ", 1)[1] for why in told.values()] == kinds
