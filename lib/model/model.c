/* Models: a configuration, its network and their parameters.
 * SPDX-License-Identifier: MIT */
#include "model/model.h"

#include <string.h>

#include "io/safetensors.h"
#include "nn/module.h"

/* ------------------------------------------------------------------------------------------------------- creation -- */

/* Everything but the parameters. */
static eqf_status new_model(eqf_context *context, const eqf_config *config, eqf_model **model)
{
    eqf_status status = EQF_OK;
    eqf_model *made = NULL;
    EQFI_TRY(eqfi_new(context, 1, sizeof *made, (void **)&made));
    made->allocator = *eqfi_allocator(context);
    atomic_init(&made->references, 1);
    EQFI_TRY(eqfi_config_copy(context, config, &made->config));
    EQFI_TRY(eqfi_network_create(context, config, &made->network));
    for (int z = 0; z < EQFI_TYPES_MAX; z++) made->type_of[z] = -1;
    for (int i = 0; i < config->atom_types.n; i++) {
        int z = config->atom_types.values[i];
        if (z == -1) continue;
        EQFI_CHECK(z > 0 && z < EQFI_TYPES_MAX && made->type_of[z] < 0, EQF_ERROR_RANGE,
                   "atom_types has %d at place %d, expected distinct atomic numbers from 1 to %d, or -1", z, i,
                   EQFI_TYPES_MAX - 1);
        made->type_of[z] = i;
    }
    *model = made;
    return EQF_OK;
fail:
    eqf_model_free(made);
    return status;
}

eqf_status eqf_model_create(eqf_context *context, const eqf_config *config, uint64_t seed, eqf_precision precision,
                            eqf_model **model)
{
    eqf_status status = EQF_OK;
    eqf_model *made = NULL;
    EQFI_TRY(new_model(context, config, &made));
    EQFI_TRY(eqf_parameters_create(context, precision, &made->parameters));
    EQFI_TRY(eqf_module_init(context, made->network, "", seed, made->parameters));
    *model = made;
    return EQF_OK;
fail:
    eqf_model_free(made);
    return status;
}

static bool same_shape(const eqf_parameter_info *a, const eqf_parameter_info *b)
{
    return a->ndim == b->ndim && memcmp(a->shape, b->shape, (size_t)a->ndim * sizeof a->shape[0]) == 0;
}

/* Every parameter of the network with its shape, and no other. */
static eqf_status check_parameters(eqf_context *context, const eqf_model *model, const eqf_parameters *given)
{
    eqf_status status = EQF_OK;
    eqf_parameters *wanted = NULL;
    eqf_parameter_info own, other;
    char own_shape[EQFI_SHAPE_TEXT], other_shape[EQFI_SHAPE_TEXT];
    EQFI_TRY(eqf_parameters_create(context, EQF_FLOAT32, &wanted));
    EQFI_TRY(eqfi_module_declare(context, model->network, "", wanted));
    for (int i = 0; i < eqf_parameters_arrays(wanted); i++) {
        EQFI_TRY(eqf_parameters_info(context, wanted, i, &own));
        int found = eqf_parameters_find(given, own.name);
        EQFI_CHECK(found >= 0, EQF_ERROR_NOT_FOUND, "the parameter %s is missing", own.name);
        EQFI_TRY(eqf_parameters_info(context, given, found, &other));
        EQFI_CHECK(same_shape(&own, &other), EQF_ERROR_SHAPE, "the parameter %s has shape %s, expected %s", own.name,
                   eqfi_shape_text(other.ndim, other.shape, other_shape),
                   eqfi_shape_text(own.ndim, own.shape, own_shape));
    }
    for (int i = 0; i < eqf_parameters_arrays(given); i++) {
        EQFI_TRY(eqf_parameters_info(context, given, i, &other));
        EQFI_CHECK(eqf_parameters_find(wanted, other.name) >= 0, EQF_ERROR_NOT_FOUND,
                   "the parameter %s is superfluous: the configuration has none of that name", other.name);
    }
fail:
    eqf_parameters_free(wanted);
    return status;
}

eqf_status eqf_model_assemble(eqf_context *context, const eqf_config *config, const eqf_parameters *parameters,
                              eqf_model **model)
{
    eqf_status status = EQF_OK;
    eqf_model *made = NULL;
    EQFI_TRY(new_model(context, config, &made));
    EQFI_TRY(check_parameters(context, made, parameters));
    made->parameters = eqf_parameters_retain(parameters);
    *model = made;
    return EQF_OK;
fail:
    eqf_model_free(made);
    return status;
}

eqf_model *eqf_model_retain(const eqf_model *model)
{
    eqf_model *shared = (eqf_model *)(uintptr_t)model;
    atomic_fetch_add_explicit(&shared->references, 1, memory_order_relaxed);
    return shared;
}

void eqf_model_free(eqf_model *model)
{
    if (model == NULL || atomic_fetch_sub_explicit(&model->references, 1, memory_order_acq_rel) > 1) return;
    eqf_config_free(model->config);
    eqf_module_free(model->network);
    eqf_parameters_free(model->parameters);
    eqfi_release(&model->allocator, model);
}

/* -------------------------------------------------------------------------------------------------------- queries -- */

const eqf_config *eqf_model_config(const eqf_model *model) { return model->config; }

const eqf_parameters *eqf_model_parameters(const eqf_model *model) { return model->parameters; }

const char *eqf_model_name(const eqf_model *model)
{
    return model->config->preset[0] != '\0' ? model->config->preset : "custom";
}

double eqf_model_cutoff(const eqf_model *model) { return model->config->max_radius; }

const char *eqf_model_length_unit(const eqf_model *model) { return model->config->length_unit; }

const char *eqf_model_energy_unit(const eqf_model *model) { return model->config->energy_unit; }

int eqf_model_is_smooth(const eqf_model *model) { return model->config->cutoff_mode == EQFI_CUTOFF_SMOOTH; }

int eqf_model_type(const eqf_model *model, int atomic_number)
{
    return atomic_number < 0 || atomic_number >= EQFI_TYPES_MAX ? -1 : model->type_of[atomic_number];
}

/* ------------------------------------------------------------------------------------------------------ recording -- */

/* A row set of the model's own, and the map to it from atoms: other models in the program have theirs. */
static eqf_map own_map(eqf_program *program, const char *scope, eqf_rows atoms, const char *rows, const char *map)
{
    char rows_name[EQFI_NAME_MAX], map_name[EQFI_NAME_MAX];
    if (!eqfi_recording(program)) return (eqf_map){0};
    eqf_status status = eqfi_join_name(program->context, scope, rows, rows_name);
    if (status == EQF_OK) status = eqfi_join_name(program->context, scope, map, map_name);
    if (status != EQF_OK) {
        eqf_program_fail(program, status, eqf_context_message(program->context));
        return (eqf_map){0};
    }
    return eqf_program_map(program, map_name, atoms, eqf_program_rows(program, rows_name));
}

void eqf_model_record(eqf_program *program, const eqf_model *model, const char *scope, eqf_var vectors,
                      eqf_model_outputs *outputs)
{
    eqf_rows atoms = eqf_program_rows(program, "atoms"), edges = eqf_program_rows(program, "edges");
    eqf_rows graphs = eqf_program_rows(program, "graphs");
    bool distributed = eqf_program_distributed(program);
    eqf_rows senders = distributed ? eqf_program_rows(program, "senders") : atoms;
    eqf_graph graph = {.edge_src = eqf_program_map(program, "edge_src", edges, senders),
                       .edge_dst = eqf_program_map(program, "edge_dst", edges, atoms),
                       .atom_graph = eqf_program_map(program, "atom_graph", atoms, graphs),
                       .atom_type = own_map(program, scope, atoms, "types", "atom_type"),
                       .atom_tag = own_map(program, scope, atoms, "tags", "atom_tag")};
    if (program->paired && !model->config->use_atom_edge_attr)
        graph.edge_pair = eqf_program_map(program, "edge_pair", edges, eqf_program_rows(program, "pairs"));
    if (distributed) graph.sender_type = own_map(program, scope, senders, "types", "sender_type");
    eqfi_network_record(program, model->network, scope, &graph, vectors, &outputs->atom_energy, &outputs->auxiliary);
    outputs->atom_energy = eqf_to_double(program, outputs->atom_energy); /* sums of many atoms */
    outputs->energy = eqf_segment_sum(program, graph.atom_graph, outputs->atom_energy);
}

double eqf_model_energy_scale(const eqf_model *model) { return model->config->energy_scale; }

double eqf_model_energy_shift(const eqf_model *model, int type)
{
    const eqfi_number_list *shifts = &model->config->energy_shifts;
    return type < 0 || type >= shifts->n ? 0 : shifts->values[type];
}

double eqf_model_energy_offset(const eqf_model *model) { return model->config->energy_offset; }

double eqf_model_auxiliary_scale(const eqf_model *model) { return model->config->auxiliary_scale; }
