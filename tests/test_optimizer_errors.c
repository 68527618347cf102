/* Optimizers and averages: what they refuse, by name and without changing anything, and lack of memory.
 * SPDX-License-Identifier: MIT */
#include "support/stores.h"

#include <equiformer/optimizer.h>

typedef struct desk {
    test_allocator memory;
    eqf_context *context;
    eqf_precision precision;
    eqf_parameters *p, *g;
    eqf_optimizer *optimizer;
} desk;

static void begin(desk *d, eqf_precision precision)
{
    d->context = test_context(&d->memory);
    d->precision = precision;
    TEST_OK(d->context, test_store(d->context, precision, 1, &d->p));
    TEST_OK(d->context, test_store(d->context, precision, 2, &d->g));
    TEST_OK(d->context, eqf_optimizer_create(d->context, d->p, NULL, &d->optimizer));
    TEST_OK(d->context, eqf_optimizer_step(d->context, d->optimizer, 0.1, d->g, d->p, NULL));
}

static void finish(desk *d)
{
    eqf_optimizer_free(d->optimizer);
    eqf_parameters_free(d->g);
    eqf_parameters_free(d->p);
    test_context_free(d->context, &d->memory);
}

/* A step fails: parameters, moments and number of steps are those before, and so is *norm. */
static void refused(desk *d, eqf_status status, const char *message, double rate, const eqf_parameters *gradients)
{
    eqf_context *context = d->context;
    eqf_parameters *kept[3];
    double norm = -1;
    for (int k = 0; k < 3; k++)
        TEST_OK(context, eqf_parameters_copy(context, k == 0 ? d->p : eqf_optimizer_moment(d->optimizer, k - 1),
                                             d->precision, &kept[k]));
    TEST_FAILS(context, status, message, eqf_optimizer_step(context, d->optimizer, rate, gradients, d->p, &norm));
    assert_true(norm == -1);
    assert_int_equal(eqf_optimizer_steps(d->optimizer), 1);
    for (int k = 0; k < 3; k++) {
        test_expect_same_store(context, kept[k], k == 0 ? d->p : eqf_optimizer_moment(d->optimizer, k - 1));
        eqf_parameters_free(kept[k]);
    }
}

/* The first array is named, wherever in it the number is. */
static void test_not_finite(void **state)
{
    (void)state;
    static const struct {
        int array;
        int64_t element;
        double value;
        const char *message;
    } cases[] = {{TEST_STORE_LAST, 6, NAN, "the gradient of head.weight is nan at element 6"},
                 {TEST_STORE_BIAS, 0, INFINITY, "the gradient of block.0.bias is inf at element 0"},
                 {TEST_STORE_WEIGHT, 40000, -INFINITY, "the gradient of block.0.weight is -inf at element 40000"},
                 {TEST_STORE_WEIGHT, 20000, NAN, "the gradient of block.0.weight is nan at element 20000"}};
    for (int precision = EQF_FLOAT32; precision <= EQF_FLOAT64; precision++) {
        desk d;
        begin(&d, (eqf_precision)precision);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            test_store_poke(d.context, d.g, cases[i].array, cases[i].element, cases[i].value);
            refused(&d, EQF_ERROR_NOT_FINITE, cases[i].message, 0.1, d.g);
        }
        finish(&d);
    }
}

static void test_overflow(void **state)
{
    (void)state;
    desk d;
    begin(&d, EQF_FLOAT64);
    test_store_poke(d.context, d.g, TEST_STORE_BIAS, 1, 1e200);
    refused(&d, EQF_ERROR_NOT_FINITE, "the norm of the gradients is too large for a number", 0.1, d.g);
    finish(&d);
    begin(&d, EQF_FLOAT32); /* which float32 cannot reach */
    test_store_poke(d.context, d.g, TEST_STORE_BIAS, 1, 1e38);
    TEST_OK(d.context, eqf_optimizer_step(d.context, d.optimizer, 0.1, d.g, d.p, NULL));
    finish(&d);
}

static void test_wrong_stores(void **state)
{
    (void)state;
    desk d;
    begin(&d, EQF_FLOAT32);
    eqf_context *context = d.context;
    eqf_parameters *other;
    refused(&d, EQF_ERROR_RANGE, "the learning rate is nan, expected 0 or more", NAN, d.g);
    refused(&d, EQF_ERROR_RANGE, "the learning rate is -1", -1, d.g);
    TEST_OK(context, eqf_parameters_copy(context, d.g, EQF_FLOAT64, &other));
    refused(&d, EQF_ERROR_ARGUMENT, "the gradients are in float64, the optimizer was made for float32", 0.1, other);
    eqf_parameters_free(other);
    TEST_OK(context, eqf_parameters_create(context, EQF_FLOAT32, &other));
    refused(&d, EQF_ERROR_NOT_FOUND, "the gradients have no array block.0.weight", 0.1, other);
    eqf_parameter_info info = {.name = "block.0.weight", .ndim = 1, .shape = {40001}};
    TEST_OK(context, eqf_parameters_add(context, other, &info));
    refused(&d, EQF_ERROR_SHAPE, "block.0.weight of the gradients has another shape", 0.1, other);
    eqf_parameters_free(other);
    other = eqf_parameters_retain(d.p);
    refused(&d, EQF_ERROR_STATE, "the parameters are shared", 0.1, d.g);
    eqf_parameters_free(other);
    other = eqf_parameters_retain(eqf_optimizer_moment(d.optimizer, 1));
    refused(&d, EQF_ERROR_STATE, "the parameters are shared", 0.1, d.g);
    eqf_parameters_free(other);
    finish(&d);
}

static void test_wrong_options(void **state)
{
    (void)state;
    desk d;
    begin(&d, EQF_FLOAT32);
    static const struct {
        size_t offset;
        double value;
        eqf_status status;
        const char *message;
    } cases[] = {
        {offsetof(eqf_optimizer_options, beta1), 1, EQF_ERROR_RANGE, "beta1 is 1, expected 0 to below 1"},
        {offsetof(eqf_optimizer_options, beta2), -0.5, EQF_ERROR_RANGE, "beta2 is -0.5"},
        {offsetof(eqf_optimizer_options, epsilon), 0, EQF_ERROR_RANGE, "epsilon is 0, expected more than 0"},
        {offsetof(eqf_optimizer_options, momentum), NAN, EQF_ERROR_RANGE, "momentum is nan"},
        {offsetof(eqf_optimizer_options, weight_decay), INFINITY, EQF_ERROR_RANGE, "weight_decay is inf"},
        {offsetof(eqf_optimizer_options, clip_norm), -1, EQF_ERROR_RANGE, "clip_norm is -1, expected 0 or more"},
    };
    eqf_optimizer *made = NULL;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        eqf_optimizer_options options = EQF_OPTIMIZER_OPTIONS_INIT;
        memcpy((char *)&options + cases[i].offset, &cases[i].value, sizeof cases[i].value);
        TEST_FAILS(d.context, cases[i].status, cases[i].message, eqf_optimizer_create(d.context, d.p, &options, &made));
    }
    eqf_optimizer_options options = EQF_OPTIMIZER_OPTIONS_INIT;
    options.kind = (eqf_optimizer_kind)3;
    TEST_FAILS(d.context, EQF_ERROR_ARGUMENT, "unknown kind 3", eqf_optimizer_create(d.context, d.p, &options, &made));
    options.size = 3;
    TEST_FAILS(d.context, EQF_ERROR_ARGUMENT, "eqf_optimizer_options has size 3",
               eqf_optimizer_create(d.context, d.p, &options, &made));
    assert_null(made);
    finish(&d);
}

static void test_wrong_groups(void **state)
{
    (void)state;
    desk d;
    begin(&d, EQF_FLOAT32);
    static const struct {
        const char *pattern;
        double rate, decay;
        eqf_status status;
        const char *message;
    } cases[] = {{"block.2.*", 1, NAN, EQF_ERROR_NOT_FOUND, "no trainable parameter matches block.2.*"},
                 {"*means", 1, NAN, EQF_ERROR_NOT_FOUND, "no trainable parameter matches *means"},
                 {"block.0.bia", 1, NAN, EQF_ERROR_NOT_FOUND, "matches block.0.bia"},
                 {"lock.0.bias", 1, NAN, EQF_ERROR_NOT_FOUND, "matches lock.0.bias"},
                 {"head.weight?", 1, NAN, EQF_ERROR_NOT_FOUND, "matches head.weight?"},
                 {"", 1, NAN, EQF_ERROR_NOT_FOUND, "no trainable parameter matches"},
                 {"*", -1, NAN, EQF_ERROR_RANGE, "the rate of the group * is -1"},
                 {"*", NAN, NAN, EQF_ERROR_RANGE, "the rate of the group * is nan"},
                 {"*", 1, -2, EQF_ERROR_RANGE, "the weight decay of the group * is -2"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        eqf_parameter_group group = EQF_PARAMETER_GROUP_INIT;
        group.rate = cases[i].rate;
        group.weight_decay = cases[i].decay;
        TEST_FAILS(d.context, cases[i].status, cases[i].message,
                   eqf_optimizer_set_group(d.context, d.optimizer, cases[i].pattern, &group));
    }
    eqf_parameter_group group = {.size = 3};
    TEST_FAILS(d.context, EQF_ERROR_ARGUMENT, "eqf_parameter_group has size 3",
               eqf_optimizer_set_group(d.context, d.optimizer, "*", &group));
    finish(&d);
}

static void test_wrong_states(void **state)
{
    (void)state;
    desk d;
    begin(&d, EQF_FLOAT32);
    eqf_context *context = d.context;
    const eqf_parameters *own[2] = {eqf_optimizer_moment(d.optimizer, 0), eqf_optimizer_moment(d.optimizer, 1)};
    eqf_parameters *empty = NULL, *plain = NULL;
    eqf_optimizer_options options = EQF_OPTIMIZER_OPTIONS_INIT;
    eqf_optimizer *other = NULL;
    TEST_OK(context, eqf_parameters_create(context, EQF_FLOAT32, &empty));
    TEST_FAILS(context, EQF_ERROR_RANGE, "the optimizer has done -1 steps",
               eqf_optimizer_restore(context, d.optimizer, -1, own));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "moment 1 of the gradients is missing, which this optimizer needs",
               eqf_optimizer_restore(context, d.optimizer, 3, (const eqf_parameters *const[2]){own[0], NULL}));
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "the moments of gradients have no array block.0.weight",
               eqf_optimizer_restore(context, d.optimizer, 3, (const eqf_parameters *const[2]){own[0], empty}));
    options.kind = EQF_OPTIMIZER_SGD;
    options.momentum = 0.5;
    TEST_OK(context, eqf_optimizer_create(context, d.p, &options, &other));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "moment 1 of the gradients is given, which this optimizer does not have",
               eqf_optimizer_restore(context, other, 3, own));
    assert_int_equal(eqf_optimizer_steps(other), 0);
    assert_int_equal(eqf_optimizer_steps(d.optimizer), 1);
    TEST_OK(context, eqf_parameters_copy(context, own[0], EQF_FLOAT32, &plain));
    TEST_OK(context, eqf_optimizer_restore(context, other, 3, (const eqf_parameters *const[2]){plain, NULL}));
    test_expect_same_store(context, plain, eqf_optimizer_moment(other, 0));
    assert_int_equal(eqf_optimizer_steps(other), 3);
    eqf_parameters_free(plain);
    eqf_parameters_free(empty);
    eqf_optimizer_free(other);
    finish(&d);
}

/* -------------------------------------------------------------------------------------------------------- memory -- */

static eqf_status whole_life(eqf_context *context, void *argument)
{
    (void)argument;
    eqf_parameters *p = NULL, *g = NULL, *saved[2] = {NULL, NULL};
    eqf_optimizer *first = NULL, *second = NULL;
    eqf_average *average = NULL;
    eqf_parameter_group group = EQF_PARAMETER_GROUP_INIT;
    eqf_status status = test_store(context, EQF_FLOAT32, 1, &p);
    if (status == EQF_OK) status = test_store(context, EQF_FLOAT32, 2, &g);
    if (status == EQF_OK) status = eqf_optimizer_create(context, p, NULL, &first);
    if (status == EQF_OK) status = eqf_optimizer_create(context, p, NULL, &second);
    if (status == EQF_OK) status = eqf_average_create(context, p, 0.9, &average);
    if (status == EQF_OK) status = eqf_optimizer_set_group(context, first, "*.weight", &group);
    if (status == EQF_OK) status = eqf_optimizer_step(context, first, 0.1, g, p, NULL);
    if (status == EQF_OK) status = eqf_average_update(context, average, p);
    for (int k = 0; k < 2 && status == EQF_OK; k++)
        status = eqf_parameters_copy(context, eqf_optimizer_moment(first, k), EQF_FLOAT64, &saved[k]);
    if (status == EQF_OK)
        status = eqf_optimizer_restore(context, second, 1, (const eqf_parameters *const[2]){saved[0], saved[1]});
    for (int k = 0; k < 2; k++) eqf_parameters_free(saved[k]);
    eqf_average_free(average);
    eqf_optimizer_free(first);
    eqf_optimizer_free(second);
    eqf_parameters_free(g);
    eqf_parameters_free(p);
    return status;
}

static void test_every_allocation_fails(void **state)
{
    (void)state;
    test_every_allocation(whole_life, NULL);
    eqf_optimizer_free(NULL);
    eqf_average_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_not_finite),
        cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_wrong_stores),
        cmocka_unit_test(test_wrong_options),
        cmocka_unit_test(test_wrong_groups),
        cmocka_unit_test(test_wrong_states),
        cmocka_unit_test(test_every_allocation_fails),
    };
    return cmocka_run_group_tests_name("optimizer_errors", tests, NULL, NULL);
}
