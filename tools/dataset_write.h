/* Writing parts of data sets, and other files of structures. They appear when they are whole; what was there before stays
 * until then; a signal that ends the process removes what is not whole. SPDX-License-Identifier: MIT */
#ifndef TOOLS_DATASET_WRITE_H
#define TOOLS_DATASET_WRITE_H

#include <stdbool.h>

#include <equiformer/dataset.h>

/* A file of structures that is being written; path is borrowed. */
typedef struct frames_file {
    const char *path;
    char *beside; /* the name that it has until it is whole; NULL: its own */
    eqf_frames_writer *writer;
} frames_file;

bool is_npz(const char *path); /* by its end */

/* npz if path ends in ".npz", else extended XYZ; "-" is standard output. EXIT_SUCCESS, or fails. */
int frames_file_open(const char *command, eqf_context *context, const char *path, frames_file *file);

/* Gives the file its name if it is complete, or else removes it; nothing happens if it is not open. */
int frames_file_close(const char *command, eqf_context *context, frames_file *file, bool complete);

/* Writes n samples, those of these indices or, if NULL, the first ones: npz if path ends in ".npz", else extended XYZ; "-"
 * is standard output. EXIT_SUCCESS, or fails. */
int write_samples(const char *command, eqf_context *context, const eqf_dataset *dataset, int64_t n,
                  const int64_t *indices, const char *path);

/* Writes a file of indices, one on each line. */
int write_indices(const char *command, int64_t n, const int64_t *indices, const char *path);

#endif
