import doctest
import importlib

import pytest

NAMES = [f"estimators.{name}" for name in ("minde", "entropy", "kl", "multivariate")]


@pytest.mark.parametrize(
    "name",
    [
        *NAMES,
        "estimators.capacity",
        "questions.local",
        "questions.rows",
        "questions.compare",
        "scores",
    ],
)
def test_examples_in_docstrings_run(name):
    module = importlib.import_module(f"minde.{name}")
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
