"""Mutual information of every pair of several variables, all networks trained together."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from minde.ensemble.ensemble import Ensemble
from minde.ensemble.train import train
from minde.errors import InputError
from minde.estimators.mixed import estimate_mixed
from minde.estimators.networks import Network, networks
from minde.estimators.settings import Settings, with_options
from minde.estimators.sides import Sides
from minde.inputs import read_variables
from minde.kinds import Kind, asked_kinds
from minde.readout.estimate import MIEstimate
from minde.types import Array


@dataclass(frozen=True)
class PairwiseMI:
    """Estimates of all pairs.

    Attributes:
        names: The variables.
        estimates: By pair of names, in the order of ``names``.
    """

    names: tuple[str, ...]
    estimates: dict[tuple[str, str], MIEstimate]

    def __getitem__(self, pair: tuple[str, str]) -> MIEstimate:
        """The estimate of a pair, in either order."""
        a, b = pair
        return self.estimates[(a, b) if (a, b) in self.estimates else (b, a)]

    @property
    def unit(self) -> str:
        """``nats`` or ``bits``."""
        return next(iter(self.estimates.values())).unit

    def to(self, unit: str) -> PairwiseMI:
        """The same in another unit, ``nats`` or ``bits``."""
        return replace(self, estimates={k: e.to(unit) for k, e in self.estimates.items()})

    def matrix(self) -> Array:
        """Values, (K, K); symmetric, nan on the diagonal, where the truth is infinite."""
        out = np.full((len(self.names), len(self.names)), np.nan)
        for i, j in itertools.combinations(range(len(self.names)), 2):
            out[i, j] = out[j, i] = self.estimates[self.names[i], self.names[j]].value
        return out

    def to_records(self) -> list[dict[str, Any]]:
        """One row per pair, of most information first: x, y, value, std_error, low, high, unit."""
        rows = [
            {
                "x": x,
                "y": y,
                "value": found.value,
                "std_error": found.std_error,
                "low": found.interval[0],
                "high": found.interval[1],
                "unit": found.unit,
            }
            for (x, y), found in self.estimates.items()
        ]
        return sorted(rows, key=lambda row: -float(str(row["value"])))


def pairwise_mutual_information(
    variables: Mapping[str, Any],
    *,
    kinds: Mapping[str, Kind] | None = None,
    settings: Settings | None = None,
    **options: Any,
) -> PairwiseMI:
    r"""Mutual information :math:`I(X_i; X_j)` of every pair of variables, by MINDE-C, in nats.

    Each pair is estimated in both directions as by :class:`minde.MINDE`. All
    :math:`K (K - 1)` networks per seed are trained in one loop per core (on a GPU in one),
    whatever the variables' dimensions, which is faster than one pair at a time.

    Arguments:
        variables: By name, each (rows, dim) or (rows,); a data frame of single columns will do.
        kinds: ``continuous``, ``discrete`` or ``categorical`` by name of a variable or a column;
            the rest is inferred.
        settings: How to fit.
        **options: Fields of :class:`Settings` to replace.

    Raises:
        InputError: If there are fewer than two variables, or one cannot be used.

    Examples:
        >>> import numpy as np
        >>> import minde
        >>> rng = np.random.default_rng(0)
        >>> a, b = rng.normal(size=(2, 2000))
        >>> tiny = {"n_seeds": 1, "options": {"n_steps": 64, "width": 16, "batch_size": 64}}
        >>> found = minde.pairwise_mutual_information({"a": a, "b": b, "sum": a + b}, **tiny)
        >>> bool(found["a", "sum"].value > found["a", "b"].value)
        True

    References:
        Franzese, Bounoua, Michiardi, MINDE, ICLR 2024, Eq. 18-19.
    """
    chosen = with_options(settings, options)
    names = [str(name) for name in variables]
    if len(names) < 2 or len(set(names)) < len(names):
        raise InputError(f"pairwise: needs two variables or more of different names, got {names}")
    given = {name: variables[key] for name, key in zip(names, variables, strict=True)}
    known, told = read_variables(given, option="", keep_constants=True)
    asked = asked_kinds([*known.values()], kinds)
    pairs: dict[tuple[str, str], tuple[Sides, dict[str, Network]]] = {}
    for x, y in itertools.combinations(names, 2):
        sides = Sides.fit((known[x], known[y]), asked, chosen.random_state)
        sides = replace(sides, warnings=(*told, *sides.warnings))
        pairs[x, y] = (
            sides,
            networks(sides.quantity, sides.layouts, sides.sides, chosen.random_state),
        )
    # Networks of one diffused variable side by side, as they are in the loops.
    nets = {
        (x, y): pairs[x, y][1].get("x|y") if (x, y) in pairs else pairs[y, x][1].get("y|x")
        for x, y in itertools.permutations(names, 2)
    }
    jobs = {pair: net.job(chosen) for pair, net in nets.items() if net is not None}
    trained: list[Ensemble] = []
    if jobs:
        trained = train([*jobs.values()], chosen.device, progress=chosen.progress)
    ensembles = dict(zip(jobs, trained, strict=True))
    estimates = {}
    for (x, y), (sides, found) in pairs.items():
        own = {d: ensembles[(x, y) if d == "x|y" else (y, x)] for d in found}
        estimates[x, y] = estimate_mixed(sides, found, own, chosen)
    return PairwiseMI(tuple(names), estimates)
