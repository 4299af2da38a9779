"""Random tables through the measures: a number that can be, or one line."""

import json
import math
import tempfile
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import minde
from minde.discrete.shannon import entropy as shannon
from minde.errors import MindeError

OPTIONS = {"n_steps": 32, "width": 16, "batch_size": 16, "n_draws": 2}
SETTINGS = {"n_seeds": 1, "device": "cpu", "options": OPTIONS}
ROWS = [2, 5, 13, 24, 34, 60, 90, 120, 200, 300, 400]


def rng_of(draw):
    return np.random.default_rng(draw(st.integers(0, 2**31)))


def columns_of(rng, n):
    """A column of every sort, by name of the sort."""
    u = rng.normal(size=n)
    few = rng.integers(0, int(rng.integers(2, 6)), n)
    known = rng.random(n) < 0.9
    text = np.array(["cat", "dog", "a b", "é", "7 up", "cow"])
    return {
        "float": u,
        "heavy": rng.standard_cauchy(n) * 10.0 ** rng.integers(-8, 9),
        "single": u.astype(np.float32),
        "ties": u.round(1),
        "integer": rng.integers(-(10**6), 10**6, n),
        "level": few,
        "small": few.astype(np.int8),
        "boolean": u > 0,
        "nullable": pd.array(np.where(known, few, None), dtype="Int64"),
        "nullable boolean": pd.array(np.where(known, u > 0, None), dtype="boolean"),
        "decimal": [Decimal(int(100 * v)) / 100 for v in u],
        "category": pd.Categorical(text[few], text),
        "text": text[few].astype(object),
        "identifier": np.array([f"id{k}" for k in range(n)], dtype=object),
        "datetime": pd.date_range("2020-01-01", periods=n).to_numpy(),
        "duration": pd.to_timedelta(few, unit="s").to_numpy(),
        "rain": np.where(rng.random(n) < 0.5, 0.0, np.exp(u)),
        "limit": np.clip(u, -0.5, 1.0),
        "missing": np.where(known, u, np.nan),
        "missing text": np.where(known, text[few], None),
        "infinite": np.where(rng.random(n) < 0.02, np.inf, u),
        "constant": np.full(n, 3.0),
        "constant text": np.full(n, "same", dtype=object),
        "nearly constant": (np.arange(n) == 0).astype(float),
        "row number": np.arange(n),
    }


#: Sorts that are refused, or nearly so: drawn less often, for they end an example.
REFUSED = [
    "identifier", "datetime", "missing", "missing text", "nullable", "nullable boolean",
    "infinite", "constant", "constant text",
]  # fmt: skip
SORTS = sorted(set(columns_of(np.random.default_rng(0), 2)) - set(REFUSED))
KINDS = ["continuous", "discrete", "categorical"]
DEPENDENT = {
    "copy": lambda v, rng: v,
    "noisy": lambda v, rng: v + rng.normal(size=len(v)),
    "linear": lambda v, rng: 3.0 * v - 2.0,
    "square": lambda v, rng: v**2,
    "sign": lambda v, rng: np.sign(v),
    "mostly": lambda v, rng: np.where(rng.random(len(v)) < 0.1, v[::-1], v),
}


@st.composite
def tables(draw):
    """Frames x and y of one to three columns each, their sorts, and kinds that are asked for."""
    n, rng = draw(st.sampled_from(ROWS)), rng_of(draw)
    made, sorts = {}, {}
    for k in range(draw(st.integers(2, 4))):
        fresh, name = columns_of(rng, n), f"c{k}"
        numbers = [c for c in made if np.asarray(made[c]).dtype.kind in "iuf"]
        refused = draw(st.integers(0, 11)) == 0
        usual = SORTS + 2 * sorted(DEPENDENT) * bool(numbers)
        how = draw(st.sampled_from(REFUSED if refused else usual))
        if how in DEPENDENT:
            source = np.asarray(made[draw(st.sampled_from(numbers))], dtype=np.float64)
            with np.errstate(all="ignore"):
                made[name] = DEPENDENT[how](source, rng)
        else:
            made[name] = fresh[how]
        sorts[name] = how
    frame, cut = pd.DataFrame(made), draw(st.integers(1, len(made) - 1))
    if draw(st.booleans()):
        frame = frame.dropna()
    asked = {c: draw(st.sampled_from(KINDS)) for c in made if draw(st.integers(0, 7)) == 0}
    return frame.iloc[:, :cut], frame.iloc[:, cut:], asked, sorts


def attempt(call):
    """What a call returns; nothing if it refuses, which takes one line of ours."""
    try:
        return call()
    except MindeError as error:
        line = str(error)
        assert line
        assert "\n" not in line
        assert len(line) < 700
        return None


def check(found, infinite=False):
    """A value within its interval, none of them nan, and plain values for JSON."""
    numbers = [found.value, found.std_error, *found.interval]
    assert not any(map(math.isnan, numbers)), numbers
    assert infinite or all(map(math.isfinite, numbers)), numbers
    assert found.interval[0] <= found.value <= found.interval[1]
    assert found.std_error >= 0.0
    assert not np.isnan(found.pointwise).any()
    assert all(w and "\n" not in w for w in found.warnings)
    json.dumps(found.to_dict())


def levels(frame):
    """Codes of the columns of a frame."""
    return np.stack([pd.factorize(frame[name])[0] for name in frame], axis=1)


def most(kinds, frame):
    """The entropy of a variable that is wholly discrete, or infinity."""
    if any("continuous" in why for why in kinds.values()):
        return math.inf
    return shannon(levels(frame[list(kinds)])).value


def check_information(made):
    x, y, asked, _ = made
    model = minde.MINDE(**SETTINGS, kinds=asked)
    if attempt(lambda: model.fit(x, y)) is None:
        return
    found = model.mutual_information()
    check(found)
    kinds = found.diagnostics["kinds"]
    assert found.value <= min(most(kinds["x"], x), most(kinds["y"], y)) + 1e-6
    assert set(kinds["x"]) <= set(x.columns)
    again = attempt(lambda: model.mutual_information(x.iloc[::-1], y.iloc[::-1]))
    assert again is not None
    assert not math.isnan(again.value)


def check_measures(made):
    x, y, asked, _ = made
    for frame in (x, y):
        own = {name: kind for name, kind in asked.items() if name in frame}
        found = attempt(lambda frame=frame, own=own: minde.entropy(frame, kinds=own, **SETTINGS))
        if found is not None:
            check(found)
            assert found.kind == "differential" or found.value >= 0.0
    half = len(x) // 2
    found = attempt(lambda: minde.kl_divergence(x[:half], x[half:], **SETTINGS))
    if found is not None:
        # Where q has no rows or levels that p has it may be infinite, and a sentence says so.
        told = any("infinite" in warning for warning in found.warnings)
        check(found, infinite=found.kind == "discrete" or told)
    both = pd.concat([x, y], axis=1)
    pairs = attempt(lambda: minde.pairwise_mutual_information(both, kinds=asked, **SETTINGS))
    for estimate in pairs.estimates.values() if pairs else ():
        check(estimate)


def check_ways(made):
    """Folds, new rows, a saved estimator, family J, and measures of three variables."""
    x, y, asked, _ = made
    model = minde.MINDE(**SETTINGS, kinds=asked, folds=2)
    if attempt(lambda: model.fit(x, y)) is not None:
        check(model.mutual_information())
        with tempfile.TemporaryDirectory() as folder:
            model.save(folder)
            loaded = minde.MINDE.load(folder, device="cpu")
        assert loaded.mutual_information().value == model.mutual_information().value
        turned = x[x.columns[::-1]]
        one = loaded.pointwise(turned[:1], y[:1])
        assert one.shape == (1,)
        assert np.isfinite(one).all()
    joint = minde.MINDE("j", **SETTINGS, kinds=asked)
    if attempt(lambda: joint.fit(x, y)) is not None:
        check(joint.mutual_information())
    z = np.random.default_rng(0).normal(size=len(x))
    for measure in (minde.conditional_mutual_information, minde.interaction_information):
        found = attempt(lambda measure=measure: measure(x, y, z, kinds=asked, **SETTINGS))
        if found is not None:
            check(found)


CHECKS = [check_information, check_measures, check_ways]


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("run", CHECKS, ids=lambda run: run.__name__)
@settings(max_examples=10, deadline=None, derandomize=True)
@given(made=tables())
def test_a_random_table_is_a_number_that_can_be_or_one_line(run, made):
    run(made)


@pytest.mark.parametrize("rows", [24, 60])
@pytest.mark.parametrize("other", [1.0, True], ids=["number", "flag"])
def test_one_other_value_asked_to_be_continuous_is_a_number(rows, other):
    x, y = (
        pd.DataFrame({name: [v] + [type(v)(0)] * (rows - 1)})
        for name, v in (("c0", 1.0), ("c1", other))
    )
    check_information((x, y, {"c0": "continuous"}, None))


@pytest.mark.slow
@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("run", CHECKS, ids=lambda run: run.__name__)
@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(made=tables())
def test_300_random_tables(run, made):
    run(made)
