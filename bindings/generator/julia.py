"""Writes the declarations for Julia's ccall. SPDX-License-Identifier: MIT"""

from headers import Callback

SCALARS = {
    "void": "Cvoid",
    "char": "Cchar",
    "int": "Cint",
    "unsigned": "Cuint",
    "int32_t": "Int32",
    "int64_t": "Int64",
    "uint64_t": "UInt64",
    "size_t": "Csize_t",
    "double": "Cdouble",
    "float": "Cfloat",
}
# Words that cannot be names of arguments.
RESERVED = {"function", "module", "end", "begin", "in", "type", "global", "local", "let", "quote", "struct", "const"}

HEAD = """# What the public headers declare. Written by bindings/generate.py: do not edit. SPDX-License-Identifier: MIT
# Structs have constructors with keywords, which set the size and the defaults of C's initialisers.

"""


def spell(type_):
    text = SCALARS.get(type_.name, type_.name)
    if type_.name == "char" and type_.depth == 1 and type_.const:
        return "Cstring"
    return "Ptr{" * type_.depth + text + "}" * type_.depth


def safe(name):
    return name + "_" if name in RESERVED else name


def member_type(member):
    text = spell(member.type._replace(const=False))
    return f"NTuple{{{member.count}, {text}}}" if member.count else text


def zero_of(member, sized):
    """The value of a member that nobody sets."""
    text = spell(member.type)
    if member.count:
        return f"ntuple(_ -> {text}(0), {member.count})"
    if member.type.depth > 0:
        return "C_NULL"
    if member.type.name in sized:
        return f"{text}()"
    return "0"


def value_of(value):
    if isinstance(value, float):
        return "NaN" if value != value else "Inf" if value == float("inf") else repr(value)
    return str(value)


def write_struct(struct, structs, callbacks):
    lines = [f"struct {struct.name}\n"]
    lines += [f"    {safe(m.name)}::{member_type(m)}\n" for m in struct.members]
    keywords, values = [], []
    for member in struct.members:
        name = safe(member.name)
        if member.name == "size" and member is struct.members[0]:
            values.append(f"sizeof({struct.name})")
            continue
        zero = "C_NULL" if member.type.name in callbacks else zero_of(member, structs)
        default = struct.defaults.get(member.name)
        if isinstance(default, dict):
            inner = ", ".join(f"{k} = {value_of(v)}" for k, v in default.items())
            zero = f"{member.type.name}({inner})" if "{" not in inner else zero
        elif default is not None:
            zero = value_of(default)
        keywords.append(f"{name} = {zero}")
        values.append(name)
    lines.append("end\n")
    inner = f"{struct.name}({', '.join(values)})"
    if keywords:
        lines.append(f"{struct.name}(; {', '.join(keywords)}) =\n    {inner}\n")
    return "".join(lines)


def write_function(function):
    names = [safe(name) for name, _ in function.arguments]
    types = [spell(t) for _, t in function.arguments]
    types_text = f"({', '.join(types)}{',' if len(types) == 1 else ''})"
    arguments = "".join(f", {name}" for name in names)
    return (
        f"{function.name}({', '.join(names)}) =\n"
        f"    ccall((:{function.name}, libequiformer), {spell(function.result)}, {types_text}{arguments})\n"
    )


def write(headers):
    structs, callbacks = {s.name for s in headers.structs}, {c.name for c in headers.callbacks}
    parts = [HEAD]
    for c in headers.constants:
        value = f'"{c.value}"' if isinstance(c.value, str) else c.value
        parts.append(f"const {c.name} = {value}\n")
    for enum in headers.enums:
        parts.append(f"\nconst {enum.name} = Cuint\n")
        parts += [f"const {name} = {enum.name}({value})\n" for name, value in enum.values]
    parts.append("\n")
    parts += [f"mutable struct {handle} end\n" for handle in headers.handles]
    for item in headers.order:
        if isinstance(item, Callback):
            arguments = ", ".join(spell(t) for _, t in item.arguments)
            parts.append(f"\nconst {item.name} = Ptr{{Cvoid}} # ({arguments}) -> {spell(item.result)}\n")
        else:
            parts.append("\n" + write_struct(item, structs, callbacks))
    for function in headers.functions:
        parts.append("\n" + write_function(function))
    return "".join(parts)
