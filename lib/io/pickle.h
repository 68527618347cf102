/* Python pickles as trees of values. Reading one runs nothing: a global is a pair of names, a call of it is a value that
 * holds function and arguments, and what a name means is for the caller to know or not to know.
 *
 * The opcodes are those with which protocols 2 to 5 write None, booleans, numbers, texts, bytes, containers, globals,
 * calls and persistent ids; any other is an error that names it and its place. Nothing is trusted: lengths are checked
 * against the bytes that are there, values, memo and stack are limited, and nothing is recursive.
 * The opcodes: https://github.com/python/cpython/blob/main/Lib/pickletools.py. SPDX-License-Identifier: MIT */
#ifndef EQFI_IO_PICKLE_H
#define EQFI_IO_PICKLE_H

#include "io/lines.h"

/* X(NAME, what a message calls it) */
#define EQFI_PICKLE_KINDS(X)                                                                                           \
    X(NONE, "None")                                                                                                    \
    X(BOOLEAN, "a boolean")                                                                                            \
    X(INTEGER, "an integer")                                                                                           \
    X(REAL, "a number")                                                                                                \
    X(TEXT, "a text")                                                                                                  \
    X(BYTES, "bytes")                                                                                                  \
    X(TUPLE, "a tuple")                                                                                                \
    X(LIST, "a list")                                                                                                  \
    X(SET, "a set")                                                                                                    \
    X(DICT, "a dict")                                                                                                  \
    X(GLOBAL, "a global")                                                                                              \
    X(CALL, "an object")                                                                                               \
    X(PERSISTENT, "a persistent id")                                                                                   \
    X(OPAQUE, "a long integer")

typedef enum eqfi_pickle_kind {
#define EQFI_PICKLE_ENUM(name, text) EQFI_PICKLE_##name,
    EQFI_PICKLE_KINDS(EQFI_PICKLE_ENUM)
#undef EQFI_PICKLE_ENUM
} eqfi_pickle_kind;

typedef struct eqfi_pickle_value {
    eqfi_pickle_kind kind;
    uint32_t position;    /* of the opcode that made it */
    int64_t integer;      /* BOOLEAN, INTEGER */
    double real;          /* REAL */
    eqfi_slice text;      /* TEXT, BYTES; module of a GLOBAL */
    eqfi_slice name;      /* GLOBAL */
    uint32_t of;          /* CALL: what is called; PERSISTENT: the id; see eqfi_pickle_of */
    uint32_t arguments;   /* CALL; see eqfi_pickle_arguments */
    uint32_t first, last; /* items; see eqfi_pickle_items */
    uint32_t count;       /* of items: TUPLE, LIST, SET; DICT: keys and values in turn; CALL: what was put into it */
    bool keyed;           /* CALL: the items are keys and values */
} eqfi_pickle_value;

typedef struct eqfi_pickle eqfi_pickle;

/* Reads the first pickle of bytes, which are borrowed. place stands before messages. */
eqf_status eqfi_pickle_parse(eqf_context *context, const char *place, const void *bytes, size_t length,
                             eqfi_pickle **pickle);
void eqfi_pickle_free(eqfi_pickle *pickle); /* NULL is fine */

const eqfi_pickle_value *eqfi_pickle_root(const eqfi_pickle *pickle);
const eqfi_pickle_value *eqfi_pickle_of(const eqfi_pickle *pickle, const eqfi_pickle_value *value);
const eqfi_pickle_value *eqfi_pickle_arguments(const eqfi_pickle *pickle, const eqfi_pickle_value *call);

/* Items one after the other: a container may contain itself. */
typedef struct eqfi_pickle_cursor {
    const eqfi_pickle *pickle;
    uint32_t cell;
} eqfi_pickle_cursor;

eqfi_pickle_cursor eqfi_pickle_items(const eqfi_pickle *pickle, const eqfi_pickle_value *container);
const eqfi_pickle_value *eqfi_pickle_next(eqfi_pickle_cursor *cursor); /* NULL at the end */

/* Whether a value is this global, or the call of it. */
bool eqfi_pickle_is_global(const eqfi_pickle_value *value, const char *module, const char *name);
bool eqfi_pickle_is_call(const eqfi_pickle *pickle, const eqfi_pickle_value *value, const char *module,
                         const char *name);

/* "a dict", or "a MODULE.NAME" for objects and globals, for messages. */
enum { EQFI_PICKLE_DESCRIPTION = 128 };
const char *eqfi_pickle_describe(const eqfi_pickle *pickle, const eqfi_pickle_value *value,
                                 char text[EQFI_PICKLE_DESCRIPTION]);

#endif
