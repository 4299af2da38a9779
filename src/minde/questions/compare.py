"""MINDE beside other estimators on one sample, and which of them to trust."""

from __future__ import annotations

import contextlib
import math
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any

import numpy as np

from minde.baselines.jax_cache import use_jax_cache
from minde.baselines.kinds import KINDS
from minde.columns import Variable
from minde.errors import InputError, nearest
from minde.estimators.minde import MINDE
from minde.estimators.settings import Settings, cross_fitted
from minde.inputs import read_variables
from minde.kinds import Decision, Kind, asked_kinds, decide
from minde.questions.advice import Facts, advise
from minde.readout.estimate import MIEstimate
from minde.readout.units import conversion
from minde.stages.samples import Samples, told_apart
from minde.stages.worker import answer_on
from minde.training.job import make_folds

#: Label, package that it needs and options of each, beside MINDE.
METHODS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "ksg": ("KSG", "bmi", {}),
    "mixed_ksg": ("KSG (mixed)", "sklearn", {}),
    "cca": ("CCA", "bmi", {}),
    "mixture_of_gaussians": ("mixture of Gaussians", "torch", {}),
    "smile": ("SMILE", "torch", {"max_n_steps": 2000, "test_every_n_steps": 100}),
    "infonce": ("InfoNCE", "bmi", {"max_n_steps": 500, "test_every_n_steps": 100}),
}
#: All but the one that takes minutes.
USUAL = tuple(name for name in METHODS if name != "infonce")
#: What to install for a package.
_INSTALL = {"bmi": "'minde[bmi]'", "sklearn": "scikit-learn"}
_TEST_SIZE = 0.2


@dataclass(frozen=True)
class Compared:
    """One estimator's answer, nats.

    Attributes:
        name: ``minde``, or the estimator's.
        label: In tables.
        value: Not a number where there is none.
        interval: 95%, if the estimator has one.
        seconds: It took.
        status: ``ok``, or why there is no value.
    """

    name: str
    label: str
    value: float
    interval: tuple[float, float] | None
    seconds: float
    status: str


@dataclass(frozen=True)
class Comparison:
    """Estimates of one mutual information.

    Attributes:
        found: MINDE's first.
        estimate: MINDE's, nats.
        facts: Of the sample.
        unit: Of :meth:`to_records` and of the advice's numbers.
    """

    found: tuple[Compared, ...]
    estimate: MIEstimate
    facts: Facts
    unit: str = "nats"

    def to(self, unit: str) -> Comparison:
        """The same in another unit, ``nats`` or ``bits``."""
        conversion(self.unit, unit)
        return replace(self, unit=unit)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Of MINDE's estimate."""
        return self.estimate.warnings

    @property
    def advice(self) -> str:
        """Which to trust, and why the others differ, by rule."""
        values = {c.name: c.value for c in self.found[1:] if c.status == "ok"}
        labels = {c.name: c.label for c in self.found}
        return advise(self.estimate, values, labels, self.facts, self.unit)

    def to_records(self) -> list[dict[str, Any]]:
        """A row per estimator: estimator, value, low, high, unit, seconds, status."""
        by = conversion("nats", self.unit)
        rows = []
        for c in self.found:
            ends = [by * end for end in c.interval] if c.interval else [None, None]
            rows.append(
                {
                    "estimator": c.label,
                    "value": None if math.isnan(c.value) else by * c.value,
                    "low": ends[0],
                    "high": ends[1],
                    "unit": self.unit,
                    "seconds": c.seconds,
                    "status": c.status,
                }
            )
        return rows


def compare(
    x: Any,
    y: Any,
    *,
    kinds: Mapping[str, Kind] | None = None,
    settings: Settings | None = None,
    methods: Sequence[str] = USUAL,
    **options: Any,
) -> Comparison:
    """Mutual information by MINDE and others on the same rows, and a sentence on which to trust.

    MINDE reads all rows by cross-fitting, KSG and CCA all at once; the mixture and the critics are
    fitted on four fifths and read on one. What does not take the columns, or needs a package that
    is not installed, is left out and says why. Only MINDE has an interval.

    Arguments:
        x: (rows, dim_x) or (rows,); numbers, truth values or labels.
        y: (rows, dim_y) or (rows,).
        kinds: ``continuous``, ``discrete`` or ``categorical`` by name; the rest is inferred.
        settings: How MINDE is fitted; as :class:`minde.MINDE` by default.
        methods: Others, of ``ksg``, ``mixed_ksg``, ``cca``, ``mixture_of_gaussians``, ``smile``
            and, slow and so not by default, ``infonce``.
        **options: Fields of :class:`minde.Settings` to replace.

    Raises:
        InputError: If the samples cannot be used, or a method is unknown.

    Examples:
        >>> import numpy as np
        >>> import minde
        >>> rng = np.random.default_rng(0)
        >>> x = rng.integers(0, 3, 2000)
        >>> y = np.where(rng.random(2000) < 0.5, x, rng.integers(0, 3, 2000))
        >>> found = minde.compare(x, y, methods=["cca", "mixed_ksg"])
        >>> [row["status"] for row in found.to_records()]
        ['ok', 'left out: takes continuous columns alone, and x[0] is none', 'ok']
    """
    chosen = cross_fitted(settings, options)
    for name in methods:
        if name not in METHODS:
            raise InputError(f"compare: unknown method '{name}'{nearest(name, [*METHODS])}")
    read, told = read_variables({"x": x, "y": y}, option="")
    variables, copies = chosen.apart([*read.values()])
    told = (*told, *copies)
    asked = asked_kinds(variables, kinds)
    decisions = [[decide(c, asked.get((v.name, c.name))) for c in v.columns] for v in variables]
    started = time.perf_counter()
    model = MINDE(**vars(chosen), kinds=dict(kinds or {}))
    estimate = model.fit(*variables).mutual_information()
    estimate = replace(estimate, warnings=(*told, *estimate.warnings))
    seconds = time.perf_counter() - started
    ours = Compared("minde", "MINDE", estimate.value, estimate.interval, seconds, "ok")
    sample, mixed = _sample(variables, decisions, chosen.random_state), _mixed(variables, decisions)
    with contextlib.redirect_stdout(sys.stderr):
        others = [_answer(name, sample, mixed) for name in methods]
    dims = (len(variables[0].columns), len(variables[1].columns))
    return Comparison((ours, *others), estimate, Facts(len(variables[0]), dims, bool(mixed)))


def _sample(
    variables: Sequence[Variable], decisions: Sequence[Sequence[Decision]], seed: int
) -> Samples:
    arrays, told = told_apart(variables, decisions)
    (fold,) = make_folds(len(variables[0]), _TEST_SIZE, 1, seed)
    rows = np.concatenate(arrays, axis=1)
    dims = tuple(part.shape[1] for part in arrays)
    names, kinds = (tuple(told[key]) for key in ("names", "kinds"))
    parts = rows[fold.train], rows[fold.test]
    return Samples("compare", "compare", seed, math.nan, dims, *parts, names, kinds, whole=True)  # type: ignore[arg-type]


def _mixed(variables: Sequence[Variable], decisions: Sequence[Sequence[Decision]]) -> list[str]:
    """Names of columns that are not continuous, or have atoms."""
    columns = [column.name for variable in variables for column in variable.columns]
    every = [decision for own in decisions for decision in own]
    pairs = zip(columns, every, strict=True)
    return [name for name, d in pairs if d.kind != "continuous" or d.atoms]


def _answer(name: str, sample: Samples, mixed: Sequence[str]) -> Compared:
    label, package, options = METHODS[name]
    started = time.perf_counter()

    def result(value: float, status: str) -> Compared:
        return Compared(name, label, value, None, time.perf_counter() - started, status)

    if mixed and KINDS[name].labels == "none":
        return result(math.nan, f"left out: takes continuous columns alone, and {mixed[0]} is none")
    if find_spec(package) is None:
        how = _INSTALL[package]
        return result(math.nan, f"left out: needs the package '{package}'; pip install {how}")
    if package == "bmi":
        use_jax_cache()
    found = answer_on(sample, name, options)
    for key, word in (("failed", "failed"), ("left_out", "left out"), ("refused", "refused")):
        if key in found:
            return result(math.nan, f"{word}: {found[key]}")
    return result(found["value"], "ok")
