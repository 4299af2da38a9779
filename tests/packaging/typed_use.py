"""Every public name as a user's code calls it; read by a type checker, never run."""

from collections.abc import Mapping
from pathlib import Path
from typing import assert_type

import numpy as np

import minde
from minde import MINDE, MIEstimate, Settings, scores
from minde.readout.units import Normalised

x = np.zeros((100, 2))
y = np.zeros((100, 1))
settings = Settings(n_seeds=2, options={"n_steps": 8})

model = MINDE(options={"n_steps": 8}).fit(x, y)
estimate = model.mutual_information()
assert_type(model, MINDE)
assert_type(estimate, MIEstimate)
assert_type(estimate.value, float)
assert_type(estimate.interval, tuple[float, float])
assert_type(estimate.warnings, tuple[str, ...])
assert_type(estimate.correlation, Normalised)
assert_type(estimate.to("bits"), MIEstimate)
model.save(Path("kept"))
assert_type(MINDE.load("kept"), MINDE)

assert_type(minde.entropy(x, settings=settings), MIEstimate)
assert_type(minde.kl_divergence(x, y), MIEstimate)
assert_type(minde.conditional_mutual_information(x, y, y), MIEstimate)
assert_type(minde.interaction_information(x, y, y), MIEstimate)
assert_type(minde.o_information([x, y, y]), MIEstimate)
assert_type(minde.transfer_entropy(y, y), MIEstimate)
assert_type(minde.active_information_storage(y), MIEstimate)
assert_type(minde.channel_capacity(y, x), MIEstimate)
assert_type(minde.lagged_mutual_information(y, y), minde.LaggedMI)
assert_type(minde.independence_test(x, y), minde.IndependenceTest)
assert_type(minde.independence_test(x, y).p_value, float)
assert_type(minde.pairwise_mutual_information({"a": x, "b": y}), minde.PairwiseMI)
assert_type(minde.select({"a": x, "b": y}, y), minde.Selection)
assert_type(minde.compare(x, y), minde.Comparison)
assert_type(minde.more_rows(x, y), minde.RowsCurve)
minde.local_values(estimate).to_csv("rows.csv")
assert_type(minde.__version__, str)

schedule = scores.VPSchedule()
by_score = scores.Model(lambda x_t, t: -x_t)
assert_type(scores.entropy(by_score, x, schedule), MIEstimate)


def total(parts: Mapping[str, MIEstimate]) -> float:
    return sum(part.value for part in parts.values())
