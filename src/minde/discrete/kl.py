r"""KL divergence of discrete variables from two sets of rows, in nats."""

from __future__ import annotations

import numpy as np

from minde.discrete.counts import cells, counts
from minde.discrete.entropy import chao_wang_jost, digamma, miller_madow
from minde.discrete.shannon import Shannon
from minde.types import Rows

#: Rows of q expected in cells that it lacks, were it p, above which the lack is no chance.
LACKING = 4.0


def kl_divergence(p: Rows, q: Rows) -> tuple[Shannon, float]:
    r"""KL divergence of the cells of codes p (n, columns) from those of q (m, columns).

    .. math::
        \mathrm{KL}[p \| q] = -H(p) - \sum_i p_i \log q_i,
        \qquad \log q_i \approx \psi(m_i + 1) - \log m ,

    whose error is of second order in one over the rows of a cell. Where q holds no row of a cell in
    which, were it p, it would have LACKING or more, the divergence is taken as infinite.

    Returns:
        The divergence, and the share of p's rows in cells that q lacks.
    """
    cell = cells(np.concatenate([p, q]))
    size, n, m = int(cell.max()) + 1, len(p), len(q)
    of_p, of_q = (np.bincount(part, minlength=size) for part in (cell[:n], cell[n:]))
    lacking = float(of_p[of_q == 0].sum()) / n
    if lacking * m >= LACKING:
        endless = np.full(n, np.inf)
        return Shannon(np.inf, np.inf, n, endless), lacking
    log_q = digamma(of_q + 1) - np.log(m)
    present = of_p > 0
    share = of_p[present] / n
    cross = -float((share * log_q[present]).sum())
    found, other = (cross - f(counts(cells(p))) for f in (chao_wang_jost, miller_madow))
    ratio = np.log(of_p[cell[:n]] / n) - log_q[cell[:n]]
    # The weights p_i / q_i of q's own rows, first and second order.
    weights = np.where(present, of_p / n, 0.0) / np.maximum(of_q, 0.5) * m
    spread = float((weights**2 * of_q / m).sum() - 1.0)
    cells_seen = int(present.sum()) - 1
    variance = ratio.var() / n + max(spread, 0.0) / m
    variance += cells_seen * (1 / n + 1 / m) ** 2 / 2 + (0.5 * (found - other)) ** 2
    return Shannon(found, float(np.sqrt(variance)), n, ratio + (found - ratio.mean())), lacking
