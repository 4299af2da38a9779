"""Development tasks: what recipes are chosen on. The benchmark has none of their parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.stats
from bmi.benchmark.tasks import (
    additive_noise,
    bivariate_normal,
    embeddings,
    multinormal,
    normal_cdf,
    spiral,
    student,
)

from minde.experiments.interaction import tasks as interaction
from minde.types import Array


@dataclass(frozen=True)
class DevTask:
    """A task of known truth.

    Attributes:
        dims: Dimension of each variable.
        truth: Mutual information, of more variables O-information, nats.
        draw: Rows of all variables side by side from their number and a seed.
        n_train: Rows to train on.
    """

    dims: tuple[int, ...]
    truth: float
    draw: Callable[[int, int], Array]
    n_train: int = 50_000


def _of_bmi(task: Any) -> DevTask:
    def draw(n: int, seed: int) -> Array:
        return _beside(task.sample(n, seed))

    return DevTask((task.dim_x, task.dim_y), float(task.mutual_information), draw)


def _normal(rho: float, n_train: int) -> DevTask:
    def draw(n: int, seed: int) -> Array:
        x, noise = np.random.default_rng(seed).normal(size=(2, n, 1))
        return _beside([x, rho * x + math.sqrt(1.0 - rho**2) * noise])

    return DevTask((1, 1), -0.5 * math.log(1.0 - rho**2), draw, n_train)


def _channel(f: Callable[[Array], Array], noise: float, law: str = "normal") -> DevTask:
    """Y = f(X) + noise of the same law; the truth is H(Y) - H(noise), by quadrature."""
    grid = np.linspace(-12.0, 12.0, 24_001)
    width = float(grid[1] - grid[0])
    uniform = law == "uniform"

    def density(z: Array, scale: float) -> Array:
        if uniform:
            return np.where(np.abs(z) <= 0.5 * scale, 1.0 / scale, 0.0)
        return np.exp(-0.5 * (z / scale) ** 2) / (scale * math.sqrt(2.0 * math.pi))

    nodes = (np.arange(4000) + 0.5) / 4000
    at = f(nodes - 0.5 if uniform else scipy.stats.norm.ppf(nodes))
    p = np.zeros_like(grid)
    for part in np.array_split(at, 40):
        p += density(grid[:, None] - part, noise).sum(axis=1) / len(at)
    kept = p[p > 0.0]
    h_y = -float((kept * np.log(kept)).sum() * width)
    h_noise = math.log(noise) if uniform else 0.5 * math.log(2.0 * math.pi * math.e * noise**2)

    def draw(n: int, seed: int) -> Array:
        rng = np.random.default_rng(seed)
        if uniform:
            x, e = rng.random((2, n, 1)) - 0.5
        else:
            x, e = rng.normal(size=(2, n, 1))
        return _beside([x, f(x) + noise * e])

    return DevTask((1, 1), h_y - h_noise, draw, 10_000)


def _blobs(centres: Sequence[tuple[float, float]], size: float) -> DevTask:
    """Equal round blobs in a plane; the truth by quadrature over it."""
    grid = np.linspace(-8.0, 8.0, 801)
    c = np.array(centres)

    def bell(z: Array) -> Array:
        return np.exp(-0.5 * (z / size) ** 2) / (size * math.sqrt(2.0 * math.pi))

    px, py = (np.array([bell(grid - m) for m in c[:, k]]) for k in (0, 1))
    joint, width = px.T @ py / len(c), float(grid[1] - grid[0])
    outer = px.mean(axis=0)[:, None] * py.mean(axis=0)
    ratio = np.log(np.maximum(joint, 1e-300) / np.maximum(outer, 1e-300))
    truth = float((joint * ratio).sum() * width**2)

    def draw(n: int, seed: int) -> Array:
        rng = np.random.default_rng(seed)
        return c[rng.integers(len(c), size=n)] + size * rng.normal(size=(n, 2))

    return DevTask((1, 1), truth, draw, 10_000)


def _independent(dim: int, law: str) -> DevTask:
    def draw(n: int, seed: int) -> Array:
        rng = np.random.default_rng(seed)
        size = (n, 2 * dim)
        return rng.normal(size=size) if law == "normal" else rng.standard_cauchy(size)

    return DevTask((dim, dim), 0.0, draw, 10_000)


def _normals(covariance: Array, dim_x: int) -> DevTask:
    """Jointly normal columns, those of x first."""
    root, dim = np.linalg.cholesky(covariance), len(covariance)
    parts = [covariance[:dim_x, :dim_x], covariance[dim_x:, dim_x:], covariance]
    x, y, both = (float(np.linalg.slogdet(part)[1]) for part in parts)

    def draw(n: int, seed: int) -> Array:
        return np.random.default_rng(seed).normal(size=(n, dim)) @ root.T

    return DevTask((dim_x, dim - dim_x), 0.5 * (x + y - both), draw, 10_000)


def _chains(dim: int, shared: Sequence[float]) -> Array:
    """Two sides whose columns are chains of correlation 0.8, and share some innovations."""
    steps = np.arange(dim)
    within = 0.8 ** np.abs(steps[:, None] - steps)
    root, both = np.linalg.cholesky(within), np.zeros((dim, dim))
    both[np.arange(len(shared)) * 5, np.arange(len(shared)) * 5] = shared
    cross = root @ both @ root.T
    return np.block([[within, cross], [cross.T, within]])


def _apart(dim: int) -> Array:
    """Two independent sides, in each of which columns share three factors."""
    loading = np.random.default_rng(7).normal(size=(dim, 3))
    own = loading @ loading.T + np.eye(dim)
    return np.kron(np.eye(2), own)


def _interaction(task_id: str) -> DevTask:
    task = interaction.parse(task_id)

    def draw(n: int, seed: int) -> Array:
        return _beside(interaction.draw(task_id, n, seed)[0])

    return DevTask((task.dim,) * task.n_variables, interaction.truth(task), draw)


def _beside(variables: Sequence[Any]) -> Array:
    return np.concatenate([np.array(v, dtype=np.float64) for v in variables], axis=1)


DEV_TASKS: dict[str, Callable[[], DevTask]] = {
    "student": lambda: _of_bmi(student.task_student_identity(dim_x=2, dim_y=2, df=4)),
    "additive": lambda: _of_bmi(additive_noise.task_additive_noise(epsilon=0.3)),
    "spiral": lambda: _of_bmi(
        spiral.transform_spiral_task(multinormal.task_multinormal_2pair(3, 3, strength=1.5))
    ),
    "swiss": lambda: _of_bmi(
        embeddings.transform_swissroll_task(
            normal_cdf.transform_normal_cdf_task(
                bivariate_normal.task_bivariate_normal(gaussian_correlation=0.6)
            ),
            task_name="Swiss roll, correlation 0.6",
        )
    ),
    # Few rows.
    "normal": lambda: _normal(0.9, 10_000),
    "sine": lambda: _channel(lambda x: np.sin(2.0 * x), 0.3),
    "curve": lambda: _channel(np.abs, 0.5),
    "uniform": lambda: _channel(lambda x: x, 0.4, "uniform"),
    "narrow": lambda: _channel(lambda x: x, 0.15, "uniform"),
    "blobs": lambda: _blobs([(-3, 1), (0, -2), (2, 2), (3, -1)], 0.7),
    "independent": lambda: _independent(1, "normal"),
    "heavy": lambda: _independent(3, "cauchy"),
    "dense4": lambda: _of_bmi(multinormal.task_multinormal_dense(4, 4, off_diag=0.4)),
    "sparse15": lambda: _of_bmi(multinormal.task_multinormal_2pair(15, 15, strength=1.5)),
    "student6": lambda: _of_bmi(student.task_student_identity(dim_x=4, dim_y=4, df=2)),
    "spiral_cdf": lambda: _of_bmi(
        spiral.transform_spiral_task(
            normal_cdf.transform_normal_cdf_task(
                multinormal.task_multinormal_2pair(4, 4, strength=1.5)
            )
        )
    ),
    "spiral15": lambda: _of_bmi(
        spiral.transform_spiral_task(multinormal.task_multinormal_2pair(15, 15, strength=1.5))
    ),
    "dense20": lambda: _of_bmi(multinormal.task_multinormal_dense(20, 20, off_diag=0.3)),
    "dense40": lambda: _of_bmi(multinormal.task_multinormal_dense(40, 40, off_diag=0.4)),
    "chains20": lambda: _normals(_chains(20, (0.8, 0.6)), 20),
    "apart20": lambda: _normals(_apart(20), 20),
    # Three and six variables, their O-information.
    "common_cause": lambda: _interaction("common_cause-d1-0.3-1"),
    "sum": lambda: _interaction("sum-d1-0.3"),
    "xor": lambda: _interaction("xor-d2"),
    "mixed6": lambda: _interaction("mixed6-d1-1"),
}

#: Tasks of two variables for settling what suits few rows.
SMALL = (
    "normal", "independent", "heavy", "sine", "curve", "uniform", "narrow", "blobs", "student",
    "student6", "additive", "swiss", "dense4", "sparse15", "spiral", "spiral_cdf", "spiral15",
    "dense20", "dense40", "chains20", "apart20",
)  # fmt: skip
