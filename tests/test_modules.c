/* Modules: derivatives by inputs and parameters, rotations and inversions, both doors, both precisions, empty graphs.
 * SPDX-License-Identifier: MIT */
#include "support/modules.h"

typedef struct scene {
    test_allocator memory;
    eqf_context *context;
    const module_case *c;
    eqf_module *module;
    eqf_parameters *parameters;
    module_recorder recorder;
    char texts[4][128];
    test_function function;
} scene;

static void begin(scene *s, const module_case *c, uint64_t seed)
{
    print_message("# %s\n", c->name);
    s->context = test_context(&s->memory);
    s->c = c;
    s->module = module_create(s->context, c);
    s->parameters = module_parameters(s->context, s->module, "scope", seed);
    s->recorder = (module_recorder){c, s->module, "scope"};
    s->function = module_function(c, &s->recorder, s->parameters, s->texts);
}

static void finish(scene *s)
{
    eqf_parameters_free(s->parameters);
    eqf_module_free(s->module);
    test_context_free(s->context, &s->memory);
}

static void for_every_case(void (*check)(const module_case *c))
{
    for (int i = 0; i < module_case_count; i++) check(&module_cases[i]);
}

/* --------------------------------------------------------------------------------------------------- derivatives -- */

static void check_derivatives(const module_case *c)
{
    scene s;
    begin(&s, c, 1);
    test_space space = module_space();
    test_bench *bench = test_bench_create(s.context, &s.function, &space, 2);
    test_derivatives(bench, 3, 1e-7);
    test_float32(bench, &space, 3e-4);
    test_bench_free(bench);
    finish(&s);
}

static void test_module_derivatives(void **state)
{
    (void)state;
    for_every_case(check_derivatives);
}

/* One atom without edges, no atoms, no rows. */
static void check_empty(const module_case *c)
{
    scene s;
    begin(&s, c, 1);
    s.function.vanishes = true;
    test_space alone = module_space_of(&module_graph_no_edges, 1), empty = module_space_of(&module_graph_no_atoms, 0);
    test_bench *bench = test_bench_create(s.context, &s.function, &alone, 2);
    for (size_t i = 0; i < bench->y.count; i++) assert_true(isfinite(bench->y.values[i]));
    test_derivatives(bench, 1, 1e-7);
    test_float32(bench, &alone, 3e-3); /* statistics of one atom cancel */
    test_bench_free(bench);
    bench = test_bench_create(s.context, &s.function, &empty, 2);
    assert_int_equal(bench->y.count, 0);
    test_derivatives(bench, 1, 1e-7);
    test_bench_free(bench);
    finish(&s);
}

static void test_module_empty(void **state)
{
    (void)state;
    for_every_case(check_empty);
}

/* ----------------------------------------------------------------------------------------------------- rotations -- */

static void rotate(const scene *s, const double *rotation, const test_variable *v)
{
    TEST_OK(s->context, eqf_irreps_rotate(s->context, v->irreps, rotation, v->rows, v->values, v->values));
}

/* Numbers of the value and of all gradients by inputs and parameters, one after the other. */
static size_t collect(const test_bench *b, double *values)
{
    size_t n = 0;
    const test_variable *all[256] = {&b->y};
    int count = 1;
    for (int k = 1; k <= 2; k++)
        for (int j = 0; j < b->n; j++) all[count++] = &b->d[k][j];
    for (int i = 0; i < count; i++) {
        if (values != NULL) memcpy(values + n, all[i]->values, all[i]->count * sizeof *values);
        n += all[i]->count;
    }
    return n;
}

/* With inputs, cotangent and directions rotated, the value and all gradients are the rotated ones. */
static void check_rotation(const scene *s, test_bench *b, const double *rotation)
{
    size_t n = collect(b, NULL);
    double *before = malloc((n + 1) * sizeof *before), *after = malloc((n + 1) * sizeof *after), largest = 1;
    assert_true(before != NULL && after != NULL);
    rotate(s, rotation, &b->y);
    for (int k = 1; k <= 2; k++)
        for (int j = 0; j < s->function.n; j++) rotate(s, rotation, &b->d[k][j]);
    collect(b, before);
    for (int i = 0; i < s->function.n; i++) {
        rotate(s, rotation, &b->x[i]);
        rotate(s, rotation, &b->v[1][i]);
    }
    rotate(s, rotation, &b->v[0][0]);
    test_bench_run(b);
    collect(b, after);
    for (size_t i = 0; i < n; i++) largest = fmax(largest, fabs(before[i]));
    assert_all_close(n, after, before, 1e-11 * largest);
    free(before);
    free(after);
}

static void check_equivariance(const module_case *c)
{
    scene s;
    if (c->scalar) return;
    begin(&s, c, 3);
    test_space space = module_space();
    test_bench *bench = test_bench_create(s.context, &s.function, &space, 4);
    double rotation[9];
    for (int i = 0; i < (c->proper ? 1 : 2); i++) {
        eqf_rotation_random((uint64_t)i + 1, rotation);
        for (int k = 0; k < 9 && i == 1; k++) rotation[k] = -rotation[k];
        check_rotation(&s, bench, rotation);
    }
    test_bench_free(bench);
    finish(&s);
}

static void test_module_equivariance(void **state)
{
    (void)state;
    for_every_case(check_equivariance);
}

/* -------------------------------------------------------------------------------------------------------- doors -- */

static eqf_tensor *tensor_of(const scene *s, const test_variable *v, eqf_precision precision, bool filled)
{
    eqf_tensor *tensor = NULL;
    TEST_OK(s->context, eqf_tensor_create(s->context, v->irreps, v->rows, precision, &tensor));
    if (filled) eqf_tensor_set(tensor, v->values);
    return tensor;
}

static void expect_tensor(const eqf_tensor *tensor, const test_variable *v, double tolerance)
{
    double *values = malloc((v->count + 1) * sizeof *values), largest = 1;
    assert_non_null(values);
    eqf_tensor_get(tensor, values);
    for (size_t i = 0; i < v->count; i++) largest = fmax(largest, fabs(v->values[i]));
    assert_all_close(v->count, values, v->values, tolerance * largest);
    free(values);
}

/* eqf_module_apply and eqf_module_vjp give what the recorded module gives, whatever gradients are asked for. */
static void check_precision(const scene *s, const test_bench *b, eqf_precision precision)
{
    double tolerance = precision == EQF_FLOAT32 ? 2e-5 : 1e-13;
    eqf_tensor *inputs[4] = {NULL}, *gradients[4] = {NULL};
    int n = s->function.n;
    for (int i = 0; i < n; i++) inputs[i] = tensor_of(s, &b->x[i], precision, true);
    eqf_tensor *out = tensor_of(s, &b->y, precision, false), *cotangent = tensor_of(s, &b->v[0][0], precision, true);
    const eqf_tensor *const *in = (const eqf_tensor *const *)inputs;
    TEST_OK(s->context, eqf_module_apply(s->context, s->module, "scope", s->parameters, &module_graph, in, out));
    expect_tensor(out, &b->y, tolerance);
    for (int wanted = 0; wanted < 1 << n; wanted++) {
        for (int i = 0; i < n; i++) gradients[i] = wanted >> i & 1 ? tensor_of(s, &b->x[i], precision, false) : NULL;
        TEST_OK(s->context,
                eqf_module_vjp(s->context, s->module, "scope", s->parameters, &module_graph, in, cotangent, gradients));
        for (int i = 0; i < n; i++) {
            if (gradients[i] != NULL) expect_tensor(gradients[i], &b->d[1][i], tolerance);
            eqf_tensor_free(gradients[i]);
        }
    }
    for (int i = 0; i < n; i++) eqf_tensor_free(inputs[i]);
    eqf_tensor_free(out);
    eqf_tensor_free(cotangent);
}

static void check_doors(const module_case *c)
{
    scene s;
    if (c->training || c->fading) return; /* not offered there */
    begin(&s, c, 5);
    test_space space = module_space();
    test_bench *bench = test_bench_create(s.context, &s.function, &space, 6);
    check_precision(&s, bench, EQF_FLOAT64);
    check_precision(&s, bench, EQF_FLOAT32);
    test_bench_free(bench);
    finish(&s);
}

static void test_module_doors(void **state)
{
    (void)state;
    for_every_case(check_doors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_module_derivatives),
        cmocka_unit_test(test_module_empty),
        cmocka_unit_test(test_module_equivariance),
        cmocka_unit_test(test_module_doors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
