"""The suite of mixed columns: its truths, its samples and its table."""

import math

import numpy as np
import pandas as pd
import pytest

from minde.baselines.neighbours import mixed_ksg, run
from minde.errors import ConfigError, LeftOutError
from minde.experiments.mixed import laws
from minde.experiments.mixed.samples import sample_task
from minde.experiments.mixed.tables import mixed_table
from minde.experiments.mixed.tasks import LAWS, MIXED_TASKS, select_tasks
from minde.stages.samples import read_samples


def drawn(name, n, seed=0):
    return LAWS[name].draw(np.random.default_rng(seed), n)


def plug_in(x, y):
    """Mutual information of columns of levels, counted."""
    table = pd.crosstab(x, y).to_numpy() / len(x)
    outer = table.sum(1, keepdims=True) * table.sum(0, keepdims=True)
    kept = table > 0
    return float((table[kept] * np.log(table[kept] / outer[kept])).sum())


@pytest.mark.parametrize("name", LAWS)
def test_counts_of_fine_bins_come_near_the_truth(name):
    # A second route: both sides in bins of equal shares; binning loses, and n cells cost 1/(2n).
    x, y = drawn(name, 1_000_000)
    along = x.sum(axis=1) if name.startswith("classes") else x[:, 0]

    def binned(v):
        values, place, counts = np.unique(v, return_inverse=True, return_counts=True)
        atom = counts > 0.005 * len(v)
        edges = np.unique(np.quantile(v, np.linspace(0, 1, 81)[1:-1]))
        bins = np.searchsorted(edges, values, side="right")
        return np.where(atom, 1000 + np.arange(len(values)), bins)[place]

    a, b = binned(along), binned(y[:, 0])
    if name == "shifted":
        a = a + 10**7 * x[:, 1].astype(int)
    found = plug_in(a, b)
    # 160 x 80 cells at most are 0.006 too high; bins lose up to 0.03 where a bin holds much.
    assert found == pytest.approx(LAWS[name].truth(), abs=0.03)


def test_known_values():
    # Gao et al.: (1 - p)(2 ln 2 - gamma - sum ln k / 2^k) at p = 0; the authors print 0.3012.
    assert laws.poisson(0.0).truth() == pytest.approx(0.3012, abs=5e-5)
    series = sum(math.log(k) * 0.5**k for k in range(1, 100))
    assert laws.poisson(0.0).truth() == pytest.approx(
        2 * math.log(2) - np.euler_gamma - series, abs=1e-9
    )
    # Far apart a label is known; together it is not.
    shares = np.array([0.5, 0.3, 0.2])
    assert laws.classes(3, 40.0).truth() == pytest.approx(-(shares * np.log(shares)).sum())
    assert laws.classes(3, 1e-9).truth() == pytest.approx(0.0, abs=1e-9)
    # Many levels on both sides are the pair.
    fine = laws.likert(24, 0.6, both=True).truth()
    assert fine == pytest.approx(-0.5 * math.log(1 - 0.36), abs=0.008)
    assert fine < laws.likert(24, 0.6, both=False).truth() < -0.5 * math.log(1 - 0.36)


def test_a_sample_file_tells_the_kinds(tmp_path):
    sample_task("shifted", 3, 150, 50, tmp_path / "s.parquet")
    sample = read_samples(tmp_path / "s.parquet")
    assert (sample.suite, sample.seed, len(sample.train), len(sample.test)) == ("mixed", 3, 150, 50)
    assert sample.told() == (("continuous", "categorical"), ("continuous",))
    assert sample.mi_true == LAWS["shifted"].truth()
    sample_task("shifted", 4, 150, 50, tmp_path / "t.parquet")
    assert not np.array_equal(sample.train, read_samples(tmp_path / "t.parquet").train)


def test_neighbours_of_discrete_columns_count_them():
    x, y = drawn("likert-both", 4000)
    # digamma for the logarithm differs by half a row a cell: 25 cells against 5 and 5.
    assert mixed_ksg(x, y, 5) == pytest.approx(plug_in(x[:, 0], y[:, 0]), abs=20 / 4000)
    assert mixed_ksg(x, y, 5) == mixed_ksg(y, x, 5)


def test_neighbours_of_continuous_columns_are_the_nearest():
    # Kraskov's first estimator has psi(k) + psi(n) - psi(n_x + 1) - psi(n_y + 1), itself not among
    # n_x: the same but for log n against psi(n), half a row.
    rng = np.random.default_rng(1)
    x, y = (v[:, None] for v in laws.normal_pair(rng, 300, 0.8))
    from scipy.special import digamma

    apart = np.maximum(np.abs(x - x.T), np.abs(y - y.T))
    rho = np.sort(apart, axis=1)[:, 4]
    counts = [(np.abs(v - v.T) < rho[:, None]).sum(axis=1) for v in (x, y)]
    wanted = digamma(4) + np.log(300) - sum(digamma(c) for c in counts).mean()
    assert mixed_ksg(x, y, 4) == pytest.approx(wanted, abs=1e-12)


def test_scikit_learn_takes_one_column_a_side():
    from minde.baselines.kinds import MutualInfoOptions

    x, y = drawn("noisy-sign", 2000)
    law = LAWS["noisy-sign"]
    value = run("mutual_info", (x, y), (x[:0], y[:0]), MutualInfoOptions(), 0, (law.x, law.y))
    assert value == pytest.approx(law.truth(), abs=0.05)
    x, y = drawn("classes-3", 200)
    kinds = (LAWS["classes-3"].x, LAWS["classes-3"].y)
    with pytest.raises(LeftOutError, match="one column a side"):
        run("mutual_info", (x, y), (x, y), MutualInfoOptions(), 0, kinds)


def test_tasks_are_chosen_by_name():
    assert select_tasks("all") == list(MIXED_TASKS)
    assert [t.task_id for t in select_tasks(["gated", "poisson"])] == ["poisson", "gated"]
    with pytest.raises(ConfigError, match=r"mixed\.tasks: unknown task 'gate'; did you mean 'gat"):
        select_tasks(["gate"])


def test_the_table_has_mean_errors_and_intervals(tmp_path):
    truth = LAWS["gated"].truth()
    rows = [
        ("MINDE-C", 0, "gated", truth + 0.02, 0.02, 0),
        ("MINDE-C", 0, "gated", truth - 0.04, 0.02, 1),
        ("MINDE-C", 0, "classes-3", LAWS["classes-3"].truth() + 0.06, 0.05, 0),
        ("scikit-learn", 1, "gated", truth + 0.1, math.nan, 0),
        ("scikit-learn", 1, "gated", truth + 0.3, math.nan, 1),
        ("scikit-learn", 1, "classes-3", math.nan, math.nan, 0),
    ]
    frame = pd.DataFrame(
        rows, columns=["label", "rank", "task", "mi_estimate", "std_error", "seed"]
    ).assign(reported=True, seconds=1.0, status="ok")
    frame["mi_true"] = [LAWS[task].truth() for task in frame["task"]]
    frame.to_parquet(tmp_path / "e.parquet")
    mixed_table(tmp_path / "e.parquet", tmp_path / "t.csv", tmp_path / "t.md")
    lines = [
        [cell.strip() for cell in line.strip("|\n").split("|")]
        for line in (tmp_path / "t.md").read_text().splitlines()
    ]
    assert lines[0] == ["task", "truth", "MINDE-C", "scikit-learn"]
    by_name = {line[0]: line[1:] for line in lines}
    assert by_name["**mean error**"] == ["", "0.040", "0.200"]
    assert by_name["**MINDE-C on the same rows**"] == ["", "0.040", "0.030"]
    # 0.04 is beyond 1.96 x 0.02; the two others are within theirs.
    assert by_name["**intervals that hold, MINDE-C**"] == ["", "67% of 3", ""]
    table = pd.read_csv(tmp_path / "t.csv").set_index(["task", "label"])
    assert table.loc[("gated", "scikit-learn"), "mean_error"] == pytest.approx(0.2)
    assert table.loc[("classes-3", "scikit-learn"), "seeds"] == 0
