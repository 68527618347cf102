/* Units by name. SPDX-License-Identifier: MIT */
#ifndef EQFI_TRAIN_UNITS_H
#define EQFI_TRAIN_UNITS_H

#include "base/context.h"

typedef enum eqfi_unit_kind { EQFI_ENERGY, EQFI_LENGTH, EQFI_STRESS, EQFI_NO_UNIT } eqfi_unit_kind;

typedef struct eqfi_unit {
    const char *name; /* as configurations of models have it */
    const char *symbol;
    eqfi_unit_kind kind;
    double value; /* in eV, angstrom, eV/angstrom^3 */
} eqfi_unit;

/* The unit of this kind, or '1' instead of an energy, that has the name; EQF_ERROR_NOT_FOUND names those that there
 * are. */
eqf_status eqfi_unit_find(eqf_context *context, const char *name, eqfi_unit_kind kind, const eqfi_unit **unit);

#endif
