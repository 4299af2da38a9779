"""Maps of the columns and the smallest diffusion time, settled before anything is laid out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from minde.diffusion.experts import Laws
from minde.diffusion.mixture import Mixture
from minde.diffusion.roles import Family
from minde.diffusion.schedule import VPSchedule
from minde.options import TrainingOptions
from minde.preprocessing.smooth import discrete
from minde.preprocessing.transforms import Transform, make_transform
from minde.training.fine import Scales, map_for, schedule_for
from minde.training.fine_mixture import finer
from minde.training.mixture import Mixtures, fitted_to_all
from minde.training.regression import fit_regressions
from minde.types import Array


@dataclass(frozen=True)
class Maps:
    """What is settled.

    Attributes:
        transforms: Map per member.
        schedule: The diffusion, one for all members.
        unresolved: Nats of structure in the rows too fine for networks and Gaussian.
        laws: Of each member's rows, mapped, where one Gaussian is not as good.
    """

    transforms: list[Transform]
    schedule: VPSchedule
    unresolved: float = 0.0
    laws: Laws = field(default_factory=Laws)

    def members(self, part: slice) -> Maps:
        """Those of some members."""
        laws = self.laws.members(part)
        return replace(self, transforms=self.transforms[part], laws=laws)


def fit_maps(
    rows: Sequence[tuple[Array, Array]],
    options: TrainingOptions,
    family: Family,
    schedule: VPSchedule | None = None,
    mixtures: Mixtures | None = None,
    weights: Sequence[Array] | None = None,
) -> Maps:
    """Fit the map of each member and, where no schedule is given, choose one.

    Members are trained at the same times, so the smallest that any of them asks for is everyone's.
    Which scales there are is a matter of rows, whatever they weigh.

    Arguments:
        rows: Rows to train on and rows to judge by, per member.
        options: Its ``preprocessing`` and ``smallest_time``.
        family: Patterns that are learned.
        schedule: The diffusion to keep to.
        mixtures: Those that were fitted to other jobs' rows.
        weights: Of the rows to train on, per member, where they differ.
    """
    first, which = distinct([train for train, _ in rows])
    some, own = [rows[k] for k in first], [weights[k] for k in first] if weights else None
    each: Sequence[Array | None] = own or [None] * len(some)
    kind, dims, n_labels = options.preprocessing, family.dims, family.n_labels
    transforms = [make_transform(kind, x, w) for (x, _), w in zip(some, each, strict=True)]
    unresolved, settled = 0.0, schedule or VPSchedule()
    asked = schedule is None and options.smallest_time == "data"
    if asked:
        pairs = zip(transforms, some, strict=True)
        found = [settle(plain, *parts, dims, n_labels, options.gap) for plain, parts in pairs]
        transforms = [chosen for chosen, _ in found]
        scales = [s for _, s in found if s is not None]
        settled = min(map(schedule_for, scales), key=lambda s: s.t_eps, default=settled)
        unresolved = max((s.unresolved for s in scales), default=0.0)
    laws = Laws()
    if options.blend == "mixture":
        mapped = [f(train) for f, (train, _) in zip(transforms, some, strict=True)]
        bent = {} if own else fit_regressions(mapped, family, options.gap)
        mixture = None if n_labels else mixture_of(mapped, options, dims, mixtures, own)
        if asked and mixture is not None and _tell_of_edges(mapped):
            settled = finer(settled, mixture, dims)
        laws = Laws(mixture, bent).members(which)
    return Maps([transforms[k] for k in which], settled, unresolved, laws)


def _tell_of_edges(mapped: Sequence[Array]) -> bool:
    """Whether mixtures are of rows enough to resolve an edge, and of no ties, which look so."""
    return fitted_to_all(*mapped[0].shape) and not any(map(discrete, mapped[0].T))


def distinct(rows: Sequence[Array]) -> tuple[list[int], list[int]]:
    """The first members of each rows there are, and by member which of these have its rows.

    Members of different seeds mostly have the same.
    """
    first: list[int] = []
    which: list[int] = []
    for k, x in enumerate(rows):
        like = (n for n, d in enumerate(first) if np.array_equal(rows[d], x))
        which.append(next(like, len(first)))
        if which[-1] == len(first):
            first.append(k)
    return first, which


def mixture_of(
    mapped: Sequence[Array],
    options: TrainingOptions,
    dims: Sequence[int],
    mixtures: Mixtures | None = None,
    weights: Sequence[Array] | None = None,
) -> Mixture | None:
    """The mixture of each of some members' mapped rows, if options ask for it and it is better."""
    if options.blend != "mixture":
        return None
    return (mixtures or Mixtures()).fit(mapped, dims, options.gap, options.starts, weights)


def settle(
    plain: Transform,
    train: Array,
    judged: Array,
    dims: Sequence[int],
    n_labels: int = 0,
    gap: int = 0,
) -> tuple[Transform, Scales | None]:
    """The plain map, or a smoother one where the rows vary on smaller scales, and the scales.

    Arguments:
        plain: Map of the rows.
        train: Rows to fit on, (N, D).
        judged: Rows to judge by, (M, D); those to fit on where there are none.
        dims: Dimension of each variable.
        n_labels: How many of the last variables are labels.
        gap: Rows so near in time are not compared.
    """
    scales = Scales.of(plain(train), dims, n_labels, gap)
    if schedule_for(scales) == VPSchedule():
        return plain, scales
    chosen = map_for(plain, train, judged if len(judged) else train, dims, n_labels)
    return chosen, Scales.of(chosen(train), dims, n_labels, gap)
