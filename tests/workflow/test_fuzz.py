"""Any configuration at all is either accepted, or refused with one clear line."""

import copy
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from minde.baselines.base import kind_of
from minde.errors import MindeError
from minde.experiments.config import check_config
from minde.experiments.estimators import classic_labels, estimator_labels
from minde.experiments.options import minde_options
from minde.experiments.registry import EXPERIMENTS, suite_tasks
from minde.recipe import make_recipe

ROOT = Path(__file__).resolve().parents[2]
CONFIG = yaml.safe_load((ROOT / "config/config.yaml").read_text())

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 10**7)
    | st.floats(allow_nan=True, allow_infinity=True)
    | st.sampled_from(["", "all", "c", "fast", "../x", "/etc", "a/b", "bmi", "ksg", "x" * 300])
    | st.text(max_size=12)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=5,
)


def places(node, prefix=()):
    """Every path of a configuration."""
    found = [prefix]
    items = node.items() if isinstance(node, dict) else []
    if isinstance(node, list):
        items = enumerate(node)
    for key, value in items:
        found += places(value, (*prefix, key))
    return found


PLACES = [p for p in places(CONFIG) if p]


def take(config):
    """Everything that the Snakefile does with a configuration before it makes rules."""
    check_config(config)
    for experiment in EXPERIMENTS.values():
        for cell in experiment.cells(config)[:50]:
            assert ".." not in cell.path("results/x")
        experiment.files(config, "results/x")
    suite_tasks(config)
    estimator_labels(config)
    classic_labels(config)
    for name, entry in config["baselines"]["estimators"].items():
        kind_of(name, entry)
    for family in config["minde"]["families"]:
        options = minde_options(config, family)
        make_recipe(config["minde"]["recipe"], family, 6, **options)


def accepted_or_refused(config):
    try:
        take(config)
    except MindeError as error:
        text = str(error)
        assert text.strip()
        assert "\n" not in text
        assert len(text) < 2000


@settings(max_examples=120, deadline=None, derandomize=True)
@given(place=st.sampled_from(PLACES), value=VALUES)
def test_a_value_of_any_kind_anywhere(place, value):
    config = copy.deepcopy(CONFIG)
    *parents, last = place
    node = config
    for key in parents:
        node = node[key]
    node[last] = value
    accepted_or_refused(config)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(place=st.sampled_from(PLACES), name=st.text(max_size=10), value=VALUES)
def test_a_key_added_or_left_out_anywhere(place, name, value):
    for change in ("add", "remove"):
        config = copy.deepcopy(CONFIG)
        *parents, last = place
        node = config
        for key in parents:
            node = node[key]
        if change == "remove":
            del node[last]
        elif isinstance(node, dict):
            node[name] = value
        accepted_or_refused(config)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(config=VALUES)
def test_a_configuration_that_is_none(config):
    if isinstance(config, dict):
        accepted_or_refused(config)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("run",), "../outside"),
        (("run",), "a/b"),
        (("run",), "/tmp/x"),
        (("run",), ".."),
        (("run",), "a\n"),
        (("datasets",), {"../up": {"path": "a.csv", "x": "a", "y": "b", "test_size": 0.5}}),
        (("datasets",), {"a/b": {"path": "a.csv", "x": "a", "y": "b", "test_size": 0.5}}),
        (("baselines", "estimators"), {"../ksg": {"n_neighbors": 3, "max_test": 100}}),
        (("benchmark", "tasks"), ["../1v1-normal-0.75"]),
        (("benchmark", "suite"), "../bmi"),
    ],
)
def test_no_name_leads_out_of_the_results_folder(path, value):
    config = copy.deepcopy(CONFIG)
    node = config
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    with pytest.raises(MindeError) as error:
        take(config)
    assert "\n" not in str(error.value)
