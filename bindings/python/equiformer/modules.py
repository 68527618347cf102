"""Modules: the pieces of an equivariant network, applied to arrays, with their gradients.

    from equiformer.layers import fully_connected

    product = fully_connected("8x0e+4x1o", "1x0e+1x1o", "8x0e+4x1o", weights="internal")
    parameters = product.init(seed=1)
    out = product(x, y, parameters=parameters)
    dx, dy = product.vjp([x, y], cotangent, parameters=parameters)

Arrays of features are rows x irreps.dim. SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import ctypes
from typing import Any, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
import numpy.typing as npt

from . import _declarations as _d
from ._core import Array, Context, Handle, Precision, as_array, call, create, default_context, names_of, pointer_to
from ._core import precision_of
from ._library import lib
from .irreps import Irreps
from .parameters import Parameters

__all__ = ["Graph", "Instruction", "Module"]


class Graph:
    """The graph that attention and embeddings work on: edges lead from senders (src) to receivers (dst).

    :param atoms: number of atoms.
    :param atom_graph: graph of each atom, where there are several.
    :param atom_type: row of each atom in the table of an embedding; atom_tag likewise.
    """

    def __init__(
        self,
        atoms: int,
        edge_src: npt.ArrayLike,
        edge_dst: npt.ArrayLike,
        *,
        graphs: int = 1,
        atom_graph: Optional[npt.ArrayLike] = None,
        atom_type: Optional[npt.ArrayLike] = None,
        atom_tag: Optional[npt.ArrayLike] = None,
    ) -> None:
        self.atoms, self.graphs = atoms, graphs
        self.edge_src = as_array(edge_src, np.int32, (-1,), "edge_src")
        self.edge_dst = as_array(edge_dst, np.int32, self.edge_src.shape, "edge_dst")
        per_atom = {"atom_graph": atom_graph, "atom_type": atom_type, "atom_tag": atom_tag}
        self._maps = {n: None if v is None else as_array(v, np.int32, (atoms,), n) for n, v in per_atom.items()}
        self._data = _d.eqf_graph_data(
            atoms=atoms,
            edges=len(self.edge_src),
            graphs=graphs,
            edge_src=pointer_to(self.edge_src),
            edge_dst=pointer_to(self.edge_dst),
            **{name: pointer_to(values) for name, values in self._maps.items() if values is not None},
        )


class Instruction(NamedTuple):
    """One path of a tensor product: block in1 times block in2 to block out, channels tied by the mode."""

    in1: int
    in2: int
    out: int
    mode: str = "uvw"
    has_weight: bool = True


class _Tensor(Handle):
    """Rows of features, as the library keeps them."""

    _free = lib.eqf_tensor_free

    def __init__(self, irreps: Irreps, rows: int, precision: int, context: Context) -> None:
        self.shape = (rows, irreps.dim)
        super().__init__(create(lib.eqf_tensor_create, _d.eqf_tensor, context, irreps, rows, precision))

    @classmethod
    def of(cls, irreps: Irreps, values: npt.ArrayLike, precision: int, context: Context, what: str) -> "_Tensor":
        array = as_array(values, np.float64, (-1, irreps.dim), f"{what} of {irreps}")
        made = cls(irreps, len(array), precision, context)
        lib.eqf_tensor_set(made, pointer_to(array))
        return made

    def get(self) -> Array:
        values = np.empty(self.shape)
        lib.eqf_tensor_get(self, pointer_to(values))
        return values


class Module(Handle):
    """A plan: shapes, tables, and names of its parameters, without their numbers. Immutable."""

    _free = lib.eqf_module_free

    def __init__(self, pointer: Any, on_atoms: bool = False) -> None:
        super().__init__(pointer)
        self._on_atoms = on_atoms

    @property
    def kind(self) -> str:
        """"linear", "graph_attention", .."""
        return str(lib.eqf_module_kind(self).decode())

    @property
    def irreps_in(self) -> List[Irreps]:
        """Irreps of each input."""
        return [Irreps._borrow(lib.eqf_module_irreps_in(self, i)) for i in range(lib.eqf_module_inputs(self))]

    @property
    def irreps_out(self) -> Irreps:
        """Irreps of the output."""
        return Irreps._borrow(lib.eqf_module_irreps_out(self))

    @property
    def weights(self) -> int:
        """Of a tensor product: number of weights."""
        return int(lib.eqf_tensor_product_weights(self))

    @property
    def instructions(self) -> List[Tuple["Instruction", float]]:
        """Of a tensor product: its instructions with their factors."""
        made, factor, found = _d.eqf_instruction(), ctypes.c_double(), []
        modes = list(names_of("eqf_tp_mode"))
        for i in range(lib.eqf_tensor_product_instructions(self)):
            call(lib.eqf_tensor_product_instruction, None, self, i, made, factor)
            path = Instruction(made.in1, made.in2, made.out, modes[made.mode], bool(made.has_weight))
            found.append((path, factor.value))
        return found

    def init(
        self,
        seed: int = 0,
        parameters: Optional[Parameters] = None,
        *,
        scope: str = "",
        precision: Precision = "float64",
        context: Optional[Context] = None,
    ) -> Parameters:
        """Adds the module's parameters, named scope.name, with published initial values, to a store (or a new one)."""
        if parameters is None:
            parameters = Parameters(precision, context=context)
        call(lib.eqf_module_init, context, self, scope.encode(), seed, parameters)
        return parameters

    def __call__(
        self,
        *inputs: npt.ArrayLike,
        parameters: Optional[Parameters] = None,
        graph: Optional[Graph] = None,
        scope: str = "",
        precision: Precision = "float64",
        context: Optional[Context] = None,
    ) -> Array:
        """The output for these inputs, one array for each of :attr:`irreps_in`."""
        context = context or default_context()
        tensors = self._tensors(inputs, precision, context)
        out = _Tensor(self.irreps_out, self._rows(tensors, graph), precision_of(precision), context)
        arguments = self._arguments(tensors, parameters, graph, scope, context)
        context.check(lib.eqf_module_apply(context, *arguments, out))
        return out.get()

    def vjp(
        self,
        inputs: Sequence[npt.ArrayLike],
        cotangent: npt.ArrayLike,
        *,
        parameters: Optional[Parameters] = None,
        graph: Optional[Graph] = None,
        scope: str = "",
        precision: Precision = "float64",
        context: Optional[Context] = None,
    ) -> List[Array]:
        """The gradient of <cotangent, module(inputs)> by each input."""
        context = context or default_context()
        tensors = self._tensors(inputs, precision, context)
        seed = _Tensor.of(self.irreps_out, cotangent, precision_of(precision), context, "the cotangent")
        gradients = [_Tensor(i, t.shape[0], precision_of(precision), context) for i, t in zip(self.irreps_in, tensors)]
        arguments = self._arguments(tensors, parameters, graph, scope, context)
        context.check(lib.eqf_module_vjp(context, *arguments, seed, _list_of(gradients)))
        return [g.get() for g in gradients]

    def _tensors(self, inputs: Sequence[npt.ArrayLike], precision: Precision, context: Context) -> List[_Tensor]:
        irreps, number = self.irreps_in, precision_of(precision)
        if len(inputs) != len(irreps):
            raise ValueError(f"{self.kind} has {len(irreps)} inputs, {len(inputs)} are given")
        return [_Tensor.of(r, x, number, context, f"input {i}") for i, (r, x) in enumerate(zip(irreps, inputs))]

    def _rows(self, tensors: List[_Tensor], graph: Optional[Graph]) -> int:
        """Rows of the output: inputs of a single row are repeated."""
        if self._on_atoms:
            return graph.atoms if graph is not None else 0
        rows = [t.shape[0] for t in tensors]
        return next((n for n in rows if n != 1), 1)

    def _arguments(
        self,
        tensors: List[_Tensor],
        parameters: Optional[Parameters],
        graph: Optional[Graph],
        scope: str,
        context: Context,
    ) -> Tuple[Any, ...]:
        if parameters is None:
            parameters = Parameters(context=context)
        return self, scope.encode(), parameters, graph._data if graph is not None else None, _list_of(tensors)

    def __repr__(self) -> str:
        inputs = ", ".join(str(i) for i in self.irreps_in)
        return f"<Module {self.kind}: {inputs} -> {self.irreps_out}>"


def _list_of(tensors: Sequence[_Tensor]) -> Any:
    kind = ctypes.POINTER(_d.eqf_tensor)
    return (kind * len(tensors))(*[t._pointer for t in tensors])
