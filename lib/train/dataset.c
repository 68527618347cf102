/* Data sets: the public calls. SPDX-License-Identifier: MIT */
#include "train/dataset.h"

#include <string.h>

#include "base/struct.h"

static eqf_status create(eqf_context *context, eqfi_store *store, int64_t count, eqf_dataset **dataset)
{
    eqf_status status = EQF_OK;
    eqf_dataset *made;
    EQFI_TRY(eqfi_new(context, 1, sizeof *made, (void **)&made));
    made->allocator = *eqfi_allocator(context);
    atomic_init(&made->references, 1);
    made->store = eqfi_store_retain(store);
    made->count = count;
    *dataset = made;
fail:
    return status;
}

static int64_t entry_of(const eqf_dataset *dataset, int64_t i)
{
    return dataset->indices == NULL ? i : dataset->indices[i];
}

static unsigned common_labels(const eqf_dataset *dataset)
{
    unsigned labels = dataset->count > 0 ? ~0u : 0;
    for (int64_t i = 0; i < dataset->count; i++) labels &= dataset->store->entries[entry_of(dataset, i)].labels;
    return labels;
}

eqf_status eqfi_dataset_create(eqf_context *context, eqfi_store *store, eqf_dataset **dataset)
{
    eqf_status status = EQF_OK;
    eqf_dataset *made = NULL;
    EQFI_TRY(create(context, store, (int64_t)store->count, &made));
    made->labels = common_labels(made);
    *dataset = made;
fail:
    return status;
}

eqf_status eqf_dataset_select(eqf_context *context, const eqf_dataset *dataset, int64_t n, const int64_t *indices,
                              eqf_dataset **selection)
{
    if (context == NULL) return EQF_ERROR_ARGUMENT;
    eqf_status status = EQF_OK;
    eqf_dataset *made = NULL;
    EQFI_CHECK(dataset != NULL && selection != NULL && n >= 0 && (indices != NULL || n == 0), EQF_ERROR_ARGUMENT,
               "dataset, indices or selection is NULL, or n is below 0");
    EQFI_TRY(create(context, dataset->store, n, &made));
    EQFI_TRY(eqfi_new(context, (size_t)n, sizeof *made->indices, (void **)&made->indices));
    for (int64_t i = 0; i < n; i++) {
        EQFI_CHECK(indices[i] >= 0 && indices[i] < dataset->count, EQF_ERROR_RANGE,
                   "index %lld is %lld, expected 0 to %lld", (long long)i, (long long)indices[i],
                   (long long)dataset->count - 1);
        made->indices[i] = entry_of(dataset, indices[i]);
    }
    made->labels = common_labels(made);
    *selection = made;
    made = NULL;
fail:
    eqf_dataset_free(made);
    return status;
}

eqf_dataset *eqf_dataset_retain(const eqf_dataset *dataset)
{
    eqf_dataset *shared = (eqf_dataset *)(uintptr_t)dataset;
    atomic_fetch_add_explicit(&shared->references, 1, memory_order_relaxed);
    return shared;
}

void eqf_dataset_free(eqf_dataset *dataset)
{
    if (dataset == NULL || atomic_fetch_sub_explicit(&dataset->references, 1, memory_order_acq_rel) > 1) return;
    eqf_allocator allocator = dataset->allocator;
    eqfi_store_free(dataset->store);
    eqfi_release(&allocator, dataset->indices);
    eqfi_release(&allocator, dataset);
}

int64_t eqf_dataset_samples(const eqf_dataset *dataset) { return dataset->count; }

unsigned eqf_dataset_labels(const eqf_dataset *dataset) { return dataset->labels; }

const char *eqf_dataset_energy_unit(const eqf_dataset *dataset) { return dataset->store->energy_unit->name; }

const char *eqf_dataset_length_unit(const eqf_dataset *dataset) { return dataset->store->length_unit->name; }

eqf_status eqf_dataset_get(eqf_context *context, const eqf_dataset *dataset, int64_t i, eqf_sample *sample)
{
    if (context == NULL) return EQF_ERROR_ARGUMENT;
    eqf_status status = EQF_OK;
    const eqfi_record *record;
    EQFI_CHECK(dataset != NULL && sample != NULL, EQF_ERROR_ARGUMENT, "dataset or sample is NULL");
    EQFI_TRY(eqfi_struct_check(context, "eqf_sample", sample));
    EQFI_CHECK(i >= 0 && i < dataset->count, EQF_ERROR_RANGE, "the sample is %lld, expected 0 to %lld", (long long)i,
               (long long)dataset->count - 1);
    eqfi_store *store = dataset->store;
    int64_t at = entry_of(dataset, i);
    const eqfi_entry *entry = &store->entries[at];
    EQFI_TRY(eqfi_store_read(context, store, at, &record));
    const eqf_sample own = {.size = sizeof own,
                            .structure = &record->structure,
                            .relaxed = record->relaxed,
                            .source = store->sources[entry->source],
                            .frame = entry->frame};
    eqfi_struct_give(sample, sizeof own, &own);
fail:
    return status;
}
