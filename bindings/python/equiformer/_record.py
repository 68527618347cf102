"""The base of the library's structs. SPDX-License-Identifier: MIT"""

from __future__ import annotations

import ctypes
from typing import Any


class Record(ctypes.Structure):
    """A struct with the defaults of its initialiser in C; one that can grow knows its size."""

    _defaults_: dict[str, Any] = {}

    def __init__(self, **values: Any) -> None:
        super().__init__()
        self._set_defaults()
        for name, value in values.items():
            setattr(self, name, value)

    def _set_defaults(self) -> None:
        for name, kind, *_ in self._fields_:
            if isinstance(kind, type) and issubclass(kind, Record):
                getattr(self, name)._set_defaults()
        for name, value in self._defaults_.items():
            if isinstance(value, dict):
                for inner, number in value.items():
                    setattr(getattr(self, name), inner, number)
            elif isinstance(value, list):
                getattr(self, name)[:] = value
            else:
                setattr(self, name, value)
        if self._fields_[0][0] == "size":
            self.size = ctypes.sizeof(self)
