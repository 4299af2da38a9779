"""Every figure draws the numbers of the table it claims to draw."""

import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex, to_rgb

from minde.experiments.benchmark import boxplot, heatmap
from minde.experiments.benchmark import ranks_figure as ranks_plot
from minde.experiments.benchmark.paper import compare
from minde.experiments.benchmark.ranks import ranks
from minde.experiments.benchmark.tables import mean_table, quantised_text, table1_rows
from minde.experiments.benchmark.tasks import BMI_TASKS
from minde.experiments.collect import collect
from minde.experiments.datasets import figures as datasets
from minde.experiments.figures import colour_at
from minde.experiments.high_mi import figures as high_mi
from minde.experiments.high_mi.tasks import task_id
from minde.experiments.interaction import figures as interaction
from minde.experiments.interaction.tasks import Construction, truth
from minde.experiments.tables import row_order
from minde.experiments.train_size import figures as train_size
from minde.stages.records import write_records
from tests.rows import estimate_row

LABELS = {"minde-j": "MINDE-J", "minde-c": "MINDE-C", "mine": "MINE"}
STYLE = {"palette": "colorblind", "font_size": 9, "dpi": 50}
TASKS = [t.task_id for t in BMI_TASKS[4:7]]


def rows_of(suite, task, value, sizes=(100,), seeds=3, estimators=tuple(LABELS)):
    rng = np.random.default_rng(len(task) + 7)
    rows = []
    for estimator in estimators:
        for n in sizes:
            for seed in range(seeds):
                broken = estimator == "mine" and task == TASKS[0]
                estimate = np.nan if broken else value + 0.1 * rng.normal()
                rows.append(estimate_row(suite, task, seed, value, estimator, "cross", estimate, n))
    return rows


def collected(folder, rows):
    write_records(rows, folder / "rows.parquet")
    out = folder / "estimates.parquet"
    collect([str(folder / "rows.parquet")], out, LABELS, seeds=3)
    return out


@pytest.fixture
def drawn(monkeypatch):
    """The figures that a module would save."""
    kept = []
    for module in (boxplot, datasets, heatmap, high_mi, interaction, ranks_plot, train_size):
        monkeypatch.setattr(module, "save", lambda figure, paths, dpi: kept.append(figure))
    return kept


@pytest.fixture
def benchmark(tmp_path):
    rows = [r for k, t in enumerate(TASKS) for r in rows_of("bmi", t, 0.3 + 0.2 * k)]
    return collected(tmp_path, rows)


def cells_of(axes):
    """Value and text of each cell of a heat map, by row and column."""
    values = axes.collections[0].get_array()
    columns = len(axes.get_xticklabels())
    text = {}
    for mark in axes.texts:
        x, y = mark.get_position()
        text[int(y), int(x)] = mark.get_text()
    return np.ma.filled(values.reshape(-1, columns), np.nan), text


def test_table1_shows_bias_as_colour_and_the_rounded_mean_as_text(benchmark, drawn):
    heatmap.plot_table1(benchmark, "bmi", 0.1, 1.0, STYLE, 0.5, [])
    frame = table1_rows(pd.read_parquet(benchmark), "bmi", 1.0)
    table, words = mean_table(frame), quantised_text(frame, 0.1, failed="fail")
    axes = drawn[0].axes[0]
    values, text = cells_of(axes)
    np.testing.assert_allclose(values, table - table.loc["GT"])
    assert [t.get_text() for t in axes.get_yticklabels()] == list(table.index)
    assert [t.get_text() for t in axes.get_xticklabels()] == list(table.columns)
    assert text == {(i, j): words.iloc[i, j] for i in range(4) for j in range(3)}
    assert "fail" in text.values()


def test_the_difference_to_the_paper_is_the_comparisons(benchmark, drawn, tmp_path):
    from pathlib import Path

    paper = Path(__file__).resolve().parents[2] / "config/paper_table1.csv"
    compare(benchmark, paper, "bmi", 1.0, tmp_path / "c.csv", tmp_path / "c.md")
    heatmap.plot_difference(tmp_path / "c.csv", STYLE, 0.5, [])
    long = pd.read_csv(tmp_path / "c.csv").dropna(subset=["difference"])
    axes = drawn[0].axes[0]
    values, _ = cells_of(axes)
    rows, columns = (
        [t.get_text() for t in labels]
        for labels in (axes.get_yticklabels(), axes.get_xticklabels())
    )
    shown = pd.DataFrame(values, rows, columns)
    assert len(long) > 3
    for row in long.itertuples():
        assert shown.loc[row.estimator, row.task_label] == pytest.approx(row.difference)


def test_a_box_panel_holds_every_estimate_in_range_and_marks_the_rest(benchmark, drawn):
    boxplot.plot_boxes(benchmark, "bmi", STYLE, 2, 4, 1, [])
    frame = pd.read_parquet(benchmark)
    for axes, task in zip(drawn[0].axes, TASKS, strict=False):
        part = frame[frame["task"] == task]
        low, high = boxplot.reach(part["mi_true"].iloc[0])
        points = np.concatenate([c.get_offsets()[:, 0] for c in axes.collections])
        inside = part.loc[part["mi_estimate"].between(low, high), "mi_estimate"]
        np.testing.assert_allclose(np.sort(points), np.sort(inside))
        said = [t.get_text() for t in axes.texts]
        assert said == (["failed"] if task == TASKS[0] else [])
        line = axes.lines[[line.get_linestyle() for line in axes.lines].index("--")]
        assert set(line.get_xdata()) == {part["mi_true"].iloc[0]}


def test_high_mi_curves_are_means_over_seeds(tmp_path, drawn):
    rows = [
        r
        for kind in ("identity", "spiral")
        for mi in (0.5, 2.0)
        for r in rows_of("high_mi", task_id(kind, mi), mi)
    ]
    path = collected(tmp_path, rows)
    high_mi.plot_high_mi(path, STYLE, [])
    frame = pd.read_parquet(path)
    for axes, kind in zip(drawn[0].axes, ("identity", "spiral"), strict=True):
        part = frame[frame["task"].str.startswith(kind)]
        mean = part.groupby(["label", "mi_true"])["mi_estimate"].mean()
        lines = [
            line
            for line in axes.lines
            if len(line.get_xdata()) == 2 and line.get_marker() != "None"
        ]
        assert len(lines) == 3
        for line, label in zip(lines, row_order(part), strict=True):
            np.testing.assert_allclose(line.get_xdata(), [0.5, 2.0])
            np.testing.assert_allclose(line.get_ydata(), mean[label])


def test_training_size_curves_are_means_over_seeds(tmp_path, drawn):
    path = collected(tmp_path, rows_of("bmi", TASKS[1], 0.4, sizes=(50, 100, 200)))
    train_size.plot_train_size(path, STYLE, 2, 2, 1, [])
    frame = pd.read_parquet(path)
    mean = frame.groupby(["label", "n_train"])["mi_estimate"].mean()
    axes = drawn[0].axes[0]
    lines = [line for line in axes.lines if line.get_marker() not in ("None", None)]
    for line, label in zip(lines, row_order(frame), strict=True):
        np.testing.assert_allclose(line.get_xdata(), [50, 100, 200])
        np.testing.assert_allclose(line.get_ydata(), mean[label])


def test_ranks_are_the_tables(benchmark, drawn, tmp_path):
    ranks(benchmark, "bmi", 0.1, tmp_path / "r.csv", tmp_path / "r.md")
    ranks_plot.plot_ranks(tmp_path / "r.csv", STYLE, [])
    table = pd.read_csv(tmp_path / "r.csv")
    for axes, column in zip(drawn[0].axes, ("mean_rank", "mean_abs_error"), strict=True):
        marks = [line for line in axes.lines if line.get_marker() == "o"]
        assert [float(m.get_xdata()[0]) for m in marks] == pytest.approx(
            table[column].tolist(), nan_ok=True
        )


def test_interaction_marks_are_estimates_and_lines_the_closed_form(tmp_path, drawn):
    tasks = [Construction("common_cause", 1, (e, r)) for e in (0.5, 1.0) for r in (0.5, 1.0)]
    tasks += [Construction("sum", 2, (0.5,)), Construction("xor", 1, ())]
    both = ("minde-j", "minde-c")
    rows = [r for t in tasks for r in rows_of("interaction", t.task_id, truth(t), estimators=both)]
    path = collected(tmp_path, rows)
    interaction.plot_interaction(path, STYLE, [])
    frame = pd.read_parquet(path)
    panels = dict(zip(("common_cause", "sum", "xor"), drawn[0].axes, strict=True))
    mean = frame.groupby(["task", "label"])["mi_estimate"].mean()
    for name, axes in panels.items():
        shown = [float(v) for c in axes.containers for v in c.lines[0].get_ydata()]
        expected = [v for (task, _), v in mean.items() if task.startswith(name)]
        assert sorted(shown) == pytest.approx(sorted(expected))
    # The curve of B's noise 0.5 passes through the closed form at C's noise 1.
    line = panels["common_cause"].lines[0]
    at = np.interp(1.0, line.get_xdata(), line.get_ydata())
    assert at == pytest.approx(truth(Construction("common_cause", 1, (0.5, 1.0))), abs=1e-3)


def test_the_users_tables_show_means_and_ranges(tmp_path, drawn):
    rows = [{**r, "mi_true": float("nan")} for r in rows_of("user", "wine", 0.5)]
    path = collected(tmp_path, rows)
    datasets.plot_datasets(path, STYLE, [])
    frame = pd.read_parquet(path)
    mean = frame.groupby("label")["mi_estimate"].mean()
    axes = drawn[0].axes[0]
    names = [t.get_text() for t in axes.get_yticklabels()]
    shown, ranges = {}, {}
    for line in axes.lines:
        x, y = np.asarray(line.get_xdata()), np.asarray(line.get_ydata())
        there = np.isfinite(x)
        for name in {names[int(k)] for k in y[there]}:
            if line.get_marker() == "o":
                shown[name] = float(x[there][0])
            else:
                ranges[name] = [float(x[there].min()), float(x[there].max())]
    spread = frame.groupby("label")["mi_estimate"].agg(["min", "max"])
    for name, (low, high) in ranges.items():
        assert (low, high) == pytest.approx(tuple(spread.loc[name]))
    assert set(ranges) == set(names)
    assert shown == pytest.approx(mean.to_dict())


def test_an_estimator_keeps_its_colour_in_every_figure(tmp_path, drawn):
    full = rows_of("high_mi", "identity-mi1", 1.0)
    part = rows_of("high_mi", "identity-mi1", 1.0, estimators=("minde-c",))
    colours = []
    for rows in (full, part):
        high_mi.plot_high_mi(collected(tmp_path, rows), STYLE, [])
        frame_labels = ["MINDE-J", "MINDE-C", "MINE"] if rows is full else ["MINDE-C"]
        lines = [
            line for line in drawn[-1].axes[0].lines if line.get_marker() not in ("None", None)
        ]
        colours.append(to_hex(lines[frame_labels.index("MINDE-C")].get_color()))
    assert colours[0] == colours[1]


def test_twenty_estimators_have_colours_of_their_own():
    """The configuration has as many; with ten colours MINDE-C and CCA would share one."""
    colours = [to_rgb(colour_at(k, "colorblind")) for k in range(20)]
    apart = [np.abs(np.subtract(a, b)).max() for a, b in itertools.combinations(colours, 2)]
    assert min(apart) > 0.1
    assert colour_at(20, "colorblind") == colour_at(0, "colorblind")
