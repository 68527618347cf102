/* A plan of temporary arrays in one block.
 *
 * Intervals of steps during which arrays live are known beforehand; each array
 * gets the lowest place that no array living at the same time occupies:
 *
 *     offset
 *       ^   +--------+        +-----+
 *       |   |   b    |        |  d  |
 *       |   +--------+---+----+-----+
 *       |   | a |   |    c          |
 *       +---+---+---+---------------+--> step
 *
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_BASE_ARENA_H
#define EQFI_BASE_ARENA_H

#include "base/context.h"

typedef struct eqfi_lifetime {
    size_t bytes;    /* in: 0 occupies nothing */
    int first, last; /* in: steps, both included */
    size_t offset;   /* out: multiple of 64 */
} eqfi_lifetime;

/* Places n arrays, which come in the order of their first steps; *bytes is the size of the block that holds them all. */
eqf_status eqfi_arena_plan(eqf_context *context, int n, eqfi_lifetime *arrays, size_t *bytes);

#endif
