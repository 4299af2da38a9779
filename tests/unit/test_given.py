"""Measures of three variables and more with labels: counted ones exact, others' bookkeeping."""

import math

import numpy as np
import pytest

import minde
from minde.diffusion.roles import A, C, D
from minde.discrete.shannon import counted
from minde.discrete.shuffle import shuffled
from minde.errors import InputError
from minde.estimators.networks import networks
from minde.estimators.quantity import CONDITIONAL, MUTUAL, o_information_of
from minde.estimators.sides import Sides
from minde.inputs import read_variables
from minde.readout.measures import Difference

TINY = {"n_steps": 8, "batch_size": 32, "width": 16, "n_draws": 2}
LOG2 = math.log(2)


def rng(seed=0):
    return np.random.default_rng(seed)


def entropy_of(p):
    seen = p[p > 0]
    return float(-(seen * np.log(seen)).sum())


def signed(p, coefficients):
    """A sum of entropies of the margins of a table, by axes."""
    every = set(range(p.ndim))
    return sum(
        a * entropy_of(p.sum(axis=tuple(every - set(axes)))) for axes, a in coefficients.items()
    )


def conditional_truth(p):
    return signed(p, {(0, 2): 1, (1, 2): 1, (0, 1, 2): -1, (2,): -1})


def o_truth(p):
    n = p.ndim
    single = {(k,): 1 for k in range(n)}
    others = {tuple(j for j in range(n) if j != k): -1 for k in range(n)}
    return signed(p, {**single, **others, tuple(range(n)): n - 2})


def noisy_copy(levels, flip):
    """p(copy | level)."""
    return (1 - flip) * np.eye(levels) + flip / levels


def chain(levels, flip):
    """X -> Z -> Y: nothing between X and Y is left given Z."""
    a = noisy_copy(levels, flip)
    return np.einsum("z,zx,zy->xyz", np.full(levels, 1 / levels), a, a)


def collider(levels, flip):
    """X and Y independent, Z a noisy copy of their sum."""
    total = np.add.outer(np.arange(levels), np.arange(levels)) % levels
    return noisy_copy(levels, flip)[total] / levels**2


def draw(p, n, seed=0):
    cell = rng(seed).choice(p.size, size=n, p=p.ravel())
    return np.unravel_index(cell, p.shape)


TABLES = {
    "XOR of bits": (collider(2, 0.0), 4000),
    "noisy XOR": (collider(2, 0.3), 4000),
    "a chain of labels": (chain(4, 0.3), 4000),
    "a chain of copies": (chain(3, 0.0), 1000),
    "a noisy sum of five levels": (collider(5, 0.4), 4000),
    "a sum of seven levels": (collider(7, 0.0), 4000),
}


@pytest.mark.parametrize("name", TABLES)
def test_counted_measures_hold_the_table(name):
    p, n = TABLES[name]
    x, y, z = draw(p, n)
    most = 0.05
    for call, truth, least in (
        (minde.conditional_mutual_information, conditional_truth(p), 0.0),
        (minde.interaction_information, o_truth(p), -most),
        (minde.o_information, o_truth(p), -most),
    ):
        e = call(x, np.array(list("abcdefg"))[y], z)
        assert e.interval[0] - 1e-9 <= truth <= e.interval[1] + 1e-9
        assert e.interval[1] - e.interval[0] < 2 * most
        assert e.interval[0] <= e.value <= e.interval[1]
        assert e.readouts.keys() == {"counts"}
        assert e.n_test == n
        assert e.pointwise.mean() == pytest.approx(e.diagnostics["before_bounds"], abs=1e-9)
        if least == 0.0:
            assert e.interval[0] >= 0.0


def test_xor_is_all_synergy():
    x, y = rng().integers(0, 2, (2, 5000))
    assert minde.conditional_mutual_information(x, y, x ^ y).value == pytest.approx(LOG2, abs=1e-3)
    for e in (minde.interaction_information(x, y, x ^ y), minde.o_information(x, y, x ^ y)):
        assert e.value == pytest.approx(-LOG2, abs=1e-3)
        assert e.interval[0] <= -LOG2 <= e.interval[1]


@pytest.mark.parametrize("n_variables", [4, 5])
def test_o_information_of_more_bits(n_variables):
    bits = rng().integers(0, 2, (n_variables - 1, 5000))
    parity, copies = np.bitwise_xor.reduce(bits), [bits[0]] * n_variables
    # Of a parity H is n - 1 bits, of each alone one, and of n - 1 of them n - 1.
    synergy = minde.o_information(*bits, parity)
    assert synergy.value == pytest.approx(-(n_variables - 2) * LOG2, abs=2e-3)
    redundancy = minde.o_information(*copies)
    assert redundancy.value == pytest.approx((n_variables - 2) * LOG2, abs=2e-3)


@pytest.mark.parametrize(
    ("p", "n"),
    [
        (chain(3, 0.5), 600),
        (collider(4, 0.5), 1000),
        (chain(5, 0.3), 1500),
        (chain(6, 0.9), 1500),
        (chain(8, 0.2), 500),
    ],
    ids=["chain of 3", "sum of 4", "chain of 5", "nearly independent", "few rows per cell"],
)
def test_intervals_hold_the_truth_as_often_as_they_say(p, n):
    for call, truth in (
        (minde.conditional_mutual_information, conditional_truth(p)),
        (minde.interaction_information, o_truth(p)),
    ):
        kinds = dict.fromkeys("xyz", "discrete")
        found = [call(*draw(p, n, seed), kinds=kinds).interval for seed in range(60)]
        low, high = np.array(found).T
        # 57 are expected, at least 55 in 92% of draws of 60; the seeds are fixed.
        assert ((low <= truth + 1e-12) & (truth - 1e-12 <= high)).sum() >= 55
        assert (high - low).mean() / 2 < 0.2


@pytest.mark.parametrize(("n", "seeds"), [(500, 12), (20_000, 2)])
def test_shuffled_labels_show_the_bias_and_no_more(n, seeds):
    """The truth is zero: what is read is bias, next to nothing where rows are many."""
    found = []
    for seed in range(seeds):
        codes = np.stack(draw(chain(8, 0.2), n, seed), axis=1)
        groups = ((1.0, (0, 2)), (1.0, (1, 2)), (-1.0, (0, 1, 2)), (-1.0, (2,)))
        value = counted([(a, codes[:, list(columns)]) for a, columns in groups]).value
        found.append((value, shuffled(*np.hsplit(codes, 3)).bias))
        assert 0.0 <= found[-1][1] <= max(value, 0.0) + 1e-12
    value, bias = np.mean(found, axis=0)
    if n == 500:
        # Each difference is known to 0.01, the mean of twelve to 0.003: a quarter is four of these.
        assert 0.75 * value < bias
        assert value > 0.03
    else:
        assert bias < 0.005


def test_what_one_variable_tells_of_itself_given_another_is_its_entropy():
    z = rng().integers(0, 3, 3000)
    x = (z + (rng(1).random(3000) < 0.3)) % 3
    e = minde.conditional_mutual_information(x, x, z)
    assert e.value == pytest.approx(entropy_of(np.array([0.3, 0.7])), abs=0.03)
    # Nothing is left where z determines it, exactly.
    assert minde.conditional_mutual_information(z, x, z).value == 0.0


@pytest.mark.parametrize("n_variables", [3, 4, 5])
def test_o_information_by_its_coefficients(n_variables):
    names = tuple(f"v{k}" for k in range(n_variables))
    q = o_information_of(names)
    for k in range(n_variables):
        held = [a for a, group in q.entropies if k in group]
        assert sum(held) == 0.0
    assert {order[-1] for order in q.orders} == set(range(n_variables))
    # A variable without labels leaves the O-information of the others; of two it is none.
    assert q.labels(range(n_variables - 1)) == (
        {} if n_variables == 3 else o_information_of(names[:-1]).labels(range(n_variables - 1))
    )


def read(quantity, *samples):
    found, _ = read_variables(dict(zip(quantity.variables, samples, strict=True)))
    return Sides.fit([*found.values()], {}, 0, quantity)


def measures(sides):
    found = networks(sides.quantity, sides.layouts, sides.sides, 0)
    return {name: (net.family, net.measures) for name, net in found.items()}


N = 300
U, V, W = rng(5).normal(size=(3, N))
K = rng(6).integers(0, 3, N)
FLAG, MARK = rng(7).integers(0, 2, (2, N))


def test_labels_that_are_given_only_condition():
    found = measures(read(CONDITIONAL, U, V, K))
    assert set(found) == {"x|y", "y|x"}
    for name, (family, by_direction) in found.items():
        assert family.dims == (1, 1, 3)
        assert (family.name, family.n_labels) == ("c", 1)
        assert family.patterns == ((D, A, C), (D, C, C))
        assert set(by_direction) == {name}
    # Without Z it is MINDE-C's.
    pair = measures(read(MUTUAL, U, V))
    assert pair["x|y"][0].patterns == ((D, A), (D, C))


def test_of_a_label_and_a_number_the_number_is_diffused():
    ((name, (family, by_direction)),) = measures(read(CONDITIONAL, FLAG, U, V)).items()
    assert name == "y|x"
    assert family.dims == (1, 1, 1)
    assert by_direction[name].entropies == ((1.0, (D, C, A)), (-1.0, (D, C, C)))
    assert read(CONDITIONAL, FLAG, U, V).most[0] == pytest.approx(LOG2, abs=0.05)


def test_what_labels_tell_of_one_another_given_numbers():
    assert not measures(read(CONDITIONAL, FLAG, MARK, U))  # Of one column spacings tell it.
    sides = read(CONDITIONAL, FLAG, MARK, np.c_[U, V])
    ((name, (family, by_direction)),) = measures(sides).items()
    assert name == "z|x,y"
    none, x, y, both = (D, A, A), (D, C, A), (D, A, C), (D, C, C)
    assert set(family.patterns) == {none, x, y, both}
    (measure,) = by_direction.values()
    assert {p: a for a, p in measure.entropies} == {none: -1, x: 1, y: 1, both: -1}
    assert {(d.coefficient, d.left[0]) for d in measure.differences} in (
        {(-1.0, none), (1.0, x)},
        {(-1.0, none), (1.0, y)},
    )


def test_the_interaction_with_a_label_is_the_papers_measure():
    quantity = o_information_of(("x", "y", "z"), "interaction_information")
    found = measures(read(quantity, U, V, FLAG))
    family, by_direction = found["x|others"]
    assert family.dims == (1, 1, 1)
    none, label, other, both = (D, A, A), (D, A, C), (D, C, A), (D, C, C)
    (measure,) = by_direction.values()
    assert measure.differences == (
        Difference(1.0, (none,), (label,)),
        Difference(-1.0, (other,), (both,)),
    )
    assert sum(a for a, _ in measure.entropies) == 0.0


@pytest.mark.parametrize("folds", [1, 3])
@pytest.mark.parametrize(
    "samples",
    [
        (U, V, K),
        (FLAG, V, K),
        (FLAG, MARK, U),
        (np.c_[U, FLAG], np.c_[V, MARK], np.c_[W, K]),
        (np.where(FLAG, 0.0, U), V, np.where(MARK, 0.0, W)),
    ],
    ids=["label given", "a label", "labels", "all mixed", "atoms"],
)
def test_every_sort_runs(samples, folds):
    settings = {"n_seeds": 2, "folds": folds, "device": "cpu", "options": TINY}
    for call in (minde.conditional_mutual_information, minde.o_information):
        e = call(*samples, **settings)
        assert np.isfinite([e.value, *e.interval]).all()
        assert e.interval[0] <= e.value <= e.interval[1]
        assert e.pointwise.shape == (e.n_test,)
        assert set(e.diagnostics["kinds"]) in (
            {"x", "y", "z"},
            {f"variable {k}" for k in (1, 2, 3)},
        )
    assert np.isfinite(minde.o_information(*samples, W, n_seeds=1, options=TINY).value)


def test_numbers_without_ties_are_one_network_as_before():
    e = minde.conditional_mutual_information(U, V, W, n_seeds=1, device="cpu", options=TINY)
    assert e.directions == {}
    assert e.diagnostics["kinds"]["z"] == {"z[0]": "z[0] has few ties: continuous"}


LETTERS = list("abcdefghijklmnopqrst")
NAMES = np.arange(N).astype(str)
FEW = np.where(np.arange(N) < 20, U, 0.0)
BAD = [
    ((U, V, NAMES), {}, "z: 300 combinations of labels"),
    ((U, NAMES, W), {"kinds": {"t": "discrete"}}, "there is no column 't'"),
    (
        (FLAG, MARK, FEW),
        {},
        "z has 20 values beside its atoms, too few to read what they tell, and",
    ),
    (
        (np.repeat(LETTERS, 15), np.tile(LETTERS[:15], 20), np.array(LETTERS)[K]),
        {},
        r"x, y and z: \d+% of 300 rows are alone in their combination",
    ),
    ((U, ["a"] * N, V), {}, r"y: column 'y\[0\]' is constant"),
]


@pytest.mark.parametrize(("samples", "arguments", "message"), BAD)
def test_what_cannot_be_read_is_one_line(samples, arguments, message):
    with pytest.raises(InputError, match=message) as caught:
        minde.conditional_mutual_information(*samples, device="cpu", options=TINY, **arguments)
    assert "\n" not in str(caught.value)


def test_few_values_beside_an_atom_are_a_lower_bound():
    e = minde.conditional_mutual_information(FEW, FLAG, K, device="cpu", options=TINY)
    assert any("x has 20 values beside its atoms" in w and "lower bound" in w for w in e.warnings)


def test_levels_too_many_to_count_are_spread():
    many = rng().integers(0, 60, (2, 1000))
    settings = {"n_seeds": 1, "device": "cpu", "options": TINY}
    e = minde.conditional_mutual_information(*many, rng(1).integers(0, 4, 1000), **settings)
    assert any("spread evenly between their levels" in w for w in e.warnings)


def test_an_interaction_keeps_to_what_is_possible():
    e = minde.interaction_information(U, V, FLAG, n_seeds=1, device="cpu", options=TINY)
    most = read(CONDITIONAL, FLAG, V, U).most[0]
    assert abs(e.value) <= most + 1e-9
    assert max(map(abs, e.interval)) <= 1.1 * most
