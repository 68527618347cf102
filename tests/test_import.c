/* Importing checkpoints: the same model by every way, its energies and forces, signs and names; refusals.
 * SPDX-License-Identifier: MIT */
#include "support/test.h"

#include <unistd.h>

#include <equiformer/calculator.h>
#include <equiformer/import.h>

#include "io/safetensors.h"
#include "model/config.h"

enum { ARRAYS_MAX = 256, ATOMS = 18, GRAPHS = 2 };

static test_allocator memory;
static eqf_context *context;
static eqfi_safetensors *golden;
static eqf_config *config;
static char path[64];

/* Tensors and metadata that a test writes to path. */
static int n_arrays, n_metadata;
static eqfi_array arrays[ARRAYS_MAX];
static const char *keys[4], *values[4];

static const char constructor[] =
    "{\"kind\": \"md17\", \"irreps_node_embedding\": \"8x0e+4x1e+2x2e\", \"num_layers\": 2, "
    "\"irreps_sh\": \"1x0e+1x1e+1x2e\", \"fc_neurons\": [8, 8], \"irreps_feature\": \"16x0e\", "
    "\"irreps_head\": \"4x0e+2x1e+2x2e\", \"num_heads\": 2, \"irreps_mlp_mid\": \"12x0e+6x1e+4x2e\", "
    "\"irreps_in\": \"64x0e\", \"number_of_basis\": 12, \"basis_type\": \"exp\"}";

/* The parameters of the golden checkpoint under their plain names. */
static int set_up(void **state)
{
    (void)state;
    context = test_context(&memory);
    snprintf(path, sizeof path, "/tmp/equiformer-test-%d.safetensors", (int)getpid());
    TEST_OK(context, eqfi_safetensors_open(context, test_golden("e3nn04/checkpoint_md17_l2.safetensors"), &golden));
    TEST_OK(context, eqf_config_parse(context, constructor, &config));
    n_arrays = n_metadata = 0;
    for (int i = 0; i < eqfi_safetensors_count(golden); i++) {
        const eqfi_array *array = eqfi_safetensors_at(golden, i);
        if (strncmp(array->name, "model/", 6) != 0) continue;
        arrays[n_arrays] = *array;
        arrays[n_arrays++].name += 6;
        assert_true(n_arrays < ARRAYS_MAX - 4);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    eqf_config_free(config);
    eqfi_safetensors_close(golden);
    test_context_free(context, &memory);
    return 0;
}

static eqfi_array *array_of(const char *name)
{
    for (int i = 0; i < n_arrays; i++)
        if (strcmp(arrays[i].name, name) == 0) return &arrays[i];
    fail_msg("there is no tensor %s", name);
    return NULL;
}

static eqf_model *import_from(const char *from, const eqf_config *with)
{
    eqf_model *model = NULL;
    TEST_OK(context, eqf_model_import(context, from, with, &model));
    return model;
}

static eqf_model *import_written(const eqf_config *with)
{
    TEST_OK(context, eqfi_safetensors_write(context, path, n_arrays, arrays, n_metadata, keys, values));
    return import_from(path, with);
}

static void refuse(const eqf_config *with, eqf_status status, const char *message)
{
    eqf_model *model = NULL;
    TEST_OK(context, eqfi_safetensors_write(context, path, n_arrays, arrays, n_metadata, keys, values));
    TEST_FAILS(context, status, message, eqf_model_import(context, path, with, &model));
    assert_int_equal(strncmp(eqf_context_message(context), path, strlen(path)), 0);
    assert_null(strstr(eqf_context_message(context) + 1, path));
    assert_null(model);
}

static int convention_of(const eqf_model *model) { return eqf_model_config(model)->convention; }

static void same_parameters(const eqf_model *model, const eqf_model *other)
{
    static double a[1 << 14], b[1 << 14];
    const eqf_parameters *p = eqf_model_parameters(model), *q = eqf_model_parameters(other);
    assert_int_equal(eqf_parameters_arrays(p), eqf_parameters_arrays(q));
    for (int i = 0; i < eqf_parameters_arrays(p); i++) {
        eqf_parameter_info info;
        TEST_OK(context, eqf_parameters_info(context, p, i, &info));
        int found = eqf_parameters_find(q, info.name);
        assert_true(found >= 0 && info.count <= (1 << 14));
        TEST_OK(context, eqf_parameters_get(context, p, i, a));
        TEST_OK(context, eqf_parameters_get(context, q, found, b));
        if (info.count > 0) assert_memory_equal(a, b, (size_t)info.count * sizeof *a);
    }
}

/* ------------------------------------------------------------------------------------------------------ energies -- */

typedef struct outcome {
    double energy[GRAPHS], forces[3 * ATOMS];
} outcome;

static void read_ints(const char *name, int n, int *ints)
{
    double numbers[ATOMS];
    eqfi_array_to_double(eqfi_safetensors_find(golden, name), 0, n, numbers);
    for (int i = 0; i < n; i++) ints[i] = (int)numbers[i];
}

static outcome compute(const eqf_model *model)
{
    int numbers[ATOMS], graph[ATOMS];
    double positions[3 * ATOMS];
    outcome out;
    eqf_calculator *calculator = NULL;
    eqf_system system = EQF_SYSTEM_INIT;
    eqf_results results = EQF_RESULTS_INIT;
    read_ints("in/atomic_numbers", ATOMS, numbers);
    read_ints("in/batch", ATOMS, graph);
    eqfi_array_to_double(eqfi_safetensors_find(golden, "in/positions"), 0, 3 * ATOMS, positions);
    system.natoms = ATOMS;
    system.graphs = GRAPHS;
    system.atomic_numbers = numbers;
    system.positions = positions;
    system.graph = graph;
    results.energy = out.energy;
    results.forces = out.forces;
    TEST_OK(context, eqf_calculator_create(context, model, EQF_FLOAT64, &calculator));
    TEST_OK(context, eqf_calculator_compute(context, calculator, &system, &results));
    eqf_calculator_free(calculator);
    return out;
}

static const char *const ways[] = {"e3nn04/checkpoint_md17_l2.safetensors", "e3nn04/checkpoint_md17_l2.pth.tar",
                                   "e3nn04/checkpoint_md17_l2_bare.pt"};
#ifdef EQFI_HAVE_LIBZIP
enum { WAYS = 3 };
#else
enum { WAYS = 1 };
#endif

static void test_every_way(void **state)
{
    (void)state;
    double energy[GRAPHS], forces[3 * ATOMS];
    outcome first;
    eqf_model *models[3];
    eqfi_array_to_double(eqfi_safetensors_find(golden, "out/energy"), 0, GRAPHS, energy);
    eqfi_array_to_double(eqfi_safetensors_find(golden, "out/forces"), 0, 3 * ATOMS, forces);
    for (int i = 0; i < WAYS; i++) {
        models[i] = import_from(test_golden(ways[i]), i == 0 ? NULL : config);
        assert_int_equal(convention_of(models[i]), EQF_CG_E3NN_04);
        assert_int_equal(eqf_parameters_precision(eqf_model_parameters(models[i])), EQF_FLOAT32);
        assert_int_equal(eqf_parameters_elements(eqf_model_parameters(models[i])), 6625);
        same_parameters(models[i], models[0]);
        outcome out = compute(models[i]);
        if (i == 0) first = out;
        assert_memory_equal(&out, &first, sizeof out);
    }
    assert_all_close(GRAPHS, first.energy, energy, 1e-10 * fabs(energy[0]));
    double largest = 0;
    for (int i = 0; i < 3 * ATOMS; i++) largest = fmax(largest, fabs(forces[i]));
    assert_all_close(3 * ATOMS, first.forces, forces, 1e-10 * largest);
    for (int i = 0; i < WAYS; i++) eqf_model_free(models[i]);
}

/* ----------------------------------------------------------------------------------------------- names and signs -- */

static void test_names(void **state)
{
    (void)state;
    static char names[ARRAYS_MAX][128];
    static const char *const prefixes[] = {"", "module.", "module.module.", "model/", "model/module."};
    eqf_model *model = import_from(test_golden(ways[0]), NULL);
    for (size_t p = 0; p < sizeof prefixes / sizeof *prefixes; p++) {
        for (int i = 0; i < n_arrays; i++) {
            const char *plain = p == 0 ? arrays[i].name : arrays[i].name + strlen(prefixes[p - 1]);
            char text[128];
            snprintf(text, sizeof text, "%s%s", prefixes[p], plain);
            memcpy(names[i], text, sizeof text);
            arrays[i].name = names[i];
        }
        eqf_model *other = import_written(config);
        same_parameters(other, model);
        eqf_model_free(other);
    }
    eqf_model_free(model);
}

static void add_array(const char *name, const float *data, int ndim, int64_t count, int64_t a, int64_t b, int64_t c)
{
    arrays[n_arrays++] = (eqfi_array){name, EQFI_DTYPE_F32, ndim, {a, b, c}, count, data};
}

/* The signs of buffers count more than metadata, metadata more than the rule. */
static void test_signs(void **state)
{
    (void)state;
    static float symbol[2][75], even[27];
    double values3j[75];
    for (int i = 0; i < 2; i++) {
        eqf_cg_convention convention = i == 0 ? EQF_CG_E3NN_05 : EQF_CG_E3NN_04;
        TEST_OK(context, eqf_wigner_3j(context, convention, 1, 2, 2, values3j));
        for (int k = 0; k < 75; k++) symbol[i][k] = (float)values3j[k];
    }
    keys[0] = "cg_convention";
    for (int written = 0; written < 3; written++)
        for (int buffer = 0; buffer < 3; buffer++) {
            int n = n_arrays;
            n_metadata = written < 2;
            values[0] = written == 0 ? "e3nn-0.5" : "e3nn-0.4";
            add_array("x._compiled_main_left_right._w3j_1_1_1", even, 3, 27, 3, 3, 3); /* zeros: tell nothing */
            if (buffer < 2) add_array("x._compiled_main_left_right._w3j_1_2_2", symbol[buffer], 3, 75, 3, 5, 5);
            add_array("x.tp.output_mask", even, 1, 9, 9, 0, 0);
            eqf_model *model = import_written(config);
            int expected = buffer < 2 ? buffer : written == 0 ? 0 : 1;
            assert_int_equal(convention_of(model), expected == 0 ? EQF_CG_E3NN_05 : EQF_CG_E3NN_04);
            eqf_model_free(model);
            n_arrays = n;
        }
    n_metadata = 1;
    values[0] = "e3nn-0.3";
    refuse(config, EQF_ERROR_FORMAT, "the metadata cg_convention is e3nn-0.3, expected e3nn-0.5 or e3nn-0.4");
}

/* A model file of our own is a checkpoint as well. */
static void test_model_file(void **state)
{
    (void)state;
    eqf_model *made = NULL, *model;
    TEST_OK(context, eqf_model_create(context, config, 3, EQF_FLOAT64, &made));
    TEST_OK(context, eqf_model_save(context, made, path));
    model = import_from(path, NULL);
    same_parameters(model, made);
    assert_int_equal(eqf_parameters_precision(eqf_model_parameters(model)), EQF_FLOAT64);
    assert_int_equal(convention_of(model), convention_of(made));
    eqf_model_free(model);
    eqf_model_free(made);
}

static void test_metadata(void **state)
{
    (void)state;
    char *own = NULL;
    keys[0] = "config", keys[1] = "kind";
    values[0] = constructor, n_metadata = 1;
    eqf_model_free(import_written(NULL));
    TEST_OK(context, eqf_config_format(context, config, &own));
    values[0] = own;
    eqf_model_free(import_written(NULL));
    eqf_text_free(context, own);
    values[0] = "[]", values[1] = "md17", n_metadata = 2;
    refuse(NULL, EQF_ERROR_FORMAT, "the metadata config is no JSON object");
    values[0] = "{", n_metadata = 1;
    refuse(NULL, EQF_ERROR_PARSE, "line 1");
    values[0] = "{}", values[1] = "md18", n_metadata = 2;
    refuse(NULL, EQF_ERROR_ARGUMENT, "kind is md18, expected a preset, or qm9, md17 or oc20");
    n_metadata = 0;
    refuse(NULL, EQF_ERROR_ARGUMENT, "the file does not say which model it holds");
}

/* ------------------------------------------------------------------------------------------------------ refusals -- */

static void test_refusals(void **state)
{
    (void)state;
    static float bad[512];
    eqfi_array *array = array_of("atom_embed.atom_type_lin.tp.weight"), kept = *array;
    bad[7] = (float)NAN;
    array->data = bad;
    refuse(config, EQF_ERROR_NOT_FINITE, "element 7 of the tensor atom_embed.atom_type_lin.tp.weight is not");
    array->name = "atom_embed.atom_type_lin.tp.weights";
    refuse(config, EQF_ERROR_NOT_FOUND, "the tensor atom_embed.atom_type_lin.tp.weight is missing");
    *array = kept;
    array->ndim = 2, array->shape[0] = 2, array->shape[1] = 256;
    refuse(config, EQF_ERROR_SHAPE, "has shape [2,256], expected [512]");
    *array = kept;
    array->dtype = EQFI_DTYPE_I32;
    refuse(config, EQF_ERROR_FORMAT, "is I32, expected F32 or F64");
    *array = kept;
    arrays[n_arrays++] = (eqfi_array){"optimizer.step", EQFI_DTYPE_F32, 1, {1}, 1, bad};
    refuse(config, EQF_ERROR_FORMAT, "the tensor optimizer.step is superfluous");
    arrays[n_arrays - 1] = kept;
    arrays[n_arrays - 1].name = "module.atom_embed.atom_type_lin.tp.weight";
    refuse(config, EQF_ERROR_FORMAT, "the tensor atom_embed.atom_type_lin.tp.weight is there twice");
    n_arrays--;
    TEST_OK(context, eqf_config_set(context, config, "num_layers", "1000"));
    refuse(config, EQF_ERROR_FORMAT, "num_layers is 1000, but there are only");

    eqf_model *model = NULL;
    FILE *file = fopen(path, "wb");
    fwrite("\x80\x02\x8a\x0al\xfc\x9c\x46\xf9 j\xa8P\x19.", 1, 14, file);
    fclose(file);
    TEST_FAILS(context, EQF_ERROR_UNSUPPORTED, "this is a pickle of PyTorch before 1.6",
               eqf_model_import(context, path, config, &model));
    TEST_FAILS(context, EQF_ERROR_IO, "cannot open /nowhere: No such file",
               eqf_model_import(context, "/nowhere", config, &model));
    TEST_FAILS(context, EQF_ERROR_IO, "cannot read /tmp: Is a directory",
               eqf_model_import(context, "/tmp", config, &model));
    TEST_FAILS(context, EQF_ERROR_FORMAT, "/dev/null: 0 bytes", eqf_model_import(context, "/dev/null", config, &model));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "NULL", eqf_model_import(context, NULL, config, &model));
    assert_null(model);
#ifndef EQFI_HAVE_LIBZIP
    TEST_FAILS(context, EQF_ERROR_UNSUPPORTED, "need libzip",
               eqf_model_import(context, test_golden(ways[1]), config, &model));
#endif
}

static eqf_status import_and_free(eqf_context *own, void *file)
{
    eqf_model *model = NULL;
    eqf_status status = eqf_model_import(own, file, config, &model);
    eqf_model_free(model);
    return status;
}

static void test_memory(void **state)
{
    (void)state;
    char file[4096];
    for (int i = 0; i < WAYS; i += 2) {
        snprintf(file, sizeof file, "%s", test_golden(ways[i]));
        test_every_allocation(import_and_free, file);
    }
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {CASE(test_every_way),  CASE(test_names),    CASE(test_signs),
                                       CASE(test_model_file), CASE(test_metadata), CASE(test_refusals),
                                       CASE(test_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
