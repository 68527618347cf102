/* One case or more for each operation of lib/ad/ops.h: test_registry.c calls registry_<name> for every operation of the
 * list, so that an operation without cases does not link. SPDX-License-Identifier: MIT */
#ifndef TESTS_SUPPORT_REGISTRY_H
#define TESTS_SUPPORT_REGISTRY_H

#include "ad/program.h"
#include "derivatives.h"

/* What the cases of one operation have met. */
typedef struct registry {
    eqf_context *context;
    eqfi_op op;
    int cases;
    bool roles[4]; /* computed by the recorded operation, not by a derivative */
} registry;

typedef struct registry_case registry_case;

/* Adds the function of one row to y. Arguments and y are one row in exchange layout. */
typedef void registry_row(const registry_case *c, const double *const *x, double *y);

/* The whole function; y is zero. Row sets are "rows" and "segments", and the map "segment" leads from one to the other;
 * the map "ring" leads from rows to rows. */
typedef void registry_whole(const registry_case *c, const test_bench *bench, const int32_t *segment, double *y);

struct registry_case {
    char name[96];
    test_function function; /* `data` is the case */
    registry_row *row;      /* one of the two */
    registry_whole *whole;
    const void *detail; /* for the functions above */
    int number;
    bool ghosts; /* rows are segments followed by ghosts: at least as many */
    double alpha, beta;
    double tolerance32; /* 0: 1e-5 */
};

/* Checks a case in several spaces: value against its naive function, derivatives against differences, float32. */
void registry_check(registry *r, registry_case *c);

#define REGISTRY_DECLARE(NAME, name) void registry_##name(registry *r);
EQFI_OP_LIST(REGISTRY_DECLARE)
#undef REGISTRY_DECLARE

/* Target of a row in the map "ring". */
static inline int32_t registry_ring(int64_t row, int64_t rows) { return (int32_t)((row * row + 40) % rows); }

/* Blocks of irreps in exchange layout: column of component m of channel u of block b. */
static inline int registry_column(const eqf_irreps *irreps, int b, int u, int m)
{
    const eqf_irreps_block *block = eqf_irreps_block_at(irreps, b);
    return block->offset + u * (2 * block->irrep.l + 1) + m;
}

#endif
