/* Writing parts of data sets. Files appear when they are whole; what was there before stays until then.
 * SPDX-License-Identifier: MIT */
#ifndef TOOLS_DATASET_WRITE_H
#define TOOLS_DATASET_WRITE_H

#include <equiformer/dataset.h>

/* Writes n samples, those of these indices or, if NULL, the first ones: npz if path ends in ".npz", else extended XYZ; "-"
 * is standard output. EXIT_SUCCESS, or fails. */
int write_samples(const char *command, eqf_context *context, const eqf_dataset *dataset, int64_t n,
                  const int64_t *indices, const char *path);

/* Writes a file of indices, one on each line. */
int write_indices(const char *command, int64_t n, const int64_t *indices, const char *path);

#endif
