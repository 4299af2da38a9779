"""Recipes: sets of options, the two named ones, and how they are sized.

``paper`` follows the paper and its official code; ``fast`` is ours. Each option is a switch of one
code path, so any mixture can be trained and compared. Options travel in three groups; users name
them flat (``options={"n_steps": 2000, "width": 32}``), and what two groups share is set in both.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from minde.declare import check, flat_name
from minde.errors import ConfigError, nearest
from minde.options import NetworkOptions, ReadoutOptions, TrainingOptions


@dataclass(frozen=True)
class Recipe:
    """Options of one ensemble, in their groups.

    Arguments:
        name: Name used in paths and tables.
        network: The network.
        training: Its training.
        readout: Its read-out.

    Raises:
        ConfigError: If an option is of the wrong kind or out of its bounds, or options disagree.
    """

    name: str
    network: NetworkOptions = field(default_factory=NetworkOptions)
    training: TrainingOptions = field(default_factory=TrainingOptions)
    readout: ReadoutOptions = field(default_factory=ReadoutOptions)

    def __post_init__(self) -> None:
        where = f"recipe {self.name}"
        for group in (self.network, self.training, self.readout):
            check(group, where)
        problem = self.training.problem()
        if self.network.levels > 0 and self.network.kind == "gated":
            problem = "levels > 0 needs network 'residual'"
        if self.training.loss == "velocity" and self.network.precondition == "none":
            problem = "loss 'velocity' needs a precondition"
        if problem:
            raise ConfigError(f"{where}: {problem}")

    def with_options(self, **options: Any) -> Recipe:
        """The recipe with options replaced by their flat names; ConfigError on an unknown one."""
        known = [*_GROUPS]
        for key in options:
            if key not in known:
                raise ConfigError(f"recipe: unknown option '{key}'{nearest(key, known)}")
        changed: dict[str, dict[str, Any]] = {}
        for key, value in options.items():
            for group, name in _GROUPS[key]:
                changed.setdefault(group, {})[name] = value
        groups = {g: replace(getattr(self, g), **values) for g, values in changed.items()}
        return replace(self, **groups)

    def to_dict(self) -> dict[str, Any]:
        """All options by flat name, as JSON has them."""
        found = {k: getattr(getattr(self, at[0][0]), at[0][1]) for k, at in _GROUPS.items()}
        plain = {k: list(v) if isinstance(v, tuple) else v for k, v in found.items()}
        return {"name": self.name, **plain}

    @classmethod
    def from_dict(cls, options: Mapping[str, Any]) -> Recipe:
        """Undo :meth:`to_dict`, after JSON too."""
        plain = {k: tuple(v) if isinstance(v, list) else v for k, v in options.items()}
        return cls(str(plain.pop("name"))).with_options(**plain)


#: Where each flat name lies: (group, field), of shared options several.
_GROUPS: dict[str, list[tuple[str, str]]] = {}
for _group, _class in (
    ("network", NetworkOptions),
    ("training", TrainingOptions),
    ("readout", ReadoutOptions),
):
    for _field in fields(_class):
        _GROUPS.setdefault(flat_name(_field), []).append((_group, _field.name))

# Tables 2 and 3. The width follows the dimension of all variables together.
_SIZES = ((10, 64, 128, 1e-3), (50, 128, 256, 2e-3), (None, 256, 256, 2e-3))
_PAPER_STEPS = {"c": (390_000, 290_000, 290_000), "j": (234_000, 195_000, 195_000)}
# A tenth of the paper's sample draws, in batches of 512.
_FAST_STEPS = {"c": (9_600, 14_000, 14_000), "j": (5_800, 9_700, 9_700)}
_FAST_WIDTHS = (64, 64, 128)
#: `fast` stops after EPOCHS passes over the rows, but not before MIN_STEPS steps.
EPOCHS, MIN_STEPS = 125, 500
#: Its rate, and how far it rises where steps are few; below so many steps it does.
_RATE, _MOST_RATE, _FEW_STEPS = 4e-3, 8e-3, 1000
#: Training rows beyond which a row is read at fewer noisy points: as many in all keep the part of
#: the error that is the noise's where it was.
_MANY_ROWS = 200_000
#: Widths go in steps of so many, and rows bound them by so much of their root.
_WIDTH_STEP, _WIDTH_OF_ROOT, _LEAST_WIDTH = 16, 1.7, 32

_FAST: dict[str, Any] = {
    "preprocessing": "copula",
    "smallest_time": "data",
    "precondition": "standard",
    "time_feature": "log_snr",
    "role_inputs": "apart",
    "stratified": True,
    "roles_per": "sample",
    "focus": 0.4,
    "adapt": 0.4,
    "p_conditional": 0.8,
    "antithetic": True,
    "batch_size": 512,
    "lr": _RATE,
    "lr_schedule": "cosine",
    "warmup_steps": 200,
    "optimizer": "muon",
    "adam_beta2": 0.99,
    "weight_decay": 4.0,
    "ema_warmup": True,
    "hold_out": 0.1,
    "early_stopping": True,
    "patience": 8,
    "network": "gated",
    "blend": "mixture",
    "stop_idle": True,
    "control_variate": True,
    "readout": "scaled",
}


def make_recipe(
    name: str, family: str, dim: int, n_train: int | None = None, **options: Any
) -> Recipe:
    """A named recipe, sized by dimension and by rows: the one place that sizes a training.

    ``fast`` is cut to the rows there are: it stops after EPOCHS passes, takes batches of a quarter
    of the rows at most, and networks no wider than their root allows. A training of few steps takes
    larger ones. Very many rows are read at fewer points each. Each can be given.

    Arguments:
        name: ``paper`` (Tables 2-3) or ``fast``.
        family: Network family; any but ``c`` is sized like ``j``.
        dim: Dimension of all variables together.
        n_train: Training rows per member; enough for the whole training if omitted.
        **options: Options to replace, by flat name.

    Raises:
        ConfigError: On an unknown recipe or option, naming the nearest one.
    """
    size = next(i for i, row in enumerate(_SIZES) if row[0] is None or dim <= row[0])
    _, width, batch_size, lr = _SIZES[size]
    kind = "c" if family == "c" else "j"
    if name == "paper":
        steps = _PAPER_STEPS[kind][size]
        sized = {"width": width, "batch_size": batch_size, "lr": lr, "n_steps": steps}
        return Recipe("paper").with_options(**sized | options)
    if name != "fast":
        raise ConfigError(f"recipe: unknown name '{name}'{nearest(name, ['paper', 'fast'])}")
    # Checked before they are counted with.
    recipe = Recipe("fast").with_options(**_FAST | options)
    batch, steps, width = recipe.training.batch_size, _FAST_STEPS[kind][size], _FAST_WIDTHS[size]
    if n_train is not None:
        if "batch_size" not in options:
            batch = min(batch, max(16, n_train // 8 * 2))
        passes = max(MIN_STEPS, round(EPOCHS * n_train / batch))
        steps = min(steps, passes)
        root = _WIDTH_OF_ROOT * math.sqrt(n_train) / _WIDTH_STEP
        width = min(width, max(_LEAST_WIDTH, _WIDTH_STEP * round(root)))
        if n_train > _MANY_ROWS and "n_draws" not in options:
            most = recipe.readout.n_draws
            recipe = recipe.with_options(n_draws=max(2, 2 * round(most / 2 * _MANY_ROWS / n_train)))
    steps = options.get("n_steps", steps)
    sized = {
        "width": width,
        "batch_size": batch,
        "n_steps": steps,
        "lr": max(_RATE, min(_MOST_RATE, _RATE * _FEW_STEPS / steps)),
        "warmup_steps": min(recipe.training.warmup_steps, steps // 10),
    }
    return recipe.with_options(**sized | options)
