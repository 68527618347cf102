/* Reading plain and extended XYZ, one frame at a time. What is understood is told in docs/structures.md.
 * SPDX-License-Identifier: MIT */
#include "io/frames.h"

#include <math.h>
#include <string.h>

#include "base/number.h"
#include "io/columns.h"
#include "io/comment.h"
#include "io/qm9.h"

typedef struct extxyz {
    eqf_allocator allocator;
    const eqfi_frames_keys *keys;
    eqfi_lines lines;
    eqfi_comment comment;
    bool has_frame; /* the comment is that of a frame */
    char *qm9;      /* comment of a raw file of QM9 as key=value */
    size_t qm9_capacity;
    int *numbers, *tags;
    double *positions, *forces;
    size_t number_capacity, tag_capacity, position_capacity, force_capacity;
} extxyz;

/* The first of these counts; docs/structures.md has the same list. */
static const char *const energy_keys[] = {"energy",     "Energy",     "potential_energy", "total_energy",
                                          "dft_energy", "DFT_energy", "REF_energy",       "ref_energy",
                                          "u0",         "U0",         "free_energy"};

bool eqfi_is_energy_key(const char *key)
{
    for (size_t i = 0; i < sizeof energy_keys / sizeof *energy_keys; i++)
        if (strcmp(key, energy_keys[i]) == 0) return true;
    return false;
}

static eqf_status open_extxyz(eqf_context *context, const eqfi_frames_keys *keys, eqfi_lines *lines, void **state)
{
    extxyz *reader;
    eqf_status status = eqfi_new(context, 1, sizeof *reader, (void **)&reader);
    if (status != EQF_OK) return status;
    reader->allocator = *eqfi_allocator(context);
    reader->keys = keys;
    reader->lines = *lines;
    *state = reader;
    return EQF_OK;
}

static void close_extxyz(void *state)
{
    extxyz *reader = state;
    eqf_allocator allocator = reader->allocator;
    eqfi_lines_close(&reader->lines);
    eqfi_release(&allocator, reader->comment.text);
    eqfi_release(&allocator, reader->comment.pairs);
    eqfi_release(&allocator, reader->qm9);
    eqfi_release(&allocator, reader->numbers);
    eqfi_release(&allocator, reader->tags);
    eqfi_release(&allocator, reader->positions);
    eqfi_release(&allocator, reader->forces);
    eqfi_release(&allocator, reader);
}

/* EQF_END if only blank lines are left. */
static eqf_status read_count(eqf_context *context, eqfi_lines *lines, int64_t *natoms)
{
    eqf_status status = EQF_OK;
    eqfi_slice line, rest, field, more;
    do {
        EQFI_TRY(eqfi_lines_next(context, lines, &line));
        rest = line;
    } while (!eqfi_next_field(&rest, &field));
    char excerpt[EQFI_EXCERPT_SIZE];
    int64_t count;
    EQFI_CHECK_LINE(eqfi_parse_int64(field.begin, field.end, &count) && count >= 0 && !eqfi_next_field(&rest, &more),
                    EQF_ERROR_PARSE, "the number of atoms is '%s', expected an integer of 0 or more",
                    eqfi_excerpt(line, excerpt));
    *natoms = count;
fail:
    return status;
}

typedef struct quantity {
    const char *key, *text; /* NULL: the frame has no such key */
    int count, other_count; /* numbers expected */
    const char *expected;   /* the same in words */
    bool demanded;          /* wrong even in prose */
} quantity;

/* *found is how many numbers were read: 0 if there is no such key, or if prose has something else there. */
static eqf_status read_numbers(eqf_context *context, const extxyz *reader, quantity wanted, double *values, int *found)
{
    eqf_status status = EQF_OK;
    const eqfi_lines *lines = &reader->lines;
    *found = 0;
    if (wanted.text == NULL) return EQF_OK;
    double read[9];
    int n = eqfi_parse_numbers(wanted.text, 9, read);
    bool fits = n == wanted.count || n == wanted.other_count, finite = true;
    for (int i = 0; fits && i < n; i++) finite = finite && isfinite(read[i]);
    if (!(fits && finite) && !reader->comment.extended && !wanted.demanded) return EQF_OK;
    char excerpt[EQFI_EXCERPT_SIZE];
    eqfi_excerpt(eqfi_slice_of(wanted.text), excerpt);
    EQFI_CHECK_LINE(fits, EQF_ERROR_PARSE, "%s is '%s', expected %s", wanted.key, excerpt, wanted.expected);
    EQFI_CHECK_LINE(finite, EQF_ERROR_NOT_FINITE, "%s is '%s', expected %s, all finite", wanted.key, excerpt,
                    wanted.expected);
    memcpy(values, read, (size_t)n * sizeof *values);
    *found = n;
fail:
    return status;
}

static eqf_status read_cell(eqf_context *context, const extxyz *reader, eqf_structure *frame)
{
    eqf_status status = EQF_OK;
    const eqfi_lines *lines = &reader->lines;
    int n;
    quantity lattice = {"Lattice", eqfi_comment_layout(&reader->comment, "lattice"), 9, 9, "9 numbers", true};
    EQFI_TRY(read_numbers(context, reader, lattice, frame->cell, &n));
    for (int i = 0; i < 3; i++) frame->pbc[i] = n > 0;
    const char *text = eqfi_comment_layout(&reader->comment, "pbc");
    if (text == NULL) return EQF_OK;

    char excerpt[EQFI_EXCERPT_SIZE];
    eqfi_excerpt(eqfi_slice_of(text), excerpt);
    int flags[3];
    int count = eqfi_parse_flags(text, 3, flags);
    EQFI_CHECK_LINE(count == 1 || count == 3, EQF_ERROR_PARSE, "pbc is '%s', expected three of T and F", excerpt);
    for (int i = 0; i < 3; i++) {
        frame->pbc[i] = flags[count == 1 ? 0 : i];
        EQFI_CHECK_LINE(n > 0 || !frame->pbc[i], EQF_ERROR_PARSE, "pbc is '%s' without a Lattice, expected F F F",
                        excerpt);
    }
fail:
    return status;
}

static eqf_status read_energy(eqf_context *context, const extxyz *reader, eqf_structure *frame)
{
    eqf_status status = EQF_OK;
    const char *own = reader->keys->energy;
    bool named = own != NULL;
    const char *const *keys = named ? &own : energy_keys;
    size_t count = named ? 1 : sizeof energy_keys / sizeof *energy_keys;
    for (size_t i = 0; i < count && !frame->has_energy; i++) {
        quantity energy = {keys[i], eqfi_comment_value(&reader->comment, keys[i]), 1, 1, "a number", named};
        EQFI_TRY(read_numbers(context, reader, energy, &frame->energy, &frame->has_energy));
    }
fail:
    return status;
}

static double volume(const double *c)
{
    return fabs(c[0] * (c[4] * c[8] - c[5] * c[7]) - c[1] * (c[3] * c[8] - c[5] * c[6]) +
                c[2] * (c[3] * c[7] - c[4] * c[6]));
}

static eqf_status read_stress(eqf_context *context, const extxyz *reader, eqf_structure *frame)
{
    eqf_status status = EQF_OK;
    double numbers[9];
    int n;
    const char *own = reader->keys->stress, *key = own != NULL ? own : "stress";
    quantity stress = {key, eqfi_comment_value(&reader->comment, key), 9, 6, "9 or 6 numbers", own != NULL};
    EQFI_TRY(read_numbers(context, reader, stress, numbers, &n));
    double factor = 1;
    if (n == 0 && own == NULL) {
        quantity virial = {"virial", eqfi_comment_value(&reader->comment, "virial"), 9, 6, "9 or 6 numbers", false};
        EQFI_TRY(read_numbers(context, reader, virial, numbers, &n));
        double space = volume(frame->cell);
        if (!(space > 0)) n = 0;
        factor = -1 / space;
    }
    if (n > 0) {
        eqfi_spread_stress(numbers, n, factor, frame->stress);
        frame->has_stress = 1;
    }
fail:
    return status;
}

/* Arrays grow with the lines that are there, whatever the count line claims. */
static eqf_status read_atoms(eqf_context *context, extxyz *reader, const eqfi_columns *columns, int64_t natoms)
{
    eqf_status status = EQF_OK;
    eqfi_lines *lines = &reader->lines;
    for (size_t i = 0, n = (size_t)natoms; i < n || i == 0; i++) {
        EQFI_TRY(
            eqfi_grow(context, i + 1, sizeof *reader->numbers, &reader->number_capacity, (void **)&reader->numbers));
        EQFI_TRY(eqfi_grow(context, 3 * i + 3, sizeof *reader->positions, &reader->position_capacity,
                           (void **)&reader->positions));
        if (columns->forces >= 0)
            EQFI_TRY(eqfi_grow(context, 3 * i + 3, sizeof *reader->forces, &reader->force_capacity,
                               (void **)&reader->forces));
        if (columns->tags >= 0)
            EQFI_TRY(eqfi_grow(context, i + 1, sizeof *reader->tags, &reader->tag_capacity, (void **)&reader->tags));
        if (n == 0) break;

        eqfi_slice line;
        status = eqfi_lines_next(context, lines, &line);
        EQFI_CHECK_LINE(status != EQF_END, EQF_ERROR_PARSE, "the file ends after %zu of %zu atoms", i, n);
        if (status != EQF_OK) goto fail;
        eqfi_atom atom = {&reader->numbers[i], &reader->positions[3 * i],
                          columns->forces >= 0 ? &reader->forces[3 * i] : NULL,
                          columns->tags >= 0 ? &reader->tags[i] : NULL};
        EQFI_TRY(eqfi_columns_read(context, lines, columns, line, &atom));
    }
fail:
    return status;
}

static eqf_status next_extxyz(eqf_context *context, void *state, eqf_structure *frame)
{
    eqf_status status = EQF_OK;
    extxyz *reader = state;
    eqfi_lines *lines = &reader->lines;
    eqf_structure made = EQF_STRUCTURE_INIT;
    EQFI_TRY(read_count(context, lines, &made.natoms));
    reader->has_frame = false;
    eqfi_slice line;
    status = eqfi_lines_next(context, lines, &line);
    EQFI_CHECK_LINE(status != EQF_END, EQF_ERROR_PARSE, "the file ends after the number of atoms, expected a comment");
    if (status != EQF_OK) goto fail;
    bool is_qm9;
    EQFI_TRY(eqfi_qm9_comment(context, line, &reader->qm9, &reader->qm9_capacity, &is_qm9, &line));
    EQFI_TRY(eqfi_comment_parse(context, lines, line, &reader->comment));
    EQFI_TRY(read_cell(context, reader, &made));
    EQFI_TRY(read_energy(context, reader, &made));
    EQFI_TRY(read_stress(context, reader, &made));
    eqfi_columns columns;
    const char *properties = eqfi_comment_layout(&reader->comment, "properties");
    EQFI_TRY(eqfi_columns_parse(context, lines, properties, reader->keys->forces, &columns));
    columns.qm9 = is_qm9;
    EQFI_TRY(read_atoms(context, reader, &columns, made.natoms));
    if (is_qm9) EQFI_TRY(eqfi_qm9_skip(context, lines));

    made.atomic_numbers = reader->numbers;
    made.positions = reader->positions;
    made.forces = columns.forces >= 0 ? reader->forces : NULL;
    made.tags = columns.tags >= 0 ? reader->tags : NULL;
    reader->has_frame = true;
    *frame = made;
fail:
    return status;
}

static const char *text_extxyz(const void *state, const char *key)
{
    const extxyz *reader = state;
    return reader->has_frame ? eqfi_comment_find(&reader->comment, key) : NULL;
}

static eqf_status number_extxyz(eqf_context *context, const void *state, const char *key, double *value)
{
    eqf_status status = EQF_OK;
    const eqfi_lines *lines = &((const extxyz *)state)->lines;
    const char *text = text_extxyz(state, key);
    EQFI_CHECK(text != NULL, EQF_ERROR_NOT_FOUND, "%s: the frame that ends at line %lld has no '%s'", lines->name,
               (long long)lines->number, key);
    char excerpt[EQFI_EXCERPT_SIZE];
    double read;
    EQFI_CHECK(eqfi_parse_numbers(text, 1, &read) == 1, EQF_ERROR_PARSE,
               "%s: %s of the frame that ends at line %lld is '%s', expected a number", lines->name, key,
               (long long)lines->number, eqfi_excerpt(eqfi_slice_of(text), excerpt));
    *value = read;
fail:
    return status;
}

static bool tell_extxyz(const void *state, eqfi_frames_place *place)
{
    const eqfi_lines *lines = &((const extxyz *)state)->lines;
    if (lines->regular) *place = (eqfi_frames_place){eqfi_lines_tell(lines), lines->number};
    return lines->regular;
}

static eqf_status seek_extxyz(eqf_context *context, void *state, eqfi_frames_place place)
{
    extxyz *reader = state;
    reader->has_frame = false;
    return eqfi_lines_seek(context, &reader->lines, place.offset, place.line);
}

const eqfi_frames_format eqfi_extxyz_frames = {"",          open_extxyz, next_extxyz, number_extxyz,
                                               text_extxyz, tell_extxyz, seek_extxyz, close_extxyz};
