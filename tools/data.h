/* Labelled structures on command lines: what all commands that read them have in common.
 * SPDX-License-Identifier: MIT */
#ifndef TOOLS_DATA_H
#define TOOLS_DATA_H

#include <equiformer/dataset.h>

#include "options.h"

const char *read_least_distance(const char *text, void *target); /* double, 0 is stored as -1: not checked */
const char *read_mebibytes(const char *text, void *target);      /* size_t, of bytes */

/* Rows of an option table that say how files of labels are read into eqf_dataset_options. */
#define DATA_OPTIONS(target)                                                                                           \
    {"energy-key", 0, "KEY", "what energies are called in the files (energy)", read_text, &(target).energy_key},       \
        {"forces-key", 0, "KEY", "what forces are called in the files (forces)", read_text, &(target).forces_key},     \
        {"stress-key", 0, "KEY", "what stresses are called in the files (stress)", read_text, &(target).stress_key},   \
        {"energy-unit", 0, "UNIT", "of the files (eV)", read_text, &(target).energy_unit},                             \
        {"length-unit", 0, "UNIT", "of the files (angstrom)", read_text, &(target).length_unit},                       \
        {"stress-unit", 0, "UNIT", "of the files (energy unit / length unit^3)", read_text, &(target).stress_unit},    \
        {"max-force", 0, "X", "refuse larger components (10000 eV/angstrom)", read_positive, &(target).force_max},     \
        {"min-distance",        0, "X", "refuse nearer atoms, 0: none (0.1 angstrom)", read_least_distance,            \
         &(target).distance_min},                                                                                      \
    {                                                                                                                  \
        "memory", 0, "MIB", "keep so much in memory, read the rest again (1024)", read_mebibytes, &(target).memory     \
    }

/* The same for the units of samples, where there is no model to say them. */
#define DATA_TARGET_OPTIONS(target)                                                                                    \
    {"to-energy-unit", 0, "UNIT", "of the result (eV)", read_text, &(target).to_energy_unit},                          \
    {                                                                                                                  \
        "to-length-unit", 0, "UNIT", "of the result (angstrom)", read_text, &(target).to_length_unit                   \
    }

/* The samples of n files, or those of them that an index file lists unless it is NULL. NULL after saying what is wrong. */
eqf_dataset *open_data(const char *command, eqf_context *context, int n, char **paths,
                       const eqf_dataset_options *options, const char *index);

#endif
