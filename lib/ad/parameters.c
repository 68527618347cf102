/* Stores of named arrays.
 * SPDX-License-Identifier: MIT */
#include "ad/parameters.h"

#include <stdatomic.h>
#include <string.h>

#include "base/context.h"
#include "base/hash.h"

typedef struct entry {
    eqf_parameter_info info; /* its name is owned */
    char *name;
    void *data;
} entry;

struct eqf_parameters {
    eqf_allocator allocator;
    atomic_int references;
    eqf_precision precision;
    entry *entries;
    size_t n, capacity;
    int *buckets; /* entry by hash of its name, -1 where empty */
    size_t n_buckets;
};

static size_t real_size(const eqf_parameters *parameters) { return parameters->precision == EQF_FLOAT32 ? 4 : 8; }

eqf_status eqf_parameters_create(eqf_context *context, eqf_precision precision, eqf_parameters **parameters)
{
    eqf_parameters *made;
    if (precision != EQF_FLOAT32 && precision != EQF_FLOAT64)
        return eqfi_fail(context, EQF_ERROR_ARGUMENT, "precision %d, expected EQF_FLOAT32 or EQF_FLOAT64",
                         (int)precision);
    eqf_status status = eqfi_new(context, 1, sizeof *made, (void **)&made);
    if (status != EQF_OK) return status;
    made->allocator = *eqfi_allocator(context);
    atomic_init(&made->references, 1);
    made->precision = precision;
    *parameters = made;
    return EQF_OK;
}

eqf_parameters *eqf_parameters_retain(const eqf_parameters *parameters)
{
    eqf_parameters *shared = (eqf_parameters *)(uintptr_t)parameters;
    atomic_fetch_add_explicit(&shared->references, 1, memory_order_relaxed);
    return shared;
}

void eqf_parameters_free(eqf_parameters *parameters)
{
    if (parameters == NULL || atomic_fetch_sub_explicit(&parameters->references, 1, memory_order_acq_rel) > 1) return;
    eqf_allocator allocator = parameters->allocator;
    for (size_t i = 0; i < parameters->n; i++) {
        eqfi_release(&allocator, parameters->entries[i].name);
        eqfi_release_aligned(&allocator, parameters->entries[i].data);
    }
    eqfi_release(&allocator, parameters->entries);
    eqfi_release(&allocator, parameters->buckets);
    eqfi_release(&allocator, parameters);
}

/* --------------------------------------------------------------------------------------------------------- lookup -- */

/* The bucket of a name, or the empty one where it belongs. */
static size_t bucket_of(const eqf_parameters *parameters, const char *name)
{
    size_t slot = eqfi_hash_text(name) % parameters->n_buckets;
    while (parameters->buckets[slot] >= 0 && strcmp(parameters->entries[parameters->buckets[slot]].name, name) != 0)
        slot = (slot + 1) % parameters->n_buckets;
    return slot;
}

int eqf_parameters_find(const eqf_parameters *parameters, const char *name)
{
    return parameters->n_buckets == 0 ? -1 : parameters->buckets[bucket_of(parameters, name)];
}

static eqf_status grow_buckets(eqf_context *context, eqf_parameters *parameters)
{
    if (2 * (parameters->n + 1) <= parameters->n_buckets) return EQF_OK;
    size_t size = parameters->n_buckets == 0 ? 64 : 2 * parameters->n_buckets;
    int *fresh;
    eqf_status status = eqfi_new(context, size, sizeof *fresh, (void **)&fresh);
    if (status != EQF_OK) return status;
    memset(fresh, -1, size * sizeof *fresh);
    eqfi_delete(context, parameters->buckets);
    parameters->buckets = fresh;
    parameters->n_buckets = size;
    for (size_t i = 0; i < parameters->n; i++)
        parameters->buckets[bucket_of(parameters, parameters->entries[i].name)] = (int)i;
    return EQF_OK;
}

/* --------------------------------------------------------------------------------------------------------- editing -- */

eqf_status eqfi_parameters_check_owned(eqf_context *context, const eqf_parameters *parameters)
{
    if (atomic_load_explicit(&((eqf_parameters *)(uintptr_t)parameters)->references, memory_order_acquire) == 1)
        return EQF_OK;
    return eqfi_fail(context, EQF_ERROR_STATE, "the parameters are shared: edit a copy (eqf_parameters_copy)");
}

static eqf_status element_count(eqf_context *context, const eqf_parameter_info *info, int64_t *count)
{
    int64_t product = 1;
    if (info->ndim < 1 || info->ndim > EQF_PARAMETER_NDIM)
        return eqfi_fail(context, EQF_ERROR_SHAPE, "parameter %s has %d dimensions, expected 1 to %d", info->name,
                         info->ndim, EQF_PARAMETER_NDIM);
    for (int d = 0; d < info->ndim; d++) {
        if (info->shape[d] < 0 || (info->shape[d] > 0 && product > INT32_MAX / info->shape[d]))
            return eqfi_fail(context, EQF_ERROR_RANGE, "parameter %s: dimension %d is %lld", info->name, d,
                             (long long)info->shape[d]);
        product *= info->shape[d];
    }
    *count = product;
    return EQF_OK;
}

eqf_status eqf_parameters_add(eqf_context *context, eqf_parameters *parameters, const eqf_parameter_info *info)
{
    eqf_status status = EQF_OK;
    entry fresh = {.info = *info};
    EQFI_TRY(eqfi_parameters_check_owned(context, parameters));
    EQFI_TRY(element_count(context, info, &fresh.info.count));
    EQFI_CHECK(eqf_parameters_find(parameters, info->name) < 0, EQF_ERROR_ARGUMENT, "parameter %s is there already",
               info->name);
    EQFI_TRY(grow_buckets(context, parameters));
    EQFI_TRY(eqfi_grow(context, parameters->n + 1, sizeof *parameters->entries, &parameters->capacity,
                       (void **)&parameters->entries));
    EQFI_TRY(eqfi_copy_text(context, info->name, &fresh.name));
    size_t bytes = (size_t)fresh.info.count * real_size(parameters);
    EQFI_TRY(eqfi_new_aligned(context, bytes, &fresh.data));
    memset(fresh.data, 0, bytes);
    fresh.info.name = fresh.name;
    parameters->buckets[bucket_of(parameters, fresh.name)] = (int)parameters->n;
    parameters->entries[parameters->n++] = fresh;
    return EQF_OK;
fail:
    eqfi_delete(context, fresh.name);
    return status;
}

static eqf_status check_index(eqf_context *context, const eqf_parameters *parameters, int i)
{
    if (i >= 0 && (size_t)i < parameters->n) return EQF_OK;
    return eqfi_fail(context, EQF_ERROR_RANGE, "parameter %d, expected 0 to %d", i, (int)parameters->n - 1);
}

eqf_status eqf_parameters_set(eqf_context *context, eqf_parameters *parameters, int i, const double *values)
{
    eqf_status status = EQF_OK;
    EQFI_TRY(check_index(context, parameters, i));
    EQFI_TRY(eqfi_parameters_check_owned(context, parameters));
    eqfi_parameters_write(parameters, i, EQF_FLOAT64, values);
fail:
    return status;
}

/* --------------------------------------------------------------------------------------------------------- reading -- */

eqf_precision eqf_parameters_precision(const eqf_parameters *parameters) { return parameters->precision; }

int eqf_parameters_arrays(const eqf_parameters *parameters) { return (int)parameters->n; }

int64_t eqf_parameters_elements(const eqf_parameters *parameters)
{
    int64_t count = 0;
    for (size_t i = 0; i < parameters->n; i++)
        if (parameters->entries[i].info.flags & EQF_PARAMETER_TRAINABLE) count += parameters->entries[i].info.count;
    return count;
}

eqf_status eqf_parameters_info(eqf_context *context, const eqf_parameters *parameters, int i, eqf_parameter_info *info)
{
    eqf_status status = check_index(context, parameters, i);
    if (status == EQF_OK) *info = parameters->entries[i].info;
    return status;
}

eqf_status eqf_parameters_get(eqf_context *context, const eqf_parameters *parameters, int i, double *values)
{
    eqf_status status = check_index(context, parameters, i);
    if (status == EQF_OK) eqfi_parameters_read(parameters, i, EQF_FLOAT64, values);
    return status;
}

void *eqfi_parameters_data(const eqf_parameters *parameters, int i) { return parameters->entries[i].data; }

/* n numbers from one precision to another; all of them, unlike those of a program, which may lose the smallest. */
static void convert(int64_t n, eqf_precision from_precision, const void *from, eqf_precision to_precision, void *to)
{
    if (from_precision == to_precision)
        memcpy(to, from, (size_t)n * (from_precision == EQF_FLOAT32 ? sizeof(float) : sizeof(double)));
    else if (to_precision == EQF_FLOAT64)
        for (int64_t i = 0; i < n; i++) ((double *)to)[i] = (double)((const float *)from)[i];
    else
        for (int64_t i = 0; i < n; i++) ((float *)to)[i] = (float)((const double *)from)[i];
}

void eqfi_parameters_read(const eqf_parameters *parameters, int i, eqf_precision precision, void *values)
{
    const entry *e = &parameters->entries[i];
    convert(e->info.count, parameters->precision, e->data, precision, values);
}

void eqfi_parameters_write(eqf_parameters *parameters, int i, eqf_precision precision, const void *values)
{
    const entry *e = &parameters->entries[i];
    convert(e->info.count, precision, values, parameters->precision, e->data);
}

eqf_status eqf_parameters_copy(eqf_context *context, const eqf_parameters *parameters, eqf_precision precision,
                               eqf_parameters **copy)
{
    eqf_status status = EQF_OK;
    eqf_parameters *made = NULL;
    EQFI_TRY(eqf_parameters_create(context, precision, &made));
    for (int i = 0; i < (int)parameters->n; i++) {
        EQFI_TRY(eqf_parameters_add(context, made, &parameters->entries[i].info));
        eqfi_parameters_write(made, i, parameters->precision, parameters->entries[i].data);
    }
    *copy = made;
    return EQF_OK;
fail:
    eqf_parameters_free(made);
    return status;
}
