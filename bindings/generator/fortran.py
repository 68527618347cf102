"""Writes the declarations for Fortran's iso_c_binding.

Every pointer is a c_ptr by value, so that c_null_ptr can be given, but for two: constant text is an array of characters
(end it with c_null_char), and a place for a new handle is a c_ptr by reference. SPDX-License-Identifier: MIT
"""

from headers import Callback

SCALARS = {
    "char": "character(kind=c_char)",
    "int": "integer(c_int)",
    "unsigned": "integer(c_int)",
    "int32_t": "integer(c_int32_t)",
    "int64_t": "integer(c_int64_t)",
    "uint64_t": "integer(c_int64_t)",
    "size_t": "integer(c_size_t)",
    "double": "real(c_double)",
    "float": "real(c_float)",
}

HEAD = """! What the public headers declare. Written by bindings/generate.py: do not edit. SPDX-License-Identifier: MIT
!
! Pointers are values of type c_ptr (c_loc of a target, or c_null_ptr), but for constant texts, which are characters that
! end with c_null_char, and places for new handles, which are c_ptr variables. The member size of a struct is to be set to
! c_sizeof of the variable.
module equiformer_c
  use, intrinsic :: iso_c_binding
  use, intrinsic :: ieee_arithmetic
  implicit none
  public

  real(c_double), parameter, private :: infinity = transfer(9218868437227405312_c_int64_t, 0.0_c_double)
  real(c_double), parameter, private :: nan = transfer(9221120237041090560_c_int64_t, 0.0_c_double)

"""


class Spelling:
    def __init__(self, headers):
        self.enums = {e.name for e in headers.enums}
        self.structs = {s.name for s in headers.structs}
        self.callbacks = {c.name for c in headers.callbacks}

    def value(self, type_):
        if type_.depth > 0:
            return "type(c_ptr)"
        if type_.name in self.enums:
            return "integer(c_int)"
        if type_.name in self.callbacks:
            return "type(c_funptr)"
        return f"type({type_.name})" if type_.name in self.structs else SCALARS[type_.name]

    def argument(self, type_):
        """Declaration of an argument, and what follows its name."""
        if type_.name == "char" and type_.depth == 1 and type_.const:
            return "character(kind=c_char), intent(in)", "(*)"
        if type_.list:
            return "type(c_ptr), intent(in)", "(*)"
        if type_.depth == 2:
            return "type(c_ptr), intent(inout)", ""
        return f"{self.value(type_)}, value", ""


def wrap(text, indent):
    """Continues lines that are too long, at blanks."""
    lines = []
    while len(text) > 118:
        cut = text.rfind(" ", 0, 116)
        lines.append(text[:cut] + " &")
        text = " " * (indent + 4) + text[cut + 1 :]
    return "\n".join([*lines, text]) + "\n"


def value_of(value, type_):
    """Of a number, or of a struct some of whose members differ from their own defaults."""
    if isinstance(value, dict):
        return f"{type_.name}({', '.join(f'{name}={value_of(v, None)}' for name, v in value.items())})"
    if not isinstance(value, float):
        return str(value)
    if value != value:
        return "nan"
    if value - value != 0:
        return "infinity" if value > 0 else "-infinity"
    return f"{value!r}_c_double"


def write_struct(struct, spelling):
    lines = [f"  type, bind(c) :: {struct.name}\n"]
    for member in struct.members:
        text, default = spelling.value(member.type), struct.defaults.get(member.name, 0)
        count = f"({member.count})" if member.count else ""
        nested = member.type.depth == 0 and member.type.name in spelling.structs
        if text == "type(c_ptr)":
            start = " = c_null_ptr"
        elif text == "type(c_funptr)":
            start = " = c_null_funptr"
        elif nested and not isinstance(default, dict):
            start = ""
        else:
            start = f" = {value_of(default, member.type)}"
        lines.append(f"    {text} :: {member.name}{count}{start}\n")
    return "".join([*lines, "  end type\n\n"])


def write_function(function, spelling):
    names = [name for name, _ in function.arguments]
    subroutine = function.result.name == "void" and function.result.depth == 0
    kind = "subroutine" if subroutine else "function"
    ending = "" if subroutine else " result(answer)"
    lines = [wrap(f"    {kind} {function.name}({', '.join(names)}) bind(c){ending}", 4), "      import\n"]
    for name, type_ in function.arguments:
        text, after = spelling.argument(type_)
        lines.append(f"      {text} :: {name}{after}\n")
    if not subroutine:
        lines.append(f"      {spelling.value(function.result)} :: answer\n")
    return "".join([*lines, f"    end {kind}\n\n"])


def write(headers):
    spelling = Spelling(headers)
    functions = {f.name.lower() for f in headers.functions}
    parts = [HEAD]
    for c in headers.constants:
        if c.name.lower() not in functions and not isinstance(c.value, str):
            parts.append(f"  integer(c_int), parameter :: {c.name} = {c.value}\n")
    for enum in headers.enums:
        parts.append("\n")
        parts += [f"  integer(c_int), parameter :: {name} = {value}\n" for name, value in enum.values]
    parts.append("\n")
    parts += [write_struct(item, spelling) for item in headers.order if not isinstance(item, Callback)]
    parts.append("  interface\n")
    parts += [write_function(f, spelling) for f in headers.functions]
    parts.append("  end interface\nend module\n")
    return "".join(parts)
