/* Reading structures from arrays of NumPy: frames of equal numbers of atoms, as MD17 has them. Which arrays are
 * understood is told in docs/structures.md. SPDX-License-Identifier: MIT */
#include "io/frames.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/elements.h"
#include "io/npy.h"
#include "io/npz.h"

/* ---------------------------------------------------------------------------------------- which arrays there are -- */

typedef enum role { POSITIONS, FORCES, ENERGY, NUMBERS, CELL, PBC, TAGS, STRESS, ROLES } role;

enum { ATOMS = -1 }; /* an extent: the number of atoms */

typedef struct shape {
    int ndim;
    int64_t extents[2];
} shape;

/* A frame has one of two shapes; an array has one for each frame, or, if it may, a single one for all. */
static const struct {
    const char *names[5]; /* the first that is there */
    bool needed, shared;
    int n_shapes;
    shape shapes[2];
} roles[ROLES] = {
    [POSITIONS] = {{"pos", "R", "positions", "coords"}, true, false, 1, {{2, {ATOMS, 3}}}},
    [FORCES] = {{"forces", "F", "force"}, false, false, 1, {{2, {ATOMS, 3}}}},
    [ENERGY] = {{"energy", "E", "energies"}, false, false, 2, {{1, {1}}, {0, {0}}}},
    [NUMBERS] = {{"atomic_numbers", "z", "Z", "numbers", "nuclear_charges"}, true, true, 1, {{1, {ATOMS}}}},
    [CELL] = {{"cell"}, false, true, 1, {{2, {3, 3}}}},
    [PBC] = {{"pbc"}, false, true, 1, {{1, {3}}}},
    [TAGS] = {{"tags"}, false, true, 1, {{1, {ATOMS}}}},
    [STRESS] = {{"stress"}, false, false, 2, {{2, {3, 3}}, {1, {6}}}},
};

typedef struct column {
    eqfi_npy *array; /* NULL: there is none, or its one value has been read */
    bool there;
    int64_t count; /* of numbers in a frame */
    double *values;
} column;

typedef struct npz {
    eqf_allocator allocator;
    eqfi_lines lines; /* have the bytes of an archive that is no file */
    eqfi_zip *zip;
    int64_t frames, natoms;
    int64_t at; /* frames that have been read */
    column columns[ROLES];
    int *numbers, *tags;
    eqfi_npz_series series;
} npz;

static int64_t find_array(const eqfi_zip *zip, const char *name)
{
    char member[256];
    int length = snprintf(member, sizeof member, "%s%s", name, EQFI_NPY_SUFFIX);
    return length < (int)sizeof member ? eqfi_zip_find(zip, member) : -1;
}

/* The member of a role, -1 if there is none. own is the name that options give it. */
static int64_t find_role(const eqfi_zip *zip, role r, const char *own)
{
    if (own != NULL) return find_array(zip, own);
    int64_t found = -1;
    for (int i = 0; i < 5 && roles[r].names[i] != NULL && found < 0; i++) found = find_array(zip, roles[r].names[i]);
    return found;
}

bool eqfi_npz_has_role(const char *name)
{
    for (int r = 0; r < ROLES; r++)
        for (int i = 0; i < 5 && roles[r].names[i] != NULL; i++)
            if (strcmp(roles[r].names[i], name) == 0) return true;
    return false;
}

static int64_t extent_of(const npz *reader, int64_t extent) { return extent == ATOMS ? reader->natoms : extent; }

static bool has_shape(const npz *reader, const eqfi_npy_header *header, const shape *wanted, bool per_frame)
{
    int skip = per_frame;
    if (header->ndim != wanted->ndim + skip || (per_frame && header->shape[0] != reader->frames)) return false;
    for (int d = 0; d < wanted->ndim; d++)
        if (header->shape[d + skip] != extent_of(reader, wanted->extents[d])) return false;
    return true;
}

static eqf_status refuse_shape(eqf_context *context, const npz *reader, role r, int64_t member,
                               const eqfi_npy_header *header)
{
    char own[EQFI_SHAPE_TEXT], wanted[EQFI_SHAPE_TEXT];
    int64_t extents[3] = {reader->frames};
    const shape *first = &roles[r].shapes[0];
    for (int d = 0; d < first->ndim; d++) extents[d + 1] = extent_of(reader, first->extents[d]);
    return eqfi_fail(context, EQF_ERROR_FORMAT, "%s: member '%.200s' has the shape %s, expected %s",
                     eqfi_zip_path(reader->zip), eqfi_zip_name(reader->zip, member),
                     eqfi_shape_text(header->ndim, header->shape, own),
                     eqfi_shape_text(first->ndim + 1, extents, wanted));
}

static eqf_status open_numeric(eqf_context *context, const npz *reader, int64_t member, eqfi_npy **array)
{
    eqf_status status = EQF_OK;
    eqfi_npy *made = NULL;
    EQFI_TRY(eqfi_npy_open(context, reader->zip, member, &made));
    EQFI_CHECK(eqfi_npy_header_of(made)->numeric, EQF_ERROR_FORMAT, "%s: member '%.200s' has no numbers as elements",
               eqfi_zip_path(reader->zip), eqfi_zip_name(reader->zip, member));
    *array = made;
    made = NULL;
fail:
    eqfi_npy_close(made);
    return status;
}

/* The number of frames and of atoms. Frames without atoms would cost a file nothing, and their reader ages. */
static eqf_status open_positions(eqf_context *context, npz *reader, column *c, int64_t member)
{
    eqf_status status = EQF_OK;
    EQFI_TRY(open_numeric(context, reader, member, &c->array));
    const eqfi_npy_header *header = eqfi_npy_header_of(c->array);
    char text[EQFI_SHAPE_TEXT];
    EQFI_CHECK(header->ndim == 3 && header->shape[2] == 3 && (header->shape[1] > 0 || header->shape[0] == 0),
               EQF_ERROR_FORMAT, "%s: member '%.200s' has the shape %s, expected [frames,atoms,3]",
               eqfi_zip_path(reader->zip), eqfi_zip_name(reader->zip, member),
               eqfi_shape_text(header->ndim, header->shape, text));
    reader->frames = header->shape[0];
    reader->natoms = header->shape[1];
    c->count = 3 * reader->natoms;
fail:
    return status;
}

static eqf_status open_column(eqf_context *context, npz *reader, role r, column *c, int64_t member)
{
    eqf_status status = EQF_OK;
    bool per_frame = false, shared = false;
    EQFI_TRY(open_numeric(context, reader, member, &c->array));
    const eqfi_npy_header *header = eqfi_npy_header_of(c->array);
    const shape *found = NULL;
    for (int i = 0; i < roles[r].n_shapes && found == NULL; i++) {
        per_frame = has_shape(reader, header, &roles[r].shapes[i], true);
        shared = roles[r].shared && has_shape(reader, header, &roles[r].shapes[i], false);
        if (per_frame || shared) found = &roles[r].shapes[i];
    }
    if (found == NULL) return refuse_shape(context, reader, r, member, header);
    c->count = 1;
    for (int d = 0; d < found->ndim; d++) c->count *= extent_of(reader, found->extents[d]);
    if (shared && reader->frames > 0) {
        EQFI_TRY(eqfi_new(context, (size_t)c->count, sizeof *c->values, (void **)&c->values));
        EQFI_TRY(eqfi_npy_read(context, c->array, c->count, c->values));
        eqfi_npy_close(c->array);
        c->array = NULL;
    }
fail:
    return status;
}

static eqf_status open_columns(eqf_context *context, npz *reader, const eqfi_frames_keys *keys)
{
    eqf_status status = EQF_OK;
    for (role r = POSITIONS; r < ROLES; r++) {
        column *c = &reader->columns[r];
        const char *const *names = roles[r].names;
        const char *own = r == ENERGY ? keys->energy : r == FORCES ? keys->forces : r == STRESS ? keys->stress : NULL;
        int64_t member = find_role(reader->zip, r, own);
        EQFI_CHECK(member >= 0 || !roles[r].needed, EQF_ERROR_FORMAT, "%s: no member is called '%s.npy', '%s.npy', ...",
                   eqfi_zip_path(reader->zip), names[0], names[1]);
        if (member < 0) continue;
        c->there = true;
        EQFI_TRY(r == POSITIONS ? open_positions(context, reader, c, member)
                                : open_column(context, reader, r, c, member));
    }
fail:
    return status;
}

/* -------------------------------------------------------------------------------------------------------- frames -- */

/* Fails at the label with "PATH: frame I: ..."; needs context, status and reader. */
#define CHECK_FRAME(condition, code, ...)                                                                              \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            char sentence[256];                                                                                        \
            snprintf(sentence, sizeof sentence, __VA_ARGS__);                                                          \
            status = eqfi_fail(context, (code), "%s: frame %lld: %s", eqfi_zip_path(reader->zip),                      \
                               (long long)reader->at, sentence);                                                       \
            goto fail;                                                                                                 \
        }                                                                                                              \
    } while (0)

static eqf_status read_columns(eqf_context *context, npz *reader)
{
    eqf_status status = EQF_OK;
    for (int r = 0; r < ROLES; r++) {
        column *c = &reader->columns[r];
        if (c->array == NULL) continue;
        if (c->values == NULL) EQFI_TRY(eqfi_new(context, (size_t)c->count, sizeof *c->values, (void **)&c->values));
        EQFI_TRY(eqfi_npy_read(context, c->array, c->count, c->values));
    }
    for (role r = POSITIONS; r < ROLES; r++)
        for (int64_t i = 0; i < reader->columns[r].count; i++)
            CHECK_FRAME(isfinite(reader->columns[r].values[i]), EQF_ERROR_NOT_FINITE,
                        "number %lld of %s is %g, expected a finite number", (long long)i, roles[r].names[0],
                        reader->columns[r].values[i]);
fail:
    return status;
}

/* Numbers as integers in first..last. */
static eqf_status read_integers(eqf_context *context, npz *reader, role r, double first, double last, int **integers)
{
    eqf_status status = EQF_OK;
    const column *c = &reader->columns[r];
    if (!c->there) return EQF_OK;
    if (*integers == NULL) EQFI_TRY(eqfi_new(context, (size_t)c->count, sizeof **integers, (void **)integers));
    for (int64_t i = 0; i < c->count; i++) {
        double value = c->values[i];
        CHECK_FRAME(value >= first && value <= last && value == floor(value), EQF_ERROR_FORMAT,
                    "number %lld of %s is %.17g, expected a whole number from %.0f to %.0f", (long long)i,
                    roles[r].names[0], value, first, last);
        (*integers)[i] = (int)value;
    }
fail:
    return status;
}

static eqf_status read_cell(eqf_context *context, npz *reader, eqf_structure *frame)
{
    eqf_status status = EQF_OK;
    bool has_cell = false;
    if (reader->columns[CELL].there) memcpy(frame->cell, reader->columns[CELL].values, sizeof frame->cell);
    for (int i = 0; i < 9; i++) has_cell = has_cell || frame->cell[i] != 0;
    for (int i = 0; i < 3; i++) frame->pbc[i] = has_cell;
    int *flags = frame->pbc;
    EQFI_TRY(read_integers(context, reader, PBC, 0, 1, &flags));
    for (int i = 0; i < 3; i++)
        CHECK_FRAME(has_cell || !frame->pbc[i], EQF_ERROR_FORMAT, "it is periodic without a cell");
fail:
    return status;
}

static eqf_status next_npz(eqf_context *context, void *state, eqf_structure *frame)
{
    eqf_status status = EQF_OK;
    npz *reader = state;
    const column *columns = reader->columns;
    eqf_structure made = EQF_STRUCTURE_INIT;
    if (reader->at == reader->frames) return EQF_END;
    made.natoms = reader->natoms;
    EQFI_TRY(read_columns(context, reader));
    EQFI_TRY(read_integers(context, reader, NUMBERS, 1, EQFI_ELEMENTS, &reader->numbers));
    EQFI_TRY(read_integers(context, reader, TAGS, INT_MIN, INT_MAX, &reader->tags));
    EQFI_TRY(read_cell(context, reader, &made));
    made.atomic_numbers = reader->numbers;
    made.tags = reader->tags;
    made.positions = columns[POSITIONS].values;
    made.forces = columns[FORCES].values;
    made.has_energy = columns[ENERGY].there;
    if (made.has_energy) made.energy = columns[ENERGY].values[0];
    made.has_stress = columns[STRESS].there;
    if (made.has_stress) eqfi_spread_stress(columns[STRESS].values, (int)columns[STRESS].count, 1, made.stress);
    reader->at++;
    *frame = made;
fail:
    return status;
}

/* ---------------------------------------------------------------------------------------------- opening, closing -- */

static void close_npz(void *state)
{
    npz *reader = state;
    eqf_allocator allocator = reader->allocator;
    for (int r = 0; r < ROLES; r++) {
        eqfi_npy_close(reader->columns[r].array);
        eqfi_release(&allocator, reader->columns[r].values);
    }
    eqfi_npz_series_release(&allocator, &reader->series);
    eqfi_release(&allocator, reader->numbers);
    eqfi_release(&allocator, reader->tags);
    eqfi_zip_close(reader->zip);
    eqfi_lines_close(&reader->lines);
    eqfi_release(&allocator, reader);
}

/* The directory of an archive is at its end: a file is opened again, what comes from a pipe is read whole. */
static eqf_status open_zip(eqf_context *context, eqfi_lines *lines, eqfi_zip **zip)
{
    eqf_status status = EQF_OK;
    eqfi_slice all;
    if (lines->regular) return eqfi_zip_open(context, lines->name, zip);
    EQFI_TRY(eqfi_lines_peek(context, lines, SIZE_MAX, &all));
    EQFI_TRY(eqfi_zip_open_memory(context, all.begin, eqfi_slice_length(all), lines->name, zip));
fail:
    return status;
}

static eqf_status open_npz(eqf_context *context, const eqfi_frames_keys *keys, eqfi_lines *lines, void **state)
{
    eqf_status status = EQF_OK;
    npz *made = NULL;
    EQFI_TRY(eqfi_new(context, 1, sizeof *made, (void **)&made));
    made->allocator = *eqfi_allocator(context);
    made->lines.descriptor = -1;
    EQFI_TRY(open_zip(context, lines, &made->zip));
    EQFI_TRY(open_columns(context, made, keys));
    EQFI_TRY(eqfi_npz_series_read(context, made->zip, made->frames, &made->series));
    made->lines = *lines;
    *state = made;
    made = NULL;
fail:
    if (made != NULL) close_npz(made);
    return status;
}

static eqf_status number_npz(eqf_context *context, const void *state, const char *key, double *value)
{
    eqf_status status = EQF_OK;
    const npz *reader = state;
    const double *values = eqfi_npz_series_find(&reader->series, key);
    EQFI_CHECK(reader->at > 0 && values != NULL, EQF_ERROR_NOT_FOUND,
               "%s: there is no frame, or no member '%.200s%s' of one number for each", eqfi_zip_path(reader->zip), key,
               EQFI_NPY_SUFFIX);
    *value = values[reader->at - 1];
fail:
    return status;
}

static const char *text_npz(const void *state, const char *key)
{
    (void)state, (void)key;
    return NULL;
}

/* Frames of arrays that are compressed, or in Fortran's order, cannot be returned to. */
static bool tell_npz(const void *state, eqfi_frames_place *place)
{
    const npz *reader = state;
    if (!reader->lines.regular) return false;
    for (int r = 0; r < ROLES; r++)
        if (reader->columns[r].array != NULL && !eqfi_npy_can_seek(reader->columns[r].array)) return false;
    *place = (eqfi_frames_place){reader->at, 0};
    return true;
}

static eqf_status seek_npz(eqf_context *context, void *state, eqfi_frames_place place)
{
    eqf_status status = EQF_OK;
    npz *reader = state;
    EQFI_CHECK(place.offset <= reader->frames, EQF_ERROR_FORMAT, "%s: frame %lld is no longer there",
               eqfi_zip_path(reader->zip), (long long)place.offset);
    for (int r = 0; r < ROLES; r++) {
        const column *c = &reader->columns[r];
        if (c->array != NULL) EQFI_TRY(eqfi_npy_seek(context, c->array, place.offset * c->count));
    }
    reader->at = place.offset;
fail:
    return status;
}

const eqfi_frames_format eqfi_npz_frames = {"PK",     open_npz, next_npz, number_npz,
                                            text_npz, tell_npz, seek_npz, close_npz};
