from dataclasses import replace

import pytest
import torch

from minde.diffusion.gaussian import GaussianNoise, given, log_normals
from minde.diffusion.points import Diffuser
from minde.diffusion.roles import Role, conditional, joint


@pytest.mark.parametrize("shift", [0.0, 2.0])
@pytest.mark.parametrize("make", [conditional, joint])
def test_exact_noise_is_the_gradient_of_the_diffused_log_density(make, shift, schedule):
    g = torch.Generator().manual_seed(0)
    family = make(2, 3)
    root = torch.randn(5, 5, generator=g, dtype=torch.float64)
    cov = root @ root.T + 0.1 * torch.eye(5, dtype=torch.float64)
    centre = shift * torch.randn(5, generator=g, dtype=torch.float64)
    model = GaussianNoise(cov[None], family, schedule, centre[None] if shift else None)
    x = torch.randn(1, 7, 5, generator=g, dtype=torch.float64)
    t = torch.rand(1, 7, generator=g, dtype=torch.float64)
    noise = torch.randn(x.shape, generator=g, dtype=torch.float64)
    diffuser = Diffuser(family, schedule)
    points = replace(diffuser.points(x, noise, t), t=t)
    diffused, clean = family.masks(Role.DIFFUSED).double(), family.masks(Role.CLEAN).double()
    for k in range(len(family.patterns)):
        values = diffuser.values(points, k).requires_grad_(True)
        d = diffused[k].bool().nonzero()[:, 0]
        c = clean[k].bool().nonzero()[:, 0]
        log_density = torch.zeros((), dtype=torch.float64)
        for i in range(7):
            a, s = schedule.alpha(t[0, i]), schedule.sigma(t[0, i])
            gain = cov[d][:, c] @ torch.linalg.inv(cov[c][:, c])
            mean = a * centre[d] + a * gain @ (values[0, i, c] - centre[c])
            part = cov[d][:, d] - (gain @ cov[c][:, d] if len(c) else 0.0)
            spread = a**2 * part + s**2 * torch.eye(len(d), dtype=torch.float64)
            normal = torch.distributions.MultivariateNormal(mean, spread)
            log_density = log_density + normal.log_prob(values[0, i, d])
        (expected,) = torch.autograd.grad(log_density, values)
        score = -model(values.detach(), k, t) / schedule.sigma(t)[..., None]
        torch.testing.assert_close(score[..., d], expected[..., d])


def test_log_densities_and_conditional_covariances_are_those_of_a_normal():
    g = torch.Generator().manual_seed(1)
    root = torch.randn(2, 4, 4, generator=g, dtype=torch.float64)
    covariance = root @ root.mT + 0.1 * torch.eye(4, dtype=torch.float64)
    rows = torch.randn(2, 6, 4, generator=g, dtype=torch.float64)
    normal = torch.distributions.MultivariateNormal(
        torch.zeros(2, 1, 4).double(), covariance[:, None]
    )
    torch.testing.assert_close(log_normals(rows, covariance), normal.log_prob(rows))
    d, c = torch.tensor([0, 2]), torch.tensor([1, 3])
    within, gain = given(covariance, d, c)
    # The conditional covariance is the inverse of the block of the precision.
    precision = torch.linalg.inv(covariance)
    torch.testing.assert_close(within, torch.linalg.inv(precision[:, d][:, :, d]))
    torch.testing.assert_close(gain, -within @ precision[:, d][:, :, c])
    alone, none = given(covariance, d, c[:0])
    torch.testing.assert_close(alone, covariance[:, d][:, :, d])
    assert none.shape == (2, 2, 0)
