"""Parameters of small networks inside those of a wider one of the same kind, and back.

A network with fewer inputs or outputs is the wider network with zeros beyond: its further inputs
are zero, its further outputs carry no loss, so the zeros have no gradient and stay zeros.
"""

from __future__ import annotations

from torch import Tensor

from minde.nn.stacked import Network, Parameters


def pad(small: Parameters, wide: Parameters, network: Network) -> Parameters:
    """Parameters of members of a smaller network, in the shapes of ``wide``, zeros elsewhere.

    Arguments:
        small: Stacked parameters of the smaller network, (E, ...).
        wide: Parameters of the wider network, of any number of members; for their shapes.
        network: Either of the two, for the parts of its head.
    """
    out: Parameters = {}
    for name, value in small.items():
        out[name] = value.new_zeros(len(value), *wide[name].shape[1:])
        parts = _parts(name, network)
        _corner(out[name], value, parts).copy_(_split(value, parts))
    return out


def crop(wide: Parameters, small: Parameters, network: Network) -> Parameters:
    """Undo :func:`pad`: the leading part of ``wide`` in the shapes of ``small``."""
    return {
        name: _corner(value, small[name], _parts(name, network)).flatten(-2)
        for name, value in wide.items()
    }


def _parts(name: str, network: Network) -> int:
    return network.head_parts if name.startswith("head.lin.") else 1


def _corner(value: Tensor, like: Tensor, parts: int) -> Tensor:
    """View of the leading rows, and of the leading columns of each of the parts."""
    rows, columns = like.shape[-2], like.shape[-1] // parts
    return _split(value, parts)[:, :rows, :, :columns]


def _split(value: Tensor, parts: int) -> Tensor:
    members, rows, columns = value.shape
    return value.view(members, rows, parts, columns // parts)
