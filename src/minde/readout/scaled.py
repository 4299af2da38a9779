r"""The scaled read-out: cross, with what networks have learned in part made whole.

Networks that have not learned the whole difference show a part of it: with :math:`d = (1 - a) d^*`
cross is (1 - a) of the truth, inside its square, and the factor of least denoising error,

.. math::
    \hat\lambda = \frac{\mathbb{E}\langle \epsilon - \hat\epsilon_{left}, d \rangle}
    {\mathbb{E}\|d\|^2} = \frac{\text{cross}}{\text{inside}} = \frac{1}{1 - a} ,

turns it into the truth. Networks that have learned noise as well, :math:`d = d^* + \eta`, have
:math:`\hat\lambda < 1`; cross has no error there, and is left as it is. Of few rows
:math:`\hat\lambda` is a noisy number, and the larger of it and 1 would be too large on average, by
0.4 of its standard error :math:`\tau` where it should be 1. So what chance alone adds to the square
of its excess :math:`\delta` is taken off again,

.. math::
    \lambda = \min\left(\tfrac32,\; 1 + \frac{(\delta^2 - \tau^2)_+}{\delta} \right) , \qquad
    \delta = (\hat\lambda - 1)_+ .

It is one unless :math:`\delta > \tau`, and loses next to nothing where :math:`\delta` is many
standard errors. The bias left where :math:`\hat\lambda` should be 1 is 0.13 :math:`\tau`. The bound
of 3/2 stands for networks that know nothing, where the ratio is one of two chance numbers.

The standard error holds that of the factor. With :math:`\psi` the influence of each row,

.. math::
    \psi_{scaled} = \lambda\,\psi_{cross} + 1_{1 < \lambda < 3/2}\;\hat\lambda\,(\psi_{cross} -
    \hat\lambda\, \psi_{inside}) , \qquad
    \tau^2 = \frac{\sum (\psi_{cross} - \hat\lambda\,\psi_{inside})^2}{\text{inside}^2} .

The slope of the shrinking is taken as 0 or 1. It is as much as 2 just above :math:`\tau`, but
that is a kink: with :math:`\hat\lambda` around 1 the factor's variance is 0.15 :math:`\tau^2`; a
slope of 0 or 1 makes it 0.16, the true one 0.38.

References:
    Breiman, Better subset regression using the nonnegative garrote, Technometrics 37, 1995; Gao,
    Wavelet shrinkage denoising using the non-negative garrote, 1998 (the shape of the shrinking).
"""

from __future__ import annotations

import torch
from torch import Tensor

from minde.readout.influence import Influence

#: Bound of the factor.
MAX_SCALE = 1.5


def scale(
    cross: Tensor, inside: Tensor, of_cross: Influence, of_inside: Influence
) -> tuple[Tensor, Influence]:
    """The factor lambda of each member, (E,), and the influence on lambda times cross.

    Arguments:
        cross: Estimate per member, (E,), double.
        inside: Likewise.
        of_cross: Influence of each row on cross.
        of_inside: Likewise of inside.
    """
    # A corrected mean of squares may fall below zero where there is next to nothing.
    ratio = (cross / inside.clamp(min=1e-12)).clamp(min=0.0)
    error = of_cross - of_inside.times(ratio)
    # tau^2 / delta^2
    loss = error.variance / (cross - inside).square().clamp(min=1e-30)
    above = (cross > inside) & (inside > 0.0) & (loss < 1.0)
    factor = torch.where(above, 1.0 + (ratio - 1.0) * (1.0 - loss), 1.0)
    slope = torch.where(above & (factor < MAX_SCALE), ratio, 0.0)
    factor = factor.clamp(max=MAX_SCALE)
    return factor, of_cross.times(factor) + error.times(slope)
