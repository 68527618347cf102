/* Raw files of QM9. SPDX-License-Identifier: MIT */
#include "io/qm9.h"

#include <string.h>

#include "base/number.h"

enum { PROPERTIES = 16, NUMBER_MAX = 64 };

/* In the order of the comment. */
static const char *const names[PROPERTIES] = {"gdb", "A",  "B",    "C",  "mu", "alpha", "homo", "lumo",
                                              "gap", "r2", "zpve", "u0", "u",  "h",     "g",    "cv"};

/* Copies a field with "*^" turned into "e"; 0 if it is too long for a number. */
static size_t plain(eqfi_slice field, char text[NUMBER_MAX])
{
    size_t length = 0;
    for (const char *at = field.begin; at < field.end; at++) {
        if (length == NUMBER_MAX) return 0;
        bool caret = *at == '*' && at + 1 < field.end && at[1] == '^';
        text[length++] = caret ? 'e' : *at;
        at += caret;
    }
    return length;
}

bool eqfi_qm9_parse(eqfi_slice field, double *value)
{
    char text[NUMBER_MAX];
    size_t length = plain(field, text);
    return eqfi_parse_double(text, text + length, value);
}

static bool is_comment(eqfi_slice line)
{
    eqfi_slice rest = line, field;
    double value;
    if (!eqfi_next_field(&rest, &field) || !eqfi_slice_equals(field, names[0])) return false;
    for (int i = 0; i < PROPERTIES; i++)
        if (!eqfi_next_field(&rest, &field) || !eqfi_qm9_parse(field, &value)) return false;
    return !eqfi_next_field(&rest, &field);
}

eqf_status eqfi_qm9_comment(eqf_context *context, eqfi_slice line, char **text, size_t *capacity, bool *is_qm9,
                            eqfi_slice *comment)
{
    eqf_status status = EQF_OK;
    *is_qm9 = is_comment(line);
    if (!*is_qm9) return EQF_OK;
    EQFI_TRY(eqfi_grow(context, PROPERTIES * (NUMBER_MAX + 8), 1, capacity, (void **)text));
    eqfi_slice rest = line, field;
    char *to = *text;
    eqfi_next_field(&rest, &field);
    for (int i = 0; i < PROPERTIES && eqfi_next_field(&rest, &field); i++) {
        to = stpcpy(to, names[i]);
        *to++ = '=';
        to += plain(field, to);
        *to++ = ' ';
    }
    *comment = (eqfi_slice){*text, to};
fail:
    return status;
}

/* A number of atoms begins the next molecule; a molecule that was stripped has nothing between. */
static bool begins_frame(eqfi_slice line)
{
    eqfi_slice rest = line, field, more;
    int64_t count;
    return !eqfi_next_field(&rest, &field) ||
           (eqfi_parse_int64(field.begin, field.end, &count) && !eqfi_next_field(&rest, &more));
}

eqf_status eqfi_qm9_skip(eqf_context *context, eqfi_lines *lines)
{
    eqf_status status = EQF_OK;
    eqfi_slice line;
    status = eqfi_lines_next(context, lines, &line);
    if (status == EQF_END) return EQF_OK;
    if (status != EQF_OK) return status;
    if (begins_frame(line)) {
        eqfi_lines_return(lines, line);
        return EQF_OK;
    }
    for (int i = 0; i < 2; i++) {
        status = eqfi_lines_next(context, lines, &line);
        EQFI_CHECK_LINE(status != EQF_END, EQF_ERROR_PARSE,
                        "the file ends after the frequencies of a molecule, expected lines of SMILES and InChI");
        if (status != EQF_OK) goto fail;
    }
fail:
    return status;
}
