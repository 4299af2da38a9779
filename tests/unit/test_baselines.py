"""Our own baselines and the adapters around bmi's, against closed forms."""

import math
import subprocess
import sys

import numpy as np
import pytest
import torch

from minde.baselines import bmi_classic, bmi_critics, doe, imported, smile, smile_conv
from minde.baselines.base import KINDS, kind_of, label_of, options_of
from minde.baselines.fit import hidden_layers
from minde.declare import build
from minde.errors import ConfigError, InputError

DOE = {
    "batch_size": 128,
    "max_n_steps": 1500,
    "test_every_n_steps": 100,
    "patience": 5,
    "learning_rate": 0.003,
    "clip_norm": 1.0,
    "hidden_layers": [32, 32],
    "max_train": 8000,
}
SMILE = {**DOE, "learning_rate": 0.001, "hidden_layers": [64, 64], "tau": 5.0, "max_test": 4000}


def run(module, kind, train, test, options, seed=0):
    return module.run(kind, train, test, build(KINDS[kind].options, options), seed)


def gaussian(n, rho, seed, dim_y=1):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 1)) * 3.0 + 1.0
    y = rho * (x - 1.0) / 3.0 + math.sqrt(1 - rho**2) * rng.normal(size=(n, 1))
    noise = rng.normal(size=(n, dim_y - 1))
    return x, np.concatenate([y, noise], axis=1)


@pytest.mark.parametrize("kind", ["doe_gaussian", "doe_logistic"])
def test_doe_densities_integrate_to_one(kind):
    y = torch.linspace(-60.0, 60.0, 200_001, dtype=torch.float64)[:, None]
    mean, log_scale = torch.tensor([0.7]).double(), torch.tensor([0.3]).double()
    density = torch.exp(-doe.negative_log_density(kind, y, mean, log_scale))
    assert torch.trapezoid(density, y[:, 0]).item() == pytest.approx(1.0, abs=1e-9)


def test_gaussian_doe_is_exact_on_gaussians_of_unequal_dimensions():
    # The family holds the truth; 4,000 test points have a standard error of about 0.013.
    train, test = gaussian(8000, 0.8, 0, dim_y=3), gaussian(4000, 0.8, 1, dim_y=3)
    value = run(doe, "doe_gaussian", train, test, DOE)
    assert value == pytest.approx(-0.5 * math.log(1 - 0.64), abs=0.06)


def test_logistic_doe_is_near_on_gaussians():
    # Both cross-entropies exceed their entropies by the same misfit of a logistic to a Gaussian.
    train, test = gaussian(8000, 0.8, 0), gaussian(4000, 0.8, 1)
    value = run(doe, "doe_logistic", train, test, DOE)
    assert value == pytest.approx(-0.5 * math.log(1 - 0.64), abs=0.08)


def test_doe_repeats_itself():
    train, test = gaussian(1000, 0.5, 0), gaussian(500, 0.5, 1)
    few = {**DOE, "max_n_steps": 30}
    first = run(doe, "doe_gaussian", train, test, few, 7)
    assert run(doe, "doe_gaussian", train, test, few, 7) == first
    assert run(doe, "doe_gaussian", train, test, few, 8) != first


def log_ratio(x, y, rho):
    return -0.5 * math.log(1 - rho**2) - (
        (x**2 - 2 * rho * x * y + y**2) / (2 * (1 - rho**2)) - (x**2 + y**2) / 2
    )


def test_smile_with_the_exact_critic_is_the_mutual_information():
    g = torch.Generator().manual_seed(0)
    rho, n = 0.6, 400_000
    x = torch.randn(n, generator=g, dtype=torch.float64)
    y = rho * x + math.sqrt(1 - rho**2) * torch.randn(n, generator=g, dtype=torch.float64)
    joint, product = log_ratio(x, y, rho), log_ratio(x, y.roll(1), rho)
    truth = -0.5 * math.log(1 - rho**2)
    # The partition is 1 at the exact critic; standard errors are below 0.003 here.
    assert smile.smile(joint, product, tau=20.0) == pytest.approx(truth, abs=0.01)
    # Clipping at tau = 0 makes the partition 1 by force.
    assert smile.smile(joint, product, tau=0.0) == pytest.approx(joint.mean().item())


def test_the_js_loss_is_least_at_the_exact_critic():
    g = torch.Generator().manual_seed(1)
    rho, n = 0.6, 200_000
    x = torch.randn(n, generator=g, dtype=torch.float64)
    y = rho * x + math.sqrt(1 - rho**2) * torch.randn(n, generator=g, dtype=torch.float64)
    joint, product = log_ratio(x, y, rho), log_ratio(x, y.roll(1), rho)
    best = smile.js_loss(joint, product)
    for change in (0.8, 1.2):
        assert smile.js_loss(change * joint, change * product) > best
    for shift in (-0.1, 0.1):
        assert smile.js_loss(joint + shift, product + shift) > best


def test_trained_smile_is_near_the_truth():
    train, test = gaussian(8000, 0.8, 0, dim_y=2), gaussian(4000, 0.8, 1, dim_y=2)
    value = run(smile, "smile", train, test, SMILE)
    # A short training on 8,000 points: critics overfit by up to about 0.1 at this size.
    assert value == pytest.approx(-0.5 * math.log(1 - 0.64), abs=0.12)


def test_hidden_layers():
    assert hidden_layers("minde", 2, 2) == (64, 64, 64)
    assert hidden_layers("minde", 25, 25) == (128, 128, 128)
    assert hidden_layers("minde", 50, 50) == (256, 256, 256)
    assert hidden_layers("official", 10, 10) == (32, 32, 8)
    assert hidden_layers("official", 25, 25) == (128, 128, 8)
    assert hidden_layers([16, 8], 1, 1) == (16, 8)


def test_bins_leave_the_points_a_cell_that_were_asked_for():
    assert bmi_classic.n_bins(10_000, 2, 4) == 50
    assert bmi_classic.n_bins(1000, 3, 1) == 10
    assert bmi_classic.n_bins(100, 10, 5) == 2
    for n, dim, points in ((5000, 2, 5), (7777, 3, 2)):
        bins = bmi_classic.n_bins(n, dim, points)
        assert n / bins**dim >= points > n / (bins + 1) ** dim


@pytest.mark.bmi
@pytest.mark.parametrize(
    ("kind", "options", "tolerance"),
    [
        ("cca", {}, 0.05),
        ("ksg", {"n_neighbors": 5, "max_test": 2000}, 0.08),
        # A plug-in at 20 bins an axis and 5 points a cell errs by up to about 0.1.
        ("histogram", {"points_per_cell": 5, "max_test": 2000}, 0.15),
        # The density read at its own points makes the joint entropy too low.
        ("kde", {"kernel": "gaussian", "bandwidth": "scott", "max_test": 2000}, 0.2),
    ],
)
def test_classic_estimators_are_near_the_truth_on_a_gaussian(kind, options, tolerance):
    test = gaussian(2000, 0.8, 1)
    value = run(bmi_classic, kind, test, test, options)
    assert value == pytest.approx(-0.5 * math.log(1 - 0.64), abs=tolerance)


@pytest.mark.bmi
def test_a_critic_of_bmi_runs_through_the_adapter():
    options = {
        "batch_size": 64,
        "max_n_steps": 200,
        "test_every_n_steps": 100,
        "learning_rate": 0.005,
        "hidden_layers": [16, 16],
        "max_train": 2000,
        "max_test": 500,
    }
    train, test = gaussian(3000, 0.8, 0), gaussian(1000, 0.8, 1)
    value = run(bmi_critics, "infonce", train, test, options)
    # 200 steps: well above zero, and a lower bound in expectation.
    assert 0.3 < value < -0.5 * math.log(1 - 0.64) + 0.1


@pytest.mark.bmi
def test_a_compiled_draw_is_that_of_bmi_to_the_bit():
    import jax

    bmi_critics.bmi_class("neural", "MINEEstimator")
    bmi_critics._compile_draws()
    draw = sys.modules["bmi.estimators.neural._basic_training"].get_batch
    x, y = gaussian(300, 0.8, 0)
    given = jax.numpy.asarray(x), jax.numpy.asarray(y), jax.random.PRNGKey(3)
    for found, expected in zip(draw(*given, 32), draw.__wrapped__(*given, 32), strict=True):
        assert found.shape == (32, 1)
        assert jax.numpy.array_equal(found, expected)


class Spy:
    def __init__(self, random_state=0, power=1):
        self.random_state, self.power = random_state, power

    def estimate(self, x, y):
        return self.random_state + len(x) ** self.power + x.shape[1] / 10 + y.shape[1] / 100


def test_an_imported_class_gets_its_points_arguments_and_seed():
    train, test = gaussian(30, 0.1, 0, dim_y=2), gaussian(10, 0.1, 1, dim_y=2)
    name = {"import": f"{__name__}:Spy"}
    for points, value in (("test", 10.12), ("train", 30.12), ("all", 40.12)):
        options = {**name, "points": points}
        assert run(imported, "import", train, test, options, 3) == pytest.approx(value)
    some = {**name, "points": "all", "max_points": 12, "arguments": {"random_state": "seed"}}
    assert run(imported, "import", train, test, some, 3) == pytest.approx(15.12)


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("nomodule", "must read package.module:Class"),
        ("no_such_module:A", "cannot load 'no_such_module:A'"),
        ("minde.diffusion.schedule:Nothing", "cannot load 'minde.diffusion.schedule:Nothing'"),
    ],
)
def test_a_class_that_cannot_be_loaded_is_one_line(reference, message):
    with pytest.raises(ConfigError) as caught:
        imported.load(reference)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_names_kinds_and_labels():
    assert kind_of("mine", {}) == "mine"
    assert kind_of("mine_wide", {"kind": "mine"}) == "mine"
    assert kind_of("own", {"import": "a:B"}) == "import"
    assert label_of("mine", {}) == "MINE"
    assert label_of("mine_wide", {"kind": "mine"}) == "MINE (mine_wide)"
    assert label_of("own", {"import": "a:B"}) == "own"
    assert label_of("own", {"import": "a:B", "label": "Ours"}) == "Ours"
    with pytest.raises(ConfigError, match="did you mean 'smile'"):
        kind_of("smiel", {})
    labels = [k.label for k in KINDS.values()]
    assert len(set(labels)) == len(labels)


def test_an_entry_takes_the_defaults_of_its_kind_and_keeps_its_own():
    entry = {"kind": "ksg", "label": "Few neighbours", "n_neighbors": 3, "seconds": 5}
    assert options_of("few", entry) == {"n_neighbors": 3, "max_test": 10_000}
    own = {"import": "a:B", "points": "test"}
    assert options_of("own", own) == {**own, "arguments": {}}


def bright_or_dark(n, flipped, seed):
    """Images of one bright or dark bit, and the bit sent through a symmetric channel as another."""
    rng = np.random.default_rng(seed)
    bits = rng.integers(0, 2, n)
    sent = bits ^ (rng.random(n) < flipped)
    images = [np.where(b[:, None], 200, 20) + rng.integers(0, 20, (n, 64)) for b in (bits, sent)]
    return tuple(part.astype(np.uint8) for part in images)


@pytest.mark.slow
def test_the_convolutional_critic_reads_a_binary_channel():
    options = {**SMILE, "batch_size": 64, "max_n_steps": 300, "test_every_n_steps": 50}
    del options["hidden_layers"]
    flipped = 0.1
    train, test = bright_or_dark(3000, flipped, 0), bright_or_dark(2000, flipped, 1)
    value = run(smile_conv, "smile_conv", train, test, options)
    entropy = -flipped * math.log(flipped) - (1 - flipped) * math.log(1 - flipped)
    # 2,000 channel uses have a standard error of 0.015; a trained critic is within 0.03 more.
    assert value == pytest.approx(math.log(2.0) - entropy, abs=0.06)


def test_images_are_found_in_their_pixels():
    assert [smile_conv.side_of(d) for d in (64, 128, 784, 1568)] == [8, 8, 28, 28]
    assert smile_conv.make_critic(3, 28)(torch.rand(2, 3, 28, 28)).shape == (2, 1)
    assert smile_conv.make_critic(2, 7)(torch.rand(2, 2, 7, 7)).shape == (2, 1)
    with pytest.raises(InputError, match="columns are not the pixels"):
        smile_conv.side_of(37 * 37 * 37)


@pytest.mark.bmi
def test_classes_of_bmi_are_its_own_and_come_without_its_samplers():
    code = """
import sys
from minde.baselines.bmi_class import bmi_class
found = bmi_class("ksg", "KSGEnsembleFirstEstimator")
assert not {"bmi", "jax", "tensorflow_probability", "bmi.samplers"} & sys.modules.keys()
import bmi.estimators
assert bmi.estimators.KSGEnsembleFirstEstimator is found
assert bmi.benchmark.BENCHMARK_TASKS
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
