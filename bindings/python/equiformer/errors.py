"""Exceptions: one class for each status of the library, all of them EquiformerError.

Each is also the builtin exception that fits, so that ``except ValueError`` works without knowing this module.
SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from . import _declarations as _d

__all__ = [
    "ArgumentError",
    "CallbackError",
    "EquiformerError",
    "FormatError",
    "InputOutputError",
    "NotFiniteError",
    "NotFoundError",
    "OutOfMemoryError",
    "ParseError",
    "RangeError",
    "ShapeError",
    "StateError",
    "UnsupportedError",
]


class EquiformerError(Exception):
    """A call of the library failed; the text is the library's message.

    :ivar status: the number of the status (``EQF_ERROR_...`` of status.h).
    """

    status: int = -1


class ArgumentError(EquiformerError, ValueError):
    """Invalid argument."""

    status = _d.EQF_ERROR_ARGUMENT


class OutOfMemoryError(EquiformerError, MemoryError):
    """Out of memory."""

    status = _d.EQF_ERROR_MEMORY


class InputOutputError(EquiformerError, OSError):
    """A file cannot be read or written."""

    status = _d.EQF_ERROR_IO


class ParseError(EquiformerError, ValueError):
    """Malformed text."""

    status = _d.EQF_ERROR_PARSE


class FormatError(EquiformerError, ValueError):
    """Malformed file."""

    status = _d.EQF_ERROR_FORMAT


class ShapeError(EquiformerError, ValueError):
    """Shapes or irreps do not match."""

    status = _d.EQF_ERROR_SHAPE


class NotFoundError(EquiformerError, LookupError):
    """A name, key or element is not known."""

    status = _d.EQF_ERROR_NOT_FOUND


class RangeError(EquiformerError, ValueError):
    """A value is out of range."""

    status = _d.EQF_ERROR_RANGE


class NotFiniteError(EquiformerError, ArithmeticError):
    """Not a finite number."""

    status = _d.EQF_ERROR_NOT_FINITE


class UnsupportedError(EquiformerError, NotImplementedError):
    """Not supported by this model or this build."""

    status = _d.EQF_ERROR_UNSUPPORTED


class StateError(EquiformerError, RuntimeError):
    """Calls out of order."""

    status = _d.EQF_ERROR_STATE


class CallbackError(EquiformerError, RuntimeError):
    """A callback reported failure."""

    status = _d.EQF_ERROR_CALLBACK


def error_of(status: int, message: str) -> EquiformerError:
    """The exception of a status."""
    for kind in EquiformerError.__subclasses__():
        if kind.status == status:
            return kind(message)
    error = EquiformerError(message)
    error.status = status
    return error
