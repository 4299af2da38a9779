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
from collections import Counter
from collections.abc import Sequence

import torch
from torch import Tensor

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
#: Tensors in a vector begin at multiples of so many numbers: products round as where they begin.
_EVEN = 16
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


def laid_flat(tensors: Sequence[Tensor]) -> Tensor:
    """One vector that holds all tensors from now on, each a view: what is done to all is one call.

    Arguments:
        tensors: Leaf tensors of one kind, contiguous; their numbers move into the vector.
    """
    vector = tensors[0].new_zeros(sum(_place(t.shape) for t in tensors))
    for t, view in zip(tensors, _views(vector, tensors), strict=True):
        view.copy_(t.detach())
        t.data = view
    return vector


class StackedOptimizer:
    """Adam for all parameters, or Muon for the hidden matrices and Adam for the rest.

    Arguments:
        parameters: Stacked leaf tensors (E, ...); they become views of one vector.
        options: The optimiser's.

    Attributes:
        vector: All parameters, those of ``names`` one after the other.
        gradients: Of each parameter by name, views of one vector too; whoever steps fills them.
    """

    def __init__(self, parameters: Parameters, options: TrainingOptions) -> None:
        self.parameters = parameters
        muon = options.optimizer == "muon"
        average_rate = 0.5 if options.lr_schedule == "cosine" else 1.0
        self.decay = options.weight_decay / (average_rate * options.lr * options.n_steps)
        matrices = [name for name in parameters if is_hidden_matrix(name)]
        # Matrices of one shape side by side, so that they go through Muon as one.
        shapes = list(dict.fromkeys(parameters[name].shape for name in matrices))
        matrices.sort(key=lambda name: shapes.index(parameters[name].shape))
        names = [name for name in parameters if name not in matrices] + matrices
        self.names, self.hidden = names, matrices if muon else []
        self.rest = names[: len(names) - len(self.hidden)]
        own = [parameters[name] for name in names]
        self.vector = laid_flat(own)
        self._gradients = torch.zeros_like(self.vector)
        self.gradients = dict(zip(names, _views(self._gradients, own), strict=True))
        self._plain = sum(_place(t.shape) for t in own[: len(names) - len(matrices)])
        by_adam = self._plain if muon else len(self.vector)
        self.adam = Adam(self.vector[:by_adam], options.adam_beta2)
        self.momentum = torch.zeros_like(self.vector[by_adam:])
        #: Of each shape, how many matrices there are.
        self._groups = Counter(parameters[name].shape for name in matrices)

    @torch.no_grad()
    def step(self, lr: float) -> None:
        """Apply the gradients at rate ``lr``."""
        if self.decay > 0.0:
            self.vector[self._plain :].mul_(1.0 - lr * self.decay)
        self.adam.step(self._gradients[: len(self.adam.vector)], lr)
        if self.hidden:
            self._muon_step(lr)

    def _muon_step(self, lr: float) -> None:
        gradients = self._gradients[self._plain :]
        self.momentum.lerp_(gradients, 1.0 - _MOMENTUM)
        nesterov = torch.lerp(gradients, self.momentum, _MOMENTUM)
        sizes = [many * _place(shape) for shape, many in self._groups.items()]
        owns = torch.split(self.vector[self._plain :], sizes)
        directions = torch.split(nesterov, sizes)
        for (shape, many), *pair in zip(self._groups.items(), owns, directions, strict=True):
            # A row of a matrix of all members, without what lies between two matrices.
            own, direction = (v.view(many, -1)[:, : math.prod(shape)] for v in pair)
            _, rows, columns = shape
            update = orthogonalise(_wide(direction.reshape(-1, rows, columns)))
            turned = update if rows <= columns else update.mT
            size = 0.2 * math.sqrt(max(rows, columns)) * lr
            own.add_(turned.reshape(many, -1), alpha=-size)

    def state(self) -> Parameters:
        """Every tensor that a resumed training needs, by the names of parameters."""
        tensors = self._by_name("momentum", self.momentum, self.hidden)
        for key, vector in zip(Adam.KEYS, self.adam.state(), strict=True):
            tensors |= self._by_name(key, vector, self.rest)
        return tensors | {"step": self.adam.steps}

    def load(self, tensors: Parameters) -> None:
        """Take the state back from :meth:`state`."""
        for name, own in self.state().items():
            own.copy_(tensors[name])

    def _by_name(self, key: str, vector: Tensor, names: Sequence[str]) -> Parameters:
        views = _views(vector, [self.parameters[name] for name in names])
        return {f"{key}/{name}": view for name, view in zip(names, views, strict=True)}


class Adam:
    """torch's fused Adam, to the bit; ``torch.optim`` imports its compiler, seconds, to say so.

    Arguments:
        vector: All parameters.
        beta2: Memory of squared gradients.
    """

    KEYS = ("exp_avg", "exp_avg_sq")

    def __init__(self, vector: Tensor, beta2: float) -> None:
        self.vector, self.beta2 = vector, beta2
        self.mean, self.square = torch.zeros_like(vector), torch.zeros_like(vector)
        self.steps = torch.zeros((), device=vector.device)

    def state(self) -> tuple[Tensor, Tensor]:
        """Vectors in the order of KEYS."""
        return self.mean, self.square

    @torch.no_grad()
    def step(self, gradient: Tensor, lr: float) -> None:
        """Apply a gradient at rate ``lr``."""
        self.steps.add_(1)
        torch._fused_adam_(
            [self.vector],
            [gradient],
            [self.mean],
            [self.square],
            [],
            [self.steps],
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


def _place(shape: Sequence[int]) -> int:
    """Numbers from where a tensor begins to where the next does, so that each begins evenly."""
    return -(-math.prod(shape) // _EVEN) * _EVEN


def _views(vector: Tensor, like: Sequence[Tensor]) -> list[Tensor]:
    """The parts of a vector, one after the other, in the shapes of some tensors."""
    parts = torch.split(vector, [_place(t.shape) for t in like])
    return [part[: t.numel()].view(t.shape) for part, t in zip(parts, like, strict=True)]


def _wide(matrix: Tensor) -> Tensor:
    return matrix if matrix.shape[-2] <= matrix.shape[-1] else matrix.mT
