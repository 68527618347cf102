#!/usr/bin/env python3
"""Writes the low-level declarations of the bindings from the public headers.

usage: generate.py [--check] [HEADERS]     --check compares with the files that are there and writes nothing
       generate.py --probe c|fortran       prints a program that prints sizes, offsets and values as a compiler sees them

SPDX-License-Identifier: MIT
"""

import difflib
import sys
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "generator"))

import fortran  # noqa: E402
import julia  # noqa: E402
import probe  # noqa: E402
import python_ctypes  # noqa: E402
from headers import Headers  # noqa: E402

OUTPUTS = {
    "python/equiformer/_declarations.py": python_ctypes.write,
    "fortran/equiformer_c.f90": fortran.write,
    "julia/src/declarations.jl": julia.write,
}


def main(arguments):
    check = "--check" in arguments
    if "--probe" in arguments:
        language = arguments[arguments.index("--probe") + 1]
        print({"c": probe.write_c, "fortran": probe.write_fortran}[language](Headers(HERE.parent / "include/equiformer")))
        return 0
    paths = [a for a in arguments if not a.startswith("-")]
    headers = Headers(paths[0] if paths else HERE.parent / "include/equiformer")
    stale = 0
    for name, write in OUTPUTS.items():
        path, text = HERE / name, write(headers)
        if not check:
            path.write_text(text, encoding="utf-8")
            continue
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        difference = difflib.unified_diff(old.splitlines(), text.splitlines(), name, "from the headers", lineterm="", n=1)
        lines = list(difference)
        if lines:
            stale += 1
            print("\n".join(lines[:40]))
            print(f"bindings/{name} is not what bindings/generate.py writes: run it")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
