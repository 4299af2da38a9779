"""Capacity of channels from samples, against closed forms and the steps of Blahut and Arimoto."""

import json
import math

import numpy as np
import pandas as pd
import pytest

import minde
from minde.cli.main import main
from minde.errors import InputError
from minde.estimators.capacity import Channel

N = 2000


def exact(channel):
    """Capacity of a table of probabilities (inputs, outputs), by Blahut and Arimoto, nats."""
    shares = np.full(len(channel), 1.0 / len(channel))
    for _ in range(20_000):
        logs = np.log(np.where(channel > 0.0, channel, 1.0)) - np.log(shares @ channel)
        divergences = (channel * logs).sum(axis=1)
        if divergences.max() - shares @ divergences < 1e-9:
            break
        shares = shares * np.exp(divergences)
        shares /= shares.sum()
    return float(shares @ divergences)


GRID = np.linspace(-20.0, 20.0, 8001)


def normals(means, deviations):
    """Gaussian laws as fine tables."""
    means, deviations = (np.broadcast_to(v, len(means))[:, None] for v in (means, deviations))
    density = np.exp(-0.5 * ((GRID - means) / deviations) ** 2)
    return density / density.sum(axis=1, keepdims=True)


def flipped(x, share, rng):
    return np.where(rng.random(len(x)) < share, 1 - x, x)


def binary_symmetric(rng, n=N):
    x = rng.integers(0, 2, size=n)
    return x, flipped(x, 0.1, rng)


def z_channel(rng):
    x = (rng.random(N) < 0.7).astype(int)
    return x, np.where(rng.random(N) < 0.5, 0, x)


def erasure(rng):
    x = rng.choice(["no", "yes"], size=N)
    return x, np.where(rng.random(N) < 0.3, "lost", x)


def unused_input(rng):
    """Of three inputs the third is noise, which no capacity is lost without."""
    x = rng.integers(0, 3, size=N)
    return x, np.where(x == 2, rng.integers(0, 2, size=N), flipped(x % 2, 0.1, rng))


def antipodal(rng):
    x = rng.integers(0, 2, size=N)
    return x, 2.0 * x - 1.0 + rng.normal(size=N)


LEVELS, DEVIATIONS = np.array([-3.0, -1.0, 1.0, 3.0]), np.array([0.3, 0.6, 1.0, 1.5])


def amplitudes(rng):
    """Four amplitudes with noise of their own, sampled in other shares than the best."""
    x = rng.choice(4, size=N, p=[0.4, 0.3, 0.2, 0.1])
    return np.array(list("abcd"))[x], LEVELS[x] + DEVIATIONS[x] * rng.normal(size=N)


def flag_and_value(rng):
    """A flipped bit beside a noisy value of the same input."""
    x, y = antipodal(rng)
    return x, {"bit": flipped(x, 0.2, rng), "value": y}


PAIR = normals([-1.0, 1.0], 1.0)
BOTH = np.concatenate([[[0.8], [0.2]] * PAIR, [[0.2], [0.8]] * PAIR], axis=1)
SYMMETRIC = math.log(2) + 0.1 * math.log(0.1) + 0.9 * math.log(0.9)


@pytest.mark.parametrize(
    ("channel", "truth"),
    [
        (binary_symmetric, SYMMETRIC),
        (z_channel, math.log(1.25)),
        (erasure, 0.7 * math.log(2)),
        (unused_input, SYMMETRIC),
        (antipodal, exact(PAIR)),
        (amplitudes, exact(normals(LEVELS, DEVIATIONS))),
        (flag_and_value, exact(BOTH)),
    ],
    ids=lambda v: getattr(v, "__name__", ""),
)
def test_capacity_of_known_channels(channel, truth):
    found = minde.channel_capacity(*channel(np.random.default_rng(0)))
    assert found.std_error < 0.025
    # Chance misses four standard errors once in 16,000.
    assert abs(found.value - truth) < 4 * found.std_error
    assert sum(found.diagnostics["inputs"].values()) == pytest.approx(1.0)
    assert found.value >= found.readouts["as sampled"].value - 2 * found.std_error


def test_the_best_shares_are_found():
    rng = np.random.default_rng(1)
    shares = minde.channel_capacity(*z_channel(rng)).diagnostics["inputs"]
    assert shares["1"] == pytest.approx(0.4, abs=0.05)  # of the Z-channel two in five
    assert minde.channel_capacity(*unused_input(rng)).diagnostics["inputs"]["2"] < 0.1


def test_at_the_maximum_every_input_that_is_used_tells_as_much():
    rng = np.random.default_rng(0)
    channel = rng.dirichlet(np.ones(5), size=4)
    labels = np.repeat(np.arange(4), 500)
    y = np.array([rng.choice(5, p=channel[x]) for x in labels])
    rows = Channel(np.log(channel).T[y], labels)
    best = rows.optimum()
    _, told = rows.divergences(best.shares)
    assert told.max() < best.value + 1e-4
    assert told[best.shares > 0.05] == pytest.approx(best.value, abs=1e-3)
    assert best.value == pytest.approx(exact(channel), abs=4 * np.linalg.norm(best.influence))


def test_it_is_no_less_than_nothing_and_no_more_than_the_labels():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 3, size=300)
    useless = minde.channel_capacity(x, rng.normal(size=300))
    assert useless.interval[0] == 0.0
    assert useless.value < 0.03
    clear = minde.channel_capacity(x, 100.0 * x + rng.normal(size=300))
    assert clear.value == pytest.approx(math.log(3), abs=0.02)
    assert clear.interval[1] <= math.log(3) + 1e-12


def test_names_of_labels_and_outputs_do_not_matter():
    x, y = z_channel(np.random.default_rng(0))
    renamed = minde.channel_capacity(np.array(["u", "v"])[x], np.array(["left", "right"])[y])
    assert renamed.value == minde.channel_capacity(x, y).value
    assert [*renamed.diagnostics["inputs"]] == ["u", "v"]


def test_scale_of_the_output_does_not_matter():
    x, y = (v[:400] for v in antipodal(np.random.default_rng(0)))
    a, b = minde.channel_capacity(x, y), minde.channel_capacity(x, 1e6 * y - 3.0)
    assert a.value == pytest.approx(b.value, abs=1e-6)


def test_columns_of_x_together_are_one_input():
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2, size=(N, 2))
    y = np.stack([flipped(bit, 0.1, rng) for bit in bits.T], axis=1)
    found = minde.channel_capacity(bits, y)
    assert abs(found.value - 2 * SYMMETRIC) < 4 * found.std_error
    assert [*found.diagnostics["inputs"]] == ["0, 0", "0, 1", "1, 0", "1, 1"]


def test_intervals_hold_the_truth_as_often_as_they_say():
    held = 0
    for seed in range(100):
        low, high = minde.channel_capacity(
            *binary_symmetric(np.random.default_rng(seed), 400)
        ).interval
        held += low < SYMMETRIC < high
    assert held >= 88  # of 95 in 100, fewer than 88 once in 500


@pytest.mark.parametrize(
    ("x", "y", "line"),
    [
        (np.linspace(0, 1, 200), np.zeros(200) + np.arange(200) % 2, "x must hold labels"),
        (["a"] * 190 + ["b"] * 10, np.arange(200) % 2, "input b of x has 10 rows"),
        (["a"] * 200, np.arange(200) % 2, "constant"),
        (["a", "b"], [1.0, 2.0, 3.0], "rows must pair"),
        (["a", "b"] * 100, [math.nan] * 200, "missing"),
    ],
)
def test_mistakes_are_one_line(x, y, line):
    with pytest.raises(InputError, match=line) as caught:
        minde.channel_capacity(x, y)
    assert "\n" not in str(caught.value)


def test_the_command_prints_what_python_returns(tmp_path, monkeypatch, capsys):
    x, y = z_channel(np.random.default_rng(0))
    pd.DataFrame({"sent": x, "got": y}).to_csv(tmp_path / "t.csv", index=False)
    line = ["minde", "capacity", str(tmp_path / "t.csv"), "--x", "sent", "--y", "got"]
    monkeypatch.setattr("sys.argv", [*line, "--json"])
    with pytest.raises(SystemExit, match="0"):
        main()
    printed = json.loads(capsys.readouterr().out)
    assert printed["value"] == minde.channel_capacity(x, y).value
    assert printed["diagnostics"]["inputs"]["1"] == pytest.approx(0.4, abs=0.05)
    monkeypatch.setattr("sys.argv", line)
    with pytest.raises(SystemExit, match="0"):
        main()
    assert "shares of the inputs: 0 0." in capsys.readouterr().out
