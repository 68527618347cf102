/* A structure with its labels in one block of memory. SPDX-License-Identifier: MIT */
#include "train/dataset.h"

#include <string.h>

#include "base/hash.h"

/* Where the parts of a block begin; arrays of doubles before those of int. */
typedef struct layout {
    size_t positions, forces, relaxed, numbers, tags, bytes;
} layout;

static eqf_status lay_out(eqf_context *context, const eqf_structure *frame, bool relaxed, layout *result)
{
    eqf_status status = EQF_OK;
    size_t n = (size_t)frame->natoms, row = 3 * sizeof(double), all;
    EQFI_TRY(eqfi_bytes(context, n + sizeof(eqfi_record), 3 * row + 2 * sizeof(int), 1, &all));
    layout made = {.positions = sizeof(eqfi_record)};
    made.forces = made.positions + n * row;
    made.relaxed = made.forces + (frame->forces != NULL ? n * row : 0);
    made.numbers = made.relaxed + (relaxed ? n * row : 0);
    made.tags = made.numbers + n * sizeof(int);
    made.bytes = made.tags + (frame->tags != NULL ? n * sizeof(int) : 0);
    *result = made;
fail:
    return status;
}

/* Points the record at the parts of its own block. */
static void point(eqfi_record *record, const layout *at, bool forces, bool relaxed, bool tags)
{
    char *block = (char *)record;
    record->structure.positions = (double *)(void *)(block + at->positions);
    record->structure.forces = forces ? (double *)(void *)(block + at->forces) : NULL;
    record->relaxed = relaxed ? (double *)(void *)(block + at->relaxed) : NULL;
    record->structure.atomic_numbers = (int *)(void *)(block + at->numbers);
    record->structure.tags = tags ? (int *)(void *)(block + at->tags) : NULL;
    record->bytes = at->bytes;
}

static void scale(size_t n, const double *from, double factor, double *to)
{
    for (size_t i = 0; i < n; i++) to[i] = factor * from[i];
}

eqf_status eqfi_record_fill(eqf_context *context, eqfi_scratch *scratch, const eqf_structure *frame,
                            const double *relaxed, const eqfi_scales *scales)
{
    eqf_status status = EQF_OK;
    layout at;
    EQFI_TRY(lay_out(context, frame, relaxed != NULL, &at));
    EQFI_TRY(eqfi_grow(context, at.bytes, 1, &scratch->capacity, (void **)&scratch->record));
    eqfi_record *record = scratch->record;
    char *block = (char *)record;
    size_t n = (size_t)frame->natoms;
    record->structure = *frame;
    record->structure.size = sizeof record->structure;
    point(record, &at, frame->forces != NULL, relaxed != NULL, frame->tags != NULL);
    scale(3 * n, frame->positions, scales->length, (double *)(void *)(block + at.positions));
    if (frame->forces != NULL) scale(3 * n, frame->forces, scales->force, (double *)(void *)(block + at.forces));
    if (relaxed != NULL) scale(3 * n, relaxed, scales->length, record->relaxed);
    if (n > 0) memcpy(block + at.numbers, frame->atomic_numbers, n * sizeof(int));
    if (n > 0 && frame->tags != NULL) memcpy(block + at.tags, frame->tags, n * sizeof(int));
    scale(9, frame->cell, scales->length, record->structure.cell);
    if (!frame->has_stress) memset(record->structure.stress, 0, sizeof record->structure.stress);
    scale(9, record->structure.stress, scales->stress, record->structure.stress);
    record->structure.energy = frame->has_energy ? scales->energy * frame->energy : 0;
fail:
    return status;
}

eqf_status eqfi_record_copy(eqf_context *context, const eqfi_record *record, eqfi_record **copy)
{
    eqf_status status = EQF_OK;
    layout at;
    const eqf_structure *frame = &record->structure;
    eqfi_record *made;
    EQFI_TRY(lay_out(context, frame, record->relaxed != NULL, &at));
    EQFI_TRY(eqfi_new(context, record->bytes, 1, (void **)&made));
    memcpy(made, record, record->bytes);
    point(made, &at, frame->forces != NULL, record->relaxed != NULL, frame->tags != NULL);
    *copy = made;
fail:
    return status;
}

unsigned eqfi_record_labels(const eqfi_record *record)
{
    return (record->structure.has_energy ? (unsigned)EQF_LABEL_ENERGY : 0) |
           (record->structure.forces != NULL ? (unsigned)EQF_LABEL_FORCES : 0) |
           (record->structure.has_stress ? (unsigned)EQF_LABEL_STRESS : 0) |
           (record->relaxed != NULL ? (unsigned)EQF_LABEL_RELAXED : 0);
}

uint64_t eqfi_record_digest(const eqfi_record *record)
{
    const eqf_structure *s = &record->structure;
    unsigned labels = eqfi_record_labels(record);
    uint64_t hash = eqfi_hash_bytes(EQFI_HASH_INIT, &labels, sizeof labels);
    hash = eqfi_hash_bytes(hash, &s->natoms, sizeof s->natoms);
    hash = eqfi_hash_bytes(hash, s->cell, sizeof s->cell);
    hash = eqfi_hash_bytes(hash, s->pbc, sizeof s->pbc);
    hash = eqfi_hash_bytes(hash, &s->energy, sizeof s->energy);
    hash = eqfi_hash_bytes(hash, s->stress, sizeof s->stress);
    return eqfi_hash_bytes(hash, record + 1, record->bytes - sizeof *record);
}
