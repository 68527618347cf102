/* Reading safetensors. Layout: 8 bytes little-endian length of the header, the header (JSON, may end in blanks), data.
 * The format's rules: https://github.com/huggingface/safetensors#format. SPDX-License-Identifier: MIT */
#include "io/safetensors.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "io/file.h"

enum { PREFIX = 8 };

typedef struct metadata_entry {
    const char *key, *value;
} metadata_entry;

struct eqfi_safetensors {
    eqf_allocator allocator;
    char *path;
    void *owned; /* the file's bytes; NULL if the caller keeps them */
    const unsigned char *data;
    size_t data_bytes;
    char *text; /* names, keys and values; as long as the header, which holds each with its quotes */
    size_t text_used;
    int count;
    eqfi_array *arrays;         /* in the order of the data */
    const eqfi_array **by_name; /* the same, sorted */
    int n_metadata;
    metadata_entry *metadata;
};

static const char *keep_text(eqfi_safetensors *file, const char *text)
{
    size_t size = strlen(text) + 1;
    char *kept = file->text + file->text_used;
    memcpy(kept, text, size);
    file->text_used += size;
    return kept;
}

static eqf_status parse_shape(eqf_context *context, const char *path, json_t *shape, eqfi_array *array)
{
    eqf_status status = EQF_OK;
    EQFI_CHECK(json_is_array(shape), EQF_ERROR_FORMAT, "%s: tensor '%.200s' has no shape", path, array->name);
    size_t ndim = json_array_size(shape);
    EQFI_CHECK(ndim <= EQFI_NDIM_MAX, EQF_ERROR_FORMAT, "%s: tensor '%.200s' has %zu dimensions, expected %d at most",
               path, array->name, ndim, EQFI_NDIM_MAX);
    array->ndim = (int)ndim;
    array->count = 1;
    for (size_t i = 0; i < ndim; i++) {
        json_t *extent = json_array_get(shape, i);
        EQFI_CHECK(json_is_integer(extent) && json_integer_value(extent) >= 0, EQF_ERROR_FORMAT,
                   "%s: dimension %zu of tensor '%.200s' is not an integer of 0 or more", path, i, array->name);
        array->shape[i] = json_integer_value(extent);
        EQFI_CHECK(array->shape[i] == 0 || array->count <= INT64_MAX / 8 / array->shape[i], EQF_ERROR_FORMAT,
                   "%s: the shape of tensor '%.200s' is too large", path, array->name);
        array->count *= array->shape[i];
    }
fail:
    return status;
}

static eqf_status parse_dtype(eqf_context *context, const char *path, json_t *dtype, eqfi_array *array)
{
    const char *text = json_string_value(dtype);
    if (text == NULL)
        return eqfi_fail(context, EQF_ERROR_FORMAT, "%s: tensor '%.200s' has no dtype", path, array->name);
    for (int i = 0; i < EQFI_DTYPE_COUNT; i++) {
        if (strcmp(text, eqfi_dtype_text((eqfi_dtype)i)) != 0) continue;
        array->dtype = (eqfi_dtype)i;
        return EQF_OK;
    }
    return eqfi_fail(context, EQF_ERROR_FORMAT, "%s: tensor '%.200s' has the unknown dtype '%.40s'", path, array->name,
                     text);
}

static eqf_status parse_offsets(eqf_context *context, const eqfi_safetensors *file, json_t *offsets, eqfi_array *array)
{
    eqf_status status = EQF_OK;
    json_t *first = json_array_get(offsets, 0), *last = json_array_get(offsets, 1);
    EQFI_CHECK(json_array_size(offsets) == 2 && json_is_integer(first) && json_is_integer(last), EQF_ERROR_FORMAT,
               "%s: tensor '%.200s' has no data_offsets of two integers", file->path, array->name);
    int64_t begin = json_integer_value(first), end = json_integer_value(last);
    EQFI_CHECK(0 <= begin && begin <= end && (uint64_t)end <= file->data_bytes, EQF_ERROR_FORMAT,
               "%s: data_offsets [%lld, %lld] of tensor '%.200s' are not within the %zu bytes of data", file->path,
               (long long)begin, (long long)end, array->name, file->data_bytes);
    int64_t expected = array->count * (int64_t)eqfi_dtype_bytes(array->dtype);
    EQFI_CHECK(end - begin == expected, EQF_ERROR_FORMAT,
               "%s: tensor '%.200s' occupies %lld bytes, its shape and dtype %s need %lld", file->path, array->name,
               (long long)(end - begin), eqfi_dtype_text(array->dtype), (long long)expected);
    array->data = file->data + begin;
fail:
    return status;
}

static eqf_status parse_array(eqf_context *context, eqfi_safetensors *file, const char *name, json_t *info,
                              eqfi_array *array)
{
    eqf_status status = EQF_OK;
    array->name = keep_text(file, name);
    EQFI_CHECK(json_is_object(info), EQF_ERROR_FORMAT, "%s: tensor '%.200s' is not described by a JSON object",
               file->path, name);
    EQFI_TRY(parse_dtype(context, file->path, json_object_get(info, "dtype"), array));
    EQFI_TRY(parse_shape(context, file->path, json_object_get(info, "shape"), array));
    EQFI_TRY(parse_offsets(context, file, json_object_get(info, "data_offsets"), array));
fail:
    return status;
}

static eqf_status parse_metadata(eqf_context *context, eqfi_safetensors *file, json_t *metadata)
{
    eqf_status status = EQF_OK;
    EQFI_CHECK(json_is_object(metadata), EQF_ERROR_FORMAT, "%s: __metadata__ is not a JSON object", file->path);
    EQFI_TRY(eqfi_new(context, json_object_size(metadata), sizeof *file->metadata, (void **)&file->metadata));
    const char *key;
    json_t *value;
    json_object_foreach(metadata, key, value)
    {
        EQFI_CHECK(json_is_string(value), EQF_ERROR_FORMAT, "%s: metadata '%.200s' is not text", file->path, key);
        metadata_entry *entry = &file->metadata[file->n_metadata++];
        entry->key = keep_text(file, key);
        entry->value = keep_text(file, json_string_value(value));
    }
fail:
    return status;
}

static size_t array_bytes(const eqfi_array *array) { return (size_t)array->count * eqfi_dtype_bytes(array->dtype); }

/* Empty arrays before the one that begins at the same place. */
static int by_place(const void *a, const void *b)
{
    const eqfi_array *x = a, *y = b;
    const unsigned char *p = x->data, *q = y->data;
    if (p != q) return p < q ? -1 : 1;
    return (array_bytes(x) > array_bytes(y)) - (array_bytes(x) < array_bytes(y));
}

static int by_name(const void *a, const void *b)
{
    const eqfi_array *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

/* Every byte belongs to exactly one array. */
static eqf_status check_cover(eqf_context *context, const eqfi_safetensors *file)
{
    eqf_status status = EQF_OK;
    size_t place = 0;
    for (int i = 0; i < file->count; i++) {
        const eqfi_array *array = &file->arrays[i];
        size_t begin = (size_t)((const unsigned char *)array->data - file->data);
        EQFI_CHECK(begin >= place, EQF_ERROR_FORMAT, "%s: tensor '%.200s' overlaps tensor '%.200s'", file->path,
                   array->name, file->arrays[i - 1].name);
        EQFI_CHECK(begin == place, EQF_ERROR_FORMAT, "%s: %zu bytes before tensor '%.200s' belong to no tensor",
                   file->path, begin - place, array->name);
        place += array_bytes(array);
    }
    EQFI_CHECK(place == file->data_bytes, EQF_ERROR_FORMAT, "%s: the last %zu bytes belong to no tensor", file->path,
               file->data_bytes - place);
fail:
    return status;
}

static eqf_status parse_header(eqf_context *context, eqfi_safetensors *file, json_t *header)
{
    eqf_status status = EQF_OK;
    EQFI_CHECK(json_is_object(header), EQF_ERROR_FORMAT, "%s: the header is not a JSON object", file->path);
    size_t size = json_object_size(header);
    EQFI_TRY(eqfi_new(context, size, sizeof *file->arrays, (void **)&file->arrays));
    EQFI_TRY(eqfi_new(context, size, sizeof *file->by_name, (void **)&file->by_name));
    const char *name;
    json_t *info;
    json_object_foreach(header, name, info)
    {
        if (strcmp(name, "__metadata__") == 0)
            EQFI_TRY(parse_metadata(context, file, info));
        else
            EQFI_TRY(parse_array(context, file, name, info, &file->arrays[file->count++]));
    }
    qsort(file->arrays, (size_t)file->count, sizeof *file->arrays, by_place);
    for (int i = 0; i < file->count; i++) file->by_name[i] = &file->arrays[i];
    qsort(file->by_name, (size_t)file->count, sizeof *file->by_name, by_name);
    EQFI_TRY(check_cover(context, file));
fail:
    return status;
}

/* Finds header and data in the bytes. */
static eqf_status load_header(eqf_context *context, eqfi_safetensors *file, const unsigned char *bytes, size_t length,
                              json_t **header)
{
    eqf_status status = EQF_OK;
    EQFI_CHECK(length >= PREFIX, EQF_ERROR_FORMAT, "%s: %zu bytes are too few, expected a header length of %d bytes",
               file->path, length, PREFIX);
    uint64_t size = 0;
    for (int i = PREFIX - 1; i >= 0; i--) size = size << 8 | bytes[i];
    EQFI_CHECK(size <= EQFI_HEADER_MAX, EQF_ERROR_FORMAT, "%s: the header length is %llu bytes, expected %d at most",
               file->path, (unsigned long long)size, EQFI_HEADER_MAX);
    EQFI_CHECK(size <= length - PREFIX, EQF_ERROR_FORMAT,
               "%s: the header length is %llu bytes, but only %zu bytes follow", file->path, (unsigned long long)size,
               length - PREFIX);
    file->data = bytes + PREFIX + size;
    file->data_bytes = length - PREFIX - (size_t)size;
    EQFI_TRY(eqfi_new(context, (size_t)size, 1, (void **)&file->text));

    json_error_t error;
    json_t *loaded = json_loadb((const char *)bytes + PREFIX, (size_t)size, JSON_REJECT_DUPLICATES, &error);
    /* Jansson says nothing about some allocations that fail. */
    bool explained = loaded != NULL || (error.text[0] != '\0' && json_error_code(&error) != json_error_out_of_memory);
    EQFI_CHECK(explained, EQF_ERROR_MEMORY, "%s: out of memory for the header", file->path);
    EQFI_CHECK(loaded != NULL, EQF_ERROR_FORMAT, "%s: the header is not JSON: %s (line %d, column %d)", file->path,
               error.text, error.line, error.column);
    *header = loaded;
fail:
    return status;
}

eqf_status eqfi_safetensors_open_memory(eqf_context *context, const void *bytes, size_t length, const char *name,
                                        eqfi_safetensors **file)
{
    eqf_status status = EQF_OK;
    json_t *header = NULL;
    eqfi_safetensors *made = NULL;
    EQFI_TRY(eqfi_new(context, 1, sizeof *made, (void **)&made));
    made->allocator = *eqfi_allocator(context);
    EQFI_TRY(eqfi_copy_text(context, name, &made->path));
    EQFI_TRY(load_header(context, made, bytes, length, &header));
    EQFI_TRY(parse_header(context, made, header));
    *file = made;
    made = NULL;
fail:
    json_decref(header);
    eqfi_safetensors_close(made);
    return status;
}

eqf_status eqfi_safetensors_open(eqf_context *context, const char *path, eqfi_safetensors **file)
{
    eqf_status status = EQF_OK;
    void *bytes = NULL;
    size_t length;
    eqfi_safetensors *made;
    EQFI_TRY(eqfi_file_read(context, path, &bytes, &length));
    EQFI_TRY(eqfi_safetensors_open_memory(context, bytes, length, path, &made));
    made->owned = bytes;
    bytes = NULL;
    *file = made;
fail:
    eqfi_delete(context, bytes);
    return status;
}

void eqfi_safetensors_close(eqfi_safetensors *file)
{
    if (file == NULL) return;
    eqf_allocator allocator = file->allocator;
    eqfi_release(&allocator, file->path);
    eqfi_release(&allocator, file->owned);
    eqfi_release(&allocator, file->text);
    eqfi_release(&allocator, file->arrays);
    eqfi_release(&allocator, file->by_name);
    eqfi_release(&allocator, file->metadata);
    eqfi_release(&allocator, file);
}

const char *eqfi_safetensors_path(const eqfi_safetensors *file) { return file->path; }

int eqfi_safetensors_count(const eqfi_safetensors *file) { return file->count; }

const eqfi_array *eqfi_safetensors_at(const eqfi_safetensors *file, int i) { return &file->arrays[i]; }

const eqfi_array *eqfi_safetensors_find(const eqfi_safetensors *file, const char *name)
{
    eqfi_array wanted = {.name = name};
    const eqfi_array *key = &wanted;
    const eqfi_array **found = bsearch(&key, file->by_name, (size_t)file->count, sizeof *file->by_name, by_name);
    return found == NULL ? NULL : *found;
}

const char *eqfi_safetensors_metadata(const eqfi_safetensors *file, const char *key)
{
    for (int i = 0; i < file->n_metadata; i++)
        if (strcmp(file->metadata[i].key, key) == 0) return file->metadata[i].value;
    return NULL;
}
