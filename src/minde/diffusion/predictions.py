r"""What a network predicts, as noise.

With the noisy point :math:`x_t = \alpha_t x_0 + \sigma_t \epsilon`, the score s and the velocity
:math:`v = \alpha_t \epsilon - \sigma_t x_0`,

.. math::
    \epsilon = -\sigma_t s = \frac{x_t - \alpha_t x_0}{\sigma_t}
    = \frac{\alpha_t v + \sigma_t x_t}{\alpha_t^2 + \sigma_t^2} .

References:
    Salimans and Ho, Progressive Distillation for Fast Sampling of Diffusion Models, ICLR 2022.
"""

from __future__ import annotations

from torch import Tensor

from minde.errors import ConfigError, nearest

#: The score, and the others as the diffusers library names them.
KINDS = ("score", "epsilon", "v_prediction", "sample")


def noise_from_prediction(
    prediction: Tensor, x: Tensor, alpha: Tensor, sigma: Tensor, kind: str
) -> Tensor:
    r"""Noise :math:`\hat\epsilon` from what a network predicts.

    Arguments:
        prediction: Output of the network.
        x: Noisy points :math:`x_t`, same shape.
        alpha: :math:`\alpha_t`, of a shape that broadcasts.
        sigma: :math:`\sigma_t`, likewise.
        kind: ``score``, ``epsilon``, ``v_prediction`` or ``sample`` (:math:`x_0`).

    Raises:
        ConfigError: On another kind.
    """
    if kind == "score":
        return -sigma * prediction
    if kind == "v_prediction":
        return (alpha * prediction + sigma * x) / (alpha**2 + sigma**2)
    if kind == "sample":
        return (x - alpha * prediction) / sigma
    if kind != "epsilon":
        raise ConfigError(
            f"diffusion model: cannot convert a prediction of type '{kind}'; known are "
            f"{', '.join(KINDS)}{nearest(kind, [*KINDS])}"
        )
    return prediction
