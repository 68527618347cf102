/* Selections by files of indices. SPDX-License-Identifier: MIT */
#include <equiformer/dataset.h>

#include "base/number.h"
#include "io/lines.h"

typedef struct list {
    int64_t *items;
    size_t count, capacity;
} list;

/* One index, or nothing; '#' begins a comment. */
static eqf_status read_line(eqf_context *context, const eqfi_lines *lines, eqfi_slice line, int64_t size, list *indices)
{
    eqf_status status = EQF_OK;
    eqfi_slice rest = line, field, more;
    if (!eqfi_next_field(&rest, &field) || *field.begin == '#') return EQF_OK;
    int64_t index;
    char excerpt[EQFI_EXCERPT_SIZE];
    EQFI_CHECK_LINE(eqfi_parse_int64(field.begin, field.end, &index) &&
                        (!eqfi_next_field(&rest, &more) || *more.begin == '#'),
                    EQF_ERROR_PARSE, "the line is '%s', expected one index", eqfi_excerpt(line, excerpt));
    EQFI_CHECK_LINE(index >= 0 && index < size, EQF_ERROR_RANGE, "the index is %lld, expected 0 to %lld",
                    (long long)index, (long long)size - 1);
    EQFI_TRY(
        eqfi_grow(context, indices->count + 1, sizeof *indices->items, &indices->capacity, (void **)&indices->items));
    indices->items[indices->count++] = index;
fail:
    return status;
}

eqf_status eqf_dataset_select_file(eqf_context *context, const eqf_dataset *dataset, const char *path,
                                   eqf_dataset **selection)
{
    if (context == NULL) return EQF_ERROR_ARGUMENT;
    eqf_status status = EQF_OK;
    eqfi_lines lines = {.descriptor = -1};
    list indices = {NULL, 0, 0};
    EQFI_CHECK(dataset != NULL && path != NULL && selection != NULL, EQF_ERROR_ARGUMENT,
               "dataset, path or selection is NULL");
    EQFI_TRY(eqfi_lines_open(context, path, &lines));
    for (eqfi_slice line; (status = eqfi_lines_next(context, &lines, &line)) == EQF_OK;)
        EQFI_TRY(read_line(context, &lines, line, eqf_dataset_samples(dataset), &indices));
    if (status != EQF_END) goto fail;
    EQFI_TRY(eqf_dataset_select(context, dataset, (int64_t)indices.count, indices.items, selection));
fail:
    eqfi_lines_close(&lines);
    eqfi_delete(context, indices.items);
    return status;
}
