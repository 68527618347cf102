/* The comment line of an extended XYZ frame as keys and texts.
 *
 *     key=value  key = value  key="text with \" and \\"  'text'  key={1 2 3}  key=[T, F]  "a key"=value  flag
 *
 * Quotes and braces around a value are removed, brackets stay; a key alone means T. Of equal keys the last counts. Any
 * line can be read in this way, also one of prose. SPDX-License-Identifier: MIT */
#ifndef EQFI_IO_COMMENT_H
#define EQFI_IO_COMMENT_H

#include "io/lines.h"

typedef struct eqfi_pair {
    size_t key, value; /* where they begin in the text */
    bool alone;        /* a key without '=' */
} eqfi_pair;

typedef struct eqfi_comment {
    char *text;
    size_t used, capacity;
    eqfi_pair *pairs;
    size_t count, pair_capacity;
    bool extended; /* has Properties or Lattice: not prose */
} eqfi_comment;

/* Replaces what the comment held. A quote or bracket that is not closed is an error in an extended comment and an
 * ordinary character in prose. */
eqf_status eqfi_comment_parse(eqf_context *context, const eqfi_lines *lines, eqfi_slice line, eqfi_comment *comment);

/* The text of a key, NULL if there is none. */
const char *eqfi_comment_find(const eqfi_comment *comment, const char *key);

/* The same without regard to keys that stand alone, which may be words of prose. */
const char *eqfi_comment_value(const eqfi_comment *comment, const char *key);

/* The same in any case: Properties, Lattice, pbc. */
const char *eqfi_comment_layout(const eqfi_comment *comment, const char *lower_case_key);

/* Whether a text is a word of lower-case letters, in any case. */
bool eqfi_same_letters(const char *text, const char *lower_case);

/* Numbers between blanks, commas and brackets. Returns how many there are, of which at most `most` are stored, or -1
 * if something else is among them. */
int eqfi_parse_numbers(const char *text, int most, double *values);

/* The same for T, F, True, False, 1 and 0 in any case. */
int eqfi_parse_flags(const char *text, int most, int *values);

#endif
