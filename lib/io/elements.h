/* Chemical elements by slices of text. SPDX-License-Identifier: MIT */
#ifndef EQFI_IO_ELEMENTS_H
#define EQFI_IO_ELEMENTS_H

#include "io/lines.h"

enum { EQFI_ELEMENTS = 118 };

/* Atomic number of a symbol in any case, 0 if there is none. */
int eqfi_element_of(eqfi_slice text);

#endif
