r"""KL divergence of discrete variables from two sets of rows, in nats."""

from __future__ import annotations

import numpy as np
import torch

from minde.discrete.counts import cells
from minde.discrete.entropy import digamma
from minde.discrete.shannon import Shannon, two_entropies
from minde.readout.influence import variance_of
from minde.types import Array, Rows
from minde.weighing import effective_rows, weighted_mean

#: Rows of q expected in cells that it lacks, were it p, above which the lack is no chance.
LACKING = 4.0


def kl_divergence(
    p: Rows, q: Rows, of_p: Array | None = None, of_q: Array | None = None
) -> tuple[Shannon, float]:
    r"""KL divergence of the cells of codes p (n, columns) from those of q (m, columns).

    .. math::
        \mathrm{KL}[p \| q] = -H(p) - \sum_i p_i \log q_i,
        \qquad \log q_i \approx \psi(m_i + 1) - \log m ,

    whose error is of second order in one over the rows of a cell. Where q holds no row of a cell in
    which, were it p, it would have LACKING or more, the divergence is taken as infinite.

    Of rows with weights :math:`m_i` is the effective number of those of the cell, and their share
    takes the place of :math:`m_i / m`.

    Arguments:
        p: Codes.
        q: Likewise.
        of_p: Weights of p's rows, with the mean one, (n,), where they differ.
        of_q: Those of q's.

    Returns:
        The divergence, and the share of p's rows in cells that q lacks.
    """
    cell = cells(np.concatenate([p, q]))
    size, n, m = int(cell.max()) + 1, len(p), len(q)
    first, second = cell[:n], cell[n:]
    w, v = (np.ones(len(rows)) if own is None else own for rows, own in ((p, of_p), (q, of_q)))
    rows_p, rows_q = effective_rows(of_p, n), effective_rows(of_q, m)
    mass_p = np.bincount(first, w, size)
    mass_q, square_q = (np.bincount(second, v**k, size) for k in (1, 2))
    lacking = float(mass_p[mass_q == 0.0].sum()) / n
    if lacking * rows_q >= LACKING:
        endless = np.full(n, np.inf)
        return Shannon(np.inf, np.inf, rows_p, endless), lacking
    held = mass_q > 0.0
    rows_of_cell = np.divide(mass_q**2, square_q, out=np.zeros(size), where=held)
    log_q = digamma(rows_of_cell + 1.0) - np.log(rows_q)
    log_q[held] += np.log(mass_q[held] / m * rows_q / rows_of_cell[held])
    present = mass_p > 0.0
    share = mass_p[present] / n
    cross = -float((share * log_q[present]).sum())
    found, other = (cross - h for h in two_entropies(cells(p), of_p))
    ratio = np.log(mass_p[first] / n) - log_q[first]
    # The weights p_i / q_i of q's own rows, first and second order.
    heavy = mass_p / n / np.maximum(mass_q, 0.5) * m
    cells_seen = int(present.sum()) - 1
    centred = ratio - weighted_mean(ratio, of_p)
    parts = (w * centred / n, of_p), (v * (heavy[second] - 1.0) / m, of_q)
    variance = sum(
        variance_of(torch.from_numpy(influence), weighted=own is not None)[0]
        for influence, own in parts
    )
    variance += cells_seen * (1 / rows_p + 1 / rows_q) ** 2 / 2 + (0.5 * (found - other)) ** 2
    return Shannon(found, float(np.sqrt(variance)), rows_p, found + centred), lacking
