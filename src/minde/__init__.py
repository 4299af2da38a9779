"""Mutual information, KL divergence and entropy from the scores of diffusion models (MINDE).

The public names load on first use, so that ``import minde`` costs nothing and pulls in neither
torch nor any extra.

References:
    Franzese, Bounoua, Michiardi, MINDE: Mutual Information Neural Diffusion Estimation, ICLR 2024.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minde._version import __version__

if TYPE_CHECKING:
    from minde.estimators.capacity import channel_capacity
    from minde.estimators.entropy import entropy
    from minde.estimators.independence import IndependenceTest, independence_test
    from minde.estimators.kl import kl_divergence
    from minde.estimators.lags import (
        LaggedMI,
        active_information_storage,
        lagged_mutual_information,
        transfer_entropy,
    )
    from minde.estimators.minde import MINDE
    from minde.estimators.multivariate import (
        conditional_mutual_information,
        interaction_information,
        o_information,
    )
    from minde.estimators.pairwise import PairwiseMI, pairwise_mutual_information
    from minde.estimators.selection import Selection, select
    from minde.estimators.settings import Settings
    from minde.questions.compare import Comparison, compare
    from minde.questions.local import local_values
    from minde.questions.rows import RowsCurve, more_rows
    from minde.readout.estimate import MIEstimate

__all__ = [
    "Comparison",
    "MINDE",
    "IndependenceTest",
    "LaggedMI",
    "MIEstimate",
    "PairwiseMI",
    "RowsCurve",
    "Selection",
    "Settings",
    "__version__",
    "active_information_storage",
    "compare",
    "channel_capacity",
    "conditional_mutual_information",
    "entropy",
    "independence_test",
    "interaction_information",
    "kl_divergence",
    "lagged_mutual_information",
    "local_values",
    "more_rows",
    "o_information",
    "pairwise_mutual_information",
    "select",
    "transfer_entropy",
]

_HOMES = {
    "Comparison": "minde.questions.compare",
    "IndependenceTest": "minde.estimators.independence",
    "LaggedMI": "minde.estimators.lags",
    "MINDE": "minde.estimators.minde",
    "MIEstimate": "minde.readout.estimate",
    "PairwiseMI": "minde.estimators.pairwise",
    "RowsCurve": "minde.questions.rows",
    "Selection": "minde.estimators.selection",
    "Settings": "minde.estimators.settings",
    "active_information_storage": "minde.estimators.lags",
    "compare": "minde.questions.compare",
    "channel_capacity": "minde.estimators.capacity",
    "conditional_mutual_information": "minde.estimators.multivariate",
    "entropy": "minde.estimators.entropy",
    "independence_test": "minde.estimators.independence",
    "interaction_information": "minde.estimators.multivariate",
    "kl_divergence": "minde.estimators.kl",
    "lagged_mutual_information": "minde.estimators.lags",
    "local_values": "minde.questions.local",
    "more_rows": "minde.questions.rows",
    "o_information": "minde.estimators.multivariate",
    "pairwise_mutual_information": "minde.estimators.pairwise",
    "select": "minde.estimators.selection",
    "transfer_entropy": "minde.estimators.lags",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'minde' has no attribute '{name}'")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
