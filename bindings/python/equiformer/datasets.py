"""Data sets: labelled structures to train on and to compare with. SPDX-License-Identifier: MIT"""

from __future__ import annotations

import ctypes
import os
from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple, Union

import numpy as np
import numpy.typing as npt

from . import _declarations as _d
from ._core import Array, Context, Handle, as_array, call, create, names_of, pointer_to
from ._library import lib
from .frames import Structure, structure_of
from .models import PathLike

__all__ = ["Dataset", "Sample", "Statistics", "unit_factor"]

_LABELS = names_of("eqf_label")


@dataclass
class Sample:
    """A structure with its labels, and where it comes from."""

    structure: Structure
    relaxed: Optional[Array]  #: positions after relaxation
    source: str
    frame: int


@dataclass
class Statistics:
    """What a data set is like, in its units; nan without the label."""

    samples: int
    atoms: int
    atoms_max: int
    labels: List[str]  #: that every sample has
    elements: Dict[int, int]  #: atoms by atomic number
    energy_mean: float
    energy_deviation: float
    energy_min: float
    energy_max: float
    energy_per_atom_mean: float
    energy_per_atom_deviation: float
    force_rms: float
    force_max: float
    stress_rms: float
    distance_min: float


def unit_factor(source: str, target: str, *, context: Optional[Context] = None) -> float:
    """Factor from one unit to another, as "kcal/mol" to "eV"."""
    factor = ctypes.c_double()
    call(lib.eqf_unit_factor, context, source.encode(), target.encode(), factor)
    return factor.value


def _options(values: Dict[str, Any]) -> Any:
    """eqf_dataset_options from keywords."""
    made, known = _d.eqf_dataset_options(), {name for name, _ in _d.eqf_dataset_options._fields_} - {"size"}
    for name, value in values.items():
        if name not in known:
            raise TypeError(f"unknown option {name!r}, expected some of: {', '.join(sorted(known))}")
        if name == "labels":
            value = _label_bits(value)
        setattr(made, name, value.encode() if isinstance(value, str) else value)
    return made


def _label_bits(labels: Sequence[str]) -> int:
    for name in labels:
        if name not in _LABELS:
            raise ValueError(f"unknown label {name!r}, expected some of: {', '.join(_LABELS)}")
    return sum(_LABELS[name] for name in set(labels))


def _label_names(bits: int) -> List[str]:
    return [name for name, value in _LABELS.items() if bits & value]


class Dataset(Handle):
    """Samples of files or of arrays, in units of choice, checked when it is made. A sequence; slices are data sets.

    :param paths: files, or directories of files.
    :param options: members of ``eqf_dataset_options``: energy_key, forces_key, labels=["energy", "forces"],
        energy_unit, to_energy_unit, relaxations, force_max, memory, ..
    """

    _free = lib.eqf_dataset_free

    def __init__(
        self, paths: Union[PathLike, Sequence[PathLike]], *, context: Optional[Context] = None, **options: Any
    ) -> None:
        listed = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
        names = (ctypes.c_char_p * len(listed))(*[os.fsencode(p) for p in listed])
        made = create(lib.eqf_dataset_open, _d.eqf_dataset, context, len(listed), names, _options(options))
        super().__init__(made)

    @classmethod
    def _own(cls, pointer: Any) -> "Dataset":
        made = cls.__new__(cls)
        Handle.__init__(made, pointer)
        return made

    @classmethod
    def of(cls, structures: Sequence[Structure], *, context: Optional[Context] = None, **options: Any) -> "Dataset":
        """From structures, which are copied."""
        records = [s._record() for s in structures]
        array = (_d.eqf_structure * len(records))(*[record for record, _ in records])
        return cls._own(
            create(lib.eqf_dataset_create, _d.eqf_dataset, context, len(records), array, _options(options))
        )

    def __len__(self) -> int:
        return int(lib.eqf_dataset_samples(self))

    def __getitem__(self, i: Any) -> Any:
        """Sample i; of a slice, a data set."""
        if isinstance(i, slice):
            return self.select(np.arange(len(self))[i])
        if not -len(self) <= i < len(self):
            raise IndexError(f"sample {i} of {len(self)}")
        record = _d.eqf_sample()
        call(lib.eqf_dataset_get, None, self, int(i) % len(self), record)
        relaxed, n = None, record.structure.contents.natoms
        if record.relaxed:
            relaxed = np.ctypeslib.as_array(record.relaxed, (n, 3)).copy()
        return Sample(structure_of(record.structure.contents), relaxed, record.source.decode(), record.frame)

    def __iter__(self) -> Iterator[Sample]:
        return (self[i] for i in range(len(self)))

    @property
    def labels(self) -> List[str]:
        """Labels that every sample has."""
        return _label_names(lib.eqf_dataset_labels(self))

    @property
    def energy_unit(self) -> str:
        """Unit of energy of the samples."""
        return str(lib.eqf_dataset_energy_unit(self).decode())

    @property
    def length_unit(self) -> str:
        """Unit of length of the samples."""
        return str(lib.eqf_dataset_length_unit(self).decode())

    def select(self, indices: npt.ArrayLike, *, context: Optional[Context] = None) -> "Dataset":
        """Some samples, in this order; memory is shared."""
        array = as_array(indices, np.int64, (-1,), "the list of indices")
        return Dataset._own(create(lib.eqf_dataset_select, _d.eqf_dataset, context, self, len(array), pointer_to(array)))

    def select_file(self, path: PathLike, *, context: Optional[Context] = None) -> "Dataset":
        """The samples that an index file lists."""
        return Dataset._own(create(lib.eqf_dataset_select_file, _d.eqf_dataset, context, self, os.fsencode(path)))

    def split(
        self,
        train: float = 0,
        valid: float = 0,
        test: float = 0,
        *,
        shuffle: bool = True,
        seed: int = 0,
        context: Optional[Context] = None,
    ) -> Tuple["Dataset", "Dataset", "Dataset"]:
        """Parts to train on, to validate and to test with: numbers of samples, or fractions below 1."""
        indices, counts = np.empty(len(self), np.int64), np.empty(3, np.int64)
        options = _d.eqf_split_options(train=train, valid=valid, test=test, shuffle=int(shuffle), seed=seed)
        call(lib.eqf_split, context, len(self), options, pointer_to(indices), pointer_to(counts))
        ends = np.cumsum(counts)
        parts = [self.select(indices[end - n : end]) for n, end in zip(counts, ends)]
        return parts[0], parts[1], parts[2]

    def statistics(self, *, context: Optional[Context] = None) -> Statistics:
        """Reads all samples and says what they are like."""
        record = _d.eqf_statistics()
        call(lib.eqf_dataset_statistics, context, self, record)
        values = {name: getattr(record, name) for name, *_ in record._fields_ if name != "size"}
        values["labels"] = _label_names(record.labels)
        values["elements"] = {z: n for z, n in enumerate(record.elements) if n}
        return Statistics(**values)

    def fit_references(self, *, context: Optional[Context] = None) -> Dict[int, float]:
        """Energies of single atoms by least squares, by atomic number."""
        values = np.empty(119)
        call(lib.eqf_dataset_fit_references, context, self, pointer_to(values))
        return {z: float(x) for z, x in enumerate(values) if x != 0}
