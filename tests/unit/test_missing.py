"""What networks are missing on average: by hand, and as a read-out of its own."""

import math

import pytest
import torch

from minde.options import ReadoutOptions
from minde.readout.missing import learned, mean_missing, std_missing
from minde.readout.names import COMPLETED, first_order_weight, reported_readout
from minde.readout.reading import Reading
from minde.readout.readout import Readout


def scaled(values, weights=None):
    pointwise = torch.tensor(values, dtype=torch.float64)
    return Readout(pointwise, torch.zeros(len(values), 50), torch.linspace(0, 1, 51), None, weights)


def test_by_hand():
    assert learned(0.4, 0.5, 1.0) == 0.2
    assert learned(0.4, 1.0, 0.1) == 0.2  # twice the gain in loss
    assert learned(-0.1, 1.0, 1.0) == 0.0
    assert std_missing(0.3, 4, 1000) == pytest.approx(math.sqrt(6 * 3 * 2 * 0.3 / 1000))
    assert mean_missing(0.3, 4, 1000) == pytest.approx(0.5 * math.sqrt(6 * 3 * 2 * 0.3 / 1000))
    assert mean_missing(0.001, 4, 1000) == 0.0005  # no more than half of what was learned


def test_it_falls_as_the_root_of_the_rows():
    assert mean_missing(0.3, 4, 400_000) == pytest.approx(0.5 * mean_missing(0.3, 4, 100_000))


def test_the_completed_read_out_holds_it_in_value_and_error():
    read = scaled([[0.1, 0.5, 0.3, 0.3], [0.3, 0.3, 0.5, 0.1]])
    found = Reading({"scaled": read, "gap": read}, learned=0.5, columns=4, gained=1.0)
    whole = found.completed(1000).final[COMPLETED]
    by = mean_missing(0.15, 4, 1000)
    torch.testing.assert_close(whole.value, read.value + by)
    torch.testing.assert_close(whole.std_error, (read.std_error**2 + by**2).sqrt())
    assert reported_readout(ReadoutOptions(reported="scaled"), [COMPLETED, "scaled"]) == COMPLETED
    assert first_order_weight(COMPLETED) == first_order_weight("scaled")


def test_weighted_rows_have_it_by_their_weights():
    weights = torch.tensor([[2.0, 1.0, 0.5, 0.5]], dtype=torch.float64)
    read = scaled([[0.1, 0.5, 0.3, 0.3]], weights)
    found = Reading({"scaled": read}, learned=1.0, columns=2, gained=1.0).completed(1000)
    by = mean_missing(0.3, 2, 1000)
    torch.testing.assert_close(found.final[COMPLETED].value, read.value + by)


def test_what_no_experts_tell_of_is_left_as_it_is():
    reading = Reading({"scaled": scaled([[0.1, 0.2]])}, columns=4)
    assert reading.completed(1000) is reading
    many = Reading({"scaled": scaled([[0.1, 0.2]])}, columns=1000, gained=1.0)
    assert many.completed(1000) is many
