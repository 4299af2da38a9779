import doctest
import importlib

import pytest


@pytest.mark.parametrize(
    "name",
    [
        *(f"estimators.{m}" for m in ("minde", "entropy", "kl", "multivariate", "capacity")),
        "scores",
    ],
)
def test_examples_in_docstrings_run(name):
    module = importlib.import_module(f"minde.{name}")
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
