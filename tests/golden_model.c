/* Golden cases of whole models: energies and forces by the calculator, and the gradient of force training with respect
 * to every parameter by a program. SPDX-License-Identifier: MIT */
#include "golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct system_data {
    eqf_system system;
    int32_t *atom_type; /* row of the embedding of each atom */
    int32_t *atom_tag;  /* zeros in files without tags */
    eqf_edges edges;
    eqf_neighbors *neighbors;
} system_data;

/* -------------------------------------------------------------------------------------------------- configuration -- */

static void set_text(json_t *object, const char *key, const char *text)
{
    json_object_set_new(object, key, json_string(text));
}

/* The arguments of the published constructor, whose kind makes the library read them as such. */
static json_t *model_config(golden_case *c)
{
    json_t *config = json_copy((json_t *)(uintptr_t)c->config);
    set_text(config, "kind", eqfi_safetensors_metadata(c->file->data, "kind"));
    set_text(config, "cg_convention", c->file->convention == EQF_CG_E3NN_05 ? "e3nn-0.5" : "e3nn-0.4");
    return config;
}

eqf_model *golden_load_model(golden_case *c, const char *prefix)
{
    json_t *object = model_config(c);
    char *json = json_dumps(object, JSON_ENCODE_ANY);
    eqf_config *config = NULL;
    eqf_model *fresh = NULL, *model = NULL;
    eqf_parameters *parameters = NULL;
    if (GOLDEN_TRY(c, eqf_config_parse(c->context, json == NULL ? "" : json, &config)) &&
        GOLDEN_TRY(c, eqf_model_create(c->context, config, 1, EQF_FLOAT64, &fresh)) &&
        GOLDEN_TRY(c, eqf_parameters_copy(c->context, eqf_model_parameters(fresh), EQF_FLOAT64, &parameters)))
        golden_read_parameters(c, prefix, parameters);
    GOLDEN_TRY(c, eqf_model_assemble(c->context, config, parameters, &model));
    const char *count = eqfi_safetensors_metadata(c->file->data, "num_params");
    if (golden_good(c) && count != NULL)
        GOLDEN_EXPECT(c, eqf_parameters_elements(parameters) == atoll(count), "%lld parameters, expected %s",
                      (long long)eqf_parameters_elements(parameters), count);
    eqf_parameters_free(parameters);
    eqf_model_free(fresh);
    eqf_config_free(config);
    json_decref(object);
    free(json);
    return model;
}

/* ---------------------------------------------------------------------------------------------------------- input -- */

static int64_t rows_of(golden_case *c, const char *name)
{
    const eqfi_array *array = golden_find(c, name);
    if (array == NULL) golden_fail(c, "the file has no array %s", name);
    return array == NULL ? 0 : golden_rows(array);
}

static void read_system(golden_case *c, const eqf_model *model, system_data *data)
{
    eqf_system *s = &data->system;
    *s = (eqf_system)EQF_SYSTEM_INIT;
    s->graphs = rows_of(c, "out/energy");
    s->natoms = rows_of(c, "in/positions");
    s->atomic_numbers = golden_read_ints(c, "in/atomic_numbers", s->natoms);
    s->positions = golden_read(c, "in/positions", 3 * s->natoms);
    s->graph = golden_read_ints(c, "in/batch", s->natoms);
    if (golden_find(c, "in/cell") != NULL) s->cell = golden_read(c, "in/cell", 9 * s->graphs);
    if (golden_find(c, "in/pbc") != NULL) s->pbc = golden_read_ints(c, "in/pbc", 3 * s->graphs);
    if (golden_find(c, "in/tags") != NULL) s->tags = golden_read_ints(c, "in/tags", s->natoms);
    if (!golden_good(c)) return;
    data->atom_type = (int32_t *)golden_doubles(c, s->natoms);
    data->atom_tag = golden_find(c, "in/tags") == NULL ? (int32_t *)golden_doubles(c, s->natoms)
                                                       : golden_read_ints(c, "in/tags", s->natoms);
    for (int64_t i = 0; i < s->natoms; i++) data->atom_type[i] = eqf_model_type(model, s->atomic_numbers[i]);
    GOLDEN_TRY(c, eqf_neighbors_create(c->context, &data->neighbors));
    GOLDEN_TRY(c, eqf_neighbors_find(c->context, data->neighbors, eqf_model_cutoff(model), s->natoms, s->positions,
                                     s->graphs, s->graph, s->cell, s->pbc, &data->edges));
}

/* ----------------------------------------------------------------------------------------------------- calculator -- */

static void check_calculator(golden_case *c, const eqf_model *model, const system_data *data)
{
    const eqf_system *system = &data->system;
    eqf_calculator *calculator = NULL;
    bool forces = !c->values_only && golden_find(c, "out/forces") != NULL;
    eqf_results results = EQF_RESULTS_INIT;
    results.energy = golden_doubles(c, system->graphs);
    results.forces = forces ? golden_doubles(c, 3 * system->natoms) : NULL;
    GOLDEN_TRY(c, eqf_calculator_create(c->context, model, c->precision, &calculator));
    if (GOLDEN_TRY(c, eqf_calculator_compute(c->context, calculator, system, &results))) {
        golden_compare(c, "out/energy", GOLDEN_VALUE, system->graphs, results.energy);
        if (forces) golden_compare(c, "out/forces", GOLDEN_FIRST, 3 * system->natoms, results.forces);
    }
    eqf_calculator_free(calculator);
}

/* ------------------------------------------------------------------------------------------------------- gradient -- */

/* F = -dE/dr: an edge vector is r_src - r_dst plus a lattice vector. */
eqf_var golden_record_forces(eqf_program *p, eqf_var energy, eqf_var vectors)
{
    eqf_rows atoms = eqf_program_rows(p, "atoms"), edges = eqf_program_rows(p, "edges");
    eqf_var slope;
    eqf_grad(p, 1, &energy, NULL, 1, &vectors, &slope);
    return eqf_combine(p, 1, eqf_segment_sum(p, eqf_program_map(p, "edge_dst", edges, atoms), slope), -1,
                       eqf_segment_sum(p, eqf_program_map(p, "edge_src", edges, atoms), slope));
}

/* The outputs of the loss and their cotangents. */
typedef struct loss {
    int n;
    eqf_var outputs[3], seeds[3];
} loss;

static void add_to_loss(golden_case *c, eqf_program *p, loss *l, const char *name, eqf_var output)
{
    if (golden_find(c, name) == NULL) return;
    l->outputs[l->n] = output;
    l->seeds[l->n++] = eqf_input(p, name, eqf_var_rows(p, output), eqf_var_irreps(p, output));
}

/* Outputs grad/NAME for each name, and out/aux if the file has it. */
static eqf_program *record_program(golden_case *c, const eqf_model *model, int n, const char *const *names)
{
    eqf_program *p = NULL;
    loss l = {0};
    eqf_model_outputs recorded;
    if (!GOLDEN_TRY(c, eqf_program_create(c->context, &p))) return NULL;
    eqf_var vectors = eqf_input_double(p, "vectors", eqf_program_rows(p, "edges"), golden_irreps_of(c, "1x1o"));
    eqf_model_record(p, model, "", vectors, &recorded);
    if (golden_find(c, "out/aux") != NULL) eqf_output(p, "out/aux", recorded.auxiliary);
    eqf_var *parameters = (eqf_var *)golden_doubles(c, n), *gradients = (eqf_var *)golden_doubles(c, n);
    for (int i = 0; i < n; i++) {
        parameters[i] = eqf_program_parameter(p, names[i] + strlen("grad/"));
        if (parameters[i].id == 0)
            eqf_program_fail(p, EQF_ERROR_NOT_FOUND, "the program lacks a parameter of the file");
    }
    if (n > 0) {
        add_to_loss(c, p, &l, "loss/energy_cotangent", recorded.energy);
        add_to_loss(c, p, &l, "loss/aux_cotangent", recorded.auxiliary);
        if (golden_find(c, "loss/forces_cotangent") != NULL)
            add_to_loss(c, p, &l, "loss/forces_cotangent", golden_record_forces(p, recorded.energy, vectors));
        eqf_grad(p, l.n, l.outputs, l.seeds, n, parameters, gradients);
    }
    for (int i = 0; i < n; i++) eqf_output(p, names[i], gradients[i]);
    GOLDEN_TRY(c, eqf_program_end(c->context, p));
    return p;
}

static void bind(golden_case *c, eqf_run *run, const system_data *data, bool gradients)
{
    const eqf_system *s = &data->system;
    const char *const inputs[] = {"loss/energy_cotangent", "loss/forces_cotangent", "loss/aux_cotangent"};
    const int64_t counts[] = {s->graphs, 3 * s->natoms, 3 * s->natoms};
    GOLDEN_TRY(c, eqf_run_set_rows(c->context, run, "atoms", s->natoms));
    GOLDEN_TRY(c, eqf_run_set_rows(c->context, run, "edges", data->edges.count));
    GOLDEN_TRY(c, eqf_run_set_rows(c->context, run, "graphs", s->graphs));
    GOLDEN_TRY(c, eqf_run_set_map(c->context, run, "edge_src", data->edges.src));
    GOLDEN_TRY(c, eqf_run_set_map(c->context, run, "edge_dst", data->edges.dst));
    GOLDEN_TRY(c, eqf_run_set_map(c->context, run, "atom_graph", s->graph));
    GOLDEN_TRY(c, eqf_run_set_map(c->context, run, "atom_type", data->atom_type));
    if (golden_find(c, "in/tags") != NULL) GOLDEN_TRY(c, eqf_run_set_map(c->context, run, "atom_tag", data->atom_tag));
    GOLDEN_TRY(c, eqf_run_set_input(c->context, run, "vectors", data->edges.vector));
    for (int i = 0; i < 3; i++) {
        if (golden_find(c, inputs[i]) == NULL || !gradients) continue;
        double *values = golden_read(c, inputs[i], counts[i]);
        GOLDEN_TRY(c, eqf_run_set_input(c->context, run, inputs[i], values));
    }
}

/* The arrays grad/NAME of the file: if there are any, those of all trainable parameters of positive size. */
static const char **gradient_names(golden_case *c, const eqf_parameters *parameters, int *n)
{
    int all = eqf_parameters_arrays(parameters);
    const char **names = golden_new((size_t)all, sizeof *names);
    char name[GOLDEN_NAME_SIZE], missing[GOLDEN_NAME_SIZE] = "";
    *n = 0;
    for (int i = 0; i < all; i++) {
        eqf_parameter_info info;
        if (!GOLDEN_TRY(c, eqf_parameters_info(c->context, parameters, i, &info))) break;
        snprintf(name, sizeof name, "grad/%s", info.name);
        const eqfi_array *array = golden_find(c, name);
        if (array != NULL)
            names[(*n)++] = array->name;
        else if ((info.flags & EQF_PARAMETER_TRAINABLE) != 0 && info.count > 0)
            memcpy(missing, name, sizeof missing);
    }
    if (*n > 0 && missing[0] != '\0') golden_fail(c, "the file has no array %s", missing);
    return names;
}

static void compare_output(golden_case *c, const eqf_run *run, const char *name, golden_order order)
{
    int64_t count = golden_find(c, name)->count;
    double *values = golden_doubles(c, count);
    if (GOLDEN_TRY(c, eqf_run_get_output(c->context, run, name, values))) golden_compare(c, name, order, count, values);
}

/* Auxiliary vectors, and the gradients unless values alone are asked for. */
static void check_program(golden_case *c, const eqf_model *model, const system_data *data)
{
    const eqf_parameters *parameters = eqf_model_parameters(model);
    bool first = golden_find(c, "loss/forces_cotangent") == NULL, auxiliary = golden_find(c, "out/aux") != NULL;
    int n = 0;
    const char **names = NULL;
    eqf_program *program = NULL;
    eqf_run *run = NULL;
    if (!c->values_only && golden_find(c, "loss/energy_cotangent") != NULL) names = gradient_names(c, parameters, &n);
    if (golden_good(c) && (n > 0 || auxiliary)) program = record_program(c, model, n, names);
    if (program != NULL && GOLDEN_TRY(c, eqf_run_create(c->context, program, parameters, c->precision, &run)))
        bind(c, run, data, n > 0);
    if (run != NULL) GOLDEN_TRY(c, eqf_run_execute(c->context, run));
    if (run != NULL && auxiliary && golden_good(c)) compare_output(c, run, "out/aux", GOLDEN_VALUE);
    for (int i = 0; i < n && golden_good(c); i++)
        compare_output(c, run, names[i], first ? GOLDEN_FIRST : GOLDEN_SECOND);
    eqf_run_free(run);
    eqf_program_free(program);
    free(names);
}

void golden_model(golden_case *c)
{
    system_data data = {.neighbors = NULL};
    c->by_rows = false;
    eqf_model *model = golden_load_model(c, "model/");
    if (golden_good(c)) read_system(c, model, &data);
    if (golden_good(c)) check_calculator(c, model, &data);
    if (golden_good(c)) check_program(c, model, &data);
    eqf_neighbors_free(data.neighbors);
    eqf_model_free(model);
}
