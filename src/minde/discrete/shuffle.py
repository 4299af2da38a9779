r"""What is read of discrete variables that have nothing to do with one another given a third.

Where a few cells hold most rows and many hold one or none, no correction by counts alone takes the
whole bias of :math:`\hat I(X; Y \mid Z)` off. Shuffling x among the rows of each level of z leaves
the laws of (X, Z) and (Y, Z) as they are and makes X and Y independent given Z, so what is read
then is bias: 0.054 of X -> Z -> Y with eight levels and 500 rows, where 0.058 is read. Of variables
that depend the bias is another one, so it is not taken off, but counts as an error, no larger than
what was read: with it 60 of 60 intervals hold the zero of that chain, without it 36.
"""

from __future__ import annotations

import numpy as np

from minde.discrete.counts import cells
from minde.discrete.entropy import chao_wang_jost
from minde.types import Rows

#: Shuffles that are averaged.
SHUFFLES = 10


def shuffled_bias(x: Rows, y: Rows, z: Rows) -> float:
    """Conditional mutual information that is left after shuffling, from 0 to the value, nats.

    Arguments:
        x: (n, columns).
        y: (n, columns).
        z: (n, columns).
    """
    u, v, w = (cells(codes) for codes in (x, y, z))
    rng, plain = np.random.default_rng(0), np.argsort(w, kind="stable")
    found = []
    for _ in range(SHUFFLES):
        shuffled = np.empty_like(u)
        shuffled[plain] = u[np.lexsort((rng.random(len(w)), w))]
        found.append(_conditional(shuffled, v, w))
    return float(np.clip(np.mean(found), 0.0, max(0.0, _conditional(u, v, w))))


def _conditional(x: Rows, y: Rows, z: Rows) -> float:
    xz, yz = (codes * (int(z.max()) + 1) + z for codes in (x, y))
    xyz = xz * (int(y.max()) + 1) + y
    tables = (np.unique(codes, return_counts=True)[1] for codes in (xz, yz, xyz, z))
    of_xz, of_yz, of_xyz, of_z = (chao_wang_jost(c.astype(np.int64)) for c in tables)
    return of_xz + of_yz - of_xyz - of_z
