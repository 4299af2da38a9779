"""A user's table with a text label through the workflow."""

import re

import numpy as np
import pandas as pd
import pytest
import yaml

from minde.errors import ConfigError
from minde.experiments.config import check_config
from tests.workflow.test_config import config as config
from tests.workflow.test_config import put
from tests.workflow.test_graph import planned_jobs
from tests.workflow.test_run import OVERLAY, prepare, snakemake

ENTRY = {"path": "labels.csv", "x": "a", "y": "species", "test_size": 0.25}


def labelled(folder):
    rng = np.random.default_rng(0)
    a = rng.normal(size=400)
    species = np.where((a > 0) ^ (rng.random(400) < 0.1), "cat", "dog")
    pd.DataFrame({"a": a, "species": species}).to_csv(folder / "labels.csv", index=False)


def test_a_text_label_is_estimated_by_what_takes_labels(tmp_path):
    folder = prepare(tmp_path)
    labelled(folder)
    entry = ENTRY | {"y_kind": "categorical"}
    overlay = OVERLAY | {"datasets": {"pets": entry}}
    done = snakemake(folder, "datasets", overlay=overlay)
    assert done.returncode == 0, done.stderr[-5000:]
    table = pd.read_csv(folder / "results/tiny/tables/datasets.csv").set_index("estimator")
    assert list(table.index) == ["MINDE-J", "MINDE-C", "CCA", "shared", "Broken one"]
    status = table["status"]
    assert status["MINDE-J"].startswith("left out: MINDE: family 'j' diffuses both variables")
    assert status["CCA"] == "left out: takes continuous columns alone, and species is none"
    assert status["MINDE-C"] == status["shared"] == "ok"
    assert 0.0 <= table["mi_estimate"]["MINDE-C"] <= np.log(2)
    assert table.loc[["MINDE-J", "CCA"], "mi_estimate"].isna().all()
    # Its number of rows: own estimators get the levels' numbers.
    assert table["mi_estimate"]["shared"] == 0.5 * 300 / 1000
    assert "left out" in (folder / "results/tiny/tables/datasets.md").read_text()


def test_without_kinds_the_line_says_what_to_write(tmp_path):
    folder = prepare(tmp_path)
    labelled(folder)
    done = snakemake(folder, "datasets", overlay=OVERLAY | {"datasets": {"pets": ENTRY}})
    assert done.returncode != 0
    (log,) = (folder / "results/tiny/logs/sample_dataset").rglob("*.log")
    told = "datasets.pets.y: column 'species' holds text, such as"
    assert told in log.read_text()
    assert "say kinds: {species: categorical}" in log.read_text()


def test_a_mixed_table_needs_no_training_job(tmp_path):
    overlay = tmp_path / "own.yaml"
    (tmp_path / "labels.csv").write_text("a,species\n")
    rest = "x: a, y: species, test_size: 0.2, kinds: {species: categorical}"
    overlay.write_text(f"datasets:\n  pets: {{path: {tmp_path / 'labels.csv'}, {rest}}}\n")
    jobs = planned_jobs("datasets", "--configfile", str(overlay))
    assert jobs.keys() == {
        "sample_dataset", "estimate_mixed", "estimate_baseline", "collect_estimates",
        "datasets_table", "plot_datasets", "datasets", "total",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"kinds": {"a": "categoric"}},
            "datasets.pets.kinds.a must be one of continuous, discrete",
        ),
        ({"y_kind": "label"}, "datasets.pets.y_kind"),
        ({"kinds": ["a"]}, "datasets.pets.kinds"),
    ],
)
def test_a_mistake_in_kinds_is_one_line(config, change, message):
    check_config(put(config, "datasets", {"pets": ENTRY | {"kinds": {}, "y_kind": "categorical"}}))
    with pytest.raises(ConfigError) as caught:
        check_config(put(config, "datasets", {"pets": ENTRY | change}))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


QUESTIONS = {
    "which": {"ask": "select", "x": "a,b"},
    "others": {"ask": "compare", "x": "a", "methods": ["mixed_ksg"]},
    "most": {"ask": "capacity", "x": "b"},
}


def questioned(questions=QUESTIONS, **changes):
    entry = ENTRY | {"path": "counts.csv", "estimators": [], "questions": questions}
    return OVERLAY | {"datasets": {"pets": entry | changes}}


def test_questions_alone_are_planned_without_any_estimate(tmp_path):
    overlay = tmp_path / "own.yaml"
    (tmp_path / "counts.csv").write_text("a,b,species\n")
    whole = questioned()["datasets"]
    whole["pets"]["path"] = str(tmp_path / "counts.csv")
    overlay.write_text(yaml.safe_dump({"datasets": whole}))
    jobs = planned_jobs("datasets", "--configfile", str(overlay))
    assert {k: int(n) for k, n in jobs.items()} == {
        "answer_question": 3, "plot_question": 2, "datasets": 1, "total": 6,
    }  # fmt: skip


@pytest.mark.slow  # Five starts of Snakemake.
def test_questions_on_a_table_are_answered_and_drawn(tmp_path):
    folder = prepare(tmp_path)
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 3, size=(2, 300))
    species = np.where(a > rng.integers(0, 3, 300), "cat", "dog")
    pd.DataFrame({"a": a, "b": b, "species": species}).to_csv(folder / "counts.csv", index=False)
    done = snakemake(folder, "datasets", overlay=questioned())
    assert done.returncode == 0, done.stderr[-5000:]
    files = {path.name for path in (folder / "results/tiny/questions/pets").iterdir()}
    suffixes = ("csv", "md", "png", "pdf")
    drawn = {f"{name}.{s}" for name in ("which", "others") for s in suffixes}
    assert files == drawn | {"most.csv", "most.md"}
    table = pd.read_csv(folder / "results/tiny/questions/pets/which.csv")
    assert table["column"][0] == "a"
    assert table["rank"][0] == 1

    def planned(overlay):
        done = snakemake(folder, "datasets", "--dry-run", "--quiet", "rules", overlay=overlay)
        assert done.returncode == 0, done.stderr
        return dict(re.findall(r"^(\w+_question) +(\d+)$", done.stdout, re.M))

    assert planned(questioned()) == {}
    # What rows test, and one question: the others stay.
    assert planned(questioned(test_size=0.4)) == {}
    other = QUESTIONS | {"most": {"ask": "capacity", "x": "b", "random_state": 1}}
    assert planned(questioned(other)) == {"answer_question": "1"}
    style = {"figures": {"style": {"font_size": 12}}}
    assert planned(questioned() | style) == {"plot_question": "2"}
