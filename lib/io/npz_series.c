/* Numbers that an npz has for each frame, besides its structures. SPDX-License-Identifier: MIT */
#include "io/npz.h"

#include <string.h>

#include "io/npy.h"

static bool is_array(const char *name)
{
    size_t length = strlen(name), end = strlen(EQFI_NPY_SUFFIX);
    return length > end && strcmp(name + length - end, EQFI_NPY_SUFFIX) == 0;
}

static bool is_series(const eqfi_npy_header *header, int64_t frames)
{
    return header->numeric && header->shape[0] == frames &&
           (header->ndim == 1 || (header->ndim == 2 && header->shape[1] == 1));
}

static eqf_status add(eqf_context *context, const char *member, eqfi_npy *array, int64_t frames,
                      eqfi_npz_series *series)
{
    eqf_status status = EQF_OK;
    EQFI_TRY(eqfi_grow(context, series->count + 1, sizeof *series->items, &series->capacity, (void **)&series->items));
    struct eqfi_npz_one_series *one = &series->items[series->count++];
    one->name = NULL;
    one->values = NULL;
    EQFI_TRY(eqfi_copy_text(context, member, &one->name));
    one->name[strlen(member) - strlen(EQFI_NPY_SUFFIX)] = '\0';
    EQFI_TRY(eqfi_new(context, (size_t)frames, sizeof *one->values, (void **)&one->values));
    EQFI_TRY(eqfi_npy_read(context, array, frames, one->values));
fail:
    return status;
}

/* Members may share bytes of the archive: all together may not have more than one. */
eqf_status eqfi_npz_series_read(eqf_context *context, const eqfi_zip *zip, int64_t frames, eqfi_npz_series *series)
{
    eqf_status status = EQF_OK;
    eqfi_npy *array = NULL;
    uint64_t left = eqfi_zip_most(zip), bytes = (uint64_t)frames * sizeof(double);
    for (int64_t i = 0; i < eqfi_zip_count(zip); i++) {
        const char *member = eqfi_zip_name(zip, i);
        if (!is_array(member)) continue;
        EQFI_TRY(eqfi_npy_open(context, zip, i, &array));
        if (is_series(eqfi_npy_header_of(array), frames)) {
            EQFI_CHECK(bytes <= left, EQF_ERROR_FORMAT,
                       "%s: the members up to '%.200s' have more numbers than fit the size of the archive",
                       eqfi_zip_path(zip), member);
            left -= bytes;
            EQFI_TRY(add(context, member, array, frames, series));
        }
        eqfi_npy_close(array);
        array = NULL;
    }
fail:
    eqfi_npy_close(array);
    return status;
}

void eqfi_npz_series_release(const eqf_allocator *allocator, eqfi_npz_series *series)
{
    for (size_t i = 0; i < series->count; i++) {
        eqfi_release(allocator, series->items[i].name);
        eqfi_release(allocator, series->items[i].values);
    }
    eqfi_release(allocator, series->items);
}

const double *eqfi_npz_series_find(const eqfi_npz_series *series, const char *name)
{
    for (size_t i = 0; i < series->count; i++)
        if (strcmp(series->items[i].name, name) == 0) return series->items[i].values;
    return NULL;
}
