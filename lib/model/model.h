/* Models from inside.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_MODEL_MODEL_H
#define EQFI_MODEL_MODEL_H

#include <stdatomic.h>

#include "model/config.h"

struct eqf_model {
    eqf_allocator allocator;
    atomic_int references;
    eqf_config *config;
    eqf_module *network;         /* inputs vectors: see network.c */
    eqf_parameters *parameters;  /* immutable from here on */
    int type_of[EQFI_TYPES_MAX]; /* by atomic number, -1: not covered */
};

/* The network of a configuration: from edge vectors to energies of atoms (1x0e). */
eqf_status eqfi_network_create(eqf_context *context, const eqf_config *config, eqf_module **network);

#endif
