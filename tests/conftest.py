import math
from importlib.util import find_spec

import numpy as np
import pytest
import torch

torch.set_num_threads(1)


def pytest_runtest_setup(item):
    if item.get_closest_marker("bmi") and find_spec("bmi") is None:
        pytest.skip("bmi is not installed")


@pytest.fixture
def schedule():
    from minde.diffusion.schedule import VPSchedule

    return VPSchedule()


def gaussian_pair(dim, rho, n, seed):
    """Samples of dim correlated pairs, their covariance and their closed-form MI in nats."""
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(n, dim, generator=g)
    y = rho * x + (1 - rho**2) ** 0.5 * torch.randn(n, dim, generator=g)
    eye = torch.eye(dim)
    covariance = torch.cat([torch.cat([eye, rho * eye], 1), torch.cat([rho * eye, eye], 1)], 0)
    mi = -0.5 * dim * torch.log1p(torch.tensor(-(rho**2))).item()
    return torch.cat([x, y], 1), covariance, mi


def importance_cdf(schedule, t):
    """Distribution function of the importance density, from its closed form."""
    flat = t / schedule.t_eps * schedule.z_flat
    steep_from = torch.log(torch.expm1(schedule.integrated_beta(t.clamp(min=schedule.t_eps))))
    at_eps = torch.tensor(schedule.t_eps, dtype=torch.float64)
    start = torch.log(torch.expm1(schedule.integrated_beta(at_eps)))
    steep = schedule.z_flat + steep_from - start
    return torch.where(t < schedule.t_eps, flat, steep) / schedule.z


def in_ball(rng, n, dim):
    """Uniform rows (n, dim) of the unit ball."""
    z = rng.normal(size=(n, dim))
    return z / np.linalg.norm(z, axis=1, keepdims=True) * rng.random((n, 1)) ** (1.0 / dim)


def log_volume(dim):
    """Of the unit ball: the entropy of its uniform rows, nats."""
    return 0.5 * dim * math.log(math.pi) - math.lgamma(0.5 * dim + 1.0)
