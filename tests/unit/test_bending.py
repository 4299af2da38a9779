"""Experts whose mean bends: their exact score, their fit, and what they are worth to a blend."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from minde.diffusion.experts import Laws, experts_of
from minde.diffusion.gaussian import GaussianNoise
from minde.diffusion.moments import moments
from minde.diffusion.points import Diffuser
from minde.diffusion.regression import Regression, RegressionNoise
from minde.diffusion.roles import C, D, conditional, joint, masked
from minde.ensemble.storage import load_ensemble, save_ensemble
from minde.recipe import make_recipe
from minde.training.blend import fit_blends
from minde.training.regression import fit_regressions
from tests.trainers import fit

PAIR = conditional(1, 2)
NOISE = 0.5


def product(n=2000, seed=0, dim=2):
    """Rows of y = x0 x1 + noise and the columns x, y first."""
    x, e = np.random.default_rng(seed).normal(size=(2, n, dim))
    return np.c_[x[:, 0] * x[:, 1] + NOISE * e[:, 0], x]


def known():
    """The regression of that law as it is, of one member."""
    fitted = fit_regressions([product(8000)], PAIR)[1]
    assert [1, 2] in fitted.features.pairs[0].tolist()
    assert fitted.gain.abs().argmax() == fitted.features.pairs[0].tolist().index([1, 2])
    return fitted


def test_the_pair_of_a_product_is_found_with_its_weight():
    fitted = known()
    clean = torch.randn(1, 500, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    found = fitted.mean(clean)[0, :, 0]
    true = clean[0].prod(dim=1)
    # Products are cut off at four deviations; the weight's own error is 0.5 / sqrt(8000).
    inside = true.abs() < 3.5
    torch.testing.assert_close(found[inside], true[inside], atol=0.15, rtol=0.05)
    # What is explained is the product's variance, but for the cut.
    assert float(fitted.explained) == pytest.approx(1.0, abs=0.1)


def test_the_noise_is_the_gradient_of_the_log_density(schedule):
    rows = [product(4000)]
    mean, covariance = moments(rows)
    fitted = fit_regressions(rows, PAIR)
    model = RegressionNoise(GaussianNoise(covariance, PAIR, schedule, mean), fitted)
    points = Diffuser(PAIR, schedule).draw(
        torch.from_numpy(np.stack([product(50, 1)])), [torch.Generator().manual_seed(0)]
    )
    pattern = PAIR.index((D, C))
    values = Diffuser(PAIR, schedule).values(points, pattern)
    alpha, sigma = schedule.alpha(points.t), schedule.sigma(points.t)
    # The Gaussian leaves cov - gain cov'; the mean bends by what is fitted.
    c = covariance[0]
    gain = torch.linalg.solve(c[1:, 1:], c[1:, 0])
    left = c[0, 0] - gain @ c[1:, 0] - fitted[1].explained[0, 0, 0]
    off = values[..., 1:] - mean[0, 1:]
    m = mean[0, 0] + off @ gain + fitted[1].mean(values[..., 1:])[..., 0]
    x = values[..., 0].clone().requires_grad_()
    log = torch.distributions.Normal(alpha * m, (alpha**2 * left + sigma**2).sqrt()).log_prob(x)
    (score,) = torch.autograd.grad(log.sum(), x)
    found = model(values, pattern, points.t)[..., 0]
    torch.testing.assert_close(found, -sigma * score, atol=1e-8, rtol=1e-6)


def test_patterns_without_a_regression_are_a_gaussians(schedule):
    rows = [product()]
    mean, covariance = moments(rows)
    gaussian = GaussianNoise(covariance, PAIR, schedule, mean)
    model = RegressionNoise(gaussian, fit_regressions(rows, PAIR))
    values, t = torch.randn(1, 20, 3, dtype=torch.float64), torch.full((1, 20), 0.4)
    torch.testing.assert_close(model(values, 0, t), gaussian(values, 0, t), atol=0.0, rtol=0.0)


def test_features_of_no_weight_change_nothing(schedule):
    """Members with fewer features are filled up; here one has none at all."""
    g = np.random.default_rng(3)
    rows = [product(), g.normal(size=(2000, 3))]
    mean, covariance = moments(rows)
    fitted = fit_regressions(rows, PAIR)
    gaussian = GaussianNoise(covariance, PAIR, schedule, mean)
    values, t = torch.randn(2, 30, 3, dtype=torch.float64), torch.full((2, 30), 0.3)
    values[:, :, 0] += 1.0
    found = RegressionNoise(gaussian, fitted)(values, 1, t)
    plain = gaussian(values, 1, t)
    torch.testing.assert_close(found[1], plain[1])
    assert (found[0] - plain[0]).abs().max() > 0.1


@pytest.mark.parametrize(
    ("rows", "family", "why"),
    [
        (np.random.default_rng(0).normal(size=(3000, 6)), conditional(3, 3), "nothing bends"),
        (product(150), PAIR, "too few rows"),
        (product(60_000), PAIR, "networks learn it from so many"),
        (product()[:, :2], conditional(1, 1), "two columns"),
        (product(), joint(1, 2), "a variable is diffused in one pattern, given in another"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_nothing_is_fitted_where(rows, family, why):
    assert fit_regressions([rows], family) == {}


def test_many_draws_of_normal_columns_have_no_feature():
    """One fit in twenty may have one: of 60 fits five or fewer but for one case in eighteen."""
    found = 0
    for seed in range(60):
        z = np.random.default_rng(seed).normal(size=(800, 16))
        z[:, 0] += z[:, 8]
        found += bool(fit_regressions([z], conditional(8, 8)))
    assert found <= 7


def test_what_is_given_throughout_has_a_regression_too():
    """y = x0 x1 given x1, and given both: the second bends."""
    family = masked((1, 1, 1), [(D, 0, C), (D, C, C)])
    found = fit_regressions([product()], family)
    assert [*found] == [1]


def test_a_slope_may_turn_with_a_label():
    """y = x or -x by a label: the product of x and the label's indicator tells all of the mean."""
    x, e, d = np.random.default_rng(0).normal(size=(3, 2000))
    label = (d > 0.0).astype(float)
    family = replace(masked((1, 1, 1), [(D, 0, C), (D, C, C)]), n_labels=1)
    rows = np.c_[x * (2.0 * label - 1.0) + NOISE * e, x, label]
    found = fit_regressions([rows], family)
    assert [*found] == [1]
    clean = torch.from_numpy(rows[None, :, 1:])
    told = found[1].mean(clean)[0, :, 0].numpy()
    assert np.corrcoef(told, rows[:, 0])[0, 1] > 0.85  # 0.89 of the law itself


def test_rows_in_time_order_count_as_fewer():
    rows = product(3000)
    step = fit_regressions([rows], PAIR, gap=3)[1]
    torch.testing.assert_close(step.gain, fit_regressions([rows[::3]], PAIR)[1].gain)


def test_the_blend_gains_what_the_product_tells(schedule):
    r"""The Gaussian sees nothing of y = x0 x1 + noise; the loss that the expert gains on it is the
    information of a normal variable of that correlation, less what the cut at four deviations and
    tails that no normal law has take; :math:`\tfrac12 \log(1 + 1 / 0.25) = 0.80`.
    """
    rows = [product(4000)]
    mean, covariance = moments(rows)
    laws = Laws(None, fit_regressions(rows, PAIR))
    experts = experts_of(covariance, mean, laws, PAIR, schedule)
    judged = torch.from_numpy(np.stack([product(4000, 5)]))
    blend = fit_blends(experts[:1], experts, judged, Diffuser(PAIR, schedule), [0], 4)[0]
    assert blend.gained(schedule.z) == pytest.approx(0.5 * math.log(5.0), abs=0.08)


def test_members_are_cut_and_joined():
    rows = [product(seed=s) for s in range(3)]
    whole = fit_regressions(rows, PAIR)[1]
    again = Regression.joined([whole.members(slice(0, 1)), whole.members([1, 2])])
    for name, tensor in whole.tensors().items():
        torch.testing.assert_close(again.tensors()[name], tensor)


def test_an_ensemble_keeps_its_regressions_in_a_file(tmp_path):
    small = make_recipe("fast", PAIR.name, PAIR.dim, n_steps=16, width=16)
    ensemble = fit([product(800)], PAIR, small, (0,))
    assert ensemble.laws.regressions
    save_ensemble(ensemble, tmp_path / "e.safetensors")
    back = load_ensemble(tmp_path / "e.safetensors", "cpu")
    values, t = torch.randn(1, 20, 3), torch.full((1, 20), 0.3)
    for pattern in (0, 1):
        torch.testing.assert_close(
            back.model()(values, pattern, t), ensemble.model()(values, pattern, t)
        )
