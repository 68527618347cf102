/* Programs: what recording and running refuse, and with which words; re-binding; equal and different nodes; eqf_grad.
 * SPDX-License-Identifier: MIT */
#include "support/derivatives.h"

/* ---------------------------------------------------------------------------------------------- recording errors -- */

/* What a mistaken recording call has to work with. */
typedef struct desk {
    eqf_context *context;
    eqf_program *program;
    eqf_rows a, b;
    eqf_map map;                /* a -> b */
    eqf_var scalars, mixed;     /* a x 4x0e, a x 2x0e+1x1o */
    eqf_var other, one, vector; /* b x 4x0e, one x 4x0e, a x 1x1o */
    eqf_irreps *four, *mix, *arrow;
} desk;

static desk set_up(eqf_context *context)
{
    desk d = {.context = context};
    TEST_OK(context, eqf_program_create(context, &d.program));
    d.four = test_irreps(context, "4x0e");
    d.mix = test_irreps(context, "2x0e+1x1o");
    d.arrow = test_irreps(context, "1x1o");
    d.a = eqf_program_rows(d.program, "a");
    d.b = eqf_program_rows(d.program, "b");
    d.map = eqf_program_map(d.program, "map", d.a, d.b);
    d.scalars = eqf_input(d.program, "scalars", d.a, d.four);
    d.mixed = eqf_input(d.program, "mixed", d.a, d.mix);
    d.other = eqf_input(d.program, "other", d.b, d.four);
    d.one = eqf_input(d.program, "one", eqf_rows_one(), d.four);
    d.vector = eqf_input(d.program, "vector", d.a, d.arrow);
    return d;
}

static void clear_up(desk *d)
{
    eqf_program_free(d->program);
    eqf_irreps_free(d->four);
    eqf_irreps_free(d->mix);
    eqf_irreps_free(d->arrow);
}

static const eqf_var nothing = {0};

static void combine_rows(desk *d) { eqf_add(d->program, d->scalars, d->other); }
static void combine_irreps(desk *d) { eqf_add(d->program, d->scalars, d->mixed); }
static void combine_nothing(desk *d) { eqf_add(d->program, d->scalars, nothing); }
static void combine_foreign(desk *d) { eqf_add(d->program, (eqf_var){99}, d->scalars); }
static void multiply_nothing(desk *d) { eqf_multiply(d->program, 2, nothing); }
static void broadcast_rows(desk *d) { eqf_broadcast(d->program, d->a, d->other); }
static void broadcast_nowhere(desk *d) { eqf_broadcast(d->program, (eqf_rows){0}, d->one); }
static void broadcast_foreign(desk *d) { eqf_broadcast(d->program, (eqf_rows){17}, d->one); }
static void scale_columns(desk *d) { eqf_scale(d->program, d->mixed, d->scalars, EQF_PER_CHANNEL, 1); }
static void scale_heads(desk *d) { eqf_scale(d->program, d->mixed, d->scalars, EQF_PER_HEAD, 2); }
static void scale_grouping(desk *d) { eqf_scale(d->program, d->mixed, d->scalars, (eqf_grouping)9, 1); }
static void dot_irreps(desk *d) { eqf_dot(d->program, d->mixed, d->scalars, EQF_PER_ROW, 1); }
static void apply_irreps(desk *d) { eqf_apply(d->program, EQF_SILU, d->mixed); }
static void apply_unknown(desk *d) { eqf_apply(d->program, (eqf_function)42, d->scalars); }
static void power_infinite(desk *d) { eqf_power(d->program, d->scalars, INFINITY, 0); }
static void channels_block(desk *d) { eqf_channels(d->program, d->mixed, 2, 0, 1); }
static void channels_beyond(desk *d) { eqf_channels(d->program, d->mixed, 0, 1, 2); }
static void concat_rows(desk *d) { eqf_concat(d->program, d->scalars, d->other); }
static void gather_rows(desk *d) { eqf_gather(d->program, d->map, d->scalars); }
static void gather_nowhere(desk *d) { eqf_gather(d->program, (eqf_map){0}, d->other); }
static void sum_rows(desk *d) { eqf_segment_sum(d->program, d->map, d->other); }
static void softmax_irreps(desk *d) { eqf_segment_softmax(d->program, d->map, d->mixed, nothing); }
static void softmax_weights(desk *d) { eqf_segment_softmax(d->program, d->map, d->scalars, d->scalars); }
static void harmonics_irreps(desk *d) { eqf_solid_harmonics(d->program, d->scalars, d->mix); }
static void harmonics_degrees(desk *d) { eqf_solid_harmonics(d->program, d->vector, d->arrow); }
static void input_twice(desk *d) { eqf_input(d->program, "scalars", d->b, d->four); }
static void input_nowhere(desk *d) { eqf_input(d->program, "x", (eqf_rows){0}, d->four); }
static void input_foreign(desk *d) { eqf_input(d->program, "x", (eqf_rows){9}, d->four); }
static void parameter_count(desk *d) { eqf_parameter(d->program, "p", eqf_rows_one(), -3); }
static void map_twice(desk *d) { eqf_program_map(d->program, "map", d->b, d->a); }
static void map_one(desk *d) { eqf_program_map(d->program, "m", d->a, eqf_rows_one()); }
static void map_foreign(desk *d) { eqf_program_map(d->program, "m", d->a, (eqf_rows){12}); }
static void mask_certain(desk *d) { eqf_dropout_mask(d->program, "m", d->a, 3, 1); }
static void mask_columns(desk *d) { eqf_dropout_mask(d->program, "m", d->a, -1, 0.5); }
static void mask_foreign(desk *d) { eqf_dropout_mask(d->program, "m", (eqf_rows){9}, 3, 0.5); }
static void output_nothing(desk *d) { eqf_output(d->program, "y", nothing); }
static void output_foreign(desk *d) { eqf_output(d->program, "y", (eqf_var){55}); }
static void said(desk *d) { eqf_program_fail(d->program, EQF_ERROR_UNSUPPORTED, "the caller's own words"); }

static void output_twice(desk *d)
{
    eqf_output(d->program, "y", d->scalars);
    eqf_output(d->program, "y", d->mixed);
}

static void grad_seed(desk *d)
{
    eqf_var gradient;
    eqf_grad(d->program, 1, &d->scalars, &d->mixed, 1, &d->scalars, &gradient);
}

static void grad_output(desk *d)
{
    eqf_var gradient, far = {1000};
    eqf_grad(d->program, 1, &far, NULL, 1, &d->scalars, &gradient);
}

static void grad_nothing(desk *d)
{
    eqf_var gradients[2], wrt[2] = {d->scalars, nothing};
    eqf_grad(d->program, 1, &d->scalars, NULL, 2, wrt, gradients);
}

static void too_many_derivatives(desk *d)
{
    eqf_var y = eqf_apply(d->program, EQF_TANH, d->scalars);
    for (int i = 0; i < 9; i++) eqf_grad(d->program, 1, &y, NULL, 1, &d->scalars, &y);
    eqf_output(d->program, "y", y);
}

static const struct {
    void (*call)(desk *d);
    eqf_status status;
    const char *message;
} mistakes[] = {
    {combine_rows, EQF_ERROR_SHAPE, "combine: rows of a against rows of b"},
    {combine_irreps, EQF_ERROR_SHAPE, "combine: irreps 2x0e+1x1o, expected 4x0e"},
    {combine_nothing, EQF_ERROR_ARGUMENT, "combine: argument 2 is no variable"},
    {combine_foreign, EQF_ERROR_ARGUMENT, "combine: argument 1 is no variable"},
    {multiply_nothing, EQF_ERROR_ARGUMENT, "multiply: argument 1 is no variable"},
    {broadcast_rows, EQF_ERROR_SHAPE, "broadcast: rows of b, expected one"},
    {broadcast_nowhere, EQF_ERROR_ARGUMENT, "broadcast: no row set"},
    {broadcast_foreign, EQF_ERROR_ARGUMENT, "broadcast: no row set"},
    {scale_columns, EQF_ERROR_SHAPE, "scale: 4 columns of factors, expected 3x0e"},
    {scale_heads, EQF_ERROR_SHAPE, "scale: block 1 has 1 channels, which 2 heads do not divide"},
    {scale_grouping, EQF_ERROR_ARGUMENT, "scale: unknown grouping 9"},
    {dot_irreps, EQF_ERROR_SHAPE, "dot: irreps 4x0e, expected 2x0e+1x1o"},
    {apply_irreps, EQF_ERROR_SHAPE, "silu: irreps 2x0e+1x1o, expected 0e only"},
    {apply_unknown, EQF_ERROR_ARGUMENT, "apply: unknown function 42"},
    {power_infinite, EQF_ERROR_NOT_FINITE, "power: exponent inf, floor 0"},
    {channels_block, EQF_ERROR_RANGE, "channels: block 2, 1 channels from 0 on, expected block 0 to 1"},
    {channels_beyond, EQF_ERROR_RANGE,
     "channels: block 0, 2 channels from 1 on, expected block 0 to 1 and channels below 2"},
    {concat_rows, EQF_ERROR_SHAPE, "concat: rows of a against rows of b"},
    {gather_rows, EQF_ERROR_SHAPE, "gather: rows of a, expected rows of b"},
    {gather_nowhere, EQF_ERROR_ARGUMENT, "gather: no map"},
    {sum_rows, EQF_ERROR_SHAPE, "segment_sum: rows of b, expected rows of a"},
    {softmax_irreps, EQF_ERROR_SHAPE, "segment_softmax: irreps 2x0e+1x1o, expected 0e only"},
    {softmax_weights, EQF_ERROR_SHAPE, "segment_softmax: irreps 4x0e, expected 1x0e"},
    {harmonics_irreps, EQF_ERROR_SHAPE, "solid_harmonics: irreps 4x0e, expected one vector"},
    {harmonics_degrees, EQF_ERROR_SHAPE, "solid_harmonics: block 0 is 1x1, expected 1x0"},
    {input_twice, EQF_ERROR_SHAPE, "scalars is recorded twice with different rows, irreps or width"},
    {input_nowhere, EQF_ERROR_ARGUMENT, "x is given no row set"},
    {input_foreign, EQF_ERROR_ARGUMENT, "x is given no row set"},
    {parameter_count, EQF_ERROR_RANGE, "parameter p of -3 elements"},
    {map_twice, EQF_ERROR_ARGUMENT, "the map map exists between other row sets"},
    {map_one, EQF_ERROR_ARGUMENT, "the map m needs two row sets other than one"},
    {map_foreign, EQF_ERROR_ARGUMENT, "the map m needs two row sets other than one"},
    {mask_certain, EQF_ERROR_RANGE, "dropout_mask m: 3 columns with probability 1, expected 0 to below 1"},
    {mask_columns, EQF_ERROR_RANGE, "dropout_mask m: -1 columns with probability 0.5"},
    {mask_foreign, EQF_ERROR_ARGUMENT, "dropout_mask m: no row set"},
    {output_nothing, EQF_ERROR_ARGUMENT, "output y is no variable"},
    {output_foreign, EQF_ERROR_ARGUMENT, "output y is no variable"},
    {output_twice, EQF_ERROR_ARGUMENT, "there are two outputs of the name y"},
    {said, EQF_ERROR_UNSUPPORTED, "the caller's own words"},
    {grad_seed, EQF_ERROR_SHAPE, "grad: seed 0 differs from its output in rows or irreps"},
    {grad_output, EQF_ERROR_ARGUMENT, "grad: output 0 is no variable"},
    {grad_nothing, EQF_ERROR_ARGUMENT, "grad: variable 1 is no variable"},
    {too_many_derivatives, EQF_ERROR_UNSUPPORTED, "derivative 9 of tanh, expected at most 8"},
};

/* The first error sticks: later calls return no variable, and ending, as often as one likes, repeats it. */
static void test_recording_errors(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        desk d = set_up(context);
        mistakes[i].call(&d);
        assert_int_equal(eqf_add(d.program, d.scalars, d.scalars).id, 0);
        assert_int_equal(eqf_program_rows(d.program, "c").id, 0);
        assert_int_equal(eqf_program_map(d.program, "map", d.a, d.b).id, 0);
        eqf_var gradient = {7};
        eqf_grad(d.program, 1, &d.scalars, NULL, 1, &d.scalars, &gradient);
        assert_int_equal(gradient.id, 0);
        combine_rows(&d);
        eqf_program_fail(d.program, EQF_ERROR_IO, "too late");
        for (int again = 0; again < 2; again++)
            TEST_FAILS(context, mistakes[i].status, mistakes[i].message, eqf_program_end(context, d.program));
        eqf_run *run = NULL;
        TEST_FAILS(context, EQF_ERROR_STATE, "was not ended",
                   eqf_run_create(context, d.program, NULL, EQF_FLOAT32, &run));
        assert_null(run);
        clear_up(&d);
    }
    test_context_free(context, &memory);
}

static void test_ending(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    desk d = set_up(context);
    eqf_run *run = NULL;
    TEST_FAILS(context, EQF_ERROR_STATE, "was not ended", eqf_run_create(context, d.program, NULL, EQF_FLOAT64, &run));
    eqf_output(d.program, "y", eqf_multiply(d.program, 2, d.scalars));
    eqf_program *again = eqf_program_retain(d.program);
    TEST_OK(context, eqf_program_end(context, d.program));
    TEST_FAILS(context, EQF_ERROR_STATE, "was ended before", eqf_program_end(context, d.program));
    assert_int_equal(eqf_program_operations(d.program), 1);
    assert_int_equal(eqf_add(d.program, d.scalars, d.scalars).id, 0); /* ended: nothing is recorded any more */
    assert_int_equal(eqf_program_operations(d.program), 1);
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "precision 5",
               eqf_run_create(context, d.program, NULL, (eqf_precision)5, &run));
    assert_null(run);
    TEST_OK(context, eqf_run_create(context, d.program, NULL, EQF_FLOAT64, &run));
    clear_up(&d);
    eqf_run_free(run);
    eqf_program_free(again);
    eqf_program_free(NULL);
    eqf_run_free(NULL);

    desk empty = set_up(context);
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "the program has no output", eqf_program_end(context, empty.program));
    clear_up(&empty);
    test_context_free(context, &memory);
}

/* --------------------------------------------------------------------------------------------------------- nodes -- */

/* Equal calls give the same variable; whatever differs in an argument, number, map, plan or type does not. */
static void test_equal_nodes(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    desk d = set_up(context);
    eqf_program *p = d.program;
    assert_int_equal(eqf_combine(p, 1, d.scalars, 2, d.one).id, eqf_combine(p, 1, d.scalars, 2, d.one).id);
    assert_int_equal(eqf_multiply(p, 6, d.scalars).id, eqf_multiply(p, 2, eqf_multiply(p, 3, d.scalars)).id);
    assert_int_equal(eqf_multiply(p, 1, d.scalars).id, d.scalars.id);
    eqf_map second = eqf_program_map(p, "second", d.a, d.b);
    eqf_var distinct[] = {
        eqf_combine(p, 1, d.scalars, 2, d.one),
        eqf_combine(p, 2, d.scalars, 1, d.one),
        eqf_combine(p, 1, d.one, 2, d.scalars),
        eqf_combine(p, 1, d.scalars, 2.0000001, d.one),
        eqf_multiply(p, 3, d.scalars),
        eqf_multiply(p, 3, d.one),
        eqf_broadcast(p, d.a, d.one),
        eqf_broadcast(p, d.b, d.one),
        eqf_sum_rows(p, d.scalars),
        eqf_apply(p, EQF_SIN, d.scalars),
        eqf_apply(p, EQF_COS, d.scalars),
        eqf_power(p, d.scalars, 2, 0),
        eqf_power(p, d.scalars, 2, 0.5),
        eqf_power(p, d.scalars, 3, 0),
        eqf_gather(p, d.map, d.other),
        eqf_gather(p, second, d.other),
        eqf_segment_sum(p, d.map, d.scalars),
        eqf_segment_sum(p, second, d.scalars),
        eqf_channels(p, d.scalars, 0, 0, 2),
        eqf_channels(p, d.scalars, 0, 1, 2),
        eqf_channels(p, d.scalars, 0, 0, 3),
        eqf_dot(p, d.mixed, d.mixed, EQF_PER_ROW, 1),
        eqf_dot(p, d.mixed, d.mixed, EQF_PER_BLOCK, 1),
        eqf_dot(p, d.mixed, d.mixed, EQF_PER_CHANNEL, 1),
        eqf_segment_softmax(p, d.map, d.scalars, nothing),
        eqf_segment_softmax(p, second, d.scalars, nothing),
        eqf_dropout_mask(p, "first", d.a, 4, 0.5),
        eqf_dropout_mask(p, "second", d.a, 4, 0.5),
        eqf_dropout_mask(p, "first", d.b, 4, 0.5),
        eqf_dropout_mask(p, "first", d.a, 4, 0.25),
    };
    size_t n = sizeof distinct / sizeof distinct[0];
    int previous = distinct[n - 1].id;
    for (int i = 0; i < 1000; i++) { /* so many that some share a place in the table of nodes */
        eqf_var next = eqf_multiply(p, 7 + i, d.scalars);
        assert_int_equal(next.id, ++previous);
    }
    assert_int_equal(eqf_multiply(p, 7 + 500, d.scalars).id, previous - 499);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++)
            if (distinct[i].id == distinct[k].id || distinct[i].id == 0) fail_msg("nodes %zu and %zu are one", k, i);
    eqf_output(p, "y", distinct[0]);
    TEST_OK(context, eqf_program_end(context, p));
    assert_int_equal(eqf_program_operations(p), 1); /* the others are needed by no output */
    clear_up(&d);
    test_context_free(context, &memory);
}

/* Equal columns with different irreps: as scalars behind a vector, or as another vector behind it. */
static void test_equal_columns(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    desk d = set_up(context);
    eqf_irreps *three = test_irreps(context, "3x0e"), *odd = test_irreps(context, "1x0e+1x1o");
    eqf_irreps *axial = test_irreps(context, "1x1e"), *even = test_irreps(context, "1x0e+1x1e");
    eqf_var scalars = eqf_input(d.program, "three", d.a, three), turn = eqf_input(d.program, "turn", d.a, axial);
    const struct {
        eqf_var var;
        const char *irreps;
    } expected[] = {{eqf_concat(d.program, d.vector, scalars), "1x1o+3x0e"},
                    {eqf_concat(d.program, d.vector, turn), "1x1o+1x1e"},
                    {eqf_concat(d.program, d.vector, scalars), "1x1o+3x0e"},
                    {eqf_solid_harmonics(d.program, d.vector, odd), "1x0e+1x1o"},
                    {eqf_solid_harmonics(d.program, d.vector, even), "1x0e+1x1e"}};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        char text[64] = "no variable";
        if (expected[i].var.id != 0)
            eqf_irreps_format(eqf_var_irreps(d.program, expected[i].var), text, sizeof text, NULL);
        assert_string_equal(text, expected[i].irreps);
        assert_int_equal(eqf_var_rows(d.program, expected[i].var).id, d.a.id);
    }
    assert_null(eqf_var_irreps(d.program, nothing));
    assert_int_equal(eqf_var_rows(d.program, nothing).id, 0);
    eqf_irreps_free(three);
    eqf_irreps_free(odd);
    eqf_irreps_free(axial);
    eqf_irreps_free(even);
    clear_up(&d);
    test_context_free(context, &memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recording_errors),
        cmocka_unit_test(test_ending),
        cmocka_unit_test(test_equal_nodes),
        cmocka_unit_test(test_equal_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
