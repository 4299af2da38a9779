from itertools import pairwise

import pytest

from minde.errors import ConfigError
from minde.recipe import make_recipe

# Tables 2 and 3: dimension of both variables, width, batch, rate, steps of J and of C.
PAPER = [
    (2, 64, 128, 1e-3, 234_000, 390_000),
    (10, 64, 128, 1e-3, 234_000, 390_000),
    (50, 128, 256, 2e-3, 195_000, 290_000),
    (100, 256, 256, 2e-3, 195_000, 290_000),
]


@pytest.mark.parametrize(("dim", "width", "batch", "lr", "steps_j", "steps_c"), PAPER)
def test_paper_recipe_is_that_of_tables_2_and_3(dim, width, batch, lr, steps_j, steps_c):
    for family, steps in (("j", steps_j), ("c", steps_c)):
        r = make_recipe("paper", family, dim)
        t = r.training
        assert (r.network.width, t.batch_size, t.lr, t.n_steps) == (width, batch, lr, steps)
        assert (t.ema_decay, t.roles_per, t.preprocessing) == (0.999, "batch", "standardize")
        assert (r.readout.n_draws, r.readout.reported) == (10, "inside")
        assert r.network.precondition == "none"
        assert t.importance
        assert r.readout.importance


@pytest.mark.parametrize("dim", [2, 20, 100])
@pytest.mark.parametrize("family", ["c", "j"])
def test_fast_draws_at_least_ten_times_fewer_samples_than_paper(dim, family):
    fast, paper = (make_recipe(name, family, dim).training for name in ("fast", "paper"))
    assert 10 * fast.n_steps * fast.batch_size <= 1.05 * paper.n_steps * paper.batch_size * (
        1.0 if family == "c" else 390 / 234
    )


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("pape", {}, "did you mean 'paper'"),
        ("fast", {"n_step": 3}, "unknown option 'n_step'; did you mean 'n_steps'"),
        ("fast", {"precondition": "gausian"}, "did you mean 'gaussian'"),
        ("fast", {"n_steps": 0}, "n_steps must be at least 1"),
        ("fast", {"lr": -1.0}, "lr must be above 0"),
        ("fast", {"lr": float("nan")}, "lr must be a number, got nan"),
        ("fast", {"n_steps": 10.5}, "n_steps must be a whole number, got 10.5"),
        ("fast", {"n_steps": True}, "n_steps must be a whole number, got True"),
        ("fast", {"width": None}, "width must be a whole number, got None"),
        ("fast", {"width": 20}, "width must be a multiple of 8 and at least 16, got 20"),
        ("fast", {"stratified": 1}, "stratified must be true or false, got 1"),
        ("fast", {"levels": -1}, "levels must be at least 0"),
    ],
)
def test_mistakes_are_one_clear_line(name, options, message):
    with pytest.raises(ConfigError, match=message) as caught:
        make_recipe(name, "c", 2, **options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("dim", [2, 20, 100])
def test_more_rows_never_make_a_training_or_a_network_smaller(dim):
    recipes = [make_recipe("fast", "c", dim, n) for n in (80, 240, 800, 2400, 8000, 80_000)]
    for few, more in pairwise(recipes):
        assert few.training.n_steps <= more.training.n_steps
        assert few.training.batch_size <= more.training.batch_size
        assert few.network.width <= more.network.width
        # A shorter training takes larger steps.
        assert few.training.lr >= more.training.lr
    last, whole = recipes[-1], make_recipe("fast", "c", dim)
    assert last == whole


def test_what_is_given_is_taken_whatever_the_rows():
    given = {"lr": 1e-3, "width": 64, "n_steps": 3000, "batch_size": 32, "warmup_steps": 7}
    sized = make_recipe("fast", "c", 2, 300, **given).to_dict()
    assert {key: sized[key] for key in given} == given


def test_very_many_rows_are_read_at_fewer_points_unless_asked():
    draws = {n: make_recipe("fast", "c", 2, n).readout.n_draws for n in (10**5, 4 * 10**5, 10**7)}
    assert draws == {10**5: 10, 4 * 10**5: 4, 10**7: 2}
    assert make_recipe("fast", "c", 2, 10**7, n_draws=30).readout.n_draws == 30
