/* SPDX-License-Identifier: MIT */
#include "io/columns.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "io/elements.h"
#include "io/qm9.h"

enum { WIDTH_MAX = 1000000 };

/* What we look for: the first of the names that Properties has. */
typedef struct role {
    const char *what;
    const char *names[4];
    const char *types;
    int width;
    bool needed;
} role;

typedef struct column {
    eqfi_slice name, type;
    int64_t width;
} column;

/* Takes NAME:TYPE:WIDTH off the front; false if it is malformed. */
static bool take_column(eqfi_slice *rest, column *taken)
{
    eqfi_slice parts[3];
    for (int i = 0; i < 3; i++) {
        size_t length = eqfi_slice_length(*rest);
        if (length == 0) return false;
        const char *colon = memchr(rest->begin, ':', length);
        parts[i] = (eqfi_slice){rest->begin, colon != NULL ? colon : rest->end};
        rest->begin = colon != NULL ? colon + 1 : rest->end;
    }
    taken->name = parts[0];
    taken->type = parts[1];
    return eqfi_slice_length(parts[0]) > 0 && eqfi_slice_length(parts[1]) == 1 && strchr("SRIL", *parts[1].begin) &&
           eqfi_parse_int64(parts[2].begin, parts[2].end, &taken->width) && taken->width > 0 &&
           taken->width <= WIDTH_MAX;
}

static eqf_status check_properties(eqf_context *context, const eqfi_lines *lines, const char *properties, int *width)
{
    eqf_status status = EQF_OK;
    eqfi_slice rest = eqfi_slice_of(properties);
    int64_t total = 0;
    do {
        char excerpt[EQFI_EXCERPT_SIZE];
        eqfi_slice before = rest;
        column next;
        EQFI_CHECK_LINE(
            take_column(&rest, &next), EQF_ERROR_PARSE,
            "Properties has '%s', expected NAME:TYPE:WIDTH with a type S, R, I or L and a width of 1 or more",
            eqfi_excerpt(before, excerpt));
        total += next.width;
        EQFI_CHECK_LINE(total <= WIDTH_MAX, EQF_ERROR_PARSE, "Properties has %lld columns, expected %d at most",
                        (long long)total, WIDTH_MAX);
    } while (rest.begin < rest.end);
    *width = (int)total;
fail:
    return status;
}

/* The first field of the column that is wanted, -1 if there is none. properties is well formed. */
static eqf_status locate(eqf_context *context, const eqfi_lines *lines, const char *properties, const role *wanted,
                         int *field)
{
    eqf_status status = EQF_OK;
    int found = -1;
    for (int i = 0; i < 4 && wanted->names[i] != NULL && found < 0; i++) {
        eqfi_slice rest = eqfi_slice_of(properties);
        column next;
        for (int at = 0; rest.begin < rest.end && take_column(&rest, &next); at += (int)next.width) {
            if (!eqfi_slice_equals(next.name, wanted->names[i])) continue;
            EQFI_CHECK_LINE(found < 0, EQF_ERROR_PARSE, "Properties has two columns '%s'", wanted->names[i]);
            EQFI_CHECK_LINE(strchr(wanted->types, *next.type.begin) != NULL && next.width == wanted->width,
                            EQF_ERROR_PARSE, "Properties has %s:%c:%lld, expected %s:%c:%d", wanted->names[i],
                            *next.type.begin, (long long)next.width, wanted->names[i], wanted->types[0], wanted->width);
            found = at;
        }
    }
    EQFI_CHECK_LINE(found >= 0 || !wanted->needed, EQF_ERROR_PARSE, "Properties has no %s, expected a column '%s'",
                    wanted->what, wanted->names[0]);
    *field = found;
fail:
    return status;
}

eqf_status eqfi_columns_parse(eqf_context *context, const eqfi_lines *lines, const char *properties, const char *forces,
                              eqfi_columns *columns)
{
    eqf_status status = EQF_OK;
    static const role species = {"species", {"species", "element", "Z", "numbers"}, "SI", 1, true};
    static const role positions = {"positions", {"pos", "positions"}, "RI", 3, true};
    static const role tags = {"tags", {"tags"}, "I", 1, false};
    role force = {"forces", {"forces", "force"}, "RI", 3, false};
    eqfi_columns found = {.species = 0, .positions = 1, .forces = -1, .tags = -1, .width = 4};
    if (properties != NULL) {
        found.at_most = true;
        EQFI_TRY(check_properties(context, lines, properties, &found.width));
        EQFI_TRY(locate(context, lines, properties, &species, &found.species));
        EQFI_TRY(locate(context, lines, properties, &positions, &found.positions));
        EQFI_TRY(locate(context, lines, properties, &tags, &found.tags));
        if (forces != NULL) {
            force.names[0] = forces;
            force.names[1] = NULL;
        }
        EQFI_TRY(locate(context, lines, properties, &force, &found.forces));
    }
    *columns = found;
fail:
    return status;
}

static eqf_status read_species(eqf_context *context, const eqfi_lines *lines, eqfi_slice field, int *number)
{
    eqf_status status = EQF_OK;
    char excerpt[EQFI_EXCERPT_SIZE];
    int found = eqfi_element_of(field);
    int64_t value;
    if (found == 0 && eqfi_parse_int64(field.begin, field.end, &value) && value >= 1 && value <= EQFI_ELEMENTS)
        found = (int)value;
    EQFI_CHECK_LINE(found > 0, EQF_ERROR_PARSE,
                    "the species is '%s', expected the symbol of an element or an atomic number of 1 to %d",
                    eqfi_excerpt(field, excerpt), EQFI_ELEMENTS);
    *number = found;
fail:
    return status;
}

static eqf_status read_component(eqf_context *context, const eqfi_lines *lines, bool qm9, const char *what, int axis,
                                 eqfi_slice field, double *component)
{
    eqf_status status = EQF_OK;
    char excerpt[EQFI_EXCERPT_SIZE];
    double value;
    EQFI_CHECK_LINE(qm9 ? eqfi_qm9_parse(field, &value) : eqfi_parse_double(field.begin, field.end, &value),
                    EQF_ERROR_PARSE, "%c of the %s is '%s', expected a number", "xyz"[axis], what,
                    eqfi_excerpt(field, excerpt));
    EQFI_CHECK_LINE(isfinite(value), EQF_ERROR_NOT_FINITE, "%c of the %s is '%s', expected a finite number",
                    "xyz"[axis], what, eqfi_excerpt(field, excerpt));
    *component = value;
fail:
    return status;
}

static eqf_status read_tag(eqf_context *context, const eqfi_lines *lines, eqfi_slice field, int *tag)
{
    eqf_status status = EQF_OK;
    char excerpt[EQFI_EXCERPT_SIZE];
    int64_t value;
    EQFI_CHECK_LINE(eqfi_parse_int64(field.begin, field.end, &value) && value >= INT_MIN && value <= INT_MAX,
                    EQF_ERROR_PARSE, "the tag is '%s', expected an integer", eqfi_excerpt(field, excerpt));
    *tag = (int)value;
fail:
    return status;
}

static bool within(int field, int first) { return first >= 0 && field >= first && field < first + 3; }

eqf_status eqfi_columns_read(eqf_context *context, const eqfi_lines *lines, const eqfi_columns *columns,
                             eqfi_slice line, const eqfi_atom *atom)
{
    eqf_status status = EQF_OK;
    eqfi_slice rest = line, field;
    int i = 0;
    for (; i < columns->width && eqfi_next_field(&rest, &field); i++) {
        if (i == columns->species)
            EQFI_TRY(read_species(context, lines, field, atom->number));
        else if (within(i, columns->positions))
            EQFI_TRY(read_component(context, lines, columns->qm9, "position", i - columns->positions, field,
                                    &atom->position[i - columns->positions]));
        else if (within(i, columns->forces))
            EQFI_TRY(read_component(context, lines, columns->qm9, "force", i - columns->forces, field,
                                    &atom->force[i - columns->forces]));
        else if (i == columns->tags)
            EQFI_TRY(read_tag(context, lines, field, atom->tag));
    }
    char excerpt[EQFI_EXCERPT_SIZE];
    EQFI_CHECK_LINE(i == columns->width, EQF_ERROR_PARSE, "the line of an atom has %d columns, expected %d: '%s'", i,
                    columns->width, eqfi_excerpt(line, excerpt));
    EQFI_CHECK_LINE(!columns->at_most || !eqfi_next_field(&rest, &field), EQF_ERROR_PARSE,
                    "the line of an atom has more columns than the %d of Properties: '%s'", columns->width,
                    eqfi_excerpt(line, excerpt));
fail:
    return status;
}
