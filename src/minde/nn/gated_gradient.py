r"""The loss of a gated network and its gradients, by hand.

With :math:`\phi` the features of the times and a one, :math:`T` what they are multiplied by,

.. math::
    z &= \phi T, \quad (z_a, z_b) \mathrel{+}= x\,W_{lift}, \quad h_0 = z_a (1 + z_b), \\
    n_k &= h_k / \mathrm{rms}(h_k), \quad (a_k, b_k) \mathrel{+}= n_k\, g_k W_k, \quad
    h_{k+1} = h_k + a_k b_k\, V_k + c_k, \\
    (u, v) &= h_L W_{head} + c, \qquad o = u + v\,x, \qquad L = \sum w\,(o - y)^2,

where :math:`(a_k, b_k)` are the columns of z that belong to block k. It is the function of
``GatedMLP`` and what autograd makes of it (a test holds that), in a third of the calls: with a
batch of some hundred rows a call costs as much as what it computes.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from minde.nn.stacked import Batch, Parameters, Room


class _Kept(NamedTuple):
    """Of one block, for the way back."""

    scale: Tensor
    normed: Tensor
    weight: Tensor
    product: Tensor


def loss_and_gradients(
    p: Parameters,
    batch: Batch,
    phi: Tensor,
    table: Tensor,
    into: Parameters,
    room: Room,
) -> Tensor:
    r"""Loss of each member, (E,), its gradients written into tensors of the parameters' names.

    Arguments:
        p: Stacked parameters.
        batch: What the network is trained on.
        phi: Features of the times and a one, (E, N, F).
        table: What they are multiplied by, (E, F, 2 W (1 + depth)): ``times.weight`` and, in the
            last row, the biases of both lifts and all pairs.
        into: Where gradients go, by name.
        room: Where what lies between is kept.
    """
    x, _, y, row_weights = batch
    w = p["lift.weight"].shape[-1]
    depth = table.shape[-1] // (2 * w) - 1
    members, rows = x.shape[:2]
    wide, narrow = (members, rows, table.shape[-1]), (members, rows, w)
    z = torch.bmm(phi, table, out=room.of("z", x, *wide))
    first, gate, *pairs = torch.split(z, [w, w] + [2 * w] * depth, dim=-1)
    first.baddbmm_(x, p["lift.weight"])
    gate.baddbmm_(x, p["lift_gate.weight"])
    h = torch.addcmul(first, first, gate, out=room.of("h", x, *narrow))
    kept: list[_Kept] = []
    for k, pair in enumerate(pairs):
        scale = torch.linalg.vecdot(h, h).div_(w).add_(torch.finfo(h.dtype).eps).rsqrt_()
        normed = torch.mul(h, scale.unsqueeze_(-1), out=room.of(f"normed{k}", x, *narrow))
        weight = room.of(f"weight{k}", x, members, w, 2 * w)
        torch.mul(p[f"block{k}.norm.weight"].mT, p[f"block{k}.pair.weight"], out=weight)
        pair.baddbmm_(normed, weight)
        product = room.of(f"product{k}", x, *narrow)
        torch.mul(pair[..., :w], pair[..., w:], out=product)
        h.add_(p[f"block{k}.out.bias"]).baddbmm_(product, p[f"block{k}.out.weight"])
        kept.append(_Kept(scale, normed, weight, product))
    offset, slope = torch.baddbmm(p["head.lin.bias"], h, p["head.lin.weight"]).chunk(2, dim=-1)
    own = x[..., : y.shape[-1]]
    error = torch.addcmul(offset, slope, own).sub_(y)
    weighed = error * row_weights
    loss: Tensor = (weighed * error).sum(dim=(1, 2))

    by_head = torch.cat([weighed, weighed * own], dim=-1).mul_(2.0)
    torch.bmm(h.mT, by_head, out=into["head.lin.weight"])
    torch.sum(by_head, 1, keepdim=True, out=into["head.lin.bias"])
    by_h = torch.bmm(by_head, p["head.lin.weight"].mT, out=room.of("by_h", x, *narrow))
    by_z = room.of("by_z", x, *wide)
    by_first, by_gate, *by_pairs = torch.split(by_z, [w, w] + [2 * w] * depth, dim=-1)
    for k in reversed(range(depth)):
        scale, normed, weight, product = kept[k]
        pair, by_pair = pairs[k], by_pairs[k]
        torch.bmm(product.mT, by_h, out=into[f"block{k}.out.weight"])
        torch.sum(by_h, 1, keepdim=True, out=into[f"block{k}.out.bias"])
        # What was multiplied is not needed any more: its place takes what comes of it.
        by_product = torch.bmm(by_h, p[f"block{k}.out.weight"].mT, out=product)
        torch.mul(by_product, pair[..., w:], out=by_pair[..., :w])
        torch.mul(by_product, pair[..., :w], out=by_pair[..., w:])
        by_weight = torch.bmm(normed.mT, by_pair, out=room.of("by_weight", x, *weight.shape))
        by_normed = torch.bmm(by_pair, weight.mT, out=product)
        along = torch.linalg.vecdot(by_normed, normed).div_(-w).unsqueeze_(-1)
        by_h.addcmul_(by_normed.addcmul_(normed, along), scale)
        along_rows = torch.linalg.vecdot(by_weight, p[f"block{k}.pair.weight"])
        into[f"block{k}.norm.weight"].copy_(along_rows.unsqueeze_(-2))
        torch.mul(by_weight, p[f"block{k}.norm.weight"].mT, out=into[f"block{k}.pair.weight"])
    torch.addcmul(by_h, by_h, gate, out=by_first)
    torch.mul(by_h, first, out=by_gate)
    torch.bmm(x.mT, by_first, out=into["lift.weight"])
    torch.bmm(x.mT, by_gate, out=into["lift_gate.weight"])
    by_table = torch.bmm(phi.mT, by_z)
    into["times.weight"].copy_(by_table[:, :-1])
    names = ["lift.bias", "lift_gate.bias", *(f"block{k}.pair.bias" for k in range(depth))]
    parts = torch.split(by_table[:, -1:], [w, w] + [2 * w] * depth, dim=-1)
    for name, part in zip(names, parts, strict=True):
        into[name].copy_(part)
    return loss
