"""What each experiment is made of, and the closed form of high mutual information."""

import copy
import math
from pathlib import Path

import numpy as np
import pytest
import yaml

from minde.errors import ConfigError
from minde.experiments.base import pages
from minde.experiments.estimators import classic_labels, estimator_labels
from minde.experiments.high_mi import tasks as high_mi
from minde.experiments.high_mi.tasks import (
    correlation,
    high_mi_tasks,
    make_task,
    parse,
    task_id,
)
from minde.experiments.registry import EXPERIMENTS, training_options
from minde.experiments.samples import draw

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def config():
    return yaml.safe_load((ROOT / "config/config.yaml").read_text())


def test_the_correlation_inverts_the_closed_form():
    for mi in (0.0, 0.5, 1.0, 5.0, 9.0):
        covariance = np.eye(6)
        for k in range(high_mi.N_PAIRS):
            covariance[k, 3 + k] = covariance[3 + k, k] = correlation(mi)
        # I = (log det S_x + log det S_y - log det S) / 2, and the marginals are standard.
        assert -0.5 * np.linalg.slogdet(covariance)[1] == pytest.approx(mi, abs=1e-9)


def test_the_papers_correlations():
    published = [0.627, 0.795, 0.881, 0.930, 0.975, 0.991, 0.997]
    values = [0.5, 1, 1.5, 2, 3, 4, 5]
    assert [round(correlation(v), 3) for v in values] == published


@pytest.mark.bmi
@pytest.mark.parametrize("transform", ["identity", "half_cube", "spiral"])
def test_bmi_agrees_on_the_truth_and_the_transforms_are_what_they_say(transform):
    name = task_id(transform, 1.5)
    x, _, truth = draw(make_task(name, spiral_speed=1 / 3), 2000, 3)
    assert truth == pytest.approx(1.5, abs=1e-6)
    plain, _, _ = draw(make_task(task_id("identity", 1.5), spiral_speed=1 / 3), 2000, 3)
    if transform == "half_cube":
        np.testing.assert_allclose(x, plain * np.sqrt(np.abs(plain)), rtol=1e-4, atol=1e-5)
    if transform == "spiral":
        # A rotation by |x|² / 3 keeps the length; the first two coordinates of x turn.
        radius = np.square(plain).sum(axis=1)
        np.testing.assert_allclose(np.square(x).sum(axis=1), radius, rtol=1e-4)
        angle = np.arctan2(x[:, 1], x[:, 0]) - np.arctan2(plain[:, 1], plain[:, 0])
        turned = np.exp(1j * angle)
        wanted = np.exp(-1j * radius / 3)
        assert min(np.abs(turned - wanted).max(), np.abs(turned - wanted.conj()).max()) < 1e-2


def test_task_names_are_read_back_and_others_refused():
    assert parse("half_cube-mi1.5") == ("half_cube", 1.5)
    assert [t.task_id for t in high_mi_tasks(["spiral"], [0, 2.0])] == ["spiral-mi0", "spiral-mi2"]
    for wrong in ("spiral", "spiral-mi", "cube-mi1", "spiral-mi-1"):
        with pytest.raises(ConfigError, match="is not a task"):
            parse(wrong)


def test_training_sizes_reuse_the_benchmarks_trainings(config):
    shared = {c.path("r") for c in EXPERIMENTS["benchmark"].cells(config)}
    sizes = EXPERIMENTS["train_size"].cells(config)
    at_full = {c.path("r") for c in sizes if c.n == "100000"}
    assert at_full <= shared
    assert not {c.path("r") for c in sizes if c.n != "100000"} & shared
    assert {c.first for c in sizes} == {0}


def test_estimators_are_chosen_by_name(config):
    assert EXPERIMENTS["benchmark"].estimators(config)[:3] == ["minde-j", "minde-c", "mine"]
    changed = copy.deepcopy(config)
    changed["high_mi"]["estimators"] = ["ksg", "minde-c"]
    assert EXPERIMENTS["high_mi"].estimators(changed) == ["minde-c", "ksg"]
    changed["high_mi"]["estimators"] = ["kgs"]
    with pytest.raises(ConfigError, match=r"high_mi\.estimators: 'kgs'.*did you mean 'ksg'"):
        EXPERIMENTS["high_mi"].cells(changed)


def test_an_experiment_left_out_needs_none_of_its_estimators(config):
    for name, left_out in {"high_mi": {"values": []}, "consistency": {"rows": []}}.items():
        changed = copy.deepcopy(config)
        changed[name].update({**left_out, "estimators": ["of another configuration"]})
        assert EXPERIMENTS[name].cells(changed) == []
        assert EXPERIMENTS[name].shown(changed) == []


def test_labels_follow_the_papers_order(config):
    labels = list(estimator_labels(config).values())
    paper = ["MINDE-J", "MINDE-C", "MINE", "InfoNCE", "D-V", "NWJ"]
    assert labels[:8] == [*paper, "DoE (Gaussian)", "DoE (Logistic)"]
    assert classic_labels(config) == ["KSG", "CCA", "KDE", "Histogram"]


def test_epochs_shrink_the_steps_with_the_size(config):
    def steps(kind, n):
        changed = copy.deepcopy(config)
        changed["train_size"]["steps"] = kind
        return training_options(changed, "c", "bmi", n, 2).get("n_steps")

    assert steps("fixed", "5000") is None
    assert steps("epochs", "100000") is None
    assert steps("epochs", "5000") == 390_000 // 20
    assert math.isclose(steps("epochs", "50000"), 390_000 / 2)


def test_pages():
    assert [pages(n, 20) for n in (1, 20, 21, 40)] == [1, 1, 2, 2]
