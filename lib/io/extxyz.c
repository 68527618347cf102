/* Reading plain and extended XYZ, one frame at a time. What is understood is told in docs/structures.md.
 * SPDX-License-Identifier: MIT */
#include <equiformer/structure.h>

#include <math.h>
#include <string.h>

#include "base/number.h"
#include "io/columns.h"
#include "io/comment.h"
#include "io/lines.h"

struct eqf_extxyz_reader {
    eqf_allocator allocator;
    eqfi_lines lines;
    eqfi_comment comment;
    bool has_frame; /* the comment is that of a frame */
    char *energy_key, *forces_key;
    int *numbers, *tags;
    double *positions, *forces;
    size_t number_capacity, tag_capacity, position_capacity, force_capacity;
    eqf_status over; /* not EQF_OK: what every further call answers */
    char message[512];
};

/* The first of these counts; docs/structures.md has the same list. */
static const char *const energy_keys[] = {"energy",     "Energy",     "potential_energy", "total_energy",
                                          "dft_energy", "DFT_energy", "REF_energy",       "ref_energy",
                                          "u0",         "U0",         "free_energy"};

static eqf_status create(eqf_context *context, const eqf_extxyz_options *options, eqf_extxyz_reader **reader)
{
    eqf_status status = EQF_OK;
    eqf_extxyz_reader *made = NULL;
    EQFI_CHECK(options == NULL || options->size == sizeof *options, EQF_ERROR_ARGUMENT,
               "eqf_extxyz_options has size %zu, expected %zu", options->size, sizeof *options);
    EQFI_TRY(eqfi_new(context, 1, sizeof *made, (void **)&made));
    made->allocator = made->lines.allocator = *eqfi_allocator(context);
    made->lines.descriptor = -1;
    if (options != NULL && options->energy_key != NULL)
        EQFI_TRY(eqfi_copy_text(context, options->energy_key, &made->energy_key));
    if (options != NULL && options->forces_key != NULL)
        EQFI_TRY(eqfi_copy_text(context, options->forces_key, &made->forces_key));
    *reader = made;
    made = NULL;
fail:
    eqf_extxyz_close(made);
    return status;
}

eqf_status eqf_extxyz_open(eqf_context *context, const char *path, const eqf_extxyz_options *options,
                           eqf_extxyz_reader **reader)
{
    if (context == NULL) return EQF_ERROR_ARGUMENT;
    eqf_status status = EQF_OK;
    eqf_extxyz_reader *made = NULL;
    EQFI_CHECK(path != NULL && reader != NULL, EQF_ERROR_ARGUMENT, "path or reader is NULL");
    EQFI_TRY(create(context, options, &made));
    EQFI_TRY(eqfi_lines_open(context, path, &made->lines));
    *reader = made;
    made = NULL;
fail:
    eqf_extxyz_close(made);
    return status;
}

eqf_status eqf_extxyz_open_memory(eqf_context *context, const void *bytes, size_t length, const char *name,
                                  const eqf_extxyz_options *options, eqf_extxyz_reader **reader)
{
    if (context == NULL) return EQF_ERROR_ARGUMENT;
    eqf_status status = EQF_OK;
    eqf_extxyz_reader *made = NULL;
    EQFI_CHECK((bytes != NULL || length == 0) && name != NULL && reader != NULL, EQF_ERROR_ARGUMENT,
               "bytes, name or reader is NULL");
    EQFI_TRY(create(context, options, &made));
    EQFI_TRY(eqfi_lines_open_memory(context, bytes, length, name, &made->lines));
    *reader = made;
    made = NULL;
fail:
    eqf_extxyz_close(made);
    return status;
}

void eqf_extxyz_close(eqf_extxyz_reader *reader)
{
    if (reader == NULL) return;
    eqf_allocator allocator = reader->allocator;
    eqfi_lines_close(&reader->lines);
    eqfi_release(&allocator, reader->comment.text);
    eqfi_release(&allocator, reader->comment.pairs);
    eqfi_release(&allocator, reader->energy_key);
    eqfi_release(&allocator, reader->forces_key);
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
static eqf_status read_numbers(eqf_context *context, const eqf_extxyz_reader *reader, quantity wanted, double *values,
                               int *found)
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

static eqf_status read_cell(eqf_context *context, const eqf_extxyz_reader *reader, eqf_structure *frame)
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

static eqf_status read_energy(eqf_context *context, const eqf_extxyz_reader *reader, eqf_structure *frame)
{
    eqf_status status = EQF_OK;
    bool named = reader->energy_key != NULL;
    const char *const *keys = named ? (const char *const *)&reader->energy_key : energy_keys;
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

/* Six numbers are xx yy zz yz xz xy. */
static void spread(const double *numbers, int n, double factor, double *matrix)
{
    static const int place[9] = {0, 5, 4, 5, 1, 3, 4, 3, 2};
    for (int i = 0; i < 9; i++) matrix[i] = factor * numbers[n == 6 ? place[i] : i];
}

static eqf_status read_stress(eqf_context *context, const eqf_extxyz_reader *reader, eqf_structure *frame)
{
    eqf_status status = EQF_OK;
    double numbers[9];
    int n;
    quantity stress = {"stress", eqfi_comment_value(&reader->comment, "stress"), 9, 6, "9 or 6 numbers", false};
    EQFI_TRY(read_numbers(context, reader, stress, numbers, &n));
    double factor = 1;
    if (n == 0) {
        quantity virial = {"virial", eqfi_comment_value(&reader->comment, "virial"), 9, 6, "9 or 6 numbers", false};
        EQFI_TRY(read_numbers(context, reader, virial, numbers, &n));
        double space = volume(frame->cell);
        if (!(space > 0)) n = 0;
        factor = -1 / space;
    }
    if (n > 0) {
        spread(numbers, n, factor, frame->stress);
        frame->has_stress = 1;
    }
fail:
    return status;
}

/* Arrays grow with the lines that are there, whatever the count line claims. */
static eqf_status read_atoms(eqf_context *context, eqf_extxyz_reader *reader, const eqfi_columns *columns,
                             int64_t natoms)
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

static eqf_status read_frame(eqf_context *context, eqf_extxyz_reader *reader, eqf_structure *frame)
{
    eqf_status status = EQF_OK;
    eqfi_lines *lines = &reader->lines;
    eqf_structure made = {.size = sizeof made};
    EQFI_TRY(read_count(context, lines, &made.natoms));
    reader->has_frame = false;
    eqfi_slice line;
    status = eqfi_lines_next(context, lines, &line);
    EQFI_CHECK_LINE(status != EQF_END, EQF_ERROR_PARSE, "the file ends after the number of atoms, expected a comment");
    if (status != EQF_OK) goto fail;
    EQFI_TRY(eqfi_comment_parse(context, lines, line, &reader->comment));
    EQFI_TRY(read_cell(context, reader, &made));
    EQFI_TRY(read_energy(context, reader, &made));
    EQFI_TRY(read_stress(context, reader, &made));
    eqfi_columns columns;
    const char *properties = eqfi_comment_layout(&reader->comment, "properties");
    EQFI_TRY(eqfi_columns_parse(context, lines, properties, reader->forces_key, &columns));
    EQFI_TRY(read_atoms(context, reader, &columns, made.natoms));

    made.atomic_numbers = reader->numbers;
    made.positions = reader->positions;
    made.forces = columns.forces >= 0 ? reader->forces : NULL;
    made.tags = columns.tags >= 0 ? reader->tags : NULL;
    reader->has_frame = true;
    *frame = made;
fail:
    return status;
}

eqf_status eqf_extxyz_next(eqf_context *context, eqf_extxyz_reader *reader, eqf_structure *frame)
{
    if (context == NULL) return EQF_ERROR_ARGUMENT;
    if (reader == NULL || frame == NULL) return eqfi_fail(context, EQF_ERROR_ARGUMENT, "reader or frame is NULL");
    if (reader->over == EQF_END) return EQF_END;
    if (reader->over != EQF_OK) return eqfi_fail(context, reader->over, "%s", reader->message);
    eqf_status status = read_frame(context, reader, frame);
    if (status != EQF_OK && status != EQF_END) {
        const char *message = eqf_context_message(context);
        size_t length = strnlen(message, sizeof reader->message - 1);
        memcpy(reader->message, message, length);
        reader->message[length] = '\0';
    }
    reader->over = status;
    return status;
}

const char *eqf_extxyz_text(const eqf_extxyz_reader *reader, const char *key)
{
    if (reader == NULL || key == NULL || !reader->has_frame) return NULL;
    return eqfi_comment_find(&reader->comment, key);
}

eqf_status eqf_extxyz_number(eqf_context *context, const eqf_extxyz_reader *reader, const char *key, double *value)
{
    if (context == NULL) return EQF_ERROR_ARGUMENT;
    eqf_status status = EQF_OK;
    EQFI_CHECK(reader != NULL && key != NULL && value != NULL, EQF_ERROR_ARGUMENT, "reader, key or value is NULL");
    const char *text = eqf_extxyz_text(reader, key);
    EQFI_CHECK(text != NULL, EQF_ERROR_NOT_FOUND, "%s: the frame that ends at line %lld has no '%s'",
               reader->lines.name, (long long)reader->lines.number, key);
    char excerpt[EQFI_EXCERPT_SIZE];
    double read;
    EQFI_CHECK(eqfi_parse_numbers(text, 1, &read) == 1, EQF_ERROR_PARSE,
               "%s: %s of the frame that ends at line %lld is '%s', expected a number", reader->lines.name, key,
               (long long)reader->lines.number, eqfi_excerpt(eqfi_slice_of(text), excerpt));
    *value = read;
fail:
    return status;
}
