"""Constructors of modules: linear maps, tensor products, gates, norms, radial networks, attention, blocks.

Irreps are given as text or as :class:`Irreps`. SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import ctypes
from typing import Any, Optional, Sequence

import numpy as np
import numpy.typing as npt

from . import _declarations as _d
from ._core import Context, as_array, choose, create, pointer_to
from ._library import lib
from .irreps import IrrepsLike, irreps_of
from .modules import Instruction, Module
from .so3 import convention_of

__all__ = [
    "activation",
    "atom_embedding",
    "block",
    "depthwise",
    "dot_product_attention",
    "edge_degree",
    "feed_forward",
    "fully_connected",
    "gate",
    "graph_attention",
    "head",
    "linear",
    "norm",
    "radial_basis",
    "radial_mlp",
    "spherical_harmonics_module",
    "tensor_product",
]


def _make(function: Any, context: Optional[Context], *arguments: Any, on_atoms: bool = False) -> Module:
    return Module(create(function, _d.eqf_module, context, *arguments), on_atoms)


# --- linear maps and products ---------------------------------------------------------------------------------------------

def linear(
    irreps_in: IrrepsLike, irreps_out: IrrepsLike, bias: bool = True, *, context: Optional[Context] = None
) -> Module:
    """A linear map between equal irreps, with a bias for 0e channels. Parameters: tp.weight, bias.k."""
    return _make(lib.eqf_linear_create, context, irreps_of(irreps_in), irreps_of(irreps_out), int(bias))


def _product_options(irrep_normalization: str, path_normalization: str, weights: str, convention: str) -> Any:
    return _d.eqf_tensor_product_options(
        irrep_normalization=choose(irrep_normalization, "normalization of irreps", "eqf_irrep_normalization"),
        path_normalization=choose(path_normalization, "normalization of paths", "eqf_path_normalization"),
        weights=choose(weights, "kind of weights", "eqf_tp_weights"),
        convention=convention_of(convention),
    )


def tensor_product(
    in1: IrrepsLike,
    in2: IrrepsLike,
    out: IrrepsLike,
    instructions: Sequence[Instruction],
    *,
    irrep_normalization: str = "component",
    path_normalization: str = "none",
    weights: str = "input",
    convention: str = "e3nn-0.5",
    context: Optional[Context] = None,
) -> Module:
    """Any product of irreps, by its instructions.

    :param weights: "input": a third input w, one weight vector for each row or a single one; "internal": the
        parameter ``weight``.
    """
    made = (_d.eqf_instruction * len(instructions))()
    for to, (i, j, k, mode, has_weight) in zip(made, instructions):
        to.in1, to.in2, to.out, to.has_weight = i, j, k, int(has_weight)
        to.mode = choose(mode, "mode", "eqf_tp_mode")
    options = _product_options(irrep_normalization, path_normalization, weights, convention)
    irreps = [irreps_of(x) for x in (in1, in2, out)]
    return _make(lib.eqf_tensor_product_create, context, *irreps, len(made), made, options)


def fully_connected(
    in1: IrrepsLike,
    in2: IrrepsLike,
    out: IrrepsLike,
    *,
    irrep_normalization: str = "component",
    path_normalization: str = "element",
    weights: str = "input",
    convention: str = "e3nn-0.5",
    context: Optional[Context] = None,
) -> Module:
    """Every allowed path, mode uvw; with the normalization of e3nn's FullyConnectedTensorProduct."""
    options = _product_options(irrep_normalization, path_normalization, weights, convention)
    return _make(
        lib.eqf_fully_connected_create, context, irreps_of(in1), irreps_of(in2), irreps_of(out), options
    )


def depthwise(
    irreps_in: IrrepsLike,
    irreps_sh: IrrepsLike,
    wanted: IrrepsLike,
    *,
    irrep_normalization: str = "component",
    path_normalization: str = "none",
    weights: str = "input",
    convention: str = "e3nn-0.5",
    context: Optional[Context] = None,
) -> Module:
    """The depthwise product of Equiformer: mode uvu, output irreps that are wanted or 0e."""
    options = _product_options(irrep_normalization, path_normalization, weights, convention)
    return _make(
        lib.eqf_depthwise_create, context, irreps_of(irreps_in), irreps_of(irreps_sh), irreps_of(wanted), options
    )


def spherical_harmonics_module(
    irreps: IrrepsLike, *, normalization: str = "component", normalize: bool = True, context: Optional[Context] = None
) -> Module:
    """Harmonics as a module, from vectors to irreps 1x0e+1x1p+.., differentiable."""
    kind = choose(normalization, "normalization", "eqf_harmonics")
    return _make(lib.eqf_spherical_harmonics_create, context, irreps_of(irreps), kind, int(normalize))


# --- nonlinear pieces ---------------------------------------------------------------------------------------------------


def gate(irreps_out: IrrepsLike, *, context: Optional[Context] = None) -> Module:
    """SiLU of scalars; other channels times the sigmoid of a gate. Ask ``irreps_in`` for what goes in."""
    return _make(lib.eqf_gate_create, context, irreps_of(irreps_out))


def activation(name: str, irreps: IrrepsLike, *, context: Optional[Context] = None) -> Module:
    """"silu", "sigmoid", "tanh" or "smooth_leaky_relu" of scalars, scaled to mean square 1."""
    kind = choose(name, "activation", "eqf_activation")
    return _make(lib.eqf_activation_create, context, kind, irreps_of(irreps))


def norm(kind: str, irreps: IrrepsLike, eps: float = 1e-5, *, context: Optional[Context] = None) -> Module:
    """Equivariant normalization: "layer", "graph", "instance" or "fast_layer"."""
    value = choose(kind, "norm", "eqf_norm_kind")
    return _make(lib.eqf_norm_create, context, value, irreps_of(irreps), eps, on_atoms=kind in ("graph", "instance"))


def radial_basis(kind: str, n: int, cutoff: float, *, context: Optional[Context] = None) -> Module:
    """Distances (n x 1) to n basis functions: "gaussian", "exp" or "bessel"."""
    return _make(lib.eqf_radial_basis_create, context, choose(kind, "radial basis", "eqf_radial_kind"), n, cutoff)


def _ints(values: Sequence[int], what: str) -> npt.NDArray[np.int32]:
    return as_array(values, np.int32, (-1,), what)


def radial_mlp(layers: Sequence[int], *, context: Optional[Context] = None) -> Module:
    """The network from radial features to weights of a tensor product."""
    sizes = _ints(layers, "the list of layers")
    return _make(lib.eqf_radial_mlp_create, context, len(sizes), pointer_to(sizes))


def head(irreps_in: IrrepsLike, *, context: Optional[Context] = None) -> Module:
    """Linear, SiLU, Linear to one scalar."""
    return _make(lib.eqf_head_create, context, irreps_of(irreps_in))


# --- embeddings, attention, blocks ----------------------------------------------------------------------------------------


def atom_embedding(types: int, irreps_out: IrrepsLike, kind: str = "type", *, context: Optional[Context] = None) -> Module:
    """A row of a table for the type (or "tag") of each atom of the graph."""
    value = choose(kind, "embedding", "eqf_embedding_kind")
    return _make(lib.eqf_atom_embedding_create, context, value, types, irreps_of(irreps_out), on_atoms=True)


def edge_degree(
    irreps_out: IrrepsLike,
    irreps_sh: IrrepsLike,
    radial_layers: Sequence[int],
    *,
    average_degree: float = _d.eqf_edge_degree_options().average_degree,
    convention: str = "e3nn-0.5",
    context: Optional[Context] = None,
) -> Module:
    """The edge-degree embedding; inputs sh and radial features of edges."""
    out, sh, layers = irreps_of(irreps_out), irreps_of(irreps_sh), _ints(radial_layers, "radial_layers")
    options = _d.eqf_edge_degree_options(
        irreps_out=out._pointer,
        irreps_sh=sh._pointer,
        n_radial=len(layers),
        radial_layers=pointer_to(layers),
        average_degree=average_degree,
        convention=convention_of(convention),
    )
    return _make(lib.eqf_edge_degree_create, context, options, on_atoms=True)


class _Attention:
    """Options of attention, with what they point to."""

    def __init__(
        self,
        irreps_in: IrrepsLike,
        irreps_sh: IrrepsLike,
        irreps_out: IrrepsLike,
        irreps_head: IrrepsLike,
        radial_layers: Sequence[int],
        irreps_pre_attn: Optional[IrrepsLike],
        convention: str,
        head_split: str,
        others: dict[str, Any],
    ) -> None:
        named = {"in": irreps_in, "sh": irreps_sh, "out": irreps_out, "head": irreps_head, "pre_attn": irreps_pre_attn}
        self.irreps = {f"irreps_{k}": irreps_of(v) for k, v in named.items() if v is not None}
        self.layers = _ints(radial_layers, "radial_layers")
        self.options = _d.eqf_attention_options(
            n_radial=len(self.layers),
            radial_layers=pointer_to(self.layers),
            convention=convention_of(convention),
            head_split=choose(head_split, "head split", "eqf_head_split"),
            **{name: irreps._pointer for name, irreps in self.irreps.items()},
            **_known(_d.eqf_attention_options, others),
        )


def _known(record: Any, values: dict[str, Any]) -> dict[str, Any]:
    """The values, if the struct has such members."""
    names = {field[0] for field in record._fields_}
    for name in values:
        if name not in names:
            raise TypeError(f"unknown option {name!r}, expected some of: {', '.join(sorted(names - {'size'}))}")
    return values


def graph_attention(
    irreps_in: IrrepsLike,
    irreps_sh: IrrepsLike,
    irreps_out: IrrepsLike,
    irreps_head: IrrepsLike,
    radial_layers: Sequence[int],
    *,
    irreps_pre_attn: Optional[IrrepsLike] = None,
    convention: str = "e3nn-0.5",
    context: Optional[Context] = None,
    **options: Any,
) -> Module:
    """Graph attention; inputs x (atoms), sh and radial features (edges).

    Options are members of ``eqf_attention_options``: num_heads, linear_message, rescale_degree, alpha_drop, proj_drop.
    """
    a = _Attention(
        irreps_in, irreps_sh, irreps_out, irreps_head, radial_layers, irreps_pre_attn, convention, "published", options
    )
    return _make(lib.eqf_graph_attention_create, context, a.options, on_atoms=True)


def dot_product_attention(
    irreps_in: IrrepsLike,
    irreps_sh: IrrepsLike,
    irreps_out: IrrepsLike,
    irreps_head: IrrepsLike,
    radial_layers: Sequence[int],
    *,
    head_split: str = "published",
    convention: str = "e3nn-0.5",
    context: Optional[Context] = None,
    **options: Any,
) -> Module:
    """Dot-product attention; inputs and options as :func:`graph_attention`."""
    a = _Attention(
        irreps_in, irreps_sh, irreps_out, irreps_head, radial_layers, None, convention, head_split, options
    )
    return _make(lib.eqf_dot_product_attention_create, context, a.options, on_atoms=True)


def feed_forward(
    irreps_in: IrrepsLike,
    irreps_mid: IrrepsLike,
    irreps_out: IrrepsLike,
    *,
    irreps_node_attr: Optional[IrrepsLike] = None,
    proj_drop: float = 0,
    context: Optional[Context] = None,
) -> Module:
    """Linear, gate, Linear; with node attributes they are the second input."""
    attributes = None if irreps_node_attr is None else irreps_of(irreps_node_attr)
    irreps = irreps_of(irreps_in), attributes, irreps_of(irreps_mid), irreps_of(irreps_out)
    return _make(lib.eqf_feed_forward_create, context, *irreps, proj_drop)


def block(
    irreps_in: IrrepsLike,
    irreps_sh: IrrepsLike,
    irreps_out: IrrepsLike,
    irreps_head: IrrepsLike,
    irreps_mlp_mid: IrrepsLike,
    radial_layers: Sequence[int],
    *,
    attention: str = "graph",
    norm: str = "layer",  # noqa: A002
    irreps_node_attr: Optional[IrrepsLike] = None,
    irreps_pre_attn: Optional[IrrepsLike] = None,
    head_split: str = "published",
    convention: str = "e3nn-0.5",
    drop_path: float = 0,
    context: Optional[Context] = None,
    **options: Any,
) -> Module:
    """A transformer block: attention ("graph" or "dot_product") and a feed-forward network, with norms and residuals."""
    a = _Attention(
        irreps_in, irreps_sh, irreps_in, irreps_head, radial_layers, irreps_pre_attn, convention, head_split, options
    )
    mid, out = irreps_of(irreps_mlp_mid), irreps_of(irreps_out)
    attributes = None if irreps_node_attr is None else irreps_of(irreps_node_attr)
    made = _d.eqf_block_options(
        kind=choose(attention, "attention", "eqf_attention_kind"),
        attention=ctypes.pointer(a.options),
        irreps_mlp_mid=mid._pointer,
        irreps_out=out._pointer,
        norm=choose(norm, "norm", "eqf_norm_kind"),
        drop_path=drop_path,
    )
    if attributes is not None:
        made.irreps_node_attr = attributes._pointer
    return _make(lib.eqf_block_create, context, made, on_atoms=True)
