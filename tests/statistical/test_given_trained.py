"""Conditional and interaction information of labels and numbers with short trainings."""

import math

import numpy as np
import pytest

import minde

pytestmark = pytest.mark.slow
N = 3000
#: Two seeds and a third of the steps, as for mixtures of two variables.
SETTINGS = {"n_seeds": 2, "device": "cpu", "options": {"n_steps": 1200, "width": 32}}
#: Eleven draws are asked at once: at 99% each all hold in 90 of 100 such suites.
Z_99 = 2.576

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(100)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


def rng(seed):
    return np.random.default_rng(seed)


def gaussian(rho):
    return -0.5 * math.log(1 - rho**2)


def entropy_of(p):
    p = np.clip(p, 1e-300, 1.0)
    return -(p * np.log(p)).sum(axis=-1)


def bernoulli(p):
    return entropy_of(np.stack([p, 1 - p], axis=-1))


def logistic(t):
    return 1 / (1 + np.exp(-t))


def normal_pair(rho, n=N):
    z = rng(0).normal(size=(n, 2))
    z[:, 1] = rho * z[:, 0] + math.sqrt(1 - rho**2) * z[:, 1]
    return z.T


def mixture_entropy(means, sd):
    """Of equal shares of normals, by quadrature."""
    t = np.linspace(min(means) - 9 * sd, max(means) + 9 * sd, 40001)
    p = np.mean([np.exp(-0.5 * ((t - m) / sd) ** 2) for m in means], axis=0)
    p /= sd * math.sqrt(2 * math.pi)
    return float(-(p * np.log(np.maximum(p, 1e-300))).sum() * (t[1] - t[0]))


def shifted_by_a_label():
    """Given the label x and y are a normal pair; without it they share its shift as well."""
    z = rng(1).integers(0, 3, N)
    x, y = normal_pair(0.6) + 2.0 * z
    return x, y, np.array(["r", "g", "b"])[z], gaussian(0.6)


def independent_given_a_label():
    z = rng(1).integers(0, 3, N)
    x, y = normal_pair(0.0) + 2.0 * z
    return x, y, z, 0.0


def threshold_given_a_label():
    """The label y says how likely it is by x alone, and z which way round."""
    x, z = rng(1).normal(size=N), rng(2).integers(0, 2, N)
    p = logistic(3 * NODES)
    y = (rng(3).random(N) < logistic(3 * x * (1 - 2 * z))).astype(int)
    return x, np.array(["no", "yes"])[y], z, math.log(2) - float(WEIGHTS @ bernoulli(p))


def threshold_given_a_number():
    """The label x by z and y; given z it tells of y what the noise leaves."""
    y, z = rng(1).normal(size=N), rng(2).normal(size=N)
    x = rng(3).random(N) < logistic(2 * y + 2 * z)
    p = logistic(2 * NODES[:, None] + 2 * NODES)
    given_z = WEIGHTS @ bernoulli(WEIGHTS @ p)
    return x, y, z, float(given_z - WEIGHTS @ bernoulli(p) @ WEIGHTS)


def two_labels_of_a_number():
    """Labels x and y by z alone: what they share is z."""
    z = rng(1).normal(size=N)
    x, y = (rng(k).random(N) < logistic(2 * z) for k in (2, 3))
    return x, y, z, 0.0


def a_copied_label_given_a_number():
    """Labels x by z, and y a copy of x with one of five lost."""
    z = rng(1).normal(size=N)
    x = rng(2).random(N) < logistic(2 * z)
    y = x ^ (rng(3).random(N) < 0.1)
    p = logistic(2 * NODES)
    q = 0.9 * p + 0.1 * (1 - p)
    return x, y, z, float(WEIGHTS @ bernoulli(q) - bernoulli(np.array(0.1)))


def numbers_beside_labels():
    """x and y each a label and a number; the labels' noise and the numbers' have nothing to do."""
    z = rng(1).integers(0, 2, N)
    first = z ^ (rng(2).random(N) < 0.2)
    second = first ^ (rng(3).random(N) < 0.2)
    u, v = normal_pair(0.6) + first + z
    h = bernoulli(np.array(0.8 * 0.8 + 0.2 * 0.2)) - bernoulli(np.array(0.2))
    # y's number is shifted by x's label: what that tells is in H(v|second, z) - H(v|first, z).
    joint = np.array([[0.64, 0.04], [0.16, 0.16]])  # second as z or not, by first as z or not
    return np.c_[first, u], np.c_[second, v], z, float(h) + gaussian(0.6) + told(joint)


def told(joint):
    """I(v; first | second) where v is a unit normal shifted by first; joint (second, first)."""
    t = np.linspace(-9, 10, 20001)
    parts = [np.exp(-0.5 * (t - m) ** 2) / math.sqrt(2 * math.pi) for m in (0, 1)]
    total = 0.0
    for row in joint:
        share = row / row.sum()
        density = share[0] * parts[0] + share[1] * parts[1]
        total += row.sum() * float(-(density * np.log(density)).sum() * (t[1] - t[0]))
    return total - 0.5 * math.log(2 * math.pi * math.e)


def zeros_given_a_label():
    """x is zero or a number that y follows; the label says how often."""
    z = rng(1).integers(0, 2, N)
    zero = rng(2).random(N) < np.where(z, 0.6, 0.2)
    x, y = normal_pair(0.7)
    return np.where(zero, 0.0, x), np.where(zero, rng(4).normal(size=N), y), z, 0.6 * gaussian(0.7)


CASES = [
    shifted_by_a_label,
    independent_given_a_label,
    threshold_given_a_label,
    threshold_given_a_number,
    two_labels_of_a_number,
    a_copied_label_given_a_number,
    numbers_beside_labels,
    zeros_given_a_label,
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_the_interval_holds_the_closed_form(case):
    x, y, z, truth = case()
    e = minde.conditional_mutual_information(x, y, z, **SETTINGS)
    assert abs(e.value - truth) <= Z_99 * e.std_error
    assert (e.interval[1] - e.interval[0]) / 2 <= 0.12


def of_a_shift():
    x, y, z, given = shifted_by_a_label()
    # H(X) + H(Y) - H(X, Y): along the diagonal the pair is shifted, across it is not.
    alone = mixture_entropy([0, 2, 4], 1.0)
    along = mixture_entropy(np.array([0, 2, 4]) * math.sqrt(2), math.sqrt(1.6))
    across = 0.5 * math.log(2 * math.pi * math.e * 0.4)
    return x, y, z, 2 * alone - along - across - given


def of_a_turned_threshold():
    # The label tells nothing of x unless z is known.
    x, y, z, given = threshold_given_a_label()
    return x, y, z, -given


def of_a_copied_label():
    x, y, z, given = a_copied_label_given_a_number()
    return x, y, z, math.log(2) - float(bernoulli(np.array(0.1))) - given


@pytest.mark.parametrize("case", [of_a_shift, of_a_turned_threshold, of_a_copied_label])
def test_the_interval_holds_the_interaction(case):
    x, y, z, truth = case()
    e = minde.interaction_information(x, y, z, **SETTINGS)
    assert abs(e.value - truth) <= Z_99 * e.std_error
    assert (e.interval[1] - e.interval[0]) / 2 <= 0.2
