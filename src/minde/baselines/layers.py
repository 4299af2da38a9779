"""Named sizes of the baselines' networks."""

from __future__ import annotations

from collections.abc import Sequence

from minde.recipe import make_recipe


def hidden_layers(spec: str | Sequence[int], dim_x: int, dim_y: int) -> tuple[int, ...]:
    """Widths of the hidden layers.

    Arguments:
        spec: ``minde``: three layers of MINDE's width (the paper, §C.4). ``official``: the
            (d, d, 8) of the public script, d = 32 for dim_x up to 10 and 128 above. Or widths.
        dim_x: Dimension of X.
        dim_y: Dimension of Y.
    """
    if spec == "minde":
        return (make_recipe("paper", "c", dim_x + dim_y).width,) * 3
    if spec == "official":
        width = 32 if dim_x <= 10 else 128
        return (width, width, 8)
    return tuple(int(width) for width in spec)
