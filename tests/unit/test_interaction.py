"""Tasks of known interaction: closed forms, two routes, samples, and what a family measures."""

import math
from pathlib import Path

import numpy as np
import pytest
import yaml

from minde.errors import ConfigError, InputError
from minde.experiments.interaction.samples import sample_task
from minde.experiments.interaction.tasks import (
    CONSTRUCTIONS,
    Construction,
    covariance,
    draw,
    interaction_tasks,
    o_information,
    parse,
    truth,
)
from minde.experiments.registry import EXPERIMENTS
from minde.readout.measures import measure_of
from minde.stages.request import make_family
from minde.stages.samples import read_samples

ROOT = Path(__file__).resolve().parents[2]
GAUSSIAN = [n for n in CONSTRUCTIONS if n != "xor"]


def example(name, dim=1, noise=(0.3, 1.7)):
    return Construction(name, dim, noise[: CONSTRUCTIONS[name].n_noises])


def entropy(cov, kept):
    part = cov[np.ix_(kept, kept)]
    return 0.5 * (len(kept) * math.log(2 * math.pi * math.e) + np.linalg.slogdet(part)[1])


@pytest.mark.parametrize("name", GAUSSIAN)
def test_the_closed_form_is_the_sum_of_entropies(name):
    cov = covariance(example(name))
    n = len(cov)
    every = list(range(n))
    others = [[j for j in every if j != k] for k in every]
    # Rosas et al.: (n - 2) H(X) + sum of H(X_i) - H(X_-i).
    total = (n - 2) * entropy(cov, every)
    total += sum(entropy(cov, [k]) - entropy(cov, others[k]) for k in every)
    assert o_information(cov) == pytest.approx(total, abs=1e-12)


@pytest.mark.parametrize(("v", "published"), [(0.1, 0.876), (0.5, 0.294), (1, 0.144), (2, 0.059)])
def test_the_common_cause_is_i_ab_minus_i_ab_given_c(v, published):
    mutual = 0.5 * math.log(1 + 1 / v)
    given = 0.5 * math.log(v / (1 + v) * (1 + 2 / v))
    value = truth(Construction("common_cause", 1, (v, v)))
    assert value == pytest.approx(mutual - given, abs=1e-12)
    assert value == pytest.approx(published, abs=5e-4)


def test_signs_groups_and_dimensions():
    assert truth(example("common_cause")) > 0 > truth(example("sum"))
    assert truth(example("xor", 3)) == pytest.approx(-3 * math.log(2))
    assert truth(example("sum", 5)) == pytest.approx(5 * truth(example("sum")))
    redundant, synergistic = truth(example("redundant6")), truth(example("synergistic6"))
    assert synergistic == pytest.approx(2 * truth(example("sum")))
    # One group of each.
    assert truth(example("mixed6")) == pytest.approx(0.5 * (redundant + synergistic))


@pytest.mark.parametrize("name", GAUSSIAN)
def test_samples_have_the_covariance(name):
    task = example(name, dim=2)
    variables, value = draw(task.task_id, 50_000, 3)
    assert value == truth(task)
    assert [v.shape for v in variables] == [(50_000, 2)] * task.n_variables
    for d in range(2):
        found = np.cov(np.stack([v[:, d] for v in variables]))
        # Five standard errors of a covariance of variances up to 4.
        np.testing.assert_allclose(found, covariance(task), atol=5 * 4 / math.sqrt(50_000) * 1.5)


def test_xor_hides_its_dependence_from_every_pair():
    (a, b, c), _ = draw("xor-d1", 50_000, 1)
    table = np.stack([np.sign(v[:, 0]) for v in (a, b, c)])
    for i, j in ((0, 1), (0, 2), (1, 2)):
        # A mean of 50,000 signs: four standard errors.
        assert abs((table[i] * table[j]).mean()) < 4 / math.sqrt(50_000)
    assert (table.prod(axis=0) == 1).all()
    assert np.abs(c).mean() == pytest.approx(math.sqrt(2 / math.pi), abs=0.02)


def test_seeds_differ_and_repeat():
    first, again, other = (draw("sum-d1-0.5", 100, s)[0][0] for s in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


def test_identifiers_invert():
    for info in interaction_tasks(list(CONSTRUCTIONS), [1, 5], [0.1, 2]):
        task = parse(info.task_id)
        assert task.task_id == info.task_id
        assert info.dims == (task.dim,) * task.n_variables


@pytest.mark.parametrize(
    "bad", ["sum", "sum-d0-1", "sum-d1", "xor-d1-0.5", "common-d1-1-1", "sum-d1-x"]
)
def test_other_identifiers_are_refused(bad):
    with pytest.raises(ConfigError, match="is not a task"):
        parse(bad)


def test_sample_files_hold_any_number_of_variables(tmp_path):
    sample_task("mixed6-d2-0.5", 0, 30, 10, tmp_path / "a.parquet")
    samples = read_samples(tmp_path / "a.parquet")
    assert samples.dims == (2,) * 6
    variables, value = draw("mixed6-d2-0.5", 40, 0)
    np.testing.assert_array_equal(samples.train, np.concatenate(variables, axis=1)[:30])
    assert samples.mi_true == value
    with pytest.raises(InputError, match="has 6 variables, not two"):
        samples.split(samples.train)


def test_families_of_more_variables_learn_what_their_measure_needs():
    for name, count in (("c", 3), ("j", 3), ("j", 6)):
        family = make_family(name, [2] * count)
        assert family.name == name
        assert set(family.patterns) == set(measure_of(name, count).patterns)
    with pytest.raises(ConfigError, match="three variables at most"):
        make_family("c", [1] * 6)


def test_six_variables_are_for_minde_j_only():
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    found = EXPERIMENTS["interaction"].cells(config)
    assert {c.estimator for c in found} == {"minde-c-paper", "minde-j-paper"}
    six = {c.estimator for c in found if parse(c.task).n_variables == 6}
    assert six == {"minde-j-paper"}
