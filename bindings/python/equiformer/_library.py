"""Finds and loads the library. SPDX-License-Identifier: MIT"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import subprocess
from typing import Iterator

from . import _declarations as declarations

NAME = "libequiformer.so"
SONAME = f"{NAME}.{declarations.EQF_VERSION_MAJOR}"


def _candidates() -> Iterator[tuple[str, str]]:
    """Where the library may be, and why, the first that exists being taken."""
    path = os.environ.get("EQUIFORMER_LIBRARY")
    if path:
        yield path, "EQUIFORMER_LIBRARY"
        return
    command = [os.environ.get("PKG_CONFIG", "pkg-config"), "--variable=libdir", "libequiformer"]
    try:
        directory = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        directory = ""
    if directory:
        yield os.path.join(directory, SONAME), "pkg-config"
    found = ctypes.util.find_library("equiformer")
    if found:
        yield found, "the dynamic linker"
    yield SONAME, "the dynamic linker"


def _load() -> ctypes.CDLL:
    problems = []
    for path, source in _candidates():
        try:
            library = ctypes.CDLL(path)
        except OSError as error:
            problems.append(f"{source}: {error}")
            continue
        _declare(library, path)
        return library
    raise ImportError(
        "libequiformer is not found: install it, or name its file in the environment variable EQUIFORMER_LIBRARY ("
        + "; ".join(problems)
        + ")"
    )


def _declare(library: ctypes.CDLL, path: str) -> None:
    wanted = declarations.EQF_VERSION_STRING
    for name, (result, arguments) in declarations.FUNCTIONS.items():
        try:
            function = getattr(library, name)
        except AttributeError:
            raise ImportError(f"{path} has no {name}: it is not libequiformer {wanted} or later") from None
        function.restype = result
        function.argtypes = arguments


#: The library with the signatures of its functions.
lib = _load()
