"""Mixed variables with short trainings, against closed forms."""

import math

import numpy as np
import pytest

from minde import MINDE
from minde.columns import Column, Variable

pytestmark = pytest.mark.slow
N = 2000
#: Two seeds and a third of the steps, so that the five take some minutes in all.
SETTINGS = {"n_seeds": 2, "device": "cpu", "options": {"n_steps": 1200, "width": 32}}

#: Six draws are asked at once: at 99% each all hold in 94 of 100 such suites, at 95% in 74.
Z_99 = 2.576


def rng(seed):
    return np.random.default_rng(seed)


def normal_pair(rho, n=N):
    z = rng(0).normal(size=(n, 2))
    z[:, 1] = rho * z[:, 0] + math.sqrt(1 - rho**2) * z[:, 1]
    return z


def gaussian(rho):
    return -0.5 * math.log(1 - rho**2)


def table_information(p):
    return float((p * np.log(p / np.outer(p.sum(1), p.sum(0)))).sum())


def shared_zeros():
    zero = rng(1).random(N) < 0.7
    x, y = np.where(zero[:, None], 0.0, np.exp(normal_pair(0.7))).T
    return x, y, -0.7 * math.log(0.7) - 0.3 * math.log(0.3) + 0.3 * gaussian(0.7)


def zeros_of_their_own():
    u = rng(1).random(N)
    a, b = u < 0.6, (u < 0.5) | ((u >= 0.6) & (u < 0.7))
    x, y = normal_pair(0.8).T
    p = np.array([[0.3, 0.1], [0.1, 0.5]])
    truth = table_information(p) + 0.5 * gaussian(0.8)
    return np.where(a, x, 0.0), np.where(b, y, 0.0), truth


def gaussian_classes():
    """Two classes of opposite means in four dimensions: one number matters, by quadrature."""
    label = rng(1).integers(0, 2, N)
    # Means of +-1/2 in each of four dimensions: +-1 along the diagonal.
    x = rng(2).normal(size=(N, 4)) + (label[:, None] - 0.5)
    t = np.linspace(-9, 9, 20001)
    parts = [np.exp(-0.5 * (t - m) ** 2) / math.sqrt(2 * math.pi) for m in (-1.0, 1.0)]
    mean = 0.5 * (parts[0] + parts[1])
    density = 0.5 * sum(p * np.log(np.maximum(p, 1e-300) / mean) for p in parts)
    return x, np.array(["a", "b"])[label], float(density.sum() * (t[1] - t[0]))


def two_columns_each():
    first = rng(1).integers(0, 3, N)
    second = np.where(rng(2).random(N) < 0.25, (first + rng(3).integers(1, 3, N)) % 3, first)
    u, v = normal_pair(0.7).T
    names = np.array(["r", "g", "b"], dtype=object)
    x = Variable("x", (Column("L", names[first], "label"), Column("u", first + u, "float")))
    y = Variable("y", (Column("M", names[second], "label"), Column("v", v - second, "float")))
    p = np.full((3, 3), 0.25 / 6)
    np.fill_diagonal(p, 0.25)
    return x, y, table_information(p) + gaussian(0.7)


def independent_labels():
    return normal_pair(0.5), rng(1).integers(0, 4, N), 0.0


CASES = [shared_zeros, zeros_of_their_own, gaussian_classes, two_columns_each, independent_labels]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_the_interval_holds_the_closed_form(case):
    x, y, truth = case()
    e = MINDE(**SETTINGS).fit(x, y).mutual_information()
    assert abs(e.value - truth) <= Z_99 * e.std_error
    assert (e.interval[1] - e.interval[0]) / 2 <= 0.1


def test_independent_ties_hold_zero():
    x, y = (np.round(rng(k).normal(size=N), 1) for k in (1, 2))
    e = MINDE(**SETTINGS).fit(x, y).mutual_information()
    assert abs(e.value) <= Z_99 * e.std_error
