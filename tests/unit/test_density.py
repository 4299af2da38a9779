"""The density of training times that follows where the patterns' scores differ."""

import pytest
import torch

from minde.diffusion.roles import conditional, joint
from minde.diffusion.times import DENSITY_BINS, focus_density
from minde.recipe import make_recipe
from minde.training.density import TimeDensity, differing
from minde.training.trainer import Trainer
from tests.conftest import gaussian_pair
from tests.trainers import kept_in, prepared

DIM, RHO, N = 2, 0.8, 4096


def gaussian_job(make, rho=RHO, **options):
    """A job whose untrained network is the exact score of the Gaussian its data come from."""
    family = make(DIM, DIM)
    data, covariance, _ = gaussian_pair(DIM, rho, N, 0)
    recipe = make_recipe("fast", family.name, 2 * DIM, precondition="gaussian", **options)
    return prepared(data[None], family, recipe, [5], covariance=covariance[None])


def gaussian_stream(*args, **options):
    return gaussian_job(*args, **options).train


def untrained(stream):
    return stream.denoiser.network.init([5])


def midpoints(schedule):
    u = (torch.arange(DENSITY_BINS, dtype=torch.float64) + 0.5) / DENSITY_BINS
    return schedule.importance_inverse_cdf(u)


def test_it_is_the_integrand_of_the_mutual_information_in_closed_form():
    stream = gaussian_stream(conditional)
    found = differing(stream, untrained(stream), step=0)[0].double()
    # eps_m = sigma x_t, eps_c = sigma (x_t - alpha rho y) / chi, with chi the variance of x_t given
    # y; the difference is Gaussian, so its mean square follows from the covariance of (x_t, y).
    t = midpoints(stream.denoiser.schedule)
    alpha2, sigma2 = stream.denoiser.schedule.alpha(t) ** 2, stream.denoiser.schedule.sigma(t) ** 2
    chi = alpha2 * (1 - RHO**2) + sigma2
    expected = sigma2 * (1.0 / chi - 1.0)  # E||d||^2 per dimension: 1/chi + 1 - 2
    expected /= expected.sum()
    # 4,096 points in 50 bins, five of them averaged: an error of about 1 in 20 per bin at the peak.
    assert (found - expected).abs().max() < 0.15 * expected.max()
    assert found.sum().item() == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("make", [conditional, joint])
def test_independent_variables_leave_the_times_even(make):
    stream = gaussian_stream(make, rho=0.0)
    even = torch.full((1, DENSITY_BINS), 1.0 / DENSITY_BINS)
    torch.testing.assert_close(differing(stream, untrained(stream), step=0), even)


def test_the_shares_add_up():
    stream = gaussian_stream(conditional, focus=0.3, adapt=0.5)
    keeper = TimeDensity(stream)
    focus = focus_density(stream.denoiser.schedule).float()
    # Before the networks differ, the share that will follow them is drawn as the focus.
    torch.testing.assert_close(stream.density[0], 0.2 / DENSITY_BINS + 0.8 * focus)
    parameters = untrained(stream)
    keeper.refresh(keeper.every, parameters)
    rest = stream.density - 0.2 / DENSITY_BINS - 0.3 * focus
    torch.testing.assert_close(rest, 0.5 * differing(stream, parameters, keeper.every))
    assert stream.density.sum().item() == pytest.approx(1.0, abs=1e-5)


def test_nothing_is_measured_where_nothing_adapts():
    stream = gaussian_stream(conditional, focus=0.0, adapt=0.0)
    keeper = TimeDensity(stream)
    keeper.refresh(keeper.every, untrained(stream))
    assert stream.density is None
    assert keeper.state() == {}


def test_the_density_is_part_of_a_checkpoint(tmp_path):
    options = {"n_steps": 96, "width": 16, "batch_size": 64}

    def trainer(checkpoint=None):
        return Trainer([gaussian_job(conditional, **options)], kept_in(checkpoint))

    def density(trainer):
        return trainer.stack.jobs[0].train.density

    whole = trainer()
    whole.run()
    first = trainer(tmp_path / "c.safetensors")
    first._block()
    first._block()
    first.save()
    second = trainer(tmp_path / "c.safetensors")
    second.run()
    assert torch.equal(density(second), density(whole))
    kept = density(whole)
    TimeDensity(whole.stack.jobs[0].train)
    assert not torch.equal(density(whole), kept)
