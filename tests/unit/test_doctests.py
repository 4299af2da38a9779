import doctest
import importlib

import pytest


@pytest.mark.parametrize("name", ["minde", "entropy", "kl", "multivariate"])
def test_examples_in_docstrings_run(name):
    module = importlib.import_module(f"minde.estimators.{name}")
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
