"""What autoencoders bring back, and what the coordinates of a code do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt

from minde.experiments.consistency.stages import reconstructions, traversal
from minde.experiments.figures import save, use_style

#: Images a line of the reconstructions, and deviations of the traversal.
COLUMNS, STEPS = 12, tuple(np.linspace(-2.0, 2.0, 9).tolist())


def plot_reconstructions(
    images: str | Path, codes: Sequence[str], style: dict[str, Any], figures: Sequence[str]
) -> None:
    """Test images with rows kept above what comes back, one pair of lines an autoencoder."""
    use_style(style["palette"], style["font_size"])
    lines = []
    for code in codes:
        name, seen, back = reconstructions(images, code, COLUMNS)
        if not seen.any():
            # Of black images nothing is learned.
            continue
        lines += [(name, seen), ("", back)]
    _image_grid(lines, figures, style)


def plot_traversal(code: str | Path, style: dict[str, Any], figures: Sequence[str]) -> None:
    """A line a coordinate of the full images' code, moved by -2 to 2 deviations."""
    use_style(style["palette"], style["font_size"])
    lines = [(f"{k + 1}", images) for k, images in enumerate(traversal(code, STEPS))]
    _image_grid(lines, figures, style)


def _image_grid(
    lines: Sequence[tuple[str, npt.NDArray[np.float32]]],
    figures: Sequence[str],
    style: dict[str, Any],
) -> None:
    """Lines of images, with a name at the left."""
    strip = [np.concatenate([*np.pad(im, ((0, 0), (1, 1), (1, 1)))], 1) for _, im in lines]
    whole = np.concatenate(strip)
    height, width = whole.shape
    scale = 0.42 / (height / len(lines))
    figure, axes = plt.subplots(figsize=(0.7 + width * scale, height * scale), layout="constrained")
    axes.imshow(whole, cmap="gray", vmin=0.0, vmax=1.0, interpolation="nearest")
    size = height / len(lines)
    named = [k for k, (name, _) in enumerate(lines) if name]
    axes.set_yticks([(k + 0.5) * size for k in named], [lines[k][0] for k in named])
    axes.set_xticks([])
    axes.grid(False)
    save(figure, figures, style["dpi"])
