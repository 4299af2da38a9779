"""What regressions on products tell: closed forms, chance, invariances, and intervals by them."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats

import minde
from minde.estimators.directions import layouts_of
from minde.estimators.estimating import nothing_read
from minde.estimators.explained import explained, normal_value, products, whitened
from minde.estimators.logistic import few_levels, told_of_label
from minde.estimators.neighbours import Neighbourly
from minde.estimators.quantity import CONDITIONAL, MUTUAL
from minde.estimators.regression_route import widened_by_regressions
from minde.estimators.regressions import linear_information, told_by_regressions, told_of_mean
from minde.preprocessing.transforms import RankCopula
from tests.variables import sides


def normals(n, p, q, seed=0):
    z = np.random.default_rng(seed).normal(size=(n, p + q))
    return z[:, :p], z[:, p:].copy()


def scores(v):
    return RankCopula.fit(v)(v)


def told(x, y):
    return told_by_regressions(scores(x), scores(y))


LAWS = {
    "product": lambda x, y: x[:, 0] * x[:, 1] + 0.5 * y[:, 0],
    "square": lambda x, y: x[:, 0] ** 2 + 0.5 * y[:, 0],
    "slopes": lambda x, y: x[:, 0] * (1.0 + x[:, 1]) + 0.5 * y[:, 0],
    "scale": lambda x, y: np.exp(0.7 * x[:, 0]) * y[:, 0],
    "size": lambda x, y: x[:, 0] * np.square(x).mean(axis=1) * 2.0 + 0.5 * y[:, 0],
}


def bent(name, n=1000, dim=8, seed=0):
    x, y = normals(n, dim, dim, seed)
    y[:, 0] = LAWS[name](x, y)
    return x, y


def test_a_product_of_three_shows_once_its_spread_has_pointed_to_it():
    """y = x0 x1 x2 + noise, no correlation with any square or product of two."""
    x, y = normals(1000, 10, 10)
    y[:, 0] = x[:, :3].prod(axis=1) + 0.5 * y[:, 0]
    found = told_of_mean(scores(x), scores(y))
    # The mean explains 0.8 of the variance, and less of normal scores: at least a third.
    assert found.nats > -0.5 * math.log(1.0 - 1.0 / 3.0)


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("dim", [3, 25])
def test_what_is_of_second_order_is_found(name, dim):
    found = told(*bent(name, dim=dim))
    assert found.nats > 5.0 * found.std_error > 0.0


def test_a_mean_tells_what_its_correlation_does():
    """y = w + noise of a feature w of unit variance and variance v left: half of log(1 + 1 / v).

    Taken as it is, not by ranks, so that the closed form holds; by 4,000 rows to 0.03.
    """
    x, y = normals(4000, 4, 1)
    y[:, 0] = (x[:, 0] * x[:, 1]) + 0.7 * y[:, 0]
    found = told_of_mean(x, y)
    assert found.nats == pytest.approx(0.5 * math.log(1.0 + 1.0 / 0.49), abs=0.05)


def test_a_quarter_of_the_variance_of_a_log_normal_scale():
    r"""log s^2 normal of variance 0.36: 0.09 nats, beyond the floor under the logarithm."""
    x, y = normals(20_000, 3, 1)
    y[:, 0] *= np.exp(0.3 * x[:, 0])
    found = told_by_regressions(x, y)
    assert found.nats == pytest.approx(0.09, abs=0.02)


def tied(x, y, g):
    return np.round(2.0 * x) / 2.0, np.floor(3.0 * g.exponential(size=y.shape))


def heavy(x, y, g):
    return x / g.normal(size=x.shape), y / g.normal(size=y.shape)


def together(x, y, g):
    """Each variable's columns share a scale of its own."""
    n = len(x)
    return x / g.chisquare(2, size=(n, 1)), y / g.chisquare(2, size=(n, 1))


def linear(x, y, g):
    y[:, 0] += x[:, 0]
    return np.exp(x), y


@pytest.mark.parametrize("law", [tied, heavy, together, linear])
def test_nothing_is_found_where_nothing_bends(law):
    """One in a thousand is allowed on paper, and some more of columns with ties: of 40 fits at
    most two, which five in a hundred would exceed in three of five cases."""
    found = 0
    for seed in range(40):
        x, y = normals(600, 5, 5, seed)
        found += told(*law(x, y, np.random.default_rng(seed + 1000))).nats > 0.0
    assert found <= 2


def test_maps_of_columns_and_changes_of_place_change_nothing():
    x, y = bent("product")
    found = told(x, y)
    again = told(np.exp(y[:, ::-1]), x[:, ::-1] ** 3)
    assert again.nats == pytest.approx(found.nats, abs=1e-9)


def test_linear_information_is_without_bias():
    """20 columns a side of 200 rows, of which one pair is correlated: by 100 draws to 0.02."""
    found = []
    for seed in range(100):
        x, y = normals(200, 20, 20, seed)
        y[:, 0] = 0.8 * x[:, 0] + 0.6 * y[:, 0]
        found.append(linear_information(x, y))
    error = float(np.std(found)) / 10.0
    assert np.mean(found) == pytest.approx(-math.log(0.6), abs=3.0 * error)


def test_shares_are_without_bias():
    """Features that tell nothing explain nothing, on average, and 0.3 of what they do of 0.3."""
    nothing, some = [], []
    for seed in range(200):
        f, e = normals(200, 40, 2, seed)
        e[:, 1] = math.sqrt(0.3) * f[:, 0] + math.sqrt(0.7) * e[:, 1]
        a, b = explained(f, e).share
        nothing.append(a)
        some.append(b)
    for values, true in ((nothing, 0.0), (some, 0.3)):
        error = float(np.std(values)) / math.sqrt(len(values))
        # The cut of features at four deviations takes 0.001 of the share.
        assert np.mean(values) == pytest.approx(true, abs=3.0 * error + 0.002)


@pytest.mark.parametrize(("degrees", "within"), [(1, 0.17), (3, 0.11), (50, 0.02)])
def test_a_statistic_as_a_normal_value(degrees, within):
    """The cube root is right at two deviations, and low at four: what is taken for sure is."""
    z = np.array([-1.0, 0.0, 2.0, 4.0])
    at = stats.chi2.ppf(stats.norm.cdf(z), degrees)
    np.testing.assert_allclose(normal_value(at, degrees), z, atol=within)
    assert normal_value(at, degrees)[-1] <= 4.0


def test_whitened_columns_are_uncorrelated_and_as_many_as_vary():
    x, _ = normals(500, 3, 1)
    white = whitened(np.c_[x, x[:, 0] + x[:, 1]])
    assert white.shape == (500, 3)
    np.testing.assert_allclose(white.T @ white / 500, np.eye(3), atol=1e-8)


def test_products_are_all_pairs():
    v = np.array([[2.0, 3.0, 5.0]])
    assert sorted(products(v)[0]) == [4.0, 6.0, 9.0, 10.0, 15.0, 25.0]


def tight(n, value=0.0):
    found = nothing_read(n, ())
    told_of = {"std_rows": 0.002}
    return replace(found, value=value, interval=(value - 0.005, value + 0.005), n_train=n,
                   diagnostics=told_of)  # fmt: skip


def test_an_interval_about_nothing_is_taken_up_to_a_product():
    """y = x0 x1 + noise of a half holds 0.80 nats by its correlation alone."""
    found = widened_by_regressions(tight(1000), sides(*bent("product")))
    assert 0.5 < found.value < 0.9
    assert found.value == pytest.approx(found.diagnostics["regressions"][0])
    assert found.interval[0] == -0.005
    assert 0.8 < found.interval[1] < 2.5
    assert "regressions on products" in found.warnings[-1]


def test_an_interval_about_the_truth_stays():
    x, y = bent("product")
    found = tight(1000, value=0.75)
    assert widened_by_regressions(found, sides(x, y)) == found


@pytest.mark.parametrize("kind", ["linear", "of two columns", "given", "few"])
def test_an_interval_stays_where(kind):
    x, y = bent("product")
    found = tight(len(x))
    if kind == "linear":
        x, y = normals(1000, 8, 8)
        y[:, 0] += x[:, 0]
        found = tight(1000, value=0.5 * math.log(2.0))
    if kind == "of two columns":
        x, y = x[:, 0], x[:, 0] ** 2 + 0.5 * y[:, 1]
    if kind == "few":
        x, y = x[:40], y[:40]
    asked = sides(x, y, y[:, 1], quantity=CONDITIONAL) if kind == "given" else sides(x, y)
    assert widened_by_regressions(found, asked) == found


LABELS = {
    "sign of a product": lambda x, g: np.sign(x[:, 0] * x[:, 1]),
    "square": lambda x, g: np.digitize(x[:, 0] ** 2, [0.2, 1.0]),
    "half": lambda x, g: x[:, 0] > 0.0,
}


@pytest.mark.parametrize("name", LABELS)
@pytest.mark.parametrize("dim", [3, 25])
def test_a_label_that_follows_from_columns_is_told(name, dim):
    """It tells its entropy; a ridge and 800 rows take up to four tenths of it."""
    x, _ = normals(1000, dim, 1)
    _, codes = np.unique(LABELS[name](x, None), return_inverse=True)
    entropy = stats.entropy(np.bincount(codes))
    found = told_of_label(x, codes)
    assert 0.6 * entropy < found.nats < entropy


def test_what_is_told_of_a_label_is_a_lower_bound():
    """A label of two normal classes two deviations apart: 0.336 nats by quadrature."""
    grid = np.linspace(-8.0, 10.0, 4001)
    p = np.stack([stats.norm.pdf(grid), stats.norm.pdf(grid, 2.0)])
    mean = p.mean(axis=0)
    truth = float((p * np.log(p / mean)).mean(axis=0).sum() * (grid[1] - grid[0]))
    found = []
    for seed in range(40):
        x, _ = normals(600, 6, 1, seed)
        codes = np.arange(600) % 2
        x[:, 0] += 2.0 * codes
        found.append(told_of_label(x, codes).nats)
    error = float(np.std(found)) / math.sqrt(40)
    assert truth - 0.03 < np.mean(found) < truth + 2.0 * error


def test_labels_of_nothing_tell_nothing():
    """Held-out rows are the less likely for it: of 60 labels none tells two hundredths."""
    for seed in range(60):
        x, _ = normals(500, 10, 1, seed)
        codes = np.random.default_rng(seed).integers(0, 2 + seed % 4, 500)
        assert told_of_label(x, codes).nats < 0.02


@pytest.mark.parametrize("of", ["label", "counts", "zeros"])
def test_an_interval_about_nothing_is_taken_up_where_columns_are_of_any_kind(of):
    x, y = normals(1000, 10, 1)
    w, e = x[:, 0] * x[:, 1], y[:, 0]
    given = {
        "label": np.array(["a", "b"])[(w > 0.0).astype(int)],
        "counts": np.random.default_rng(0).poisson(np.exp(0.7 * w)),
        "zeros": np.where(w + 0.3 * e > 0.5, w + 0.3 * e, 0.0),
    }[of]
    both = sides(x, given)
    assert not both.continuous
    found = widened_by_regressions(tight(1000), both)
    # The counts hold 0.23 nats by quadrature, the label all of its 0.69, the zeros above 0.4.
    assert found.interval[1] > {"label": 0.69, "counts": 0.23, "zeros": 0.4}[of]
    assert found.interval[1] <= both.most[0] + 2.0 * both.most[1]


def test_levels_of_columns_of_any_kind():
    scores, codes = torch.tensor([-1.0, 0.1, math.nan, 2.0]), torch.tensor([0, 0, 1, 0])
    assert Neighbourly(scores.double(), None).levels(2).tolist() == [0, 1, 0, 1]
    atom = Neighbourly(scores.double(), codes).levels(2)
    assert len(set(atom.tolist())) == 3
    assert atom[1] == atom[3]
    assert Neighbourly(None, codes).levels(4).tolist() == [0, 0, 1, 0]
    assert not few_levels(np.zeros(50, dtype=int))
    assert not few_levels(np.r_[np.zeros(50, dtype=int), 1])


def test_of_many_rows_the_direction_that_bends_is_read():
    x, y = bent("product", n=3500)
    for pair, direction in (((x, y), "y|x"), ((y, x), "x|y")):
        assert [*layouts_of(MUTUAL, sides(*pair).sides, [])] == [direction]


def test_of_many_rows_that_do_not_bend_the_fewer_columns_are_diffused():
    x, y = normals(3500, 4, 2)
    y[:, 0] += x[:, 0]
    assert [*layouts_of(MUTUAL, sides(x, y).sides, [])] == ["y|x"]
    assert [*layouts_of(MUTUAL, sides(y, x).sides, [])] == ["x|y"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["product", "slopes"])
def test_a_product_among_many_columns_is_read(name):
    """Before there were such experts 0.2 of 0.74 nats was read, in an interval that missed it."""
    x, y = normals(1000, 10, 10)
    y[:, 0] = x[:, 0] * (x[:, 1] + (name == "slopes")) + 0.5 * y[:, 0]
    found = minde.MINDE().fit(x, y).mutual_information()
    # By quadrature (benchmarks/many_columns.py).
    truth = {"product": 0.736, "slopes": 1.019}[name]
    assert found.interval[0] < truth < found.interval[1]
    assert found.value > 0.75 * truth


def test_a_column_that_is_repeated_in_the_other_variable_leaves_nothing_of_itself():
    x, e = np.random.default_rng(5).normal(size=(2, 800))
    plain = np.stack([x, x + e], axis=1)
    for a, b in ((x[:, None], plain), (plain, x[:, None]), (plain, plain)):
        assert told_by_regressions(a, b).nats == 0.0
    # What bends in the column beside it is seen as without it.
    bent = np.stack([x, x**2 + e], axis=1)
    alone = told_by_regressions(x[:, None], bent[:, 1:]).nats
    assert told_by_regressions(x[:, None], bent).nats == pytest.approx(alone, rel=0.05)
    assert alone > 0.3
