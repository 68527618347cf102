/* Data sets from inside.
 *
 *     paths --dataset_open.c--> frames --dataset_record.c--> records, converted --dataset_check.c--> checked
 *        --dataset_store.c--> entries of a store: records in memory, or places where they are read again
 *     eqf_dataset (dataset.c): a store, or some entries of it in an order
 *
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_TRAIN_DATASET_H
#define EQFI_TRAIN_DATASET_H

#include <stdatomic.h>

#include <equiformer/dataset.h>
#include <equiformer/neighbors.h>

#include "io/frames.h"
#include "train/units.h"

/* What the numbers of a source are multiplied by. */
typedef struct eqfi_scales {
    double energy, length, force, stress;
} eqfi_scales;

static const eqfi_scales eqfi_no_scales = {1, 1, 1, 1};

/* A structure with its labels in one block of memory. */
typedef struct eqfi_record {
    eqf_structure structure;
    double *relaxed; /* [natoms][3] or NULL */
    size_t bytes;    /* of the block, which begins with this */
} eqfi_record;

/* A block for records, one at a time. */
typedef struct eqfi_scratch {
    eqfi_record *record;
    size_t capacity;
} eqfi_scratch;

/* Fills the block with a frame and the positions after relaxation, or NULL, times the scales. */
eqf_status eqfi_record_fill(eqf_context *context, eqfi_scratch *scratch, const eqf_structure *frame,
                            const double *relaxed, const eqfi_scales *scales);

/* A copy to be freed with eqfi_delete. */
eqf_status eqfi_record_copy(eqf_context *context, const eqfi_record *record, eqfi_record **copy);

unsigned eqfi_record_labels(const eqfi_record *record); /* of eqf_label */
uint64_t eqfi_record_digest(const eqfi_record *record); /* of all its numbers */

/* The limits of eqf_dataset_options, in the units of samples. */
typedef struct eqfi_limits {
    unsigned labels;     /* that every sample must have */
    const char *keys[3]; /* of energy, forces, stress for messages; NULL: the usual ones */
    double force_max, distance_min;
    const char *energy_unit, *length_unit;
} eqfi_limits;

/* Fails with "SOURCE: frame I: ..." unless the record is fit to be a sample. */
eqf_status eqfi_record_check(eqf_context *context, const eqfi_record *record, const eqfi_limits *limits,
                             eqf_neighbors *neighbors, const char *source, int64_t frame);

/* A sample of a store. */
typedef struct eqfi_entry {
    eqfi_record *record; /* NULL: read again */
    int32_t source;
    unsigned labels;
    int64_t frame;
    eqfi_frames_place first, last; /* of the frame, and of the one that ends the relaxation */
    uint64_t digest;
} eqfi_entry;

/* What data sets share. */
typedef struct eqfi_store {
    eqf_allocator allocator;
    atomic_int references;
    const eqfi_unit *energy_unit, *length_unit; /* of the samples */
    eqfi_scales scales;
    eqfi_limits limits;
    bool relaxations;
    size_t memory, used; /* bytes of records that may be kept, and that are */
    char *keys[3];       /* of energy, forces, stress */
    char **sources;      /* names of files */
    size_t sources_count, sources_capacity;
    eqfi_entry *entries;
    size_t count, capacity;

    /* What is being read again; the one thread that reads samples changes it. */
    eqf_frames *frames; /* of source `open`, or NULL */
    int32_t open;
    eqfi_scratch scratch, ending;
} eqfi_store;

eqf_status eqfi_store_create(eqf_context *context, const eqf_dataset_options *options, eqfi_store **store);
eqfi_store *eqfi_store_retain(eqfi_store *store);
void eqfi_store_free(eqfi_store *store); /* NULL is fine */

/* Adds the name of a file. */
eqf_status eqfi_store_add_source(eqf_context *context, eqfi_store *store, const char *name);

/* Adds the record in the scratch as a sample of the last source. It is kept if there is memory left, or if it cannot be
 * read again. */
eqf_status eqfi_store_add(eqf_context *context, eqfi_store *store, eqfi_entry entry, bool again);

/* Opens a file with the keys of the store. */
eqf_status eqfi_store_open(eqf_context *context, const eqfi_store *store, int32_t source, eqf_frames **frames);

/* Fills the scratch with a sample made of a frame and, if it begins a relaxation, of what is in `ending`. */
eqf_status eqfi_store_fill(eqf_context *context, eqfi_store *store, const eqf_structure *frame);

/* The record of an entry, valid until the next call. */
eqf_status eqfi_store_read(eqf_context *context, eqfi_store *store, int64_t i, const eqfi_record **record);

struct eqf_dataset {
    eqf_allocator allocator;
    atomic_int references;
    eqfi_store *store;
    int64_t count;
    int64_t *indices; /* of entries; NULL: all of them */
    unsigned labels;  /* that every sample has */
};

/* All samples of a store, which it retains. */
eqf_status eqfi_dataset_create(eqf_context *context, eqfi_store *store, eqf_dataset **dataset);

#endif
