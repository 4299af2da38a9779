"""One style for every figure: sizes, a colour-blind-safe palette, vector and PNG output."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import seaborn as sns
from matplotlib.figure import Figure

#: Bias below zero is red and above zero blue, as in the paper's Table 1.
BIAS_CMAP = "RdBu"


def use_style(palette: str = "colorblind", font_size: float = 9.0) -> None:
    """Set the style for all figures that follow."""
    mpl.use("Agg")
    sns.set_theme(context="paper", style="whitegrid", palette=palette)
    mpl.rcParams.update(
        {
            "font.size": font_size,
            "axes.titlesize": font_size,
            "axes.labelsize": font_size,
            "xtick.labelsize": font_size - 1,
            "ytick.labelsize": font_size - 1,
            "legend.fontsize": font_size - 1,
            "pdf.fonttype": 42,
            # A fixed salt and no date keep the bytes of a figure the same from run to run.
            "svg.hashsalt": "minde",
        }
    )


def estimator_colours(names: Sequence[str], palette: str) -> dict[str, Any]:
    """One colour an estimator, the same in every figure of a run."""
    return dict(zip(names, sns.color_palette(palette, len(names)), strict=True))


def save(figure: Figure, paths: Sequence[str], dpi: int) -> None:
    """Write a figure to each path; the suffix chooses the format."""
    for path in paths:
        metadata = {"CreationDate": None} if Path(path).suffix == ".pdf" else {}
        figure.savefig(path, dpi=dpi, bbox_inches="tight", metadata=metadata)
