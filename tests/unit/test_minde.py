"""The public estimator: conventions, bookkeeping and errors; accuracy is in tests/statistical."""

import json
import math

import numpy as np
import pytest
import torch
from sklearn.base import clone

import minde
from minde import MINDE
from minde.errors import CheckpointError, InputError
from minde.estimators.unlearned import shown
from minde.readout.measures import MEASURES
from minde.readout.notes import ONE_SEED
from minde.readout.student import t_95
from minde.readout.units import Summary

SOURCES = ("rows", "seeds")
TINY = {"n_steps": 8, "batch_size": 32, "width": 16, "n_draws": 2}


@pytest.fixture(scope="module")
def samples():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 2))
    return x, x[:, :1] + rng.normal(size=(200, 1))


@pytest.fixture(scope="module", params=["c", "j"])
def fitted(request, samples):
    return MINDE(request.param, n_seeds=2, folds=2, device="cpu", options=TINY).fit(*samples)


def test_public_names_exist_and_load_lazily():
    assert all(hasattr(minde, name) for name in minde.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = minde.nothing


def test_the_estimate_is_the_mean_of_its_parts(fitted, samples):
    e = fitted.mutual_information()
    assert e.value == pytest.approx(e.per_seed.mean())
    assert e.value == pytest.approx(e.pointwise.mean())
    read = shown(e)  # without what networks have not learned
    assert e.value > read.value
    assert read.value == pytest.approx(e.integrand.sum(), abs=1e-4)
    t = t_95(e.diagnostics["degrees_of_freedom"])
    assert t > 1.96
    above = math.hypot(t * read.std_error, 1.96 * e.diagnostics["std_unlearned"])
    assert e.interval[1] - read.value == pytest.approx(above, rel=1e-4)
    parts = [e.diagnostics[k] for k in ("std_sampling", "std_training")]
    assert read.std_error == pytest.approx(np.hypot(*parts))
    half = 0.5 * abs(e.readouts["inside"].value - e.readouts["gap"].value)
    moved = e.diagnostics["moved_since_halfway"]
    unseen = e.diagnostics["std_unseen"]
    # Chance is taken off the difference's square.
    assert np.hypot(moved, unseen) <= parts[1] + 1e-9
    assert parts[1] <= np.linalg.norm((half, moved, unseen)) + 1e-9
    assert parts[0] == pytest.approx(np.hypot(*(e.diagnostics[f"std_{k}"] for k in SOURCES)))
    assert (e.n_train, e.n_test) == (100, 200)
    assert set(e.readouts) == {"inside", "outside-1", "gap", "cross", "scaled"}
    if fitted.family == "c":
        assert set(e.directions) == {"x|y", "y|x"}
        mean = np.mean([d.value for d in e.directions.values()])
        assert read.value == pytest.approx(mean)
    json.dumps(e.to_dict())


def test_the_interval_widens_by_what_the_second_half_of_training_moved(samples):
    options = {**TINY, "n_steps": 64, "blend": "none"}
    model = MINDE(n_seeds=2, folds=1, device="cpu", options=options).fit(*samples)
    e = model.mutual_information()
    both = np.concatenate(samples, axis=1)
    before = []
    for name, ensemble in model.ensembles_.items():
        rows = both if name != "y|x" else np.concatenate(samples[::-1], axis=1)
        tests, trains = ensemble.test_rows(rows), ensemble.train_rows(rows)
        reading = ensemble.read(tests, MEASURES["c"], trains)
        early, late = (out["scaled"].pointwise for out in (reading.halfway, reading.final))
        assert not np.array_equal(early.numpy(), late.numpy())
        before.append(float(early.double().mean()))
    moved, alone = (e.diagnostics[k] for k in ("moved_since_halfway", "networks_alone"))
    assert moved == pytest.approx(abs(alone - np.mean(before)), abs=1e-9)
    assert moved > 0.0


def test_pointwise_values_average_to_the_estimate_on_the_same_samples(fitted, samples):
    x, y = samples[0][:50], samples[1][:50]
    values = fitted.pointwise(x, y)
    assert values.shape == (50,)
    assert values.mean() == pytest.approx(fitted.mutual_information(x, y).value)


def test_a_loaded_estimator_gives_the_same_numbers(fitted, samples, tmp_path):
    fitted.save(tmp_path / "model")
    loaded = MINDE.load(tmp_path / "model", device="cpu")
    assert not list((tmp_path / "model").glob("*.pkl"))
    a, b = fitted.mutual_information(), loaded.mutual_information()
    assert (a.value, a.std_error, a.warnings) == (b.value, b.std_error, b.warnings)
    np.testing.assert_array_equal(fitted.pointwise(*samples), loaded.pointwise(*samples))


def test_a_label_only_conditions(samples):
    labels = np.where(samples[1][:, 0] > 0.0, "high", "low")
    model = MINDE(n_seeds=1, y_kind="categorical", device="cpu", options=TINY)
    e = model.fit(samples[0], labels).mutual_information()
    assert list(model.ensembles_) == ["x|y"]
    assert e.directions == {}
    assert e.warnings == ()
    assert np.isfinite(e.value)


def test_more_information_than_the_labels_have_is_warned_of(samples):
    model = MINDE(n_seeds=1, y_kind="categorical", device="cpu", options=TINY)
    model.fit(samples[0], samples[1][:, 0] > 0.0)
    value = shown(model.mutual_information()).value
    for most, warned in ((value - 1e-3, True), (value + 1e-4, False)):
        model.entropies_ = {"y": Summary(most, 0.0)}
        warnings = model.mutual_information().warnings
        assert any("the entropy of the discrete variable" in w for w in warnings) is warned


def test_cross_fitting_is_judged_by_the_spread_of_the_gap(samples):
    def fit(folds):
        model = MINDE(n_seeds=2, folds=folds, device="cpu", options=TINY)
        return model.fit(*samples).mutual_information()

    cross_fitted, split = fit(2), fit(1)
    assert shown(cross_fitted).value == pytest.approx(cross_fitted.readouts["gap"].value)
    assert split.value == split.readouts["scaled"].value
    errors = {name: s.std_error for name, s in cross_fitted.readouts.items()}
    assert len(set(errors.values())) == 1
    assert cross_fitted.diagnostics["std_sampling"] == errors["gap"]
    assert len({s.std_error for s in split.readouts.values()}) > 1


def test_a_members_standard_error_is_that_of_an_estimate_of_it_alone(samples):
    model = MINDE("j", n_seeds=1, folds=1, device="cpu", options=TINY).fit(*samples)
    both, ensemble = np.concatenate(samples, axis=1), model.ensembles_["joint"]
    tests, trains = ensemble.test_rows(both), ensemble.train_rows(both)
    of_member = ensemble.read(tests, MEASURES["j"], trains).final["scaled"].std_error.item()
    # The workflow's, in single precision.
    found = model.mutual_information().diagnostics["std_rows"]
    assert found == pytest.approx(of_member, rel=1e-5)


def test_one_seed_is_said_and_two_are_not(samples):
    for n_seeds, folds in ((1, 1), (2, 1), (1, 3)):
        model = MINDE("j", n_seeds=n_seeds, folds=folds, device="cpu", options=TINY)
        e = model.estimate_with_info(*samples)
        # Folds tell how far trainings differ, too.
        assert (ONE_SEED in e.additional_information["warnings"]) is (n_seeds * folds == 1)


def test_the_same_random_state_gives_the_same_estimate(samples):
    def run(state):
        return MINDE(n_seeds=1, device="cpu", random_state=state, options=TINY).estimate(*samples)

    assert run(1) == run(1)
    assert run(1) != run(2)


def test_scikit_learns_conventions(samples):
    model = MINDE("j", n_seeds=3, options=TINY)
    copy = clone(model)
    assert copy is not model
    assert copy.get_params() == model.get_params()
    assert copy.set_params(n_seeds=1).n_seeds == 1
    assert isinstance(copy.estimate(*samples), float)
    with pytest.raises(InputError, match="unknown parameter 'seeds'"):
        model.set_params(seeds=1)
    assert repr(MINDE("j", n_seeds=3)) == "MINDE(family='j', n_seeds=3)"


@pytest.mark.bmi
def test_bmis_own_runner_takes_the_estimator(tmp_path):
    from bmi.benchmark import BENCHMARK_TASKS
    from bmi.benchmark.result import run_estimator

    task = BENCHMARK_TASKS["1v1-normal-0.75"]
    task.save_sample(tmp_path / "sample.csv", 200, 0)
    result = run_estimator(
        estimator=MINDE(n_seeds=1, device="cpu", options=TINY),
        estimator_id="minde",
        sample_path=tmp_path / "sample.csv",
        task_id=task.id,
        seed=0,
    )
    assert result.success
    assert np.isfinite(result.mi_estimate)
    assert result.additional_information["n_train"] == 160


ERRORS = [
    ({}, (np.zeros((9, 1)), np.arange(9.0)), r"x: column 'x\[0\]' is constant"),
    ({}, (np.arange(9.0), np.arange(8.0)), "x has 9 rows and y has 8"),
    (
        {"options": {"batch_size": 256}},
        (np.arange(99.0), np.arange(99.0) % 7),
        "a batch takes 256 of .* give 354 rows or more or a smaller batch_size",
    ),
    ({"y_kind": "categoric"}, (np.arange(9.0), list("abcabcabc")), "did you mean 'categorical'"),
    ({"device": "gpu"}, (np.arange(99.0), np.arange(99.0) % 7), "auto, cpu or cuda, got 'gpu'"),
    ({"device": "cuda:99"}, (np.arange(99.0), np.arange(99.0) % 7), "sees no device 'cuda:99'"),
    ({"family": "k"}, (np.arange(99.0), np.arange(99.0) % 7), "family must be 'c' or 'j'"),
    ({"family": "j", "y_kind": "categorical"}, (np.arange(9.0), list("abcabcabc")), "needs family"),
    ({"n_seeds": 0}, (np.arange(99.0), np.arange(99.0) % 7), "at least 1"),
]


@pytest.mark.parametrize(("arguments", "data", "message"), ERRORS)
def test_mistakes_are_one_clear_line(arguments, data, message):
    with pytest.raises(InputError, match=message) as caught:
        MINDE(**{"options": TINY, "device": "cpu", **arguments}).fit(*data)
    assert "\n" not in str(caught.value)


def test_misuse_is_one_clear_line(fitted, samples, tmp_path):
    with pytest.raises(InputError, match="not fitted yet"):
        MINDE().mutual_information()
    with pytest.raises(InputError, match="both x and y"):
        fitted.mutual_information(samples[0])
    with pytest.raises(InputError, match="both x and y"):
        fitted.mutual_information(y=samples[1])
    with pytest.raises(InputError, match="columns; this estimator was fitted on 2 and 1"):
        fitted.mutual_information(samples[1], samples[1])
    with pytest.raises(CheckpointError, match="not a saved estimator"):
        MINDE.load(tmp_path)


def test_tensors_and_numpys_own_numbers_are_taken(tmp_path):
    x = torch.randn(200, 1, generator=torch.Generator().manual_seed(0), requires_grad=True)
    model = MINDE(n_seeds=np.int64(1), random_state=np.int64(3), device="cpu", options=TINY)
    model.fit(x, x.detach().numpy() + np.arange(200)[:, None] % 7).save(tmp_path / "m")
    assert MINDE.load(tmp_path / "m", "cpu").random_state == 3


def test_a_damaged_saved_estimator_is_refused(fitted, tmp_path):
    fitted.save(tmp_path / "m")
    path = tmp_path / "m/ensemble0.safetensors"
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(CheckpointError, match="damaged"):
        MINDE.load(tmp_path / "m")


def test_functions_of_several_variables_run_and_check_their_input(samples):
    x, y = samples
    z = np.random.default_rng(1).normal(size=(200, 1))
    settings = {"n_seeds": 1, "device": "cpu", "options": TINY}
    for function in (minde.conditional_mutual_information, minde.interaction_information):
        e = function(x, y, z, **settings)
        assert np.isfinite(e.value)
        assert e.std_error > 0.0
    assert np.isfinite(minde.o_information(x, y, z, **settings).value)
    with pytest.raises(InputError, match="three variables or more, got 2"):
        minde.o_information(x, y)
    with pytest.raises(InputError, match="p has 2 columns and q has 1"):
        minde.kl_divergence(x, y)
    with pytest.raises(InputError, match="linearly dependent"):
        minde.entropy(np.column_stack([x, x.sum(axis=1)]))


def test_few_rows_for_many_columns_are_told():
    rng = np.random.default_rng(5)
    options = {"n_steps": 4, "width": 16}
    for n, dim, told in ((150, 12, True), (150, 2, False)):
        x, y = rng.normal(size=(2, n, dim))
        model = MINDE(n_seeds=1, folds=1, device="cpu", options=options)
        warnings = model.fit(x, y).mutual_information().warnings
        line = f"120 rows are few to train on with {2 * dim} columns"
        assert any(line in w for w in warnings) is told
