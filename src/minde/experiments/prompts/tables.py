"""Stage `prompts_table`: the curves of Figure 9, and what they end at, as tables."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd

from minde.experiments.prompts.stages import mean_curves, read_curves
from minde.experiments.tables import markdown as markdown_table
from minde.io.checkpoint import load_checkpoint

#: Read-outs of the integrand as the table names them.
NAMES = {"inside": "MINDE", "outside": "MINDE (σ)", "gap": "denoising gap"}


def prompts_table(
    curves: str | Path, switch: str | Path, csv: str | Path, markdown: str | Path
) -> None:
    """CSV: mean over prompts of I(A; B | X_tau) at each time. Markdown: its end, and the switch."""
    frame, meta = read_curves(curves)
    mean = mean_curves(frame, meta)
    mean.to_csv(csv, index=False, float_format="%.6f")
    ends = mean.groupby("readout", sort=False).tail(1).set_index("readout")
    classes = frame["prompt"].nunique()
    table = pd.DataFrame(
        {
            "I(A; B), nats": [f"{ends.loc[k, 'mean']:.3f}" for k in NAMES],
            "standard error": [f"{ends.loc[k, 'se']:.3f}" for k in NAMES],
            "entropy of the prompts": [f"{math.log(classes):.3f}"] * len(NAMES),
        },
        index=[*NAMES.values()],
    )
    text = markdown_table(table, "read-out")
    tensors, switched = load_checkpoint(switch)
    if "shares" in tensors:
        shares = tensors["shares"].numpy()
        rows = pd.DataFrame(
            {
                f"share of {switched['first']}": [f"{v:.3f}" for v in shares[:, 0]],
                f"share of {switched['second']}": [f"{v:.3f}" for v in shares[:, 1]],
            },
            index=[f"{t:g}" for t in tensors["at"].numpy()],
        )
        text += (
            f"\nPrompt {switched['first']} until time τ, then {switched['second']}; what a "
            f"classifier (right on {100 * switched['accuracy']:.1f}% of the test images) sees in "
            f"{switched['n']} images a time:\n\n{markdown_table(rows, 'τ')}"
        )
    Path(markdown).write_text(text)
