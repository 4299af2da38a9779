"""The archive of published estimates: what goes in, what is expected, what is drawn of it."""

import re
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from minde.errors import InputError
from minde.experiments.archive.__main__ import main
from minde.experiments.archive.check import compare, draw
from minde.experiments.archive.draw import Publication, archived, newest, published_labels
from minde.experiments.archive.expected import GRIDS, Slice, expected, load_config, settings
from minde.experiments.archive.merge import archive, merge
from minde.experiments.archive.rows import (
    ESTIMATE,
    KEY,
    SCHEMA,
    SUMS,
    estimate_rows,
    read_archive,
    split_name,
    write_archive,
)
from minde.experiments.archive.status import all_expected, counts
from minde.experiments.base import Cell
from minde.experiments.benchmark.bound import bound, deviation
from minde.experiments.registry import training_options
from minde.stages.baseline import estimate_baseline
from minde.stages.estimate import estimate_minde
from minde.stages.samples import write_samples
from minde.stages.train import train_score
from tests.archives import archive_rows, wanted, write

ROOT = Path(__file__).resolve().parents[2]
TASKS = ["1v1-normal-0.75", "student-identity-1-1-1"]
LATER, NEWER = "2026-01-02T00:00:00+00:00", "ba9876543210"
FIGURES = load_config(())["figures"]


@pytest.fixture(autouse=True)
def in_the_repository(monkeypatch):
    monkeypatch.chdir(ROOT)


@pytest.fixture(scope="module")
def rows():
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        return archive_rows(wanted("benchmark", ["minde-c", "ksg"], TASKS, seeds=2))


def keys(frame):
    return set(map(tuple, frame[KEY].to_numpy()))


def test_a_merge_loses_no_row_and_replaces_what_newer_code_made_later(rows):
    rng = np.random.default_rng(0)
    for _ in range(20):
        old, new = (rows[rng.random(len(rows)) < 0.6].copy() for _ in range(2))
        new["mi_estimate"] += 1.0
        new["code_digest"] = np.where(rng.random(len(new)) < 0.5, NEWER, new["code_digest"])
        new["made"] = np.where(rng.random(len(new)) < 0.5, LATER, "2025-01-01T00:00:00+00:00")
        merged, what = merge(old, new)
        assert keys(merged) == keys(old) | keys(new)
        assert not merged.duplicated(KEY).any()
        both = new.merge(old[KEY], on=KEY)
        replaced = both[(both["code_digest"] == NEWER) & (both["made"] == LATER)]
        assert keys(what[what["what"] == "replaced"]) == keys(replaced)
        # What stays of the old has its old value; what is new has that of the new.
        by_key = merged.set_index(KEY)["mi_estimate"]
        stays = old.set_index(KEY)["mi_estimate"].drop(replaced.set_index(KEY).index)
        assert by_key[stays.index].equals(stays)
        assert (what["what"] == "other value").sum() == (both["code_digest"] != NEWER).sum()


def test_settings_are_of_a_rows_origin_too(rows):
    other = rows.assign(config_digest="of other settings", made=LATER)
    _, what = merge(rows, other)
    assert set(what["what"]) == {"replaced"}
    _, what = merge(other, rows)
    assert set(what["what"]) == {"older"}


def test_an_archive_is_read_as_written_and_checked_by_sha256sum(rows, tmp_path):
    assert read_archive(tmp_path).empty
    names = write_archive(rows, tmp_path)
    assert names == ["estimates/bmi/ksg.parquet", "estimates/bmi/minde-c-fast.parquet"]
    found = read_archive(tmp_path)
    assert keys(found) == keys(rows)
    both = found.merge(rows, on=KEY, suffixes=("", "_given"))
    assert (both["mi_estimate"] == both["mi_estimate_given"]).all()
    subprocess.run(["sha256sum", "--check", "--quiet", SUMS], cwd=tmp_path, check=True)
    # A file whose rows are the same is left alone.
    assert write_archive(found, tmp_path) == []
    more = pd.concat([found, archive_rows(wanted("benchmark", ["cca"], TASKS))])
    assert write_archive(more, tmp_path) == ["estimates/bmi/cca.parquet"]


def test_a_damaged_archive_is_refused_in_one_line(rows, tmp_path):
    path = write(tmp_path, rows) / "estimates/bmi/ksg.parquet"
    kept = path.read_bytes()
    path.write_bytes(kept[:-1] + b"x")
    with pytest.raises(InputError, match=r"ksg\.parquet has other bytes than SHA256SUMS says"):
        read_archive(tmp_path)
    path.unlink()
    with pytest.raises(InputError, match=r"ksg\.parquet is missing, though listed"):
        read_archive(tmp_path)
    path.write_bytes(kept)
    (tmp_path / "estimates/bmi/own.parquet").write_bytes(kept)
    with pytest.raises(InputError, match=r"own\.parquet is not listed in"):
        read_archive(tmp_path)
    with pytest.raises(InputError, match="has two rows"):
        write_archive(pd.concat([rows, rows.iloc[:1]]), tmp_path)
    with pytest.raises(InputError, match="has a row without code_digest"):
        write_archive(rows.assign(code_digest=None), tmp_path)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Estimate files of a run: one network and one baseline, small."""
    run = tmp_path_factory.mktemp("results") / "results/tiny"
    task, sample = TASKS[0], str(run / "sample.parquet")
    config = load_config(()) | {"run": "tiny"}
    small = {"n_steps": 16, "width": 16, "batch_size": 64, "n_draws": 2}
    config["minde"] = config["minde"] | {"recipe": "fast", "options": small}
    config["benchmark"] = config["benchmark"] | {"n_train": 500, "tasks": [task]}
    x = np.random.default_rng(0).normal(size=(600, 2))
    write_samples("bmi", task, 0, 0.0, [x[:, :1], x[:, 1:]], 500, sample)
    cell, other = (Cell("bmi", task, "500", name, 0, 0) for name in ("minde-c-fast", "mixed_ksg"))
    score = run / "score.safetensors"
    options = training_options(config, "c", "bmi", "500", 2)
    train_score([sample], score, "c", "fast", options, run / "c", digest="trained")
    estimate_minde(score, [sample], cell.path(str(run)), [1.0], digest="read")
    limits = {"seconds": 60, "memory_mb": 4000}
    entry = config["baselines"]["estimators"]["mixed_ksg"]
    names = {"baseline": "mixed_ksg", "kind": "mixed_ksg"}
    estimate_baseline(
        **names, samples=[sample], estimates=other.path(str(run)), options=entry, limits=limits,
        digest="run",
    )  # fmt: skip
    return run, config, [cell, other]


def test_rows_have_the_coordinates_of_their_file_and_their_origin(finished):
    run, config, cells = finished
    ours, other = (estimate_rows(cell.path(str(run))) for cell in cells)
    assert set(ours["code_digest"]) == {"trained+read"}
    assert set(other["code_digest"]) == {"run"}
    assert ours[["recipe", "n", "seeds_of_job"]].drop_duplicates().to_numpy().tolist() == [
        ["fast", "500", "0-0"]
    ]
    assert other["recipe"].tolist() == [""]
    # The integrand is kept of what is reported alone.
    assert (ours["integrand"].notna() == ours["reported"]).all()
    # What the configuration would make has the digest of what was made.
    assert [set(f["config_digest"]) for f in (ours, other)] == [
        {d} for d in settings(config, cells)
    ]
    with pytest.raises(InputError, match="is not the path of an estimate file"):
        estimate_rows("results/tiny/tables/x.parquet")


def test_finished_estimates_go_in_and_those_of_other_settings_do_not(finished, tmp_path, caplog):
    run, config, cells = finished
    paths = [cell.path(str(run)) for cell in cells]
    right = dict(zip(paths, settings(config, cells), strict=True))
    archive(right | {paths[1]: "another"}, tmp_path / "a", tmp_path / "a.csv")
    assert "left out, of other settings: 1 rows" in caplog.text
    assert set(read_archive(tmp_path / "a")["estimator"]) == {"minde-c"}
    archive(right, tmp_path / "a", tmp_path / "a.csv")
    table = pd.read_csv(tmp_path / "a.csv").set_index("estimator")
    readouts = len(estimate_rows(paths[0]))
    assert table.loc["mixed_ksg", "added"] == 1
    assert table.loc["minde-c", "the same"] == readouts
    assert len(read_archive(tmp_path / "a")) == readouts + 1
    archive({}, tmp_path / "a", tmp_path / "a.csv")
    assert len(read_archive(tmp_path / "a")) == readouts + 1


def test_the_grid_is_what_it_is_said_to_be():
    every = all_expected()
    table = counts(every, archive_rows(every.iloc[:0]))
    sizes = table.set_index(["experiment", "estimator", "recipe"])["expected"]
    for name in ("minde-c", "minde-j"):
        assert sizes["benchmark", name, "fast"] == 40 * 10
        assert sizes["benchmark", name, "paper"] == 40
        assert sizes["high_mi", name, "fast"] == 24 * 3
        assert sizes["train_size", name, "fast"] == 4 * 40 * 3
        assert sizes["consistency", name, "fast"] == 21 * 3
    for name in ("ksg", "cca", "kde", "histogram", "doe_gaussian", "doe_logistic"):
        assert sizes["benchmark", name, ""] == 40 * 10
    for name in ("mine", "infonce", "donsker_varadhan", "nwj", "smile"):
        assert sizes["benchmark", name, ""] == 40 * 3
    assert sizes["interaction", "minde-j", "fast"] == 66 * 3
    few = sizes["small_n"].reset_index()
    assert list(few["estimator"]) == [
        "minde-c", "infonce", "smile", "ksg", "cca", "mixture_of_gaussians"
    ]  # fmt: skip
    assert set(few["expected"]) == {4 * 40 * 3}
    assert not every.duplicated(["experiment", *ESTIMATE]).any()


def test_what_is_there_is_counted(rows):
    broken = rows["mi_estimate"].where(rows["estimator"] != "ksg")
    failed = rows.assign(mi_estimate=broken, status=np.where(broken.isna(), "failed: x", "ok"))
    table = counts(all_expected(), failed).set_index(["experiment", "estimator", "recipe"])
    assert table.loc[("benchmark", "minde-c", "fast")].tolist() == [400, 4, 0]
    assert table.loc[("benchmark", "ksg", "")].tolist() == [400, 4, 4]
    # Its own size is the benchmark's.
    assert table.loc[("train_size", "minde-c", "fast")].tolist() == [480, 4, 0]
    assert table["present"].sum() == 12


def test_a_slice_is_of_the_cells_it_names(capsys):
    config = load_config(GRIDS[0])
    cells = [c for _, c in Slice(("benchmark",), ("minde-c",), seeds=(1, 3)).cells(config)]
    assert len(cells) == 40 * 3
    assert [c.first for c in cells] == sorted(c.first for c in cells)
    assert {c.estimator for c in cells} == {"minde-c-fast"}
    # All seeds of a baseline are one job.
    (cell,) = [c for _, c in Slice(("benchmark",), ("ksg",), (TASKS[0],), (2, 2)).cells(config)]
    assert (cell.first, cell.last) == (0, 9)
    main(["files", "--estimators", "minde-c", "--tasks", TASKS[0], "--seeds", "4"])
    assert capsys.readouterr().out.split() == [
        f"results/desk/estimates/bmi/{TASKS[0]}/minde-c-fast/n100000-seeds4-4.parquet"
    ]
    with pytest.raises(SystemExit, match="2"):
        main(["files", "--estimators", "minde-d"])
    assert "no estimate is of estimator 'minde-d'; did you mean" in capsys.readouterr().err


def test_every_expected_estimate_has_settings():
    for grid in GRIDS:
        config = load_config(grid)
        cells = [cell for _, cell in Slice().cells(config)]
        assert all(len(digest) == 12 for digest in settings(config, cells))
        assert {split_name(c.estimator)[0] for c in cells} == set(expected(config)["estimator"])


def test_a_row_made_again_agrees_to_the_bit_or_within_its_error(rows):
    old = rows[(rows[ESTIMATE] == rows.iloc[0][ESTIMATE]).all(axis=1)]
    assert compare(old, old.copy()).words == f"equal to the bit in {len(old)} read-outs"
    near = old.assign(mi_estimate=old["mi_estimate"] + 0.5 * old["std_error"])
    assert not compare(old, near).agrees
    found = compare(old, near.assign(machine="another"))
    assert found.agrees
    assert found.words.startswith("other machine: differs by 0.005 nats")
    far = old.assign(mi_estimate=old["mi_estimate"] + 1.5 * old["std_error"])
    assert not compare(old, far.assign(versions="another")).agrees
    assert not compare(old, old.iloc[1:]).agrees
    drawn = [draw(rows, 3, seed) for seed in range(8)]
    assert all(part["reported"].all() and len(part) == 3 for part in drawn)
    assert len({tuple(part.index) for part in drawn}) > 1


def test_an_estimate_is_of_the_code_that_made_it_last(rows):
    ours = rows[rows["estimator"] == "minde-c"]
    again = ours[ours["readout"] != "inside"].assign(code_digest=NEWER, made=LATER)
    merged, _ = merge(rows, again)
    left = newest(merged)
    assert set(left.loc[left["estimator"] == "minde-c", "code_digest"]) == {NEWER}
    assert "inside" not in set(left["readout"])
    assert keys(left[left["estimator"] == "ksg"]) == keys(rows[rows["estimator"] == "ksg"])


def test_what_is_drawn_follows_from_the_rows(rows, tmp_path):
    paper = expected(load_config(GRIDS[1])).query("task == @TASKS[0] and estimator == 'minde-c'")
    images = wanted("consistency", ["infonce"], ["additivity-3"])
    folder = write(tmp_path / "a", rows, archive_rows(paper), archive_rows(images))
    found = Publication.of(folder, FIGURES)
    assert set(found.frames) == {"benchmark", "train_size"}
    assert set(found.frames["benchmark"]["estimator"]) == {"minde-c", "minde-c-paper", "ksg"}
    assert published_labels()["minde-c-paper"] == "MINDE-C, recipe paper"
    files = found.files("r")
    assert {"r/tables/table1.csv", "r/figures/boxplot-1.png"} <= set(files)
    assert "r/figures/boxplot-2.png" not in files
    assert found.told()["benchmark"]["seeds"] == "1 to 2"
    assert found.config["benchmark"]["tasks"] == TASKS
    only = Publication.of(
        write(tmp_path / "b", archive_rows(wanted("benchmark", ["smile"], TASKS))), FIGURES
    )
    assert "r/tables/table1_paper.csv" not in only.files("r")
    assert "r/tables/ranks.csv" in only.files("r")
    # Additivity is told by its ratio to the baseline.
    assert archived(read_archive(folder), "consistency")["task"].tolist() == ["additivity-3"]


@pytest.mark.parametrize(
    ("task", "mi_true"),
    [
        ("student-identity-1-1-1", 0.22417),
        ("asinh-student-identity-5-5-2", 0.44815),
        ("student-identity-3-3-3", 0.17871),
        ("1v1-additive-0.1", 1.70944),
        ("1v1-additive-0.75", 1 / 3),
    ],
)
def test_pointwise_values_average_to_the_information(task, mi_true):
    from minde.experiments.benchmark import bound as module

    name, *numbers = task.removeprefix("asinh-").rsplit("-", 3)
    if name == "student-identity":
        values = module._student(int(numbers[0]), int(numbers[2]))
    else:
        values = module._additive(float(numbers[-1]))
    # Four standard errors of 400,000 draws.
    assert values.mean() == pytest.approx(mi_true, abs=4 * values.std() / len(values) ** 0.5)
    assert deviation(task, mi_true) == values.std()


def test_the_gaussian_deviation_is_that_of_its_canonical_correlations():
    rho = 0.75
    mi = -0.5 * np.log1p(-(rho**2))
    assert deviation("half_cube-1v1-normal-0.75", mi) == pytest.approx(rho)
    assert deviation("multinormal-sparse-3-3-2-2.0", 2 * mi) == pytest.approx(rho * 2**0.5)
    assert bound("1v1-normal-0.75", mi, 10_000) == pytest.approx(rho / 100)


def test_the_readme_explains_every_column():
    text = (ROOT / "data/published/README.md").read_text()
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    names = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    assert names == set(SCHEMA.names)
