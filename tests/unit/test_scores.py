"""Measures from given scores: exact ones against closed forms and quadrature."""

import math
from functools import partial

import pytest
import torch

from minde import scores
from minde.diffusion.levels import levels_of
from minde.diffusion.mixture import Mixture, MixtureNoise
from minde.diffusion.roles import conditional
from minde.errors import InputError
from minde.options import ReadoutOptions
from minde.readout.given import given_rows, numbered, rows_of, variable

N, MEAN, VARIANCE, GAIN, LEFT = 1500, 1.0, 2.25, 0.8, 0.36
OF_Y = GAIN**2 * VARIANCE + LEFT
DDPM = torch.cumprod(1 - torch.linspace(0.00085**0.5, 0.012**0.5, 1000).double() ** 2, 0)
VP = scores.VPSchedule()
#: Each schedule with another of the things that networks predict.
WAYS = {
    "score": VP,
    "v_prediction": scores.cosine(),
    "sample": scores.variance_exploding(),
    "epsilon": scores.steps(DDPM),
}


def rows(n=N, seed=0, dim=2):
    """X of N(MEAN, VARIANCE) and Y = GAIN X + noise of variance LEFT, by column."""
    g = torch.Generator().manual_seed(seed)
    x = MEAN + VARIANCE**0.5 * torch.randn(n, dim, generator=g, dtype=torch.float64)
    return x, GAIN * x + LEFT**0.5 * torch.randn(n, dim, generator=g, dtype=torch.float64)


def predicting(kind, schedule, mean, variance):
    """The exact prediction for N(mean, variance); ``mean`` may be a function of what is given."""
    levels = levels_of(schedule)

    def call(x_t, t, *given):
        alpha, sigma = levels.alpha(t)[:, None], levels.sigma(t)[:, None]
        m = mean(*given) if callable(mean) else mean
        score = -(x_t - alpha * m) / (alpha**2 * variance + sigma**2)
        x0 = (x_t + sigma**2 * score) / alpha
        eps = -sigma * score
        velocity = alpha * eps - sigma * x0
        return {"score": score, "epsilon": eps, "sample": x0, "v_prediction": velocity}[kind]

    return scores.Model(call, kind)


def of_x(kind, schedule):
    return predicting(kind, schedule, MEAN, VARIANCE)


def of_x_given_y(kind, schedule):
    back = GAIN * VARIANCE / OF_Y
    return predicting(
        kind, schedule, lambda y: MEAN + back * (y - GAIN * MEAN), VARIANCE - back * GAIN * VARIANCE
    )


def close(estimate, truth, widest):
    """Within four standard errors, which are small themselves: chance misses once in 16,000."""
    assert estimate.std_error < widest
    assert abs(estimate.value - truth) < 4 * estimate.std_error


@pytest.mark.parametrize("kind", WAYS)
def test_gaussians_have_their_closed_forms_in_every_parametrisation(kind):
    schedule, (x, y) = WAYS[kind], rows()
    q = predicting(kind, schedule, 0.0, 1.0)
    kl = VARIANCE + MEAN**2 - 1 - math.log(VARIANCE)  # of two columns
    close(scores.kl_divergence(of_x(kind, schedule), q, x, schedule), kl, 0.05)
    entropy = math.log(2 * math.pi * math.e * VARIANCE)
    close(scores.entropy(of_x(kind, schedule), x, schedule), entropy, 0.05)
    mutual = math.log(OF_Y / LEFT)
    pair = of_x_given_y(kind, schedule), of_x(kind, schedule)
    close(scores.mutual_information(*pair, x, y, schedule), mutual, 0.06)
    tau = 500 if kind == "epsilon" else 0.4
    ratio = levels_of(schedule).log_snr(torch.tensor([tau], dtype=torch.float64))
    signal, given = math.exp(ratio), LEFT * VARIANCE / OF_Y
    left = math.log(VARIANCE * (1 + signal * given) / given / (1 + signal * VARIANCE))
    close(scores.remaining_information(*pair, x, y, schedule, tau), left, 0.05)


@pytest.mark.parametrize("readout", ["outside", "gap", "cross"])
def test_every_read_out_has_the_value(readout):
    schedule, (x, y) = VP, rows()
    options = ReadoutOptions(reported=readout, antithetic=True)
    pair = of_x_given_y("score", schedule), of_x("score", schedule)
    found = scores.mutual_information(*pair, x, y, schedule, options=options)
    close(found, math.log(OF_Y / LEFT), 0.1)


def test_the_joint_score_has_the_mutual_information_too():
    schedule = WAYS["v_prediction"]
    levels, (x, y) = levels_of(schedule), rows()
    shared = GAIN * VARIANCE
    covariance = torch.tensor([[VARIANCE, shared], [shared, OF_Y]], dtype=torch.float64)

    def joint(x_t, y_t, t):
        alpha, sigma = levels.alpha(t), levels.sigma(t)
        eye = torch.eye(2, dtype=torch.float64)
        at = alpha[:, None, None] ** 2 * covariance + sigma[:, None, None] ** 2 * eye
        centred = torch.stack([x_t - alpha[:, None] * MEAN, y_t - alpha[:, None] * GAIN * MEAN], 1)
        score = -torch.linalg.solve(at, centred)
        return score[:, 0], score[:, 1]

    forth = predicting("score", schedule, lambda x: GAIN * x, LEFT)
    back = of_x_given_y("score", schedule)
    found = scores.mutual_information_joint(joint, (back, forth), x, y, schedule)
    close(found, math.log(OF_Y / LEFT), 0.06)


def mixture(weights, means, deviations):
    columns = (torch.tensor(v, dtype=torch.float64) for v in (weights, means, deviations))
    w, m, s = columns
    return Mixture(w[None], m[None, :, None], (s**2)[None, :, None, None])


def test_mixtures_have_the_values_of_quadrature():
    p = mixture([0.3, 0.7], [-2.0, 1.0], [0.5, 0.8])
    q = mixture([0.6, 0.4], [-1.0, 2.0], [1.2, 1.0])
    grid = torch.linspace(-12, 12, 20001, dtype=torch.float64)
    log_p, log_q = (m.log_density(grid[None, :, None])[0] for m in (p, q))
    kl = float(torch.trapezoid(log_p.exp() * (log_p - log_q), grid))
    entropy = -float(torch.trapezoid(log_p.exp() * log_p, grid))
    g = torch.Generator().manual_seed(0)
    which = torch.multinomial(p.weights[0], N, replacement=True, generator=g)
    deviation = p.covariances[0, which, 0].sqrt()
    x = p.means[0, which] + deviation * torch.randn(N, 1, generator=g, dtype=torch.float64)
    for schedule in (WAYS["v_prediction"], WAYS["sample"]):
        exact = [MixtureNoise(m, conditional(1, 0), schedule) for m in (p, q)]
        a, b = (
            scores.Model(lambda x_t, t, f=f: f(x_t[None], 0, t[None])[0], "epsilon") for f in exact
        )
        close(scores.kl_divergence(a, b, x, schedule), kl, 0.04)
        close(scores.entropy(a, x, schedule), entropy, 0.05)
        # What the label of the component tells of x: H(X) less the components' entropies.
        part = scores.Model(partial(_of_component, p, schedule), "epsilon")
        inner = 0.3 * math.log(0.5) + 0.7 * math.log(0.8) + 0.5 * math.log(2 * math.pi * math.e)
        found = scores.mutual_information(part, a, x, which, schedule)
        close(found, entropy - inner, 0.05)


def _of_component(p, schedule, x_t, t, y):
    alpha, sigma = schedule.alpha(t)[:, None], schedule.sigma(t)[:, None]
    variance = alpha**2 * p.covariances[0, y, 0] + sigma**2
    return sigma * (x_t - alpha * p.means[0, y]) / variance


def test_the_terminal_term_is_added_where_the_diffusion_ends_early():
    schedule, (x, _) = scores.cosine(1e-3, 0.8), rows()
    p, q = of_x("score", schedule), predicting("score", schedule, 0.0, 1.0)
    truth = VARIANCE + MEAN**2 - 1 - math.log(VARIANCE)
    alpha = schedule.alpha(torch.tensor([0.8]).double()).item()
    grown = alpha**2 * VARIANCE + 1 - alpha**2
    terminal = grown + alpha**2 * MEAN**2 - 1 - math.log(grown)
    without, known, guessed = (
        scores.kl_divergence(p, q, x, schedule, terminal=given) for given in (0.0, terminal, None)
    )
    assert terminal > 0.05
    assert known.value - without.value == pytest.approx(terminal, abs=1e-9)
    close(known, truth, 0.05)
    close(guessed, truth, 0.06)
    assert guessed.diagnostics["terminal"] == pytest.approx(terminal, rel=0.3)
    assert any("terminal term" in w for w in guessed.warnings)
    assert not known.warnings
    # What lies beyond the ends stands in the outermost bins of the integrand, and nowhere else.
    moved = guessed.integrand - without.integrand
    assert moved[-1] == pytest.approx(guessed.diagnostics["terminal"])
    assert abs(moved[:-1]).max() == pytest.approx(0.0, abs=1e-12)
    assert without.integrand[0] > without.diagnostics["below"] > 0.0
    # The two ways that the terminal term may be off, as half of the half-width between them.
    signal = alpha**2 / (1 - alpha**2) * x.var(dim=0).mean().item()
    share = (0.25 + 0.5 * signal) / (0.75 + 0.5 * signal)
    unseen = math.hypot(0.25 * guessed.diagnostics["below"], 0.5 * moved[-1] * share)
    more = guessed.diagnostics["std_training"] ** 2 - without.diagnostics["std_training"] ** 2
    assert more == pytest.approx(unseen**2 - (0.25 * without.diagnostics["below"]) ** 2, rel=1e-6)


def test_equal_laws_have_no_divergence():
    schedule, (x, _) = VP, rows(50)
    p = of_x("score", schedule)
    assert scores.kl_divergence(p, p, x, schedule).value == 0.0


def test_values_do_not_depend_on_the_clock_of_the_diffusion():
    vp = levels_of(VP)
    slow = scores.Levels(
        lambda t: vp.alpha(t**2), lambda t: vp.sigma(t**2), vp.t_min**0.5, vp.t_max
    )
    x, y = rows(100)
    a, b = (
        scores.mutual_information(of_x_given_y("epsilon", s), of_x("epsilon", s), x, y, s)
        for s in (vp, slow)
    )
    assert a.value == pytest.approx(b.value, abs=1e-6)  # the same noise levels, rounded otherwise


def test_rows_keep_their_shape_and_what_a_model_is_given_its_kind():
    schedule, (x, y) = VP, rows(60)
    flat_marginal, flat_conditional = of_x("score", schedule), of_x_given_y("score", schedule)
    whole = scores.mutual_information(flat_conditional, flat_marginal, x, y, schedule)

    def marginal(x_t, t):
        assert x_t.shape[1:] == (2, 1)
        return flat_marginal.call(x_t[..., 0], t)[..., None]

    def conditional_on(x_t, t, given):
        assert isinstance(given, list)
        return flat_conditional.call(x_t[..., 0], t, y[[int(word) for word in given]])[..., None]

    words = [str(k) for k in range(len(x))]
    found = scores.mutual_information(
        conditional_on, marginal, x[..., None].numpy(), words, schedule
    )
    assert found.value == whole.value
    assert found.interval == whole.interval


def test_rows_become_columns_of_floating_numbers():
    whole = torch.arange(10)
    one = variable("x", whole)  # ten rows are enough
    assert one.rows.shape == (10, 1)
    assert one.rows.dtype == torch.float64
    several = variable("x", torch.zeros(10, 2, 3, requires_grad=True))
    assert several.rows.dtype == torch.float32
    assert not several.rows.requires_grad
    assert several.flat.shape == (10, 6)
    assert several.shaped(several.flat[:4]).shape == (4, 2, 3)
    assert given_rows([[1, 2]] * 10, 10).shape == (10, 2)
    assert given_rows(["a", "b"] * 5, 10) == ["a", "b"] * 5
    numbers = numbered(torch.ones(3, 2))
    assert numbers.tolist() == [[1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [1.0, 1.0, 2.0]]
    of_rows = torch.arange(30).view(10, 3)
    assert torch.equal(rows_of(of_rows, torch.tensor([[4.0], [2.0]])), of_rows[[4, 2]])


def test_a_module_is_called_in_its_own_precision():
    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.line = torch.nn.Linear(2, 2)

        def forward(self, x_t, t):
            assert x_t.dtype == torch.float32
            return self.line(x_t)

    x, _ = rows(50)
    torch.manual_seed(0)
    found = scores.kl_divergence(Net(), lambda x_t, t: -x_t, x, VP)
    assert math.isfinite(found.value)


def test_scores_of_another_law_than_the_rows_are_noticed():
    schedule, (x, _) = VP, rows()
    wrong, q = predicting("score", schedule, 0.0, 1.0), predicting("score", schedule, 3.0, 1.0)
    found = scores.kl_divergence(wrong, q, x, schedule)
    assert any("scores given are not quite those" in w for w in found.warnings)


def test_intervals_hold_the_truth_as_often_as_they_say():
    schedule, held, n = WAYS["v_prediction"], 0, 40
    truth = math.log(OF_Y / LEFT)
    pair = of_x_given_y("score", schedule), of_x("score", schedule)
    for seed in range(n):
        x, y = rows(100, seed)
        low, high = scores.mutual_information(*pair, x, y, schedule, seed=seed).interval
        held += low < truth < high
    assert held >= 33  # of 95 in 100, fewer than 33 of 40 once in 700


def test_steps_are_those_of_a_scheduler_of_diffusers():
    diffusers = pytest.importorskip("diffusers")
    scheduler = diffusers.DDPMScheduler()
    levels = scores.steps(scheduler.alphas_cumprod)
    x, noise = torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(0))
    t = torch.tensor([0, 10, 500, 999])
    wanted = levels.alpha(t)[:, None] * x + levels.sigma(t)[:, None] * noise
    torch.testing.assert_close(wanted.float(), scheduler.add_noise(x, noise, t))


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (lambda x, f: scores.kl_divergence(lambda a, t: a[:, :1], f, x, VP), "of p must return"),
        (lambda x, f: scores.kl_divergence(f, lambda a, t: 0.0, x, VP), "of q .* got float"),
        (lambda x, f: scores.kl_divergence(f, lambda a, t: a * math.nan, x, VP), "20 of 20 points"),
        (lambda x, f: scores.kl_divergence(3, f, x, VP), "a model is a function"),
        (lambda x, f: scores.Model(f, "velocity"), "predicts score, epsilon, v_prediction, sample"),
        (lambda x, f: scores.entropy(f, x, "cosine"), "a schedule is"),
        (lambda x, f: scores.entropy(f, x[:9], VP), "10 rows or more"),
        (lambda x, f: scores.entropy(f, ["a"] * 20, VP), "x must be numbers"),
        (lambda x, f: scores.entropy(f, x * math.inf, VP), "not finite"),
        (lambda x, f: scores.mutual_information(f, f, x, x[:4], VP), "20 rows but y has 4"),
        (lambda x, f: scores.remaining_information(f, f, x, x, VP, 3.0), "tau must lie"),
        (lambda x, f: scores.steps([0.9, 0.5, 0.0]), "leave out the last step"),
        (lambda x, f: scores.steps([0.5, 0.9]), "must be finite and fall"),
        (lambda x, f: scores.variance_exploding(2.0, 1.0), "0 < sigma_min < sigma_max"),
    ],
)
def test_mistakes_are_one_line(call, line):
    with pytest.raises(InputError, match=line) as caught:
        call(rows(20)[0], lambda x_t, t, *given: -x_t)
    assert "\n" not in str(caught.value)


def test_trapezoids_over_steps_are_the_integral():
    levels = scores.steps(DDPM)
    u = torch.linspace(0, 1, 200_001, dtype=torch.float64)
    t = levels.importance_inverse_cdf(u)
    ratio = levels.log_snr(torch.arange(1000.0, dtype=torch.float64))
    values = torch.tanh(ratio)
    wanted = -torch.trapezoid(values, ratio).item()
    assert levels.z * values[t.long()].mean().item() == pytest.approx(wanted, abs=1e-3)
