"""Writes programs that print what a compiler makes of the declarations, one fact a line.

    sizeof eqf_system 72
    offset eqf_system.positions 24
    value EQF_OK 0
    bytes eqf_system 48000000...          - of the initialiser, in C

SPDX-License-Identifier: MIT
"""

import fortran


def write_c(headers):
    lines = [
        "#include <stdio.h>",
        "#include <stddef.h>",
        "#include <equiformer/equiformer.h>",
        "static void show(const char *name, const void *bytes, size_t n)",
        "{",
        '    printf("bytes %s ", name);',
        '    for (size_t i = 0; i < n; i++) printf("%02x", ((const unsigned char *)bytes)[i]);',
        '    puts("");',
        "}",
        "int main(void)",
        "{",
    ]
    for c in headers.constants:
        lines.append(f'    printf("value {c.name} %{"s" if isinstance(c.value, str) else "d"}\\n", {c.name});')
    for enum in headers.enums:
        lines.append(f'    printf("sizeof {enum.name} %zu\\n", sizeof({enum.name}));')
        lines += [f'    printf("value {name} %d\\n", (int){name});' for name, _ in enum.values]
    for struct in headers.structs:
        lines.append(f'    printf("sizeof {struct.name} %zu\\n", sizeof({struct.name}));')
        for m in struct.members:
            lines.append(f'    printf("offset {struct.name}.{m.name} %zu\\n", offsetof({struct.name}, {m.name}));')
        if f"{struct.name.upper()}_INIT" in headers.initialisers:
            lines.append(f"    {{ static const {struct.name} x = {struct.name.upper()}_INIT;")
            lines.append(f'    show("{struct.name}", &x, sizeof x); }}')
    return "\n".join([*lines, "    return 0;", "}"])


def write_fortran(headers):
    spelling = fortran.Spelling(headers)
    lines = ["program probe", "  use equiformer_c", "  implicit none"]
    lines += [f"  type({s.name}), target :: x_{s.name}" for s in headers.structs]
    functions = {f.name.lower() for f in headers.functions}
    for name, _ in [v for e in headers.enums for v in e.values]:
        lines.append(f"  print '(a,i0)', 'value {name} ', {name}")
    for c in headers.constants:
        if c.name.lower() not in functions and not isinstance(c.value, str):
            lines.append(f"  print '(a,i0)', 'value {c.name} ', {c.name}")
    for struct in headers.structs:
        x = f"x_{struct.name}"
        lines.append(f"  print '(a,i0)', 'sizeof {struct.name} ', c_sizeof({x})")
        for m in struct.members:
            place = f"{x}%{m.name}" + ("(1)" if m.count else "")
            callback = spelling.value(m.type) == "type(c_funptr)"
            if not callback:
                lines.append(f"  call offset('{struct.name}.{m.name}', c_loc({place}), &\n    c_loc({x}))")
        if f"{struct.name.upper()}_INIT" in headers.initialisers:
            if any(m.name == "size" for m in struct.members):
                lines.append(f"  {x}%size = c_sizeof({x})")
            lines.append(f"  call show('{struct.name}', transfer({x}, [0_c_int8_t]))")
    lines += [
        "contains",
        "  subroutine show(name, bytes)",
        "    character(*), intent(in) :: name",
        "    integer(c_int8_t), intent(in) :: bytes(:)",
        "    print '(3a,*(z2.2))', 'bytes ', name, ' ', bytes",
        "  end subroutine",
        "  subroutine offset(name, member, begin)",
        "    character(*), intent(in) :: name",
        "    type(c_ptr), intent(in) :: member, begin",
        "    print '(a,a,a,i0)', 'offset ', name, ' ', transfer(member, 0_c_intptr_t) - transfer(begin, 0_c_intptr_t)",
        "  end subroutine",
        "end program",
    ]
    return "\n".join(lines)
