"""Measures over three and more variables, with exact Gaussian scores against closed forms."""

import math
from collections import Counter

import pytest
import torch

from minde.diffusion.gaussian import GaussianNoise
from minde.diffusion.points import Diffuser
from minde.diffusion.roles import masked
from minde.options import ReadoutOptions
from minde.readout.measures import (
    CONDITIONAL_MI,
    INTERACTION,
    KL,
    MI_CONDITIONAL,
    MI_JOINT,
    TO_REFERENCE,
    o_information_measure,
)
from minde.readout.readout import read_out


def log_det(cov, keep):
    return torch.linalg.slogdet(cov[keep][:, keep]).logabsdet.item()


def entropy(cov, dims, variables):
    """Gaussian entropy of some variables, without the constants that cancel in a measure."""
    starts = [sum(dims[:k]) for k in range(len(dims))]
    keep = [i for v in variables for i in range(starts[v], starts[v] + dims[v])]
    return 0.5 * log_det(cov, keep) if keep else 0.0


def mutual(cov, dims, a, b, given=()):
    def h(v):
        return entropy(cov, dims, [*v, *given])

    return h(a) + h(b) - h([*a, *b]) - entropy(cov, dims, given)


def random_covariance(dim, seed):
    g = torch.Generator().manual_seed(seed)
    root = torch.randn(dim, 2 * dim, generator=g, dtype=torch.float64)
    cov = root @ root.T / (2 * dim)
    scale = cov.diagonal().rsqrt()
    return scale[:, None] * cov * scale


def read(cov, dims, measure, schedule, seed=0, n=6000, n_draws=10):
    family = masked(dims, measure.patterns)
    g = torch.Generator().manual_seed(seed)
    chol = torch.linalg.cholesky(cov).float()
    data = torch.randn(n, len(cov), generator=g) @ chol.T
    model = GaussianNoise(cov.float()[None], family, schedule)
    options = ReadoutOptions(n_draws=n_draws, sigma_refs=(1.0, 2.0))
    return read_out(model, data[None], Diffuser(family, schedule), measure, [seed], options)


def check(out, truth):
    for name, readout in out.items():
        # Four standard errors (some 60 read-outs are checked here), and 3e-3 nats for the flat
        # part of the density below t_eps.
        tolerance = 4.0 * readout.std_error.item() + 3e-3
        assert readout.value.item() == pytest.approx(truth, abs=tolerance), name


@pytest.mark.parametrize(("dims", "seed"), [((1, 1, 1), 0), ((2, 1, 3), 1), ((3, 3, 2), 2)])
def test_conditional_mutual_information(dims, seed, schedule):
    cov = random_covariance(sum(dims), seed)
    check(read(cov, dims, CONDITIONAL_MI, schedule), mutual(cov, dims, [0], [1], [2]))


@pytest.mark.parametrize(("dims", "seed"), [((1, 1, 1), 3), ((2, 3, 1), 4)])
def test_interaction_information(dims, seed, schedule):
    cov = random_covariance(sum(dims), seed)
    truth = mutual(cov, dims, [0], [1]) - mutual(cov, dims, [0], [1], [2])
    check(read(cov, dims, INTERACTION, schedule), truth)


@pytest.mark.parametrize(("eps", "rho"), [(0.1, 0.1), (0.5, 0.5), (1.0, 1.0), (2.0, 0.5)])
def test_interaction_of_the_papers_redundant_example(eps, rho, schedule):
    # A ~ N(0, 1), B = A + N(0, eps), C = A + N(0, rho), before standardising.
    cov = torch.ones(3, 3, dtype=torch.float64) + torch.diag(torch.tensor([0.0, eps, rho]).double())
    scale = cov.diagonal().rsqrt()
    truth = 0.5 * math.log(1 + 1 / eps) - 0.5 * math.log(rho / (1 + rho) * (1 + 1 / eps + 1 / rho))
    assert truth > 0.0
    check(read(scale[:, None] * cov * scale, (1, 1, 1), INTERACTION, schedule), truth)


def test_interaction_is_negative_for_synergy(schedule):
    # C = A + B + noise: A and B are independent until C is known.
    noise = 0.25
    cov = torch.tensor([[1, 0, 1], [0, 1, 1], [1, 1, 2 + noise]]).double()
    scale = cov.diagonal().rsqrt()
    truth = -0.5 * math.log((1 + noise) ** 2 / (noise * (2 + noise)))
    assert truth < -0.3
    check(read(scale[:, None] * cov * scale, (1, 1, 1), INTERACTION, schedule), truth)


@pytest.mark.parametrize(("dims", "seed"), [((1, 1, 1), 5), ((1, 2, 1, 2), 6)])
def test_o_information(dims, seed, schedule):
    cov = random_covariance(sum(dims), seed)
    n = len(dims)
    whole = entropy(cov, dims, range(n))
    truth = (n - 2) * whole
    for k in range(n):
        others = [i for i in range(n) if i != k]
        truth += entropy(cov, dims, [k]) - entropy(cov, dims, others)
    check(read(cov, dims, o_information_measure(n), schedule), truth)


def test_o_information_of_two_variables_is_zero(schedule):
    cov = random_covariance(2, 7)
    check(read(cov, (1, 1), o_information_measure(2), schedule), 0.0)


def test_o_information_of_three_variables_is_the_interaction(schedule):
    cov = random_covariance(3, 8)
    a = read(cov, (1, 1, 1), o_information_measure(3), schedule)["inside"]
    b = read(cov, (1, 1, 1), INTERACTION, schedule)["inside"]
    spread = (a.std_error**2 + b.std_error**2).sqrt().item()
    assert abs(a.value.item() - b.value.item()) < 4.0 * spread + 3e-3


@pytest.mark.parametrize(
    "measure", [MI_CONDITIONAL, MI_JOINT, CONDITIONAL_MI, INTERACTION, o_information_measure(4)]
)
def test_references_and_constants_cancel(measure):
    dims = (3, 2, 5, 1)[: len(measure.patterns[0])]
    total = sum(
        c * sum(d for d, role in zip(dims, p, strict=True) if role == 2)
        for c, p in measure.entropies
    )
    assert total == 0.0


def test_a_divergence_is_laid_out_as_mutual_information_and_one_to_the_reference_turns_its_sign():
    assert KL.entropies == MI_CONDITIONAL.entropies
    assert KL.differences == MI_CONDITIONAL.differences
    assert TO_REFERENCE.entropies == tuple((-c, p) for c, p in KL.entropies)
    assert [(-d.coefficient, d.left, d.right) for d in TO_REFERENCE.differences] == [
        (d.coefficient, d.left, d.right) for d in KL.differences
    ]


@pytest.mark.parametrize(
    "measure",
    [MI_CONDITIONAL, MI_JOINT, CONDITIONAL_MI, INTERACTION, KL],
    ids=lambda m: m.name,
)
def test_differences_and_entropies_are_two_ways_to_write_one_measure(measure):
    """c ||a - b||^2 of a left and what is told more on the right: c (H(left) - H(right))."""
    from_differences = Counter()
    for d in measure.differences:
        for p in d.left:
            from_differences[p] += d.coefficient
        for p in d.right:
            from_differences[p] -= d.coefficient
    from_entropies = Counter()
    for c, p in measure.entropies:
        from_entropies[p] += c
    assert {p: c for p, c in from_differences.items() if c} == dict(from_entropies)
