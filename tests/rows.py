"""Made-up rows of estimate files."""

import numpy as np

from minde.stages.records import base_row, config_digest, versions
from minde.stages.samples import Samples


def estimate_row(suite, task, seed, truth, estimator, readout, value, n_train=9, **more):
    """A row as a stage writes it; a value that is nan is a failure."""
    sample = Samples(suite, task, seed, truth, (1, 1), np.zeros((n_train, 2)), np.zeros((9, 2)))
    return base_row(sample, estimator, readout) | {
        "reported": True,
        "mi_estimate": value,
        "std_error": 0.01,
        "seconds": 1.0,
        "status": "failed: on purpose" if np.isnan(value) else "ok",
        "config_digest": config_digest({}),
        "versions": versions("numpy"),
        **more,
    }
