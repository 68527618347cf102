/* Units by name, with the constants of CODATA 2018 (E. Tiesinga et al., Rev. Mod. Phys. 93 (2021) 025010).
 * SPDX-License-Identifier: MIT */
#include "train/units.h"

#include <equiformer/dataset.h>

#include <string.h>

#define ELEMENTARY_CHARGE 1.602176634e-19       /* C, and eV in J; exact */
#define AVOGADRO 6.02214076e23                  /* 1/mol, exact */
#define CALORIE 4.184                           /* J, thermochemical */
#define HARTREE (27.211386245988)               /* eV */
#define BOHR 0.529177210903                     /* angstrom */
#define PER_MOLE (AVOGADRO * ELEMENTARY_CHARGE) /* J/mol in 1 eV */
#define GIGAPASCAL (1e-21 / ELEMENTARY_CHARGE)  /* eV/angstrom^3 */

static const eqfi_unit units[] = {
    {"eV", NULL, EQFI_ENERGY, 1},
    {"meV", NULL, EQFI_ENERGY, 1e-3},
    {"hartree", "Ha", EQFI_ENERGY, HARTREE},
    {"mhartree", "mHa", EQFI_ENERGY, 1e-3 * HARTREE},
    {"rydberg", "Ry", EQFI_ENERGY, HARTREE / 2},
    {"kcal/mol", NULL, EQFI_ENERGY, 1e3 * CALORIE / PER_MOLE},
    {"kJ/mol", NULL, EQFI_ENERGY, 1e3 / PER_MOLE},
    {"angstrom", "A", EQFI_LENGTH, 1},
    {"bohr", NULL, EQFI_LENGTH, BOHR},
    {"nm", NULL, EQFI_LENGTH, 10},
    {"eV/angstrom^3", "eV/A^3", EQFI_STRESS, 1},
    {"GPa", NULL, EQFI_STRESS, GIGAPASCAL},
    {"kbar", NULL, EQFI_STRESS, 0.1 * GIGAPASCAL},
    {"1", NULL, EQFI_NO_UNIT, 1},
};

enum { UNITS = sizeof units / sizeof *units };

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c | 32) : c; }

/* In any case, but for a leading m, which is a thousandth while M would be a million. */
static bool is_called(const char *text, const char *name)
{
    if (name == NULL || (text[0] == 'M' && name[0] == 'm')) return false;
    for (; *text != '\0' && lower(*text) == lower(*name); text++) name++;
    return *text == '\0' && *name == '\0';
}

static const eqfi_unit *look_up(const char *name)
{
    for (int i = 0; i < UNITS; i++)
        if (is_called(name, units[i].name) || is_called(name, units[i].symbol)) return &units[i];
    return NULL;
}

static bool stands_for(eqfi_unit_kind kind, eqfi_unit_kind wanted)
{
    return kind == wanted || (kind == EQFI_NO_UNIT && wanted == EQFI_ENERGY);
}

eqf_status eqfi_unit_find(eqf_context *context, const char *name, eqfi_unit_kind kind, const eqfi_unit **unit)
{
    eqf_status status = EQF_OK;
    const eqfi_unit *found = look_up(name);
    char known[128] = "";
    for (int i = 0; i < UNITS; i++) {
        if (!stands_for(units[i].kind, kind)) continue;
        if (known[0] != '\0') strcat(known, ", ");
        strcat(known, units[i].name);
    }
    EQFI_CHECK(found != NULL && stands_for(found->kind, kind), EQF_ERROR_NOT_FOUND,
               "the unit is '%.40s', expected one of: %s", name, known);
    *unit = found;
fail:
    return status;
}

eqf_status eqf_unit_factor(eqf_context *context, const char *from, const char *to, double *factor)
{
    if (context == NULL) return EQF_ERROR_ARGUMENT;
    eqf_status status = EQF_OK;
    EQFI_CHECK(from != NULL && to != NULL && factor != NULL, EQF_ERROR_ARGUMENT, "from, to or factor is NULL");
    const eqfi_unit *source, *target = look_up(to), *given = look_up(from);
    eqfi_unit_kind kind = target != NULL ? target->kind : given != NULL ? given->kind : EQFI_ENERGY;
    EQFI_TRY(eqfi_unit_find(context, to, kind, &target));
    EQFI_TRY(eqfi_unit_find(context, from, kind, &source));
    EQFI_CHECK(source->kind == target->kind, EQF_ERROR_NOT_FOUND, "'%s' cannot be converted to '%s'", from, to);
    *factor = source == target ? 1 : source->value / target->value;
fail:
    return status;
}
