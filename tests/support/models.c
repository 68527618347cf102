/* Small models and distorted structures. SPDX-License-Identifier: MIT */
#include "models.h"

#include "base/rng.h"

/* Keys and values, in pairs, on top of a preset. */
typedef struct recipe {
    const char *preset;
    const char *set[30];
} recipe;

static const recipe recipes[MODEL_KINDS] = {
    [MODEL_SE3] = {"graph_attention_transformer_nonlinear_l2",
                   {"irreps_node_embedding", "12x0e+6x1e+4x2e", "irreps_head", "4x0e+2x1e+1x2e", "irreps_mlp_mid",
                    "16x0e+8x1e+4x2e", "irreps_feature", "20x0e", "num_layers", "2", "num_heads", "2",
                    "number_of_basis", "8", "fc_neurons", "12,10", "max_radius", "3.6"}},
    [MODEL_EXP] = {"graph_attention_transformer_nonlinear_exp_l3_md17",
                   {"irreps_node_embedding", "8x0e+4x1e+4x2e+2x3e", "irreps_head", "4x0e+2x1e+1x2e+1x3e",
                    "irreps_mlp_mid", "12x0e+6x1e+4x2e+2x3e", "irreps_feature", "16x0e", "num_layers", "2", "num_heads",
                    "2", "number_of_basis", "10", "fc_neurons", "12,10", "max_radius", "3.6"}},
    [MODEL_E3] = {"graph_attention_transformer_nonlinear_exp_l2_md17",
                  {"irreps_node_embedding",
                   "8x0e+2x0o+4x1e+4x1o+2x2e+2x2o",
                   "irreps_sh",
                   "1x0e+1x1o+1x2e",
                   "irreps_head",
                   "4x0e+1x0o+2x1e+2x1o+1x2e+1x2o",
                   "irreps_mlp_mid",
                   "12x0e+2x0o+4x1e+4x1o+2x2e+2x2o",
                   "irreps_feature",
                   "16x0e",
                   "num_layers",
                   "2",
                   "num_heads",
                   "2",
                   "number_of_basis",
                   "10",
                   "fc_neurons",
                   "12,10",
                   "max_radius",
                   "3.6",
                   "cg_convention",
                   "e3nn-0.4",
                   "irreps_pre_attn",
                   "6x0e+2x0o+2x1e+4x1o+2x2e+1x2o"}},
    [MODEL_DOT] = {"dot_product_attention_transformer_exp_l2_md17",
                   {"irreps_node_embedding",
                    "8x0e+2x0o+4x1e+4x1o+2x2e",
                    "irreps_sh",
                    "1x0e+1x1o+1x2e",
                    "irreps_head",
                    "4x0e+1x0o+2x1e+2x1o+1x2e",
                    "irreps_mlp_mid",
                    "12x0e+2x0o+4x1e+4x1o+2x2e",
                    "irreps_feature",
                    "16x0e",
                    "num_layers",
                    "2",
                    "num_heads",
                    "2",
                    "number_of_basis",
                    "10",
                    "fc_neurons",
                    "12,10",
                    "max_radius",
                    "3.6",
                    "head_split",
                    "equivariant"}},
    [MODEL_LINEAR] = {"graph_attention_transformer_l2",
                      {"irreps_node_embedding",
                       "12x0e+6x1e+4x2e",
                       "irreps_head",
                       "4x0e+2x1e+1x2e",
                       "irreps_mlp_mid",
                       "16x0e+8x1e+4x2e",
                       "irreps_feature",
                       "20x0e",
                       "num_layers",
                       "2",
                       "num_heads",
                       "2",
                       "number_of_basis",
                       "8",
                       "fc_neurons",
                       "12,10",
                       "max_radius",
                       "3.6",
                       "basis_type",
                       "bessel",
                       "norm_layer",
                       "graph",
                       "rescale_degree",
                       "true"}},
    [MODEL_SMOOTH] = {"graph_attention_transformer_nonlinear_attn_exp_l3_md17",
                      {"irreps_node_embedding",
                       "8x0e+4x1e+4x2e+2x3e",
                       "irreps_head",
                       "4x0e+2x1e+1x2e+1x3e",
                       "irreps_mlp_mid",
                       "12x0e+6x1e+4x2e+2x3e",
                       "irreps_feature",
                       "8x0e+4x1e+4x2e+2x3e",
                       "num_layers",
                       "2",
                       "num_heads",
                       "2",
                       "number_of_basis",
                       "10",
                       "fc_neurons",
                       "12,10",
                       "max_radius",
                       "3.6",
                       "cutoff_mode",
                       "smooth"}},
};

bool model_has_parities(model_kind kind) { return kind == MODEL_E3 || kind == MODEL_DOT; }
bool model_is_global(model_kind kind) { return kind == MODEL_LINEAR; }

eqf_config *model_small_config(eqf_context *context, model_kind kind)
{
    eqf_config *config = NULL;
    const recipe *r = &recipes[kind];
    TEST_OK(context, eqf_config_preset(context, r->preset, &config));
    for (int i = 0; r->set[i] != NULL; i += 2)
        TEST_OK(context, eqf_config_set(context, config, r->set[i], r->set[i + 1]));
    return config;
}

static void shake(eqf_context *context, eqf_parameters *parameters, uint64_t seed)
{
    for (int i = 0; i < eqf_parameters_arrays(parameters); i++) {
        eqf_parameter_info info;
        TEST_OK(context, eqf_parameters_info(context, parameters, i, &info));
        double *values = malloc(((size_t)info.count + 1) * sizeof *values);
        assert_non_null(values);
        TEST_OK(context, eqf_parameters_get(context, parameters, i, values));
        for (int64_t k = 0; k < info.count; k++)
            values[k] = (double)(float)(values[k] + 0.05 * eqfi_rng_normal(seed, (uint64_t)i + 5000, (uint64_t)k));
        TEST_OK(context, eqf_parameters_set(context, parameters, i, values));
        free(values);
    }
}

eqf_model *model_small(eqf_context *context, model_kind kind, eqf_precision precision, uint64_t seed)
{
    eqf_config *config = model_small_config(context, kind);
    eqf_model *initial = NULL, *model = NULL;
    eqf_parameters *parameters = NULL;
    TEST_OK(context, eqf_model_create(context, config, seed, precision, &initial));
    TEST_OK(context, eqf_parameters_copy(context, eqf_model_parameters(initial), precision, &parameters));
    shake(context, parameters, seed);
    TEST_OK(context, eqf_model_assemble(context, config, parameters, &model));
    eqf_parameters_free(parameters);
    eqf_model_free(initial);
    eqf_config_free(config);
    return model;
}

/* ---------------------------------------------------------------------------------------------------- structures -- */

model_system model_molecule(int64_t natoms, uint64_t seed)
{
    static const int elements[] = {1, 6, 7, 8};
    model_system s;
    memset(&s, 0, sizeof s);
    s.natoms = natoms;
    s.graphs = 1;
    int side = 1;
    while (side * side * side < natoms) side++;
    for (int64_t i = 0; i < natoms; i++) {
        const double place[3] = {(double)(i % side), (double)(i / side % side), (double)(i / side / side)};
        uint32_t words[4];
        eqfi_rng_words(seed, 4, (uint64_t)i, words);
        s.numbers[i] = elements[words[0] % 4];
        for (int a = 0; a < 3; a++)
            s.positions[3 * i + a] = 1.5 * place[a] + 0.6 * (eqfi_rng_uniform(seed, 3, (uint64_t)(3 * i + a)) - 0.5);
    }
    return s;
}

model_system model_crystal(int axes, uint64_t seed)
{
    static const double cell[9] = {2.9, 0.1, -0.2, 0.7, 3.1, 0.15, -0.4, 0.6, 3.3};
    static const double places[3][3] = {{0.05, 0.1, 0.02}, {0.48, 0.55, 0.1}, {0.6, 0.02, 0.61}};
    static const int elements[3] = {8, 6, 1};
    model_system s;
    memset(&s, 0, sizeof s);
    s.natoms = 3;
    s.graphs = 1;
    s.periodic = true;
    memcpy(s.cell, cell, sizeof cell);
    for (int d = 0; d < 3; d++) s.pbc[d] = axes >> d & 1;
    for (int i = 0; i < 3; i++) {
        s.numbers[i] = elements[i];
        for (int a = 0; a < 3; a++) {
            double *x = &s.positions[3 * i + a];
            *x = 0.1 * (eqfi_rng_uniform(seed, 6, (uint64_t)(3 * i + a)) - 0.5);
            for (int d = 0; d < 3; d++) *x += places[i][d] * cell[3 * d + a];
        }
    }
    return s;
}

void model_append(model_system *a, const model_system *b)
{
    assert_true(a->natoms + b->natoms <= MODEL_ATOMS && a->graphs + b->graphs <= MODEL_GRAPHS);
    memcpy(a->numbers + a->natoms, b->numbers, (size_t)b->natoms * sizeof *b->numbers);
    memcpy(a->positions + 3 * a->natoms, b->positions, 3 * (size_t)b->natoms * sizeof *b->positions);
    memcpy(a->cell + 9 * a->graphs, b->cell, 9 * (size_t)b->graphs * sizeof *b->cell);
    memcpy(a->pbc + 3 * a->graphs, b->pbc, 3 * (size_t)b->graphs * sizeof *b->pbc);
    for (int64_t i = 0; i < b->natoms; i++) a->graph[a->natoms + i] = (int32_t)(a->graphs + b->graph[i]);
    a->natoms += b->natoms;
    a->graphs += b->graphs;
    a->periodic = a->periodic || b->periodic;
}

eqf_system model_of(const model_system *s)
{
    eqf_system system = EQF_SYSTEM_INIT;
    system.natoms = s->natoms;
    system.atomic_numbers = s->numbers;
    system.positions = s->positions;
    system.graphs = s->graphs;
    system.graph = s->graphs == 1 ? NULL : s->graph;
    system.cell = s->periodic ? s->cell : NULL;
    system.pbc = s->periodic ? s->pbc : NULL;
    return system;
}

model_result model_compute(eqf_context *context, eqf_calculator *calculator, const model_system *s)
{
    model_result result;
    eqf_system system = model_of(s);
    eqf_results results = EQF_RESULTS_INIT;
    memset(&result, 0, sizeof result);
    results.energy = result.energy;
    results.atom_energy = result.atoms;
    results.forces = result.forces;
    TEST_OK(context, eqf_calculator_compute(context, calculator, &system, &results));
    result.edges = eqf_calculator_edges(calculator);
    return result;
}

void model_begin(model_bench *b, model_kind kind, eqf_precision precision)
{
    b->context = test_context(&b->memory);
    b->model = model_small(b->context, kind, EQF_FLOAT64, 3);
    TEST_OK(b->context, eqf_calculator_create(b->context, b->model, precision, &b->calculator));
}

void model_finish(model_bench *b)
{
    eqf_calculator_free(b->calculator);
    eqf_model_free(b->model);
    test_context_free(b->context, &b->memory);
}
