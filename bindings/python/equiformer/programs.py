"""Programs: networks recorded once, differentiated as often as wanted, and run.

    p = Program()
    atoms = p.rows("atoms")
    x = p.input("x", atoms, "1x0e")
    y = x.apply("sin").sum_rows()
    p.output("slope", p.grad([y], [x])[0])
    outputs = Run(p.end(), Parameters())(rows={"atoms": 3}, inputs={"x": values})

The first error of a recording is raised by ``end``. docs/programs.md explains rows, maps and operations.
SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import ctypes
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

import numpy as np
import numpy.typing as npt

from . import _declarations as _d
from ._core import Array, Context, Handle, Precision, as_array, choose, create, default_context, pointer_to, precision_of
from ._library import lib
from .irreps import Irreps, IrrepsLike, irreps_of
from .models import Model
from .modules import Module
from .parameters import Parameters

__all__ = ["Map", "ModelOutputs", "Program", "Rows", "Run", "Var"]


class Rows:
    """A set of rows, such as atoms or edges, whose number is bound when the program runs."""

    def __init__(self, program: "Program", record: Any) -> None:
        self._program, self._record = program, record


class Map:
    """Leads from each row of one set to a row of another."""

    def __init__(self, program: "Program", record: Any) -> None:
        self._program, self._record = program, record

    def gather(self, x: "Var") -> "Var":
        """out[row] = x[map(row)]."""
        return self._program._var(lib.eqf_gather(self._program, self._record, x._record))

    def segment_sum(self, x: "Var") -> "Var":
        """out[row] = sum of x over all rows that the map leads to it."""
        return self._program._var(lib.eqf_segment_sum(self._program, self._record, x._record))

    def segment_softmax(self, x: "Var", weights: Optional["Var"] = None) -> "Var":
        """Softmax over the rows that the map leads to the same row, the sum weighted if wanted."""
        u = _d.eqf_var() if weights is None else weights._record
        return self._program._var(lib.eqf_segment_softmax(self._program, self._record, x._record, u))


class Var:
    """Features: a row set and irreps, without numbers."""

    def __init__(self, program: "Program", record: Any) -> None:
        self._program, self._record = program, record

    def _combine(self, alpha: float, beta: float, other: "Var") -> "Var":
        return self._program._var(lib.eqf_combine(self._program, alpha, self._record, beta, other._record))

    def __add__(self, other: "Var") -> "Var":
        return self._combine(1, 1, other)

    def __sub__(self, other: "Var") -> "Var":
        return self._combine(1, -1, other)

    def __mul__(self, factor: float) -> "Var":
        return self._program._var(lib.eqf_multiply(self._program, factor, self._record))

    __rmul__ = __mul__

    def __neg__(self) -> "Var":
        return self * -1

    @property
    def irreps(self) -> Irreps:
        """Its irreps; raises if the recording has failed."""
        found = lib.eqf_var_irreps(self._program, self._record)
        if not found:
            self._program.end()
            raise ValueError("it is no variable")
        return Irreps._borrow(found)

    def scale(self, factors: "Var", grouping: str = "channel", heads: int = 1) -> "Var":
        """Columns times scalars, one for each "row", "block", "channel" or "head"."""
        kind = choose(grouping, "grouping", "eqf_grouping")
        return self._program._var(lib.eqf_scale(self._program, self._record, factors._record, kind, heads))

    def dot(self, other: "Var", grouping: str = "row", heads: int = 1) -> "Var":
        """Products of equal columns, summed by row, block, channel or head: scalars."""
        kind = choose(grouping, "grouping", "eqf_grouping")
        return self._program._var(lib.eqf_dot(self._program, self._record, other._record, kind, heads))

    def apply(self, function: str) -> "Var":
        """A function of scalars: "silu", "sigmoid", "tanh", "exp", "sin", "cos" or "abs"."""
        kind = choose(function, "function", "eqf_function")
        return self._program._var(lib.eqf_apply(self._program, kind, self._record))

    def power(self, exponent: float, floor: float) -> "Var":
        """max(x, floor)^exponent of scalars."""
        return self._program._var(lib.eqf_power(self._program, self._record, exponent, floor))

    def channels(self, block: int, first: int, mul: int) -> "Var":
        """Some channels of a block."""
        return self._program._var(lib.eqf_channels(self._program, self._record, block, first, mul))

    def concat(self, other: "Var") -> "Var":
        """The columns of both."""
        return self._program._var(lib.eqf_concat(self._program, self._record, other._record))

    def sum_rows(self) -> "Var":
        """The sum of all rows, on the row set one."""
        return self._program._var(lib.eqf_sum_rows(self._program, self._record))

    def broadcast(self, rows: Rows) -> "Var":
        """One row, repeated."""
        return self._program._var(lib.eqf_broadcast(self._program, rows._record, self._record))

    def solid_harmonics(self, irreps: IrrepsLike) -> "Var":
        """Solid harmonics of a vector."""
        return self._program._var(lib.eqf_solid_harmonics(self._program, self._record, irreps_of(irreps)))

    def edge_frames(self, lmax: int) -> "Var":
        """Rotations into frames of edges, as scalars: for ``Program.record(attention, ..., edge_frame=...)``."""
        return self._program._var(lib.eqf_edge_frames(self._program, self._record, lmax))


class ModelOutputs(NamedTuple):
    """What a recorded model gives: as the network has it, before scale and shifts."""

    atom_energy: Var
    energy: Var
    auxiliary: Optional[Var]


class Program(Handle):
    """A network that is being recorded, then ended, which makes it immutable."""

    _free = lib.eqf_program_free

    def __init__(self, *, context: Optional[Context] = None) -> None:
        self._context = context or default_context()
        super().__init__(create(lib.eqf_program_create, _d.eqf_program, self._context))
        self._names: Dict[int, str] = {}
        self._outputs: Dict[str, Tuple[int, int]] = {}
        self._ended = False

    def _var(self, record: Any) -> Var:
        return Var(self, record)

    @property
    def one(self) -> Rows:
        """The row set with a single row, which is repeated where others have more."""
        return Rows(self, lib.eqf_rows_one())

    def rows(self, name: str) -> Rows:
        """A row set; the same name gives the same one."""
        record = lib.eqf_program_rows(self, name.encode())
        self._names[record.id] = name
        return Rows(self, record)

    def map(self, name: str, source: Rows, target: Rows) -> Map:
        """A map from the rows of one set to those of another."""
        return Map(self, lib.eqf_program_map(self, name.encode(), source._record, target._record))

    def input(self, name: str, rows: Rows, irreps: IrrepsLike, *, double: bool = False) -> Var:
        """Values that are set before each run; double: in float64 whatever the precision of the run."""
        function = lib.eqf_input_double if double else lib.eqf_input
        return self._var(function(self, name.encode(), rows._record, irreps_of(irreps)))

    def parameter(self, name: str, count: int, rows: Optional[Rows] = None) -> Var:
        """A parameter of the run's store: count scalars, or a table with as many columns."""
        place = self.one if rows is None else rows
        return self._var(lib.eqf_parameter(self, name.encode(), place._record, count))

    def constant(self, irreps: IrrepsLike, values: npt.ArrayLike) -> Var:
        """One row of numbers."""
        made = irreps_of(irreps)
        array = as_array(values, np.float64, (made.dim,), "the constant")
        return self._var(lib.eqf_constant(self, made, pointer_to(array)))

    def record(
        self,
        module: Module,
        *inputs: Var,
        scope: str = "",
        edge_weight: Optional[Var] = None,
        edge_frame: Optional[Var] = None,
        **maps: Map,
    ) -> Var:
        """A module on its inputs, its parameters named scope.name.

        :param maps: edge_src, edge_dst, atom_graph, atom_type, atom_tag, as the module needs them.
        """
        graph = _d.eqf_graph(**{name: m._record for name, m in maps.items()})
        if edge_weight is not None:
            graph.edge_weight = edge_weight._record
        if edge_frame is not None:
            graph.edge_frame = edge_frame._record
        expected = lib.eqf_module_inputs(module)
        if len(inputs) != expected:
            raise ValueError(f"{module.kind} has {expected} inputs, {len(inputs)} are given")
        return self._var(lib.eqf_module_record(self, module, scope.encode(), graph, _list_of(inputs)))

    def record_model(self, model: Model, vectors: Var, scope: str = "") -> ModelOutputs:
        """A model on edge vectors; declares the row sets and maps of ``eqf_model_record``."""
        found = _d.eqf_model_outputs()
        lib.eqf_model_record(self, model, scope.encode(), vectors._record, found)
        for name in ("atoms", "edges", "graphs"):
            self.rows(name)
        auxiliary = self._var(found.auxiliary) if found.auxiliary.id else None
        return ModelOutputs(self._var(found.atom_energy), self._var(found.energy), auxiliary)

    def grad(
        self, outputs: Sequence[Var], wrt: Sequence[Var], seeds: Optional[Sequence[Optional[Var]]] = None
    ) -> List[Var]:
        """The derivatives of sum <seed, output> by each of wrt; a seed of None stands for ones."""
        given: List[Optional[Var]] = [None] * len(outputs) if seeds is None else list(seeds)
        starts = [_d.eqf_var() if s is None else s._record for s in given]
        if len(starts) != len(outputs):
            raise ValueError(f"{len(starts)} seeds for {len(outputs)} outputs")
        found = (_d.eqf_var * len(wrt))()
        seed_list = (_d.eqf_var * len(starts))(*starts)
        lib.eqf_grad(self, len(outputs), _list_of(outputs), seed_list, len(wrt), _list_of(wrt), found)
        return [self._var(_d.eqf_var(id=v.id)) for v in found]

    def loss(
        self, kind: str, prediction: Var, target: Var, weights: Optional[Var] = None, *, delta: float = 1
    ) -> Var:
        """The sum over rows of weights times "l1", "l2", "l2mae" or "huber" of prediction - target."""
        value, u = choose(kind, "loss", "eqf_loss_kind"), _d.eqf_var() if weights is None else weights._record
        return self._var(lib.eqf_loss(self, value, delta, prediction._record, target._record, u))

    def loss_gradients(self, loss: Var, parameters: Parameters) -> None:
        """Records the gradients of a loss by the trainable parameters, for :meth:`Run.gradients`."""
        lib.eqf_loss_gradients(self, loss._record, parameters)

    def output(self, name: str, x: Var) -> None:
        """Keeps x for the host under a name."""
        irreps = lib.eqf_var_irreps(self, x._record)
        dim = lib.eqf_irreps_dim(irreps) if irreps else 0
        self._outputs[name] = lib.eqf_var_rows(self, x._record).id, dim
        lib.eqf_output(self, name.encode(), x._record)

    def end(self) -> "Program":
        """Ends the recording, or raises its first error."""
        if not self._ended:
            self._context.check(lib.eqf_program_end(self._context, self))
            self._ended = True
        return self


def _list_of(variables: Sequence[Var]) -> Any:
    return (_d.eqf_var * len(variables))(*[v._record for v in variables])


class Run(Handle):
    """An ended program bound to parameters and a precision, with its memory."""

    _free = lib.eqf_run_free

    def __init__(
        self,
        program: Program,
        parameters: Parameters,
        precision: Precision = "float64",
        *,
        context: Optional[Context] = None,
    ) -> None:
        self._program, self._context = program, context or default_context()
        self._rows: Dict[str, int] = {}
        self._maps: Dict[str, Any] = {}
        number = precision_of(precision)
        super().__init__(create(lib.eqf_run_create, _d.eqf_run, self._context, program, parameters, number))

    def set_parameters(self, parameters: Parameters) -> None:
        """Another store with the same names."""
        self._context.check(lib.eqf_run_set_parameters(self._context, self, parameters))

    def set_rows(self, name: str, count: int) -> None:
        """Number of rows of a set."""
        self._context.check(lib.eqf_run_set_rows(self._context, self, name.encode(), count))
        self._rows[name] = count

    def set_map(self, name: str, target: npt.ArrayLike) -> None:
        """Target row of every source row; the array is kept, not copied."""
        rows = lib.eqf_run_map_size(self, name.encode())
        self._maps[name] = as_array(target, np.int32, (rows,), f"the map {name}")
        self._context.check(lib.eqf_run_set_map(self._context, self, name.encode(), pointer_to(self._maps[name])))

    def set_input(self, name: str, values: npt.ArrayLike) -> None:
        """Rows x dim numbers."""
        array = np.ascontiguousarray(values, np.float64)
        size = lib.eqf_run_input_size(self, name.encode())
        if 0 <= size != array.size:
            raise ValueError(f"the input {name} has {array.size} numbers, expected {size}")
        self._context.check(lib.eqf_run_set_input(self._context, self, name.encode(), pointer_to(array)))

    def set_seed(self, seed: int) -> None:
        """Seed of dropouts."""
        lib.eqf_run_set_seed(self, seed)

    def execute(self) -> None:
        """Runs the program."""
        self._context.check(lib.eqf_run_execute(self._context, self))

    def output(self, name: str) -> Array:
        """Rows x dim numbers of the last execution."""
        if name not in self._program._outputs:
            raise KeyError(name)
        rows, dim = self._program._outputs[name]
        count = 1 if rows == lib.eqf_rows_one().id else self._rows.get(self._program._names.get(rows, ""), 0)
        values = np.empty((count, dim))
        self._context.check(lib.eqf_run_get_output(self._context, self, name.encode(), pointer_to(values)))
        return values

    def gradients(self, into: Parameters) -> None:
        """The gradients of the last execution, into a store like that of the parameters."""
        self._context.check(lib.eqf_run_get_gradients(self._context, self, into))

    def __call__(
        self,
        rows: Optional[Mapping[str, int]] = None,
        maps: Optional[Mapping[str, npt.ArrayLike]] = None,
        inputs: Optional[Mapping[str, npt.ArrayLike]] = None,
    ) -> Dict[str, Array]:
        """Sets what is given, executes, and returns all outputs."""
        for name, count in (rows or {}).items():
            self.set_rows(name, count)
        for name, target in (maps or {}).items():
            self.set_map(name, target)
        for name, values in (inputs or {}).items():
            self.set_input(name, values)
        self.execute()
        return {name: self.output(name) for name in self._program._outputs}

    @property
    def bytes(self) -> int:
        """Memory of the run."""
        return int(lib.eqf_run_bytes(self))
