import copy
from pathlib import Path

import pytest
import yaml

from minde.baselines.base import KINDS, Entry
from minde.declare import plain
from minde.errors import ConfigError
from minde.experiments.config import Configuration, check_config, config_schema
from minde.experiments.document import config_text, key_table, with_table
from minde.experiments.options import job_seeds, minde_options
from minde.experiments.schema import object_schema

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def config():
    return yaml.safe_load((ROOT / "config/config.yaml").read_text())


def put(config, path, value):
    changed = copy.deepcopy(config)
    *parents, last = path.split(".")
    node = changed
    for key in parents:
        node = node[key]
    node[last] = value
    return changed


def test_either_recipe_runs_the_whole_protocol(config):
    for recipe in ("paper", "fast"):
        check_config(put(config, "minde.recipe", recipe))


def test_the_committed_config_is_the_papers_protocol(config):
    check_config(config)
    b, m = config["benchmark"], config["minde"]
    assert (b["tasks"], b["n_train"], b["n_test"], b["seeds"]) == ("all", 100_000, 10_000, 10)
    assert (m["recipe"], m["options"]) == ("paper", {})
    # Table 4's widths, Figure 1's values, the sizes of Figures 5 to 8.
    assert m["sigma_refs"] == [0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0]
    assert config["high_mi"]["values"] == [0, 0.5, 1, 1.5, 2, 3, 4, 5]
    assert config["train_size"]["sizes"] == [5_000, 10_000, 50_000, 100_000]
    assert config["train_size"]["seeds"] == 5
    assert config["table1"]["quantum"] == 0.1


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("benchmrk", {}, "unknown key 'benchmrk' at top level; did you mean 'benchmark'"),
        ("benchmark.n_trian", 1, "unknown key 'n_trian' at benchmark; did you mean 'n_train'"),
        ("benchmark.tasks", ["1v1-norml-0.75"], "did you mean '1v1-normal-0.75'"),
        ("benchmark.seeds", 0, "benchmark.seeds: 0 is less than the minimum of 1"),
        ("minde.recipe", "fats", "must be one of paper, fast, got 'fats'; did you mean 'fast'"),
        ("minde.options", {"n_step": 5}, "unknown option 'n_step'; did you mean 'n_steps'"),
        ("minde.family_options", {"c": {"lr": -1}}, "lr must be above 0"),
        ("baselines.estimators.mien", {}, "unknown kind 'mien'; did you mean 'mine'"),
        ("baselines.estimators.ksg.max_tests", 5, "unknown key 'max_tests' at baselines"),
        ("baselines.estimators.ksg.n_neighbors", 0, "ksg.n_neighbors: 0 is less than the minimum"),
        ("baselines.estimators.kde.kernel", "gausian", "did you mean 'gaussian'"),
        ("baselines.estimators.own", {"import": "nocolon", "points": "all"}, "own.import"),
        ("baselines.estimators.own", 3, "must be a mapping of options, got 3"),
        ("table1.sigma_ref", 7.0, "table1.sigma_ref 7.0 must be one of minde.sigma_refs"),
        ("train_size.tasks", ["1v1-norml-0.75"], "train_size.tasks: unknown task"),
        ("small_n.sizes", [300, 50], "small_n.sizes.1: 50 is less than the minimum of 100"),
        ("small_n.sizes", 300, "small_n.sizes: 300 is not of type 'array'"),
        ("small_n.sizes", [300, 300], "small_n.sizes"),
        ("small_n.tasks", ["1v1-norml-0.75"], "small_n.tasks: unknown task"),
        ("small_n.options", {"n_step": 5}, "unknown option 'n_step'; did you mean 'n_steps'"),
        ("figures.style.dpi", "big", "figures.style.dpi: 'big' is not of type 'integer'"),
        ("datasets", {"a": {"path": "t", "x": "a", "y": "b", "test_siz": 1}}, "unknown key"),
        ("datasets", {"../a": {}}, "datasets"),
        ("run", "../elsewhere", "run: '../elsewhere' does not match"),
    ],
)
def test_a_mistake_is_one_clear_line(config, path, value, message):
    with pytest.raises(ConfigError) as caught:
        check_config(put(config, path, value))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_archives_folder_is_no_run(config):
    with pytest.raises(ConfigError, match="run 'published' is the folder of what is drawn"):
        check_config(config | {"run": "published"})


def test_every_key_of_the_schema_is_closed_and_described():
    def walk(node, where):
        for name, child in node.get("properties", {}).items():
            assert child.get("description"), f"{where}.{name} lacks a description"
            walk(child, f"{where}.{name}")
        open_maps = (
            "config.minde.options",
            "config.minde.family_options.c",
            "config.minde.family_options.j",
            "config.baselines.estimators",
            "config.consistency.options",
            "config.consistency.family_options.c",
            "config.consistency.family_options.j",
            "config.mixed.options",
            "config.small_n.options",
            "config.prompts.options",
            "import.arguments",
            "config.datasets.*.kinds",
            "config.datasets.*.questions",
        )
        if where == "config.datasets":
            walk(node["additionalProperties"], f"{where}.*")
            return
        if node.get("type") == "object" and where not in open_maps:
            assert node.get("additionalProperties") is False, f"{where} is open"

    walk(config_schema(), "config")
    for name, kind in KINDS.items():
        walk(object_schema(Entry, kind.options), name)


def test_the_committed_files_are_what_the_declaration_writes():
    """After an edit of a declaration: make config."""
    assert (ROOT / "config/config.yaml").read_text() == config_text()
    readme = (ROOT / "config/README.md").read_text()
    assert key_table() in readme
    assert with_table(readme) == readme


def test_the_written_configuration_is_the_declared_one(config):
    # As text, so that 1 and 1.0, which name files and jobs, are told apart.
    assert yaml.safe_dump(config) == yaml.safe_dump(plain(Configuration()))


def test_a_seed_beyond_full_jobs_opens_a_new_job():
    assert job_seeds(4, 2) == [(0, 1), (2, 3)]
    assert job_seeds(5, 2) == [(0, 1), (2, 3), (4, 4)]
    assert job_seeds(3, 10) == [(0, 2)]


def test_family_options_win_over_common_ones(config):
    changed = put(config, "minde.options", {"n_steps": 10, "lr": 0.1})
    changed = put(changed, "minde.family_options", {"j": {"n_steps": 20}})
    assert minde_options(changed, "j") == {"n_steps": 20, "lr": 0.1}
    assert minde_options(changed, "c") == {"n_steps": 10, "lr": 0.1}


def test_the_environment_file_holds_the_same_pins():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    plain = [d for d in environment["dependencies"] if isinstance(d, str)]
    pip = next(d["pip"] for d in environment["dependencies"] if isinstance(d, dict))
    assert "python=3.11" in plain
    assert pip == ["-r requirements.txt", "-e ."]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-current.txt"])
def test_the_lock_is_pinned_and_names_no_host_or_path(name):
    lines = (ROOT / name).read_text().split("\n")
    lines = [line for line in lines if line.strip()]
    for line in lines:
        assert "==" in line.split(";")[0], line
        assert not any(mark in line for mark in ("://", "file:", " @ ", "--", "/")), line
    names = {line.split("==")[0].split("[")[0] for line in lines}
    asked = {"torch", "snakemake", "pandas", "pyarrow", "torchvision", "seaborn", "pytest"}
    assert asked <= names
    # bmi and what holds others back are in the one alone.
    assert ({"benchmark-mi", "jax"} <= names) == (name == "requirements.txt")


def test_the_locked_pins_are_those_of_requirements_in():
    lock = (ROOT / "requirements.txt").read_text().split("\n")
    locked = dict(line.split(";")[0].strip().split("==") for line in lock if "==" in line)
    for line in (ROOT / "requirements.in").read_text().split("\n"):
        if "==" in line and not line.startswith("#"):
            name, version = line.strip().split("==")
            assert locked[name] == version
