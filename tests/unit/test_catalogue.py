import os

import pytest

from minde.errors import ConfigError
from minde.experiments.benchmark.tasks import BMI_TASKS, select_tasks

# The quantised truth of the paper's Table 1, left to right.
PAPER_GT = (
    "0.2 0.4 0.3 0.4 0.4 0.4 0.4 1.0 1.0 1.0 1.0 0.3 1.0 1.3 1.0 0.4 1.0 0.6 1.6 0.4 "
    "1.0 1.0 1.0 1.0 1.0 1.0 1.0 1.0 1.0 0.2 0.4 0.2 0.3 0.2 0.4 0.3 0.4 1.7 0.3 0.4"
)


@pytest.mark.bmi
def test_the_catalogue_is_bmis_in_the_papers_order():
    from bmi.benchmark import BENCHMARK_TASKS

    assert {t.task_id for t in BMI_TASKS} == set(BENCHMARK_TASKS)
    assert len(BMI_TASKS) == 40
    for task in BMI_TASKS:
        theirs = BENCHMARK_TASKS[task.task_id]
        assert (task.dim_x, task.dim_y) == (theirs.dim_x, theirs.dim_y)
    truths = [f"{BENCHMARK_TASKS[t.task_id].mutual_information:.1f}" for t in BMI_TASKS]
    assert truths == PAPER_GT.split()


def test_labels_are_distinct():
    assert len({t.label for t in BMI_TASKS}) == 40


def test_selection_keeps_the_suites_order_and_names_the_nearest_on_a_mistake():
    picked = select_tasks("bmi", ["1v1-normal-0.75", "1v1-bimodal-0.75"])
    assert [t.task_id for t in picked] == ["1v1-bimodal-0.75", "1v1-normal-0.75"]
    with pytest.raises(ConfigError, match=r"did you mean .1v1-normal-0\.75."):
        select_tasks("bmi", ["1v1-norml-0.75"])


@pytest.mark.bmi
def test_compiled_programs_are_kept_by_kind_of_machine(tmp_path, monkeypatch):
    from minde.baselines.jax_cache import machine, use_jax_cache

    for name in ("DIR", "MIN"):
        monkeypatch.delenv(f"JAX_COMPILATION_CACHE_{name}", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "7")
    use_jax_cache()
    assert os.environ["JAX_COMPILATION_CACHE_DIR"] == str(tmp_path / "minde" / f"jax-{machine()}")
    assert os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] == "7"  # the user's own stays
    assert machine() == machine()
