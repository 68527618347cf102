/* Arrays of NumPy (npy) in zip archives (npz). Header: "\x93NUMPY", two bytes of version (1 to 3), the length of the text
 * in 2 bytes (4 from version 2), then a Python dict: descr, fortran_order, shape.
 * The format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html. SPDX-License-Identifier: MIT */
#ifndef EQFI_IO_NPY_H
#define EQFI_IO_NPY_H

#include "io/lines.h"
#include "io/safetensors.h"
#include "io/zip.h"

typedef struct eqfi_npy_header {
    bool numeric; /* false: texts, objects, records, complex numbers, dates */
    eqfi_dtype dtype;
    bool big;     /* bytes of an element from the highest */
    bool fortran; /* the first index runs fastest */
    int ndim;
    int64_t shape[EQFI_NDIM_MAX];
    int64_t count; /* product of the shape */
} eqfi_npy_header;

/* Reads the Python dict. place stands for file and member in messages. */
eqf_status eqfi_npy_parse(eqf_context *context, const char *place, eqfi_slice text, eqfi_npy_header *header);

/* An array of numbers that is read once, in order of its indices, the last running fastest. */
typedef struct eqfi_npy eqfi_npy;

/* Opens member i of an archive, which must have as many bytes as its header says. */
eqf_status eqfi_npy_open(eqf_context *context, const eqfi_zip *zip, int64_t i, eqfi_npy **array);
void eqfi_npy_close(eqfi_npy *array); /* NULL is fine */
const eqfi_npy_header *eqfi_npy_header_of(const eqfi_npy *array);

/* The next `count` elements of a numeric array, which must be there. */
eqf_status eqfi_npy_read(eqf_context *context, eqfi_npy *array, int64_t count, double *values);

/* Whether reading can go on from any element: those of a stored member are in our order. */
bool eqfi_npy_can_seek(const eqfi_npy *array);
eqf_status eqfi_npy_seek(eqf_context *context, eqfi_npy *array, int64_t element);

/* The header with which an npy file of this shape begins, to be freed with eqfi_delete. descr is "<f8", say. */
eqf_status eqfi_npy_make_header(eqf_context *context, const char *descr, int ndim, const int64_t *shape, char **bytes,
                                size_t *length);

#endif
