/* Parts of reading npz, and what writing has to know of it. SPDX-License-Identifier: MIT */
#ifndef EQFI_IO_NPZ_H
#define EQFI_IO_NPZ_H

#include "io/zip.h"

#define EQFI_NPY_SUFFIX ".npy"

/* Whether an array of this name is read as a part of structures. */
bool eqfi_npz_has_role(const char *name);

/* Arrays of one number for each frame, [frames] or [frames][1], under their names. */
typedef struct eqfi_npz_series {
    size_t count, capacity;
    struct eqfi_npz_one_series {
        char *name;
        double *values;
    } * items;
} eqfi_npz_series;

/* Adds all such arrays of an archive; also after a failure what is there is to be released. */
eqf_status eqfi_npz_series_read(eqf_context *context, const eqfi_zip *zip, int64_t frames, eqfi_npz_series *series);
void eqfi_npz_series_release(const eqf_allocator *allocator, eqfi_npz_series *series);
const double *eqfi_npz_series_find(const eqfi_npz_series *series, const char *name); /* NULL if there is none */

#endif
