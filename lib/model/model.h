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

/* The network of a configuration: the parameters, and what eqfi_network_record needs. */
eqf_status eqfi_network_create(eqf_context *context, const eqf_config *config, eqf_module **network);

/* Energies of atoms and, where the network has it, the auxiliary vectors (else no variable). */
void eqfi_network_record(eqf_program *program, const eqf_module *network, const char *scope, const eqf_graph *graph,
                         eqf_var vectors, eqf_var *atom_energy, eqf_var *auxiliary);

#endif
