/* Samples in memory, and places where others are read again. SPDX-License-Identifier: MIT */
#include "train/dataset.h"

#include <limits.h>
#include <string.h>

#include "base/struct.h"

enum { DEFAULT_MEMORY = 1 << 30 };

#define FORCE_MAX 1e4    /* eV/angstrom */
#define DISTANCE_MIN 0.1 /* angstrom */

static eqf_status copy_keys(eqf_context *context, const eqf_dataset_options *options, eqfi_store *store)
{
    eqf_status status = EQF_OK;
    const char *const given[3] = {options->energy_key, options->forces_key, options->stress_key};
    store->limits.labels = options->labels;
    for (int i = 0; i < 3; i++) {
        if (given[i] == NULL) continue;
        EQFI_TRY(eqfi_copy_text(context, given[i], &store->keys[i]));
        store->limits.keys[i] = store->keys[i];
        store->limits.labels |= 1u << i;
    }
fail:
    return status;
}

static eqf_status find_unit(eqf_context *context, const char *option, const char *name, eqfi_unit_kind kind,
                            const eqfi_unit **unit)
{
    eqf_status status = eqfi_unit_find(context, name, kind, unit);
    return status == EQF_OK ? EQF_OK : eqfi_fail(context, status, "%s: %s", option, eqf_context_message(context));
}

static const char *or_usual(const char *name, const char *usual) { return name != NULL ? name : usual; }

static eqf_status choose_units(eqf_context *context, const eqf_dataset_options *options, eqfi_store *store)
{
    eqf_status status = EQF_OK;
    const eqfi_unit *energy, *length, *stress = NULL, *to_energy, *to_length;
    const char *name = or_usual(options->energy_unit, "eV");
    EQFI_TRY(find_unit(context, "energy_unit", name, EQFI_ENERGY, &energy));
    name = or_usual(options->to_energy_unit, energy->kind == EQFI_ENERGY ? "eV" : "1");
    EQFI_TRY(find_unit(context, "to_energy_unit", name, EQFI_ENERGY, &to_energy));
    name = or_usual(options->length_unit, "angstrom");
    EQFI_TRY(find_unit(context, "length_unit", name, EQFI_LENGTH, &length));
    name = or_usual(options->to_length_unit, "angstrom");
    EQFI_TRY(find_unit(context, "to_length_unit", name, EQFI_LENGTH, &to_length));
    EQFI_CHECK(energy->kind == to_energy->kind, EQF_ERROR_ARGUMENT,
               "energy_unit is '%s' and to_energy_unit '%s', expected units that can be converted", energy->name,
               to_energy->name);
    double unit_stress = energy->value / (length->value * length->value * length->value);
    if (options->stress_unit != NULL) {
        EQFI_TRY(find_unit(context, "stress_unit", options->stress_unit, EQFI_STRESS, &stress));
        EQFI_CHECK(energy->kind == EQFI_ENERGY, EQF_ERROR_ARGUMENT,
                   "stress_unit is '%s' and energy_unit '1', expected a unit of energy", options->stress_unit);
        unit_stress = stress->value;
    }
    eqfi_scales *scales = &store->scales;
    scales->energy = energy == to_energy ? 1 : energy->value / to_energy->value;
    scales->length = length == to_length ? 1 : length->value / to_length->value;
    scales->force = scales->energy / scales->length;
    scales->stress = unit_stress / to_energy->value * (to_length->value * to_length->value * to_length->value);
    if (stress == NULL && scales->energy == 1 && scales->length == 1) scales->stress = 1;
    store->energy_unit = to_energy;
    store->length_unit = to_length;
fail:
    return status;
}

static eqf_status choose_limits(eqf_context *context, const eqf_dataset_options *options, eqfi_store *store)
{
    eqf_status status = EQF_OK;
    eqfi_limits *limits = &store->limits;
    double length = store->length_unit->value, energy = store->energy_unit->value;
    EQFI_CHECK(options->force_max >= 0, EQF_ERROR_ARGUMENT, "force_max is %g, expected 0 or more", options->force_max);
    EQFI_CHECK(options->distance_min == options->distance_min, EQF_ERROR_ARGUMENT,
               "distance_min is nan, expected a number");
    EQFI_CHECK(options->labels < 2 * EQF_LABEL_RELAXED, EQF_ERROR_ARGUMENT,
               "labels is %u, expected a combination of eqf_label", options->labels);
    limits->force_max = options->force_max > 0 ? options->force_max : FORCE_MAX / energy * length;
    limits->distance_min = options->distance_min != 0 ? options->distance_min : DISTANCE_MIN / length;
    limits->energy_unit = store->energy_unit->name;
    limits->length_unit = store->length_unit->name;
fail:
    return status;
}

eqf_status eqfi_store_create(eqf_context *context, const eqf_dataset_options *options, eqfi_store **store)
{
    eqf_status status = EQF_OK;
    eqfi_store *made = NULL;
    eqf_dataset_options own = EQF_DATASET_OPTIONS_INIT;
    EQFI_TAKE(eqf_dataset_options, options, own);
    EQFI_TRY(eqfi_new(context, 1, sizeof *made, (void **)&made));
    made->allocator = *eqfi_allocator(context);
    atomic_init(&made->references, 1);
    made->relaxations = options->relaxations != 0;
    made->memory = options->memory > 0 ? options->memory : DEFAULT_MEMORY;
    made->open = -1;
    EQFI_TRY(copy_keys(context, options, made));
    EQFI_TRY(choose_units(context, options, made));
    EQFI_TRY(choose_limits(context, options, made));
    *store = made;
    made = NULL;
fail:
    eqfi_store_free(made);
    return status;
}

eqfi_store *eqfi_store_retain(eqfi_store *store)
{
    atomic_fetch_add_explicit(&store->references, 1, memory_order_relaxed);
    return store;
}

void eqfi_store_free(eqfi_store *store)
{
    if (store == NULL || atomic_fetch_sub_explicit(&store->references, 1, memory_order_acq_rel) > 1) return;
    eqf_allocator allocator = store->allocator;
    eqf_frames_close(store->frames);
    for (size_t i = 0; i < store->count; i++) eqfi_release(&allocator, store->entries[i].record);
    for (size_t i = 0; i < store->sources_count; i++) eqfi_release(&allocator, store->sources[i]);
    for (int i = 0; i < 3; i++) eqfi_release(&allocator, store->keys[i]);
    eqfi_release(&allocator, store->entries);
    eqfi_release(&allocator, store->sources);
    eqfi_release(&allocator, store->scratch.record);
    eqfi_release(&allocator, store->ending.record);
    eqfi_release(&allocator, store);
}

eqf_status eqfi_store_add_source(eqf_context *context, eqfi_store *store, const char *name)
{
    eqf_status status = EQF_OK;
    EQFI_CHECK(store->sources_count < INT32_MAX, EQF_ERROR_RANGE, "more than %d files", INT32_MAX - 1);
    EQFI_TRY(eqfi_grow(context, store->sources_count + 1, sizeof *store->sources, &store->sources_capacity,
                       (void **)&store->sources));
    EQFI_TRY(eqfi_copy_text(context, name, &store->sources[store->sources_count]));
    store->sources_count++;
fail:
    return status;
}

eqf_status eqfi_store_add(eqf_context *context, eqfi_store *store, eqfi_entry entry, bool again)
{
    eqf_status status = EQF_OK;
    const eqfi_record *record = store->scratch.record;
    EQFI_TRY(eqfi_grow(context, store->count + 1, sizeof *store->entries, &store->capacity, (void **)&store->entries));
    entry.source = (int32_t)store->sources_count - 1;
    entry.labels = eqfi_record_labels(record);
    entry.record = NULL;
    if (!again || record->bytes <= store->memory - store->used) {
        EQFI_TRY(eqfi_record_copy(context, record, &entry.record));
        store->used += again ? record->bytes : 0;
    } else {
        entry.digest = eqfi_record_digest(record);
    }
    store->entries[store->count++] = entry;
fail:
    return status;
}

/* ------------------------------------------------------------------------------------------------- reading again -- */

eqf_status eqfi_store_open(eqf_context *context, const eqfi_store *store, int32_t source, eqf_frames **frames)
{
    eqf_frames_options options = EQF_FRAMES_OPTIONS_INIT;
    options.energy_key = store->keys[0];
    options.forces_key = store->keys[1];
    options.stress_key = store->keys[2];
    return eqf_frames_open(context, store->sources[source], &options, frames);
}

static eqf_status read_frame(eqf_context *context, eqfi_store *store, eqfi_frames_place place, eqf_structure *frame)
{
    eqf_status status = EQF_OK;
    EQFI_TRY(eqfi_frames_seek(context, store->frames, place));
    EQFI_TRY(eqf_frames_next(context, store->frames, frame));
fail:
    return status;
}

static eqf_status read_entry(eqf_context *context, eqfi_store *store, const eqfi_entry *entry)
{
    eqf_status status = EQF_OK;
    eqf_structure frame = EQF_STRUCTURE_INIT;
    if (store->open != entry->source) {
        eqf_frames_close(store->frames);
        store->frames = NULL;
        store->open = -1;
        EQFI_TRY(eqfi_store_open(context, store, entry->source, &store->frames));
        store->open = entry->source;
    }
    if (store->relaxations) {
        EQFI_TRY(read_frame(context, store, entry->last, &frame));
        EQFI_TRY(eqfi_record_fill(context, &store->ending, &frame, NULL, &eqfi_no_scales));
    }
    EQFI_TRY(read_frame(context, store, entry->first, &frame));
    EQFI_TRY(eqfi_store_fill(context, store, &frame));
fail:
    return status;
}

eqf_status eqfi_store_fill(eqf_context *context, eqfi_store *store, const eqf_structure *frame)
{
    if (!store->relaxations) return eqfi_record_fill(context, &store->scratch, frame, NULL, &store->scales);
    const eqf_structure *ending = &store->ending.record->structure;
    eqf_structure joined = *frame;
    joined.has_energy = ending->has_energy;
    joined.energy = ending->energy;
    joined.forces = NULL;
    joined.has_stress = 0;
    return eqfi_record_fill(context, &store->scratch, &joined, ending->positions, &store->scales);
}

eqf_status eqfi_store_read(eqf_context *context, eqfi_store *store, int64_t i, const eqfi_record **record)
{
    eqf_status status = EQF_OK;
    const eqfi_entry *entry = &store->entries[i];
    if (entry->record == NULL) {
        status = read_entry(context, store, entry);
        EQFI_CHECK(status != EQF_END &&
                       (status != EQF_OK || eqfi_record_digest(store->scratch.record) == entry->digest),
                   EQF_ERROR_FORMAT, "%s: frame %lld is not what it was when the data set was opened",
                   store->sources[entry->source], (long long)entry->frame);
        if (status != EQF_OK) goto fail;
    }
    *record = entry->record != NULL ? entry->record : store->scratch.record;
fail:
    return status;
}
