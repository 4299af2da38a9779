"""Two trainings side by side: the same numbers, one progress, and one stop."""

import numpy as np
import pytest
import torch

from minde import MINDE
from minde.errors import InputError, StoppedError
from minde.training.side_by_side import side_by_side

TINY = {"n_steps": 96, "width": 16, "batch_size": 32, "n_draws": 2}


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def samples():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 2))
    return x, 0.8 * x + 0.6 * rng.normal(size=(400, 2))


def test_side_by_side_gives_what_one_after_the_other_gives(two_threads):
    together = (
        MINDE(n_seeds=1, folds=1, options=TINY, device="cpu").fit(*samples()).mutual_information()
    )
    torch.set_num_threads(1)
    alone = (
        MINDE(n_seeds=1, folds=1, options=TINY, device="cpu").fit(*samples()).mutual_information()
    )
    # Up to the rounding of sums on another number of threads.
    np.testing.assert_allclose(together.pointwise, alone.pointwise, atol=1e-3)
    assert together.value == pytest.approx(alone.value, abs=1e-4)


def test_the_number_of_threads_is_put_back(two_threads):
    MINDE(n_seeds=1, folds=1, options=TINY, device="cpu").fit(*samples())
    assert torch.get_num_threads() == 2


def test_one_progress_counts_the_steps_of_both(two_threads):
    seen = []
    model = MINDE(
        n_seeds=1, options=TINY, device="cpu", progress=lambda *step: seen.append(step[:2])
    )
    model.fit(*samples())
    done = [d for d, _ in seen]
    assert done == sorted(done)
    assert done[-1] == 2 * TINY["n_steps"]
    assert {total for _, total in seen} == {2 * TINY["n_steps"]}


@pytest.mark.parametrize("error", [InputError("mine"), KeyboardInterrupt()])
def test_when_one_fails_the_other_stops_and_the_error_is_the_first(two_threads, error):
    stopped = []

    def fails(progress):
        progress(0, 10, float("nan"))
        raise error

    def goes_on(progress):
        try:
            while True:
                progress(1, 10, 1.0)
        except StoppedError:
            stopped.append(True)
            raise

    with pytest.raises(type(error)):
        side_by_side({"a": goes_on, "b": fails}, None)
    assert stopped == [True]
    assert torch.get_num_threads() == 2
