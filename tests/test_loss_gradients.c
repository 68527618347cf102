/* Derivatives of losses by the parameters of a store: in every precision, into every store, and what is refused.
 * SPDX-License-Identifier: MIT */
#include "support/derivatives.h"

#include <equiformer/loss.h>

enum { ROWS = 6 };

enum { KINDS_OF_ROWS = 3, WIDTH = 4 };

static const int32_t kind_of[ROWS] = {0, 2, 0, 2, 2, 0}; /* none is 1 */

/* prediction = table[kind] factor + shift, the loss half the mean of squares; `fixed` is no parameter of training,
 * `not.used` none of the program. */
static eqf_status record_fit(eqf_context *context, const eqf_parameters *parameters, eqf_program **program)
{
    eqf_program *p;
    eqf_irreps *four = NULL;
    eqf_status status = eqf_irreps_parse(context, "4x0e", &four);
    if (status == EQF_OK) status = eqf_program_create(context, &p);
    if (status == EQF_OK) {
        eqf_rows rows = eqf_program_rows(p, "rows"), kinds = eqf_program_rows(p, "kinds");
        eqf_var table = eqf_parameter(p, "table", kinds, WIDTH), factor = eqf_parameter(p, "factor", eqf_rows_one(), 4);
        eqf_var x = eqf_gather(p, eqf_program_map(p, "kind", rows, kinds), table);
        x = eqf_scale(p, eqf_scale(p, x, factor, EQF_PER_CHANNEL, 1), eqf_parameter(p, "fixed", eqf_rows_one(), 1),
                      EQF_PER_ROW, 1);
        x = eqf_add(p, x, eqf_parameter_double(p, "shift", eqf_rows_one(), 4));
        eqf_var loss = eqf_loss(p, EQF_LOSS_L2, 0, x, eqf_input(p, "y", rows, four), (eqf_var){0});
        eqf_loss_gradients(p, eqf_multiply(p, 0.5 * WIDTH / ROWS, loss), parameters);
        eqf_output(p, "loss", loss);
        status = eqf_program_end(context, p);
        if (status == EQF_OK)
            *program = p;
        else
            eqf_program_free(p);
    }
    eqf_irreps_free(four);
    return status;
}

static const struct {
    const char *name;
    int64_t rows, columns;
    unsigned flags;
} arrays[] = {
    {"not.used", 2, 3, EQF_PARAMETER_TRAINABLE},  {"factor", 1, WIDTH, EQF_PARAMETER_TRAINABLE | EQF_PARAMETER_DECAY},
    {"fixed", 1, 1, EQF_PARAMETER_DECAY},         {"table", KINDS_OF_ROWS, WIDTH, EQF_PARAMETER_TRAINABLE},
    {"shift", 1, WIDTH, EQF_PARAMETER_TRAINABLE}, {"empty", 0, 1, EQF_PARAMETER_TRAINABLE}};
enum { NOT_USED, FACTOR, FIXED, TABLE, SHIFT, EMPTY, ARRAYS, ROOM = 16 };

static eqf_status new_store(eqf_context *context, eqf_precision precision, double values[ARRAYS][ROOM],
                            eqf_parameters **store)
{
    eqf_parameters *made = NULL;
    eqf_status status = eqf_parameters_create(context, precision, &made);
    for (int i = 0; i < ARRAYS && status == EQF_OK; i++) {
        eqf_parameter_info info = {
            .name = arrays[i].name, .ndim = 2, .shape = {arrays[i].rows, arrays[i].columns}, .flags = arrays[i].flags};
        status = eqf_parameters_add(context, made, &info);
        if (status == EQF_OK) status = eqf_parameters_set(context, made, i, values[i]);
    }
    if (status == EQF_OK)
        *store = made;
    else
        eqf_parameters_free(made);
    return status;
}

typedef struct fit {
    double values[ARRAYS][ROOM], y[ROWS * WIDTH], gradients[ARRAYS][ROOM]; /* by hand */
} fit;

static void fill(fit *f)
{
    memset(f, 0, sizeof *f);
    for (uint64_t i = 0; i < ARRAYS; i++)
        for (uint64_t k = 0; k < ROOM; k++) f->values[i][k] = test_normal(3, i, k);
    for (uint64_t i = 0; i < ROWS * WIDTH; i++) f->y[i] = test_normal(4, 0, i);
    for (int r = 0; r < ROWS; r++) {
        for (int c = 0; c < WIDTH; c++) {
            double entry = f->values[TABLE][WIDTH * kind_of[r] + c], factor = f->values[FACTOR][c];
            double fixed = f->values[FIXED][0];
            double d = (entry * factor * fixed + f->values[SHIFT][c] - f->y[WIDTH * r + c]) / ROWS;
            f->gradients[TABLE][WIDTH * kind_of[r] + c] += d * factor * fixed;
            f->gradients[FACTOR][c] += d * entry * fixed;
            f->gradients[SHIFT][c] += d;
        }
    }
}

static eqf_status bind_fit(eqf_context *context, eqf_run *run, const fit *f)
{
    eqf_status status = eqf_run_set_rows(context, run, "rows", ROWS);
    if (status == EQF_OK) status = eqf_run_set_map(context, run, "kind", kind_of);
    return status == EQF_OK ? eqf_run_set_input(context, run, "y", f->y) : status;
}

/* Each precision of the run with each of the store: the derivatives by hand, and zeros elsewhere. */
static void test_gradients(void **state)
{
    (void)state;
    static fit f;
    fill(&f);
    for (int threads = 1; threads <= 2; threads++) {
        test_allocator memory;
        eqf_context *context = test_context_threads(&memory, threads);
        eqf_parameters *parameters, *store;
        eqf_program *program;
        TEST_OK(context, new_store(context, EQF_FLOAT64, f.values, &parameters));
        TEST_OK(context, record_fit(context, parameters, &program));
        for (int i = 0; i < 4; i++) {
            eqf_run *run = NULL;
            eqf_precision own = i % 2 == 0 ? EQF_FLOAT32 : EQF_FLOAT64, other = i / 2 == 0 ? EQF_FLOAT32 : EQF_FLOAT64;
            double tolerance = own == EQF_FLOAT64 && other == EQF_FLOAT64 ? 1e-15 : 1e-6;
            TEST_OK(context, eqf_run_create(context, program, parameters, own, &run));
            TEST_OK(context, bind_fit(context, run, &f));
            TEST_OK(context, eqf_run_execute(context, run));
            TEST_OK(context, new_store(context, other, f.values, &store)); /* filled: zeros must be written */
            TEST_OK(context, eqf_run_get_gradients(context, run, store));
            for (int k = 0; k < ARRAYS; k++) {
                double values[ROOM];
                TEST_OK(context, eqf_parameters_get(context, store, k, values));
                assert_all_close((size_t)(arrays[k].rows * arrays[k].columns), values, f.gradients[k], tolerance);
            }
            eqf_parameters_free(store);
            eqf_run_free(run);
        }
        eqf_program_free(program);
        eqf_parameters_free(parameters);
        test_context_free(context, &memory);
    }
}

static void test_gradient_mistakes(void **state)
{
    (void)state;
    static fit f;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqf_parameters *parameters, *store, *other;
    eqf_program *program;
    eqf_run *run = NULL;
    double values[ROOM];
    fill(&f);
    TEST_OK(context, new_store(context, EQF_FLOAT64, f.values, &parameters));
    TEST_OK(context, new_store(context, EQF_FLOAT64, f.values, &store));
    TEST_OK(context, record_fit(context, parameters, &program));
    TEST_OK(context, eqf_run_create(context, program, parameters, EQF_FLOAT64, &run));
    TEST_OK(context, bind_fit(context, run, &f));
    TEST_FAILS(context, EQF_ERROR_STATE, "gradients are asked for before eqf_run_execute",
               eqf_run_get_gradients(context, run, store));
    TEST_OK(context, eqf_run_execute(context, run));
    other = eqf_parameters_retain(store);
    TEST_FAILS(context, EQF_ERROR_STATE, "are shared", eqf_run_get_gradients(context, run, store));
    eqf_parameters_free(other);
    TEST_OK(context, eqf_parameters_create(context, EQF_FLOAT64, &other));
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "the store for gradients has no array factor",
               eqf_run_get_gradients(context, run, other));
    eqf_parameter_info info = {.name = "factor", .ndim = 1, .shape = {5}, .flags = EQF_PARAMETER_TRAINABLE};
    TEST_OK(context, eqf_parameters_add(context, other, &info));
    TEST_FAILS(context, EQF_ERROR_SHAPE, "the array for the gradient of factor has 5 elements, expected 4",
               eqf_run_get_gradients(context, run, other));
    TEST_OK(context, eqf_parameters_get(context, store, TABLE, values)); /* as it was */
    assert_all_close(WIDTH, values, f.values[TABLE], 0);
    eqf_run_free(run);
    eqf_program_free(program);
    for (int i = 0; i < 3; i++) { /* a loss of many rows, no loss, no parameters */
        TEST_OK(context, eqf_program_create(context, &program));
        eqf_irreps *scalar = test_irreps(context, "1x0e");
        eqf_var x = eqf_input(program, "x", i == 0 ? eqf_program_rows(program, "rows") : eqf_rows_one(), scalar);
        eqf_loss_gradients(program, i == 1 ? (eqf_var){0} : x, parameters);
        if (i == 2)
            TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "no trainable parameter of the store",
                       eqf_program_end(context, program));
        else
            TEST_FAILS(context, EQF_ERROR_SHAPE, "the loss is not 1x0e on the row set one",
                       eqf_program_end(context, program));
        eqf_irreps_free(scalar);
        eqf_program_free(program);
    }
    eqf_parameters_free(other);
    eqf_parameters_free(store);
    eqf_parameters_free(parameters);
    test_context_free(context, &memory);
}

static eqf_status whole_life(eqf_context *context, void *argument)
{
    fit *f = argument;
    eqf_parameters *parameters = NULL, *store = NULL;
    eqf_program *program = NULL;
    eqf_run *run = NULL;
    eqf_status status = new_store(context, EQF_FLOAT32, f->values, &parameters);
    if (status == EQF_OK) status = new_store(context, EQF_FLOAT32, f->values, &store);
    if (status == EQF_OK) status = record_fit(context, parameters, &program);
    if (status == EQF_OK) status = eqf_run_create(context, program, parameters, EQF_FLOAT32, &run);
    if (status == EQF_OK) status = bind_fit(context, run, f);
    if (status == EQF_OK) status = eqf_run_execute(context, run);
    if (status == EQF_OK) status = eqf_run_get_gradients(context, run, store);
    eqf_run_free(run);
    eqf_program_free(program);
    eqf_parameters_free(store);
    eqf_parameters_free(parameters);
    return status;
}

static void test_every_allocation_fails(void **state)
{
    (void)state;
    static fit f;
    fill(&f);
    test_every_allocation(whole_life, &f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradients),
        cmocka_unit_test(test_gradient_mistakes),
        cmocka_unit_test(test_every_allocation_fails),
    };
    return cmocka_run_group_tests_name("loss_gradients", tests, NULL, NULL);
}
