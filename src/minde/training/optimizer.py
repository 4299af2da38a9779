r"""Optimisers over E stacked members: Adam, and Muon for the hidden matrices; and their average.

Muon replaces the momentum :math:`M` of a matrix by a nearly orthogonal one of the same singular
directions, :math:`O \approx (M M^\top)^{-1/2} M`, found by three steps
:math:`X \mapsto a X + b\, X X^\top X + c\, (X X^\top)^2 X`, each with the coefficients that bring
singular values nearest to one from where the step before may have left them; biases, norms, the
layers of the times and the last layer keep Adam. torch's own Muon takes single matrices;
here the members, and all matrices of one shape, go through in one batched product, each on its own.

References:
    Jordan et al., Muon: An optimizer for hidden layers in neural networks, 2024,
    https://kellerjordan.github.io/posts/muon/
    Amsel et al., The Polar Express: optimal matrix sign methods and their application to the Muon
    algorithm, 2025, arXiv:2505.16932 (coefficients step by step are the best there are).
    Liu et al., Muon is Scalable for LLM Training, 2025, arXiv:2502.16982 (the 0.2 sqrt scaling).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from minde.errors import TrainingError
from minde.nn.stacked import Parameters
from minde.options import TrainingOptions

#: (a, b, c) by step. The first is minimax on [0.01, 1] and leaves 0.08 to 1.92, the next minimax on
#: that, and so on; the third leaves 0.73 to 1.27.
_COEFFICIENTS = (
    (8.0934, -23.6205, 17.4462),
    (3.6367, -2.7221, 0.5366),
    (2.6613, -1.9771, 0.4526),
)
_MOMENTUM = 0.95
_OUTER_LAYERS = ("time1.", "times.", "head.")


def orthogonalise(matrices: Tensor) -> Tensor:
    """Matrices (B, m, n), m <= n, with their singular values brought to about one."""
    x: Tensor = matrices / (torch.linalg.matrix_norm(matrices, keepdim=True) + 1e-7)
    for a, b, c in _COEFFICIENTS:
        gram = x @ x.mT
        poly = torch.baddbmm(gram, gram, gram, beta=b, alpha=c)
        x = torch.baddbmm(x, poly, x, beta=a)
    return x


def is_hidden_matrix(name: str) -> bool:
    """Whether Muon updates the parameter ``name``: a weight of a hidden linear layer."""
    linear = name.endswith(".weight") and "norm" not in name
    return linear and not name.startswith(_OUTER_LAYERS)


class StackedOptimizer:
    """Adam for all parameters, or Muon for the hidden matrices and Adam for the rest.

    Arguments:
        parameters: Stacked leaf tensors (E, ...).
        options: The optimiser's.
    """

    def __init__(self, parameters: Parameters, options: TrainingOptions) -> None:
        self.parameters = parameters
        muon = options.optimizer == "muon"
        average_rate = 0.5 if options.lr_schedule == "cosine" else 1.0
        self.decay = options.weight_decay / (average_rate * options.lr * options.n_steps)
        self.matrices = [p for name, p in parameters.items() if is_hidden_matrix(name)]
        self.hidden = [name for name in parameters if muon and is_hidden_matrix(name)]
        self.rest = [name for name in parameters if name not in self.hidden]
        self.momentum = {name: torch.zeros_like(parameters[name]) for name in self.hidden}
        self.adam = Adam([parameters[name] for name in self.rest], options.adam_beta2)

    @torch.no_grad()
    def step(self, lr: float) -> None:
        """Apply the gradients at rate ``lr`` and clear them."""
        if self.decay > 0.0:
            torch._foreach_mul_(self.matrices, 1.0 - lr * self.decay)
        self.adam.step(lr)
        if self.hidden:
            self._muon_step(lr)
        for parameter in self.parameters.values():
            parameter.grad = None

    def _muon_step(self, lr: float) -> None:
        gradients = [_gradient(self.parameters[name]) for name in self.hidden]
        momenta = [self.momentum[name] for name in self.hidden]
        torch._foreach_lerp_(momenta, gradients, 1.0 - _MOMENTUM)
        nesterov = torch._foreach_lerp(gradients, momenta, _MOMENTUM)
        groups: dict[tuple[int, int], list[int]] = {}
        for k, direction in enumerate(nesterov):
            rows, columns = direction.shape[-2:]
            groups.setdefault((min(rows, columns), max(rows, columns)), []).append(k)
        for (_, wide), group in groups.items():
            flat = [_wide(nesterov[k]) for k in group]
            updates = torch.split(orthogonalise(torch.cat(flat)), len(flat[0]))
            for k, update in zip(group, updates, strict=True):
                parameter = self.parameters[self.hidden[k]]
                turned = update if parameter.shape[-2] <= parameter.shape[-1] else update.mT
                parameter.add_(turned, alpha=-0.2 * math.sqrt(wide) * lr)

    def state(self) -> Parameters:
        """Every tensor that a resumed training needs."""
        tensors = {f"momentum/{name}": m for name, m in self.momentum.items()}
        for name, *state in zip(self.rest, *self.adam.state(), strict=True):
            tensors |= {f"{key}/{name}": t for key, t in zip(Adam.KEYS, state, strict=True)}
        return tensors

    @torch.no_grad()
    def load(self, tensors: Parameters) -> None:
        """Take the state back from :meth:`state`."""
        for name, momentum in self.momentum.items():
            momentum.copy_(tensors[f"momentum/{name}"])
        for name, *state in zip(self.rest, *self.adam.state(), strict=True):
            for key, tensor in zip(Adam.KEYS, state, strict=True):
                tensor.copy_(tensors[f"{key}/{name}"])


class Adam:
    """torch's fused Adam, to the bit; ``torch.optim`` imports its compiler, seconds, to say so.

    Arguments:
        parameters: Leaf tensors.
        beta2: Memory of squared gradients.
    """

    KEYS = ("exp_avg", "exp_avg_sq", "step")

    def __init__(self, parameters: list[Tensor], beta2: float) -> None:
        self.parameters, self.beta2 = parameters, beta2
        self.mean = [torch.zeros_like(p) for p in parameters]
        self.square = [torch.zeros_like(p) for p in parameters]
        self.steps = [torch.zeros((), device=p.device) for p in parameters]

    def state(self) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
        """Tensors by parameter, in the order of KEYS."""
        return self.mean, self.square, self.steps

    @torch.no_grad()
    def step(self, lr: float) -> None:
        """Apply the gradients at rate ``lr``."""
        torch._foreach_add_(self.steps, 1)
        torch._fused_adam_(
            self.parameters,
            [_gradient(p) for p in self.parameters],
            self.mean,
            self.square,
            [],
            self.steps,
            lr=lr,
            beta1=0.9,
            beta2=self.beta2,
            weight_decay=0.0,
            eps=1e-8,
            amsgrad=False,
            maximize=False,
        )


def learning_rate(step: int, options: TrainingOptions) -> float:
    """Rate of a step: linear warm-up, then constant or cosine to zero."""
    rate = options.lr * min(1.0, (step + 1) / max(1, options.warmup_steps))
    if options.lr_schedule == "cosine":
        rate *= 0.5 * (1.0 + math.cos(math.pi * step / options.n_steps))
    return rate


def ema_decay(step: int, decay: float, warm_up: bool) -> float:
    """Decay at a step; with warm-up min(decay, (1 + step) / (10 + step)), so early weights fade."""
    return min(decay, (1.0 + step) / (10.0 + step)) if warm_up else decay


@torch.no_grad()
def ema_update(average: list[Tensor], current: list[Tensor], decay: float) -> None:
    """Move ``average`` towards ``current`` in place by 1 - decay."""
    torch._foreach_lerp_(average, current, 1.0 - decay)


def _gradient(parameter: Tensor) -> Tensor:
    if parameter.grad is None:
        raise TrainingError("training: a parameter has no gradient; it is not part of the loss")
    return parameter.grad


def _wide(matrix: Tensor) -> Tensor:
    return matrix if matrix.shape[-2] <= matrix.shape[-1] else matrix.mT
