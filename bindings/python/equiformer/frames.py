"""Structures in files: extended XYZ and npz. SPDX-License-Identifier: MIT"""

from __future__ import annotations

import ctypes
import os
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Dict, Iterator, Optional, Type, Union

import numpy as np
import numpy.typing as npt

from . import _declarations as _d
from ._core import Array, Context, Handle, as_array, call, create, default_context, pointer_to
from ._library import lib
from .calculator import System
from .models import PathLike

__all__ = ["Frames", "FramesWriter", "Structure", "element_mass", "element_number", "element_symbol"]


def element_number(symbol: str) -> int:
    """Atomic number of a symbol, 0 if there is no such element."""
    return int(lib.eqf_element_number(symbol.encode()))


def element_symbol(atomic_number: int) -> str:
    """Symbol of 1..118, "X" for 0."""
    symbol = lib.eqf_element_symbol(atomic_number)
    if symbol is None:
        raise ValueError(f"no element has the atomic number {atomic_number}")
    return str(symbol.decode())


def element_mass(atomic_number: int) -> float:
    """Standard atomic weight in unified atomic mass units."""
    return float(lib.eqf_element_mass(atomic_number))


@dataclass
class Structure:
    """One frame: atoms, cell, and what a data set says about them."""

    numbers: npt.NDArray[np.int32]
    positions: Array
    cell: Optional[Array] = None
    pbc: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(3, bool))
    energy: Optional[float] = None
    forces: Optional[Array] = None
    stress: Optional[Array] = None  #: 3 x 3, energy per volume, positive under tension
    tags: Optional[npt.NDArray[np.int32]] = None

    def system(self) -> System:
        """What the calculator takes."""
        return System(self.numbers, self.positions, self.cell, self.pbc if self.cell is not None else None, tags=self.tags)

    def _record(self) -> tuple[Any, list[Any]]:
        """The library's struct, and arrays that have to stay alive with it."""
        n = len(self.numbers)
        numbers = as_array(self.numbers, np.int32, (-1,), "the array of atomic numbers")
        positions = as_array(self.positions, np.float64, (n, 3), "the array of positions")
        forces = None if self.forces is None else as_array(self.forces, np.float64, (n, 3), "the array of forces")
        tags = None if self.tags is None else as_array(self.tags, np.int32, (n,), "the array of tags")
        record = _d.eqf_structure(natoms=n, atomic_numbers=pointer_to(numbers), positions=pointer_to(positions))
        record.forces, record.tags = pointer_to(forces), pointer_to(tags)
        if self.cell is not None:
            record.cell[:] = as_array(self.cell, np.float64, (3, 3), "the cell").ravel()
        record.pbc[:] = [int(flag) for flag in self.pbc]
        if self.energy is not None:
            record.has_energy, record.energy = 1, self.energy
        if self.stress is not None:
            record.has_stress = 1
            record.stress[:] = as_array(self.stress, np.float64, (3, 3), "the stress").ravel()
        return record, [numbers, positions, forces, tags]


def structure_of(record: Any) -> Structure:
    def copy(pointer: Any, *shape: int) -> Any:
        if record.natoms == 0:
            return np.empty(shape, np.dtype(pointer._type_))
        return np.ctypeslib.as_array(pointer, shape).copy() if pointer else None

    n, cell = record.natoms, np.array(record.cell).reshape(3, 3)
    return Structure(
        copy(record.atomic_numbers, n),
        copy(record.positions, n, 3),
        cell if cell.any() else None,
        np.array(record.pbc, bool),
        record.energy if record.has_energy else None,
        copy(record.forces, n, 3) if record.forces else None,
        np.array(record.stress).reshape(3, 3) if record.has_stress else None,
        copy(record.tags, n) if record.tags else None,
    )


class Frames(Handle):
    """The frames of a file, one at a time: ``for structure in Frames("water.xyz")``.

    :param energy_key: name of the energy in the file, if it is none of the usual ones; forces_key likewise.
    """

    _free = lib.eqf_frames_close

    def __init__(
        self,
        path: PathLike,
        *,
        energy_key: Optional[str] = None,
        forces_key: Optional[str] = None,
        context: Optional[Context] = None,
    ) -> None:
        self._context = context or default_context()
        options = _d.eqf_frames_options()
        options.energy_key = None if energy_key is None else energy_key.encode()
        options.forces_key = None if forces_key is None else forces_key.encode()
        super().__init__(create(lib.eqf_frames_open, _d.eqf_frames, self._context, os.fsencode(path), options))

    def __iter__(self) -> Iterator[Structure]:
        return self

    def __next__(self) -> Structure:
        record = _d.eqf_structure()
        status = lib.eqf_frames_next(self._context, self, record)
        if status == _d.EQF_END:
            raise StopIteration
        self._context.check(status)
        return structure_of(record)

    def number(self, key: str) -> float:
        """A number of the frame that was read last."""
        value = ctypes.c_double()
        call(lib.eqf_frames_number, self._context, self, key.encode(), value)
        return value.value

    def text(self, key: str) -> Optional[str]:
        """The text of ``key=value`` of the frame that was read last, None if there is none."""
        text = lib.eqf_frames_text(self, key.encode())
        return None if text is None else str(text.decode())


class FramesWriter(Handle):
    """Writes structures: npz if the path ends in .npz, else extended XYZ. A context manager that completes the file."""

    _free = lib.eqf_frames_writer_free

    def __init__(
        self, path: PathLike, *, append: bool = False, deflate: bool = False, context: Optional[Context] = None
    ) -> None:
        self._context = context or default_context()
        options = _d.eqf_frames_writer_options(append=int(append), deflate=int(deflate))
        writer = create(lib.eqf_frames_writer_create, _d.eqf_frames_writer, self._context, os.fsencode(path), options)
        super().__init__(writer)

    def write(self, structure: Structure, info: Optional[Dict[str, Union[str, float]]] = None) -> None:
        """Writes a frame, and further ``key=value``."""
        record, _alive = structure._record()
        entries = (_d.eqf_frame_entry * len(info or {}))()
        for entry, (key, value) in zip(entries, (info or {}).items()):
            entry.key = key.encode()
            if isinstance(value, str):
                entry.text = value.encode()
            else:
                entry.number = float(value)
        call(lib.eqf_frames_writer_add, self._context, self, record, len(entries), entries)

    def finish(self) -> None:
        """Completes the file."""
        call(lib.eqf_frames_writer_finish, self._context, self)

    def __enter__(self) -> "FramesWriter":
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        if kind is None:
            self.finish()
        self.close()
