"""Which of two directions is read, and how far a value may be too high."""

import math
from dataclasses import replace

import numpy as np
import pytest

from minde.readout.combine import combine
from minde.readout.estimate import Summary
from minde.readout.likelier import half_apart, taken
from minde.readout.reading import LEAST_GAINED, Reading
from tests.unit.test_combine import INSIDE, facts, of

PLAIN, OTHER = Reading({}, gained_alone=0.0), Reading({}, gained_alone=2.0 * LEAST_GAINED)
LOW, HIGH = Summary(0.1, 0.02), Summary(0.7, 0.03)


@pytest.mark.parametrize(
    ("readings", "sides", "cross_fitted", "kept"),
    [
        ((PLAIN, PLAIN), (LOW, HIGH), True, ["b"]),
        ((PLAIN, PLAIN), (HIGH, LOW), True, ["a"]),
        ((PLAIN, PLAIN), (LOW, Summary(0.2, 0.03)), True, ["a", "b"]),
        ((PLAIN, OTHER), (LOW, HIGH), True, ["a", "b"]),
        ((OTHER, PLAIN), (LOW, HIGH), True, ["a", "b"]),
        ((PLAIN, PLAIN), (LOW, HIGH), False, ["a", "b"]),
    ],
    ids=["larger", "larger first", "by chance", "its own law", "the other's law", "one split"],
)
def test_the_larger_is_taken_where_it_is_sure_to_be(readings, sides, cross_fitted, kept):
    directions, found = dict(zip("ab", readings, strict=True)), dict(zip("ab", sides, strict=True))
    assert taken(directions, found, cross_fitted) == kept


def test_half_of_what_directions_differ_by_beyond_chance_is_an_error():
    a, b = Summary(0.8, 0.03), Summary(0.3, 0.04)
    assert half_apart([a, b]) == half_apart([b, a]) == pytest.approx(0.5 * math.sqrt(0.25 - 0.0025))
    assert half_apart([a, Summary(0.84, 0.04)]) == 0.0
    assert half_apart([a]) == 0.0


def test_directions_that_are_averaged_widen_an_interval_by_it():
    low, high = INSIDE[0], INSIDE[0] + 2.0
    apart = {k: Reading(of(v, v), gained_alone=1.0) for k, v in (("x|y", low), ("y|x", high))}
    found = combine(apart, facts(cross_fitted=True, n_train=160))
    assert found.diagnostics["std_directions"] == half_apart([*found.directions.values()]) > 0.9
    assert found.interval[0] < low.mean() < high.mean() < found.interval[1]
    plain = {k: replace(r, gained_alone=0.0) for k, r in apart.items()}
    one = combine(plain, facts(cross_fitted=True, n_train=160))
    assert one.diagnostics["std_directions"] == 0.0


def test_one_direction_is_taken():
    assert taken({"a": PLAIN}, {"a": LOW}, True) == ["a"]


def test_a_value_of_the_larger_direction_says_so_and_shows_both():
    low, high = INSIDE[0], INSIDE[0] + 2.0
    readings = {k: Reading(of(v, v), gained_alone=0.0) for k, v in (("x|y", low), ("y|x", high))}
    found = combine(readings, facts(cross_fitted=True, n_train=160))
    assert found.value == pytest.approx(high.mean())
    assert {k: v.value for k, v in found.directions.items()} == pytest.approx(
        {"x|y": low.mean(), "y|x": high.mean()}
    )
    assert found.diagnostics["direction_gap"] == pytest.approx(-2.0)
    assert any("the larger is taken" in line for line in found.warnings)
    apart = {k: Reading(r.final, gained_alone=1.0) for k, r in readings.items()}
    both = combine(apart, facts(cross_fitted=True, n_train=160))
    assert both.value == pytest.approx(0.5 * (low + high).mean())
    assert any("train longer" in line for line in both.warnings)


def test_too_much_is_what_two_columns_hide_where_variables_are_plain():
    value, rows = 0.8, 1000.0
    plain = Reading({}, learned=0.5, columns=10, gained_alone=0.0)
    own = Reading({}, learned=0.5, columns=10)
    # A tenth at 1,000 rows of two columns, of the half that was learned; five times that of ten.
    assert plain.missed(value, rows) == pytest.approx(0.2)
    assert plain.too_much(value, rows) == pytest.approx(0.04)
    assert own.too_much(value, rows) == own.missed(value, rows)
    assert plain.too_much(value, 4.0 * rows) == pytest.approx(0.02)
    gained = Reading({}, learned=0.5, columns=10, gained=0.03, gained_alone=0.0)
    assert gained.missed(value, rows) == gained.too_much(value, rows) == 0.03


def test_the_parts_of_an_error_tell_both_sides():
    reading = Reading(of(INSIDE[0], INSIDE[0]), learned=0.5, columns=8, gained_alone=0.0)
    found = combine({"": reading}, facts(cross_fitted=True, n_train=160))
    told = found.diagnostics
    assert told["std_unseen"] == pytest.approx(4.0 * told["std_too_much"])
    assert math.hypot(told["std_rows"], told["std_unseen"]) == pytest.approx(found.std_error)
    assert np.isfinite(found.interval).all()
