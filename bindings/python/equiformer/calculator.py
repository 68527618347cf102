"""The calculator: energies of structures and their derivatives. SPDX-License-Identifier: MIT"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any, Collection, List, Optional, Sequence

import numpy as np
import numpy.typing as npt

from . import _declarations as _d
from ._core import Array, Context, Handle, Precision, as_array, call, create, pointer_to, precision_name, precision_of
from ._library import lib
from .models import Model

__all__ = ["Calculator", "EdgeList", "Results", "System", "find_edges"]


class System:
    """Atoms and their cell, or a batch of such systems. Arrays that fit (float64, int32, contiguous) are not copied.

    :param numbers: atomic numbers.
    :param positions: natoms x 3, in the model's unit of length.
    :param cell: 3 x 3, rows are lattice vectors; of a batch n x 3 x 3.
    :param pbc: which lattice vectors are periodic; a flag, 3 flags, or n x 3. Without it: all if there is a cell.
    :param tags: 0, 1 or 2 for each atom, for models that embed them.
    :param graph: of a batch: the system of each atom, ascending.
    :param graphs: number of systems.
    """

    def __init__(
        self,
        numbers: npt.ArrayLike,
        positions: npt.ArrayLike,
        cell: Optional[npt.ArrayLike] = None,
        pbc: Any = None,
        *,
        tags: Optional[npt.ArrayLike] = None,
        graph: Optional[npt.ArrayLike] = None,
        graphs: int = 1,
    ) -> None:
        self.numbers = as_array(numbers, np.int32, (-1,), "the array of atomic numbers")
        self.positions = as_array(positions, np.float64, (len(self.numbers), 3), "the array of positions")
        self.graphs = graphs
        self.graph = None if graph is None else as_array(graph, np.int32, self.numbers.shape, "graph")
        self.tags = None if tags is None else as_array(tags, np.int32, self.numbers.shape, "tags")
        self.cell = None
        if cell is not None:
            self.cell = as_array(np.reshape(np.asarray(cell, np.float64), (-1, 3, 3)), np.float64, (graphs, 3, 3), "cell")
        flags = self.cell is not None if pbc is None else pbc
        self.pbc = np.ascontiguousarray(np.broadcast_to(np.asarray(flags, np.int32), (graphs, 3)))

    @classmethod
    def batch(cls, systems: Sequence["System"]) -> "System":
        """Several systems as one batch; all have cells, or none."""
        if any((s.cell is None) != (systems[0].cell is None) for s in systems):
            raise ValueError("some systems of the batch have cells and some have not")
        counts, tags = [len(s.numbers) for s in systems], None
        if any(s.tags is not None for s in systems):
            tags = np.concatenate([np.zeros(len(s), np.int32) if s.tags is None else s.tags for s in systems])
        return cls(
            np.concatenate([s.numbers for s in systems]),
            np.concatenate([s.positions for s in systems]),
            None if systems[0].cell is None else np.concatenate([s.cell for s in systems if s.cell is not None]),
            np.concatenate([s.pbc for s in systems]),
            tags=tags,
            graph=np.repeat(np.arange(len(systems)), counts),
            graphs=len(systems),
        )

    def __len__(self) -> int:
        return len(self.numbers)

    def _record(self) -> Any:
        return _d.eqf_system(
            natoms=len(self.numbers),
            atomic_numbers=pointer_to(self.numbers),
            positions=pointer_to(self.positions),
            graphs=self.graphs,
            graph=pointer_to(self.graph),
            cell=pointer_to(self.cell),
            pbc=pointer_to(self.pbc),
            tags=pointer_to(self.tags),
        )


@dataclass
class Results:
    """What was computed; the rest is None. Arrays by system have one row for each."""

    energy: Optional[Array] = None  #: [systems]
    atom_energy: Optional[Array] = None  #: [atoms]
    forces: Optional[Array] = None  #: [atoms, 3], -dE/dr
    stress: Optional[Array] = None  #: [systems, 3, 3], dE/dstrain / volume, positive under tension
    virial: Optional[Array] = None  #: [systems, 3, 3], -dE/dstrain
    atom_virial: Optional[Array] = None  #: [atoms, 3, 3]
    auxiliary: Optional[Array] = None  #: [atoms, 3], of models with the auxiliary task


@dataclass
class EdgeList:
    """Edges from senders (src) to receivers (dst): vector = r_src - r_dst + shift . cell, sorted by receiver."""

    src: npt.NDArray[np.int32]
    dst: npt.NDArray[np.int32]
    shift: npt.NDArray[np.int32]
    vector: Array


def _copy_edges(edges: Any) -> EdgeList:
    def copy(pointer: Any, *shape: int) -> Any:
        if edges.count == 0:
            return np.empty(shape, np.dtype(pointer._type_))
        return np.ctypeslib.as_array(pointer, shape).copy()

    n = edges.count
    return EdgeList(copy(edges.src, n), copy(edges.dst, n), copy(edges.shift, n, 3), copy(edges.vector, n, 3))


class Calculator(Handle):
    """Computes energies and their derivatives. Of one thread at a time; it reuses its memory.

    :param model: what computes.
    :param precision: of the computation; positions and results are float64 in either case.
    :param context: whose threads work; None: the default context of the thread that calls.
    :param skin: of the neighbour list, in the model's unit of length; saves searches where the same system comes again with
        atoms that have moved a little. Results do not depend on it.
    """

    _free = lib.eqf_calculator_free

    def __init__(
        self, model: Model, precision: Precision = "float64", *, context: Optional[Context] = None, skin: float = 0.0
    ) -> None:
        self.model, self._context, self._precision = model, context, precision_of(precision)
        super().__init__(create(lib.eqf_calculator_create, _d.eqf_calculator, context, model, self._precision))
        call(lib.eqf_calculator_set_skin, context, self, skin)

    @property
    def precision(self) -> str:
        """"float32" or "float64"."""
        return precision_name(self._precision)

    @property
    def searches(self) -> int:
        """How many calls have searched for neighbours."""
        return int(lib.eqf_calculator_searches(self))

    def compute(self, system: System, properties: Collection[str] = ("energy", "forces")) -> Results:
        """Computes properties, members of :class:`Results`, of a system or a batch.

        Stress needs systems that are periodic in three directions.
        """
        n, graphs = len(system), system.graphs
        shapes = {
            "energy": (graphs,),
            "atom_energy": (n,),
            "forces": (n, 3),
            "stress": (graphs, 3, 3),
            "virial": (graphs, 3, 3),
            "atom_virial": (n, 3, 3),
            "auxiliary": (n, 3),
        }
        for name in properties:
            if name not in shapes:
                raise ValueError(f"unknown property {name!r}, expected some of: {', '.join(shapes)}")
        arrays = {name: np.empty(shapes[name]) for name in properties}
        wanted = _d.eqf_results(**{name: pointer_to(array) for name, array in arrays.items()})
        call(lib.eqf_calculator_compute, self._context, self, system._record(), wanted)
        return Results(**arrays)

    def energy(self, system: System) -> Array:
        """Energies of the systems."""
        energy = self.compute(system, ("energy",)).energy
        assert energy is not None
        return energy

    def hessian(self, system: System, *, memory: int = 0) -> Array:
        """d2E/dr dr, 3n x 3n; memory: bytes of temporary arrays, 0: 64 MiB."""
        n = 3 * len(system)
        hessian = np.empty((n, n))
        options = _d.eqf_hessian_options(memory=memory)
        call(lib.eqf_calculator_hessian, self._context, self, system._record(), options, pointer_to(hessian))
        return hessian

    def hvp(self, system: System, directions: npt.ArrayLike, *, memory: int = 0) -> Array:
        """Products of the Hessian with directions, k x natoms x 3, without the matrix."""
        given = as_array(directions, np.float64, (-1, len(system), 3), "the array of directions")
        products = np.empty_like(given)
        options = _d.eqf_hessian_options(memory=memory)
        arguments = system._record(), options, len(given), pointer_to(given), pointer_to(products)
        call(lib.eqf_calculator_hvp, self._context, self, *arguments)
        return products

    def check_symmetry(self, system: System) -> npt.NDArray[np.int32]:
        """For each atom the lowest degree that its nearly symmetric surroundings cancel, 0 if none does.

        Derivatives are ill-conditioned there; the first such atom is named in a warning of the logger "equiformer".
        """
        degrees, count = np.empty(len(system), np.int32), ctypes.c_int64()
        call(lib.eqf_calculator_check_symmetry, self._context, self, system._record(), pointer_to(degrees), count)
        return degrees

    @property
    def edges(self) -> EdgeList:
        """The edges of the last call (copies)."""
        edges = _d.eqf_edges()
        lib.eqf_calculator_edge_list(self, edges)
        return _copy_edges(edges)

    @property
    def bytes(self) -> int:
        """Memory that the calculator holds."""
        return int(lib.eqf_calculator_bytes(self))


class _Neighbors(Handle):
    _free = lib.eqf_neighbors_free


def find_edges(system: System, cutoff: float, *, context: Optional[Context] = None) -> EdgeList:
    """Every pair of atoms, and of their periodic images, closer than the cut-off."""
    neighbors = _Neighbors(create(lib.eqf_neighbors_create, _d.eqf_neighbors, context))
    edges, s = _d.eqf_edges(), system
    call(
        lib.eqf_neighbors_find,
        context,
        neighbors,
        cutoff,
        len(s),
        pointer_to(s.positions),
        s.graphs,
        pointer_to(s.graph),
        pointer_to(s.cell),
        pointer_to(s.pbc),
        edges,
    )
    return _copy_edges(edges)


def split(results: Results, system: System) -> List[Results]:
    """The results of a batch, one by one."""
    graph = np.zeros(len(system), int) if system.graph is None else system.graph
    bounds = np.searchsorted(graph, np.arange(system.graphs + 1))
    by_system = ("energy", "stress", "virial")
    parts = []
    for i in range(system.graphs):
        rows = {n: slice(i, i + 1) if n in by_system else slice(bounds[i], bounds[i + 1]) for n in vars(results)}
        parts.append(Results(**{n: v[rows[n]] for n, v in vars(results).items() if v is not None}))
    return parts
