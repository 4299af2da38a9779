"""Recipes: every option of training and read-out, and the two named sets of them.

``paper`` follows the paper and its official code; ``fast`` is ours. Each option is a switch of one
code path, so any mixture can be trained and compared.
"""

from __future__ import annotations

import functools
import math
import numbers
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, get_args, get_type_hints

from minde.errors import ConfigError, nearest

Preprocessing = Literal["copula", "standardize", "none"]


@dataclass(frozen=True)
class Recipe:
    """Options of one training and its read-out.

    Arguments:
        name: Name used in paths and tables.
        preprocessing: Map of each coordinate, fitted on the training split.
        precondition: Baseline beside the network (see ``minde.diffusion.precondition``).
        time_feature: Raw time or log signal-to-noise ratio as the network's time input.
        role_inputs: How the network is told which variables are clean or absent: by a code in the
            place of their time (the paper), or by inputs apart from the times, which no time can be
            taken for (see ``minde.diffusion.roles.Family.time_inputs``). MINDE-C is the same.
        stratified: One time in each of B equal strata of a batch, instead of independent times.
        importance: Draw times by importance instead of uniformly.
        focus: Share of the training times drawn where noise is of the data's own size (see
            ``minde.diffusion.time_sampling``); needs importance.
        adapt: Share of the training times drawn where the patterns' scores differ (see
            ``minde.training.density``); needs importance.
        p_conditional: MINDE-C: probability of the conditional pattern (the paper: one half).
        loss: Squared error of the noise (the paper), or of the velocity, what a preconditioned
            network puts out; the same scores minimise both.
        antithetic: Draw half a batch, and each of its points a second time with the noise's sign
            turned; what is odd in the noise then cancels in the gradient.
        roles_per: One draw of the pattern a batch (the paper) or a sample.
        batch_size: Samples a step and copy.
        n_steps: Optimiser steps.
        lr: Learning rate (its peak, with a schedule).
        lr_schedule: Constant, or cosine to zero.
        optimizer: Adam, or Muon for the hidden matrices.
        adam_beta2: Adam's memory of squared gradients.
        warmup_steps: Linear warm-up of the rate.
        weight_decay: By how many factors of e the hidden matrices would shrink over the whole
            training, were there no gradients. Given so, its strength follows the
            rate and the number of steps (Wang and Aitchison, 2024, arXiv:2405.13698).
        ema_decay: Decay of the weight average.
        ema_warmup: Start the average with a shorter memory.
        hold_out: Share of the training rows (at most 5,000 rows) that is not trained on: early
            stopping and the blend are judged by it.
        early_stopping: Keep each copy's EMA of lowest held-out loss; needs hold_out.
        patience: Checks without improvement (of 20 in a full training) before stopping.
        network: The paper's residual network, or one of products (see ``minde.nn.gated_mlp``).
        width: Width of the network.
        depth: Blocks of a gated network.
        levels: Extra down/up pairs of a residual network.
        blend: Blend the trained network with the exact score of the Gaussian of the training
            covariance, by denoising loss (see ``minde.estimators.blend``), or not.
        compiled: Compile the loss with torch.compile; takes a C++ compiler and some 20 seconds, and
            a fifth off a step. On CUDA the compiled passes are replayed as CUDA graphs.
        precision: Of the networks' matrix products in training: single, TF32 (CUDA alone; elsewhere
            it is single) or bfloat16. Weights, optimiser and read-out stay in single precision.
        n_draws: Noisy points a test sample in the read-out.
        control_variate: Correct a measure by that of a Gaussian on the training rows
            (see ``minde.estimators.control``).
        readout: The read-out that is reported as the estimate.
    """

    name: str
    preprocessing: Preprocessing = "standardize"
    precondition: Literal["none", "standard", "gaussian"] = "none"
    time_feature: Literal["time", "log_snr"] = "time"
    role_inputs: Literal["code", "apart"] = "code"
    stratified: bool = False
    importance: bool = True
    focus: float = 0.0
    adapt: float = 0.0
    p_conditional: float = 0.5
    loss: Literal["noise", "velocity"] = "noise"
    antithetic: bool = False
    roles_per: Literal["batch", "sample"] = "batch"
    batch_size: int = 128
    n_steps: int = 1000
    lr: float = 1e-3
    lr_schedule: Literal["constant", "cosine"] = "constant"
    warmup_steps: int = 0
    optimizer: Literal["adam", "muon"] = "adam"
    adam_beta2: float = 0.999
    ema_decay: float = 0.999
    ema_warmup: bool = False
    weight_decay: float = 0.0
    hold_out: float = 0.0
    early_stopping: bool = False
    patience: int = 5
    network: Literal["residual", "gated"] = "residual"
    width: int = 64
    depth: int = 3
    levels: int = 0
    blend: Literal["none", "gaussian"] = "none"
    compiled: bool = False
    precision: Literal["single", "tf32", "bfloat16"] = "single"
    n_draws: int = 10
    control_variate: bool = False
    readout: Literal["inside", "outside", "gap", "cross", "scaled"] = "inside"

    def __post_init__(self) -> None:
        for name, allowed in _choices().items():
            value = getattr(self, name)
            if value not in allowed:
                hint = nearest(str(value), [str(a) for a in allowed])
                raise ConfigError(
                    f"recipe {self.name}: {name} must be one of {allowed}, got {value!r}{hint}"
                )
        for key, kind in _numbers().items():
            value = getattr(self, key)
            if not _is_a(value, kind):
                shown = f"{value!r:.60}"
                raise ConfigError(f"recipe {self.name}: {key} must be {_KINDS[kind]}, got {shown}")
        if self.width < 16 or self.width % 8:
            raise ConfigError(
                f"recipe {self.name}: width must be a multiple of 8 and at least 16, "
                f"got {self.width}"
            )
        for key in ("batch_size", "n_steps", "n_draws", "patience", "depth"):
            if getattr(self, key) < 1:
                raise ConfigError(f"recipe {self.name}: {key} must be at least 1")
        for key in ("levels", "warmup_steps"):
            if getattr(self, key) < 0:
                raise ConfigError(f"recipe {self.name}: {key} must be at least 0")
        if self.lr <= 0.0 or not 0.0 <= self.ema_decay < 1.0:
            raise ConfigError(f"recipe {self.name}: need lr > 0 and 0 <= ema_decay < 1")
        if self.levels > 0 and self.network == "gated":
            raise ConfigError(f"recipe {self.name}: levels > 0 needs network 'residual'")
        shares = self.focus + self.adapt
        if min(self.focus, self.adapt) < 0.0 or shares >= 1.0:
            raise ConfigError(f"recipe {self.name}: need focus, adapt >= 0 and focus + adapt < 1")
        if shares > 0.0 and not self.importance:
            raise ConfigError(f"recipe {self.name}: focus and adapt need importance")
        if not 0.0 <= self.hold_out <= 0.5 or (self.early_stopping and self.hold_out == 0.0):
            raise ConfigError(
                f"recipe {self.name}: need 0 <= hold_out <= 0.5, and more than 0 for early_stopping"
            )
        if self.weight_decay < 0.0:
            raise ConfigError(f"recipe {self.name}: weight_decay must be at least 0")
        if self.antithetic and self.batch_size % 2:
            raise ConfigError(f"recipe {self.name}: antithetic needs an even batch_size")
        if not 0.0 < self.p_conditional < 1.0:
            raise ConfigError(f"recipe {self.name}: need 0 < p_conditional < 1")
        if self.loss == "velocity" and self.precondition == "none":
            raise ConfigError(f"recipe {self.name}: loss 'velocity' needs a precondition")

    def to_dict(self) -> dict[str, Any]:
        """All options as plain values."""
        return asdict(self)


_KINDS: dict[type, str] = {int: "a whole number", float: "a number", bool: "true or false"}


def _is_a(value: Any, kind: type) -> bool:
    """Whether a value is of a kind; True is no number, and neither is infinity."""
    if kind is bool or isinstance(value, bool):
        return kind is bool and isinstance(value, bool)
    if kind is int:
        return isinstance(value, numbers.Integral)
    return isinstance(value, numbers.Real) and math.isfinite(value)


@functools.cache
def _numbers() -> dict[str, type]:
    """Type of each option that is a number or a truth value."""
    return {k: t for k, t in get_type_hints(Recipe).items() if t in _KINDS}


@functools.cache
def _choices() -> dict[str, tuple[Any, ...]]:
    """Allowed values of each option that has a list of them."""
    return {k: get_args(v) for k, v in get_type_hints(Recipe).items() if get_args(v)}


# Tables 2 and 3. The width follows the dimension of both variables together.
_SIZES = ((10, 64, 128, 1e-3), (50, 128, 256, 2e-3), (None, 256, 256, 2e-3))
_PAPER_STEPS = {"c": (390_000, 290_000, 290_000), "j": (234_000, 195_000, 195_000)}
# A tenth of the paper's sample draws, in batches of 512.
_FAST_STEPS = {"c": (9_600, 14_000, 14_000), "j": (5_800, 9_700, 9_700)}
_FAST_WIDTHS = (64, 64, 128)


def make_recipe(name: str, family: str, dim: int, **overrides: Any) -> Recipe:
    """Return a named recipe for a family (``c``, ``j`` or ``m``) and total dimension ``dim``.

    Arguments:
        name: ``paper`` (Tables 2-3) or ``fast``.
        family: Network family; ``m`` is sized like ``j``.
        dim: Dimension of all variables together.
        **overrides: Options to replace.

    Raises:
        ConfigError: On an unknown recipe or option, naming the nearest one.
    """
    known = [f.name for f in fields(Recipe) if f.name != "name"]
    for key in overrides:
        if key not in known:
            raise ConfigError(f"recipe: unknown option '{key}'{nearest(key, known)}")
    size = next(i for i, row in enumerate(_SIZES) if row[0] is None or dim <= row[0])
    _, width, batch_size, lr = _SIZES[size]
    if name == "paper":
        steps = _PAPER_STEPS["c" if family == "c" else "j"][size]
        recipe = Recipe("paper", width=width, batch_size=batch_size, lr=lr, n_steps=steps)
    elif name == "fast":
        recipe = Recipe(
            "fast",
            preprocessing="copula",
            precondition="standard",
            time_feature="log_snr",
            role_inputs="apart",
            stratified=True,
            roles_per="sample",
            focus=0.4,
            adapt=0.4,
            p_conditional=0.8,
            antithetic=True,
            batch_size=512,
            n_steps=_FAST_STEPS["c" if family == "c" else "j"][size],
            lr=4e-3,
            lr_schedule="cosine",
            warmup_steps=200,
            optimizer="muon",
            adam_beta2=0.99,
            weight_decay=4.0,
            ema_warmup=True,
            hold_out=0.1,
            early_stopping=True,
            patience=8,
            network="gated",
            width=_FAST_WIDTHS[size],
            blend="gaussian",
            n_draws=10,
            control_variate=True,
            readout="scaled",
        )
    else:
        raise ConfigError(f"recipe: unknown name '{name}'{nearest(name, ['paper', 'fast'])}")
    return replace(recipe, **overrides)
