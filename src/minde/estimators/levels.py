"""Entropy and KL divergence of variables that are wholly discrete: counted, not trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from minde.columns import Column, Variable
from minde.discrete.counts import coverage
from minde.discrete.kl import NOTHING, Lacking, kl_divergence
from minde.discrete.shannon import Shannon, entropy
from minde.errors import InputError
from minde.estimators.estimating import UNBOUNDED, endless, nothing_read
from minde.estimators.mixed import with_part
from minde.kinds import Decision, Kind, asked_kinds, decide
from minde.readout.estimate import MIEstimate
from minde.types import Array, Rows

#: Share of the probability in levels that were seen, below which there is something to say.
ENOUGH = 0.8


def entropy_of_levels(
    x: Variable, kinds: Mapping[str, Kind] | None, gap: int = 0
) -> MIEstimate | None:
    """Shannon entropy of a variable; none if a column is continuous.

    Arguments:
        x: The variable.
        kinds: What was asked for.
        gap: Rows over which rows in time order depend.
    """
    decided = decided_kinds(x, kinds)
    if not _all_discrete(decided):
        return None
    codes = level_codes(x)
    warnings = [d.why for d in decided.values() if d.inferred]
    if (seen := coverage(codes)) < ENOUGH:
        warnings.append(
            f"{100 * (1 - seen):.0f}% of the rows are alone in their combination of levels: the "
            "entropy is a guess at how many were never seen"
        )
    table = entropy(codes, gap, x.weights)
    return _result((table, x.weights), x.name, decided, tuple(warnings))


def kl_of_levels(
    p: Variable, q: Variable, pooled: Variable, decided: Mapping[str, Decision]
) -> MIEstimate | None:
    """KL divergence of two samples of one variable; none if a column is continuous.

    Arguments:
        p: Read with q (see ``minde.reading.pairing``), so that their columns agree.
        q: The other sample.
        pooled: The rows of both.
        decided: What each of its columns is.
    """
    if not _all_discrete(decided):
        return None
    codes = level_codes(pooled)
    found, lacking = kl_divergence(codes[: len(p)], codes[len(p) :], p.weights, q.weights)
    warnings = tuple(d.why for d in decided.values() if d.inferred)
    warnings = (*warnings, *told_of(lacking))
    return _result((found, p.weights), p.name, decided, warnings, lacking)


def told_of(lacking: Lacking) -> tuple[str, ...]:
    """A sentence on what q lacks, if there is something."""
    if not lacking.share:
        return ()
    line = f"{100 * lacking.share:.1f}% of p's rows have levels that q has none of"
    if lacking.never:
        return (
            f"{line}, one of them more than chance: the divergence is infinite, if q never has",
        )
    chance = ", more than chance: it may be infinite, and has no upper bound"
    rest = chance if lacking.more else ": it may be infinite"
    return (f"{line}{rest}",)


def decided_kinds(x: Variable, kinds: Mapping[str, Kind] | None) -> dict[str, Decision]:
    """What each column of a variable is."""
    asked = asked_kinds([x], kinds)
    return {c.name: decide(x.once(c), asked.get((x.name, c.name))) for c in x.columns}


def with_kinds(found: MIEstimate, name: str, decided: Mapping[str, Decision]) -> MIEstimate:
    """The estimate, saying what was decided on each column of a variable."""
    kinds = {name: {column: d.why for column, d in decided.items()}}
    return replace(found, diagnostics={**found.diagnostics, "kinds": kinds})


def _all_discrete(decided: Mapping[str, Decision]) -> bool:
    return all(d.kind != "continuous" for d in decided.values())


def level_codes(x: Variable) -> Rows:
    """Numbers of the levels of each column, in their order, (n, columns)."""
    columns = [np.unique(c.values, return_inverse=True)[1] for c in x.columns]
    out: Rows = np.stack(columns, axis=1).astype(np.int64)
    return out


def pooled_variable(p: Variable, q: Variable) -> Variable:
    """Rows of p, then those of q, as one variable; InputError where labels meet numbers."""
    one = [np.ones(len(v)) if v.weights is None else v.weights for v in (p, q)]
    weights = None if p.weights is None and q.weights is None else np.concatenate(one)
    columns = tuple(map(_pooled, p.columns, q.columns))
    return Variable(p.name, columns, weights=weights)


def _pooled(a: Column, b: Column) -> Column:
    if (a.origin == "label") != (b.origin == "label"):
        raise InputError(f"{a.name} holds labels in one of p and q and numbers in the other")
    return replace(a, values=np.concatenate([a.values, b.values]))


def _result(
    counted: tuple[Shannon, Array | None],
    name: str,
    decided: Mapping[str, Decision],
    warnings: tuple[str, ...],
    lacking: Lacking = NOTHING,
) -> MIEstimate:
    table, weights = counted
    found = with_kinds(nothing_read(len(table.pointwise), warnings, weights), name, decided)
    found = replace(found, kind="discrete")
    if np.isinf(table.value):
        return endless(found, lacking.least)
    out = with_part(found, table, "discrete_part")
    low, high = out.interval
    # Neither is ever below 0, nor an entropy above that of levels equally likely.
    return replace(
        out,
        value=max(out.value, 0.0),
        interval=(max(low, 0.0), np.inf if lacking.more else min(max(high, 0.0), table.most)),
        diagnostics={**out.diagnostics, UNBOUNDED: out.value},
    )
