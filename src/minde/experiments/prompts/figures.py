"""Figures 9 and 10: what a prompt still tells at each time, and what switching it does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import seaborn as sns
from matplotlib.axes import Axes

from minde.experiments.figures import save, use_style
from minde.experiments.prompts.stages import mean_curves, read_curves
from minde.experiments.prompts.tables import NAMES
from minde.io.checkpoint import load_checkpoint
from minde.readout.student import Z_95

#: Prompts whose own curves are drawn behind the mean.
SINGLE = 20
TAU, MI = r"diffusion time $\tau$", r"$I(A; B \mid X_\tau)$, nats"


def plot_prompts(curves: str | Path, style: dict[str, Any], figures: Sequence[str]) -> None:
    """Mean over prompts of I(A; B | X_tau), with 95% bands, and single prompts behind it."""
    use_style(style["palette"], style["font_size"])
    frame, meta = read_curves(curves)
    mean = mean_curves(frame, meta)
    figure, axes = plt.subplots(figsize=(4.2, 3.0), layout="constrained")
    for values in frame.loc[frame["readout"] == "inside", "remaining"][:SINGLE]:
        axes.plot(meta["tau"], values, color="0.8", linewidth=0.5, zorder=1)
    colours = sns.color_palette(style["palette"])
    for k, name in enumerate(("inside", "outside")):
        part = mean[mean["readout"] == name]
        dashes = ("-", "--")[k]
        axes.plot(part["tau"], part["mean"], dashes, color=colours[k], label=NAMES[name], zorder=3)
        low, high = (part["mean"] + s * Z_95 * part["se"] for s in (-1.0, 1.0))
        axes.fill_between(part["tau"], low, high, color=colours[k], alpha=0.25, linewidth=0)
    if meta["source"] == "images":
        entropy = math.log(frame["prompt"].nunique())
        axes.axhline(entropy, color="black", linestyle=":", linewidth=1)
        axes.annotate(
            f"entropy of the label, {entropy:.2f}", (0.99, entropy + 0.1), va="bottom", ha="right"
        )
    axes.set(xlabel=TAU, ylabel=MI, xlim=(0.0, 1.0))
    axes.legend(loc="lower right")
    save(figure, figures, style["dpi"])


def plot_switch(
    switch: str | Path, curves: str | Path, style: dict[str, Any], figures: Sequence[str]
) -> None:
    """Images by the time of the switch; below, the share of the second class beside Figure 9."""
    use_style(style["palette"], style["font_size"])
    tensors, meta = load_checkpoint(switch)
    images, at = tensors["images"].numpy(), tensors["at"].numpy()
    shares = tensors["shares"].numpy() if "shares" in tensors else None
    figure, (top, bottom) = plt.subplots(
        2, 1, figsize=(6.4, 4.8), height_ratios=[1.5, 1.0], layout="constrained"
    )
    draw_grid(top, images, at)
    top.set_title(f"prompt “{meta['first']}” until τ, then “{meta['second']}”")
    colours = sns.color_palette(style["palette"])
    mean = mean_curves(*read_curves(curves))
    part = mean[mean["readout"] == "inside"]
    right = bottom
    if shares is not None:
        bottom.plot(at, shares[:, 1], "o-", color=colours[1], markersize=3)
        bottom.set_ylabel(f"share seen as {meta['second']}", color=colours[1])
        bottom.set_ylim(-0.03, 1.03)
        right = bottom.twinx()
        right.grid(False)
    right.plot(part["tau"], part["mean"], "--", color=colours[0])
    right.set_ylabel(MI, color=colours[0])
    right.set_ylim(bottom=0.0)
    # As in the grid above, time runs as images are made: from noise at 1 to the image at 0.
    bottom.set(xlabel=TAU, xlim=(1.02, -0.02))
    save(figure, figures, style["dpi"])


def draw_grid(
    axes: Axes, images: npt.NDArray[np.float32], at: npt.NDArray[np.float64]
) -> npt.NDArray[np.float32]:
    """A column a time of the switch, a line an image; returns the picture that was drawn."""
    padded = np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1), (0, 0)))
    picture: npt.NDArray[np.float32] = np.concatenate(
        [np.concatenate([*column], axis=0) for column in padded], axis=1
    )
    width = padded.shape[3]
    axes.imshow(picture, cmap="gray", vmin=0.0, vmax=1.0, interpolation="nearest", aspect="equal")
    axes.set_xticks((np.arange(len(at)) + 0.5) * width, [f"{t:g}" for t in at])
    axes.set_yticks([])
    axes.grid(False)
    return picture
