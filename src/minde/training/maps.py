"""Maps of the columns and the smallest diffusion time, settled before anything is laid out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from minde.diffusion.schedule import VPSchedule
from minde.options import TrainingOptions
from minde.preprocessing.transforms import Transform, make_transform
from minde.training.fine import Scales, map_for, schedule_for
from minde.types import Array


@dataclass(frozen=True)
class Maps:
    """What is settled.

    Attributes:
        transforms: Map per member.
        schedule: The diffusion, one for all members.
        unresolved: Nats of structure in the rows too fine for networks and Gaussian.
    """

    transforms: list[Transform]
    schedule: VPSchedule
    unresolved: float = 0.0


def fit_maps(
    rows: Sequence[tuple[Array, Array]],
    options: TrainingOptions,
    dims: Sequence[int],
    schedule: VPSchedule | None = None,
    n_labels: int = 0,
) -> Maps:
    """Fit the map of each member and, where no schedule is given, choose one.

    Members are trained at the same times, so the smallest that any of them asks for is everyone's.

    Arguments:
        rows: Rows to train on and rows to judge by, per member.
        options: Its ``preprocessing`` and ``smallest_time``.
        dims: Dimension of each variable.
        schedule: The diffusion to keep to.
        n_labels: How many of the last variables are labels.
    """
    transforms = [make_transform(options.preprocessing, train) for train, _ in rows]
    if schedule is not None or options.smallest_time == "fixed":
        return Maps(transforms, schedule or VPSchedule())
    found: list[tuple[Array, Transform, Scales | None]] = []
    for plain, (train, judged) in zip(transforms, rows, strict=True):
        # Members of different seeds mostly have the same rows.
        known = next((k for k in found if np.array_equal(k[0], train)), None)
        found.append(known or (train, *settle(plain, train, judged, dims, n_labels)))
    scales = [s for _, _, s in found if s is not None]
    smallest = min(map(schedule_for, scales), key=lambda s: s.t_eps, default=VPSchedule())
    unresolved = max((s.unresolved for s in scales), default=0.0)
    return Maps([chosen for _, chosen, _ in found], smallest, unresolved)


def settle(
    plain: Transform, train: Array, judged: Array, dims: Sequence[int], n_labels: int = 0
) -> tuple[Transform, Scales | None]:
    """The plain map, or a smoother one where the rows vary on smaller scales, and the scales.

    Arguments:
        plain: Map of the rows.
        train: Rows to fit on, (N, D).
        judged: Rows to judge by, (M, D); those to fit on where there are none.
        dims: Dimension of each variable.
        n_labels: How many of the last variables are labels.
    """
    scales = Scales.of(plain(train), dims, n_labels)
    if schedule_for(scales) == VPSchedule():
        return plain, scales
    chosen = map_for(plain, train, judged if len(judged) else train, dims, n_labels)
    return chosen, Scales.of(chosen(train), dims, n_labels)
