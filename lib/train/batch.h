/* Batches: samples of a data set one after the other, as systems of one eqf_system, with their labels.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_TRAIN_BATCH_H
#define EQFI_TRAIN_BATCH_H

#include <equiformer/dataset.h>

#include "model/calculator.h"

typedef struct eqfi_ints {
    int *at;
    size_t capacity;
} eqfi_ints;

/* Memory is kept from batch to batch. Labels that a sample lacks are nan. */
typedef struct eqfi_batch {
    int64_t graphs, atoms;
    eqfi_ints numbers, tags; /* [atoms] */
    eqfi_ints pbc;           /* [graphs][3] */
    eqfi_indices graph;      /* [atoms] */
    eqfi_reals positions;    /* [atoms][3] */
    eqfi_reals cell;         /* [graphs][9] */
    eqfi_reals energy;       /* [graphs] */
    eqfi_reals forces;       /* [atoms][3] */
    eqfi_reals stress;       /* [graphs][9] */
    eqfi_reals displacement; /* [atoms][3] to the relaxed position, by the nearest image */
} eqfi_batch;

void eqfi_batch_clear(eqfi_batch *batch);
void eqfi_batch_release(const eqf_allocator *allocator, eqfi_batch *batch);
size_t eqfi_batch_bytes(const eqfi_batch *batch);

/* Adds sample i of a data set. */
eqf_status eqfi_batch_add(eqf_context *context, eqfi_batch *batch, const eqf_dataset *dataset, int64_t i);

/* Moves the atoms with tag > 0 of the last sample: to u initial + (1 - u) relaxed, u uniform, and by normal deviates
 * times sigma, all of which depend on (seed, stream) alone. */
void eqfi_batch_add_noise(eqfi_batch *batch, double sigma, uint64_t seed, uint64_t stream);

eqf_system eqfi_batch_system(const eqfi_batch *batch);

/* |determinant| of the cell of a graph. */
double eqfi_batch_volume(const eqfi_batch *batch, int64_t graph);

#endif
