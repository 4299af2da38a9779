"""Many columns whose information is known: channels that see few sources, and pairs of images.

Usage: .venv/bin/python benchmarks/high_dimension.py WHAT [--rows 10000] [--by cca kernel ...]

- ``channels``: 1,000 channels a side that see four pairs of sources of 1 bit each through noise;
- ``pairs``: images of MNIST whose classes, of the first --classes, go through a symmetric channel:
  the second is that of the first, or with probability --flip any of them;
- ``labels``: an image and its class.

A class is all that two images share, and a person reads it off nearly every image, so that the
information of the classes is that of the pixels. Every image is used once. --by names
compressions (``pca``, ``cca``, ``kernel``), ``codes`` (MINDE on the codes of an autoencoder, as the
paper's experiment with images has them) and ``smile`` (a critic on all columns).
"""

from __future__ import annotations

import argparse
import math
import time
from typing import Any

import numpy as np

from minde import MINDE
from minde.images.data import load_images
from minde.types import Array
from scale import channels

DIMS = (1000, 1000)


def images(root: str, classes: int, rows: int, flip: float, seed: int) -> tuple[Array, ...]:
    """Pixels and classes of pairs of images whose classes go through a symmetric channel."""
    rng, found = np.random.default_rng(seed), load_images("mnist", root)
    pixels = np.concatenate([found.train, found.test]).reshape(70_000, -1)
    labels = np.concatenate([found.train_labels, found.test_labels])
    left = {k: list(rng.permutation(np.flatnonzero(labels == k))) for k in range(classes)}
    first, second = [], []
    for _ in range(rows):
        a = int(rng.integers(classes))
        b = int(rng.integers(classes)) if rng.random() < flip else a
        if not left[a] or not left[b] or (a == b and len(left[a]) < 2):
            break
        first.append(left[a].pop())
        second.append(left[b].pop())
    x, y = (pixels[of].astype(np.float64) for of in (first, second))
    return x, y, labels[first], labels[second]


def of_channel(classes: int, flip: float) -> float:
    """Information of a symmetric channel with uniform input, nats."""
    other = flip / classes
    same = 1.0 - flip + other
    rest = (classes - 1) * other * math.log(other) if other > 0.0 and classes > 1 else 0.0
    return math.log(classes) + same * math.log(same) + rest


def estimate(x: Any, y: Any, by: str, seed: int, given: argparse.Namespace) -> tuple[float, str]:
    """A value in nats and its interval, or what there is in its place."""
    if by == "smile":
        from minde.baselines.kinds import SmileOptions
        from minde.baselines.smile import run

        cut = 4 * len(x) // 5
        shape = SmileOptions(max_n_steps=2000, test_every_n_steps=100)
        return run("smile", (x[:cut], y[:cut]), (x[cut:], y[cut:]), shape, seed), "none"
    if by == "codes":
        x, y = (codes(v, seed) if v.ndim == 2 else v for v in (x, y))
    kind = by if by in ("pca", "cca", "kernel") else None
    options = {"n_steps": given.steps} if given.steps else {}
    model = MINDE(compress=kind, components=given.components, random_state=seed, options=options)
    found = model.fit(x, y).mutual_information()
    lost = found.diagnostics.get("compression", {}).get("lost", [0.0])[0]
    return found.value, f"{found.interval[0]:.3f}, {found.interval[1]:.3f}; lost {lost:.3f}"


def codes(pixels: Array, seed: int) -> Array:
    """Codes of an autoencoder that was trained on the images of one side alone."""
    import torch

    from minde.images.fit import CodeTrainer, encode
    from minde.images.options import CodeOptions

    side = math.isqrt(pixels.shape[1])
    data = torch.from_numpy(pixels.astype(np.uint8)).view(-1, side, side)
    model = CodeTrainer(data, CodeOptions(epochs=20), seed).run()
    return encode(model, data).double().numpy()


def main() -> None:
    """Print a row of Markdown per estimate."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["channels", "pairs", "labels"])
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000])
    parser.add_argument("--by", nargs="+", default=["kernel"])
    parser.add_argument("--noise", type=float, default=1.0)
    parser.add_argument("--classes", type=int, nargs="+", default=[10])
    parser.add_argument("--flip", type=float, nargs="+", default=[0.0])
    parser.add_argument("--components", type=int, default=16)
    parser.add_argument("--steps", type=int, default=0, help="0: as many as by default")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--root", default="data", help="folder above MNIST/raw")
    given = parser.parse_args()
    print("| case | rows | by | truth | value | off | interval | s |\n|" + "---|" * 8)
    for rows in given.rows:
        for seed in given.seeds:
            cases: list[tuple[str, Any, Any, float]] = []
            if given.what == "channels":
                x, y, truth = channels(rows, DIMS, given.noise, seed)
                cases = [(f"channels, noise {given.noise:g}", x, y, truth)]
            elif given.what == "labels":
                x, _, label, _ = images(given.root, 10, rows, 0.0, seed)
                shares = np.bincount(label) / len(label)
                entropy = float(-(shares * np.log(shares)).sum())
                cases = [("image, class", x, label.astype(str), entropy)]
            else:
                for count in given.classes:
                    for flip in given.flip:
                        x, y, *_ = images(given.root, count, rows, flip, seed)
                        truth = of_channel(count, flip)
                        cases.append((f"{count} classes, {flip:g} random", x, y, truth))
            for (name, x, y, truth), by in ((c, by) for c in cases for by in given.by):
                started = time.process_time()
                value, interval = estimate(x, y, by, seed, given)
                off = f"{100 * (value / truth - 1):+.1f}%" if truth > 1e-9 else ""
                seconds = time.process_time() - started
                print(
                    f"| {name} | {len(x)} | {by} | {truth:.3f} | {value:.3f} | {off} | {interval} "
                    f"| {seconds:.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
