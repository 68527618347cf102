"""Reads the public headers: constants, enumerations, structs and functions, in the order of their declaration.

The headers are regular, and what does not fit is an error. SPDX-License-Identifier: MIT
"""

import math
import re
from collections import namedtuple
from pathlib import Path

# `const char *const *` is the type ("char", depth 2, const, list); list: pointers that the call only reads.
Type = namedtuple("Type", "name depth const list")
Function = namedtuple("Function", "name result arguments")  # arguments: [(name, Type)]
Callback = namedtuple("Callback", "name result arguments")
Struct = namedtuple("Struct", "name members defaults")  # defaults: {member: value} of those that are not 0
Member = namedtuple("Member", "name type count")  # count: elements of an array, 0: none
Enum = namedtuple("Enum", "name values")  # [(name, value)]
Constant = namedtuple("Constant", "name value")

SCALARS = {"void", "char", "int", "unsigned", "int32_t", "int64_t", "uint64_t", "size_t", "double", "float"}


class Headers:
    """What equiformer.h declares. Members: constants, enums, structs, callbacks, functions (lists) and handles (names)."""

    def __init__(self, directory):
        self.constants, self.enums, self.structs, self.callbacks, self.functions = [], [], [], [], []
        self.handles, self.order, self._values, self.initialisers = [], [], {}, {}
        seen, text = set(), []
        self._collect(Path(directory), "equiformer.h", seen, text)
        text = "".join(text)
        text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S).replace("\\\n", " ")
        text = self._preprocess(text)
        for statement in self._statements(text):
            self._declare(statement)
        opaque = {h for h in self.handles} - {s.name for s in self.structs}
        self.handles = [h for h in dict.fromkeys(self.handles) if h in opaque]
        self._check_types()

    # --- text --------------------------------------------------------------------------------------------------------

    def _collect(self, directory, name, seen, text):
        if name in seen:
            return
        seen.add(name)
        own = (directory / name).read_text(encoding="utf-8")
        for include in re.findall(r"^#include <equiformer/([a-z0-9_]+\.h)>", own, re.M):
            self._collect(directory, include, seen, text)
        text.append(own)

    def _preprocess(self, text):
        """Takes the macros out, expands the list of status codes, and drops all other directives."""
        for name, body in re.findall(r"^#define (EQF_\w+_INIT)[ \t]+(.*)$", text, re.M):
            self.initialisers[name] = body.strip()
        for name, body in re.findall(r"^#define (EQF_[A-Z0-9_]+)[ \t]+(\S.*)$", text, re.M):
            if re.fullmatch(r"-?\d+|\"[^\"]*\"", body.strip()):
                value = body.strip()
                self._values[name] = value[1:-1] if value.startswith('"') else int(value)
                self.constants.append(Constant(name, self._values[name]))
        codes = re.search(r"^#define EQF_STATUS_LIST\(X\)(.*)$", text, re.M).group(1)
        codes = ", ".join(f"EQF_{name} = {value}" for name, value in re.findall(r"X\((\w+), (\d+), \"[^\"]*\"\)", codes))
        text = re.sub(r"EQF_STATUS_LIST\(EQF_STATUS_ENUM\)", codes, text)
        text = re.sub(r"^#if defined\(__GNUC__\).*?^#endif", "", text, flags=re.M | re.S)
        text = re.sub(r"^[ \t]*#.*$", "", text, flags=re.M)
        return re.sub(r"\bEQF_(BEGIN|END)_DECLS\b|extern \"C\" \{", "", text)

    @staticmethod
    def _statements(text):
        """Splits at the semicolons outside of braces."""
        depth, begin = 0, 0
        for i, c in enumerate(text):
            depth += (c == "{") - (c == "}")
            if c == ";" and depth == 0:
                yield " ".join(text[begin:i].split())
                begin = i + 1
        if text[begin:].strip(" \n}"):
            raise ValueError(f"what is this: {text[begin:][:200]!r}")

    # --- declarations ------------------------------------------------------------------------------------------------

    def _declare(self, statement):
        patterns = [
            (r"typedef struct (\w+) \1", lambda m: self.handles.append(m[1])),
            (r"typedef struct (\w+) \{(.*)\} \1", self._declare_struct),
            (r"typedef enum (\w+) \{(.*)\} \1", self._declare_enum),
            (r"typedef ([\w *]+?) ?\(\*(\w+)\)\((.*)\)", self._declare_callback),
            (r"EQF_API ([\w ]+[ *])(eqf_\w+)\((.*)\)", self._declare_function),
        ]
        for pattern, act in patterns:
            match = re.fullmatch(pattern, statement)
            if match:
                act(match)
                return
        raise ValueError(f"cannot read this declaration: {statement}")

    def _declare_enum(self, match):
        values, at = [], 0
        for item in filter(None, (part.strip() for part in match[2].split(","))):
            name, _, value = (part.strip() for part in item.partition("="))
            at = int(value, 0) if value else at
            values.append((name, at))
            self._values[name] = at
            at += 1
        self.enums.append(Enum(match[1], values))

    def _declare_callback(self, match):
        made = Callback(match[2], self._type(match[1]), self._arguments(match[3]))
        self.callbacks.append(made)
        self.order.append(made)

    def _declare_function(self, match):
        self.functions.append(Function(match[2], self._type(match[1]), self._arguments(match[3])))

    def _declare_struct(self, match):
        members = []
        for declaration in filter(None, (part.strip() for part in match[2].split(";"))):
            pointer = re.fullmatch(r"([\w *]+?) ?\(\*(\w+)\)\((.*)\)", declaration)
            if pointer:
                name = f"{match[1]}_{pointer[2]}"
                made = Callback(name, self._type(pointer[1]), self._arguments(pointer[3]))
                self.callbacks.append(made)
                self.order.append(made)
                members.append(Member(pointer[2], Type(name, 0, False, False), 0))
                continue
            first, *others = declaration.split(",")
            base = re.match(r"(const )?(?:struct )?(\w+)", first)
            for declarator in [first[base.end() :], *others]:
                array = re.fullmatch(r"((?: |\*|const\b)*)(\w+)((?:\[\w+\])*)", declarator.strip())
                if array is None:
                    raise ValueError(f"{match[1]}: cannot read the member {declaration}")
                stars = array[1].count("*")
                type_ = Type(base[2], stars, base[1] is not None, "const" in array[1])
                count = math.prod(self._evaluate(n) for n in re.findall(r"\[(\w+)\]", array[3])) if array[3] else 0
                members.append(Member(array[2], type_, count))
        made = Struct(match[1], members, self._defaults(match[1], members))
        self.structs.append(made)
        self.order.append(made)

    def _type(self, text):
        name = re.sub(r"\b(const|struct)\b|\*", " ", text).split()
        if len(name) != 1:
            raise ValueError(f"cannot read the type {text}")
        return Type(name[0], text.count("*"), bool(re.match(r"\s*const\b", text)), bool(re.search(r"\*\s*const\b", text)))

    def _arguments(self, text):
        arguments = []
        for item in [] if text.strip() == "void" else text.split(","):
            match = re.fullmatch(r"(.*?)(\w+)((?:\[\w*\])*)", item.strip())
            type_ = self._type(match[1])
            arguments.append((match[2], type_._replace(depth=type_.depth + (1 if match[3] else 0))))
        return arguments

    # --- initialisers ------------------------------------------------------------------------------------------------

    def _evaluate(self, text):
        if text in self._values:
            return self._values[text]
        if text in ("NAN", "INFINITY"):
            return float(text[:3])
        return float(text) if re.search(r"[.eE]", text) and not text.startswith("0x") else int(text, 0)

    def _nested(self, tokens):
        """A braced list as nested Python lists, values evaluated; sizeof stands for itself."""
        items = []
        while True:
            token = tokens.pop(0)
            if token == "}":
                return items
            if token == "{":
                items.append(self._nested(tokens))
            elif token == "sizeof":
                items.append("sizeof")
                del tokens[:3]
            elif token in self.initialisers:
                items.append(self._initialiser(token))
            else:
                items.append(self._evaluate(token))

    def _initialiser(self, macro):
        tokens = re.findall(r"sizeof|[{}()]|-?\d[\d.]*(?:[eE][-+]?\d+)?|-?\w+", self.initialisers[macro])
        return self._nested(tokens[1:])

    def _defaults(self, name, members):
        macro = name.upper() + "_INIT"
        if (members[0].name == "size") != (macro in self.initialisers):
            if members[0].name == "size":
                return {}  # filled by the library, from zeros
            raise ValueError(f"{name} has an initialiser but no size")
        return self._name_values(members, self._initialiser(macro)) if macro in self.initialisers else {}

    def _name_values(self, members, values):
        if len(values) != len(members):
            raise ValueError(f"an initialiser has {len(values)} values for {len(members)} members")
        named = {}
        for member, value in zip(members, values):
            if isinstance(value, list) and member.count == 0:
                inner = {s.name: s for s in self.structs}[member.type.name]
                value = self._name_values(inner.members, value) if any(value) else {}
            if isinstance(value, list):
                value = value if any(value) else 0
            if value not in (0, "sizeof", {}):
                named[member.name] = value
        return named

    def _check_types(self):
        known = SCALARS | set(self.handles) | {x.name for x in self.structs + self.enums + self.callbacks}
        used = [t for f in self.functions + self.callbacks for t in [f.result] + [t for _, t in f.arguments]]
        used += [m.type for s in self.structs for m in s.members]
        unknown = {t.name for t in used} - known
        if unknown:
            raise ValueError(f"unknown types: {', '.join(sorted(unknown))}")
