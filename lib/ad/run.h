/* Runs from inside.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_AD_RUN_H
#define EQFI_AD_RUN_H

#include "ad/parameters.h"
#include "ad/program.h"
#include "kern/kernels.h"

/* A map with numbers. Segments list the source rows of each target row. */
typedef struct eqfi_bound_map {
    const int32_t *target; /* the host's */
    int64_t from, to;      /* sizes for which it was set */
    int64_t *offsets;      /* [to + 1] */
    int32_t *order;        /* [from], not used if the targets ascend */
    size_t offsets_capacity, order_capacity;
    bool ascending;
} eqfi_bound_map;

/* What the run has of the host's numbers: an input, a parameter; or a constant. */
typedef struct eqfi_buffer {
    void *data;
    size_t bytes;
    int64_t rows; /* for which an input was set, -1 before */
} eqfi_buffer;

/* A LINEAR node: its weights in the order of the gemm kernel, and how its paths overlap. */
typedef struct eqfi_packed {
    void *data;     /* NULL if the node does not multiply by weights */
    size_t *offset; /* [paths] elements */
    bool *follows;  /* [paths] an earlier path writes the same channels */
    bool covers;    /* paths write every column */
    bool constant;  /* weights are a parameter or a constant: packed when those are set */
    bool borrowed;  /* all of it is an earlier node's, which multiplies by the same weights */
} eqfi_packed;

struct eqf_run {
    eqf_allocator allocator;
    eqf_program *program;
    const eqfi_kernels *kernels[2]; /* for variables of the run's precision, and for wide ones: float64 */
    eqf_precision precision;
    int64_t *rows;          /* [row sets], -1 unset */
    int64_t *before;        /* [row sets] rows that other runs have before this one's */
    int64_t *capacity;      /* [row sets] for which memory is planned */
    eqfi_bound_map *maps;   /* [maps] */
    eqfi_operand *operands; /* [vars] */
    eqfi_buffer *buffers;   /* [vars], of inputs, parameters and constants */
    eqfi_packed *packed;    /* [nodes] */
    void *arena;
    size_t arena_bytes;
    void *partials; /* of sums over rows */
    size_t partial_bytes, packed_bytes, parameter_bytes;
    uint64_t seed; /* of dropout masks */
    bool planned, executed;
};

/* Rows per tile of a local stage, and the most chunks into which a sum over rows is divided. Both are the same for any
 * number of threads, and so are the bits of the results. */
enum { EQFI_TILE = 32, EQFI_CHUNKS = 16 };

/* Kernels for a variable (id). */
static inline const eqfi_kernels *eqfi_kernels_of(const eqf_run *run, int var)
{
    return run->kernels[run->program->vars.items[var - 1].wide];
}

static inline int64_t eqfi_chunk_rows(int64_t rows)
{
    int64_t chunk = (rows + EQFI_CHUNKS - 1) / EQFI_CHUNKS;
    return chunk < EQFI_TILE ? EQFI_TILE : chunk;
}

/* Says that the rows of a set follow `before` others that runs elsewhere have, so that all of them together draw the
 * dropout masks that one run of all rows would. */
void eqfi_run_set_before(eqf_run *run, const char *rows, int64_t before);

/* Plans the arena for the present sizes if they exceed what it was planned for. */
eqf_status eqfi_run_plan(eqf_context *context, eqf_run *run);

/* Packs the weights of a LINEAR node. */
void eqfi_pack_weights(eqf_run *run, int node);

#endif
