/* Optimizers: steps against the formulas, clipping, groups, the same bits for any number of threads, going on from a saved
 * state. SPDX-License-Identifier: MIT */
#include "support/stores.h"

#include <equiformer/optimizer.h>

enum { STEPS = 5 };

static const double rates[STEPS] = {0.01, 0.02, 0, 0.05, 0.001};

static eqf_optimizer_options options_of(eqf_optimizer_kind kind)
{
    eqf_optimizer_options options = EQF_OPTIMIZER_OPTIONS_INIT;
    options.kind = kind;
    options.beta1 = 0.8;
    options.beta2 = 0.95;
    options.epsilon = 1e-3;
    options.momentum = kind == EQF_OPTIMIZER_SGD ? 0.7 : 0;
    options.weight_decay = 0.125;
    return options;
}

static eqf_optimizer *new_optimizer(eqf_context *context, const eqf_parameters *p, const eqf_optimizer_options *options)
{
    eqf_optimizer *optimizer = NULL;
    TEST_OK(context, eqf_optimizer_create(context, p, options, &optimizer));
    return optimizer;
}

static eqf_parameters *new_store(eqf_context *context, eqf_precision precision, uint64_t seed)
{
    eqf_parameters *store = NULL;
    TEST_OK(context, test_store(context, precision, seed, &store));
    return store;
}

/* A step with gradients of a seed. */
static double step(eqf_context *context, eqf_optimizer *optimizer, double rate, uint64_t seed, eqf_parameters *p)
{
    double norm = NAN;
    eqf_parameters *gradients = new_store(context, eqf_parameters_precision(p), seed);
    TEST_OK(context, eqf_optimizer_step(context, optimizer, rate, gradients, p, &norm));
    eqf_parameters_free(gradients);
    return norm;
}

/* ------------------------------------------------------------------------------------------------------- formulas -- */

static double rounded(eqf_precision precision, double x) { return precision == EQF_FLOAT32 ? (double)(float)x : x; }

/* One element by the formulas of the header, t from 1. */
typedef struct element {
    double p, m, v;
} element;

static void by_formula(const eqf_optimizer_options *o, eqf_precision precision, double decay, double rate, int t,
                       double g, element *e)
{
    if (o->kind == EQF_OPTIMIZER_SGD) {
        double fast = o->momentum * e->m + g + decay * e->p;
        e->m = rounded(precision, fast);
        e->p = rounded(precision, e->p - rate * fast);
        return;
    }
    if (o->kind == EQF_OPTIMIZER_ADAM) g += decay * e->p;
    double m = o->beta1 * e->m + (1 - o->beta1) * g, v = o->beta2 * e->v + (1 - o->beta2) * g * g;
    double p = o->kind == EQF_OPTIMIZER_ADAMW ? e->p * (1 - rate * decay) : e->p;
    p -= rate * (m / (1 - pow(o->beta1, t))) / (sqrt(v / (1 - pow(o->beta2, t))) + o->epsilon);
    *e = (element){rounded(precision, p), rounded(precision, m), rounded(precision, v)};
}

/* Element k of array i after all steps. */
static element expected(const eqf_optimizer_options *o, eqf_precision precision, double p, const double *g,
                        double decay)
{
    element e = {p, 0, 0};
    for (int t = 1; t <= STEPS; t++) by_formula(o, precision, decay, rates[t - 1], t, g[t - 1], &e);
    return e;
}

static void check_array(eqf_context *context, const eqf_optimizer_options *options, const eqf_optimizer *optimizer,
                        const eqf_parameters *after, int i)
{
    eqf_precision precision = eqf_parameters_precision(after);
    double tolerance = precision == EQF_FLOAT64 ? 1e-14 : 5e-7;
    const test_store_array *array = &test_store_arrays[i];
    bool trained = (array->flags & EQF_PARAMETER_TRAINABLE) != 0, decays = (array->flags & EQF_PARAMETER_DECAY) != 0;
    eqf_parameters *before = new_store(context, precision, 1);
    double *p = test_store_values(context, after, i), *start = test_store_values(context, before, i), *g[STEPS];
    double *moments[2] = {NULL, NULL};
    for (int t = 0; t < STEPS; t++) {
        eqf_parameters *gradients = new_store(context, precision, 10 + (uint64_t)t);
        g[t] = test_store_values(context, gradients, i);
        eqf_parameters_free(gradients);
    }
    for (int k = 0; k < 2; k++) {
        const eqf_parameters *moment = eqf_optimizer_moment(optimizer, k);
        int at = moment == NULL ? -1 : eqf_parameters_find(moment, array->name);
        assert_true((at >= 0) == (trained && moment != NULL));
        if (at >= 0) moments[k] = test_store_values(context, moment, at);
    }
    for (int64_t k = 0; k < array->count; k++) {
        double slopes[STEPS];
        for (int t = 0; t < STEPS; t++) slopes[t] = g[t][k];
        element e = expected(options, precision, start[k], slopes, decays ? options->weight_decay : 0);
        assert_close(p[k], trained ? e.p : start[k], tolerance * fmax(1, fabs(e.p)));
        if (moments[0] != NULL) assert_close(moments[0][k], e.m, tolerance * fmax(1, fabs(e.m)));
        if (moments[1] != NULL) assert_close(moments[1][k], e.v, tolerance * fmax(1, fabs(e.v)));
    }
    for (int t = 0; t < STEPS; t++) free(g[t]);
    free(moments[0]);
    free(moments[1]);
    free(start);
    free(p);
    eqf_parameters_free(before);
}

static void test_formulas(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context_threads(&memory, 2);
    for (int kind = EQF_OPTIMIZER_ADAMW; kind <= EQF_OPTIMIZER_SGD + 1; kind++) {
        for (int precision = EQF_FLOAT32; precision <= EQF_FLOAT64; precision++) {
            eqf_optimizer_options options = options_of((eqf_optimizer_kind)kind);
            if (kind > EQF_OPTIMIZER_SGD) { /* without momentum */
                options = options_of(EQF_OPTIMIZER_SGD);
                options.momentum = 0;
            }
            eqf_parameters *p = new_store(context, (eqf_precision)precision, 1);
            eqf_optimizer *optimizer = new_optimizer(context, p, &options);
            for (int t = 0; t < STEPS; t++) step(context, optimizer, rates[t], 10 + (uint64_t)t, p);
            assert_int_equal(eqf_optimizer_steps(optimizer), STEPS);
            assert_true((eqf_optimizer_moment(optimizer, 0) == NULL) == (kind > EQF_OPTIMIZER_SGD));
            assert_true((eqf_optimizer_moment(optimizer, 1) == NULL) == (kind >= EQF_OPTIMIZER_SGD));
            assert_null(eqf_optimizer_moment(optimizer, 2));
            for (int i = 0; i < TEST_STORE_ARRAYS; i++) check_array(context, &options, optimizer, p, i);
            eqf_optimizer_free(optimizer);
            eqf_parameters_free(p);
        }
    }
    test_context_free(context, &memory);
}

/* Two steps of the default AdamW with decay, in numbers: 1 becomes 0.899, and so on. */
static void test_by_hand(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqf_optimizer_options options = EQF_OPTIMIZER_OPTIONS_INIT;
    options.weight_decay = 0.01;
    eqf_parameters *p = new_store(context, EQF_FLOAT64, 1), *g = new_store(context, EQF_FLOAT64, 2);
    eqf_optimizer *optimizer = new_optimizer(context, p, &options);
    test_store_poke(context, p, TEST_STORE_LAST, 3, 1);
    test_store_poke(context, g, TEST_STORE_LAST, 3, 0.5);
    TEST_OK(context, eqf_optimizer_step(context, optimizer, 0.1, g, p, NULL));
    double *values = test_store_values(context, p, TEST_STORE_LAST);
    assert_close(values[3], 0.899000002, 1e-15); /* 1 (1 - 0.001) - 0.1 (0.5 / (0.5 + 1e-8)) */
    free(values);
    test_store_poke(context, g, TEST_STORE_LAST, 3, -1);
    TEST_OK(context, eqf_optimizer_step(context, optimizer, 0.1, g, p, NULL));
    values = test_store_values(context, p, TEST_STORE_LAST);
    /* m = 0.9 0.05 - 0.1 = -0.055, m^ = m / 0.19; v = 0.999 0.00025 + 0.001 = 0.00124975, v^ = v / 0.001999 */
    double shift = 0.1 * (-0.055 / 0.19) / (sqrt(0.00124975 / 0.001999) + 1e-8);
    assert_close(values[3], 0.899000002 * 0.999 - shift, 1e-14);
    free(values);
    eqf_optimizer_free(optimizer);
    eqf_parameters_free(g);
    eqf_parameters_free(p);
    test_context_free(context, &memory);
}

/* --------------------------------------------------------------------------------------------- clipping and groups -- */

static double norm_of(eqf_context *context, const eqf_parameters *store, bool bias)
{
    double sum = 0;
    for (int i = 0; i < TEST_STORE_ARRAYS; i++) {
        const test_store_array *array = &test_store_arrays[i];
        if ((array->flags & EQF_PARAMETER_TRAINABLE) == 0 || (!bias && i == TEST_STORE_BIAS)) continue;
        double *values = test_store_values(context, store, i);
        for (int64_t k = 0; k < array->count; k++) sum += values[k] * values[k];
        free(values);
    }
    return sqrt(sum);
}

/* What gradient descent with rate 1 takes away is the gradient, of half its length where that is the limit. */
static void test_clipping(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    for (int i = 0; i < 4; i++) {
        eqf_precision precision = i % 2 == 0 ? EQF_FLOAT32 : EQF_FLOAT64;
        eqf_parameters *p = new_store(context, precision, 1), *g = new_store(context, precision, 2);
        eqf_parameters *start = new_store(context, precision, 1);
        eqf_optimizer_options options = EQF_OPTIMIZER_OPTIONS_INIT;
        double norm = norm_of(context, g, true), factor = i < 2 ? 0.5 : 1, measured;
        options.kind = EQF_OPTIMIZER_SGD;
        options.clip_norm = i < 2 ? norm / 2 : norm * 1.001;
        eqf_optimizer *optimizer = new_optimizer(context, p, &options);
        TEST_OK(context, eqf_optimizer_step(context, optimizer, 1, g, p, &measured));
        assert_close(measured, norm, 1e-13 * norm);
        double *before = test_store_values(context, start, TEST_STORE_WEIGHT);
        double *after = test_store_values(context, p, TEST_STORE_WEIGHT);
        double *slope = test_store_values(context, g, TEST_STORE_WEIGHT);
        for (int64_t k = 0; k < test_store_arrays[TEST_STORE_WEIGHT].count; k++)
            assert_close(before[k] - after[k], factor * slope[k], precision == EQF_FLOAT32 ? 1e-6 : 1e-13);
        free(before);
        free(after);
        free(slope);
        eqf_optimizer_free(optimizer);
        eqf_parameters_free(start);
        eqf_parameters_free(g);
        eqf_parameters_free(p);
    }
    test_context_free(context, &memory);
}

/* Gradient descent without momentum, gradients 0 but for a group's: what decays, and how fast, shows in every element. */
static void expect_factor(eqf_context *context, const eqf_parameters *p, int i, double factor)
{
    eqf_parameters *start = new_store(context, EQF_FLOAT64, 1);
    double *before = test_store_values(context, start, i), *after = test_store_values(context, p, i);
    for (int64_t k = 0; k < test_store_arrays[i].count; k++)
        assert_close(after[k], factor * before[k], 1e-14 * fabs(before[k]));
    free(before);
    free(after);
    eqf_parameters_free(start);
}

static void test_groups(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    static const struct {
        struct {
            const char *pattern;
            double rate, decay;
        } groups[3];
        double weight, bias, last; /* what a step with rate 0.5 and decay 0.2 leaves of them */
    } cases[] = {
        {{{NULL, 0, 0}}, 0.9, 1, 0.9},
        {{{"*", 0.5, NAN}}, 0.95, 1, 0.95},
        {{{"block.?.*", 1, 0.4}}, 0.8, 0.8, 0.9},
        {{{"*.weight", 2, NAN}, {"head*", 0.5, NAN}}, 0.8, 1, 0.95},
        {{{"head*", 0.5, NAN}, {"*.weight", 2, NAN}}, 0.8, 1, 0.8},
        {{{"block.0.bias", 1, 1}, {"*eight", 0, NAN}}, 1, 0.5, 1},
        {{{"*", 0, NAN}, {"*a*.*h*", 1, NAN}}, 1, 1, 0.9},
        {{{"*", 1, 0.6}, {"**t", 1, NAN}, {"head.weigh?", 1, 0}}, 0.9, 0.7, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        eqf_parameters *p = new_store(context, EQF_FLOAT64, 1), *g = NULL;
        eqf_optimizer_options options = EQF_OPTIMIZER_OPTIONS_INIT;
        options.kind = EQF_OPTIMIZER_SGD;
        options.weight_decay = 0.2;
        eqf_optimizer *optimizer = new_optimizer(context, p, &options);
        for (int k = 0; k < 3 && cases[i].groups[k].pattern != NULL; k++) {
            eqf_parameter_group group = EQF_PARAMETER_GROUP_INIT;
            group.rate = cases[i].groups[k].rate;
            group.weight_decay = cases[i].groups[k].decay;
            TEST_OK(context, eqf_optimizer_set_group(context, optimizer, cases[i].groups[k].pattern, &group));
        }
        g = new_store(context, EQF_FLOAT64, 3);
        for (int k = 0; k < TEST_STORE_ARRAYS; k++) {
            double *zeros = calloc((size_t)test_store_arrays[k].count + 1, sizeof *zeros);
            TEST_OK(context, eqf_parameters_set(context, g, k, zeros));
            free(zeros);
        }
        TEST_OK(context, eqf_optimizer_step(context, optimizer, 0.5, g, p, NULL));
        expect_factor(context, p, TEST_STORE_WEIGHT, cases[i].weight);
        expect_factor(context, p, TEST_STORE_BIAS, cases[i].bias);
        expect_factor(context, p, TEST_STORE_LAST, cases[i].last);
        expect_factor(context, p, TEST_STORE_CONSTANT, 1);
        eqf_optimizer_free(optimizer);
        eqf_parameters_free(g);
        eqf_parameters_free(p);
    }
    test_context_free(context, &memory);
}

/* Nothing of an array with rate 0 matters: not its gradient, nor its moments. */
static void test_frozen(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqf_parameters *p = new_store(context, EQF_FLOAT32, 1), *g = new_store(context, EQF_FLOAT32, 2);
    eqf_optimizer_options options = options_of(EQF_OPTIMIZER_ADAMW);
    eqf_optimizer *optimizer = new_optimizer(context, p, &options);
    eqf_parameter_group group = EQF_PARAMETER_GROUP_INIT;
    double norm = norm_of(context, g, false), measured = 0;
    group.rate = 0;
    TEST_OK(context, eqf_optimizer_set_group(context, optimizer, "*bias", &group));
    test_store_poke(context, g, TEST_STORE_BIAS, 2, NAN);
    TEST_OK(context, eqf_optimizer_step(context, optimizer, 0.5, g, p, &measured));
    assert_close(measured, norm, 1e-13 * norm);
    const eqf_parameters *mean = eqf_optimizer_moment(optimizer, 0);
    double *values = test_store_values(context, mean, eqf_parameters_find(mean, "block.0.bias"));
    for (int k = 0; k < 6; k++) assert_true(values[k] == 0);
    free(values);
    eqf_optimizer_free(optimizer);
    eqf_parameters_free(g);
    eqf_parameters_free(p);
    test_context_free(context, &memory);
}

/* ----------------------------------------------------------------------------------------------------------- state -- */

static void test_threads(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *first = test_context(&memory);
    for (int kind = EQF_OPTIMIZER_ADAMW; kind <= EQF_OPTIMIZER_SGD; kind++) {
        for (int precision = EQF_FLOAT32; precision <= EQF_FLOAT64; precision++) {
            eqf_parameters *results[3];
            double norms[3];
            for (int threads = 1; threads <= 3; threads++) {
                test_allocator own;
                eqf_context *context = test_context_threads(&own, threads);
                eqf_parameters *p = new_store(context, (eqf_precision)precision, 1);
                eqf_optimizer_options options = options_of((eqf_optimizer_kind)kind);
                options.clip_norm = 1;
                eqf_optimizer *optimizer = new_optimizer(context, p, &options);
                for (int t = 0; t < 3; t++) norms[threads - 1] = step(context, optimizer, 0.01, 10 + (uint64_t)t, p);
                TEST_OK(first, eqf_parameters_copy(first, p, (eqf_precision)precision, &results[threads - 1]));
                eqf_optimizer_free(optimizer);
                eqf_parameters_free(p);
                test_context_free(context, &own);
            }
            for (int k = 1; k < 3; k++) {
                assert_memory_equal(&norms[k], norms, sizeof *norms);
                test_expect_same_store(first, results[k], results[0]);
            }
            for (int k = 0; k < 3; k++) eqf_parameters_free(results[k]);
        }
    }
    test_context_free(first, &memory);
}

/* A saved state goes on as if nothing had happened, also through moments in float64. */
static void test_restore(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    for (int kind = EQF_OPTIMIZER_ADAMW; kind <= EQF_OPTIMIZER_SGD; kind++) {
        for (int precision = EQF_FLOAT32; precision <= EQF_FLOAT64; precision++) {
            eqf_optimizer_options options = options_of((eqf_optimizer_kind)kind);
            eqf_parameters *p = new_store(context, (eqf_precision)precision, 1), *q = NULL, *saved[2] = {NULL, NULL};
            eqf_optimizer *first = new_optimizer(context, p, &options), *second = new_optimizer(context, p, &options);
            for (int t = 0; t < 3; t++) step(context, first, rates[t], 10 + (uint64_t)t, p);
            TEST_OK(context, eqf_parameters_copy(context, p, (eqf_precision)precision, &q));
            for (int k = 0; k < 2; k++)
                if (eqf_optimizer_moment(first, k) != NULL)
                    TEST_OK(context,
                            eqf_parameters_copy(context, eqf_optimizer_moment(first, k), EQF_FLOAT64, &saved[k]));
            TEST_OK(context, eqf_optimizer_restore(context, second, eqf_optimizer_steps(first),
                                                   (const eqf_parameters *const[2]){saved[0], saved[1]}));
            for (int t = 3; t < STEPS; t++) {
                step(context, first, rates[t], 10 + (uint64_t)t, p);
                step(context, second, rates[t], 10 + (uint64_t)t, q);
            }
            test_expect_same_store(context, p, q);
            for (int k = 0; k < 2; k++) eqf_parameters_free(saved[k]);
            eqf_optimizer_free(first);
            eqf_optimizer_free(second);
            eqf_parameters_free(q);
            eqf_parameters_free(p);
        }
    }
    test_context_free(context, &memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formulas), cmocka_unit_test(test_by_hand), cmocka_unit_test(test_clipping),
        cmocka_unit_test(test_groups),   cmocka_unit_test(test_frozen),  cmocka_unit_test(test_threads),
        cmocka_unit_test(test_restore),
    };
    return cmocka_run_group_tests_name("optimizer", tests, NULL, NULL);
}
