/* Symbols of the chemical elements. SPDX-License-Identifier: MIT */
#include <equiformer/structure.h>

#include "io/elements.h"

static const char symbols[EQFI_ELEMENTS + 1][3] = {
    "X",  "H",  "He", "Li", "Be", "B",  "C",  "N",  "O",  "F",  "Ne", "Na", "Mg", "Al", "Si", "P",  "S",
    "Cl", "Ar", "K",  "Ca", "Sc", "Ti", "V",  "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Ga", "Ge", "As",
    "Se", "Br", "Kr", "Rb", "Sr", "Y",  "Zr", "Nb", "Mo", "Tc", "Ru", "Rh", "Pd", "Ag", "Cd", "In", "Sn",
    "Sb", "Te", "I",  "Xe", "Cs", "Ba", "La", "Ce", "Pr", "Nd", "Pm", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho",
    "Er", "Tm", "Yb", "Lu", "Hf", "Ta", "W",  "Re", "Os", "Ir", "Pt", "Au", "Hg", "Tl", "Pb", "Bi", "Po",
    "At", "Rn", "Fr", "Ra", "Ac", "Th", "Pa", "U",  "Np", "Pu", "Am", "Cm", "Bk", "Cf", "Es", "Fm", "Md",
    "No", "Lr", "Rf", "Db", "Sg", "Bh", "Hs", "Mt", "Ds", "Rg", "Cn", "Nh", "Fl", "Mc", "Lv", "Ts", "Og"};

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

int eqfi_element_of(eqfi_slice text)
{
    size_t length = eqfi_slice_length(text);
    if (length < 1 || length > 2 || !is_letter(text.begin[0])) return 0;
    char first = (char)(text.begin[0] & ~32), second = '\0';
    if (length == 2) {
        if (!is_letter(text.begin[1])) return 0;
        second = (char)(text.begin[1] | 32);
    }
    for (int i = 1; i <= EQFI_ELEMENTS; i++)
        if (symbols[i][0] == first && symbols[i][1] == second) return i;
    return 0;
}

int eqf_element_number(const char *symbol) { return symbol == NULL ? 0 : eqfi_element_of(eqfi_slice_of(symbol)); }

const char *eqf_element_symbol(int atomic_number)
{
    return atomic_number < 0 || atomic_number > EQFI_ELEMENTS ? NULL : symbols[atomic_number];
}
