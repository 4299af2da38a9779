"""What a rule declares becomes the keywords of its stage, exactly."""

from types import SimpleNamespace

import pytest

try:
    from snakemake.iocontainers import Namedlist, Params, Wildcards
except ImportError:  # Snakemake before 9.17
    from snakemake.io import Namedlist, Params, Wildcards

from minde.runtime.call import call_stage, keywords, load

SEEN = {}


def stage(table, score, options, seed: int, task, weights, size, images=None, threads: int = 1):
    SEEN.update(locals())


def named(files, **places):
    """Snakemake's list of files; a name stands for one of them, or for a slice."""
    found = Namedlist(files)
    for name, place in places.items():
        found._set_name(name, *place)
    return found


def job():
    parts = {
        "input": named(["in.csv", "loose", "w1"], table=(0,), weights=(2, 3)),
        "output": named(["out"], score=(0,)),
        "params": Params(
            fromdict={
                "stage": {"function": f"{__name__}.stage", "keywords": {"size": 5}},
                "options": {"lr": 1},
            }
        ),
        "wildcards": Wildcards(fromdict={"seed": "7", "task": "2020", "recipe": "fast"}),
        "threads": 3,
    }
    return SimpleNamespace(**parts)


def test_files_params_and_wildcards_come_by_name():
    call_stage(job())
    assert SEEN == {
        "table": "in.csv",
        "score": "out",
        "options": {"lr": 1},
        # The parameter says which wildcard is a number: a task may be called 2020.
        "seed": 7,
        "task": "2020",
        # One file of a list is a list; the input without a name is not the function's.
        "weights": ["w1"],
        "size": 5,
        "images": None,
        "threads": 3,
    }
    assert type(SEEN["weights"]) is list


def test_a_list_without_files_leaves_the_default():
    made = job()
    made.input._set_name("images", 3, end=3)
    call_stage(made)
    assert SEEN["images"] is None


@pytest.mark.parametrize(
    ("given", "offered", "message"),
    [
        ({"param": {"task": 1, "tsak": 1}}, {}, "param 'tsak' is none of task, seed"),
        ({"input": {"task": 1}, "param": {"task": 2}}, {}, "param 'task' is given twice"),
        ({"param": {"task": 1}}, {"suite": "x"}, "nothing is given for seed"),
    ],
)
def test_every_name_must_fit(given, offered, message):
    def small(task, seed, n=1): ...

    with pytest.raises(TypeError, match=message):
        keywords(small, given, offered)


def test_a_stage_that_does_not_exist_is_not_called():
    with pytest.raises(AttributeError, match="no_such"):
        load("minde.runtime.call.no_such")
