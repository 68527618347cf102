/* Safetensors files: a JSON header with names, shapes and offsets, then the arrays.
 *
 * Reading trusts nothing: header length, offsets and shapes are checked against the size of the file, duplicate names
 * and overlaps are refused, and dtypes and shapes must agree with the bytes that they claim.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_IO_SAFETENSORS_H
#define EQFI_IO_SAFETENSORS_H

#include "base/context.h"

/* X(NAME, text, bytes) */
#define EQFI_DTYPE_LIST(X)                                                                                             \
    X(F64, "F64", 8)                                                                                                   \
    X(F32, "F32", 4)                                                                                                   \
    X(F16, "F16", 2)                                                                                                   \
    X(BF16, "BF16", 2)                                                                                                 \
    X(I64, "I64", 8)                                                                                                   \
    X(I32, "I32", 4)                                                                                                   \
    X(I16, "I16", 2)                                                                                                   \
    X(I8, "I8", 1)                                                                                                     \
    X(U64, "U64", 8)                                                                                                   \
    X(U32, "U32", 4)                                                                                                   \
    X(U16, "U16", 2)                                                                                                   \
    X(U8, "U8", 1)                                                                                                     \
    X(BOOL, "BOOL", 1)

typedef enum eqfi_dtype {
#define EQFI_DTYPE_ENUM(name, text, bytes) EQFI_DTYPE_##name,
    EQFI_DTYPE_LIST(EQFI_DTYPE_ENUM)
#undef EQFI_DTYPE_ENUM
        EQFI_DTYPE_COUNT
} eqfi_dtype;

const char *eqfi_dtype_text(eqfi_dtype dtype);
size_t eqfi_dtype_bytes(eqfi_dtype dtype);

enum { EQFI_NDIM_MAX = 8, EQFI_HEADER_MAX = 100000000 };

typedef struct eqfi_array {
    const char *name;
    eqfi_dtype dtype;
    int ndim;
    int64_t shape[EQFI_NDIM_MAX];
    int64_t count;    /* product of the shape */
    const void *data; /* little endian, not necessarily aligned */
} eqfi_array;

typedef struct eqfi_safetensors eqfi_safetensors;

/* Reads a whole file. The arrays are borrowed from it. */
eqf_status eqfi_safetensors_open(eqf_context *context, const char *path, eqfi_safetensors **file);

/* The same on bytes that the caller keeps; name stands for the path in messages. */
eqf_status eqfi_safetensors_open_memory(eqf_context *context, const void *bytes, size_t length, const char *name,
                                        eqfi_safetensors **file);
void eqfi_safetensors_close(eqfi_safetensors *file); /* NULL is fine */

const char *eqfi_safetensors_path(const eqfi_safetensors *file);
int eqfi_safetensors_count(const eqfi_safetensors *file);
const eqfi_array *eqfi_safetensors_at(const eqfi_safetensors *file, int i);              /* in the order of the data */
const eqfi_array *eqfi_safetensors_find(const eqfi_safetensors *file, const char *name); /* NULL if there is none */
const char *eqfi_safetensors_metadata(const eqfi_safetensors *file, const char *key);    /* NULL if there is none */

/* Elements first..first+count-1 as double; any dtype (BOOL gives 0 and 1). */
void eqfi_array_to_double(const eqfi_array *array, int64_t first, int64_t count, double *values);

/* "[950,21,3]" */
enum { EQFI_SHAPE_TEXT = 24 * EQFI_NDIM_MAX };
const char *eqfi_shape_text(int ndim, const int64_t *shape, char text[EQFI_SHAPE_TEXT]);

/* Writes a file: beside the old one first, then fsync and rename, so that a crash leaves the old or the new one. keys and
 * values are n_metadata pairs. The data are sorted by width of the elements, so that every array is aligned. */
eqf_status eqfi_safetensors_write(eqf_context *context, const char *path, int n, const eqfi_array *arrays,
                                  int n_metadata, const char *const *keys, const char *const *values);

#endif
