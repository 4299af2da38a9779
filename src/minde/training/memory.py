"""Memory of a training, told before it starts."""

from __future__ import annotations

import functools

import torch
from torch import Tensor

from minde.nn.stacked import Network
from minde.options import TrainingOptions
from minde.training.batches import BLOCK_STEPS

_FLOAT = 4
#: Tensors of a network's size: parameters, gradients, EMA, that of half the training and the best,
#: two moments of Adam or one and two temporaries of Muon, and what a pass makes of them.
_COPIES_OF_WEIGHTS = 9
_ROWS = 64


@functools.cache
def saved_per_row(network: Network) -> float:
    """Bytes that one row of one member keeps from the forward to the backward pass, measured."""
    # The difference, since what is made of the weights is kept as well, whatever the rows.
    return (_saved(network, 2 * _ROWS) - _saved(network, _ROWS)) / _ROWS


def _saved(network: Network, rows: int) -> int:
    """Bytes that some rows of one member keep."""
    parameters = {k: v.requires_grad_(True) for k, v in network.init([0]).items()}
    own = {v.data_ptr() for v in parameters.values()}
    sizes: dict[int, int] = {}
    kept: list[Tensor] = []

    def note(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            sizes[storage.data_ptr()] = storage.nbytes()
            kept.append(tensor)  # alive, so that no address comes twice
        return tensor

    times = torch.zeros(1, rows, network.n_times)
    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        network(parameters, torch.zeros(1, rows, network.dim_in), times)
    return sum(sizes.values())


def member_bytes(network: Network, options: TrainingOptions, rows: int) -> int:
    """Bytes that one member of a training takes, beside what the libraries take.

    Arguments:
        network: Its network.
        options: Its ``batch_size``.
        rows: Rows of its data, to train and to validate on.
    """
    weights = _COPIES_OF_WEIGHTS * network.n_parameters() * _FLOAT
    # Twice: what is kept for the backward pass, and the gradients that pass through it.
    step = 2.0 * options.batch_size * saved_per_row(network)  # type: ignore[arg-type]
    # Values, noise, rows and their intermediates; targets, weights and the baseline's part.
    row = 5 * network.dim_in + 5 * network.dim_out + 8
    # A block to train on and, at most, one to validate on.
    blocks = 2 * BLOCK_STEPS * options.batch_size * row * _FLOAT
    data = 2 * rows * network.dim_in * _FLOAT
    return int(weights + step + blocks + data)
