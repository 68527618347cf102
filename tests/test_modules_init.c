/* Modules: initial values and their reproducibility, published names and shapes, flags of parameters.
 * SPDX-License-Identifier: MIT */
#include "support/modules.h"

#include "io/safetensors.h"

typedef struct store {
    test_allocator memory;
    eqf_context *context;
    eqf_module *module;
    eqf_parameters *parameters;
} store;

static void begin(store *s)
{
    memset(s, 0, sizeof *s);
    s->context = test_context(&s->memory);
}

/* Parameters of s->module from a seed. */
static void initialise(store *s, uint64_t seed)
{
    TEST_OK(s->context, eqf_parameters_create(s->context, EQF_FLOAT64, &s->parameters));
    TEST_OK(s->context, eqf_module_init(s->context, s->module, "", seed, s->parameters));
}

static void finish(store *s)
{
    eqf_parameters_free(s->parameters);
    eqf_module_free(s->module);
    test_context_free(s->context, &s->memory);
}

static double *values_of(const store *s, const eqf_parameters *parameters, const char *name, eqf_parameter_info *info)
{
    int i = eqf_parameters_find(parameters, name);
    if (i < 0) fail_msg("there is no parameter %s", name);
    TEST_OK(s->context, eqf_parameters_info(s->context, parameters, i, info));
    double *values = malloc(((size_t)info->count + 1) * sizeof *values);
    assert_non_null(values);
    TEST_OK(s->context, eqf_parameters_get(s->context, parameters, i, values));
    return values;
}

/* ------------------------------------------------------------------------------------------------- distributions -- */

/* Mean, standard deviation, and fourth moment over the squared variance (3 if normal, 1.8 if uniform). */
static void expect_moments(int64_t n, const double *values, double mean, double deviation, double kurtosis)
{
    double sum = 0, square = 0, fourth = 0;
    for (int64_t i = 0; i < n; i++) sum += values[i];
    sum /= (double)n;
    for (int64_t i = 0; i < n; i++) {
        double d = values[i] - mean;
        square += d * d / (double)n;
        fourth += d * d * d * d / (double)n;
    }
    double error = 4 / sqrt((double)n);
    assert_close(sum, mean, error * deviation);
    assert_close(sqrt(square), deviation, error * deviation);
    assert_close(fourth / (square * square), kurtosis, 5 * error);
}

static void expect_normal(const store *s, const char *name, int64_t first, int64_t n, double deviation)
{
    eqf_parameter_info info;
    double *values = values_of(s, s->parameters, name, &info);
    assert_true(first + n <= info.count);
    expect_moments(n, values + first, 0, deviation, 3);
    free(values);
}

static void expect_uniform(const store *s, const char *name, double low, double high)
{
    eqf_parameter_info info;
    double *values = values_of(s, s->parameters, name, &info), least = INFINITY, most = -INFINITY;
    for (int64_t i = 0; i < info.count; i++) {
        least = fmin(least, values[i]);
        most = fmax(most, values[i]);
    }
    double margin = 8 * (high - low) / (double)info.count;
    assert_true(least >= low && most <= high && least < low + margin && most > high - margin);
    if (info.count > 200) expect_moments(info.count, values, (low + high) / 2, (high - low) / sqrt(12), 1.8);
    free(values);
}

static void expect_constant(const store *s, const char *name, double constant)
{
    eqf_parameter_info info;
    double *values = values_of(s, s->parameters, name, &info);
    for (int64_t i = 0; i < info.count; i++) assert_close(values[i], constant, 0);
    free(values);
}

/* Fan-in: all channels that are summed into one output. */
static void test_linear(void **state)
{
    (void)state;
    store s;
    begin(&s);
    eqf_irreps *in = test_irreps(s.context, "64x0e+16x1o+32x0e"), *out = test_irreps(s.context, "50x0e+60x1o+3x2e");
    TEST_OK(s.context, eqf_linear_create(s.context, in, out, 1, &s.module));
    initialise(&s, 11);
    expect_normal(&s, "tp.weight", 0, 64 * 50, 1 / sqrt(96));
    expect_normal(&s, "tp.weight", 64 * 50, 16 * 60, 1 / sqrt(16));
    expect_normal(&s, "tp.weight", 64 * 50 + 16 * 60, 32 * 50, 1 / sqrt(96));
    expect_constant(&s, "bias.0", 0);
    assert_int_equal(eqf_parameters_arrays(s.parameters), 2);
    assert_int_equal(eqf_parameters_elements(s.parameters), 64 * 50 + 16 * 60 + 32 * 50 + 50);
    eqf_irreps_free(in);
    eqf_irreps_free(out);
    finish(&s);
}

/* Fully connected products like linear maps, unless their factors normalize paths; depthwise ones of variance 1. */
static void test_products(void **state)
{
    (void)state;
    for (int normalization = EQF_PATH_NONE; normalization <= EQF_PATH_PATH; normalization++) {
        store s;
        begin(&s);
        eqf_irreps *in1 = test_irreps(s.context, "12x0e+8x1o"), *in2 = test_irreps(s.context, "5x0e+3x1o");
        eqf_irreps *out = test_irreps(s.context, "20x0e+10x1o");
        eqf_tensor_product_options options = EQF_TENSOR_PRODUCT_OPTIONS_INIT;
        options.weights = EQF_WEIGHTS_INTERNAL;
        options.path_normalization = (eqf_path_normalization)normalization;
        TEST_OK(s.context, eqf_fully_connected_create(s.context, in1, in2, out, &options, &s.module));
        initialise(&s, 12);
        bool rescaled = normalization == EQF_PATH_NONE;
        double first = rescaled ? 1 / sqrt(12 * 5 + 8 * 3) : 1, second = rescaled ? 1 / sqrt(12 * 3 + 8 * 5) : 1;
        expect_normal(&s, "weight", 0, 12 * 5 * 20, first);
        expect_normal(&s, "weight", 1200, 12 * 3 * 10, second);
        expect_normal(&s, "weight", 1560, 8 * 5 * 10, second);
        expect_normal(&s, "weight", 1960, 8 * 3 * 20, first);
        eqf_irreps_free(out);
        eqf_irreps_free(in1);
        eqf_irreps_free(in2);
        finish(&s);
    }
    store s;
    begin(&s);
    eqf_irreps *in = test_irreps(s.context, "300x0e+200x1e"), *sh = test_irreps(s.context, "1x0e+1x1e");
    eqf_tensor_product_options options = EQF_TENSOR_PRODUCT_OPTIONS_INIT;
    options.weights = EQF_WEIGHTS_INTERNAL;
    TEST_OK(s.context, eqf_depthwise_create(s.context, in, sh, in, &options, &s.module));
    initialise(&s, 13);
    expect_normal(&s, "weight", 0, eqf_tensor_product_weights(s.module), 1);
    eqf_irreps_free(in);
    eqf_irreps_free(sh);
    finish(&s);
}

static void test_radial(void **state)
{
    (void)state;
    static const int layers[] = {30, 64, 40, 500};
    store s;
    begin(&s);
    TEST_OK(s.context, eqf_radial_mlp_create(s.context, 4, layers, &s.module));
    initialise(&s, 14);
    expect_uniform(&s, "net.0.weight", -1 / sqrt(30), 1 / sqrt(30));
    expect_uniform(&s, "net.3.weight", -1 / sqrt(64), 1 / sqrt(64));
    expect_uniform(&s, "net.6.weight", -1 / sqrt(40), 1 / sqrt(40));
    expect_uniform(&s, "offset", -1 / sqrt(40), 1 / sqrt(40));
    expect_constant(&s, "net.0.bias", 0);
    expect_constant(&s, "net.3.bias", 0);
    expect_constant(&s, "net.1.weight", 1);
    expect_constant(&s, "net.1.bias", 0);
    expect_constant(&s, "net.4.weight", 1);
    expect_constant(&s, "net.4.bias", 0);
    finish(&s);

    begin(&s);
    TEST_OK(s.context, eqf_radial_basis_create(s.context, EQF_RADIAL_GAUSSIAN, 512, 5, &s.module));
    initialise(&s, 15);
    expect_uniform(&s, "mean", 0, 1);
    expect_uniform(&s, "std", 1.0 / 512, 1);
    expect_constant(&s, "weight", 1);
    expect_constant(&s, "bias", 0);
    finish(&s);

    begin(&s);
    TEST_OK(s.context, eqf_radial_basis_create(s.context, EQF_RADIAL_EXP, 32, 5, &s.module));
    initialise(&s, 16);
    eqf_parameter_info info;
    double *means = values_of(&s, s.parameters, "means", &info), start = exp(-5), step = (1 - start) / 31;
    for (int i = 0; i < 32; i++) assert_close(means[i], start + i * step, 1e-14);
    expect_constant(&s, "betas", pow(2.0 / 32 * (1 - start), -2));
    assert_int_equal(eqf_parameters_elements(s.parameters), 0); /* constants */
    free(means);
    finish(&s);
}

static void test_rest(void **state)
{
    (void)state;
    store s;
    begin(&s);
    eqf_irreps *irreps = test_irreps(s.context, "600x0e+2x1e"), *head = test_irreps(s.context, "200x0e+1x1e");
    eqf_irreps *sh = test_irreps(s.context, "1x0e+1x1e"), *small = test_irreps(s.context, "2x0e+2x1e");
    TEST_OK(s.context, eqf_atom_embedding_create(s.context, EQF_EMBED_TYPE, 10, irreps, &s.module));
    initialise(&s, 17);
    expect_normal(&s, "atom_type_lin.tp.weight", 0, 6000, 1);
    expect_constant(&s, "atom_type_lin.bias.0", 0);
    eqf_parameters_free(s.parameters);
    eqf_module_free(s.module);

    TEST_OK(s.context, eqf_norm_create(s.context, EQF_NORM_LAYER, irreps, 1e-5, &s.module));
    initialise(&s, 18);
    expect_constant(&s, "affine_weight", 1);
    expect_constant(&s, "affine_bias", 0);
    assert_int_equal(eqf_parameters_elements(s.parameters), 602 + 600);
    eqf_parameters_free(s.parameters);
    eqf_module_free(s.module);

    static const int layers[] = {3, 4};
    eqf_attention_options options = EQF_ATTENTION_OPTIONS_INIT;
    options.irreps_in = options.irreps_out = small;
    options.irreps_sh = sh;
    options.irreps_head = head;
    options.num_heads = 4;
    options.n_radial = 2;
    options.radial_layers = layers;
    TEST_OK(s.context, eqf_graph_attention_create(s.context, &options, &s.module));
    initialise(&s, 19);
    expect_uniform(&s, "alpha_dot", -sqrt(6.0 / 204), sqrt(6.0 / 204));
    expect_normal(&s, "sep_value.dtp.tp.weight", 0, 8, 1);
    eqf_irreps_free(irreps);
    eqf_irreps_free(head);
    eqf_irreps_free(sh);
    eqf_irreps_free(small);
    finish(&s);
}

/* ----------------------------------------------------------------------------------------------- reproducibility -- */

/* A value depends on seed and full name alone: not on what was initialised before, nor on the precision. */
static void test_reproducible(void **state)
{
    (void)state;
    store s;
    begin(&s);
    for (int c = 0; c < module_case_count; c++) {
        eqf_parameters *stores[4] = {NULL};
        s.module = module_create(s.context, &module_cases[c]);
        for (int i = 0; i < 4; i++)
            TEST_OK(s.context, eqf_parameters_create(s.context, i == 1 ? EQF_FLOAT32 : EQF_FLOAT64, &stores[i]));
        TEST_OK(s.context, eqf_module_init(s.context, s.module, "b", 7, stores[0]));
        TEST_OK(s.context, eqf_module_init(s.context, s.module, "a", 7, stores[1]));
        TEST_OK(s.context, eqf_module_init(s.context, s.module, "b", 7, stores[1]));
        TEST_OK(s.context, eqf_module_init(s.context, s.module, "b", 8, stores[2]));
        TEST_OK(s.context, eqf_module_init(s.context, s.module, "a", 7, stores[3]));
        for (int i = 0; i < eqf_parameters_arrays(stores[0]); i++) {
            eqf_parameter_info info, other;
            TEST_OK(s.context, eqf_parameters_info(s.context, stores[0], i, &info));
            char renamed[128];
            snprintf(renamed, sizeof renamed, "a%s", info.name + 1);
            double *a = values_of(&s, stores[0], info.name, &info), *b = values_of(&s, stores[1], info.name, &other);
            double *seed = values_of(&s, stores[2], info.name, &other),
                   *name = values_of(&s, stores[3], renamed, &other);
            bool given = strstr(info.name, "means") != NULL || strstr(info.name, "frequencies") != NULL;
            bool random = info.count > 1 && a[0] != a[1] && !given;
            for (int64_t k = 0; k < info.count; k++) {
                assert_close((double)(float)a[k], b[k], 0);
                assert_true(random ? a[k] != seed[k] && a[k] != name[k] : a[k] == seed[k] && a[k] == name[k]);
            }
            free(a);
            free(b);
            free(seed);
            free(name);
        }
        for (int i = 0; i < 4; i++) eqf_parameters_free(stores[i]);
        eqf_module_free(s.module);
    }
    s.module = NULL;
    finish(&s);
}

/* --------------------------------------------------------------------------------------------------------- names -- */

/* Published names and shapes: every array of the golden block that has elements and is no table of the reference. */
static void check_names(const char *block, const module_case *c)
{
    store s;
    begin(&s);
    char prefix[64];
    int expected = 0;
    eqfi_safetensors *file = NULL;
    s.module = module_create(s.context, c);
    initialise(&s, 1);
    TEST_OK(s.context, eqfi_safetensors_open(s.context, test_golden("blocks.safetensors"), &file));
    snprintf(prefix, sizeof prefix, "%s/param/", block);
    for (int i = 0; i < eqfi_safetensors_count(file); i++) {
        const eqfi_array *array = eqfi_safetensors_at(file, i);
        const char *name = array->name + strlen(prefix);
        if (strncmp(array->name, prefix, strlen(prefix)) != 0 || array->count == 0) continue;
        if (strstr(name, "output_mask") != NULL || strstr(name, "_compiled_") != NULL) continue;
        int at = eqf_parameters_find(s.parameters, name);
        eqf_parameter_info info;
        if (at < 0) fail_msg("%s has no parameter %s", block, name);
        TEST_OK(s.context, eqf_parameters_info(s.context, s.parameters, at, &info));
        assert_int_equal(info.ndim, array->ndim);
        for (int d = 0; d < info.ndim; d++) assert_int_equal(info.shape[d], array->shape[d]);
        expected++;
    }
    assert_true(expected > 25);
    assert_int_equal(eqf_parameters_arrays(s.parameters), expected);
    eqfi_safetensors_close(file);
    finish(&s);
}

/* No decay for biases, affine numbers, the layer norms of radial networks and radial bases; constants count nothing. */
static void test_flags(void **state)
{
    (void)state;
    store s;
    begin(&s);
    for (int c = 0; c < module_case_count; c++) {
        s.module = module_create(s.context, &module_cases[c]);
        initialise(&s, 1);
        bool basis = strcmp(eqf_module_kind(s.module), "radial_basis") == 0;
        for (int i = 0; i < eqf_parameters_arrays(s.parameters); i++) {
            eqf_parameter_info info;
            TEST_OK(s.context, eqf_parameters_info(s.context, s.parameters, i, &info));
            bool constant = basis && module_cases[c].number == EQF_RADIAL_EXP;
            bool norm = strstr(info.name, "net.1.") != NULL || strstr(info.name, "net.4.") != NULL;
            bool bias = strstr(info.name, "bias") != NULL || strstr(info.name, "affine") != NULL;
            norm = norm || strcmp(info.name, "mean_shift") == 0;
            unsigned expected = constant ? 0 : EQF_PARAMETER_TRAINABLE;
            if (!basis && !norm && !bias) expected |= EQF_PARAMETER_DECAY;
            if (info.flags != expected) fail_msg("%s: %s has flags %u", module_cases[c].name, info.name, info.flags);
        }
        eqf_parameters_free(s.parameters);
        eqf_module_free(s.module);
    }
    s.module = NULL;
    s.parameters = NULL;
    finish(&s);
}

static void test_names(void **state)
{
    (void)state;
    for (int i = 0; i < module_golden_count; i++) check_names(module_golden[i].name, &module_golden[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_linear),       cmocka_unit_test(test_products), cmocka_unit_test(test_radial),
        cmocka_unit_test(test_rest),         cmocka_unit_test(test_flags),    cmocka_unit_test(test_names),
        cmocka_unit_test(test_reproducible),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
