r"""What is read of discrete variables that have nothing to do with one another, given a third too.

Where a few cells hold most rows and many hold one or none, no correction by counts alone takes the
whole bias of :math:`\hat I(X; Y \mid Z)` off. Shuffling x among the rows of each level of z leaves
the laws of (X, Z) and (Y, Z) as they are and makes X and Y independent given Z, so what is read
then is bias: 0.054 of X -> Z -> Y with eight levels and 500 rows, where 0.058 is read. Of variables
that depend the bias is another one, so it is not taken off, but counts as an error, no larger than
what was read: with it 60 of 60 intervals hold the zero of that chain, without it 36. Where one
decides the other, so that :math:`\hat I` is the smaller entropy given Z, nothing is left of it; in
between it counts by the share of that entropy that is not :math:`\hat I`.
"""

from __future__ import annotations

import numpy as np

from minde.discrete.counts import cells
from minde.discrete.entropy import chao_wang_jost
from minde.types import Rows

#: Shuffles that are averaged, and nats of bias of the plain counts below which none is made.
SHUFFLES, LEAST = 10, 5e-4


def shuffled_bias(x: Rows, y: Rows, z: Rows) -> float:
    """Information that is left after shuffling, as far as it may be in the value, nats.

    Arguments:
        x: (n, columns).
        y: (n, columns).
        z: (n, columns), none of the information of x and y alone.
    """
    u, v, w = (cells(codes) for codes in (x, y, z))
    uw, vw = _joint(u, w), _joint(v, w)
    together, of_w, of_uw, of_vw = map(_counts, (_joint(u, vw), w, uw, vw))
    if len(together) + len(of_w) - len(of_uw) - len(of_vw) < 2.0 * LEAST * len(u):
        return 0.0
    h_w, h_uw, h_vw = map(chao_wang_jost, (of_w, of_uw, of_vw))
    alone = h_uw + h_vw - h_w  # which shuffling does not move
    rng, plain, found = np.random.default_rng(0), np.argsort(w, kind="stable"), []
    for _ in range(SHUFFLES):
        shuffled = np.empty_like(u)
        shuffled[plain] = u[np.lexsort((rng.random(len(w)), w))]
        found.append(alone - chao_wang_jost(_counts(_joint(shuffled, vw))))
    value, most = alone - chao_wang_jost(together), min(h_uw, h_vw) - h_w
    left = max(0.0, 1.0 - value / most) if most > 0.0 else 0.0
    return float(np.clip(left * np.mean(found), 0.0, max(0.0, value)))


def _joint(x: Rows, yz: Rows) -> Rows:
    return x * (int(yz.max()) + 1) + yz


def _counts(codes: Rows) -> Rows:
    return np.unique(codes, return_counts=True)[1].astype(np.int64)
