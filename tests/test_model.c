/* Models: published sizes, configurations, types of atoms, model files, and that harmonics of all degrees count.
 * SPDX-License-Identifier: MIT */
#include "support/models.h"

#include <equiformer/spherical_harmonics.h>

#include "ad/program.h"
#include "model/model.h"
#include "nn/module.h"

/* ------------------------------------------------------------------------------------------------------- presets -- */

/* Published numbers of parameters; of the last ones with more set. */
static const struct {
    const char *name;
    int64_t parameters;
    const char *num_layers; /* with the auxiliary task */
} published[] = {
    {"graph_attention_transformer_l2", 3008515, NULL},
    {"graph_attention_transformer_nonlinear_l2", 3531715, NULL},
    {"graph_attention_transformer_nonlinear_l2_e3", 3282211, NULL},
    {"graph_attention_transformer_nonlinear_bessel_l2", 3477705, NULL},
    {"graph_attention_transformer_nonlinear_bessel_l2_drop01", 3477705, NULL},
    {"graph_attention_transformer_nonlinear_bessel_l2_drop00", 3477705, NULL},
    {"dot_product_attention_transformer_l2", 3352579, NULL},
    {"graph_attention_transformer_l2_md17", 3016067, NULL},
    {"graph_attention_transformer_nonlinear_l2_md17", 3539267, NULL},
    {"graph_attention_transformer_nonlinear_l2_e3_md17", 3289763, NULL},
    {"graph_attention_transformer_nonlinear_bessel_l2_md17", 3485257, NULL},
    {"graph_attention_transformer_nonlinear_exp_l2_md17", 3496001, NULL},
    {"graph_attention_transformer_nonlinear_exp_l3_md17", 5500865, NULL},
    {"graph_attention_transformer_nonlinear_attn_exp_l3_md17", 5602177, NULL},
    {"graph_attention_transformer_nonlinear_exp_l3_e3_md17", 5098433, NULL},
    {"graph_attention_transformer_nonlinear_bessel_l3_md17", 5490121, NULL},
    {"graph_attention_transformer_nonlinear_bessel_l3_e3_md17", 5087689, NULL},
    {"dot_product_attention_transformer_exp_l2_md17", 3316865, NULL},
    {"dot_product_attention_transformer_exp_l3_md17", 5142401, NULL},
    {"graph_attention_transformer", 9123331, NULL},
    {"dp_attention_transformer", 8722435, NULL},
    {"graph_attention_transformer", 10130819, "6"},
    {"graph_attention_transformer", 26773379, "18"},
};

enum { PUBLISHED = sizeof published / sizeof published[0], VARIED = 2 };

static void test_presets(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    assert_int_equal(eqf_preset_count(), PUBLISHED - VARIED);
    for (int i = 0; i < PUBLISHED; i++) {
        eqf_config *config = NULL;
        eqf_module *network = NULL;
        eqf_parameters *parameters = NULL;
        eqf_model *model = NULL;
        bool listed = false, qm9 = strstr(published[i].name, "md17") == NULL && strstr(published[i].name, "l2") != NULL;
        for (int k = 0; k < eqf_preset_count(); k++)
            listed = listed || strcmp(eqf_preset_name(k), published[i].name) == 0;
        assert_true(listed);
        TEST_OK(context, eqf_config_preset(context, published[i].name, &config));
        if (published[i].num_layers != NULL) {
            TEST_OK(context, eqf_config_set(context, config, "num_layers", published[i].num_layers));
            TEST_OK(context, eqf_config_set(context, config, "use_auxiliary_task", "true"));
            TEST_OK(context, eqf_config_set(context, config, "irreps_feature", "512x0e+256x1e"));
            TEST_OK(context, eqf_config_set(context, config, "irreps_pre_attn", "256x0e+128x1e"));
        }
        TEST_OK(context, eqfi_network_create(context, config, &network));
        TEST_OK(context, eqf_parameters_create(context, EQF_FLOAT32, &parameters));
        TEST_OK(context, eqfi_module_declare(context, network, "", parameters));
        assert_int_equal(eqf_parameters_elements(parameters), published[i].parameters);
        eqf_module_free(network);
        eqf_parameters_free(parameters);
        if (i % 8 != 1) { /* drawing initial values takes time */
            eqf_config_free(config);
            continue;
        }
        TEST_OK(context, eqf_model_create(context, config, 1, EQF_FLOAT32, &model));
        assert_int_equal(eqf_parameters_elements(eqf_model_parameters(model)), published[i].parameters);
        assert_string_equal(eqf_model_name(model), published[i].name);
        assert_close(eqf_model_cutoff(model), 5, 0);
        assert_int_equal(eqf_model_type(model, 6), qm9 ? 1 : 6);
        assert_int_equal(eqf_model_type(model, 9), qm9 ? 4 : 9);
        assert_int_equal(eqf_model_type(model, 16), qm9 ? -1 : 16);
        assert_int_equal(eqf_model_type(model, 84), -1);
        assert_int_equal(eqf_model_type(model, 0), -1);
        assert_int_equal(eqf_model_type(model, -7), -1);
        assert_int_equal(eqf_model_type(model, 100000), -1);
        eqf_model_free(model);
        eqf_config_free(config);
    }
    assert_null(eqf_preset_name(-1));
    assert_null(eqf_preset_name(eqf_preset_count()));
    test_context_free(context, &memory);
}

/* ------------------------------------------------------------------------------------------------ configurations -- */

static void test_config_errors(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value;
        eqf_status status;
        const char *message;
    } table[] = {
        {"num_layer", "2", EQF_ERROR_NOT_FOUND, "unknown key num_layer"},
        {"num_layers", "0", EQF_ERROR_ARGUMENT, "num_layers is 0, expected a whole number from 1"},
        {"num_layers", "two", EQF_ERROR_ARGUMENT, "num_layers is two, expected a whole number"},
        {"num_layers", "2.5", EQF_ERROR_ARGUMENT, "num_layers is 2.5, expected a whole number"},
        {"max_radius", "-5", EQF_ERROR_ARGUMENT, "max_radius is -5, expected a positive number"},
        {"max_radius", "1e999", EQF_ERROR_ARGUMENT, "max_radius is 1e999"},
        {"alpha_drop", "1", EQF_ERROR_ARGUMENT, "alpha_drop is 1, expected a number from 0 to below 1"},
        {"irreps_head", "8x0e+4", EQF_ERROR_PARSE, "irreps_head: "},
        {"irreps_head", "null", EQF_ERROR_PARSE, "irreps_head: "},
        {"basis_type", "sine", EQF_ERROR_ARGUMENT, "basis_type is \"sine\", expected one of: gaussian"},
        {"norm_layer", "batch", EQF_ERROR_ARGUMENT, "norm_layer is \"batch\", expected one of: "},
        {"nonlinear_message", "yes", EQF_ERROR_ARGUMENT, "nonlinear_message is yes, expected true or false"},
        {"fc_neurons", "64,x", EQF_ERROR_ARGUMENT, "fc_neurons is 64,x, expected a list of whole numbers"},
        {"fc_neurons", "", EQF_ERROR_ARGUMENT, "fc_neurons is []"},
        {"energy_unit", "0123456789abcdef", EQF_ERROR_ARGUMENT, "energy_unit is \"0123456789abcdef\", expected a text"},
    };
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqf_config *config = model_small_config(context, MODEL_SE3), *none = NULL;
    char *before = NULL, *after = NULL;
    TEST_OK(context, eqf_config_format(context, config, &before));
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        TEST_FAILS(context, table[i].status, table[i].message,
                   eqf_config_set(context, config, table[i].key, table[i].value));
    TEST_OK(context, eqf_config_format(context, config, &after));
    assert_string_equal(before, after); /* a refused value leaves all as it was */
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "unknown preset l2, expected one of: graph_attention",
               eqf_config_preset(context, "l2", &none));
    TEST_FAILS(context, EQF_ERROR_PARSE, "line 1, column", eqf_config_parse(context, "{\"num_layers\": }", &none));
    TEST_FAILS(context, EQF_ERROR_PARSE, "no JSON object", eqf_config_parse(context, "[]", &none));
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "unknown key num_layer",
               eqf_config_parse(context, "{\"num_layer\": 3}", &none));
    TEST_FAILS(context, EQF_ERROR_PARSE, "num_layers",
               eqf_config_parse(context, "{\"num_layers\": 3, \"num_layers\": 4}", &none));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "preset is no text", eqf_config_parse(context, "{\"preset\": 3}", &none));
    assert_null(none);
    eqf_text_free(context, before);
    eqf_text_free(context, after);
    eqf_config_free(config);
    test_context_free(context, &memory);
}

/* A configuration survives being written and read; a preset that is changed is no preset any more. */
static void test_config_round_trip(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    for (int kind = 0; kind < MODEL_KINDS; kind++) {
        eqf_config *config = model_small_config(context, (model_kind)kind), *copy = NULL;
        char *text = NULL, *again = NULL;
        TEST_OK(context, eqf_config_format(context, config, &text));
        TEST_OK(context, eqf_config_parse(context, text, &copy));
        TEST_OK(context, eqf_config_format(context, copy, &again));
        assert_string_equal(text, again);
        assert_null(strstr(text, "\"preset\""));
        eqf_text_free(context, text);
        eqf_text_free(context, again);
        eqf_config_free(config);
        eqf_config_free(copy);
    }
    test_context_free(context, &memory);
}

/* Every key that the text of a configuration has, read one by one and set in another configuration. */
static void test_config_values(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    for (int kind = 0; kind < MODEL_KINDS; kind++) {
        eqf_config *config = model_small_config(context, (model_kind)kind), *copy = NULL;
        char *text = NULL, *again = NULL, *value = NULL, key[64];
        TEST_OK(context, eqf_config_preset(context, eqf_preset_name(0), &copy));
        TEST_OK(context, eqf_config_format(context, config, &text));
        for (const char *line = strstr(text, "\n  \""); line != NULL; line = strstr(line + 1, "\n  \"")) {
            assert_int_equal(sscanf(line, "\n  \"%63[a-z_]\":", key), 1);
            TEST_OK(context, eqf_config_get(context, config, key, &value));
            TEST_OK(context, eqf_config_set(context, copy, key, value));
            eqf_text_free(context, value);
        }
        TEST_OK(context, eqf_config_format(context, copy, &again));
        assert_string_equal(text, again);
        TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "unknown key num_layer",
                   eqf_config_get(context, config, "num_layer", &value));
        eqf_text_free(context, text);
        eqf_text_free(context, again);
        eqf_config_free(config);
        eqf_config_free(copy);
    }
    test_context_free(context, &memory);
}

static void test_refused_models(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value;
        eqf_status status;
        const char *message;
    } table[] = {
        {"atom_types", "1,6,6", EQF_ERROR_RANGE, "atom_types has 6 at place 2, expected distinct atomic numbers"},
        {"atom_types", "1,0", EQF_ERROR_RANGE, "atom_types has 0 at place 1"},
        {"irreps_sh", "1x0e+2x1e", EQF_ERROR_SHAPE, "block 1 of spherical harmonics is 2x1, expected 1x1"},
        {"irreps_head", "2x1e", EQF_ERROR_SHAPE, "heads without 0e channels"},
        {"irreps_feature", "4x1e", EQF_ERROR_SHAPE, "a head of irreps without 0e"},
        {"irreps_node_embedding", "4x0e+2x1e+4x0e", EQF_ERROR_SHAPE, "2 blocks of 0e, expected one"},
        {"fc_neurons", "8,0", EQF_ERROR_RANGE, "fc_neurons has a layer of 0, expected 1 or more"},
    };
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        eqf_config *config = model_small_config(context, MODEL_SE3);
        eqf_model *model = NULL;
        TEST_OK(context, eqf_config_set(context, config, table[i].key, table[i].value));
        TEST_FAILS(context, table[i].status, table[i].message,
                   eqf_model_create(context, config, 1, EQF_FLOAT32, &model));
        assert_null(model);
        eqf_config_free(config);
    }
    eqf_config *bare = NULL;
    eqf_model *model = NULL;
    TEST_OK(context, eqf_config_parse(context, "{}", &bare));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "the model configuration lacks irreps_node_embedding",
               eqf_model_create(context, bare, 1, EQF_FLOAT32, &model));
    eqf_config_free(bare);
    test_context_free(context, &memory);
}

/* ---------------------------------------------------------------------------------------------------- assembling -- */

/* A store of the model's arrays but those of one name, which gets another shape, or is left out. */
static eqf_parameters *distorted(eqf_context *context, const eqf_model *model, const char *name, int64_t count)
{
    eqf_parameters *made = NULL;
    const eqf_parameters *own = eqf_model_parameters(model);
    TEST_OK(context, eqf_parameters_create(context, EQF_FLOAT32, &made));
    for (int i = 0; i < eqf_parameters_arrays(own); i++) {
        eqf_parameter_info info;
        TEST_OK(context, eqf_parameters_info(context, own, i, &info));
        if (strcmp(info.name, name) == 0) {
            info.ndim = 1;
            info.shape[0] = count;
        }
        if (info.shape[0] >= 0) TEST_OK(context, eqf_parameters_add(context, made, &info));
    }
    return made;
}

static void test_assembling(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqf_model *model = model_small(context, MODEL_SE3, EQF_FLOAT32, 1), *none = NULL;
    const eqf_config *config = eqf_model_config(model);
    eqf_parameters *bad = distorted(context, model, "head.2.bias.0", -1);
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "the parameter head.2.bias.0 is missing",
               eqf_model_assemble(context, config, bad, &none));
    eqf_parameters_free(bad);
    bad = distorted(context, model, "blocks.1.ga.alpha_dot", 7);
    TEST_FAILS(context, EQF_ERROR_SHAPE, "the parameter blocks.1.ga.alpha_dot has shape [7], expected [1,2,4]",
               eqf_model_assemble(context, config, bad, &none));
    eqf_parameters_free(bad);
    bad = distorted(context, model, "", 0);
    eqf_parameter_info info = {.name = "blocks.7.x", .ndim = 1, .shape = {3}};
    TEST_OK(context, eqf_parameters_add(context, bad, &info));
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "the parameter blocks.7.x is superfluous",
               eqf_model_assemble(context, config, bad, &none));
    eqf_parameters_free(bad);
    assert_null(none);
    assert_string_equal(eqf_model_name(model), "custom");
    eqf_model *same = eqf_model_retain(model);
    eqf_model_free(model);
    assert_close(eqf_model_cutoff(same), 3.6, 0);
    eqf_model_free(same);
    eqf_model_free(NULL);
    eqf_config_free(NULL);
    test_context_free(context, &memory);
}

/* ----------------------------------------------------------------------------------------------------- harmonics -- */

/* Energy of a molecule with the harmonics of l > 0 multiplied by `factor`. The model records the same harmonics as this
 * function has recorded before, so that what reads them can be led to their multiples. */
static double energy_with(eqf_context *context, const eqf_model *model, const char *sh, double factor)
{
    eqf_irreps *irreps = NULL, *vector = NULL;
    eqf_module *module = NULL;
    eqf_program *program = NULL;
    eqf_run *run = NULL;
    TEST_OK(context, eqf_irreps_parse(context, sh, &irreps));
    TEST_OK(context, eqf_irreps_parse(context, "1x1o", &vector));
    TEST_OK(context, eqf_spherical_harmonics_create(context, irreps, EQF_HARMONICS_COMPONENT, 1, &module));
    TEST_OK(context, eqf_program_create(context, &program));
    eqf_var vectors = eqf_input_double(program, "vectors", eqf_program_rows(program, "edges"), vector);
    eqf_model_outputs outputs;
    eqf_var harmonics = eqf_from_double(program, eqf_module_record(program, module, "", NULL, &vectors));
    double factors[8] = {1};
    for (int l = 1; l < 8; l++) factors[l] = factor;
    eqf_irreps *scalars = NULL;
    TEST_OK(context,
            eqf_irreps_create(context, 1, &(eqf_irreps_block){eqf_irreps_blocks(irreps), {0, 1}, 0}, &scalars));
    eqf_var changed = eqf_scale(program, harmonics, eqf_constant(program, scalars, factors), EQF_PER_BLOCK, 1);
    size_t first = program->nodes.n;
    int readers = 0;
    eqf_model_record(program, model, "", vectors, &outputs);
    for (size_t i = first; i < program->nodes.n; i++)
        for (int k = 0; k < program->nodes.items[i].n_in; k++)
            if (program->nodes.items[i].in[k] == harmonics.id) {
                program->nodes.items[i].in[k] = changed.id;
                readers++;
            }
    assert_true(readers >= 3); /* the embedding, and a product in each block */
    eqf_output(program, "energy", outputs.energy);
    TEST_OK(context, eqf_program_end(context, program));
    TEST_OK(context, eqf_run_create(context, program, eqf_model_parameters(model), EQF_FLOAT64, &run));

    model_system s = model_molecule(4, 3); /* all see one another */
    int32_t src[12], dst[12], types[4], graph[4] = {0};
    double vectors_of_edges[36], value;
    int n = 0;
    for (int32_t i = 0; i < 4; i++) {
        types[i] = eqf_model_type(model, s.numbers[i]);
        for (int32_t j = 0; j < 4; j++) {
            if (i == j) continue;
            src[n] = j;
            dst[n] = i;
            for (int a = 0; a < 3; a++) vectors_of_edges[3 * n + a] = s.positions[3 * j + a] - s.positions[3 * i + a];
            n++;
        }
    }
    TEST_OK(context, eqf_run_set_rows(context, run, "atoms", 4));
    TEST_OK(context, eqf_run_set_rows(context, run, "edges", n));
    TEST_OK(context, eqf_run_set_rows(context, run, "graphs", 1));
    TEST_OK(context, eqf_run_set_map(context, run, "edge_src", src));
    TEST_OK(context, eqf_run_set_map(context, run, "edge_dst", dst));
    TEST_OK(context, eqf_run_set_map(context, run, "atom_type", types));
    TEST_OK(context, eqf_run_set_map(context, run, "atom_graph", graph));
    TEST_OK(context, eqf_run_set_input(context, run, "vectors", vectors_of_edges));
    TEST_OK(context, eqf_run_execute(context, run));
    TEST_OK(context, eqf_run_get_output(context, run, "energy", &value));
    eqf_calculator *calculator = NULL;
    TEST_OK(context, eqf_calculator_create(context, model, EQF_FLOAT64, &calculator));
    if (factor == 1) assert_close(model_compute(context, calculator, &s).energy[0], value, 1e-12);
    eqf_calculator_free(calculator);
    eqf_run_free(run);
    eqf_program_free(program);
    eqf_module_free(module);
    eqf_irreps_free(irreps);
    eqf_irreps_free(vector);
    eqf_irreps_free(scalars);
    return value;
}

static void test_degrees_count(void **state)
{
    (void)state;
    static const char *const sh[MODEL_KINDS] = {"1x0e+1x1e+1x2e", "1x0e+1x1e+1x2e+1x3e", "1x0e+1x1o+1x2e",
                                                "1x0e+1x1o+1x2e", "1x0e+1x1e+1x2e",      "1x0e+1x1e+1x2e+1x3e"};
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    for (int kind = 0; kind < MODEL_KINDS; kind++) {
        eqf_model *model = model_small(context, (model_kind)kind, EQF_FLOAT64, 3);
        double whole = energy_with(context, model, sh[kind], 1), without = energy_with(context, model, sh[kind], 0);
        assert_true(fabs(whole - without) > 1e-3);
        eqf_model_free(model);
    }
    test_context_free(context, &memory);
}

/* ---------------------------------------------------------------------------------------------- several in a program -- */

/* Adds the parameters of a model, named scope.name. */
static void add_scoped(eqf_context *context, const eqf_model *model, const char *scope, eqf_parameters *all)
{
    const eqf_parameters *own = eqf_model_parameters(model);
    for (int i = 0; i < eqf_parameters_arrays(own); i++) {
        eqf_parameter_info info;
        char name[300];
        TEST_OK(context, eqf_parameters_info(context, own, i, &info));
        double *values = calloc((size_t)info.count + 1, sizeof *values);
        assert_non_null(values);
        TEST_OK(context, eqf_parameters_get(context, own, i, values));
        snprintf(name, sizeof name, "%s.%s", scope, info.name);
        info.name = name;
        TEST_OK(context, eqf_parameters_add(context, all, &info));
        TEST_OK(context, eqf_parameters_set(context, all, eqf_parameters_arrays(all) - 1, values));
        free(values);
    }
}

/* Two models with different elements in one program give the energies that they give alone. */
static void test_two_models(void **state)
{
    (void)state;
    static const char *const scopes[2] = {"first", "second.model"};
    static const char *const types[2] = {"first.atom_type", "second.model.atom_type"};
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqf_model *models[2] = {model_small(context, MODEL_SE3, EQF_FLOAT64, 1),
                            model_small(context, MODEL_EXP, EQF_FLOAT64, 2)};
    assert_true(eqf_model_cutoff(models[0]) == eqf_model_cutoff(models[1]));
    eqf_parameters *all = NULL;
    eqf_program *program = NULL;
    eqf_run *run = NULL;
    eqf_irreps *vector = NULL;
    eqf_neighbors *neighbors = NULL;
    eqf_edges edges;
    model_system s = model_molecule(6, 4);
    TEST_OK(context, eqf_parameters_create(context, EQF_FLOAT64, &all));
    TEST_OK(context, eqf_irreps_parse(context, "1x1o", &vector));
    TEST_OK(context, eqf_program_create(context, &program));
    eqf_var vectors = eqf_input_double(program, "vectors", eqf_program_rows(program, "edges"), vector);
    for (int i = 0; i < 2; i++) {
        eqf_model_outputs outputs;
        eqf_model_record(program, models[i], scopes[i], vectors, &outputs);
        eqf_output(program, scopes[i], outputs.energy);
        add_scoped(context, models[i], scopes[i], all);
    }
    TEST_OK(context, eqf_program_end(context, program));
    TEST_OK(context, eqf_run_create(context, program, all, EQF_FLOAT64, &run));
    TEST_OK(context, eqf_neighbors_create(context, &neighbors));
    TEST_OK(context, eqf_neighbors_find(context, neighbors, eqf_model_cutoff(models[0]), 6, s.positions, 1, NULL, NULL,
                                        NULL, &edges));
    TEST_OK(context, eqf_run_set_rows(context, run, "atoms", 6));
    TEST_OK(context, eqf_run_set_rows(context, run, "edges", edges.count));
    TEST_OK(context, eqf_run_set_rows(context, run, "graphs", 1));
    TEST_OK(context, eqf_run_set_map(context, run, "edge_src", edges.src));
    TEST_OK(context, eqf_run_set_map(context, run, "edge_dst", edges.dst));
    TEST_OK(context, eqf_run_set_map(context, run, "atom_graph", (const int32_t[6]){0}));
    TEST_OK(context, eqf_run_set_input(context, run, "vectors", edges.vector));
    int32_t rows[2][6];
    for (int i = 0; i < 2; i++) {
        for (int a = 0; a < 6; a++) rows[i][a] = eqf_model_type(models[i], s.numbers[a]);
        TEST_OK(context, eqf_run_set_map(context, run, types[i], rows[i]));
    }
    TEST_OK(context, eqf_run_execute(context, run));
    for (int i = 0; i < 2; i++) {
        eqf_calculator *calculator = NULL;
        double energy;
        TEST_OK(context, eqf_calculator_create(context, models[i], EQF_FLOAT64, &calculator));
        TEST_OK(context, eqf_run_get_output(context, run, scopes[i], &energy));
        assert_close(energy, model_compute(context, calculator, &s).energy[0], 1e-13);
        eqf_calculator_free(calculator);
        eqf_model_free(models[i]);
    }
    eqf_neighbors_free(neighbors);
    eqf_irreps_free(vector);
    eqf_run_free(run);
    eqf_program_free(program);
    eqf_parameters_free(all);
    test_context_free(context, &memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_presets),           cmocka_unit_test(test_config_errors),
        cmocka_unit_test(test_config_round_trip), cmocka_unit_test(test_config_values),
        cmocka_unit_test(test_refused_models),    cmocka_unit_test(test_assembling),
        cmocka_unit_test(test_degrees_count),     cmocka_unit_test(test_two_models),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
