r"""A read-out between the ends of a diffusion, with what lies beyond them.

By the log signal-to-noise ratio :math:`\lambda` the integrand is :math:`f = \tfrac s2\,\mathbb{E}
\|\hat x_p - \hat x_q\|^2` with :math:`s = e^\lambda` and the denoised :math:`\hat x`.

- *Below the smallest time* smooth laws have :math:`f \propto 1 / s`, whose integral is f there. Of
  laws with structure as fine as the noise it is more; a warning says where that may be much.
- *Beyond the largest*, where s is small, :math:`\hat x` are two means, and :math:`\int f\,ds / s
  = f`; or, of equal means, :math:`f \propto s^2` and it is :math:`f / 2`. Of Gaussians with one
  variance v and other means it is :math:`(1 + s v) f`. The middle of these,
  :math:`(\tfrac34 + \tfrac12 s v) f`, is added: it is the terminal KL.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from minde.declare import check
from minde.diffusion.levels import Levels, OneTime
from minde.diffusion.points import Diffuser
from minde.diffusion.roles import Family, conditional, joint
from minde.options import ReadoutOptions
from minde.readout.combine import Facts, combine
from minde.readout.estimate import MIEstimate
from minde.readout.given import Asked, GivenNoise, numbered
from minde.readout.measures import Measure
from minde.readout.reading import Reading
from minde.readout.readout import CHUNK, Readout, read_out, summed, with_scaled
from minde.types import Array, NoiseModel

#: Noise in pairs; the rest as recipe ``paper`` has it.
OPTIONS = ReadoutOptions(antithetic=True)
#: Signal left at the largest time from which a warning says so.
UNCLEAR = 0.1
#: Draws of each row at an end.
END_DRAWS = 2
#: Numbers of the points of one call; bounds the memory of large rows.
NUMBERS = 1 << 22


@dataclass(frozen=True)
class Whole:
    """Read-outs of all times.

    Attributes:
        readouts: By name; what lies beyond the ends is in the outermost bins of the integrand.
        below: Nats of the read-out ``inside`` that were added below the smallest time.
        terminal: Likewise beyond the largest.
        unseen: Standard error of both, as their law is not known.
        warnings: A sentence where much signal is left at the largest time.
    """

    readouts: dict[str, Readout]
    below: float
    terminal: float
    unseen: float
    warnings: tuple[str, ...]


def read_whole(
    model: NoiseModel,
    data: Tensor,
    diffusion: tuple[Family, Levels],
    measure: Measure,
    seed: int,
    options: ReadoutOptions,
    terminal: bool,
) -> Whole:
    """Read a measure out at all times.

    Arguments:
        model: Noise model.
        data: Rows, (1, N, D).
        diffusion: The patterns and the levels.
        measure: What to compute.
        seed: Of the noise.
        options: Draws and reference widths.
        terminal: Whether to add what lies beyond the largest time.
    """
    family, levels = diffusion
    ends = replace(options, n_draws=min(END_DRAWS, options.n_draws))
    # A model of others is asked of the rows once at a time, and no more than fit.
    chunk = max(1, min(CHUNK, NUMBERS // data.shape[2], data.shape[1]))

    def read(schedule: Levels | OneTime, options: ReadoutOptions) -> dict[str, Readout]:
        diffuser = Diffuser(family, schedule, data.device)
        return read_out(model, data, diffuser, measure, [seed], options, chunk)

    out = read(levels, options)
    first = read(OneTime(levels, levels.t_min, 1.0), ends)
    below = float(first["inside"].value.mean())
    out, unseen = summed(out, _in_bin(first, 0)), (0.25 * below) ** 2
    beyond = unclear = 0.0
    if terminal:
        at = torch.tensor(levels.t_max, dtype=torch.float64)
        signal = float(levels.log_snr(at).exp())
        unclear = signal * float(data[..., : family.dim_out].var(dim=1).mean())
        last = read(OneTime(levels, levels.t_max, 0.75 + 0.5 * unclear), ends)
        beyond = float(last["inside"].value.mean())
        # Half of the half-width 1/4 + r/2.
        unseen += (0.5 * beyond * (0.25 + 0.5 * unclear) / (0.75 + 0.5 * unclear)) ** 2
        out = summed(out, _in_bin(last, -1))
    return Whole(
        with_scaled(out, measure), below, beyond, math.sqrt(unseen), _warnings(unclear, beyond)
    )


def _in_bin(readouts: Mapping[str, Readout], place: int) -> dict[str, Readout]:
    """The read-outs with all of their integrand in one bin."""
    out = {}
    for name, r in readouts.items():
        integrand = torch.zeros_like(r.integrand)
        integrand[:, place] = r.integrand.sum(dim=1)
        out[name] = replace(r, integrand=integrand)
    return out


def _warnings(unclear: float, terminal: float) -> tuple[str, ...]:
    """A sentence where the rows' variance is more than so much of the noise's at the end."""
    if unclear <= UNCLEAR:
        return ()
    return (
        f"at the largest time the rows' signal is still {unclear:.2g} of the noise's variance: the "
        f"terminal term, {terminal:.3f} nats, is put in roughly; give it, or diffuse on",
    )


def estimate_given(
    asked: Sequence[Asked],
    variables: Sequence[Tensor],
    levels: Levels,
    measure: Measure,
    setup: tuple[ReadoutOptions | None, int],
    terminal: float | None,
    offset: float | Array = 0.0,
) -> MIEstimate:
    """The estimate from models that were given.

    Arguments:
        asked: The models, in the order of the patterns.
        variables: Flat rows of the variables that are diffused; rows are numbered beside one.
        levels: The diffusion.
        measure: What to compute.
        setup: Options, and the seed of the noise.
        terminal: The measure's terminal term, nats, where it is known.
        offset: Known terms, one number or one per row.
    """
    options, seed = setup[0] or OPTIONS, setup[1]
    check(options, "scores")
    if measure.name != "mutual_information":  # no reference cancels
        options = replace(options, sigma_refs=())
    dims, model = [v.shape[1] for v in variables], GivenNoise(asked, levels)
    family = joint(*dims) if len(dims) == 2 else conditional(dims[0], 1)
    data = torch.cat([*variables], dim=1) if len(dims) == 2 else numbered(variables[0])
    data = data[None]
    whole = read_whole(model, data, (family, levels), measure, seed, options, terminal is None)
    facts = Facts(
        options,
        n_seeds=1,
        n_train=0,
        offset=offset + (terminal or 0.0),
        warnings=whole.warnings,
        diagnostics={
            "below": whole.below,
            "terminal": whole.terminal if terminal is None else terminal,
        },
        unseen=whole.unseen,
    )
    return combine({"": Reading(whole.readouts)}, facts)
