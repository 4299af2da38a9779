"""KL divergence from two sample sets and two score networks (Eq. 10-13), in nats."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from minde.diffusion.roles import A, C, D, conditional, masked
from minde.ensemble.ensemble import Pack
from minde.errors import InputError
from minde.estimators.settings import Plan, Settings, with_options
from minde.estimators.together import fit_together
from minde.inputs import as_samples, dependence_warnings
from minde.readout.estimate import MIEstimate, combine
from minde.readout.measures import Difference, Measure
from minde.readout.readout import read_out

#: KL[p || q] under samples of p: pattern (D, C) is p's score, (D, A) is q's.
KL = Measure(
    "kl_divergence",
    ((1.0, (D, A)), (-1.0, (D, C))),
    (Difference(1.0, ((D, A),), ((D, C),)),),
)


class _TwoScores:
    """Two copies of one pack as the two patterns of ``KL``: p where clean, q where absent."""

    def __init__(self, p: Pack, q: Pack, halfway: bool) -> None:
        self.p, self.q = p.model(halfway), q.model(halfway)

    def __call__(self, values: Tensor, pattern: int, t: Tensor) -> Tensor:
        return (self.p if pattern == 1 else self.q)(values, 0, t)


def kl_divergence(
    samples_p: Any, samples_q: Any, *, settings: Settings | None = None, **options: Any
) -> MIEstimate:
    r"""KL divergence from two sample sets (Eq. 10-13), with two score networks.

    .. math::
        \mathrm{KL}[p \| q] = \mathbb{E}_p \int_0^T \tfrac{g_t^2}{2}
        \| s_t^p(X_t) - s_t^q(X_t) \|^2 dt .

    Both sets go through one map fitted on p and q together, under which KL does not change. It is
    large and unreliable where p has mass and q has no samples.

    Arguments:
        samples_p: (rows, dim).
        samples_q: (rows, dim); may have another number of rows.
        settings: How to fit; cross-fitting is not used.
        **options: Fields of :class:`Settings` to replace.

    Examples:
        >>> import numpy as np
        >>> import minde
        >>> rng = np.random.default_rng(0)
        >>> tiny = {"n_seeds": 1, "options": {"n_steps": 64, "width": 16, "batch_size": 64}}
        >>> p, q = rng.normal(0.5, 1.0, (2000, 1)), rng.normal(0.0, 1.0, (2000, 1))
        >>> d = minde.kl_divergence(p, q, **tiny)
        >>> bool(abs(d.value - 0.125) < 0.3)
        True
    """
    p, q = as_samples(samples_p, "p"), as_samples(samples_q, "q")
    if p.shape[1] != q.shape[1]:
        raise InputError(f"p has {p.shape[1]} columns and q has {q.shape[1]}; they must agree")
    chosen = replace(with_options(settings, options), preprocessing="none", folds=1)
    pooled = np.concatenate([p, q])
    mean, std = pooled.mean(axis=0), pooled.std(axis=0)
    p, q = (p - mean) / std, (q - mean) / std
    family = masked([p.shape[1]], [(D,)])
    other = replace(chosen, random_state=chosen.random_state + 1)
    plans = {"p": Plan(p, family, chosen), "q": Plan(q, family, other)}
    fits = fit_together(plans, chosen.progress)
    fit_p, fit_q = fits["p"], fits["q"]
    tests = p[fit_p.folds[0][1]]
    pack = fit_p.pack
    data = torch.from_numpy(tests.astype(np.float32)).to(pack.covariance.device)
    roles = conditional(p.shape[1], 0)
    out, half = (
        read_out(
            _TwoScores(pack, fit_q.pack, halfway),
            data.expand(chosen.n_seeds, *data.shape).contiguous(),
            roles,
            KL,
            pack.schedule,
            pack.seeds,
            pack.recipe.n_draws,
            (),
        )
        for halfway in (False, True)
    )
    return combine(
        {"all": out},
        fit_p.reported if fit_p.reported in out else "inside",
        chosen.n_seeds,
        warnings=dependence_warnings((p,), ("p",)),
        diagnostics={"n_steps": pack.recipe.n_steps},
        n_train=len(fit_p.folds[0][0]),
        halfway={"all": half},
    )
