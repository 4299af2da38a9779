"""Mutual information of every pair of several variables, all networks trained together."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np

from minde.columns import Variable
from minde.device import pick_device
from minde.ensemble.ensemble import Ensemble
from minde.errors import InputError
from minde.estimators.coding import by_ranks
from minde.estimators.many import MANY, by_sentence, settings_of_many, with_note
from minde.estimators.mixed import estimate_mixed
from minde.estimators.networks import Network, networks
from minde.estimators.quantity import MUTUAL, Quantity
from minde.estimators.settings import Settings
from minde.estimators.sides import Sides
from minde.inputs import read_variables
from minde.kinds import Kind, asked_kinds
from minde.readout.estimate import MIEstimate
from minde.training.side_by_side import in_lanes
from minde.types import Array

Key = TypeVar("Key")
#: A quantity and its variables.
Question = tuple[Quantity, Sequence[Variable]]

#: Memory that their loops may take on a CPU: more at once is not faster there.
LOOP_BYTES = 1_500_000_000


@dataclass(frozen=True)
class PairwiseMI:
    """Estimates of all pairs.

    Attributes:
        names: The variables.
        estimates: By pair of names, in the order of ``names``.
        left_out: Why a pair has no estimate, by pair of names.
    """

    names: tuple[str, ...]
    estimates: dict[tuple[str, str], MIEstimate]
    left_out: dict[tuple[str, str], str] = field(default_factory=dict)

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
        """Values, (K, K); symmetric.

        There is nan on the diagonal, where the truth is infinite, and for pairs left out.
        """
        out = np.full((len(self.names), len(self.names)), np.nan)
        for i, j in itertools.combinations(range(len(self.names)), 2):
            if (pair := (self.names[i], self.names[j])) in self.estimates:
                out[i, j] = out[j, i] = self.estimates[pair].value
        return out

    @property
    def lost(self) -> list[str]:
        """A sentence on each pair that has no estimate."""
        return [f"left out {x}, {y}: {why}" for (x, y), why in self.left_out.items()]

    @property
    def warnings(self) -> tuple[str, ...]:
        """Of what was left out, and of every pair, each sentence once."""
        pairs = [(row["x"], row["y"]) for row in self.to_records()]
        told = ((f"({x}, {y})", self[x, y].warnings) for x, y in pairs)
        return (*self.lost, *by_sentence(told, "pair"))

    def to_records(self) -> list[dict[str, Any]]:
        """One row per pair, of most information first: x, y, value, std_error, low, high, unit."""
        rows = [{"x": x, "y": y, **found.record()} for (x, y), found in self.estimates.items()]
        return sorted(rows, key=lambda row: -float(str(row["value"])))


def pairwise_mutual_information(
    variables: Mapping[str, Any],
    *,
    groups: Any = None,
    kinds: Mapping[str, Kind] | None = None,
    settings: Settings | None = None,
    **options: Any,
) -> PairwiseMI:
    r"""Mutual information :math:`I(X_i; X_j)` of every pair of variables, by MINDE-C, in nats.

    Each pair is estimated in both directions as by :class:`minde.MINDE`. All
    :math:`K (K - 1)` networks per seed are trained in one loop per core (on a GPU in one),
    whatever the variables' dimensions, which is faster than one pair at a time. Where nothing is
    said of seeds, folds and options, more than MANY pairs are read by a fraction of the work,
    and a warning says so.

    Arguments:
        variables: By name, each (rows, dim) or (rows,); a data frame of single columns will do.
        kinds: ``continuous``, ``discrete`` or ``categorical`` by name of a variable or a column;
            the rest is inferred.
        groups: (rows,), which rows belong together (see :meth:`minde.MINDE.fit`).
        settings: How to fit.
        **options: Fields of :class:`Settings` to replace.

    Raises:
        InputError: If there are fewer than two variables, or no pair can be read. A pair that
            cannot, beside others that can, is left out with its reason.

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
    names = [str(name) for name in variables]
    count = len(names) * (len(names) - 1) // 2
    chosen, light = settings_of_many(settings, options, count, "pairs")
    if len(names) < 2 or len(set(names)) < len(names):
        raise InputError(f"pairwise: needs two variables or more of different names, got {names}")
    given = {name: variables[key] for name, key in zip(names, variables, strict=True)}
    known, told = read_variables(given, option="", keep_constants=True, groups=groups)
    kept, copies = chosen.apart([*known.values()])
    known, told = dict(zip(names, kept, strict=True)), (*told, *copies)
    asked = asked_kinds(kept, kinds)
    pairs = itertools.combinations(names, 2)
    questions = {(x, y): (MUTUAL, (known[x], known[y])) for x, y in pairs}
    found, left_out = answers(questions, asked, chosen, told)
    found = {pair: with_note(e, light) for pair, e in found.items()}
    if not found:
        raise InputError(f"pairwise: no pair can be read; {next(iter(left_out.values()))}")
    return PairwiseMI(tuple(names), found, left_out)


def answers(
    questions: Mapping[Key, Question],
    asked: Mapping[tuple[str, str], Kind],
    settings: Settings,
    told: tuple[str, ...] = (),
) -> tuple[dict[Key, MIEstimate], dict[Key, str]]:
    """Estimates of many quantities, all their networks trained together.

    Arguments:
        questions: A quantity and its variables, by whatever they are called.
        asked: Kinds that were asked for (see ``minde.kinds.asked_kinds``).
        settings: How to fit.
        told: Sentences on the data, of all of them.

    Returns:
        The estimates, and why the others cannot be read.
    """
    ready: dict[Key, tuple[Sides, dict[str, Network], Settings]] = {}
    left_out: dict[Key, str] = {}
    for key, (quantity, variables) in questions.items():
        try:
            own, ordered = settings.for_rows(variables)
            fit = asked, own.random_state, quantity, own.gap, own.directions, by_ranks(own)
            sides = Sides.fit(variables, *fit)
        except InputError as error:
            left_out[key] = str(error)
            continue
        sides = replace(sides, warnings=(*told, *ordered, *sides.warnings))
        nets = networks(quantity, sides.layouts, sides.sides, own.random_state)
        ready[key] = sides, nets, own
    # Networks of one diffused variable side by side, as they are in the loops.
    jobs = {
        (key, name): (questions[key][1][sides.layouts[name].own].name, net.job_with_half(own))
        for key, (sides, nets, own) in ready.items()
        for name, net in nets.items()
    }
    order = sorted(jobs, key=lambda at: jobs[at][0])
    trained: list[Ensemble] = []
    if jobs:
        loop = [jobs[at][1] for at in order]
        cpu = pick_device(settings.device).type == "cpu"
        memory = LOOP_BYTES if cpu and len(loop) > MANY else None
        trained = settings.train(loop, memory)
    ensembles = dict(zip(order, trained, strict=True))

    def estimate(key: Key) -> MIEstimate:
        sides, nets, own = ready[key]
        return estimate_mixed(sides, nets, {d: ensembles[key, d] for d in nets}, own)

    found = dict(zip(ready, in_lanes(estimate, [*ready]), strict=True))
    return found, left_out
