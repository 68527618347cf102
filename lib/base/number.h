/* Numbers from and to text, the same in every locale and correctly rounded. SPDX-License-Identifier: MIT */
#ifndef EQFI_BASE_NUMBER_H
#define EQFI_BASE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* The whole of begin..end as a number: [+-]digits[.digits][e[+-]digits], e in any case or Fortran's d, or inf,
 * infinity, nan in any case. Rounds to nearest, ties to even; too large gives infinity, too small 0. False, and value
 * untouched, if it is anything else. */
bool eqfi_parse_double(const char *begin, const char *end, double *value);

/* The same for [+-]digits within int64_t. */
bool eqfi_parse_int64(const char *begin, const char *end, int64_t *value);

/* The fewest of 1..17 digits that read back as the same number. */
void eqfi_format_double(double value, char text[32]);

#endif
