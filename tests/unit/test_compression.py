"""Many columns as few: what maps find, what they must not see, and what they say is lost."""

import contextlib
import json

import numpy as np
import pytest

from minde import MINDE
from minde.cli.main import main
from minde.errors import InputError
from minde.preprocessing.compression import Compression, fit_principal
from minde.preprocessing.pairs import fit_pairs, gaussian_information

SHORT = {"n_steps": 64, "width": 16, "batch_size": 64}
QUICK = {"options": SHORT, "extrapolate": False, "folds": 2}


def channels(rows, dim=30, sources=2, rho=0.8, noise=0.5, seed=0):
    """Channels that see pairs of sources; their information is that of the sources, but for noise.

    Thirty channels leave errors of the sources of 0.01 of their variance, 0.03 nats in all.
    """
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(rows, sources))
    w = rho * z + np.sqrt(1.0 - rho**2) * rng.normal(size=z.shape)
    x, y = (s @ rng.normal(size=(sources, dim)) for s in (z, w))
    x, y = (v + noise * rng.normal(size=v.shape) for v in (x, y))
    return x, y, z, -0.5 * sources * np.log(1.0 - rho**2)


def test_pairs_are_the_shared_sources():
    x, y, z, truth = channels(1000)
    pairs = fit_pairs(x[:500], y[:500], 8)
    assert pairs.seen == 2
    found = pairs.first(2).x(x[500:])
    left = z[500:] - found @ np.linalg.lstsq(found, z[500:], rcond=None)[0]
    assert left.var() < 0.05 * z.var()
    told = gaussian_information(found, pairs.first(2).y(y[500:]))
    # A standard error of the correlations of 500 rows each is 0.8 / sqrt(500) nats.
    assert told.mean() == pytest.approx(truth, abs=4 * 0.8 * np.sqrt(2 / 500))


def test_rows_that_fit_directions_would_tell_of_chance():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, 600, 60))
    pairs = fit_pairs(x[:300], y[:300], 1, ridges=[1e-3])
    own = gaussian_information(pairs.x(x[:300]), pairs.y(y[:300]))
    others = gaussian_information(pairs.x(x[300:]), pairs.y(y[300:]))
    assert own.mean() > 0.3
    # The square of a correlation of 300 independent rows is 1/300 by chance.
    assert abs(others.mean()) < 6 / 300


def test_components_of_variance_do_not_depend_on_units_or_monotone_maps():
    x = np.random.default_rng(2).normal(size=(150, 12)) @ np.random.default_rng(3).normal(
        size=(12, 12)
    )
    plain = fit_principal(x, 3, seed=0)(x)
    bent = np.exp(x * np.geomspace(1e-3, 1.0, 12))
    assert np.allclose(fit_principal(bent, 3, seed=0)(bent), plain, atol=1e-8)


def test_cosines_see_what_is_even(monkeypatch):
    monkeypatch.setattr("minde.preprocessing.compression.COSINES", 200)
    rng = np.random.default_rng(4)
    z = rng.normal(size=(1500, 1))
    x = z @ rng.normal(size=(1, 20)) + 0.1 * rng.normal(size=(1500, 20))
    y = np.abs(z) @ rng.normal(size=(1, 20)) + 0.1 * rng.normal(size=(1500, 20))
    told = {}
    for kernel in (False, True):
        pairs = fit_pairs(x[:1000], y[:1000], 1, (kernel, kernel))
        told[kernel] = gaussian_information(pairs.x(x[1000:]), pairs.y(y[1000:])).mean()
    assert told[False] < 0.05
    assert told[True] > 1.0


@pytest.mark.parametrize("wide", [False, True])
def test_a_sketch_stands_for_very_many_columns(wide, monkeypatch):
    if wide:
        monkeypatch.setattr("minde.preprocessing.pairs.WIDE", 100)
        monkeypatch.setattr("minde.preprocessing.pairs.SKETCH", 64)
    x, y, _, truth = channels(800, dim=150, noise=0.2)
    pairs = fit_pairs(x[:400], y[:400], 2)
    told = gaussian_information(pairs.x(x[400:]), pairs.y(y[400:])).mean()
    assert told == pytest.approx(truth, abs=4 * 0.8 * np.sqrt(2 / 400))


def test_gaussians_tell_minus_half_the_log_of_what_is_left():
    rng = np.random.default_rng(5)
    a, b = rng.normal(size=(2, 50, 3))
    r = np.array([np.corrcoef(a[:, k], b[:, k])[0, 1] for k in range(3)])
    told = gaussian_information(a, b)
    assert told.mean() == pytest.approx(-0.5 * np.log(1.0 - r**2).sum() - 3 / (2 * 50), abs=1e-12)


def test_maps_come_back_from_their_arrays(monkeypatch):
    monkeypatch.setattr("minde.preprocessing.compression.COSINES", 100)
    x, y, *_ = channels(200)
    for kernel in (False, True):
        found = fit_pairs(x, y, 2, (kernel, kernel)).x
        assert np.array_equal(Compression.from_state(found.state())(x), found(x))


@pytest.fixture(scope="module")
def fitted():
    x, y, _, truth = channels(800)
    model = MINDE(compress="cca", components=4, **QUICK).fit(x, y)
    return model, truth, (x, y)


def test_every_row_is_read_by_maps_and_networks_that_did_not_see_it(fitted):
    model, truth, _ = fitted
    found = model.mutual_information()
    assert found.interval[0] < truth < found.interval[1]
    # 64 steps on 200 rows leave more than a tenth of a nat unlearned.
    assert found.value == pytest.approx(truth, abs=0.3)
    assert np.array_equal(found.rows, np.arange(800))
    assert found.pointwise.mean() == pytest.approx(found.value, abs=1e-6)
    a, b = (set(part.rows.tolist()) for part in model.compressed_.parts)
    assert not a & b
    assert a | b == set(range(800))
    assert found.diagnostics["compression"]["components"] == {"x": 2, "y": 2}


def test_values_of_rows_do_not_reach_their_own_map(fitted):
    model, _, (x, y) = fitted
    (one, two), rng = model.compressed_.parts, np.random.default_rng(0)
    spoiled = y.copy()
    spoiled[two.rows] = rng.permutation(y[two.rows])
    again = MINDE(compress="cca", components=4, **QUICK)
    again.fit(x, spoiled)
    # The second part reads rows two by a map of rows one.
    for name in "xy":
        same = again.compressed_.parts[1].maps[name].directions
        assert np.array_equal(same, two.maps[name].directions)
        other = again.compressed_.parts[0].maps[name].directions
        assert other.shape != one.maps[name].directions.shape or not np.allclose(
            other, one.maps[name].directions
        )


def test_saved_and_read_back(fitted, tmp_path):
    model, _, (x, y) = fitted
    model.save(tmp_path)
    again = MINDE.load(tmp_path)
    before, after = model.mutual_information(), again.mutual_information()
    assert (after.value, after.interval) == (before.value, before.interval)
    new = model.mutual_information(x[:100], y[:100])
    assert again.mutual_information(x[:100], y[:100]).value == new.value
    assert new.n_test == 100
    with pytest.raises(InputError, match="fitted on 30 and 30"):
        model.mutual_information(x[:100, :9], y[:100])


def test_what_components_of_variance_lose_is_said():
    rng = np.random.default_rng(6)
    loud = rng.normal(size=(2, 800, 2))
    shared = rng.normal(size=(800, 1))
    x, y = (
        a @ rng.normal(size=(2, 30))
        + 0.5 * shared @ rng.normal(size=(1, 30))
        + 0.1 * rng.normal(size=(800, 30))
        for a in loud
    )
    found = MINDE(compress="pca", components=2, **QUICK).fit(x, y).mutual_information()
    assert found.value < 0.5
    # 2.5 nats and more are shared: a source seen through 30 channels of noise 0.2 of its size.
    assert found.interval[1] > 2.5
    assert any("lost in the compression" in w for w in found.warnings)


def test_few_columns_are_left_to_the_bit():
    rng = np.random.default_rng(7)
    x = rng.normal(size=(300, 2))
    y = x + rng.normal(size=(300, 2))
    plain, asked = (
        MINDE(compress=c, **QUICK).fit(x, y).mutual_information() for c in (None, "cca")
    )
    assert (asked.value, asked.interval) == (plain.value, plain.interval)


def test_labels_are_told_by_components():
    rng = np.random.default_rng(8)
    labels = rng.integers(0, 3, 800)
    x = rng.normal(size=(3, 30))[labels] + 0.3 * rng.normal(size=(800, 30))
    found = MINDE(compress="cca", components=4, **QUICK).fit(x, labels.astype(str))
    estimate = found.mutual_information()
    shares = np.bincount(labels) / 800
    entropy = -(shares * np.log(shares)).sum()
    assert estimate.value == pytest.approx(entropy, abs=0.1)
    # The entropy of three shares of 800 rows is known to 0.001.
    assert estimate.interval[1] <= entropy + 0.01
    assert estimate.normalised["share_of_h_y"].value == pytest.approx(1.0, abs=0.1)
    assert {*found.compressed_.parts[0].maps} == {"x"}


@pytest.mark.parametrize(
    ("options", "x", "message"),
    [
        ({"compress": "cda"}, None, "must be pca, cca or kernel, got 'cda'; did you mean"),
        ({"components": 0}, None, "components: must be a whole number from 1, got 0"),
        ({}, np.array([["a"] * 30, ["b"] * 30] * 150), "holds labels 'x\\[0\\]'"),
        ({}, np.random.default_rng(0).normal(size=(150, 30)), "150 rows are too few"),
        ({"kinds": {"x": "discrete"}}, None, "the discrete column 'x\\[0\\]'"),
    ],
)
def test_what_cannot_be_compressed_is_refused_in_one_line(options, x, message):
    x = np.random.default_rng(0).normal(size=(300, 30)) if x is None else x
    y = np.random.default_rng(1).normal(size=len(x))
    with pytest.raises(InputError, match=message) as told:
        MINDE(**{"compress": "cca", **options}).fit(x, y)
    assert "\n" not in str(told.value)


def test_in_time_order_the_halves_are_blocks():
    x, y, *_ = channels(800)
    model = MINDE(compress="cca", components=4, order="time", **{**QUICK, "options": SHORT})
    parts = model.set_params(options={**SHORT, "gap": 5}).fit(x, y).compressed_.parts
    blocks = sorted((part.rows.min(), part.rows.max()) for part in parts)
    assert blocks[0][1] + 5 < blocks[1][0] + 1


def test_from_the_shell(tmp_path, monkeypatch, capsys):
    x, y, *_ = channels(300)
    names = [f"{side}{k}" for side in "xy" for k in range(30)]
    table = tmp_path / "t.csv"
    np.savetxt(table, np.hstack([x, y]), delimiter=",", header=",".join(names), comments="")
    given = ["minde", "estimate", str(table), "--x", "x*", "--y", "y*", "--steps", "8", "--folds"]
    monkeypatch.setattr(
        "sys.argv", [*given, "2", "--compress", "cca", "--components", "2", "--json"]
    )
    with contextlib.suppress(SystemExit):
        main()
    told = json.loads(capsys.readouterr().out)
    assert told["diagnostics"]["compression"]["components"] == {"x": 2, "y": 2}
    monkeypatch.setattr("sys.argv", [*given, "2", "--compress", "cca", "--load", str(tmp_path)])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    assert "--compress" in capsys.readouterr().err
