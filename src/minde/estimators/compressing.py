r"""Estimates of many columns by way of few, fitted on rows that are not read.

Components of most variance (``pca``) are fitted to all rows, each variable alone: they know nothing
of how the two depend, so that independent variables stay so, and rows that train and rows that
test are projected alike. Pairs of directions (``cca``, ``kernel``) do know. Rows are therefore
split into halves; maps of each are read on the other, with the folds of that half, and the two
values are averaged, so that all rows are read (cross-fitting).

What is lost is judged by Gaussians, on the half that did not fit. With :math:`G_h(k)` what the
first k pairs tell of one another as Gaussians when fitted on h rows,

.. math::
    \text{lost} = G_h(2k) - G_h(k) + \max\big(0,\; G_h(k) - G_{h/2}(k)\big) :

pairs beyond those that are kept, and what half of the rows cost the directions, which the other
half costs once more if errors fall as 1/h. Of ``pca`` it is what all columns tell beyond the
components. The upper end of the interval is moved by it; the value is left as it was read, a lower
bound. Dependence that neither maps nor Gaussians see is lost without a word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Integral
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from minde.columns import Column, Variable
from minde.errors import InputError, nearest
from minde.estimators.compressed import Compressed, Part, compressed, matrix_of
from minde.kinds import Kind, decide
from minde.preprocessing.compression import Compression, fit_principal
from minde.preprocessing.pairs import fit_pairs, gaussian_information
from minde.readout.estimate import Summary
from minde.seeding import derive
from minde.types import Array, Progress, Rows

if TYPE_CHECKING:
    from minde.estimators.minde import MINDE

KINDS = ["pca", "cca", "kernel"]
#: Rows of a half below which no directions are fitted.
LEAST_HALF = 100
#: Levels of a discrete column that have an indicator each; more are one number.
MOST_LEVELS = 64


def fit_compressed(
    model: MINDE,
    given: dict[str, Variable],
    asked: Mapping[tuple[str, str], Kind],
    gap: int,
) -> Compressed | None:
    """Fit maps, and estimators like ``model`` behind them; None where columns are few already.

    Arguments:
        model: Its parameters are those of each part's estimator.
        given: x and y.
        asked: Kinds that were asked for (see ``minde.kinds.asked_kinds``).
        gap: Rows over which rows in time order depend; 0 for rows in no order.

    Raises:
        InputError: If the compression is unknown, or the columns cannot be compressed.
    """
    kind, count = model.compress or "", cast(Any, model.components)
    if kind not in KINDS:
        hint = nearest(str(kind), KINDS)
        raise InputError(f"compress: must be pca, cca or kernel, got {kind!r}{hint}")
    if not isinstance(count, Integral) or count < 1:
        raise InputError(f"components: must be a whole number from 1, got {count!r}")
    most = int(count)
    wide = [name for name, v in given.items() if len(v.columns) > most]
    if not wide:
        return None
    for name in wide:
        _check(given[name], asked)
    n, seed = len(given["x"]), derive(model.random_state, "compress") % 2**32
    halves = _halves(n, gap, seed)
    if min(map(len, halves)) < LEAST_HALF:
        raise InputError(
            f"compress: {n} rows are too few to fit directions on one half and read the other; "
            f"give {2 * LEAST_HALF} rows or more"
        )
    sides = {
        name: Wide(matrix_of(v), kind == "kernel") for name, v in given.items() if name in wide
    }
    both = {name: sides.get(name) or _left(v, asked, kind) for name, v in given.items()}
    if kind == "pca":
        maps = {name: fit_principal(side.values, most, seed) for name, side in sides.items()}
        fitted = [(maps, np.arange(n), _lost_by_variance(both, maps, halves, most, seed))]
    else:
        fitted = []
        for fit, read in (halves, halves[::-1]):
            pairs, lost = _fit_pairs(both, fit, read, most, seed)
            fitted.append(({name: pairs[name] for name in wide}, read, lost))
    parts = []
    for k, (maps, rows, lost) in enumerate(fitted):
        part = type(model)(**{**model.get_params(), "compress": None})
        part.kinds = {n: v for n, v in (model.kinds or {}).items() if _known(n, given, wide)}
        part.random_state = derive(model.random_state, "part", k) if k else model.random_state
        part.progress = _shared(model.progress, k, len(fitted))
        here = compressed(maps, {name: _rows_of(v, rows) for name, v in given.items()})
        parts.append(Part(maps, part.fit(**here), rows, lost))
    named = {name: v.named for name, v in given.items()}
    return Compressed(kind, {name: v.names for name, v in given.items()}, named, tuple(parts))


@dataclass(frozen=True)
class Wide:
    """A variable as maps are fitted to it.

    Attributes:
        values: (n, columns).
        kernel: Whether to take cosines.
    """

    values: Array
    kernel: bool


def _left(variable: Variable, asked: Mapping[tuple[str, str], Kind], kind: str) -> Wide:
    """A variable that is not compressed: a column for each level where levels are few."""
    parts, kernel = [], False
    for column in variable.columns:
        decided = decide(column, asked.get((variable.name, column.name)))
        values = column.values if decided.kind == "continuous" else column.values.astype(str)
        levels = np.unique(values)
        if column.origin == "label" or (
            decided.kind != "continuous" and len(levels) <= MOST_LEVELS
        ):
            parts.append((values[:, None] == levels).astype(np.float64))
        else:
            parts.append(column.values.astype(np.float64)[:, None])
            kernel = kind == "kernel"
    return Wide(np.concatenate(parts, axis=1), kernel)


def _fit_pairs(
    both: Mapping[str, Wide], fit: Rows, read: Rows, most: int, seed: int
) -> tuple[dict[str, Compression], Summary]:
    """Maps fitted on some rows, and what others say is lost."""
    (x, u), (y, v) = ((w.values[fit], w.values[read]) for w in (both["x"], both["y"]))
    kernel = (both["x"].kernel, both["y"].kernel)
    pairs = fit_pairs(x, y, 2 * most, kernel, seed=seed)
    kept = pairs.first(min(pairs.seen, most))
    half = fit_pairs(x[::2], y[::2], kept.count, kernel, [pairs.ridge], seed)
    told = gaussian_information(kept.x(u), kept.y(v))
    beyond = gaussian_information(pairs.x(u), pairs.y(v)) - told
    step = told - gaussian_information(half.x(u), half.y(v))
    lost = beyond + step if step.mean() > 0.0 else beyond
    return {"x": kept.x, "y": kept.y}, _summary(lost)


def _lost_by_variance(
    both: Mapping[str, Wide],
    maps: Mapping[str, Compression],
    halves: tuple[Rows, Rows],
    most: int,
    seed: int,
) -> Summary:
    """What pairs of directions tell of one another beyond the principal components."""
    fit, read = halves
    told = []
    for kept in ({}, maps):
        x, y = (kept[n](w.values) if n in kept else w.values for n, w in both.items())
        pairs = fit_pairs(x[fit], y[fit], 2 * most, seed=seed)
        seen = pairs.first(pairs.seen)
        told.append(gaussian_information(seen.x(x[read]), seen.y(y[read])))
    return _summary(told[0] - told[1])


def _known(name: str, given: Mapping[str, Variable], wide: Sequence[str]) -> bool:
    """Whether kinds of this name are of a variable that is left as it is."""
    return any(name in (v.name, *v.names) for n, v in given.items() if n not in wide)


def _check(variable: Variable, asked: Mapping[tuple[str, str], Kind]) -> None:
    """Raise InputError on labels among many columns."""
    for column in variable.columns:
        kind = asked.get((variable.name, column.name), "continuous")
        if column.origin == "label" or kind != "continuous":
            what = "labels" if column.origin == "label" else f"the {kind} column"
            raise InputError(
                f"compress: {variable.name} holds {what} '{column.name}', and columns are "
                "compressed as numbers; leave it out, or make it a variable of its own"
            )


def _rows_of(variable: Variable, rows: Rows) -> Variable:
    columns = [Column(c.name, c.values[rows], c.origin, c.levels) for c in variable.columns]
    return replace(variable, columns=tuple(columns), rows=None)


def _halves(n: int, gap: int, seed: int) -> tuple[Rows, Rows]:
    """Rows of two halves, at random; of rows in time order the first and the last ones."""
    if gap:
        size = max(0, (n - gap) // 2)
        return np.arange(size), np.arange(n - size, n)
    order = np.random.default_rng(seed).permutation(n)
    return np.sort(order[: n // 2]), np.sort(order[n // 2 :])


def _shared(progress: Progress | None, part: int, parts: int) -> Progress | None:
    """Progress of one part as that of all."""
    if progress is None or parts == 1:
        return progress

    def told(done: int, total: int, loss: float) -> None:
        progress(part * total + done, parts * total, loss)

    return told


def _summary(pointwise: Array) -> Summary:
    n = len(pointwise)
    return Summary(float(pointwise.mean()), float(pointwise.std(ddof=1)) / float(np.sqrt(n)))
