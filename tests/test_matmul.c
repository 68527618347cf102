/* Matrix products of bfloat16: a published model with and without, the same bits for any number of threads, float64 left
 * alone, and errors where they are not to be had.
 * SPDX-License-Identifier: MIT */
#include "support/models.h"

#include "base/cpu.h"

static eqf_model *published(eqf_context *context)
{
    eqf_config *config;
    eqf_model *model;
    TEST_OK(context, eqf_config_preset(context, "graph_attention_transformer_nonlinear_exp_l2_md17", &config));
    TEST_OK(context, eqf_model_create(context, config, 7, EQF_FLOAT32, &model));
    eqf_config_free(config);
    return model;
}

static model_result compute(eqf_context *context, const eqf_model *model, eqf_precision precision, eqf_matmul matmul)
{
    eqf_calculator *calculator;
    model_system system = model_molecule(21, 5);
    TEST_OK(context, eqf_context_set_matmul(context, matmul));
    assert_int_equal(eqf_context_matmul(context), matmul);
    TEST_OK(context, eqf_calculator_create(context, model, precision, &calculator));
    TEST_OK(context, eqf_context_set_matmul(context, EQF_MATMUL_FLOAT32)); /* counts for later calculators alone */
    model_result result = model_compute(context, calculator, &system);
    eqf_calculator_free(calculator);
    return result;
}

/* The largest difference between forces, relative to the largest force. */
static double difference(const model_result *a, const model_result *b)
{
    double most = 0, worst = 0;
    for (int i = 0; i < 3 * 21; i++) {
        most = fmax(most, fabs(b->forces[i]));
        worst = fmax(worst, fabs(a->forces[i] - b->forces[i]));
    }
    return worst / most;
}

static bool same_bits(const model_result *a, const model_result *b) { return memcmp(a, b, sizeof *a) == 0; }

static void test_products(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory), *two;
    eqf_context_options options = EQF_CONTEXT_OPTIONS_INIT;
    options.threads = 2;
    assert_int_equal(eqf_context_create(&options, &two), EQF_OK);
    if (eqfi_cpu_has_bf16()) {
        eqf_model *model = published(context);
        model_result exact = compute(context, model, EQF_FLOAT64, EQF_MATMUL_FLOAT32);
        model_result plain = compute(context, model, EQF_FLOAT32, EQF_MATMUL_FLOAT32);
        model_result reduced = compute(context, model, EQF_FLOAT32, EQF_MATMUL_BFLOAT16);
        model_result threads = compute(two, model, EQF_FLOAT32, EQF_MATMUL_BFLOAT16);
        model_result wide = compute(context, model, EQF_FLOAT64, EQF_MATMUL_BFLOAT16);
        double error = difference(&reduced, &exact);
        print_message("# forces differ by %.2g, those of float32 by %.2g of the largest\n", error,
                      difference(&plain, &exact));
        assert_true(error > 10 * difference(&plain, &exact) && error < 0.05);
        assert_true(fabs(reduced.energy[0] - exact.energy[0]) < 0.05 * fabs(exact.energy[0]));
        assert_true(same_bits(&reduced, &threads));
        assert_true(same_bits(&wide, &exact));
        eqf_model_free(model);
    } else {
        print_message("# this machine has no products of bfloat16\n");
        TEST_FAILS(context, EQF_ERROR_UNSUPPORTED, "AMX", eqf_context_set_matmul(context, EQF_MATMUL_BFLOAT16));
    }
    eqf_context_free(two);
    test_context_free(context, &memory);
}

static void test_errors(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "unknown matmul 7", eqf_context_set_matmul(context, (eqf_matmul)7));
    assert_int_equal(setenv("EQUIFORMER_ISA", "avx2", 1), 0);
    TEST_FAILS(context, EQF_ERROR_UNSUPPORTED, "AMX", eqf_context_set_matmul(context, EQF_MATMUL_BFLOAT16));
    assert_int_equal(unsetenv("EQUIFORMER_ISA"), 0);
    assert_int_equal(eqf_context_matmul(context), EQF_MATMUL_FLOAT32);
    test_context_free(context, &memory);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_products), cmocka_unit_test(test_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
