"""Stage `codes_table`: how well each autoencoder brings images back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from minde.experiments.tables import markdown as markdown_table
from minde.io.checkpoint import load_checkpoint


def codes_table(codes: Sequence[str], csv: str | Path, markdown: str | Path) -> None:
    """Reconstruction error of every trained autoencoder beside that of the mean image."""
    rows = []
    for path in codes:
        meta = load_checkpoint(path)[1]
        if meta["rows"] == 0:
            continue
        keys = ("code", "rows", "train_mse", "test_mse", "mean_image_mse")
        rows.append({k: meta[k] for k in keys})
    table = pd.DataFrame(rows)
    table.to_csv(csv, index=False, float_format="%.8f")
    text = table.assign(
        **{k: [f"{v:.5f}" for v in table[k]] for k in ("train_mse", "test_mse", "mean_image_mse")}
    )
    Path(markdown).write_text(markdown_table(text.set_index("code").astype(str), "autoencoder"))
