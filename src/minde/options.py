"""The options of network, training and read-out, with their kinds and bounds at the field.

Users name them flat (``options={"n_steps": 2000, "width": 32}``); ``minde.recipe`` puts them into
their groups.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from minde.declare import Bounds, Count, Positive, option

NotNegative = Annotated[int, Bounds(minimum=0)]
Share = Annotated[float, Bounds(minimum=0, below=1)]
Between = Annotated[float, Bounds(above=0, below=1)]
Preprocessing = Literal["copula", "standardize", "none"]


@dataclass(frozen=True)
class NetworkOptions:
    """The network, and what it predicts.

    Arguments:
        kind: The paper's residual network, or one of products (see ``minde.nn.gated_mlp``); the
            flat name is ``network``.
        width: Width.
        depth: Blocks of a gated network.
        levels: Extra down/up pairs of a residual network.
        precondition: Baseline beside the network (see ``minde.diffusion.denoiser``).
        time_feature: Raw time or log signal-to-noise ratio as the network's time input.
        role_inputs: How the network is told which variables are clean or absent: by a code in the
            place of their time (the paper), or by inputs apart from the times, which no time can be
            taken for (see ``minde.diffusion.roles.Family.time_inputs``). MINDE-C is the same.
    """

    kind: Literal["residual", "gated"] = option("residual", flat="network")
    width: Annotated[int, Bounds(minimum=16, multiple=8)] = 64
    depth: Count = 3
    levels: NotNegative = 0
    precondition: Literal["none", "standard", "gaussian"] = "none"
    time_feature: Literal["time", "log_snr"] = "time"
    role_inputs: Literal["code", "apart"] = "code"


@dataclass(frozen=True)
class TrainingOptions:
    """One training.

    Arguments:
        preprocessing: Map of each coordinate, fitted on the training rows.
        smallest_time: ``fixed``, the paper's 1e-3, or as small as the training rows ask for (see
            ``minde.training.fine``), with a smoother copula where they do; nothing changes where
            they do not, which is up to about 3 nats per coordinate.
        stratified: One time in each of B equal strata of a batch, instead of independent times.
        importance: Draw times by importance instead of uniformly.
        focus: Share of the training times drawn where noise is of the data's own size (see
            ``minde.diffusion.times``); needs importance.
        adapt: Share of the training times drawn where the patterns' scores differ (see
            ``minde.training.density``); needs importance.
        p_conditional: MINDE-C: probability of the conditional pattern (the paper: one half).
        loss: Squared error of the noise (the paper), or of the velocity, what a preconditioned
            network puts out; the same scores minimise both.
        antithetic: Draw half a batch, and each of its points a second time with the noise's sign
            turned; what is odd in the noise then cancels in the gradient.
        roles_per: One draw of the pattern per batch (the paper) or per sample.
        batch_size: Samples per step and member.
        n_steps: Optimiser steps.
        lr: Learning rate (its peak, with a schedule).
        lr_schedule: Constant, or cosine to zero.
        warmup_steps: Linear warm-up of the rate.
        optimizer: Adam, or Muon for the hidden matrices.
        adam_beta2: Adam's memory of squared gradients.
        ema_decay: Decay of the weight average.
        ema_warmup: Start the average with a shorter memory.
        weight_decay: By how many factors of e the hidden matrices would shrink over the whole
            training, were there no gradients. Given so, its strength follows the
            rate and the number of steps (Wang and Aitchison, 2024, arXiv:2405.13698).
        hold_out: Share of the training rows (at most 5,000 rows) that validate: early stopping and
            the blend are judged by them.
        early_stopping: Keep each member's average of lowest validation loss; needs hold_out.
        patience: Checks without improvement (of 20 in a full training) before stopping.
        blend: Blend the trained network with the exact score of the Gaussian of the training
            covariance, or with that and the one of a mixture of Gaussians, by denoising loss (see
            ``minde.training.blend``), or not.
        starts: Fits of a mixture from other starts, which are averaged.
        stop_idle: Where there is a blend and early stopping, stop members whose network adds
            nothing to the experts (see ``minde.training.worth``).
        compiled: Compile the loss with torch.compile; takes a C++ compiler and some 20 seconds. A
            tenth to a fifth off a step of the paper's network; the gated one is faster without on
            a CPU. On CUDA the compiled passes are replayed as CUDA graphs.
        gap: Rows left out between those that train and those that judge, both contiguous, where
            rows come in time order (see ``minde.serial``); 0 for rows in no order.
        precision: Of the networks' matrix products in training: single, TF32 (CUDA alone; elsewhere
            it is single) or bfloat16. Weights, optimiser and read-out stay in single precision.
    """

    preprocessing: Preprocessing = "standardize"
    smallest_time: Literal["fixed", "data"] = "fixed"
    stratified: bool = False
    importance: bool = True
    focus: Share = 0.0
    adapt: Share = 0.0
    p_conditional: Between = 0.5
    loss: Literal["noise", "velocity"] = "noise"
    antithetic: bool = False
    roles_per: Literal["batch", "sample"] = "batch"
    batch_size: Count = 128
    n_steps: Count = 1000
    lr: Positive = 1e-3
    lr_schedule: Literal["constant", "cosine"] = "constant"
    warmup_steps: NotNegative = 0
    optimizer: Literal["adam", "muon"] = "adam"
    adam_beta2: Between = 0.999
    ema_decay: Share = 0.999
    ema_warmup: bool = False
    weight_decay: Annotated[float, Bounds(minimum=0)] = 0.0
    hold_out: Annotated[float, Bounds(minimum=0, maximum=0.5)] = 0.0
    early_stopping: bool = False
    patience: Count = 5
    blend: Literal["none", "gaussian", "mixture"] = "none"
    starts: Count = 4
    stop_idle: bool = False
    gap: NotNegative = 0
    compiled: bool = False
    precision: Literal["single", "tf32", "bfloat16"] = "single"

    @property
    def looks_for_idle(self) -> bool:
        """Whether members whose network adds nothing are stopped."""
        return self.stop_idle and self.early_stopping and self.blend != "none"

    def problem(self) -> str:
        """What is wrong between options, or an empty string."""
        shares = self.focus + self.adapt
        if shares >= 1.0:
            return "need focus + adapt < 1"
        if shares > 0.0 and not self.importance:
            return "focus and adapt need importance"
        if self.early_stopping and self.hold_out == 0.0:
            return "early_stopping needs hold_out > 0"
        if self.blend == "mixture" and self.hold_out == 0.0:
            return "blend 'mixture' needs hold_out > 0"
        if self.antithetic and self.batch_size % 2:
            return "antithetic needs an even batch_size"
        return ""


@dataclass(frozen=True)
class ReadoutOptions:
    """The read-out of a trained ensemble.

    Arguments:
        n_draws: Noisy points per test row.
        importance: Draw times by importance (else uniformly, with their weight).
        antithetic: Draw noise in pairs of both signs, at one time each; an odd ``n_draws`` counts
            as the next even one. What is odd in the noise cancels.
        control_variate: Correct a measure by that of a Gaussian on the training rows
            (see ``minde.readout.control_variate``).
        reported: The read-out that is reported as the estimate (of ``scaled`` the completed one,
            where experts tell what is missing); the flat name is ``readout``.
        sigma_refs: Reference widths of the outside read-out.
    """

    n_draws: Count = 10
    importance: bool = True
    antithetic: bool = False
    control_variate: bool = False
    reported: Literal["inside", "outside", "gap", "cross", "scaled"] = option(
        "inside", flat="readout"
    )
    sigma_refs: tuple[Positive, ...] = (1.0,)
