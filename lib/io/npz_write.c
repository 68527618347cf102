/* Writing structures as arrays of NumPy: frames are kept until the file is finished, since an array begins with its
 * length. SPDX-License-Identifier: MIT */
#include "io/frames.h"

#include <stdio.h>
#include <string.h>

#include "io/npy.h"
#include "io/npz.h"

typedef enum quantity { POSITIONS, CELL, PBC, ENERGY, FORCES, STRESS, TAGS, QUANTITIES } quantity;

enum { ATOMS = -1 }; /* an extent: the number of atoms */

typedef struct layout {
    const char *name, *descr;
    size_t item;
    int ndim; /* of a frame */
    int64_t shape[2];
} layout;

/* As in published sets of MD17. */
static const layout layouts[QUANTITIES] = {
    [POSITIONS] = {"pos", "<f8", 8, 2, {ATOMS, 3}}, [CELL] = {"cell", "<f8", 8, 2, {3, 3}},
    [PBC] = {"pbc", "|b1", 1, 1, {3, 0}},           [ENERGY] = {"energy", "<f8", 8, 1, {1, 0}},
    [FORCES] = {"forces", "<f8", 8, 2, {ATOMS, 3}}, [STRESS] = {"stress", "<f8", 8, 2, {3, 3}},
    [TAGS] = {"tags", "<i4", 4, 1, {ATOMS, 0}},
};

static const layout entry_layout = {NULL, "<f8", 8, 1, {1, 0}};

/* A frame's numbers follow those of the frame before. */
typedef struct column {
    char *name; /* of an entry */
    bool there;
    unsigned char *values;
    size_t used, capacity;
} column;

typedef struct npz {
    eqf_allocator allocator;
    char *path;
    bool deflate;
    int64_t frames, natoms;
    int64_t *numbers; /* of every frame, hence of the first */
    column columns[QUANTITIES];
    size_t n_entries, entry_capacity;
    column *entries;
} npz;

/* One frame, as it lies in arrays; NULL: it has no such quantity. */
typedef struct sample {
    const eqf_structure *frame;
    unsigned char pbc[3];
    const void *values[QUANTITIES];
} sample;

static void take_sample(const eqf_structure *frame, sample *taken)
{
    *taken = (sample){.frame = frame};
    for (int i = 0; i < 3; i++) taken->pbc[i] = frame->pbc[i] != 0;
    taken->values[POSITIONS] = frame->positions;
    taken->values[CELL] = frame->cell;
    taken->values[PBC] = taken->pbc;
    taken->values[ENERGY] = frame->has_energy ? &frame->energy : NULL;
    taken->values[FORCES] = frame->forces;
    taken->values[STRESS] = frame->has_stress ? frame->stress : NULL;
    taken->values[TAGS] = frame->tags;
}

static int64_t extent_of(const npz *writer, int64_t extent) { return extent == ATOMS ? writer->natoms : extent; }

static size_t frame_bytes(const npz *writer, const layout *l)
{
    size_t bytes = l->item;
    for (int d = 0; d < l->ndim; d++) bytes *= (size_t)extent_of(writer, l->shape[d]);
    return bytes;
}

/* ------------------------------------------------------------------------------------------------------ checking -- */

static eqf_status check_entries(eqf_context *context, int n, const eqf_frame_entry *entries)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+";
    eqf_status status = EQF_OK;
    for (int i = 0; i < n; i++) {
        const char *key = entries[i].key;
        EQFI_CHECK(entries[i].text == NULL, EQF_ERROR_ARGUMENT, "the entry '%.100s' is a text, an npz has numbers only",
                   key);
        EQFI_CHECK(strlen(key) <= 100 && key[strspn(key, plain)] == '\0', EQF_ERROR_ARGUMENT,
                   "an entry is called '%.100s', expected up to 100 letters, digits, '_', '-' and '+'", key);
        EQFI_CHECK(!eqfi_npz_has_role(key), EQF_ERROR_ARGUMENT,
                   "an entry is called '%s', which would be read as part of the structure", key);
    }
fail:
    return status;
}

static column *find_entry(const npz *writer, const char *key)
{
    for (size_t i = 0; i < writer->n_entries; i++)
        if (strcmp(writer->entries[i].name, key) == 0) return &writer->entries[i];
    return NULL;
}

/* A frame is like the first. */
static eqf_status check_same(eqf_context *context, const npz *writer, const sample *taken, int n,
                             const eqf_frame_entry *entries)
{
    eqf_status status = EQF_OK;
    const eqf_structure *frame = taken->frame;
    EQFI_CHECK(frame->natoms == writer->natoms, EQF_ERROR_SHAPE, "natoms is %lld, in an npz expected %lld as before",
               (long long)frame->natoms, (long long)writer->natoms);
    for (int64_t i = 0; i < frame->natoms; i++)
        EQFI_CHECK(frame->atomic_numbers[i] == writer->numbers[i], EQF_ERROR_SHAPE,
                   "the atomic number of atom %lld is %d, in an npz expected %d as before", (long long)i,
                   frame->atomic_numbers[i], (int)writer->numbers[i]);
    for (int q = 0; q < QUANTITIES; q++)
        EQFI_CHECK((taken->values[q] != NULL) == writer->columns[q].there, EQF_ERROR_SHAPE,
                   "it has %s %s, in an npz expected like the frames before", writer->columns[q].there ? "no" : "a",
                   layouts[q].name);
    EQFI_CHECK((size_t)n == writer->n_entries, EQF_ERROR_SHAPE, "it has %d entries, in an npz expected %zu as before",
               n, writer->n_entries);
    for (int i = 0; i < n; i++)
        EQFI_CHECK(find_entry(writer, entries[i].key) != NULL, EQF_ERROR_SHAPE,
                   "it has an entry '%s', which the frames before have not", entries[i].key);
fail:
    return status;
}

/* -------------------------------------------------------------------------------------------------------- adding -- */

static void forget(npz *writer)
{
    for (size_t i = 0; i < writer->n_entries; i++) {
        eqfi_release(&writer->allocator, writer->entries[i].name);
        eqfi_release(&writer->allocator, writer->entries[i].values);
    }
    writer->n_entries = 0;
    eqfi_release(&writer->allocator, writer->numbers);
    writer->numbers = NULL;
}

/* The first frame decides what the file has. */
static eqf_status begin(eqf_context *context, npz *writer, const sample *taken, int n, const eqf_frame_entry *entries)
{
    eqf_status status = EQF_OK;
    const eqf_structure *frame = taken->frame;
    forget(writer);
    EQFI_CHECK(frame->natoms > 0, EQF_ERROR_SHAPE, "it has no atoms, an npz cannot hold that");
    writer->natoms = frame->natoms;
    EQFI_TRY(eqfi_new(context, (size_t)frame->natoms, sizeof *writer->numbers, (void **)&writer->numbers));
    for (int64_t i = 0; i < frame->natoms; i++) writer->numbers[i] = frame->atomic_numbers[i];
    for (int q = 0; q < QUANTITIES; q++) writer->columns[q].there = taken->values[q] != NULL;
    EQFI_TRY(
        eqfi_grow(context, (size_t)n, sizeof *writer->entries, &writer->entry_capacity, (void **)&writer->entries));
    for (; writer->n_entries < (size_t)n; writer->n_entries++) {
        column entry = {.there = true};
        EQFI_TRY(eqfi_copy_text(context, entries[writer->n_entries].key, &entry.name));
        writer->entries[writer->n_entries] = entry;
    }
fail:
    return status;
}

static eqf_status make_room(eqf_context *context, column *c, size_t bytes)
{
    return eqfi_grow(context, c->used + bytes, 1, &c->capacity, (void **)&c->values);
}

static void append(column *c, const void *values, size_t bytes)
{
    memcpy(c->values + c->used, values, bytes);
    c->used += bytes;
}

/* Room first: a frame is added to all columns or to none. */
static eqf_status add_npz(eqf_context *context, void *state, const eqf_structure *frame, int n,
                          const eqf_frame_entry *entries)
{
    eqf_status status = EQF_OK;
    npz *writer = state;
    sample taken;
    take_sample(frame, &taken);
    EQFI_TRY(check_entries(context, n, entries));
    EQFI_TRY(writer->frames == 0 ? begin(context, writer, &taken, n, entries)
                                 : check_same(context, writer, &taken, n, entries));
    for (int q = 0; q < QUANTITIES; q++)
        if (taken.values[q] != NULL)
            EQFI_TRY(make_room(context, &writer->columns[q], frame_bytes(writer, &layouts[q])));
    for (int i = 0; i < n; i++) EQFI_TRY(make_room(context, &writer->entries[i], sizeof entries[i].number));

    for (int q = 0; q < QUANTITIES; q++)
        if (taken.values[q] != NULL) append(&writer->columns[q], taken.values[q], frame_bytes(writer, &layouts[q]));
    for (int i = 0; i < n; i++)
        append(find_entry(writer, entries[i].key), &entries[i].number, sizeof entries[i].number);
    writer->frames++;
fail:
    return status;
}

/* ----------------------------------------------------------------------------------------------------- finishing -- */

/* Name and header belong to the piece, the data to the writer. */
static eqf_status make_piece(eqf_context *context, const char *name, const char *descr, int ndim, const int64_t *shape,
                             eqfi_piece data, eqfi_zip_piece *piece)
{
    eqf_status status = EQF_OK;
    size_t size = strlen(name) + sizeof ".npy";
    char *member = NULL, *header = NULL;
    EQFI_TRY(eqfi_new(context, size, 1, (void **)&member));
    snprintf(member, size, "%s.npy", name);
    size_t length;
    EQFI_TRY(eqfi_npy_make_header(context, descr, ndim, shape, &header, &length));
    *piece = (eqfi_zip_piece){member, {header, length}, data};
    return EQF_OK;
fail:
    eqfi_delete(context, member);
    return status;
}

static eqf_status make_column_piece(eqf_context *context, const npz *writer, const char *name, const layout *l,
                                    const column *c, eqfi_zip_piece *piece)
{
    int64_t shape[3] = {writer->frames};
    for (int d = 0; d < l->ndim; d++) shape[d + 1] = extent_of(writer, l->shape[d]);
    return make_piece(context, name, l->descr, l->ndim + 1, shape, (eqfi_piece){c->values, c->used}, piece);
}

static eqf_status finish_npz(eqf_context *context, void *state)
{
    eqf_status status = EQF_OK;
    npz *writer = state;
    eqfi_zip_piece *pieces = NULL;
    int n = 0;
    eqfi_piece numbers = {writer->numbers, (size_t)writer->natoms * sizeof *writer->numbers};
    EQFI_TRY(eqfi_new(context, 1 + QUANTITIES + writer->n_entries, sizeof *pieces, (void **)&pieces));
    EQFI_TRY(make_piece(context, "atomic_numbers", "<i8", 1, &writer->natoms, numbers, &pieces[n]));
    n++;
    for (int q = 0; q < QUANTITIES; q++) {
        const column *c = &writer->columns[q];
        if (!c->there && q != POSITIONS) continue;
        EQFI_TRY(make_column_piece(context, writer, layouts[q].name, &layouts[q], c, &pieces[n]));
        n++;
    }
    for (size_t i = 0; i < writer->n_entries; i++, n++)
        EQFI_TRY(make_column_piece(context, writer, writer->entries[i].name, &entry_layout, &writer->entries[i],
                                   &pieces[n]));
    EQFI_TRY(eqfi_zip_write(context, writer->path, n, pieces, writer->deflate));
fail:
    for (int i = 0; i < n; i++) {
        eqfi_delete(context, (void *)(uintptr_t)pieces[i].name);
        eqfi_delete(context, (void *)(uintptr_t)pieces[i].header.bytes);
    }
    eqfi_delete(context, pieces);
    return status;
}

static void free_npz(void *state)
{
    npz *writer = state;
    eqf_allocator allocator = writer->allocator;
    forget(writer);
    for (int q = 0; q < QUANTITIES; q++) eqfi_release(&allocator, writer->columns[q].values);
    eqfi_release(&allocator, writer->entries);
    eqfi_release(&allocator, writer->path);
    eqfi_release(&allocator, writer);
}

static eqf_status create_npz(eqf_context *context, const char *path, const eqf_frames_writer_options *options,
                             void **state)
{
    eqf_status status = EQF_OK;
    npz *made = NULL;
    EQFI_TRY(eqfi_zip_check(context, path));
    EQFI_CHECK(!options->append, EQF_ERROR_UNSUPPORTED, "%s: frames cannot be appended to an npz", path);
    EQFI_TRY(eqfi_new(context, 1, sizeof *made, (void **)&made));
    made->allocator = *eqfi_allocator(context);
    made->deflate = options->deflate != 0;
    EQFI_TRY(eqfi_copy_text(context, path, &made->path));
    *state = made;
    made = NULL;
fail:
    if (made != NULL) free_npz(made);
    return status;
}

const eqfi_frames_writer_format eqfi_npz_writer = {".npz", create_npz, add_npz, finish_npz, free_npz};
