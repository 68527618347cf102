/* Lines of a text file or of memory, and slices of them.
 *
 * A slice points into a buffer, has no NUL at its end and is valid until the next line is read.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_IO_LINES_H
#define EQFI_IO_LINES_H

#include "base/context.h"

typedef struct eqfi_slice {
    const char *begin, *end;
} eqfi_slice;

eqfi_slice eqfi_slice_of(const char *text);
size_t eqfi_slice_length(eqfi_slice slice);
bool eqfi_slice_equals(eqfi_slice slice, const char *text);
bool eqfi_is_blank(char c); /* ASCII white space */

/* Takes the next field off the front: up to the next blank, or "..." with its quotes removed. False at the end. */
bool eqfi_next_field(eqfi_slice *rest, eqfi_slice *field);

/* A slice for a message: printable ASCII and short. */
enum { EQFI_EXCERPT_SIZE = 48 };
const char *eqfi_excerpt(eqfi_slice slice, char text[EQFI_EXCERPT_SIZE]);

typedef struct eqfi_lines {
    eqf_allocator allocator;
    char *name;
    int64_t number;  /* of the last line, from 1 */
    int descriptor;  /* -1: the text is in memory, or at its end */
    bool owned;      /* the descriptor is to be closed */
    bool regular;    /* it is that of a regular file, which can be opened again */
    char *buffer;    /* NULL for text in memory */
    size_t capacity; /* of the buffer */
    const char *at, *end;
    int64_t offset; /* of end in the file */
} eqfi_lines;

/* Both leave *lines fit for eqfi_lines_close when they fail. "-" is standard input. */
eqf_status eqfi_lines_open(eqf_context *context, const char *path, eqfi_lines *lines);
eqf_status eqfi_lines_open_memory(eqf_context *context, const void *bytes, size_t length, const char *name,
                                  eqfi_lines *lines);
void eqfi_lines_close(eqfi_lines *lines);

/* The next line without its end, LF or CR LF; EQF_END after the last. */
eqf_status eqfi_lines_next(eqf_context *context, eqfi_lines *lines, eqfi_slice *line);

/* What comes next without taking it: at least `wanted` bytes unless the file ends before. */
eqf_status eqfi_lines_peek(eqf_context *context, eqfi_lines *lines, size_t wanted, eqfi_slice *front);

/* Puts the line that was taken last back. */
void eqfi_lines_return(eqfi_lines *lines, eqfi_slice line);

/* Where the next line of a regular file begins, and going there, where `number` lines are before. */
int64_t eqfi_lines_tell(const eqfi_lines *lines);
eqf_status eqfi_lines_seek(eqf_context *context, eqfi_lines *lines, int64_t offset, int64_t number);

/* Fails with "NAME:LINE: " before the sentence. */
eqf_status eqfi_lines_fail(eqf_context *context, const eqfi_lines *lines, eqf_status status, const char *format, ...)
    EQFI_PRINTF(4, 5);

/* EQFI_CHECK for places in a file; needs `lines` as well. */
#define EQFI_CHECK_LINE(condition, code, ...)                                                                          \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            status = eqfi_lines_fail(context, lines, (code), __VA_ARGS__);                                             \
            goto fail;                                                                                                 \
        }                                                                                                              \
    } while (0)

#endif
