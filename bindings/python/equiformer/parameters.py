"""Parameters: named arrays. SPDX-License-Identifier: MIT"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Iterator, NamedTuple, Optional, Tuple

import numpy as np
import numpy.typing as npt

from . import _declarations as _d
from ._core import Array, Context, Handle, Precision, as_array, call, create, pointer_to, precision_name, precision_of
from ._library import lib

__all__ = ["ParameterInfo", "Parameters"]


class ParameterInfo(NamedTuple):
    """What is known of an array besides its numbers."""

    name: str
    shape: Tuple[int, ...]
    trainable: bool
    decay: bool  # subject to weight decay in the published recipes


class Parameters(Handle, Mapping):
    """A store of named arrays, a mapping from names to arrays of float64 (copies).

    Values are set with ``parameters[name] = array``, unless the store is shared: parameters of a model are, and
    :meth:`copy` makes a store of one's own.

    :param precision: of the numbers in the store.
    """

    _free = lib.eqf_parameters_free

    def __init__(self, precision: Precision = "float64", *, context: Optional[Context] = None) -> None:
        super().__init__(create(lib.eqf_parameters_create, _d.eqf_parameters, context, precision_of(precision)))

    @classmethod
    def _own(cls, pointer: Any) -> "Parameters":
        made = cls.__new__(cls)
        Handle.__init__(made, pointer)
        return made

    @classmethod
    def _borrow(cls, pointer: Any) -> "Parameters":
        return cls._own(lib.eqf_parameters_retain(pointer))

    @property
    def precision(self) -> str:
        """"float32" or "float64"."""
        return precision_name(lib.eqf_parameters_precision(self))

    @property
    def elements(self) -> int:
        """Number of elements of the trainable arrays."""
        return int(lib.eqf_parameters_elements(self))

    def copy(self, precision: Optional[Precision] = None, *, context: Optional[Context] = None) -> "Parameters":
        """A store of one's own with the same arrays."""
        value = lib.eqf_parameters_precision(self) if precision is None else precision_of(precision)
        return Parameters._own(create(lib.eqf_parameters_copy, _d.eqf_parameters, context, self, value))

    def add(
        self,
        name: str,
        values: npt.ArrayLike,
        *,
        trainable: bool = True,
        decay: bool = False,
        context: Optional[Context] = None,
    ) -> None:
        """Adds an array under a new name."""
        array = np.ascontiguousarray(values, dtype=np.float64)
        if array.ndim > _d.EQF_PARAMETER_NDIM:
            raise ValueError(f"{name} has {array.ndim} dimensions, expected at most {_d.EQF_PARAMETER_NDIM}")
        info = _d.eqf_parameter_info(name=name.encode(), ndim=max(array.ndim, 1), count=array.size)
        info.shape[: max(array.ndim, 1)] = array.shape or (1,)
        info.flags = (_d.EQF_PARAMETER_TRAINABLE if trainable else 0) | (_d.EQF_PARAMETER_DECAY if decay else 0)
        call(lib.eqf_parameters_add, context, self, info)
        call(lib.eqf_parameters_set, context, self, lib.eqf_parameters_find(self, name.encode()), pointer_to(array))

    def info(self, name: str) -> ParameterInfo:
        """Shape and purpose of an array."""
        return self._info(self._index(name))

    def _info(self, i: int) -> ParameterInfo:
        info = _d.eqf_parameter_info()
        call(lib.eqf_parameters_info, None, self, i, info)
        flags = info.flags
        return ParameterInfo(
            info.name.decode(),
            tuple(info.shape[: info.ndim]),
            bool(flags & _d.EQF_PARAMETER_TRAINABLE),
            bool(flags & _d.EQF_PARAMETER_DECAY),
        )

    def _index(self, name: str) -> int:
        i = int(lib.eqf_parameters_find(self, name.encode()))
        if i < 0:
            raise KeyError(name)
        return i

    def __getitem__(self, name: str) -> Array:
        i = self._index(name)
        values = np.empty(self._info(i).shape)
        call(lib.eqf_parameters_get, None, self, i, pointer_to(values))
        return values

    def __setitem__(self, name: str, values: npt.ArrayLike) -> None:
        i = self._index(name)
        array = as_array(values, np.float64, self._info(i).shape, name)
        call(lib.eqf_parameters_set, None, self, i, pointer_to(array))

    def __len__(self) -> int:
        return int(lib.eqf_parameters_arrays(self))

    def __iter__(self) -> Iterator[str]:
        return (self._info(i).name for i in range(len(self)))

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and lib.eqf_parameters_find(self, name.encode()) >= 0

    def __repr__(self) -> str:
        return f"<Parameters: {len(self)} arrays, {self.elements:,} trainable elements, {self.precision}>"
