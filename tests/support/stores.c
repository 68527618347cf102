/* Stores of parameters for tests. SPDX-License-Identifier: MIT */
#include "stores.h"

#include "base/rng.h"

const test_store_array test_store_arrays[TEST_STORE_ARRAYS] = {
    [TEST_STORE_WEIGHT] = {"block.0.weight", 40001, EQF_PARAMETER_TRAINABLE | EQF_PARAMETER_DECAY},
    [TEST_STORE_BIAS] = {"block.0.bias", 6, EQF_PARAMETER_TRAINABLE},
    [TEST_STORE_CONSTANT] = {"block.0.means", 5, 0},
    [TEST_STORE_EMPTY] = {"block.1.weight", 0, EQF_PARAMETER_TRAINABLE | EQF_PARAMETER_DECAY},
    [TEST_STORE_LAST] = {"head.weight", 7, EQF_PARAMETER_TRAINABLE | EQF_PARAMETER_DECAY},
};

eqf_status test_store(eqf_context *context, eqf_precision precision, uint64_t seed, eqf_parameters **store)
{
    eqf_parameters *made = NULL;
    eqf_status status = eqf_parameters_create(context, precision, &made);
    for (int i = 0; i < TEST_STORE_ARRAYS && status == EQF_OK; i++) {
        const test_store_array *array = &test_store_arrays[i];
        int64_t columns = array->count % 2 == 0 ? 2 : 1;
        eqf_parameter_info info = {
            .name = array->name, .ndim = 2, .shape = {array->count / columns, columns}, .flags = array->flags};
        double *values = calloc((size_t)array->count + 1, sizeof *values);
        assert_non_null(values);
        for (int64_t k = 0; k < array->count; k++)
            values[k] = (double)(float)eqfi_rng_normal(seed, (uint64_t)i, (uint64_t)k);
        status = eqf_parameters_add(context, made, &info);
        if (status == EQF_OK) status = eqf_parameters_set(context, made, i, values);
        free(values);
    }
    if (status == EQF_OK)
        *store = made;
    else
        eqf_parameters_free(made);
    return status;
}

double *test_store_values(eqf_context *context, const eqf_parameters *store, int i)
{
    eqf_parameter_info info;
    TEST_OK(context, eqf_parameters_info(context, store, i, &info));
    double *values = calloc((size_t)info.count + 1, sizeof *values);
    assert_non_null(values);
    TEST_OK(context, eqf_parameters_get(context, store, i, values));
    return values;
}

void test_store_poke(eqf_context *context, eqf_parameters *store, int i, int64_t element, double value)
{
    double *values = test_store_values(context, store, i);
    values[element] = value;
    TEST_OK(context, eqf_parameters_set(context, store, i, values));
    free(values);
}

void test_expect_same_store(eqf_context *context, const eqf_parameters *a, const eqf_parameters *b)
{
    assert_int_equal(eqf_parameters_precision(a), eqf_parameters_precision(b));
    assert_int_equal(eqf_parameters_arrays(a), eqf_parameters_arrays(b));
    for (int i = 0; i < eqf_parameters_arrays(a); i++) {
        eqf_parameter_info own, other;
        TEST_OK(context, eqf_parameters_info(context, a, i, &own));
        TEST_OK(context, eqf_parameters_info(context, b, i, &other));
        assert_string_equal(own.name, other.name);
        assert_int_equal(own.count, other.count);
        double *x = test_store_values(context, a, i), *y = test_store_values(context, b, i);
        for (int64_t k = 0; k < own.count; k++)
            if (memcmp(&x[k], &y[k], sizeof *x) != 0)
                fail_msg("%s[%lld] is %.17g and %.17g", own.name, (long long)k, x[k], y[k]);
        free(x);
        free(y);
    }
}
