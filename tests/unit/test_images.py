"""Images, damaged files, autoencoders, and their codes as samples."""

import gzip
import hashlib

import numpy as np
import pytest
import torch

from minde.errors import CheckpointError, ConfigError, InputError, StoppedError
from minde.experiments.consistency.samples import sample_codes, sample_pixels
from minde.experiments.consistency.stages import prepare_images, rows_of_code, train_code
from minde.images import data
from minde.images.autoencoder import Autoencoder, scaled
from minde.images.data import load_images, mask_rows
from minde.images.fit import CodeTrainer, encode, reconstruction_error
from minde.images.options import CodeOptions
from minde.io.checkpoint import load_checkpoint, save_checkpoint
from minde.stages.samples import read_samples

OPTIONS = {"kind": "mlp", "latent": 3, "hidden": 16, "epochs": 4, "batch_size": 100, "lr": 1e-2}


@pytest.fixture(scope="module")
def digits():
    return load_images("digits")


def test_digits_are_split_once_and_only_training_images_are_shifted(digits):
    assert digits.train.shape == (9 * 1347, 8, 8)
    assert digits.test.shape == (450, 8, 8)
    assert np.bincount(digits.test_labels).min() >= 43
    original = digits.train.reshape(9, 1347, 8, 8)[4]
    down = digits.train.reshape(9, 1347, 8, 8)[7]
    np.testing.assert_array_equal(down[:, 1:], original[:, :-1])
    assert (down[:, 0] == 0).all()
    test = {image.tobytes() for image in digits.test}
    shared = sum(image.tobytes() in test for image in digits.train)
    assert shared == 0


def test_rows_below_the_kept_ones_are_black(digits):
    images = digits.test
    for rows in (0, 3, 8):
        masked = mask_rows(images, rows)
        np.testing.assert_array_equal(masked[:, :rows], images[:, :rows])
        assert not masked[:, rows:].any()
    assert images[:, 3:].any()


def idx(array):
    """An array of bytes as an IDX file."""
    head = bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    return head + array.tobytes()


@pytest.fixture
def mnist(tmp_path, monkeypatch):
    """A made-up MNIST of few images, with its own checksums."""
    rng = np.random.default_rng(0)
    raw = tmp_path / "MNIST/raw"
    raw.mkdir(parents=True)
    arrays = [(6, 28, 28), (6,), (3, 28, 28), (3,)]
    sums = {}
    for name, shape in zip(data.MNIST_FILES, arrays, strict=True):
        content = idx(rng.integers(0, 256, shape).astype(np.uint8))
        sums[name] = hashlib.sha256(content).hexdigest()
        (raw / name).write_bytes(content)
    monkeypatch.setattr(data, "MNIST_FILES", sums)
    monkeypatch.delenv(data.ROOT_VARIABLE, raising=False)
    return tmp_path


def test_mnist_is_read_plain_or_packed_and_from_the_variables_folder(mnist, tmp_path, monkeypatch):
    images = load_images("mnist", mnist)
    assert (images.train.shape, images.test_labels.shape) == ((6, 28, 28), (3,))
    raw = mnist / "MNIST/raw/t10k-images-idx3-ubyte"
    (raw.parent / f"{raw.name}.gz").write_bytes(gzip.compress(raw.read_bytes()))
    raw.unlink()
    np.testing.assert_array_equal(load_images("mnist", mnist).test, images.test)
    monkeypatch.setenv(data.ROOT_VARIABLE, str(mnist))
    np.testing.assert_array_equal(load_images("mnist", tmp_path / "no").train, images.train)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda p: p.unlink(), "images: no file .*; set consistency.root or MINDE_MNIST_ROOT"),
        (lambda p: p.write_bytes(p.read_bytes()[:-1]), "is damaged"),
        (lambda p: p.write_bytes(b""), "is damaged"),
        (lambda p: p.rename(p.with_name(p.name + ".gz")), "cannot read .*; fetch it again"),
    ],
)
def test_a_missing_or_damaged_file_is_one_clear_line(mnist, damage, message):
    damage(mnist / "MNIST/raw/train-images-idx3-ubyte")
    with pytest.raises(InputError, match=message) as caught:
        load_images("mnist", mnist)
    assert "\n" not in str(caught.value)


def test_an_unknown_dataset_names_the_nearest():
    with pytest.raises(InputError, match="no dataset 'mnits'; did you mean 'mnist'"):
        load_images("mnits")


@pytest.mark.parametrize(("kind", "side"), [("mlp", 8), ("conv", 8), ("conv", 28)])
def test_autoencoders_keep_shapes(kind, side):
    model = Autoencoder(kind, side, 5, 16)
    images = torch.rand(7, side, side)
    assert model.encode(images).shape == (7, 5)
    back = model(images).detach()
    assert back.shape == images.shape
    assert 0.0 <= float(back.min()) <= float(back.max()) <= 1.0


def test_an_unknown_kind_is_refused():
    with pytest.raises(ConfigError, match="kind must be mlp or conv, got 'cnn'"):
        Autoencoder("cnn", 8, 5, 16)


def test_bytes_are_scaled_so_that_black_and_white_can_be_reached():
    assert scaled(torch.tensor([0, 255], dtype=torch.uint8)).tolist() == [0.0, 1.0]


@pytest.mark.parametrize("kind", ["mlp", "conv"])
def test_training_beats_the_mean_image(digits, kind):
    train = torch.from_numpy(digits.train[::3].copy())
    test = torch.from_numpy(digits.test)
    model = CodeTrainer(train, CodeOptions(kind, 8, 64, 10, 50, 2e-3), seed=0).run()
    mean = scaled(train).mean(dim=0)
    assert reconstruction_error(model, test) < 0.6 * float(((scaled(test) - mean) ** 2).mean())


@pytest.mark.parametrize("stop_at", [50, 100, 250])
def test_a_stopped_training_goes_on_to_the_same_weights(digits, tmp_path, stop_at):
    train = torch.from_numpy(digits.train[:3000])
    options = CodeOptions("mlp", 3, 16, 10, 100, 1e-2)  # 30 steps an epoch
    whole = CodeTrainer(train, options, seed=1).run()
    path = tmp_path / "progress.safetensors"

    def stop(done, total, loss):
        if done >= stop_at:
            raise StoppedError("stopped")

    with pytest.raises(StoppedError):
        CodeTrainer(train, options, 1, path).run(stop)
    again = CodeTrainer(train, options, 1, path)
    resumed = again.run()
    assert load_checkpoint(path)[1]["step"] >= stop_at
    for a, b in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(a, b)


def test_a_foreign_checkpoint_is_refused_and_a_truncated_one_ignored(digits, tmp_path, caplog):
    train = torch.from_numpy(digits.train[:300])
    path = tmp_path / "progress.safetensors"
    trainer = CodeTrainer(train, CodeOptions(epochs=1, hidden=8), 1, path)
    trainer.run()
    trainer.save()
    with pytest.raises(CheckpointError, match="belongs to another training; delete it"):
        CodeTrainer(train, CodeOptions(epochs=1, hidden=8), 2, path).run()
    path.write_bytes(path.read_bytes()[:200])
    CodeTrainer(train, CodeOptions(epochs=1, hidden=8), 1, path).run()
    assert "starting afresh" in caplog.text


def test_codes_name_their_rows():
    assert [rows_of_code(c, 28) for c in ("full", "r0", "r10")] == [28, 0, 10]
    with pytest.raises(InputError, match="images have 8 rows, asked for 9"):
        rows_of_code("r9", 8)


@pytest.fixture(scope="module")
def coded(tmp_path_factory):
    """Images and three autoencoders as files."""
    folder = tmp_path_factory.mktemp("codes")
    images = folder / "images.safetensors"
    prepare_images("digits", "nowhere", False, images)
    paths = {}
    for code in ("full", "r0", "r2", "r4"):
        paths[code] = str(folder / f"{code}.safetensors")
        train_code(images, code, paths[code], OPTIONS, folder / "progress")
    assert not (folder / "progress").exists()
    return images, paths


def drawn(coded, tmp_path, task, codes, seed=0, noise=0.0, pairings=1):
    images, paths = coded
    path = tmp_path / "samples.parquet"
    sample_codes(images, [paths[c] for c in codes], task, seed, noise, path, pairings)
    return read_samples(path)


def test_codes_are_standardised_over_all_training_images(coded, tmp_path):
    sample = drawn(coded, tmp_path, "baseline-4", ["full", "r4"])
    assert sample.dims == (3, 3)
    assert (len(sample.train), len(sample.test)) == (12123, 450)
    np.testing.assert_allclose(sample.train.mean(axis=0), 0.0, atol=1e-4)
    np.testing.assert_allclose(sample.train.std(axis=0), 1.0, atol=1e-3)


def test_with_no_row_kept_y_is_independent_noise(coded, tmp_path):
    sample = drawn(coded, tmp_path, "baseline-0", ["full", "r0"])
    x, y = sample.split(sample.train)
    # The largest of nine correlations of 12,123 independent pairs: 4 / sqrt(12123) = 0.036.
    assert np.abs(np.corrcoef(x.T, y.T)[:3, 3:]).max() < 0.036
    np.testing.assert_allclose(y.std(axis=0), 1.0, atol=0.03)


def test_more_pairings_are_more_rows_of_the_same_images(coded, tmp_path):
    once, often = (
        drawn(coded, tmp_path, "additivity-4", ["full", "r4"], pairings=k) for k in (1, 3)
    )
    n = len(once.train)
    assert len(often.train) == 3 * n
    np.testing.assert_array_equal(often.test, once.test)
    np.testing.assert_array_equal(often.train[:n], once.train)
    x, y = often.split(often.train)
    # The first image is the same each time, and its code of four rows with it; its partner is not.
    for part in (x, y):
        np.testing.assert_array_equal(part[:n, :3], part[n : 2 * n, :3])
        assert (part[:n, 3:] != part[n : 2 * n, 3:]).any(axis=1).mean() > 0.99
        own = {tuple(row) for row in part[:n, :3]}
        assert {tuple(row) for row in part[2 * n :, 3:]} <= own
    single = drawn(coded, tmp_path, "baseline-4", ["full", "r4"], pairings=3)
    assert len(single.train) == n


def test_data_processing_appends_the_code_of_fewer_rows(coded, tmp_path):
    both = drawn(coded, tmp_path, "processing-2-4", ["full", "r2", "r4"])
    four = drawn(coded, tmp_path, "baseline-4", ["full", "r4"])
    two = drawn(coded, tmp_path, "baseline-2", ["full", "r2"])
    assert both.dims == (3, 6)
    np.testing.assert_array_equal(both.test[:, :6], four.test)
    np.testing.assert_array_equal(both.test[:, 6:], two.test[:, 3:])


def test_additivity_pairs_each_image_with_another_in_x_and_y_alike(coded, tmp_path):
    two = drawn(coded, tmp_path, "additivity-4", ["full", "r4"])
    one = drawn(coded, tmp_path, "baseline-4", ["full", "r4"])
    assert two.dims == (6, 6)
    np.testing.assert_array_equal(two.test[:, :3], one.test[:, :3])
    rows = {tuple(row): k for k, row in enumerate(one.test)}
    second = np.concatenate([two.test[:, 3:6], two.test[:, 9:12]], axis=1)
    who = [rows[tuple(row)] for row in second]
    assert sorted(who) == list(range(len(one.test)))
    other = drawn(coded, tmp_path, "additivity-4", ["full", "r4"], seed=1)
    assert not np.array_equal(other.test[:, 3:6], two.test[:, 3:6])


def test_noise_on_the_codes_of_a_leaves_those_of_b_alone(coded, tmp_path):
    plain = drawn(coded, tmp_path, "baseline-4", ["full", "r4"])
    noisy = drawn(coded, tmp_path, "baseline-4", ["full", "r4"], noise=0.5)
    np.testing.assert_array_equal(noisy.train[:, 3:], plain.train[:, 3:])
    spread = (noisy.train - plain.train)[:, :3].std(axis=0)
    np.testing.assert_allclose(spread, 0.5, rtol=0.03)


def test_the_file_of_an_autoencoder_tells_its_errors(coded, tmp_path):
    images, paths = coded
    meta = load_checkpoint(paths["r2"])[1]
    assert (meta["code"], meta["rows"], meta["side"]) == ("r2", 2, 8)
    assert 0.0 < meta["test_mse"] < meta["mean_image_mse"]
    # Nothing is learned of black images: its weights are those it began with.
    empty = load_checkpoint(paths["r0"])[1]
    assert empty["options"]["epochs"] == 0
    other = tmp_path / "other.safetensors"
    save_checkpoint(other, {"a": torch.zeros(1)}, {})
    with pytest.raises(CheckpointError, match="is not an autoencoder"):
        sample_codes(images, [str(other)], "baseline-2", 0, 0.0, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_encoding_in_chunks_is_encoding_at_once(digits, monkeypatch):
    model = Autoencoder("mlp", 8, 3, 16)
    pixels = torch.from_numpy(digits.test)
    whole = encode(model, pixels)
    monkeypatch.setattr("minde.images.fit.CHUNK", 100)
    torch.testing.assert_close(encode(model, pixels), whole)


def test_the_images_themselves_are_samples_too(coded, digits, tmp_path):
    images, _ = coded
    path = tmp_path / "pixels.parquet"
    sample_pixels(images, "processing-2-4", 0, path)
    sample = read_samples(path)
    assert (sample.suite, sample.dims) == ("pixels", (64, 128))
    x, y = sample.split(sample.test)
    np.testing.assert_array_equal(x, digits.test.reshape(450, 64))
    np.testing.assert_array_equal(y[:, :64], mask_rows(digits.test, 4).reshape(450, 64))
    np.testing.assert_array_equal(y[:, 64:], mask_rows(digits.test, 2).reshape(450, 64))


def test_codes_and_images_pair_the_same_images(coded, digits, tmp_path):
    images, _ = coded
    codes = drawn(coded, tmp_path, "additivity-4", ["full", "r4"], seed=3)
    path = tmp_path / "pixels.parquet"
    sample_pixels(images, "additivity-4", 3, path)
    pixels = read_samples(path)
    alone = drawn(coded, tmp_path, "baseline-4", ["full", "r4"])
    code = {tuple(row[:3]): k for k, row in enumerate(alone.test)}
    who = [code[tuple(row)] for row in codes.test[:, 3:6]]
    np.testing.assert_array_equal(pixels.test[:, 64:128], digits.test.reshape(450, 64)[who])
