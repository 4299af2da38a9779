from minde.runtime.status import Stage, count_jobs, mean_seconds, seconds_left, show, stages

TEXT = """Job stats:
job                  count
-----------------  -------
all                      1
sample_task             29
train_score             27
total                   57
"""


def test_jobs_are_counted_without_the_targets():
    assert count_jobs(TEXT) == {"sample_task": 29, "train_score": 27}
    assert count_jobs("Nothing to be done.") == {}


def test_times_are_means_by_rule(tmp_path):
    for name, seconds in (("train_score/a/b.tsv", 10), ("train_score/c.tsv", 20)):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"s\th:m:s\n{seconds}\t0:00:10\n")
    (tmp_path / "plot_boxplot-1.tsv").write_text("s\th:m:s\n3\t0:00:03\n")
    assert mean_seconds(tmp_path) == {"train_score": 15.0, "plot_boxplot": 3.0}


def test_the_time_left_is_that_of_the_jobs_left():
    found = stages({"a": 10, "b": 4}, {"a": 4}, {"a": 30.0})
    assert found == [Stage("a", 10, 4, 30.0), Stage("b", 4, 0, None)]
    assert seconds_left(found, 2) == (60.0, True)
    assert "a       6 / 10        30.0" in show(found, 2)
    assert "time left on 2 cores: 1 minutes" in show(found, 2)
    assert "at least" in show(stages({"a": 10, "b": 4}, {"a": 4, "b": 1}, {"a": 30.0}), 2)
    assert "time left" not in show(stages({"a": 10}, {}, {}), 2)
