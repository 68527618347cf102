"""Writes the declarations for Python's ctypes. SPDX-License-Identifier: MIT"""

from headers import Callback

SCALARS = {
    "void": "None",
    "char": "c_char",
    "int": "c_int",
    "unsigned": "c_uint",
    "int32_t": "c_int32",
    "int64_t": "c_int64",
    "uint64_t": "c_uint64",
    "size_t": "c_size_t",
    "double": "c_double",
    "float": "c_float",
}

HEAD = '''"""What the public headers declare. Written by bindings/generate.py: do not edit. SPDX-License-Identifier: MIT"""

# fmt: off
# pylint: skip-file
from ctypes import CFUNCTYPE, POINTER as P, Structure
from ctypes import c_char_p, c_double, c_float, c_int, c_int32, c_int64, c_size_t, c_uint, c_uint64, c_void_p  # noqa: F401

from ._record import Record
'''


def spell(type_):
    """A type as ctypes spells it."""
    name, depth = type_.name, type_.depth
    if name in ("char", "void") and depth > 0:
        text, depth = f"c_{name}_p", depth - 1
    else:
        text = SCALARS.get(name, name)
    return "P(" * depth + text + ")" * depth


def signature(function):
    return f"{spell(function.result)}, [{', '.join(spell(t) for _, t in function.arguments)}]"


def write_struct(struct):
    fields = []
    for member in struct.members:
        text = spell(member.type) + (f" * {member.count}" if member.count else "")
        fields.append(f'        ("{member.name}", {text}),\n')
    defaults = ", ".join(f'"{name}": {value_of(value)}' for name, value in struct.defaults.items())
    text = f"class {struct.name}(Record):\n    _fields_ = [\n{''.join(fields)}    ]\n"
    return text + (f"    _defaults_ = {{{defaults}}}\n" if defaults else "")


def value_of(value):
    return repr(value) if not isinstance(value, float) or value - value == 0 else f'float("{value}")'


def write(headers):
    parts = [HEAD, "\n"]
    parts += [f"{c.name} = {c.value!r}\n" for c in headers.constants]
    for enum in headers.enums:
        parts.append(f"\n{enum.name} = c_int\n")
        parts += [f"{name} = {value}\n" for name, value in enum.values]
    for handle in headers.handles:
        parts.append(f"\n\nclass {handle}(Structure):\n    pass\n")
    for item in headers.order:
        if isinstance(item, Callback):
            arguments = "".join(f", {spell(t)}" for _, t in item.arguments)
            parts.append(f"\n\n{item.name} = CFUNCTYPE({spell(item.result)}{arguments})\n")
        else:
            parts.append("\n\n" + write_struct(item))
    parts.append("\n\nENUMS = {\n")
    for enum in headers.enums:
        parts.append(f'    "{enum.name}": {{{", ".join(f"{chr(34)}{n}{chr(34)}: {v}" for n, v in enum.values)}}},\n')
    parts.append("}\n\n\nFUNCTIONS = {\n")
    parts += [f'    "{f.name}": ({signature(f)}),\n' for f in headers.functions]
    parts.append("}\n")
    return "".join(parts)
