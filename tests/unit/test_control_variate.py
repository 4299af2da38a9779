"""The control variate: right on average, better where the data are Gaussian, never in the way."""

import math
from dataclasses import replace

import pytest
import torch

from minde.diffusion.gaussian import GaussianNoise
from minde.diffusion.points import Diffuser
from minde.diffusion.roles import conditional, joint, masked
from minde.options import ReadoutOptions
from minde.readout.control_variate import Control
from minde.readout.fit_control import fit_control, fit_divergence_control
from minde.readout.influence import Influence
from minde.readout.known_values import entropy_terms, gaussian_value
from minde.readout.measures import (
    CONDITIONAL_MI,
    ENTROPY,
    INTERACTION,
    MEASURES,
    MI_CONDITIONAL,
    MI_JOINT,
    o_information_measure,
)
from minde.readout.readout import Readout, read_out
from tests.conftest import gaussian_pair

DIM, RHO, N, M = 2, 0.8, 1000, 20_000
DIMS = (DIM, DIM)
TERMS = entropy_terms(MI_CONDITIONAL, DIMS)


def readout(pointwise):
    bins = torch.full((len(pointwise), 50), 1.0 / 50) * pointwise.mean(dim=1, keepdim=True)
    return Readout(pointwise, bins, torch.linspace(0.0, 1.0, 51))


def errors(pairs, truth):
    """Root mean squares of read-outs' errors before and after, mean of the latter, mean claimed."""
    plain, corrected = ([r.value.item() - truth for r in side] for side in zip(*pairs, strict=True))
    rms = [torch.tensor(v).square().mean().sqrt().item() for v in (plain, corrected)]
    claimed = [after.std_error.item() for _, after in pairs]
    return rms, sum(corrected) / len(pairs), sum(claimed) / len(pairs)


def draw(n, seed):
    data, covariance, mi = gaussian_pair(DIM, RHO, n, seed)
    return data[None], covariance[None].double(), mi


def test_the_gaussians_information_averages_to_the_closed_form():
    data, covariance, mi = draw(100_000, 0)
    zero = torch.zeros(1, 2 * DIM, dtype=torch.float64)
    values = gaussian_value(data.double(), zero, covariance, TERMS)
    se = values.std().item() / math.sqrt(100_000)
    assert values.mean().item() == pytest.approx(mi, abs=4 * se)
    # Independent variables have none, row by row.
    none = gaussian_value(data.double(), zero, torch.eye(2 * DIM)[None].double(), TERMS)
    assert none.abs().max() < 1e-12


def test_on_gaussians_the_error_falls_as_with_all_rows():
    truth = draw(10, 0)[2]
    pairs = []
    for seed in range(60):
        train, covariance, _ = draw(M, 1000 + seed)
        test, _, _ = draw(N, 5000 + seed)
        zero = torch.zeros(1, 2 * DIM, dtype=torch.float64)
        values = gaussian_value(test.double(), zero, covariance, TERMS)
        control = fit_control(train, TERMS, DIMS)
        own = gaussian_value(test.double(), control.mean, control.covariance, TERMS)
        before = readout(values)
        pairs.append((before, control.apply(before, control.values(test, [own]))))
    rms, bias, claimed = errors(pairs, truth)
    # 1,000 rows become 19,000: a factor of 0.23; 60 draws tell a deviation to 10%.
    assert rms[1] / rms[0] == pytest.approx(math.sqrt(N / (0.9 * M + N)), rel=0.35)
    assert rms[1] == pytest.approx(claimed, rel=0.3)
    assert abs(bias) < 3 * rms[1] / math.sqrt(60)


@pytest.mark.parametrize("make", [conditional, joint])
def test_the_noise_averages_out_row_by_row_whatever_the_rows(make, schedule):
    """E[v_G | x, y] = c(x, y), at rows that are nothing like the Gaussian's."""
    family = make(DIM, DIM)
    _, covariance, _ = draw(10, 0)
    rows = torch.tensor([[2.0, -1.0, 0.0, 1.5], [0.1, 0.0, 0.0, -0.1], [-3.0, 1.0, 2.0, 2.0]])
    data = rows.repeat_interleave(4000, dim=0)[None]
    exact = GaussianNoise(covariance.float(), family, schedule)
    options = ReadoutOptions(n_draws=50)
    args = (Diffuser(family, schedule), MEASURES[family.name], [0], options)
    gap = read_out(exact, data, *args)["gap"]
    zero = torch.zeros(1, 2 * DIM, dtype=torch.float64)
    known = gaussian_value(rows[None].double(), zero, covariance, TERMS)[0]
    found = gap.pointwise[0].double().view(3, 4000)
    se = found.std(dim=1) / math.sqrt(4000)
    # 5e-3 nats for what the flat density below t_eps blurs at rows far out.
    assert torch.all((found.mean(dim=1) - known).abs() < 4 * se + 5e-3)


def test_with_exact_scores_next_to_nothing_of_the_noise_is_left(schedule):
    family = conditional(DIM, DIM)
    train, covariance, mi = draw(M, 1)
    test, _, _ = draw(N, 2)
    args = (Diffuser(family, schedule), MEASURES["c"], [0])
    exact = GaussianNoise(covariance.float(), family, schedule)
    before = read_out(exact, test, *args)["gap"]
    control = fit_control(train, TERMS, DIMS)
    fitted = GaussianNoise(control.covariance, family, schedule, control.mean)
    gaussian = read_out(fitted, test, *args)["gap"].pointwise
    after = control.apply(before, control.values(test, [gaussian]))
    assert after.std_error.item() < 0.2 * before.std_error.item()
    assert after.value.item() == pytest.approx(mi, abs=4 * after.std_error.item() + 2e-3)


def test_an_unrelated_readout_stays_where_it_is():
    train, _, _ = draw(M, 1)
    test, _, _ = draw(N, 2)
    g = torch.Generator().manual_seed(3)
    noise, other = torch.randn(2, 1, N, generator=g)
    control = fit_control(train, TERMS, DIMS)
    own = gaussian_value(test.double(), control.mean, control.covariance, TERMS)
    after = control.apply(readout(noise + 0.5), control.values(test, [own + other]))
    # The slopes are chance, of one part in sqrt(N), and so is what they multiply.
    assert after.value.item() == pytest.approx(0.5 + noise.mean().item(), abs=10 / N)
    assert after.std_error.item() == pytest.approx(1 / math.sqrt(N), rel=0.1)


def test_values_and_integrand_still_add_up():
    train, covariance, _ = draw(M, 1)
    test, _, _ = draw(N, 2)
    zero = torch.zeros(1, 2 * DIM, dtype=torch.float64)
    before = readout(gaussian_value(test.double(), zero, covariance, TERMS).float())
    control = fit_control(train, TERMS, DIMS)
    after = control.apply(before, control.values(test, [before.pointwise]))
    torch.testing.assert_close(after.integrand.sum(dim=1), after.value, rtol=1e-5, atol=1e-6)
    moved = after.pointwise - before.pointwise
    torch.testing.assert_close(moved, moved[:, :1].expand_as(moved), rtol=1e-4, atol=1e-6)
    assert moved.abs().max() > 0.0


def test_too_few_rows_give_no_control():
    train, _, _ = draw(100, 1)
    assert fit_control(train, TERMS, DIMS) is None


def test_a_repeated_column_leaves_the_control_as_it_is():
    train, _, _ = draw(M, 1)
    plain = fit_control(train, TERMS, DIMS)
    twice = (DIM + 1, DIM)
    repeated = torch.cat([train[..., :1], train], dim=-1)
    other = fit_control(repeated, entropy_terms(MI_CONDITIONAL, twice), twice)
    # The value of every row is the same up to rounding, over eigenvalues down to 1e-12.
    torch.testing.assert_close(other.expected, plain.expected, atol=1e-4, rtol=0.0)


@pytest.mark.parametrize(
    "measure", [MI_JOINT, CONDITIONAL_MI, INTERACTION, o_information_measure(3)]
)
def test_every_measure_has_its_closed_form(measure):
    dims = (1, 2) if measure is MI_JOINT else (1, 2, 1)
    dim = sum(dims)
    root = torch.randn(dim, dim, generator=torch.Generator().manual_seed(0)).double()
    covariance = root @ root.T + torch.eye(dim)
    n = 50_000
    g = torch.Generator().manual_seed(1)
    data = torch.randn(1, n, dim, generator=g).double() @ torch.linalg.cholesky(covariance).T
    zero = torch.zeros(1, dim, dtype=torch.float64)
    values = gaussian_value(data, zero, covariance[None], entropy_terms(measure, dims))
    truth = 0.0
    for sign, diffused, clean in entropy_terms(measure, dims):
        both = sorted(diffused + clean)
        truth += sign * 0.5 * torch.logdet(covariance[both][:, both]).item()
        if clean:
            truth -= sign * 0.5 * torch.logdet(covariance[list(clean)][:, list(clean)]).item()
    assert values.mean().item() == pytest.approx(truth, abs=4 * values.std().item() / math.sqrt(n))


def test_an_entropy_has_references_that_do_not_cancel():
    assert entropy_terms(ENTROPY, (3,)) == ()
    assert fit_control(draw(M, 1)[0], (), DIMS) is None


def test_an_o_informations_noise_is_taken_out(schedule):
    measure = o_information_measure(3)
    family = masked([1, 1, 1], measure.patterns)
    covariance = (0.5 * torch.eye(3) + 0.5)[None]
    root = torch.linalg.cholesky(covariance[0])
    g = torch.Generator().manual_seed(2)
    train, test = (torch.randn(1, n, 3, generator=g) @ root.T for n in (M, N))
    args = (Diffuser(family, schedule), measure, [0])
    before = read_out(GaussianNoise(covariance, family, schedule), test, *args)["gap"]
    control = fit_control(train, entropy_terms(measure, (1, 1, 1)), (1, 1, 1))
    fitted = GaussianNoise(control.covariance, family, schedule, control.mean)
    gaussian = read_out(fitted, test, *args)["gap"].pointwise
    after = control.apply(before, control.values(test, [gaussian]))
    assert after.std_error.item() < 0.2 * before.std_error.item()
    truth = (
        -2 * torch.logdet(covariance[0]).item() * 0.5
        + 3 * 0.5 * (torch.logdet(covariance[0]) - torch.logdet(covariance[0][:2, :2])).item()
    )
    assert after.value.item() == pytest.approx(truth, abs=4 * after.std_error.item() + 3e-3)


def test_a_divergences_control_is_that_of_two_gaussians():
    g = torch.Generator().manual_seed(0)
    train = 1.0 + 1.5 * torch.randn(1, 4000, 2, generator=g).double()
    of_q = torch.zeros(1, 2).double(), torch.eye(2)[None].double()
    control = fit_divergence_control(train, of_q)
    assert control.covariance.shape == (1, 4, 4)
    torch.testing.assert_close(control.covariance[0, 2:, 2:], of_q[1][0])
    assert control.covariance[0, :2, 2:].abs().max() == 0.0
    kl = 2 * (0.5 * (1.5**2 + 1.0 - 1.0) - math.log(1.5))
    values = control.known
    se = values.std().item() / math.sqrt(values.shape[1])
    assert values.shape == (1, 3600)
    assert control.expected.item() == pytest.approx(kl, abs=4 * se)
    # Row by row it is the difference of the log densities.
    p = torch.distributions.MultivariateNormal(control.mean[0, :2], control.covariance[0, :2, :2])
    q = torch.distributions.MultivariateNormal(of_q[0][0], of_q[1][0])
    rows = train[0, control.others]
    torch.testing.assert_close(values[0], p.log_prob(rows) - q.log_prob(rows))


def test_a_divergence_of_few_rows_has_no_control():
    of_q = torch.zeros(1, 2).double(), torch.eye(2)[None].double()
    assert fit_divergence_control(torch.zeros(1, 79, 2), of_q) is None
    assert fit_divergence_control(torch.randn(1, 80, 2), of_q) is not None


def by_hand(m=90, n=40):
    """A control of known values, and 40 test rows that depend on its two parts."""
    g = torch.Generator().manual_seed(5)
    known = torch.randn(1, m, generator=g).double() + 0.3
    controls = torch.randn(1, 2, n, generator=g).double()
    v = 0.7 * controls[:, 0] - 0.4 * controls[:, 1] + torch.randn(1, n, generator=g).double()
    others = torch.arange(m + 10) >= 10
    zero = torch.zeros(1, 2).double()
    return Control(zero, torch.eye(2)[None].double(), (), others, known), v, controls


def test_the_corrected_mean_and_its_influence_are_those_of_the_formulas():
    control, v, controls = by_hand()
    (m, n), x = (90, 40), controls[0]
    out = control.apply(readout(v), controls)
    centred = x - x.mean(dim=1, keepdim=True)
    beta = torch.linalg.lstsq(centred.T, (v[0] - v.mean())[:, None]).solution[:, 0]
    share = torch.tensor([1.0, m / (m + n)]).double()
    expected = torch.stack([torch.zeros(()).double(), control.known.mean()])
    left = 1 - 1 / n - (centred * torch.linalg.solve(centred @ centred.T, centred)).sum(0)
    # Each row is corrected by the slopes without it; brought to the mean of the controls.
    own = []
    for i in range(n):
        keep = torch.arange(n) != i
        few = x[:, keep] - x[:, keep].mean(dim=1, keepdim=True)
        rest = v[0, keep] - v[0, keep].mean()
        slopes = torch.linalg.lstsq(few.T, rest[:, None]).solution[:, 0]
        own.append((share * slopes * -centred[:, i]).sum())
    value = v.mean() + (share * beta * (expected - x.mean(dim=1))).sum() + torch.stack(own).mean()
    assert out.value.item() == pytest.approx(value.item(), rel=1e-6)
    residual = v[0] - v.mean() - ((share * beta)[:, None] * centred).sum(0)
    torch.testing.assert_close(out.influence.test[0], residual / (n * left), rtol=1e-6, atol=1e-9)
    train = share[1] * beta[1] * Influence.of_mean(control.known).test[0]
    torch.testing.assert_close(out.influence.train[0, 10:], train, rtol=1e-6, atol=1e-9)
    assert not out.influence.train[0, :10].any()


def test_slopes_that_hang_on_one_heavy_row_are_not_taken():
    """Leverage of a row, of both controls together: above a half the mean stays as it was read."""
    control, v, controls = by_hand()
    alone = control.of_noise()
    for heavy in (0.3, 30.0):
        weights = torch.ones(1, 40).double()
        weights[0, 0] = heavy
        weights *= 40 / weights.sum()
        weighted = replace(readout(v * weights), weights=weights)
        own = controls * weights[:, None]
        centred = own - weights[:, None] * own.mean(dim=2, keepdim=True)
        hat = centred[0].T @ torch.linalg.solve(centred[0] @ centred[0].T, centred[0])
        # One control more than reaches a half, and both do not: the row's own is what counts.
        assert (hat.diagonal().max() > 0.5) == (heavy > 1.0)
        moved = alone.apply(weighted, own).value - weighted.value
        assert (moved.abs().item() < 1e-12) == (heavy > 1.0)


def test_in_time_order_only_the_noise_is_taken_out():
    control, v, controls = by_hand()
    alone = control.of_noise()
    assert not alone.others.any()
    assert alone.known.shape == (1, 0)
    out = alone.apply(readout(v), controls)
    assert not out.influence.train.any()
    # The slope on the noise stays, that on the rows goes.
    whole = control.apply(readout(v), controls)
    assert out.value.item() != pytest.approx(whole.value.item(), abs=1e-3)
    assert out.chance.variance.item() > whole.chance.variance.item()


@pytest.mark.parametrize(("n", "size"), [(79, None), (80, 40), (1000, 100)])
def test_a_tenth_of_the_rows_or_twenty_a_column_fit_the_gaussian(n, size):
    train = torch.randn(1, n, 2, generator=torch.Generator().manual_seed(0))
    control = fit_control(train, entropy_terms(MI_CONDITIONAL, (1, 1)), (1, 1))
    if size is None:
        assert control is None
        return
    fitted = ~control.others
    assert fitted.sum() == size
    # Evenly spread, from the first row to the last.
    assert fitted[0]
    assert fitted[-1]
    assert control.known.shape == (1, n - size)
    few = train[0, fitted].double()
    torch.testing.assert_close(control.mean[0], few.mean(dim=0))
    torch.testing.assert_close(control.covariance[0], torch.cov(few.T, correction=0))


def test_entropies_of_columns():
    terms = entropy_terms(CONDITIONAL_MI, (2, 1, 1))
    assert terms == ((1.0, (0, 1), (3,)), (-1.0, (0, 1), (2, 3)))
