"""Weights of rows: every measure is that of the law that the weighted rows stand for."""

import json
import math

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats
from typer.testing import CliRunner

import minde
from minde import MINDE
from minde.cli.main import app
from minde.diffusion.gaussian import GaussianNoise
from minde.diffusion.moments import moments, well_posed
from minde.diffusion.points import Diffuser
from minde.diffusion.roles import conditional
from minde.discrete import weighted
from minde.discrete.counts import masses
from minde.discrete.entropy import chao_wang_jost, miller_madow, plug_in
from minde.discrete.kl import kl_divergence as counted_kl
from minde.discrete.shannon import counted
from minde.errors import InputError
from minde.estimators.placed import Place, placed
from minde.estimators.spacings import marginal_entropies, surprise_at
from minde.preprocessing.transforms import Copula, Standardize
from minde.readout.fit_control import fit_control
from minde.readout.influence import Influence
from minde.readout.known_values import entropy_terms
from minde.readout.measures import MI_CONDITIONAL
from minde.readout.readout import Readout, read_out
from minde.stages.mixed import estimate_mixed
from minde.stages.records import read_records
from minde.stages.samples import read_samples
from minde.stages.worker import answer
from minde.training.blend import fit_blends
from minde.training.covariance import shrunken
from minde.training.expectation import fit_mixture
from minde.training.fine import VPSchedule
from minde.training.job import Fold
from minde.training.mixture import best_mixtures
from minde.weighing import check_weights, effective_rows
from tests.unit.test_datasets import sampled
from tests.unit.test_training import make_stream

N = 1000
SMALL = {"n_steps": 100, "width": 16}
#: A table, and what its cells are drawn by in its place.
CELLS = np.array([[0.30, 0.10, 0.05], [0.05, 0.20, 0.30]])
DRAWN = np.array([[0.10, 0.20, 0.20], [0.20, 0.20, 0.10]])
#: Three classes one and a half deviations apart; shares, and those of a sample with one of them
#: three times as often as it is.
MEANS, SHARES = np.array([0.0, 1.5, 3.0]), np.array([0.2, 0.4, 0.4])
OVERSAMPLED = SHARES * [3.0, 1.0, 1.0] / (SHARES * [3.0, 1.0, 1.0]).sum()


def rng(seed=0):
    return np.random.default_rng(seed)


def holds(found, truth):
    return found.interval[0] <= truth <= found.interval[1]


def entropy_of(shares):
    return float(-(shares * np.log(shares)).sum())


def table_of(n=N, seed=0):
    cell = rng(seed).choice(6, n, p=DRAWN.ravel())
    return cell // 3, cell % 3, (CELLS / DRAWN).ravel()[cell]


def classes(n=N, seed=0):
    g = rng(seed)
    k = g.choice(3, n, p=OVERSAMPLED)
    return k, MEANS[k] + g.normal(size=n), (SHARES / OVERSAMPLED)[k]


def pair(drawn, wanted, n, seed=0):
    """A normal pair drawn with one correlation, with the weights that make it another's."""
    x, e = rng(seed).normal(size=(2, n))
    y = drawn * x + math.sqrt(1.0 - drawn**2) * e

    def log_density(r):
        return -0.5 * math.log(1 - r * r) - (x * x - 2 * r * x * y + y * y) / (2 * (1 - r * r))

    return x, y, np.exp(log_density(wanted) - log_density(drawn))


# What weights may be.


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (-np.ones(50), "50 are below zero, the least -1; give weights from zero"),
        (np.zeros(50), "every weight is zero"),
        (np.r_[np.nan, np.ones(49)], "1 value is missing in column 'weights"),
        (np.r_[np.inf, np.ones(49)], "1 value is infinite"),
        (np.ones(49), " has 49; rows must pair"),
        (np.ones((50, 2)), "need one value a row, got 2 columns"),
        (np.array(["a", "b"] * 25), "weights must be numbers"),
        (np.r_[1.0, np.full(49, 1e-9)], "50 rows tell as much as 1.0, and one holds 100% of all"),
    ],
)
def test_what_cannot_be_used_is_one_line(given, told):
    x, y = rng().integers(0, 2, (2, 50))
    for ask in (
        lambda: MINDE().fit(x, y, weights=given),
        lambda: minde.entropy(x, weights=given),
        lambda: minde.conditional_mutual_information(x, y, y, weights=given),
        lambda: minde.kl_divergence(x, y, weights=(given, None)),
    ):
        with pytest.raises(InputError) as caught:
            ask()
        line = str(caught.value)
        assert told in line
        assert "\n" not in line


def test_what_knows_no_weights_says_so():
    x, w = rng().normal(size=(200, 2)), rng(1).random(200) + 0.1
    with pytest.raises(InputError, match="weights: give a pair, those of p's rows and those"):
        minde.kl_divergence(x, x, weights=w)
    with pytest.raises(InputError, match="weights: rows in time order take none"):
        MINDE(order="time").fit(x[:, 0], x[:, 1], weights=w)
    with pytest.raises(InputError, match="unknown option 'weights'"):
        minde.pairwise_mutual_information(x, weights=w)
    with pytest.raises(InputError, match=r"training: \d+ effective rows are too few"):
        MINDE(options={"batch_size": 64}).fit(x[:, 0], x[:, 1], weights=w**6)


def test_effective_rows_and_what_is_told():
    kept, found, told = check_weights(np.r_[0.0, np.ones(98), 9.0], "weights")
    assert (kept.sum(), kept[0]) == (99, False)
    assert found.mean() == pytest.approx(1.0)
    assert effective_rows(found, 99) == pytest.approx(107.0**2 / (98 + 81))
    assert told == (
        "weights: 1 of 100 rows weigh 0 and are left out",
        "weights: one row holds 8% of all weight",
    )
    few = np.r_[np.ones(900), np.full(100, 30.0)]
    assert check_weights(few, "w")[2] == ("w: 1000 rows tell as much as 167 that weigh the same",)


def test_weights_all_alike_are_none_to_the_bit_and_rows_of_none_are_left_out():
    """Of networks, spacings and counts; the rest of the law may be anything."""
    x, y, _ = pair(0.6, 0.0, 300)
    w, kept = rng(1).random(300) + 0.5, rng(2).random(300) < 0.9
    k = (x > 0).astype(int)
    tiny = MINDE(folds=1, options={"n_steps": 32, "width": 16})

    def found(other, kinds, rows=slice(None), weights=None):
        fitted = tiny.set_params(kinds=kinds).fit(other[rows], y[rows], weights)
        return fitted.mutual_information()

    for other, kinds in ((x, None), (k, {"x": "categorical"})):
        plain, alike = found(other, kinds), found(other, kinds, weights=np.full(300, 7.0))
        assert (alike.value, alike.interval, alike.weights) == (plain.value, plain.interval, None)
        zeros = found(other, kinds, weights=np.where(kept, w, 0.0))
        without = found(other, kinds, kept, w[kept])
        assert (zeros.value, zeros.interval) == (without.value, without.interval)
        assert zeros.value != plain.value
        # Rows are numbered as they were given.
        np.testing.assert_array_equal(zeros.rows, np.flatnonzero(kept)[without.rows])
        assert np.average(zeros.pointwise, weights=zeros.weights) == pytest.approx(zeros.value)


# The parts: weights of one change nothing, whole ones are rows that repeat.


def test_maps_and_moments_by_whole_weights_are_those_of_rows_that_repeat():
    x, count = rng().normal(size=(200, 2)), rng(1).integers(1, 5, 200)
    many, w = np.repeat(x, count, axis=0), count.astype(float)
    for kind in (Copula, Standardize):
        np.testing.assert_allclose(kind.fit(x, weights=w)(x), kind.fit(many)(x), atol=1e-12)
    for a, b in zip(moments([x], weights=[w]), moments([many]), strict=True):
        torch.testing.assert_close(a, b)
    scale, one = well_posed(moments([many])[1], (1, 1)), torch.from_numpy(w / w.mean())[None]
    a = fit_mixture(torch.from_numpy(x)[None], scale, 1, weights=one)
    b = fit_mixture(torch.from_numpy(many)[None], scale, 1)
    torch.testing.assert_close(a.means, b.means)


def test_weights_of_one_change_no_value():
    x, one = rng().normal(size=(400, 6)), np.ones(400)
    x[:, 1] += x[:, 0]
    for a, b in zip(shrunken([x], (3, 3)), shrunken([x], (3, 3), [one]), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-9)
    two = np.r_[x[:200, :2], x[200:, :2] + 5.0]
    a, b = best_mixtures([two], (1, 1)), best_mixtures([two], (1, 1), weights=[one])
    torch.testing.assert_close(a.covariances, b.covariances)
    a, b = marginal_entropies(x), marginal_entropies(x, one)
    np.testing.assert_allclose(a.pointwise, b.pointwise)
    np.testing.assert_allclose(a.influence, b.influence)
    assert a.variance < b.variance  # what is missed at the ends is in it
    at = np.linspace(-4.0, 4.0, 9)
    np.testing.assert_allclose(surprise_at(x[:, 0], at), surprise_at(x[:, 0], at, one))
    codes = rng(1).integers(0, 4, (400, 2))
    groups = [(1.0, codes[:, :1]), (1.0, codes[:, 1:]), (-1.0, codes)]
    a, b = counted(groups), counted(groups, weights=one)
    assert b.value == pytest.approx(a.value)
    assert a.std_error < b.std_error < 1.05 * a.std_error  # the heaviest of 400 rows
    np.testing.assert_allclose(a.pointwise, b.pointwise)
    a, b = counted_kl(codes[:150], codes[150:]), counted_kl(codes[:150], codes[150:], one[:150])
    assert b[0].value == pytest.approx(a[0].value)
    assert a[0].std_error <= b[0].std_error < 1.05 * a[0].std_error


def test_counted_kl_is_that_of_the_weighted_shares():
    # Shares 1/2 and 1/2 of the rows, by weights 1/4 and 3/4; of q 1/3 and 2/3, by weights 2/3, 1/3.
    p, q = np.repeat([0, 1], 1000)[:, None], np.repeat([0, 1], [700, 1400])[:, None]
    of_p, of_q = np.repeat([0.5, 1.5], 1000), np.repeat([2.0, 0.5], [700, 1400])
    shares = np.array([[0.25, 0.75], [2 / 3, 1 / 3]])
    truth = (shares[0] * np.log(shares[0] / shares[1])).sum()
    found, _ = counted_kl(p, q, of_p, of_q)
    # What is left of the bias is of one over the rows.
    assert found.value == pytest.approx(truth, abs=0.002)
    assert np.average(found.pointwise, weights=of_p) == pytest.approx(found.value)


def test_a_plug_in_its_bias_and_its_jackknife_by_their_definitions():
    cell = rng().choice(4, 60, p=[0.4, 0.3, 0.2, 0.1])
    count = rng(1).integers(1, 4, 60)
    w = count / count.mean()
    assert plug_in(masses(cell, w)) == pytest.approx(plug_in(np.bincount(np.repeat(cell, count))))
    without = [plug_in(masses(np.delete(cell, i), np.delete(w, i))) for i in range(60)]
    np.testing.assert_allclose(weighted.left_out(cell, w), without)
    alike = np.ones(60)
    first, known = weighted.two_entropies(cell, alike)
    counts = np.bincount(cell)
    assert (first, known) == pytest.approx((chao_wang_jost(counts), miller_madow(counts)))
    # Cells that were drawn too rarely. Of 1,000 draws the mean is known to 0.0011; four times that.
    p, ratio, found = np.array([0.4, 0.3, 0.2, 0.1]), np.array([0.5, 1.0, 1.5, 2.0]), []
    g = p / ratio / (p / ratio).sum()
    for seed in range(1000):
        cell = rng(seed).choice(4, 300, p=g)
        w = ratio[cell] / ratio[cell].mean()
        found.append((plug_in(masses(cell, w)), weighted.bias(cell, w)))
    plain, bias = np.mean(found, axis=0)
    assert plain + bias == pytest.approx(entropy_of(p), abs=0.0045)
    assert plain < entropy_of(p) - 0.006


def test_rows_are_drawn_as_often_as_they_weigh():
    stream = make_stream("fast", [0, 1])
    n = stream.data.shape[1]
    weights = torch.linspace(0.0, 2.0, n).double().expand(2, n).clone()
    heavy = type(stream)(stream.data, stream.denoiser, stream.options, stream.seeds, weights)
    drawn = torch.cat([heavy._draw(k)[0][0].flatten() for k in range(20)])
    # A tenth of the rows each; antithetic halves are the same rows, so that draws count half.
    share = torch.bincount(drawn * 10 // n, minlength=10) / len(drawn)
    wanted = weights[0].view(10, -1).sum(1) / weights[0].sum()
    error = (wanted * (1 - wanted) / (len(drawn) / 2)).sqrt()
    assert ((share - wanted).abs() < 4.0 * error).all()
    assert not (drawn == 0).any()


def test_a_read_out_by_weights_is_that_of_the_other_law():
    """Exact scores of the law that the weights make of the rows; the error is the linearised."""
    family, schedule = conditional(1, 1), VPSchedule()
    covariance = torch.tensor([[1.0, 0.8], [0.8, 1.0]])[None].double()
    x, y, w = pair(0.6, 0.8, 8000)
    data = torch.from_numpy(np.stack([x, y], axis=1)).float()[None]
    one = torch.from_numpy(w / w.mean())[None]
    model, diffuser = GaussianNoise(covariance, family, schedule), Diffuser(family, schedule)
    out = read_out(model, data, diffuser, MI_CONDITIONAL, [0], weights=one)
    truth = -0.5 * math.log(1.0 - 0.64)
    for name in ("inside", "gap", "cross"):
        found = out[name]
        assert found.value.item() == pytest.approx(truth, abs=4.0 * found.std_error.item()), name
        psi = one * (found.pointwise / one - found.value) / 8000
        assert found.std_error.item() == pytest.approx(psi.square().sum().sqrt().item(), rel=1e-3)
        assert found.integrand.sum().item() == pytest.approx(found.value.item(), rel=1e-4)
    control = fit_control(data.double(), entropy_terms(MI_CONDITIONAL, (1, 1)), (1, 1), one)
    exact = read_out(
        control.models(family, schedule)[0], data, diffuser, MI_CONDITIONAL, [0], weights=one
    )
    better = control.apply(out["gap"], control.values(data, [exact["gap"].pointwise], one))
    assert better.value.item() == pytest.approx(truth, abs=4.0 * better.std_error.item())
    assert better.std_error < 0.9 * out["gap"].std_error


def test_a_blend_by_weights_judges_by_the_heavy_rows():
    """Two laws side by side, an expert for each: the weights say whose rows count."""
    family, schedule = conditional(1, 1), VPSchedule()
    eye, tight = torch.eye(2)[None].double(), torch.tensor([[1.0, 0.9], [0.9, 1.0]])[None].double()
    a, b = (GaussianNoise(c, family, schedule) for c in (eye, tight))
    x, e = torch.from_numpy(rng().normal(size=(2, 1000, 1)))
    rows = torch.cat([torch.cat([x, e], 1)[:500], torch.cat([x, 0.9 * x + 0.19**0.5 * e], 1)[500:]])
    diffuser, side = Diffuser(family, schedule), torch.arange(1000) < 500
    for heavy, least in ((side, 0), (~side, 1)):
        weights = 2.0 * heavy.double()[None]
        (blend,) = fit_blends([a], [b], rows.float()[None], diffuser, [0], 4, weights=weights)
        given = diffuser.clean.bool().any(dim=1)
        assert blend.weights[0, given].mean((0, 1))[least] > 0.8


def test_values_of_some_rows_placed_among_more_count_by_weight():
    w = torch.tensor([[1.0, 3.0, 2.0, 2.0]]).double() / 2.0
    own = w[:, 1:3] / w[:, 1:3].mean()
    values = own * torch.tensor([[5.0, 7.0]]).double()
    fold = Fold(np.empty(0, dtype=np.int64), np.array([1, 2]))
    share = 5.0 / 8.0
    place = Place(fold, 0, 4, share * 4 / 2, w[0].numpy())
    bins = torch.linspace(0.0, 1.0, 51)
    out = placed(Readout(values, torch.ones(1, 50) / 50, bins, weights=own), [place])
    assert out.value.item() == pytest.approx((3 * 5 + 2 * 7) / 8)
    expected = Influence.of_mean(w * torch.tensor([[0.0, 5.0, 7.0, 0.0]]).double(), w)
    torch.testing.assert_close(out.chance.test, expected.test)


# Whole estimates: closed forms of the laws that the weights make.


def test_a_table_its_entropy_and_its_divergence():
    x, y, w = table_of()
    truth = entropy_of(CELLS.sum(0)) + entropy_of(CELLS.sum(1)) - entropy_of(CELLS)
    found = MINDE().fit(x, y, weights=w).mutual_information()
    assert holds(found, truth)
    assert not holds(MINDE().fit(x, y).mutual_information(), truth)
    assert found.effective_rows == pytest.approx(w.sum() ** 2 / (w**2).sum())
    h = minde.entropy(np.stack([x, y], axis=1), weights=w)
    assert (h.kind, holds(h, entropy_of(CELLS))) == ("discrete", True)
    p, q = CELLS.sum(1), CELLS.sum(0)
    kinds = {"p": "discrete"}
    d = minde.kl_divergence(y, y, kinds=kinds, weights=(w, (1.0 / DRAWN.sum(0))[y]))
    assert holds(d, float((q * np.log(3.0 * q)).sum()))
    assert holds(minde.entropy(x, weights=w), entropy_of(p))


def test_weighting_undoes_a_class_that_was_drawn_too_often():
    k, y, w = classes()
    assert holds(minde.entropy(k, kinds={"x": "categorical"}, weights=w), entropy_of(SHARES))
    assert not holds(minde.entropy(k, kinds={"x": "categorical"}), entropy_of(SHARES))
    grid = np.linspace(-8.0, 11.0, 20_001)
    density = stats.norm.pdf(grid[:, None], MEANS) @ SHARES
    of_y = float(-(density * np.log(density)).sum() * (grid[1] - grid[0]))
    within = 0.5 * math.log(2.0 * math.pi * math.e)
    found = MINDE(kinds={"x": "categorical"}).fit(k, y, weights=w).mutual_information()
    assert holds(found, of_y - within)
    assert holds(minde.entropy(y, weights=w), of_y)
    assert not holds(minde.entropy(y), of_y)
    both = minde.entropy({"k": k, "y": y}, kinds={"k": "categorical"}, weights=w)
    assert (both.kind, holds(both, entropy_of(SHARES) + within)) == ("mixed", True)
    # Given a coin that knows of nothing it is the same; x, y and the coin share nothing.
    coin = rng(9).integers(0, 2, N)
    kinds = {"x": "categorical", "z": "categorical"}
    given = minde.conditional_mutual_information(k, y, coin, kinds=kinds, weights=w)
    assert holds(given, of_y - within)
    assert holds(minde.interaction_information(k, y, coin, kinds=kinds, weights=w), 0.0)


def test_entropy_and_divergence_of_one_column():
    x, other = rng().normal(size=(2, N))
    shifted = np.exp(0.5 * x)  # the ratio of N(1/2, 1) and N(0, 1), but for a factor
    assert holds(minde.entropy(x, weights=shifted), 0.5 * math.log(2.0 * math.pi * math.e))
    rough = np.exp(0.8 * rng(1).normal(size=N))
    assert holds(minde.entropy(x, weights=rough), 0.5 * math.log(2.0 * math.pi * math.e))
    d = minde.kl_divergence(x, other, weights=(shifted, rough))
    assert holds(d, 0.125)
    assert not holds(minde.kl_divergence(x, other), 0.125)


def test_rough_weights_do_not_bias_spacings():
    """Of weights that have nothing to do with the values; 100 draws tell a bias to 0.005."""
    errors, d = [], []
    for seed in range(100):
        g = rng(seed)
        x, y, w, v = *g.exponential(size=(2, 400)), *np.exp(0.8 * g.normal(size=(2, 400)))
        errors.append(minde.entropy(x, weights=w).value - 1.0)
        if seed < 25:
            d.append(minde.kl_divergence(x, y, weights=(w, v)).value)
    assert abs(np.mean(errors)) < 4.0 * np.std(errors) / 10.0
    assert abs(np.mean(d)) < 4.0 * np.std(d) / 5.0


def test_a_normal_pair_by_networks_is_that_of_the_other_correlation():
    x, y, w = pair(0.6, 0.8, 800)
    truth = -0.5 * math.log(1.0 - 0.64)
    model = MINDE(options=SMALL)
    assert not holds(model.fit(x, y).mutual_information(), truth)
    found = model.fit(x, y, weights=w).mutual_information()
    assert holds(found, truth)
    assert found.to_dict()["effective_rows"] == pytest.approx(effective_rows(w, 800), rel=0.05)
    assert found.interval[1] - found.interval[0] < 0.4  # it says something
    local = minde.local_values(found)
    assert np.average(local["value"], weights=local["weight"]) == pytest.approx(found.value)
    ratio = local["weight"] / w[local.index]  # each fold's weights have the mean one
    assert np.ptp(ratio) < 0.5 * ratio.mean()


@pytest.mark.slow
def test_columns_with_zeros_beside_a_pair_of_columns():
    """A label that says where y is zero, and a normal pair where it is not: H(share) + share I."""
    x, y, w = pair(0.6, 0.8, 900, seed=1)
    zero = rng(101).random(900) < 0.5
    w = np.where(zero, 0.6, 1.4 * w)  # half of the rows, 0.3 of the law
    found = MINDE(folds=3, options=SMALL).fit(
        np.stack([x, zero], axis=1), np.where(zero, 0.0, y), weights=w
    )
    truth = entropy_of(np.array([0.3, 0.7])) - 0.7 * 0.5 * math.log(1.0 - 0.64)
    assert holds(found.mutual_information(), truth)


@pytest.mark.slow
def test_measures_of_several_columns_by_networks():
    x, y, w = pair(0.6, 0.8, 1500)
    z = rng(7).normal(size=1500)
    shared = -0.5 * math.log(1.0 - 0.64)
    options = {"n_seeds": 2, "options": {"n_steps": 400, "width": 32}}
    given = minde.conditional_mutual_information(x, y, z, weights=w, **options)
    assert holds(given, shared)
    assert holds(minde.interaction_information(x, y, z, weights=w, **options), 0.0)
    xy = np.stack([x, y], axis=1)
    h = minde.entropy(xy, weights=w, **options)
    assert holds(h, math.log(2.0 * math.pi * math.e) - shared)
    # The paper's own read-outs, in whitened columns; in 3,000 steps they are within a fifth.
    whole = minde.entropy(xy, weights=w, recipe="paper", n_seeds=2, options={"n_steps": 3000})
    assert whole.value == pytest.approx(math.log(2.0 * math.pi * math.e) - shared, abs=0.2)
    other = rng(8).normal(size=(1500, 2))
    assert holds(minde.kl_divergence(xy, other, weights=(w, None), **options), shared)


def test_a_fitted_model_keeps_its_weights(tmp_path):
    k, y, w = classes(400)
    w[:7] = 0.0
    model = MINDE(kinds={"x": "categorical"}).fit(k, y, weights=w)
    model.save(tmp_path / "m")
    again, found = MINDE.load(tmp_path / "m").mutual_information(), model.mutual_information()
    assert (again.value, again.interval) == (found.value, found.interval)
    np.testing.assert_array_equal(again.rows, found.rows)
    np.testing.assert_array_equal(again.weights, found.weights)
    # New rows of the law itself weigh the same, and are read by the fit's weighted densities.
    g = rng(1)
    label = g.choice(3, 4000, p=SHARES)
    new = model.mutual_information(label, MEANS[label] + g.normal(size=4000))
    assert new.weights is None
    assert new.value == pytest.approx(0.40, abs=4.0 * new.std_error)


# The shell and the workflow.


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    k, y, w = classes(300)
    where = tmp_path_factory.mktemp("weights")
    frame = pd.DataFrame({"k": np.array(["a", "b", "c"])[k], "y": y, "z": k // 2, "w": w})
    frame.to_csv(where / "t.csv", index=False)
    return where


def said(*words):
    done = CliRunner().invoke(app, [str(word) for word in words])
    return done.exit_code, done.output


def test_the_shell_says_what_python_says(folder):
    frame, file = pd.read_csv(folder / "t.csv"), folder / "t.csv"
    w, k, y, z = frame["w"], frame["k"], frame["y"], frame["z"]
    xyz = ("--x", "k", "--y", "y", "--z", "z")
    for words, found in (
        (("estimate", file, *xyz[:4]), MINDE().fit(k, y, weights=w).mutual_information()),
        (("entropy", file, "--x", "y"), minde.entropy(y, weights=w)),
        # All columns but that of the weights.
        (("entropy", file, "--x", "*"), minde.entropy(frame[["k", "y", "z"]], weights=w)),
        (("conditional", file, *xyz), minde.conditional_mutual_information(k, y, z, weights=w)),
        (("interaction", file, *xyz), minde.interaction_information(k, y, z, weights=w)),
        (("kl", file, file, "--x", "k"), minde.kl_divergence(k, k, weights=(w, w))),
    ):
        code, out = said(*words, "--weights", "w", "--json")
        assert code == 0, out
        assert json.loads(out)["value"] == pytest.approx(found.value), words


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--weights", "ww"), "--weights: no column 'ww'; did you mean 'w'?"),
        (("--weights", "w,z"), "--weights: 'w,z' names 2 columns; rows have one weight each"),
        (("--weights", "k"), "--x: no column 'k'"),
        (("--weights", "w", "--load", "m"), "--weights: with --load new rows are read"),
    ],
)
def test_mistakes_on_a_command_line_are_one_line(folder, words, told):
    with pytest.raises(InputError) as caught:
        app(
            ["estimate", str(folder / "t.csv"), "--x", "k", "--y", "y", *words],
            standalone_mode=False,
        )
    assert told in str(caught.value)


def test_the_workflow_fits_with_weights_and_leaves_out_what_knows_none(tmp_path):
    k, y, w = classes(300)
    frame = pd.DataFrame({"a": np.array(["a", "b", "c"])[k], "b": y, "w": w})
    entry = {"x": "a", "y": "b", "weights": "w"}
    found = sampled(tmp_path, frame, **entry)
    ratio = dict(zip(frame["b"].round(9), w / w.mean(), strict=True))
    np.testing.assert_allclose([ratio[round(b, 9)] for b in found.every[:, 1]], found.weights)
    assert answer({"kind": "ksg", "sample": str(tmp_path / "out.parquet"), "options": {}}) == {
        "left_out": "takes no weights of rows"
    }
    kept, known = tmp_path / "checkpoint", {"options": {}}
    estimate_mixed([tmp_path / "out.parquet"], tmp_path / "e.parquet", "c", "fast", known, kept)
    (row,) = read_records([tmp_path / "e.parquet"]).to_dict("records")
    whole = MINDE().fit(frame["a"], frame["b"], weights=w).mutual_information()
    assert (row["status"], row["mi_estimate"]) == ("ok", pytest.approx(whole.value, abs=1e-9))
    assert read_samples(tmp_path / "out.parquet").names == ("a", "b")
    assert sampled(tmp_path, frame, x="b", y="a", kinds={}).weights is None
