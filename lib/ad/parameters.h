/* Parameter stores from inside.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_AD_PARAMETERS_H
#define EQFI_AD_PARAMETERS_H

#include <equiformer/parameters.h>

/* The elements of array i, in the precision of the store. */
void *eqfi_parameters_data(const eqf_parameters *parameters, int i);

/* Fails unless nobody else retains the store: what edits its arrays asks this first. */
eqf_status eqfi_parameters_check_owned(eqf_context *context, const eqf_parameters *parameters);

/* All elements of array i to or from `values` of a precision. Several threads may do so for arrays of their own. */
void eqfi_parameters_read(const eqf_parameters *parameters, int i, eqf_precision precision, void *values);
void eqfi_parameters_write(eqf_parameters *parameters, int i, eqf_precision precision, const void *values);

#endif
