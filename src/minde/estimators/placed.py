r"""Read-outs of some rows placed among more, of which the others count 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from minde.readout.influence import Influence
from minde.readout.readout import Readout
from minde.training.job import Fold
from minde.types import Array


@dataclass(frozen=True)
class Place:
    """Where a member's rows are.

    Attributes:
        rows: Places of its training rows among those of the whole, and of its test rows.
        n_train: Training rows of the whole.
        n_test: Test rows of the whole.
        factor: What its values are multiplied with.
        weights: Of the test rows of the whole, with the mean one, where they differ.
    """

    rows: Fold
    n_train: int
    n_test: int
    factor: float
    weights: Array | None = None


def placed(readout: Readout, places: Sequence[Place]) -> Readout:
    r"""Values :math:`v_i` of members at their n rows among N, times a factor f; 0 elsewhere.

    The estimate :math:`\frac 1N \sum_i f v_i` is the share :math:`s = f n / N` times that of the n
    rows. Which rows are among them is chance too: the plain mean of the N placed values has the
    influence :math:`\psi^{placed}`, zeros included, and what the estimate's own influence
    :math:`\psi` differs by from that of the plain mean of the n values carries over with s:

    .. math::
        \psi^{placed} + s\,(\psi - \psi^{mean}) .

    Arguments:
        readout: Of E members.
        places: One per member, of wholes of one size.
    """
    n_test, n_train = places[0].n_test, places[0].n_train
    values = readout.pointwise.new_zeros(len(places), n_test)
    share = values.new_tensor([p.factor * readout.pointwise.shape[1] / n_test for p in places])
    for e, place in enumerate(places):
        at = torch.from_numpy(place.rows.test).to(values.device)
        values[e, at] = readout.pointwise[e] * place.factor
    integrand = readout.integrand * share[:, None].to(readout.integrand)
    found = [torch.from_numpy(p.weights) for p in places if p.weights is not None]
    weights = torch.stack(found).to(values.device) if found else None
    out = replace(readout, pointwise=values, integrand=integrand, influence=None, weights=weights)
    if readout.influence is None or readout.pointwise.shape[1] < 2:
        return out  # of one value there is no spread to correct
    plain = Influence.of_mean(readout.pointwise, readout.weights)
    beside = (readout.chance - plain).times(share.double())
    test = out.chance.test
    train = test.new_zeros(len(places), n_train if beside.train.shape[1] else 0)
    for e, place in enumerate(places):
        test[e, torch.from_numpy(place.rows.test).to(test.device)] += beside.test[e]
        if train.shape[1]:
            train[e, torch.from_numpy(place.rows.train).to(train.device)] = beside.train[e]
    return replace(out, influence=Influence(test, train))
