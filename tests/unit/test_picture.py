"""The docs' picture of the method shows what it says: identities, closed forms and intervals."""

import json
import runpy
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import integrate, stats

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def shown():
    return json.loads((DOCS / "picture/data.js").read_text().partition("=")[2].strip(" ;\n"))


@pytest.fixture(scope="module")
def script():
    return runpy.run_path(str(DOCS / "picture/picture.py"))


def test_the_sum_reaches_the_mutual_information(shown):
    def density(x):
        return np.mean([stats.norm.pdf(x, m, shown["width"]) for m in shown["means"]])

    mixed, _ = integrate.quad(lambda x: -density(x) * np.log(density(x)), -6.0, 6.0)
    truth = mixed - stats.norm(scale=shown["width"]).entropy()
    assert shown["truth"] == pytest.approx(truth, abs=1e-4)
    # What lies beyond the last ratio r is the variance that Y takes away, over 2 r squared.
    rest = 0.5 * shown["integrand"][-1]
    assert shown["sum"][-1] + rest == pytest.approx(truth, abs=1e-3)


def test_intervals_of_the_estimates_hold_the_curve(shown):
    for found in shown["checks"]:
        at = np.interp(np.log(found["ratio"]), np.log(shown["ratios"]), shown["sum"])
        assert found["low"] < at < found["high"]


def test_the_guesses_are_the_means_of_what_is_known(shown):
    for one in shown["cases"]:
        mean = (np.array(one["shares"]) * np.array(one["centres"])).sum(axis=1)
        np.testing.assert_allclose(one["guess"], mean, atol=1e-3)
        assert one["guess_y"] == [row["ABC".index(one["y"])] for row in one["centres"]]


def test_the_numbers_are_those_of_the_script(shown, script):
    for k in (0, 30, 64):
        error, error_y = script["errors"](torch.tensor(shown["ratios"][k], dtype=torch.float64))
        assert error == pytest.approx(shown["error"][k], abs=2e-4)
        assert error_y == pytest.approx(shown["error_y"][k], abs=2e-4)


def test_the_score_is_the_slope_of_the_log_density(script):
    schedule = script["SCHEDULE"]
    t = torch.full((5,), 0.3, dtype=torch.float64)
    x = torch.linspace(-2.0, 2.0, 5, dtype=torch.float64)[:, None].requires_grad_()
    alpha, sigma = schedule.alpha(t)[0], schedule.sigma(t)[0]
    width = ((alpha * script["WIDTH"]) ** 2 + sigma**2).sqrt()
    parts = torch.distributions.Normal(alpha * script["MEANS"], width).log_prob(x)
    (slope,) = torch.autograd.grad(parts.logsumexp(-1).sum(), x)
    torch.testing.assert_close(script["marginal"](x.detach(), t), slope)
