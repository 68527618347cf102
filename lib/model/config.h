/* Model configurations from inside.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_MODEL_CONFIG_H
#define EQFI_MODEL_CONFIG_H

#include <stdbool.h>

#include <equiformer/model.h>

#include "model/fields.h"

enum { EQFI_LAYERS_MAX = 8, EQFI_PRESET_NAME_MAX = 96 };

/* Which published implementation a model follows: embeddings and averages that are not in its arguments. */
typedef enum eqfi_family { EQFI_FAMILY_QM9, EQFI_FAMILY_MD17, EQFI_FAMILY_OC20 } eqfi_family;

/* smooth: energies are C2 where a neighbour crosses the cut-off. */
typedef enum eqfi_cutoff_mode { EQFI_CUTOFF_PUBLISHED, EQFI_CUTOFF_SMOOTH } eqfi_cutoff_mode;

struct eqf_config {
    eqf_allocator allocator;
    char preset[EQFI_PRESET_NAME_MAX]; /* "" if it is none's */
    int family;                        /* eqfi_family */
    int convention;                    /* eqf_cg_convention */
    eqf_irreps *irreps_node_embedding, *irreps_sh, *irreps_feature, *irreps_head, *irreps_mlp_mid;
    eqf_irreps *irreps_pre_attn; /* NULL: the attention's input irreps */
    int num_layers, num_heads, number_of_basis;
    int basis_type;  /* eqf_radial_kind */
    int norm_layer;  /* eqf_norm_kind */
    int cutoff_mode; /* eqfi_cutoff_mode */
    int head_split;  /* eqf_head_split */
    bool nonlinear_message, dot_product_attention, rescale_degree;
    bool use_attention_head, use_auxiliary_task, use_atom_edge_attr;
    eqf_irreps *irreps_atom_edge_attr; /* with use_atom_edge_attr */
    eqfi_int_list fc_neurons;
    eqfi_int_list atom_types; /* atomic number of each row of the embedding, -1: unused row */
    double max_radius, avg_degree, avg_num_nodes;
    eqfi_number_list energy_shifts; /* by row of the embedding, added to the energy of an atom; empty: none */
    double energy_scale;            /* times the energy of the network */
    double energy_offset;           /* added to the energy of a system */
    double auxiliary_scale;         /* times the auxiliary vectors of the network */
    int64_t max_neighbors;          /* only the nearest so many senders of a receiver count; 0: all */
    double alpha_drop, proj_drop, out_drop, drop_path_rate;
    char length_unit[EQFI_UNIT_MAX], energy_unit[EQFI_UNIT_MAX];
};

/* A configuration with the defaults of docs/format.md. */
eqf_status eqfi_config_new(eqf_context *context, eqf_config **config);

eqf_status eqfi_config_copy(eqf_context *context, const eqf_config *config, eqf_config **copy);

/* Sets the keys of an object, whose "preset" is passed over. */
eqf_status eqfi_config_apply(eqf_context *context, const json_t *root, eqf_config *config);

/* Everything that must hold before a model can be built. */
eqf_status eqfi_config_check(eqf_context *context, const eqf_config *config);

/* What the family decides: types of atoms, averages. */
void eqfi_config_set_family(eqf_config *config, eqfi_family family);

#endif
