"""Means of columns given others: rows left out, other folds, and a line where that is all."""

import numpy as np
import pytest
import torch

from minde.estimators.kernel_means import RIDGES, WIDTHS, Kernel, chosen, told_means
from minde.training.job import Fold, make_folds


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).double()


def test_kernels_are_what_they_are_called():
    a, b = draw(5, 3), draw(4, 3, seed=1)
    each = torch.exp(-(a[:, None] - b[None]).square() / (2 * 0.4**2))
    wanted = {
        "together": each.prod(-1),
        "columns": each.mean(-1),
        "pairs": 0.5 * each.mean(-1)
        + 0.5
        * torch.stack([each[..., i] * each[..., j] for i, j in ((0, 1), (0, 2), (1, 2))]).mean(0),
    }
    for sort, kernel in wanted.items():
        torch.testing.assert_close(Kernel(sort, 0.4)(a, b), kernel)
        assert float(Kernel(sort, 0.4)(a, a).diagonal().sub(1.0).abs().max()) < 1e-12


@pytest.mark.parametrize("sort", ["together", "columns", "pairs"])
def test_features_have_the_kernel_as_their_products(sort):
    rows = draw(60, 2)
    kernel = Kernel(sort, 0.8)
    features = kernel.features(rows, rows)
    torch.testing.assert_close(features @ features.T, kernel(rows, rows), atol=1e-6, rtol=0)


def left_out(left, given, kernel, ridge):
    """Squared error of each row by a fit to the others, one by one."""
    gram = kernel(given, given)
    errors = []
    for i in range(len(left)):
        others = [j for j in range(len(left)) if j != i]
        inner = gram[others][:, others] + ridge * torch.eye(len(others)).double()
        told = gram[i, others] @ torch.linalg.solve(inner, left[others])
        errors.append((left[i] - told) ** 2)
    return float(torch.stack(errors).mean())


def test_the_choice_has_the_least_error_of_rows_left_out_one_by_one():
    given = draw(80, 1)
    target = torch.sin(3.0 * given) + 0.3 * draw(80, 1, seed=1)
    kernel, ridge = chosen(target, given)[0]
    columns = torch.cat([torch.ones_like(given), given], dim=1)
    left = (target - columns @ torch.linalg.lstsq(columns, target).solution)[:, 0]
    errors = {
        (width, r): left_out(left, given, Kernel("together", width), r)
        for width in WIDTHS
        for r in RIDGES
    }
    best = min(errors.values())
    # Eigenvalues that round to nothing are left out of one and not of the other.
    assert errors[kernel.width, ridge] == pytest.approx(best, rel=1e-4)


def test_no_row_tells_its_own_mean():
    n = 300
    given, folds = draw(n, 1), make_folds(n, 0.2, 5, 0)
    target = torch.sin(3.0 * given) + 0.3 * draw(n, 1, seed=1)
    before = told_means(target, given, folds)[0]
    other = target.clone()
    row = int(folds[2].test[0])
    other[row] += 0.5
    after = told_means(other, given, folds)[0]
    assert before.bends
    same = torch.zeros(n, dtype=torch.bool)
    same[torch.from_numpy(folds[2].test)] = True
    # Another target may choose another ridge, and this one does not.
    assert chosen(other, given) == chosen(target, given)
    torch.testing.assert_close(after.told[same], before.told[same])
    assert not torch.allclose(after.told[~same], before.told[~same])


def test_what_a_mean_may_be_off_by_is_the_posterior_variance():
    n = 200
    given, fold = draw(n, 1), Fold(np.arange(150), np.arange(150, n))
    target = torch.sin(2.0 * given) + 0.3 * draw(n, 1, seed=1)
    (mean,), ((kernel, ridge),) = told_means(target, given, [fold]), chosen(target, given)
    train, test = given[:150], given[150:]
    inner = kernel(train, train) + ridge * torch.eye(150).double()
    across = kernel(test, train)
    variance = 1.0 - (across @ torch.linalg.inv(inner) * across).sum(1)
    # A line of two coefficients beside it.
    torch.testing.assert_close(mean.off[150:] - 2 / 150, variance / ridge, atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("dim", [1, 4])
def test_of_normal_rows_a_line_is_all(dim):
    n = 300
    folds = make_folds(n, 0.2, 5, 0)
    for seed in range(10):
        given = draw(n, dim, seed=seed)
        targets = given @ draw(dim, 3, seed=99) + draw(n, 3, seed=50 + seed)
        assert not any(mean.bends for mean in told_means(targets, given, folds))


@pytest.mark.parametrize(
    ("function", "dim"),
    [
        (lambda z: torch.sin(6.0 * z[:, 0]), 1),
        (lambda z: z[:, 0] * z[:, 1], 3),
        (lambda z: torch.sin(2.0 * z).sum(1), 5),
    ],
    ids=["wave", "product", "sum of waves"],
)
def test_what_bends_is_told_to_the_noise(function, dim):
    n = 1000
    given, noise = draw(n, dim), draw(n, seed=1)
    target = (function(given) + 0.3 * noise)[:, None]
    mean = told_means(target, given, make_folds(n, 0.2, 5, 0))[0]
    assert mean.bends
    # The noise has 0.09, a line leaves 0.5 at least.
    assert 0.08 < float(mean.left.square().mean()) < 0.16
    # The law is smoother than the kernel's functions in places, and not elsewhere.
    error = float((mean.told - function(given)).square().mean())
    assert error < 1.5 * 0.09 * float(mean.off.mean()) < 0.15
