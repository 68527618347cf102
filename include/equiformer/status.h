/* libequiformer: what a call can answer.
 *
 * Every call that can fail returns an eqf_status. Its outputs come last and are
 * untouched on failure; the sentence that names the offending value, and what
 * was expected, is in the context (eqf_context_message).
 * SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_STATUS_H
#define EQUIFORMER_STATUS_H

#include <equiformer/export.h>

/* The one list: X(NAME, value, text). Values are never renumbered. */
#define EQF_STATUS_LIST(X)                                                                                             \
    X(OK, 0, "success")                                                                                                \
    X(ERROR_ARGUMENT, 1, "invalid argument")                                                                           \
    X(ERROR_MEMORY, 2, "out of memory")                                                                                \
    X(ERROR_IO, 3, "input/output error")                                                                               \
    X(ERROR_PARSE, 4, "malformed text")                                                                                \
    X(ERROR_FORMAT, 5, "malformed file")                                                                               \
    X(ERROR_SHAPE, 6, "shapes or irreps do not match")                                                                 \
    X(ERROR_NOT_FOUND, 7, "not found")                                                                                 \
    X(ERROR_RANGE, 8, "value out of range")                                                                            \
    X(ERROR_NOT_FINITE, 9, "not a finite number")                                                                      \
    X(ERROR_UNSUPPORTED, 10, "not supported")                                                                          \
    X(ERROR_STATE, 11, "call out of order")                                                                            \
    X(ERROR_CALLBACK, 12, "a callback of the host reported failure")                                                   \
    X(END, 13, "end of data")

typedef enum eqf_status {
#define EQF_STATUS_ENUM(name, value, text) EQF_##name = value,
    EQF_STATUS_LIST(EQF_STATUS_ENUM)
#undef EQF_STATUS_ENUM
} eqf_status;

EQF_BEGIN_DECLS

/* The text of the list above; "unknown status" for any other value. Static
 * storage. Since 0.1. */
EQF_API const char *eqf_status_string(eqf_status status);

EQF_END_DECLS

#endif
