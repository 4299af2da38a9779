r"""Three and six variables of known interaction: redundancy, synergy, and both (Figure 11).

Constructions, each in ``dim`` independent dimensions, noise :math:`N(0, v I)`:

- ``common_cause`` (the paper's): A ~ N(0, I), B = A + N(0, εI), C = A + N(0, ρI). Redundant.
- ``sum``: A, B ~ N(0, I) independent, C = A + B + N(0, vI). Synergistic, and the pairs that hold C
  are dependent.
- ``xor``: A, B ~ N(0, I) independent, C = sign(A B) |N(0, I)|. Every pair is independent and
  Gaussian, and :math:`I(A; B \mid C) = \ln 2` a dimension.
- ``redundant6``: two independent groups of three noisy copies of a common cause.
- ``synergistic6``: two independent groups of ``sum``.
- ``mixed6``: one group of each; they partly cancel.

The truth is the O-information, which of three variables is the interaction information
:math:`I(A; B) - I(A; B \mid C)`; the groups' values add up. Of Gaussians it follows from
determinants.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from minde.errors import ConfigError
from minde.experiments.task import TaskInfo
from minde.types import Array

SUITE = "interaction"


class Kind(NamedTuple):
    """What a construction is called, its number of variables and of noise levels."""

    label: str
    n_variables: int
    n_noises: int


CONSTRUCTIONS = {
    "common_cause": Kind("Common cause", 3, 2),
    "sum": Kind("Sum", 3, 1),
    "xor": Kind("XOR", 3, 0),
    "redundant6": Kind("Redundant, 6 variables", 6, 1),
    "synergistic6": Kind("Synergistic, 6 variables", 6, 1),
    "mixed6": Kind("Mixed, 6 variables", 6, 1),
}


@dataclass(frozen=True)
class Construction:
    """A task: construction, dimension of each variable, variances of the noise."""

    name: str
    dim: int
    noise: tuple[float, ...]

    @property
    def task_id(self) -> str:
        """Identifier, such as ``common_cause-d3-0.5-1``."""
        return "-".join([self.name, f"d{self.dim}", *(f"{v:g}" for v in self.noise)])

    @property
    def n_variables(self) -> int:
        """Three or six."""
        return CONSTRUCTIONS[self.name].n_variables


def parse(task: str) -> Construction:
    """The construction of an identifier; ConfigError if it is none."""
    name, *parts = task.split("-")
    try:
        dim, noise = int(parts[0].removeprefix("d")), tuple(float(v) for v in parts[1:])
    except (IndexError, ValueError):
        dim, noise = 0, ()
    good = dim > 0 and all(v > 0.0 for v in noise)
    if name not in CONSTRUCTIONS or not good or len(noise) != CONSTRUCTIONS[name].n_noises:
        raise ConfigError(f"interaction: '{task}' is not a task such as 'common_cause-d3-0.5-1'")
    return Construction(name, dim, noise)


def interaction_tasks(names: list[str], dims: list[int], noise: list[float]) -> list[TaskInfo]:
    """Every construction at every dimension and noise; of two noises, every pair."""
    found = []
    for name in (n for n in CONSTRUCTIONS if n in names):
        kind = CONSTRUCTIONS[name]
        grid = list(itertools.product(noise, repeat=kind.n_noises))
        for dim in dims:
            for chosen in grid:
                task = Construction(name, dim, chosen)
                values = ", ".join(f"{v:g}" for v in chosen)
                label = f"{kind.label} (dim {dim}{', noise ' + values if values else ''})"
                found.append(
                    TaskInfo(task.task_id, label, dim, dim, (dim,) * (kind.n_variables - 2))
                )
    return found


def covariance(task: Construction) -> Array:
    """Covariance of one dimension of every variable; ConfigError for ``xor``, not Gaussian."""
    if task.name == "common_cause":
        epsilon, rho = task.noise
        common: Array = np.ones((3, 3)) + np.diag([0.0, epsilon, rho])
        return common
    if task.name == "xor":
        raise ConfigError("interaction: xor is not Gaussian")
    v = task.noise[0]
    copies = np.ones((3, 3)) + v * np.eye(3)
    total = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 1.0, 2.0 + v]])
    if task.name == "sum":
        return total
    groups = {
        "redundant6": (copies, copies),
        "synergistic6": (total, total),
        "mixed6": (copies, total),
    }
    first, second = groups[task.name]
    whole = np.zeros((6, 6))
    whole[:3, :3], whole[3:, 3:] = first, second
    return whole


def o_information(cov: Array) -> float:
    r"""O-information of scalar Gaussians, nats.

    .. math::
        \Omega = \tfrac12 \sum_i \left[\ln \Sigma_{ii}
        - \ln (\Sigma^{-1})_{ii}\right] - \ln \det \Sigma,

    since :math:`H(X_i \mid X_{-i}) = \tfrac12 \ln (2 \pi e / (\Sigma^{-1})_{ii})` in
    :math:`\Omega = \sum_i H(X_i) - 2 H(X) + \sum_i H(X_i \mid X_{-i})`.

    References:
        Rosas et al., Physical Review E 100, 032305, 2019.
    """
    singles = np.log(np.diag(cov)) - np.log(np.diag(np.linalg.inv(cov)))
    return float(0.5 * singles.sum() - np.linalg.slogdet(cov)[1])


def truth(task: Construction) -> float:
    """O-information of a task, nats; dimensions are independent and add up."""
    if task.name == "xor":
        return -task.dim * math.log(2.0)
    return task.dim * o_information(covariance(task))


def draw(task_id: str, n: int, seed: int) -> tuple[list[Array], float]:
    """Draw ``n`` points of a task.

    Returns:
        One array (n, dim) a variable, and the true O-information in nats.
    """
    task = parse(task_id)
    rng = np.random.default_rng([seed, n])
    if task.name == "xor":
        a, b, c = rng.normal(size=(3, n, task.dim))
        return [a, b, np.sign(a * b) * np.abs(c)], truth(task)
    root = np.linalg.cholesky(covariance(task))
    points = rng.normal(size=(n, task.dim, task.n_variables)) @ root.T
    return [points[:, :, k] for k in range(task.n_variables)], truth(task)
