"""KL divergence from two sample sets and two score networks (Eq. 10-13), in nats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from torch import Tensor

from minde.diffusion.points import Diffuser
from minde.diffusion.roles import D, conditional, masked
from minde.ensemble.ensemble import Ensemble
from minde.ensemble.train import train
from minde.estimators.estimating import facts_of
from minde.estimators.levels import kl_of_levels
from minde.estimators.settings import Settings, with_options
from minde.inputs import as_matrix, dependence_warnings, read_samples
from minde.kinds import Kind
from minde.readout.combine import Reading, combine
from minde.readout.estimate import MIEstimate
from minde.readout.measures import KL
from minde.readout.readout import Readout, read_out
from minde.training.prepared import stacked
from minde.types import NoiseModel


class _TwoScores:
    """Two models as the two patterns of ``KL``: p where clean, q where absent."""

    def __init__(self, p: NoiseModel, q: NoiseModel) -> None:
        self.p, self.q = p, q

    def __call__(self, values: Tensor, pattern: int, t: Tensor) -> Tensor:
        return (self.p if pattern == 1 else self.q)(values, 0, t)


def kl_divergence(
    samples_p: Any,
    samples_q: Any,
    *,
    kinds: Mapping[str, Kind] | None = None,
    settings: Settings | None = None,
    **options: Any,
) -> MIEstimate:
    r"""KL divergence from two sample sets (Eq. 10-13), with two score networks.

    .. math::
        \mathrm{KL}[p \| q] = \mathbb{E}_p \int_0^T \tfrac{g_t^2}{2}
        \| s_t^p(X_t) - s_t^q(X_t) \|^2 dt .

    Both sets go through one map fitted on p and q together, under which KL does not change. It is
    large and unreliable where p has mass and q has no samples. Where every column is discrete or a
    label nothing is trained: the divergence is counted, and infinite where q lacks a level that p
    has.

    Arguments:
        samples_p: (rows, dim).
        samples_q: (rows, dim); may have another number of rows.
        kinds: ``continuous``, ``discrete`` or ``categorical`` by name of a column, or of ``p`` for
            all; the rest is inferred.
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
    first, second, told = read_samples(samples_p, samples_q, option="")
    counted = kl_of_levels(first, second, kinds)
    if counted is not None:
        return replace(counted, warnings=(*told, *counted.warnings))
    p, q = as_matrix(first, "p"), as_matrix(second, "q")
    chosen = replace(with_options(settings, options), preprocessing="none", folds=1)
    pooled = np.concatenate([p, q])
    mean, std = pooled.mean(axis=0), pooled.std(axis=0)
    p, q = (p - mean) / std, (q - mean) / std
    family = masked([p.shape[1]], [(D,)])
    other = replace(chosen, random_state=chosen.random_state + 1)
    jobs = [chosen.job(p, family), other.job(q, family)]
    ensemble, of_q = train(jobs, chosen.device, progress=chosen.progress)
    facts = facts_of({"all": ensemble}, (*told, *dependence_warnings((p,), (first.names,))))
    facts = replace(facts, diagnostics={"n_steps": facts.diagnostics["n_steps"]})
    return combine({"all": divergence_reading(ensemble, of_q, ensemble.test_rows(p))}, facts)


def divergence_reading(p: Ensemble, q: Ensemble, tests: list[Any]) -> Reading:
    """Read the two ensembles' scores out on test rows of p."""
    data = stacked(p.transforms, tests, p.device)
    options = replace(p.recipe.readout, sigma_refs=())
    roles = conditional(data.shape[2], 0)
    diffuser = Diffuser(roles, p.schedule, p.device, options.importance)

    def read(first: NoiseModel, second: NoiseModel) -> dict[str, Readout]:
        return read_out(_TwoScores(first, second), data, diffuser, KL, p.seeds, options)

    return Reading(
        read(p.model(p.final), q.model(q.final)), read(p.model(p.halfway), q.model(q.halfway))
    )
