/* Writing safetensors. SPDX-License-Identifier: MIT */
#include "io/safetensors.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "io/file.h"

enum { ALIGNMENT = 8 };

/* Wide elements first: without gaps this keeps every array aligned. Ties stay in the caller's order. */
static int by_width(const void *a, const void *b)
{
    const eqfi_array *const *x = a, *const *y = b;
    size_t p = eqfi_dtype_bytes((*x)->dtype), q = eqfi_dtype_bytes((*y)->dtype);
    if (p != q) return p > q ? -1 : 1;
    return (*x > *y) - (*x < *y);
}

static eqf_status make_text(eqf_context *context, const char *text, json_t **node)
{
    eqf_status status = EQF_OK;
    json_error_t error;
    json_t *made = json_pack_ex(&error, 0, "s", text);
    EQFI_CHECK(made != NULL || json_error_code(&error) != json_error_invalid_utf8, EQF_ERROR_ARGUMENT,
               "'%.200s' is not UTF-8", text);
    EQFI_CHECK(made != NULL, EQF_ERROR_MEMORY, "out of memory for the text '%.200s'", text);
    *node = made;
fail:
    return status;
}

/* Adds node, which may be NULL after a failure of jansson, to an object under a key that it has not yet. */
static eqf_status add_node(eqf_context *context, json_t *object, const char *what, const char *key, json_t *node)
{
    eqf_status status = EQF_OK;
    json_t *name;
    EQFI_CHECK(node != NULL, EQF_ERROR_MEMORY, "out of memory for %s '%.200s'", what, key);
    EQFI_TRY(make_text(context, key, &name));
    json_decref(name);
    EQFI_CHECK(json_object_get(object, key) == NULL, EQF_ERROR_ARGUMENT, "there are two %ss '%.200s'", what, key);
    int failed = json_object_set(object, key, node);
    EQFI_CHECK(!failed, EQF_ERROR_MEMORY, "out of memory for %s '%.200s'", what, key);
fail:
    json_decref(node);
    return status;
}

static eqf_status add_array(eqf_context *context, json_t *header, const eqfi_array *array, size_t *place)
{
    eqf_status status = EQF_OK;
    json_t *shape = NULL;
    EQFI_CHECK(strcmp(array->name, "__metadata__") != 0, EQF_ERROR_ARGUMENT, "a tensor cannot be called __metadata__");
    EQFI_CHECK(0 <= array->ndim && array->ndim <= EQFI_NDIM_MAX, EQF_ERROR_ARGUMENT,
               "tensor '%.200s' has %d dimensions, expected 0 to %d", array->name, array->ndim, EQFI_NDIM_MAX);
    shape = json_array();
    EQFI_CHECK(shape != NULL, EQF_ERROR_MEMORY, "out of memory for tensor '%.200s'", array->name);
    int64_t count = 1;
    for (int i = 0; i < array->ndim; i++) {
        int64_t extent = array->shape[i];
        EQFI_CHECK(extent >= 0 && (extent == 0 || count <= INT64_MAX / 8 / extent), EQF_ERROR_ARGUMENT,
                   "dimension %d of tensor '%.200s' is %lld", i, array->name, (long long)extent);
        count *= extent;
        EQFI_CHECK(json_array_append_new(shape, json_integer(extent)) == 0, EQF_ERROR_MEMORY,
                   "out of memory for tensor '%.200s'", array->name);
    }
    EQFI_CHECK(count == array->count, EQF_ERROR_ARGUMENT, "tensor '%.200s' has %lld elements, its shape says %lld",
               array->name, (long long)array->count, (long long)count);
    size_t end = *place + (size_t)count * eqfi_dtype_bytes(array->dtype);
    json_t *info = json_pack("{s:s, s:O, s:[I, I]}", "dtype", eqfi_dtype_text(array->dtype), "shape", shape,
                             "data_offsets", (json_int_t)*place, (json_int_t)end);
    EQFI_TRY(add_node(context, header, "tensor", array->name, info));
    *place = end;
fail:
    json_decref(shape);
    return status;
}

static eqf_status add_metadata(eqf_context *context, json_t *header, int n, const char *const *keys,
                               const char *const *values)
{
    eqf_status status = EQF_OK;
    json_t *metadata = json_object();
    EQFI_CHECK(metadata != NULL, EQF_ERROR_MEMORY, "out of memory for the metadata");
    for (int i = 0; i < n; i++) {
        json_t *text;
        EQFI_TRY(make_text(context, values[i], &text));
        EQFI_TRY(add_node(context, metadata, "metadata key", keys[i], text));
    }
    EQFI_CHECK(json_object_set(header, "__metadata__", metadata) == 0, EQF_ERROR_MEMORY,
               "out of memory for the metadata");
fail:
    json_decref(metadata);
    return status;
}

/* The prefix and the header as text, padded so that the data begin aligned. */
static eqf_status dump_header(eqf_context *context, json_t *header, char **text, size_t *length)
{
    eqf_status status = EQF_OK;
    size_t size = json_dumpb(header, NULL, 0, JSON_COMPACT);
    EQFI_CHECK(size > 0, EQF_ERROR_MEMORY, "out of memory for the header");
    size_t padded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    EQFI_CHECK(padded <= EQFI_HEADER_MAX, EQF_ERROR_ARGUMENT, "the header needs %zu bytes, expected %d at most", padded,
               EQFI_HEADER_MAX);
    char *made;
    EQFI_TRY(eqfi_new(context, 8 + padded, 1, (void **)&made));
    for (int i = 0; i < 8; i++) made[i] = (char)(padded >> 8 * i & 255);
    json_dumpb(header, made + 8, size, JSON_COMPACT);
    memset(made + 8 + size, ' ', padded - size);
    *text = made;
    *length = 8 + padded;
fail:
    return status;
}

eqf_status eqfi_safetensors_write(eqf_context *context, const char *path, int n, const eqfi_array *arrays,
                                  int n_metadata, const char *const *keys, const char *const *values)
{
    eqf_status status = EQF_OK;
    const eqfi_array **order = NULL;
    eqfi_piece *pieces = NULL;
    char *text = NULL;
    json_t *header = json_object();
    EQFI_CHECK(header != NULL, EQF_ERROR_MEMORY, "out of memory for the header");
    EQFI_TRY(eqfi_new(context, (size_t)n, sizeof *order, (void **)&order));
    EQFI_TRY(eqfi_new(context, (size_t)n + 1, sizeof *pieces, (void **)&pieces));
    for (int i = 0; i < n; i++) order[i] = &arrays[i];
    qsort(order, (size_t)n, sizeof *order, by_width);

    if (n_metadata > 0) EQFI_TRY(add_metadata(context, header, n_metadata, keys, values));
    size_t place = 0;
    for (int i = 0; i < n; i++) {
        size_t begin = place;
        EQFI_TRY(add_array(context, header, order[i], &place));
        pieces[i + 1] = (eqfi_piece){order[i]->data, place - begin};
    }
    EQFI_TRY(dump_header(context, header, &text, &pieces[0].length));
    pieces[0].bytes = text;
    EQFI_TRY(eqfi_file_replace(context, path, (size_t)n + 1, pieces));
fail:
    json_decref(header);
    eqfi_delete(context, order);
    eqfi_delete(context, pieces);
    eqfi_delete(context, text);
    return status;
}
