/* libequiformer: models - published configurations, others of their kind, and model files.
 *
 * A model is a configuration with its parameters: immutable, reference counted, shareable between threads. A model file
 * is a safetensors file whose metadata hold the whole configuration (docs/format.md): it is enough by itself.
 * SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_MODEL_H
#define EQUIFORMER_MODEL_H

#include <equiformer/module.h>
#include <equiformer/norm.h>
#include <equiformer/radial.h>
#include <equiformer/wigner.h>

typedef struct eqf_model eqf_model;
typedef struct eqf_config eqf_config; /* of a model: mutable, one owner */

EQF_BEGIN_DECLS

/* -------------------------------------------------------------------------------------------------- configurations -- */

/* Published presets, in a fixed order: their number, and name i (NULL out of range; static storage). Since 0.1. */
EQF_API int eqf_preset_count(void);
EQF_API const char *eqf_preset_name(int i);

/* The configuration of a preset; EQF_ERROR_NOT_FOUND names the known ones. Since 0.1. */
EQF_API eqf_status eqf_config_preset(eqf_context *context, const char *name, eqf_config **config);

/* From JSON as in the metadata of model files; keys that are absent have the values of the preset that "preset" names, or
 * defaults. A preset's value is replaced by any key that is given. An object with "kind" is read as arguments of a published
 * constructor (docs/format.md). Errors name the key. Since 0.1. */
EQF_API eqf_status eqf_config_parse(eqf_context *context, const char *json, eqf_config **config);

/* Sets one key from text ("num_layers", "2"), as on the command line. Errors name key, value and what was expected.
 * Since 0.1. */
EQF_API eqf_status eqf_config_set(eqf_context *context, eqf_config *config, const char *key, const char *value);

/* The value of one key as text that eqf_config_set takes, to be freed with eqf_text_free: texts, irreps and names as they
 * are, all else as JSON. EQF_ERROR_NOT_FOUND for an unknown key. Since 0.1. */
EQF_API eqf_status eqf_config_get(eqf_context *context, const eqf_config *config, const char *key, char **value);

/* The JSON of a configuration, to be freed with eqf_text_free. Since 0.1. */
EQF_API eqf_status eqf_config_format(eqf_context *context, const eqf_config *config, char **json);
EQF_API void eqf_text_free(eqf_context *context, char *text); /* NULL is fine. Since 0.1. */
EQF_API void eqf_config_free(eqf_config *config);             /* NULL is fine. Since 0.1. */

/* --------------------------------------------------------------------------------------------------------- models -- */

/* A model with published initial values, which depend on the seed alone; numbers in the given precision. Since 0.1. */
EQF_API eqf_status eqf_model_create(eqf_context *context, const eqf_config *config, uint64_t seed,
                                    eqf_precision precision, eqf_model **model);

/* A model with these parameters (retained); every parameter of the configuration must be there with the right shape, and
 * nothing else. Since 0.1. */
EQF_API eqf_status eqf_model_assemble(eqf_context *context, const eqf_config *config, const eqf_parameters *parameters,
                                      eqf_model **model);

/* Reads and writes model files. Reading checks everything: a missing, superfluous, misshapen, non-finite or truncated
 * tensor is named. Writing replaces the file in one step. Since 0.1. */
EQF_API eqf_status eqf_model_load(eqf_context *context, const char *path, eqf_model **model);
EQF_API eqf_status eqf_model_save(eqf_context *context, const eqf_model *model, const char *path);

EQF_API eqf_model *eqf_model_retain(const eqf_model *model); /* never fails. Since 0.1. */
EQF_API void eqf_model_free(eqf_model *model);               /* NULL is fine. Since 0.1. */

EQF_API const eqf_config *eqf_model_config(const eqf_model *model);         /* borrowed. Since 0.1. */
EQF_API const eqf_parameters *eqf_model_parameters(const eqf_model *model); /* borrowed. Since 0.1. */
EQF_API const char *eqf_model_name(const eqf_model *model);                 /* preset, or "custom". Since 0.1. */
EQF_API double eqf_model_cutoff(const eqf_model *model);                    /* length unit of the model. Since 0.1. */

/* Names of the units of length and energy ("angstrom", "eV"; docs/format.md), borrowed. Since 0.1. */
EQF_API const char *eqf_model_length_unit(const eqf_model *model);
EQF_API const char *eqf_model_energy_unit(const eqf_model *model);

/* Whether energies are smooth where a neighbour crosses the cut-off (cutoff_mode smooth). Since 0.1. */
EQF_API int eqf_model_is_smooth(const eqf_model *model);

/* Row of the embedding for an atomic number, -1 if the model does not cover the element. Since 0.1. */
EQF_API int eqf_model_type(const eqf_model *model, int atomic_number);

/* --------------------------------------------------------------------------------------------------- as a network -- */

/* What a recorded model gives; members that a model does not have are no variable. */
typedef struct eqf_model_outputs {
    eqf_var atom_energy; /* atoms x 1x0e, as the network gives it: before energy_scale, energy_shifts, energy_offset */
    eqf_var energy;      /* graphs x 1x0e, its sums by graph */
    eqf_var auxiliary; /* atoms x 1x1o (SE(3) models: as 1x1e): the auxiliary task's vectors, before auxiliary_scale */
} eqf_model_outputs;

/* Records the model. Row sets "atoms", "edges", "graphs" and maps "edge_src", "edge_dst", "atom_graph" are declared, and,
 * named scope.name as the parameters are (scope "" adds nothing), the row set "types" with the map "atom_type" to it; OC20
 * models read "tags" by "atom_tag" as well. vectors are the edge vectors (1x1o, row set edges) in the model's unit of
 * length. Radial networks are shared by pairs if eqf_program_set_paired says so. Dropouts are recorded if the program is in
 * training. Since 0.1. */
EQF_API void eqf_model_record(eqf_program *program, const eqf_model *model, const char *scope, eqf_var vectors,
                              eqf_model_outputs *outputs);

/* Energy of a system = scale * network + sum over atoms of shift(type) + offset; in the unit of energy of the model.
 * Since 0.1. */
EQF_API double eqf_model_energy_scale(const eqf_model *model);
EQF_API double eqf_model_energy_shift(const eqf_model *model, int type);
EQF_API double eqf_model_energy_offset(const eqf_model *model);

/* Auxiliary vectors = scale * network. Since 0.1. */
EQF_API double eqf_model_auxiliary_scale(const eqf_model *model);

EQF_END_DECLS

#endif
