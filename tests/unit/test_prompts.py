"""Stages of Figures 9 and 10: chunks and kills, tables, and figures that draw them."""

import json
import math

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch

from minde.errors import InputError, StoppedError
from minde.experiments.prompts import model as prompt_model
from minde.experiments.prompts.figures import draw_grid, plot_prompts
from minde.experiments.prompts.model import ModelFiles, in_chunks, list_prompts, sample_labelled
from minde.experiments.prompts.stages import mean_curves, read_curves
from minde.experiments.prompts.tables import prompts_table
from minde.images.classifier import Classifier
from minde.io.checkpoint import load_checkpoint, save_checkpoint
from minde.io.files import write_parquet
from minde.prompts.labelled import indicators
from minde.stages.samples import read_samples

TAU, LAMBDA = [0.001, 0.5, 1.0], [9.0, 0.0, -10.0]


def test_labels_come_in_turn_and_a_file_line_by_line(tmp_path):
    list_prompts("images", "", 5, 3, tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_text().split() == ["0", "1", "2", "0", "1"]
    (tmp_path / "in.txt").write_text("a cat\n\n a dog \n")
    list_prompts("diffusers", str(tmp_path / "in.txt"), 3, 10, tmp_path / "b.txt")
    assert (tmp_path / "b.txt").read_text() == "a cat\na dog\na cat\n"


def test_a_missing_or_empty_file_of_prompts_is_one_clear_line(tmp_path):
    with pytest.raises(InputError, match=r"cannot read .*; set prompts\.file"):
        list_prompts("diffusers", str(tmp_path / "none.txt"), 3, 10, tmp_path / "out.txt")
    (tmp_path / "empty.txt").write_text("\n\n")
    with pytest.raises(InputError, match="holds no prompt"):
        list_prompts("diffusers", str(tmp_path / "empty.txt"), 3, 10, tmp_path / "out.txt")
    assert not (tmp_path / "out.txt").exists()


class Fake:
    device = torch.device("cpu")


def test_a_stopped_run_goes_on_with_the_next_chunk(tmp_path, monkeypatch):
    monkeypatch.setattr(ModelFiles, "load", lambda self, device="auto": Fake())
    files, items, seen = ModelFiles("images"), [str(k) for k in range(10)], []
    path = tmp_path / "c.safetensors"

    def work(model, rows):
        seen.append(rows)
        return {"v": torch.arange(rows.start, rows.stop), "one/tau": torch.tensor([1.0])}

    def run(stop_after):
        def check_of():
            count = [0]

            def check():
                count[0] += 1
                if count[0] == stop_after:
                    raise StoppedError("stopped")

            return check

        class Signals:
            def __enter__(self):
                return check_of()

            def __exit__(self, *args):
                return False

        monkeypatch.setattr("minde.runtime.progress.stop_signals", Signals)
        return in_chunks("v", files, items, 4, path, {}, work)

    with pytest.raises(StoppedError):
        run(2)
    found = run(0)
    assert [(r.start, r.stop) for r in seen] == [(0, 4), (4, 8), (8, 10)]
    assert torch.equal(found["v"], torch.arange(10))
    assert torch.equal(found["one/tau"], torch.tensor([1.0]))


def test_labelled_samples_are_standardised_codes_and_indicators(tmp_path):
    from minde.experiments.consistency.stages import prepare_images, train_code

    images, code = tmp_path / "i.safetensors", tmp_path / "c.safetensors"
    prepare_images("digits", "", False, images)
    options = {"kind": "mlp", "latent": 3, "hidden": 8, "epochs": 1, "batch_size": 500, "lr": 1e-3}
    train_code(images, "labels", code, options, tmp_path / "k")
    sample_labelled(images, code, tmp_path / "s.parquet")
    samples = read_samples(tmp_path / "s.parquet")
    assert samples.dims == (3, 9)
    x, y = samples.split(samples.train)
    np.testing.assert_allclose(x.mean(axis=0), 0.0, atol=1e-4)
    np.testing.assert_allclose(x.std(axis=0), 1.0, atol=1e-3)
    labels = load_checkpoint(images)[0]["train_labels"]
    np.testing.assert_array_equal(y, indicators(labels.tolist(), 10).numpy())
    # The digits are nearly as many of each kind.
    assert samples.mi_true == pytest.approx(math.log(10), abs=0.01)


def test_the_classifier_knows_what_it_was_shown():
    g = np.random.default_rng(0)
    pixels = g.integers(0, 256, size=(30, 4, 4)).astype(np.uint8)
    labels = np.repeat([0, 1, 2], 10).astype(np.uint8)
    pixels[labels == 1] //= 8
    pixels[labels == 2] = 255 - pixels[labels == 2] // 8
    assert (Classifier(pixels, labels)(pixels / 255.0) == labels).mean() > 0.9


@pytest.fixture
def curves(tmp_path):
    rng = np.random.default_rng(0)
    rows = []
    for readout in ("inside", "outside", "gap"):
        for k in range(6):
            end = 2.0 + rng.normal()
            rows.append((str(k % 3), readout, end, [1.0, 2.0, 0.1], [0.0, 0.5 * end, end]))
    names = ["prompt", "readout", "mi", "integrand", "remaining"]
    table = pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))
    note = {"tau": TAU, "log_snr": LAMBDA, "source": "images", "times": 3, "sigma_ref": 1.0}
    path = tmp_path / "curves.parquet"
    write_parquet(table.replace_schema_metadata({"minde": json.dumps(note)}), path)
    return path, pd.DataFrame(rows, columns=names)


def test_the_table_is_the_mean_over_prompts(curves, tmp_path):
    path, frame = curves
    switch = tmp_path / "switch.safetensors"
    tensors = {
        "images": torch.zeros(2, 1, 4, 4, 1),
        "at": torch.tensor([1.0, 0.0], dtype=torch.float64),
        "shares": torch.tensor([[0.0, 1.0], [0.9, 0.1]], dtype=torch.float64),
    }
    meta = {"first": "3", "second": "8", "n": 10, "accuracy": 0.98, "guidance": 1.0}
    save_checkpoint(switch, tensors, meta)
    prompts_table(path, switch, tmp_path / "t.csv", tmp_path / "t.md")
    table = pd.read_csv(tmp_path / "t.csv")
    ends = table[table["tau"] == 1.0].set_index("readout")["mean"]
    expected = frame.groupby("readout")["mi"].mean()
    np.testing.assert_allclose(ends[expected.index], expected, atol=1e-6)
    assert ends["inside"] == pytest.approx(expected["inside"])
    text = (tmp_path / "t.md").read_text()
    assert f"{expected['inside']:.3f}" in text
    assert f"{math.log(3):.3f}" in text
    assert "| 1 | 0.000 | 1.000 |" in text


def test_figure_9_draws_the_table(curves, monkeypatch, tmp_path):
    path, _ = curves
    kept = []
    monkeypatch.setattr(plt, "close", kept.append)
    style = {"palette": "colorblind", "font_size": 9, "dpi": 50}
    plot_prompts(path, style, [str(tmp_path / "f.png")])
    lines = {line.get_label(): line for line in kept[0].axes[0].get_lines()}
    mean = mean_curves(*read_curves(path))
    for readout, label in (("inside", "MINDE"), ("outside", "MINDE (σ)")):
        part = mean[mean["readout"] == readout]
        np.testing.assert_allclose(lines[label].get_xdata(), part["tau"])
        np.testing.assert_allclose(lines[label].get_ydata(), part["mean"])


def test_figure_10_places_every_image_under_its_time():
    images = np.random.default_rng(0).random((3, 2, 4, 4, 1)).astype(np.float32)
    figure, axes = plt.subplots()
    picture = draw_grid(axes, images, np.array([1.0, 0.5, 0.0]))
    assert picture.shape == (2 * 6, 3 * 6, 1)
    for column in range(3):
        for row in range(2):
            tile = picture[6 * row + 1 : 6 * row + 5, 6 * column + 1 : 6 * column + 5]
            np.testing.assert_array_equal(tile, images[column, row])
    assert [t.get_text() for t in axes.get_xticklabels()] == ["1", "0.5", "0"]
    plt.close(figure)


def test_the_suite_is_the_one_that_options_are_chosen_by():
    from minde.experiments.registry import training_options

    config = {
        "minde": {"options": {"n_draws": 2}, "family_options": {}},
        "prompts": {"options": {"width": 32}},
    }
    options = training_options(config, "c", prompt_model.SUITE, "all", 20)
    assert options == {"n_draws": 2, "width": 32, "preprocessing": "none"}
