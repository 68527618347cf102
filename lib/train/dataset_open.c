/* Making data sets from files and from structures of the host. SPDX-License-Identifier: MIT */
#include "train/dataset.h"

#include <string.h>

#include "base/struct.h"
#include "io/directory.h"

static eqf_status add(eqf_context *context, eqfi_store *store, eqf_neighbors *neighbors, eqfi_entry entry, bool again)
{
    eqf_status status = EQF_OK;
    const char *source = store->sources[store->sources_count - 1];
    EQFI_TRY(eqfi_record_check(context, store->scratch.record, &store->limits, neighbors, source, entry.frame));
    EQFI_TRY(eqfi_store_add(context, store, entry, again));
fail:
    return status;
}

static eqf_status add_frames(eqf_context *context, eqfi_store *store, eqf_neighbors *neighbors, eqf_frames *frames)
{
    eqf_status status = EQF_OK;
    eqf_structure frame = EQF_STRUCTURE_INIT;
    eqfi_entry entry = {.frame = 0};
    for (;; entry.frame++) {
        bool again = eqfi_frames_tell(frames, &entry.first);
        status = eqf_frames_next(context, frames, &frame);
        if (status == EQF_END) return EQF_OK;
        if (status != EQF_OK) goto fail;
        EQFI_TRY(eqfi_store_fill(context, store, &frame));
        EQFI_TRY(add(context, store, neighbors, entry, again));
    }
fail:
    return status;
}

static bool same_atoms(const eqf_structure *a, const eqf_structure *b)
{
    return a->natoms == b->natoms &&
           (a->natoms == 0 || memcmp(a->atomic_numbers, b->atomic_numbers, (size_t)a->natoms * sizeof(int)) == 0);
}

static eqf_status add_relaxation(eqf_context *context, eqfi_store *store, eqf_neighbors *neighbors, eqf_frames *frames)
{
    eqf_status status = EQF_OK;
    const char *source = store->sources[store->sources_count - 1];
    eqf_structure frame = EQF_STRUCTURE_INIT;
    eqfi_scratch beginning = {NULL, 0};
    eqfi_entry entry = {.frame = 0};
    eqfi_frames_place place = {0, 0};
    bool again = true;
    for (int64_t i = 0;; i++) {
        again = eqfi_frames_tell(frames, &place) && again;
        status = eqf_frames_next(context, frames, &frame);
        if (status == EQF_END) break;
        if (status != EQF_OK) goto fail;
        if (i == 0) {
            EQFI_TRY(eqfi_record_fill(context, &beginning, &frame, NULL, &eqfi_no_scales));
            entry.first = place;
        }
        EQFI_CHECK(same_atoms(&beginning.record->structure, &frame), EQF_ERROR_ARGUMENT,
                   "%s: frame %lld: its atoms are not those of frame 0, expected one relaxation", source, (long long)i);
        EQFI_TRY(eqfi_record_fill(context, &store->ending, &frame, NULL, &eqfi_no_scales));
        entry.last = place;
    }
    EQFI_CHECK(beginning.record != NULL, EQF_ERROR_ARGUMENT, "%s: it has no frames, expected a relaxation", source);
    EQFI_TRY(eqfi_store_fill(context, store, &beginning.record->structure));
    EQFI_TRY(add(context, store, neighbors, entry, again));
fail:
    eqfi_delete(context, beginning.record);
    return status;
}

static eqf_status add_file(eqf_context *context, eqfi_store *store, eqf_neighbors *neighbors, const char *path)
{
    eqf_status status = EQF_OK;
    eqf_frames *frames = NULL;
    EQFI_TRY(eqfi_store_add_source(context, store, path));
    EQFI_TRY(eqfi_store_open(context, store, (int32_t)store->sources_count - 1, &frames));
    EQFI_TRY((store->relaxations ? add_relaxation : add_frames)(context, store, neighbors, frames));
fail:
    eqf_frames_close(frames);
    return status;
}

/* A file, or those of a directory that look as if they had structures. */
static eqf_status add_path(eqf_context *context, eqfi_store *store, eqf_neighbors *neighbors, const char *path)
{
    static const char *const suffixes[] = {".xyz", ".extxyz", ".npz"};
    if (!eqfi_is_directory(path)) return add_file(context, store, neighbors, path);
    eqf_status status = EQF_OK;
    eqfi_directory directory = {.count = 0};
    EQFI_TRY(eqfi_directory_list(context, path, 3, suffixes, &directory));
    EQFI_CHECK(directory.count > 0, EQF_ERROR_NOT_FOUND, "%s: it has no file that ends in .xyz, .extxyz or .npz", path);
    for (size_t i = 0; i < directory.count; i++) EQFI_TRY(add_file(context, store, neighbors, directory.paths[i]));
fail:
    eqfi_directory_release(&directory);
    return status;
}

eqf_status eqf_dataset_open(eqf_context *context, int n, const char *const *paths, const eqf_dataset_options *options,
                            eqf_dataset **dataset)
{
    if (context == NULL) return EQF_ERROR_ARGUMENT;
    eqf_status status = EQF_OK;
    eqfi_store *store = NULL;
    eqf_neighbors *neighbors = NULL;
    EQFI_CHECK(dataset != NULL && n >= 0 && (paths != NULL || n == 0), EQF_ERROR_ARGUMENT,
               "paths or dataset is NULL, or n is below 0");
    EQFI_TRY(eqfi_store_create(context, options, &store));
    EQFI_TRY(eqf_neighbors_create(context, &neighbors));
    for (int i = 0; i < n; i++) {
        EQFI_CHECK(paths[i] != NULL, EQF_ERROR_ARGUMENT, "path %d is NULL", i);
        EQFI_TRY(add_path(context, store, neighbors, paths[i]));
    }
    EQFI_TRY(eqfi_dataset_create(context, store, dataset));
fail:
    eqf_neighbors_free(neighbors);
    eqfi_store_free(store);
    return status;
}

eqf_status eqf_dataset_create(eqf_context *context, int64_t n, const eqf_structure *structures,
                              const eqf_dataset_options *options, eqf_dataset **dataset)
{
    if (context == NULL) return EQF_ERROR_ARGUMENT;
    eqf_status status = EQF_OK;
    eqfi_store *store = NULL;
    eqf_neighbors *neighbors = NULL;
    EQFI_CHECK(dataset != NULL && n >= 0 && (structures != NULL || n == 0), EQF_ERROR_ARGUMENT,
               "structures or dataset is NULL, or n is below 0");
    EQFI_TRY(eqfi_store_create(context, options, &store));
    store->relaxations = false;
    EQFI_TRY(eqf_neighbors_create(context, &neighbors));
    EQFI_TRY(eqfi_store_add_source(context, store, "structures"));
    for (int64_t i = 0; i < n; i++) {
        const void *given = (const char *)structures + (size_t)i * structures->size;
        eqf_structure s = EQF_STRUCTURE_INIT;
        EQFI_CHECK(((const eqf_structure *)given)->size == structures->size, EQF_ERROR_ARGUMENT,
                   "structure %lld has size %zu, expected that of the first, %zu", (long long)i,
                   ((const eqf_structure *)given)->size, structures->size);
        EQFI_TRY(eqfi_struct_take(context, "eqf_structure", given, sizeof s, &s));
        EQFI_CHECK(s.natoms >= 0, EQF_ERROR_ARGUMENT, "structure %lld has %lld atoms, expected 0 or more", (long long)i,
                   (long long)s.natoms);
        EQFI_CHECK(s.natoms == 0 || (s.atomic_numbers != NULL && s.positions != NULL), EQF_ERROR_ARGUMENT,
                   "structure %lld has no atomic numbers or no positions", (long long)i);
        EQFI_TRY(eqfi_store_fill(context, store, &s));
        EQFI_TRY(add(context, store, neighbors, (eqfi_entry){.frame = i}, false));
    }
    EQFI_TRY(eqfi_dataset_create(context, store, dataset));
fail:
    eqf_neighbors_free(neighbors);
    eqfi_store_free(store);
    return status;
}
