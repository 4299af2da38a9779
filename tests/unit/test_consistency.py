"""Consistency tests: what they are made of, their ratios, the noise they rest on, and Figure 2."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from matplotlib.colors import to_hex

from minde.diffusion.gaussian import GaussianNoise
from minde.diffusion.points import Diffuser
from minde.diffusion.roles import conditional
from minde.errors import ConfigError
from minde.experiments.collect import collect
from minde.experiments.consistency import figures as plots
from minde.experiments.consistency import images as image_plots
from minde.experiments.consistency.codes import codes_table
from minde.experiments.consistency.noise import by_noise, noise_table
from minde.experiments.consistency.stages import prepare_images, train_code
from minde.experiments.consistency.tables import consistency_table, ratios
from minde.experiments.consistency.tasks import Consistency, codes_of, consistency_tasks, parse
from minde.experiments.registry import training_options
from minde.nn.residual_mlp import ResidualMLP
from minde.readout.measures import MEASURES
from minde.readout.readout import read_out
from minde.recipe import make_recipe
from minde.stages.records import write_records
from tests.conftest import gaussian_pair
from tests.rows import estimate_row

ROOT = Path(__file__).resolve().parents[2]
STYLE = {"palette": "colorblind", "font_size": 9, "dpi": 50}
LABELS = {"minde-j": "MINDE-J", "minde-c": "MINDE-C", "mine": "MINE"}


def test_every_test_at_its_rows():
    ids = [t.task_id for t in consistency_tasks([28, 0, 10, 20], 16)]
    assert ids == [
        *(f"baseline-{r}" for r in (0, 10, 20, 28)),
        *("processing-10-20", "processing-20-28"),
        *(f"additivity-{r}" for r in (10, 20, 28)),
    ]
    dims = {t.task_id.split("-")[0]: t.dims for t in consistency_tasks([10, 20], 16)}
    assert dims == {"baseline": (16, 16), "processing": (16, 32), "additivity": (32, 32)}


def test_codes_of_a_test():
    test = parse("processing-10-20")
    assert test == Consistency("processing", (10, 20))
    assert (test.codes_x, test.codes_y) == (("full",), ("r20", "r10"))
    two = parse("additivity-5")
    assert (two.codes_x, two.codes_y) == (("full", "full"), ("r5", "r5"))
    assert codes_of(["additivity-5", "processing-5-10", "baseline-0"]) == [
        "full",
        "r0",
        "r5",
        "r10",
    ]


@pytest.mark.parametrize("wrong", ["", "baseline", "baseline-x", "processing-3", "other-3"])
def test_other_names_are_refused(wrong):
    with pytest.raises(ConfigError, match="is not a task such as"):
        parse(wrong)


@pytest.mark.parametrize(("family", "out", "count"), [("c", 16, 1_597_968), ("j", 32, 1_602_080)])
def test_the_configured_networks_have_the_counts_of_tables_2_and_3(family, out, count):
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    dim = 2 * config["consistency"]["autoencoder"]["latent"]
    options = training_options(config, family, "consistency", "all", dim)
    recipe = make_recipe("paper", family, dim, **options)
    assert (
        ResidualMLP(dim, out, 2, recipe.network.width, recipe.network.levels).n_parameters()
        == count
    )
    t = recipe.training
    assert (t.batch_size, t.lr, t.n_steps) == (64, 1e-3, 390_000)


def mi_of(rows, seed):
    """Information that rises with rows: 0, 1 at 10 rows, 3 at 20, a little more by seed."""
    return {0: 0.0, 10: 1.0, 20: 3.0}[rows] * (1.0 + 0.1 * seed)


def made_up(estimators=tuple(LABELS), seeds=2, bias=0.0):
    """Estimates of a measure that passes the tests, but for ``bias`` in the additivity."""
    rows = []
    for estimator in estimators:
        for seed in range(seeds):
            values = {f"baseline-{r}": mi_of(r, seed) for r in (0, 10, 20)}
            values["processing-10-20"] = mi_of(20, seed)
            values |= {f"additivity-{r}": (2.0 - bias) * mi_of(r, seed) for r in (10, 20)}
            for task, value in values.items():
                readout = "cross" if estimator.startswith("minde") else "estimate"
                bins = [value / 50] * 50 if estimator.startswith("minde") else None
                rows.append(
                    estimate_row(
                        "consistency",
                        task,
                        seed,
                        math.nan,
                        estimator,
                        readout,
                        value,
                        integrand=bins,
                    )
                )
    return rows


def collected(folder, rows):
    write_records(rows, folder / "rows.parquet")
    out = folder / "consistency_estimates.parquet"
    collect([str(folder / "rows.parquet")], out, LABELS, seeds=5)
    return out


def test_a_measure_that_passes_has_the_ideal_ratios_in_every_seed(tmp_path):
    frame = ratios(pd.read_parquet(collected(tmp_path, made_up())))
    others = frame[frame["test"] != "baseline"]
    np.testing.assert_allclose(others["ratio"], others["ideal"])
    baseline = frame[frame["test"] == "baseline"].groupby("rows")["ratio"].agg(["min", "max"])
    np.testing.assert_allclose(baseline, [[0.0, 0.0], [1 / 3, 1 / 3], [1.0, 1.0]])


def test_the_table_is_the_mean_over_seeds_and_a_failure_is_a_dash(tmp_path):
    rows = made_up(bias=0.4)
    for row in rows:
        if row["estimator"] == "mine" and row["task"] == "additivity-20":
            row |= {"mi_estimate": np.nan, "status": "failed: on purpose"}
    consistency_table(collected(tmp_path, rows), tmp_path / "t.csv", tmp_path / "t.md")
    table = pd.read_csv(tmp_path / "t.csv").set_index(["test", "rows", "label"])
    np.testing.assert_allclose(table.loc[("additivity", 10, "MINE"), "ratio"], 1.6)
    assert table.loc[("baseline", 20, "MINDE-C"), "mi_estimate"] == pytest.approx(3.15)
    assert table.loc[("additivity", 20, "MINE"), "seeds"] == 0
    lines = (tmp_path / "t.md").read_text().splitlines()
    assert lines[0].replace(" ", "") == "|test|ideal|MINDE-J|MINDE-C|MINE|"
    found = next(line for line in lines if line.startswith("| additivity, 20 rows"))
    assert [c.strip() for c in found.split("|")[2:6]] == [
        "2",
        "1.600 ± 0.000",
        "1.600 ± 0.000",
        "–",
    ]
    assert any(line.startswith("| processing, 20 and 10 rows") for line in lines)


def test_noise_on_the_codes_leaves_the_information_of_the_noisy_codes(schedule):
    rho = 0.95
    data, covariance, mi = gaussian_pair(1, rho, 20_000, 0)
    family = conditional(1, 1)
    model = GaussianNoise(covariance[None], family, schedule)
    measure = MEASURES["c"]
    out = read_out(model, data[None], Diffuser(family, schedule), measure, [0])["inside"]
    row = estimate_row(
        "consistency", "baseline-8", 0, math.nan, "minde-c", "inside", mi,
        integrand=out.integrand[0].tolist(),
    )  # fmt: skip
    frame = pd.DataFrame([row]).assign(label="MINDE-C", position=0, rank=0)
    got = by_noise(frame)
    # Y = rho X + ... and X + noise: the squared correlation is rho^2 / (1 + noise^2).
    exact = -0.5 * np.log1p(-(rho**2) / (1.0 + got["noise"] ** 2))
    # Monte Carlo: 20,000 points of 10 draws give the whole to 0.01; the tails to less.
    np.testing.assert_allclose(got["mi_estimate"], exact, atol=0.02)
    assert got["noise"].is_monotonic_increasing


def test_the_table_of_noise_begins_with_the_estimates_themselves(tmp_path):
    path = collected(tmp_path, made_up())
    noise_table(path, tmp_path / "noise.csv")
    table = pd.read_csv(tmp_path / "noise.csv")
    first = table[table["noise"] == table["noise"].min()]
    assert set(first["label"]) == {"MINDE-J", "MINDE-C"}
    whole = pd.read_parquet(path)
    whole = whole[whole["label"] != "MINE"]
    np.testing.assert_allclose(
        sorted(first["mi_estimate"]), sorted(whole["mi_estimate"]), atol=1e-5
    )
    others = table[table["test"] == "additivity"]
    np.testing.assert_allclose(others["ratio"], 2.0, rtol=1e-4)


@pytest.fixture
def drawn(monkeypatch):
    kept = []
    for module in (plots, image_plots):
        monkeypatch.setattr(module, "save", lambda figure, paths, dpi: kept.append(figure))
    return kept


def test_figure_2_draws_its_table(tmp_path, drawn):
    path = collected(tmp_path, made_up(bias=0.3))
    consistency_table(path, tmp_path / "t.csv", tmp_path / "t.md")
    table = pd.read_csv(tmp_path / "t.csv")
    plots.plot_consistency(path, STYLE, [])
    panels = drawn[0].axes
    assert [p.get_title().split("\n")[0] for p in panels] == [
        "(a) baseline",
        "(b) data processing",
        "(c) additivity",
    ]
    legend = [text.get_text() for text in drawn[0].legends[0].get_texts()]
    assert legend == ["MINDE-J", "MINDE-C", "MINE"]
    for axes, test in zip(panels, ("baseline", "processing", "additivity"), strict=True):
        assert axes.get_xlabel() == "rows r"
        for k, label in enumerate(legend):
            part = table[(table["test"] == test) & (table["label"] == label)]
            line = axes.containers[k][0]
            np.testing.assert_array_equal(line.get_xdata(), part["rows"])
            np.testing.assert_allclose(line.get_ydata(), part["ratio"], atol=1e-6)
        dashed = [line for line in axes.lines if line.get_linestyle() == "--"]
        assert dashed[0].get_ydata()[0] == {"baseline": 1, "processing": 1, "additivity": 2}[test]


def test_the_figure_of_noise_draws_its_table(tmp_path, drawn):
    noise_table(collected(tmp_path, made_up()), tmp_path / "noise.csv")
    table = pd.read_csv(tmp_path / "noise.csv")
    plots.plot_noise(tmp_path / "noise.csv", STYLE, [])
    first = drawn[0].axes[0]
    part = table[(table["test"] == "baseline") & (table["rows"] == 20)]
    part = part[(part["label"] == "MINDE-J") & part["noise"].between(plots.SMALLEST, 1.0)]
    mean = part.groupby("noise")["mi_estimate"].mean()
    np.testing.assert_allclose(first.lines[0].get_ydata(), mean)
    assert first.get_xscale() == "log"
    titles = [axes.get_title() for axes in drawn[0].axes[1:]]
    assert titles == [
        f"{t}, {r} rows: ratio"
        for t, r in (("baseline", 10), ("processing", 20), ("additivity", 20))
    ]
    assert to_hex(first.lines[0].get_color()) != to_hex(first.lines[1].get_color())


def test_images_are_drawn_above_what_comes_back_and_errors_are_tabled(tmp_path, drawn):
    images = tmp_path / "images.safetensors"
    prepare_images("digits", "nowhere", False, images)
    options = {"kind": "mlp", "latent": 2, "hidden": 8, "epochs": 1, "batch_size": 1000, "lr": 0.01}
    paths = [str(tmp_path / f"{code}.safetensors") for code in ("full", "r0", "r3")]
    for path, code in zip(paths, ("full", "r0", "r3"), strict=True):
        train_code(images, code, path, options, tmp_path / "progress")
    codes_table(paths, tmp_path / "codes.csv", tmp_path / "codes.md")
    table = pd.read_csv(tmp_path / "codes.csv")
    # Nothing is learned of black images, so there is nothing to show of them.
    assert table["code"].tolist() == ["full", "r3"]
    assert (tmp_path / "codes.md").read_text().count("\n") == 4
    image_plots.plot_reconstructions(images, paths, STYLE, [])
    axes = drawn[0].axes[0]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["all rows", "r = 3"]
    shown = np.asarray(axes.images[0].get_array())
    # Lines of twelve images of eight pixels with a border of one each side, in pairs.
    assert shown.shape == (4 * 10, 12 * 10)
    assert shown[20:24].any()
    assert not shown[24:30].any()
    image_plots.plot_traversal(paths[0], STYLE, [])
    assert np.asarray(drawn[1].axes[0].images[0].get_array()).shape == (2 * 10, 9 * 10)
