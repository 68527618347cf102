/* Parameter stores from inside.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_AD_PARAMETERS_H
#define EQFI_AD_PARAMETERS_H

#include <equiformer/parameters.h>

/* The elements of array i, in the precision of the store. */
const void *eqfi_parameters_data(const eqf_parameters *parameters, int i);

#endif
