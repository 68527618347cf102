"""Contexts, handles, and arrays: what all other modules stand on. SPDX-License-Identifier: MIT"""

from __future__ import annotations

import ctypes
import logging
import os
import threading
import weakref
from typing import Any, Optional, Sequence, Union

import numpy as np
import numpy.typing as npt

from . import _declarations as _d
from ._library import lib
from .errors import error_of

Array = npt.NDArray[np.float64]
Precision = Union[str, int]

_logger = logging.getLogger("equiformer")
_PRECISIONS = {"float32": _d.EQF_FLOAT32, "f32": _d.EQF_FLOAT32, "float64": _d.EQF_FLOAT64, "f64": _d.EQF_FLOAT64}


def _log(user: Any, level: int, message: bytes) -> None:
    _logger.log(logging.WARNING if level == _d.EQF_LOG_WARNING else logging.INFO, "%s", message.decode())


_log_of_c = _d.eqf_log_function(_log)


class Handle:
    """Owns one reference to an object of the library and frees it when it goes."""

    _free: Any  # the library's function

    def __init__(self, pointer: Any) -> None:
        self._pointer = pointer
        self._finalizer = weakref.finalize(self, type(self)._free, pointer)

    @property
    def _as_parameter_(self) -> Any:
        if not self._finalizer.alive:
            raise ValueError(f"the {type(self).__name__} is closed")
        return self._pointer

    def __copy__(self) -> "Handle":
        raise TypeError(f"a {type(self).__name__} cannot be copied")

    def __reduce__(self) -> Any:
        raise TypeError(f"a {type(self).__name__} cannot be pickled")

    def close(self) -> None:
        """Frees the object now; it must not be used afterwards."""
        self._finalizer()


_MATMUL = ("float32", "bfloat16")


class Context(Handle):
    """Threads and messages of the calls of one Python thread.

    Every function takes a context; without one it uses that of its thread (:func:`default_context`). Results have the
    same bits for any number of threads.

    :param threads: threads that work for this context, the caller included; 0: one for each processor.
    """

    _free = lib.eqf_context_free

    def __init__(self, threads: int = 1) -> None:
        pointer = ctypes.POINTER(_d.eqf_context)()
        options = _d.eqf_context_options(threads=threads, log=_log_of_c)
        status = lib.eqf_context_create(options, pointer)
        if status != _d.EQF_OK:
            raise error_of(status, f"cannot make a context with {threads} threads: {_text_of(status)}")
        super().__init__(pointer)

    def check(self, status: int) -> None:
        """Raises the exception of a status, unless it is success, with the message of this context."""
        if status != _d.EQF_OK:
            raise error_of(status, lib.eqf_context_message(self).decode(errors="replace"))

    @property
    def threads(self) -> int:
        """Number of threads."""
        return int(lib.eqf_context_threads(self))

    @property
    def isa(self) -> str:
        """Instruction set of the kernels: "generic", "avx2" or "avx512"."""
        return str(lib.eqf_context_isa(self).decode())

    @property
    def matmul(self) -> str:
        """What large matrix products of float32 multiply: "float32", or "bfloat16" where the processor has AMX."""
        return _MATMUL[lib.eqf_context_matmul(self)]

    @matmul.setter
    def matmul(self, name: str) -> None:
        if name not in _MATMUL:
            raise ValueError(f"matmul is {name!r}, expected one of {', '.join(_MATMUL)}")
        self.check(lib.eqf_context_set_matmul(self, _MATMUL.index(name)))


def _text_of(status: int) -> str:
    return str(lib.eqf_status_string(status).decode())


_of_thread = threading.local()


def default_context() -> Context:
    """The context of this thread, made when it is first needed, with one thread of its own."""
    context: Optional[Context] = getattr(_of_thread, "context", None)
    if context is None:
        context = _of_thread.context = Context()
    return context


def set_threads(threads: int) -> None:
    """Gives the default context of this Python thread as many threads (0: one for each processor)."""
    _of_thread.context = Context(threads)


def create(function: Any, kind: Any, context: Optional[Context], *arguments: Any) -> Any:
    """Calls a function whose last argument is the place for a new handle, and returns that."""
    context = context or default_context()
    pointer = ctypes.POINTER(kind)()
    context.check(function(context, *arguments, ctypes.byref(pointer)))
    return pointer


def call(function: Any, context: Optional[Context], *arguments: Any) -> None:
    """Calls a function that takes a context and answers a status."""
    context = context or default_context()
    context.check(function(context, *arguments))


def take_text(context: Context, function: Any, *arguments: Any) -> str:
    """Calls a function whose last argument is the place for a text that has to be freed."""
    text = ctypes.c_char_p()
    context.check(function(context, *arguments, ctypes.byref(text)))
    try:
        return (text.value or b"").decode()
    finally:
        lib.eqf_text_free(context, text)


def precision_of(precision: Precision) -> int:
    """"float32" or "float64" (also f32, f64) as the library's number."""
    try:
        return _PRECISIONS[precision] if isinstance(precision, str) else int(precision)
    except KeyError:
        raise ValueError(f"unknown precision {precision!r}, expected 'float32' or 'float64'") from None


def precision_name(precision: int) -> str:
    """The other way round."""
    return "float32" if precision == _d.EQF_FLOAT32 else "float64"


def names_of(enum: str) -> dict[str, int]:
    """Enumerators by what tells them apart, in lower case: {"layer": 0, "graph": 1, ..} of "eqf_norm_kind"."""
    values = _d.ENUMS[enum]
    common = os.path.commonprefix(list(values))
    return {name[common.rindex("_") + 1 :].lower(): value for name, value in values.items()}


def choose(name: str, kind: str, enum: str) -> int:
    """The value of an enumerator: choose("layer", "norm", "eqf_norm_kind"); the error lists what there is."""
    names = names_of(enum)
    if name not in names:
        raise ValueError(f"unknown {kind} {name!r}, expected one of: {', '.join(names)}")
    return names[name]


# --- arrays ---------------------------------------------------------------------------------------------------------------


def as_array(values: Any, dtype: Any, shape: Sequence[int], what: str) -> npt.NDArray[Any]:
    """The values as a contiguous array, the same object if they are one; -1 in shape stands for any length."""
    array = np.ascontiguousarray(values, dtype=dtype)
    if array.size == 0 and array.ndim != len(shape):
        array = array.reshape([0 if n < 0 else n for n in shape])
    if array.ndim != len(shape) or any(n not in (-1, m) for n, m in zip(shape, array.shape)):
        expected = " x ".join("n" if n < 0 else str(n) for n in shape)
        raise ValueError(f"{what} has shape {array.shape}, expected {expected}")
    return array


_POINTERS: dict[Any, Any] = {
    np.dtype(np.int64): ctypes.POINTER(ctypes.c_int64),
    np.dtype(np.float64): ctypes.POINTER(ctypes.c_double),
    np.dtype(np.int32): ctypes.POINTER(ctypes.c_int32),
}


def pointer_to(array: Optional[npt.NDArray[Any]]) -> Any:
    """The address of an array's first element as a pointer of its type, NULL for None. The array must stay alive."""
    if array is None:
        return None
    return ctypes.cast(array.ctypes.data, _POINTERS[array.dtype])
