"""Entropy and KL with exact scores in place of networks."""

import math

import pytest
import torch
from scipy.integrate import quad

from minde.diffusion.gaussian import GaussianNoise
from minde.diffusion.points import Diffuser
from minde.diffusion.roles import D, conditional, masked
from minde.estimators.entropy import entropy_offset
from minde.options import ReadoutOptions
from minde.readout.measures import ENTROPY, KL
from minde.readout.readout import read_out


def gaussian_entropy(cov):
    return 0.5 * torch.linalg.slogdet(2 * math.pi * math.e * cov).logabsdet.item()


@pytest.mark.parametrize("sigma_ref", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("dim", [1, 4])
def test_entropy_of_a_gaussian_for_any_reference(dim, sigma_ref, schedule):
    g = torch.Generator().manual_seed(dim)
    root = torch.randn(dim, 2 * dim, generator=g)
    cov = root @ root.T / (2 * dim) + 0.3 * torch.eye(dim)
    x = torch.randn(8000, dim, generator=g) @ torch.linalg.cholesky(cov).T
    family = masked([dim], [(D,)])
    model = GaussianNoise(cov[None], family, schedule)
    options = ReadoutOptions(sigma_refs=(sigma_ref,))
    out = read_out(model, x[None], Diffuser(family, schedule), ENTROPY, [0], options)
    readout = out[f"outside-{sigma_ref:g}"]
    value = readout.value.item() + entropy_offset(x.double().numpy(), sigma_ref, schedule).mean()
    # Four standard errors of the integral and of E|x|^2/(2 sigma^2), and the flat part.
    second = (x**2).sum(1).std().item() / 8000**0.5 / (2 * sigma_ref**2)
    tolerance = 4 * (readout.std_error.item() + second) + 5e-3
    assert value == pytest.approx(gaussian_entropy(cov), abs=tolerance)


class MixtureNoise:
    """Exact noise prediction for a one-dimensional mixture of two Gaussians."""

    def __init__(self, means, std, schedule):
        self.means, self.std, self.schedule = means, std, schedule

    def __call__(self, values, pattern, t):
        a, s = self.schedule.alpha(t)[..., None], self.schedule.sigma(t)[..., None]
        variance = a**2 * self.std**2 + s**2
        centred = values[..., None] - a[..., None] * torch.tensor(self.means)
        weights = torch.softmax(-0.5 * centred**2 / variance[..., None], dim=-1)
        return s / variance * (weights * centred).sum(-1)


def test_entropy_of_a_mixture_by_quadrature(schedule):
    means, std = (-1.5, 1.5), 0.4

    def density(v):
        parts = [math.exp(-0.5 * ((v - m) / std) ** 2) for m in means]
        return sum(parts) / (2 * std * math.sqrt(2 * math.pi))

    truth = -quad(lambda v: density(v) * math.log(density(v)), -5, 5, limit=200)[0]
    g = torch.Generator().manual_seed(0)
    side = torch.randint(2, (20_000, 1), generator=g).float()
    x = (2 * side - 1) * 1.5 + std * torch.randn(20_000, 1, generator=g)
    family = masked([1], [(D,)])
    model = MixtureNoise(means, std, schedule)
    out = read_out(model, x[None], Diffuser(family, schedule), ENTROPY, [0])["outside-1"]
    value = out.value.item() + entropy_offset(x.double().numpy(), 1.0, schedule).mean()
    second = (x**2).std().item() / 20_000**0.5 / 2
    assert value == pytest.approx(truth, abs=4 * (out.std_error.item() + second) + 5e-3)


@pytest.mark.parametrize("dim", [1, 3])
def test_kl_of_gaussians_by_every_readout(dim, schedule):
    g = torch.Generator().manual_seed(dim)
    cov_p = 0.7 * torch.eye(dim) + 0.2
    cov_q = torch.eye(dim) * 1.5
    family = masked([dim], [(D,)])
    p, q = (GaussianNoise(c[None], family, schedule) for c in (cov_p, cov_q))

    def both(values, pattern, t):
        return (p if pattern == 1 else q)(values, 0, t)

    x = torch.randn(8000, dim, generator=g) @ torch.linalg.cholesky(cov_p).T
    diffuser = Diffuser(conditional(dim, 0), schedule)
    out = read_out(both, x[None], diffuser, KL, [0], ReadoutOptions(sigma_refs=()))
    ratio = torch.linalg.solve(cov_q, cov_p)
    truth = 0.5 * (ratio.trace() - dim - torch.linalg.slogdet(ratio).logabsdet).item()
    # At T the two diffusions still differ by KL of about alpha_T^4; it is below 1e-8.
    for name, readout in out.items():
        tolerance = 4 * readout.std_error.item() + 3e-3
        assert readout.value.item() == pytest.approx(truth, abs=tolerance), name
