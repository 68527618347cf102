"""The generated declarations are those of the headers: the same text again, the same layout and values as compilers see,
and signatures that the C compiler finds equal to the prototypes. SPDX-License-Identifier: MIT
"""

import ctypes
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

BINDINGS = Path(__file__).resolve().parents[1]
INCLUDE = BINDINGS.parent / "include"
sys.path.insert(0, str(BINDINGS / "generator"))

from headers import Headers  # noqa: E402

from equiformer import _declarations as declarations  # noqa: E402

PYTHON = BINDINGS / "python/equiformer/_declarations.py"
JULIA = BINDINGS / "julia/src/declarations.jl"


def run(*command, **options):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def generate(*arguments):
    return run(sys.executable, BINDINGS / "generate.py", *arguments)


def compiler():
    return os.environ.get("CC", "gcc").split()


def facts(text):
    """The lines of a probe: {(kind, name): value}."""
    words = (line.split(maxsplit=2) for line in text.splitlines())
    return {(kind, name): value.strip() for kind, name, value in words}


@pytest.fixture(scope="module")
def of_c(tmp_path_factory):
    directory = tmp_path_factory.mktemp("probe")
    (directory / "probe.c").write_text(generate("--probe", "c"))
    run(*compiler(), "-std=c11", f"-I{INCLUDE}", directory / "probe.c", "-o", directory / "probe")
    return facts(run(directory / "probe"))


def test_up_to_date():
    generate("--check")


def test_a_change_of_a_header_is_noticed(tmp_path):
    for path in (INCLUDE / "equiformer").iterdir():
        text = path.read_text()
        if path.name == "irreps.h":
            text = text.replace("int eqf_irreps_lmax(", "long eqf_irreps_lmax(").replace("long", "int64_t")
        (tmp_path / path.name).write_text(text)
    done = subprocess.run(
        [sys.executable, BINDINGS / "generate.py", "--check", tmp_path], capture_output=True, text=True
    )
    assert done.returncode == 1
    for name in ("_declarations.py", "equiformer_c.f90", "declarations.jl"):
        assert f"{name} is not what bindings/generate.py writes" in done.stdout


def test_python_layout(of_c):
    for (kind, name), value in of_c.items():
        if kind == "value":
            assert str(getattr(declarations, name)) == value, name
        elif kind == "sizeof":
            assert ctypes.sizeof(getattr(declarations, name)) == int(value), name
        elif kind == "offset":
            struct, member = name.split(".")
            assert getattr(getattr(declarations, struct), member).offset == int(value), name
        else:
            assert bytes(getattr(declarations, name)()).hex() == value, f"initialiser of {name}"
    assert len(of_c) > 200


def test_fortran_layout(of_c, tmp_path):
    (tmp_path / "probe.f90").write_text(generate("--probe", "fortran"))
    fortran = os.environ.get("FC", "gfortran")
    module = BINDINGS / "fortran/equiformer_c.f90"
    run(fortran, "-std=f2008", "-Wall", "-Werror", module, "probe.f90", "-o", "probe", cwd=tmp_path)
    found = facts(run(tmp_path / "probe"))
    assert len(found) > 200
    for key, value in found.items():
        assert of_c[key] == (value.lower() if key[0] == "bytes" else value), key
    assert {k for k in of_c if k[0] == "bytes"} <= set(found)


# --- signatures -----------------------------------------------------------------------------------------------------------

C_OF_PYTHON = {"None": "void", "c_char_p": "char *", "c_void_p": "void *", "c_uint": "unsigned"}
C_OF_JULIA = {
    "Cvoid": "void",
    "Cint": "int",
    "Cuint": "unsigned",
    "Cchar": "char",
    "Csize_t": "size_t",
    "Int32": "int32_t",
    "Int64": "int64_t",
    "UInt64": "uint64_t",
    "Cdouble": "double",
    "Cfloat": "float",
    "Cstring": "char *",
}


def c_of_python(text):
    if text.startswith("P("):
        return c_of_python(text[2:-1]) + " *"
    if text in C_OF_PYTHON:
        return C_OF_PYTHON[text]
    integer = re.fullmatch(r"c_(u?int\d+|size_t)", text)
    if integer:
        return integer[1] if integer[1] == "size_t" else integer[1] + "_t"
    return text.removeprefix("c_")


def c_of_julia(text):
    if text.startswith("Ptr{"):
        return c_of_julia(text[4:-1]) + " *"
    return C_OF_JULIA.get(text, text)


def python_functions():
    for name, result, arguments in re.findall(r'^    "(eqf_\w+)": \((.*?), \[(.*)\]\),$', PYTHON.read_text(), re.M):
        yield name, c_of_python(result), [c_of_python(a) for a in filter(None, arguments.split(", "))]


def julia_functions():
    pattern = r"^(eqf_\w+)\((.*)\) =\n    ccall\(\(:(\w+), libequiformer\), (.+?), \((.*?)\)((?:, \w+)*)\)$"
    for name, names, symbol, result, types, passed in re.findall(pattern, JULIA.read_text(), re.M):
        arguments = [a for a in re.split(r", ?", types) if a]
        assert symbol == name
        assert [a for a in names.split(", ") if a] == [a for a in passed.split(", ") if a]
        assert len(arguments) == passed.count(", ")
        assert len(arguments) != 1 or types.endswith(","), f"{name}: ({types}) is no tuple"
        yield name, c_of_julia(result), [c_of_julia(a) for a in arguments]


def python_members():
    for name, body in re.findall(r"^class (eqf_\w+)\(Record\):\n    _fields_ = \[\n(.*?)    \]$", PYTHON.read_text(), re.M | re.S):
        for member, text, count in re.findall(r'\("(\w+)", (.+?)(?: \* (\d+))?\),$', body, re.M):
            yield name, member, c_of_python(text), count


def julia_members():
    for name, body in re.findall(r"^struct (eqf_\w+)\n(.*?)^end$", JULIA.read_text(), re.M | re.S):
        for member, text in re.findall(r"^    (\w+)::(.+)$", body, re.M):
            array = re.fullmatch(r"NTuple\{(\d+), (.+)\}", text)
            yield name, member.rstrip("_"), c_of_julia(array[2] if array else text), array[1] if array else ""


@pytest.mark.parametrize("functions, members", [(python_functions, python_members), (julia_functions, julia_members)])
def test_signatures(functions, members, tmp_path):
    """The prototypes, without their const, are compatible with what the declarations say."""
    headers = Headers(INCLUDE / "equiformer")
    callbacks = {c.name for c in headers.callbacks}
    lines = [
        "#include <math.h>\n#include <stddef.h>\n#include <stdint.h>",
        "#define const",
        "#include <equiformer/equiformer.h>",
        "#define SAME(x, ...) _Static_assert(__builtin_types_compatible_p(__typeof__(x), __VA_ARGS__), #x)",
    ]
    listed = list(functions())
    assert sorted(name for name, *_ in listed) == sorted(f.name for f in headers.functions)
    lines += [f"SAME({name}, {result}({', '.join(arguments) or 'void'}));" for name, result, arguments in listed]
    found = list(members())
    assert [(s, m) for s, m, *_ in found] == [(s.name, m.name) for s in headers.structs for m in s.members]
    for struct, member, text, count in found:
        if text not in callbacks:
            lines.append(f"SAME((({struct} *)0)->{member}, {text}{f'[{count}]' if count else ''});")
    (tmp_path / "check.c").write_text("\n".join(lines) + "\n")
    run(*compiler(), "-std=c11", "-fsyntax-only", f"-I{INCLUDE}", tmp_path / "check.c")


def test_julia_values(of_c):
    """Constants, and that enumerations are unsigned integers of four bytes."""
    text = JULIA.read_text()
    enums = re.findall(r"^const (eqf_\w+) = Cuint$", text, re.M)
    assert enums and all(of_c["sizeof", name] == "4" for name in enums)
    values = dict(re.findall(r"^const (EQF_\w+) = (?:eqf_\w+\()?\"?(.*?)\"?\)?$", text, re.M))
    assert values == {name: value for (kind, name), value in of_c.items() if kind == "value"}
    opened = re.findall(r"^(?:struct|mutable struct) \w+", text, re.M)
    assert len(opened) == len(re.findall(r"\bend$", text, re.M))
