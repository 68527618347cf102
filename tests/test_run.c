/* Runs: what is missing or wrong when they execute, re-binding, parameters, several runs, memory.
 * SPDX-License-Identifier: MIT */
#include <equiformer/linear.h>

#include "support/derivatives.h"
#include "support/network.h"

static const char *const outputs[] = {"energy", "feature", "force", "g.table", "g.mix", "g.bias"};
enum { OUTPUTS = 6, ROOM = 4096 };

typedef struct setting {
    test_allocator memory;
    eqf_context *context;
    eqf_program *program;
    eqf_parameters *parameters;
} setting;

static void begin(setting *s)
{
    s->context = test_context(&s->memory);
    TEST_OK(s->context, test_network_record(s->context, &s->program));
    TEST_OK(s->context, test_network_parameters(s->context, EQF_FLOAT64, 5, &s->parameters));
}

static void finish(setting *s)
{
    eqf_parameters_free(s->parameters);
    eqf_program_free(s->program);
    test_context_free(s->context, &s->memory);
}

static eqf_run *new_run(setting *s, eqf_precision precision)
{
    eqf_run *run = NULL;
    TEST_OK(s->context, eqf_run_create(s->context, s->program, s->parameters, precision, &run));
    return run;
}

/* All outputs of a run, one after the other; elements that are not written stay as they were. */
static size_t results(setting *s, const eqf_run *run, const test_graph *graph, double *values)
{
    const size_t sizes[OUTPUTS] = {1, (size_t)graph->nodes * 10, (size_t)graph->links * 3, 12, 24, 4};
    size_t n = 0;
    for (int i = 0; i < OUTPUTS; n += sizes[i++]) {
        assert_true(n + sizes[i] <= ROOM);
        TEST_OK(s->context, eqf_run_get_output(s->context, run, outputs[i], values + n));
    }
    return n;
}

static size_t execute(setting *s, eqf_run *run, const test_graph *graph, double *values)
{
    TEST_OK(s->context, test_network_bind(s->context, run, graph));
    TEST_OK(s->context, eqf_run_execute(s->context, run));
    return results(s, run, graph, values);
}

/* The same by a run of its own. */
static size_t expected(setting *s, eqf_precision precision, const test_graph *graph, double *values)
{
    eqf_run *run = new_run(s, precision);
    size_t n = execute(s, run, graph, values);
    eqf_run_free(run);
    return n;
}

static void same_bits(size_t n, const double *a, const double *b)
{
    for (size_t i = 0; i < n; i++)
        if (memcmp(&a[i], &b[i], sizeof *a) != 0) fail_msg("number %zu is %.17g and %.17g", i, a[i], b[i]);
}

/* ----------------------------------------------------------------------------------------------------- not bound -- */

static void test_unbound(void **state)
{
    (void)state;
    setting s;
    test_graph graph;
    double values[ROOM];
    begin(&s);
    test_graph_fill(&graph, 5, 9, 1);
    eqf_run *run = new_run(&s, EQF_FLOAT64);
    eqf_context *context = s.context;
    assert_int_equal(eqf_run_map_size(run, "from"), -1);
    assert_int_equal(eqf_run_input_size(run, "vectors"), -1);
    TEST_FAILS(context, EQF_ERROR_STATE, "the map from is set before the number of rows of links",
               eqf_run_set_map(context, run, "from", graph.from));
    TEST_FAILS(context, EQF_ERROR_STATE, "input vectors is set before the number of rows of links",
               eqf_run_set_input(context, run, "vectors", graph.vectors));
    TEST_OK(context, eqf_run_set_rows(context, run, "links", graph.links));
    TEST_FAILS(context, EQF_ERROR_STATE, "the map from is set before the number of rows of nodes",
               eqf_run_set_map(context, run, "from", graph.from));
    TEST_FAILS(context, EQF_ERROR_STATE, "the number of rows of nodes is not set", eqf_run_execute(context, run));
    TEST_OK(context, eqf_run_set_rows(context, run, "nodes", graph.nodes));
    TEST_FAILS(context, EQF_ERROR_STATE, "the map from is not set for the present sizes",
               eqf_run_execute(context, run));
    TEST_OK(context, eqf_run_set_map(context, run, "from", graph.from));
    TEST_OK(context, eqf_run_set_map(context, run, "to", graph.to));
    TEST_FAILS(context, EQF_ERROR_STATE, "the map kind is not set for the present sizes",
               eqf_run_execute(context, run));
    TEST_OK(context, eqf_run_set_map(context, run, "kind", graph.kind));
    TEST_FAILS(context, EQF_ERROR_STATE, "the input vectors is not set for the present sizes",
               eqf_run_execute(context, run));
    TEST_FAILS(context, EQF_ERROR_STATE, "output energy is asked for before eqf_run_execute",
               eqf_run_get_output(context, run, "energy", values));
    TEST_OK(context, eqf_run_set_input(context, run, "vectors", graph.vectors));
    TEST_OK(context, eqf_run_execute(context, run));
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "the program has no output enrgy",
               eqf_run_get_output(context, run, "enrgy", values));
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "the program has no input vector",
               eqf_run_set_input(context, run, "vector", graph.vectors));
    TEST_OK(context, eqf_run_set_rows(context, run, "unknown", 3)); /* what the program does not use */
    TEST_OK(context, eqf_run_set_map(context, run, "unknown", graph.from));
    results(&s, run, &graph, values);
    assert_int_equal(eqf_run_map_size(run, "from"), graph.links);
    assert_int_equal(eqf_run_input_size(run, "vectors"), 3 * graph.links);
    assert_int_equal(eqf_run_output_size(run, "energy"), 1);
    assert_int_equal(eqf_run_map_size(run, "unknown"), -1);
    assert_int_equal(eqf_run_input_size(run, "vector"), -1);
    assert_int_equal(eqf_run_output_size(run, "enrgy"), -1);
    TEST_OK(context, eqf_run_set_rows(context, run, "links", graph.links + 1)); /* everything else is out of date */
    TEST_FAILS(context, EQF_ERROR_STATE, "output force is asked for before eqf_run_execute",
               eqf_run_get_output(context, run, "force", values));
    TEST_FAILS(context, EQF_ERROR_STATE, "the map from is not set for the present sizes",
               eqf_run_execute(context, run));
    eqf_run_free(run);
    finish(&s);
}

static void test_wrong_numbers(void **state)
{
    (void)state;
    setting s;
    test_graph graph;
    double values[ROOM], again[ROOM];
    begin(&s);
    test_graph_fill(&graph, 5, 9, 1);
    eqf_run *run = new_run(&s, EQF_FLOAT64);
    eqf_context *context = s.context;
    size_t n = execute(&s, run, &graph, values);
    TEST_FAILS(context, EQF_ERROR_RANGE, "-1 rows of links, expected 0 to 2147483647",
               eqf_run_set_rows(context, run, "links", -1));
    TEST_FAILS(context, EQF_ERROR_SHAPE, "4 rows of kinds, but parameter table has 3",
               eqf_run_set_rows(context, run, "kinds", 4));
    TEST_OK(context, eqf_run_set_rows(context, run, "kinds", 3));
    graph.to[3] = 5;
    TEST_FAILS(context, EQF_ERROR_RANGE, "map to: row 3 leads to 5, expected 0 to 4",
               eqf_run_set_map(context, run, "to", graph.to));
    TEST_FAILS(context, EQF_ERROR_STATE, "the map to is not set", eqf_run_execute(context, run));
    graph.to[3] = -1;
    TEST_FAILS(context, EQF_ERROR_RANGE, "map to: row 3 leads to -1, expected 0 to 4",
               eqf_run_set_map(context, run, "to", graph.to));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "the map to of 9 rows is NULL", eqf_run_set_map(context, run, "to", NULL));
    TEST_FAILS(context, EQF_ERROR_STATE, "the map to is not set", eqf_run_execute(context, run));
    test_graph_fill(&graph, 5, 9, 1);
    graph.kind[2] = 3; /* the table has three rows */
    TEST_FAILS(context, EQF_ERROR_RANGE, "map kind: row 2 leads to 3, expected 0 to 2",
               eqf_run_set_map(context, run, "kind", graph.kind));
    test_graph_fill(&graph, 5, 9, 1);
    assert_int_equal(execute(&s, run, &graph, again), n);
    same_bits(n, values, again);
    eqf_run_free(run);
    finish(&s);
}

/* ---------------------------------------------------------------------------------------------------- parameters -- */

static void add_array(setting *s, eqf_parameters *to, const char *name, int64_t count)
{
    eqf_parameter_info info = {.name = name, .ndim = 1, .shape = {count}};
    TEST_OK(s->context, eqf_parameters_add(s->context, to, &info));
}

/* A store that does not fit is refused, and the run goes on with the one that it has. */
static void test_wrong_parameters(void **state)
{
    (void)state;
    setting s;
    test_graph graph;
    double values[ROOM], again[ROOM];
    begin(&s);
    test_graph_fill(&graph, 5, 9, 1);
    eqf_run *run = NULL, *good = new_run(&s, EQF_FLOAT64);
    eqf_context *context = s.context;
    size_t n = execute(&s, good, &graph, values);
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "the program needs the parameter table, which is not given",
               eqf_run_create(context, s.program, NULL, EQF_FLOAT64, &run));
    for (int precision = EQF_FLOAT32; precision <= EQF_FLOAT64; precision++) {
        static const struct {
            int64_t table, bias; /* -1: left out */
            eqf_status status;
            const char *message;
        } stores[] = {{12, -1, EQF_ERROR_NOT_FOUND, "the program needs the parameter bias, which is not given"},
                      {12, 3, EQF_ERROR_SHAPE, "parameter bias has 3 elements, expected 4"},
                      {12, 0, EQF_ERROR_SHAPE, "parameter bias has 0 elements, expected 4"},
                      {13, 4, EQF_ERROR_SHAPE, "parameter table has 13 elements, expected rows of 4"}};
        for (int i = 0; i < 4; i++) {
            eqf_parameters *other = NULL;
            TEST_OK(context, eqf_parameters_create(context, (eqf_precision)precision, &other));
            add_array(&s, other, "table", stores[i].table);
            add_array(&s, other, "mix", 24);
            if (stores[i].bias >= 0) add_array(&s, other, "bias", stores[i].bias);
            TEST_FAILS(context, stores[i].status, stores[i].message, eqf_run_set_parameters(context, good, other));
            TEST_FAILS(context, stores[i].status, stores[i].message,
                       eqf_run_create(context, s.program, other, EQF_FLOAT64, &run));
            assert_null(run);
            eqf_parameters_free(other);
        }
    }
    TEST_OK(context, eqf_run_execute(context, good));
    assert_int_equal(results(&s, good, &graph, again), n);
    same_bits(n, values, again);
    eqf_run_free(good);
    finish(&s);
}

/* A run has a copy: changes of a store need eqf_run_set_parameters, whatever the precisions. */
static void test_other_parameters(void **state)
{
    (void)state;
    static const double zeros[ROOM];
    setting s, t;
    test_graph graph;
    double values[ROOM], again[ROOM];
    begin(&s);
    begin(&t);
    eqf_parameters_free(t.parameters);
    TEST_OK(t.context, test_network_parameters(t.context, EQF_FLOAT32, 6, &t.parameters));
    test_graph_fill(&graph, 8, 40, 1);
    for (int precision = EQF_FLOAT32; precision <= EQF_FLOAT64; precision++) {
        size_t n = expected(&t, (eqf_precision)precision, &graph, values);
        eqf_run *run = new_run(&s, (eqf_precision)precision);
        execute(&s, run, &graph, again);
        assert_true(fabs(values[0] - again[0]) > 1e-3);
        TEST_OK(s.context, eqf_run_set_parameters(s.context, run, t.parameters));
        eqf_parameters *edited = t.parameters;
        TEST_OK(t.context, eqf_parameters_copy(t.context, edited, EQF_FLOAT32, &t.parameters));
        for (int i = 0; i < eqf_parameters_arrays(edited); i++)
            TEST_OK(t.context, eqf_parameters_set(t.context, edited, i, zeros));
        TEST_OK(s.context, eqf_run_execute(s.context, run));
        assert_int_equal(results(&s, run, &graph, again), n);
        same_bits(n, values, again);
        TEST_OK(s.context, eqf_run_set_parameters(s.context, run, edited));
        TEST_OK(s.context, eqf_run_execute(s.context, run));
        results(&s, run, &graph, again);
        assert_true(fabs(values[0] - again[0]) > 1e-3);
        eqf_parameters_free(edited);
        eqf_run_free(run);
    }
    finish(&s);
    finish(&t);
}

/* ---------------------------------------------------------------------------------------------------- re-binding -- */

static const int64_t sizes[][2] = {{5, 9}, {40, 200}, {5, 9}, {7, 0}, {64, 256}, {0, 0}, {2, 1}, {33, 100}};
enum { SIZES = 8 };

/* Growing, shrinking, no rows at all: the bits are those of a fresh run. */
static void test_sizes(void **state)
{
    (void)state;
    static test_graph graph;
    setting s;
    double values[ROOM], again[ROOM];
    begin(&s);
    for (int precision = EQF_FLOAT32; precision <= EQF_FLOAT64; precision++) {
        eqf_run *run = new_run(&s, (eqf_precision)precision);
        for (int i = 0; i < SIZES; i++) {
            test_graph_fill(&graph, sizes[i][0], sizes[i][1], (uint64_t)i);
            size_t n = expected(&s, (eqf_precision)precision, &graph, values);
            assert_int_equal(execute(&s, run, &graph, again), n);
            same_bits(n, values, again);
            assert_true(graph.links == 0 ? values[0] == 0 : values[0] > 1e-3);
        }
        eqf_run_free(run);
    }
    finish(&s);
}

/* Runs that take turns do not disturb one another, and outlive the program's handle and the store's. */
static void test_several_runs(void **state)
{
    (void)state;
    static test_graph small, large;
    setting s;
    double a[ROOM], b[ROOM], c[ROOM], again[ROOM];
    begin(&s);
    test_graph_fill(&small, 5, 9, 1);
    test_graph_fill(&large, 50, 250, 2);
    size_t n = expected(&s, EQF_FLOAT64, &small, a), m = expected(&s, EQF_FLOAT64, &large, b);
    assert_int_equal(expected(&s, EQF_FLOAT32, &small, c), n);
    assert_all_close(n, a, c, 1e-4 * fabs(a[0]));
    eqf_run *first = new_run(&s, EQF_FLOAT64), *second = new_run(&s, EQF_FLOAT64), *third = new_run(&s, EQF_FLOAT32);
    eqf_program_free(s.program);
    eqf_parameters_free(s.parameters);
    s.program = NULL;
    s.parameters = NULL;
    execute(&s, first, &small, again);
    TEST_OK(s.context, test_network_bind(s.context, second, &large));
    execute(&s, third, &small, again);
    same_bits(n, c, again);
    TEST_OK(s.context, eqf_run_execute(s.context, second));
    results(&s, first, &small, again);
    same_bits(n, a, again);
    results(&s, second, &large, again);
    same_bits(m, b, again);
    eqf_run_free(first);
    eqf_run_free(third);
    eqf_run_free(second);
    finish(&s);
}

/* -------------------------------------------------------------------------------------------------------- memory -- */

static eqf_status whole_life(eqf_context *context, void *argument)
{
    const test_graph *graph = argument;
    eqf_program *program = NULL;
    eqf_parameters *parameters = NULL, *other = NULL;
    eqf_run *run = NULL;
    double values[ROOM];
    eqf_status status = test_network_record(context, &program);
    if (status == EQF_OK) status = test_network_parameters(context, EQF_FLOAT32, 1, &parameters);
    if (status == EQF_OK) status = eqf_parameters_copy(context, parameters, EQF_FLOAT64, &other);
    if (status == EQF_OK) status = eqf_run_create(context, program, parameters, EQF_FLOAT64, &run);
    if (status == EQF_OK) status = eqf_run_set_parameters(context, run, other);
    if (status == EQF_OK) status = test_network_bind(context, run, graph);
    if (status == EQF_OK) status = eqf_run_execute(context, run);
    if (status == EQF_OK) status = eqf_run_get_output(context, run, "force", values);
    eqf_run_free(run);
    eqf_parameters_free(parameters);
    eqf_parameters_free(other);
    eqf_program_free(program);
    return status;
}

static void test_every_allocation_fails(void **state)
{
    (void)state;
    test_graph graph;
    test_graph_fill(&graph, 4, 7, 1);
    test_every_allocation(whole_life, &graph);
}

/* After a failure for want of memory the same run works when there is some again. */
static void test_recovery(void **state)
{
    (void)state;
    static test_graph small, large;
    setting s;
    double values[ROOM], again[ROOM];
    begin(&s);
    test_graph_fill(&small, 5, 9, 1);
    test_graph_fill(&large, 60, 256, 3);
    size_t n = expected(&s, EQF_FLOAT64, &large, values);
    eqf_run *run = new_run(&s, EQF_FLOAT64);
    execute(&s, run, &small, again);
    bool failed = true;
    for (long at = 1; failed; at++) {
        test_graph_fill(&small, 5 + at, 9 + at, 1); /* nothing fits */
        s.memory.failed = false;
        s.memory.fail_at = s.memory.calls + at;
        eqf_status status = test_network_bind(s.context, run, &large);
        if (status == EQF_OK) status = eqf_run_execute(s.context, run);
        failed = s.memory.failed;
        s.memory.fail_at = 0;
        assert_int_equal(status, failed ? EQF_ERROR_MEMORY : EQF_OK);
        if (failed && at % 2 == 0) execute(&s, run, &small, again);
    }
    assert_int_equal(results(&s, run, &large, again), n);
    same_bits(n, values, again);
    eqf_run_free(run);
    finish(&s);
}

/* Sizes that have been met need no more memory, and slightly larger ones seldom do. */
static void test_no_allocation(void **state)
{
    (void)state;
    static test_graph graph;
    setting s;
    double values[ROOM];
    begin(&s);
    eqf_run *run = new_run(&s, EQF_FLOAT64);
    test_graph_fill(&graph, 40, 180, 1);
    execute(&s, run, &graph, values);
    long calls = s.memory.calls;
    for (int i = 0; i < 3; i++) {
        test_graph_fill(&graph, 40 - i, 180 - 50 * i, (uint64_t)i);
        execute(&s, run, &graph, values);
        assert_int_equal(s.memory.calls, calls);
    }
    int grown = 0;
    for (int64_t links = 181; links < 240; links++) {
        test_graph_fill(&graph, 41, links, 1);
        calls = s.memory.calls;
        execute(&s, run, &graph, values);
        grown += s.memory.calls > calls;
    }
    assert_true(grown >= 1 && grown <= 6);
    eqf_run_free(run);
    finish(&s);
}

/* Weights of matrix products are held once, in the order of those; biases beside them. */
static void test_weights_once(void **state)
{
    (void)state;
    enum { WIDTH = 128, WEIGHTS = WIDTH * WIDTH };
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqf_irreps *irreps = NULL;
    eqf_module *linear = NULL;
    eqf_program *program = NULL;
    TEST_OK(context, eqf_irreps_parse(context, "128x0e", &irreps));
    TEST_OK(context, eqf_linear_create(context, irreps, irreps, 1, &linear));
    TEST_OK(context, eqf_program_create(context, &program));
    const eqf_graph none = {0};
    eqf_var x = eqf_input(program, "x", eqf_program_rows(program, "atoms"), irreps);
    eqf_output(program, "y", eqf_module_record(program, linear, "", &none, &x));
    TEST_OK(context, eqf_program_end(context, program));
    for (int stored = EQF_FLOAT32; stored <= EQF_FLOAT64; stored++) {
        eqf_parameters *parameters = NULL;
        TEST_OK(context, eqf_parameters_create(context, (eqf_precision)stored, &parameters));
        TEST_OK(context, eqf_module_init(context, linear, "", 1, parameters));
        for (int precision = EQF_FLOAT32; precision <= EQF_FLOAT64; precision++) {
            size_t real_size = precision == EQF_FLOAT32 ? sizeof(float) : sizeof(double);
            eqf_run *run = NULL;
            TEST_OK(context, eqf_run_create(context, program, parameters, (eqf_precision)precision, &run));
            TEST_OK(context, eqf_run_set_parameters(context, run, parameters));
            assert_int_equal(eqf_run_bytes(run), (WEIGHTS + WIDTH) * real_size);
            eqf_run_free(run);
        }
        eqf_parameters_free(parameters);
    }
    eqf_program_free(program);
    eqf_module_free(linear);
    eqf_irreps_free(irreps);
    test_context_free(context, &memory);
}

/* A store has the numbers that it was given, however small, in its own precision. */
static void test_small_parameters(void **state)
{
    (void)state;
    enum { COUNT = 6 };
    static const double given[COUNT] = {1e-40, -1e-45, 1e-20, 1e-300, 0.1, -3};
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    for (int precision = EQF_FLOAT32; precision <= EQF_FLOAT64; precision++) {
        eqf_parameters *parameters = NULL;
        eqf_parameter_info info = {.name = "moments", .ndim = 1, .shape = {COUNT}};
        double got[COUNT];
        TEST_OK(context, eqf_parameters_create(context, (eqf_precision)precision, &parameters));
        TEST_OK(context, eqf_parameters_add(context, parameters, &info));
        TEST_OK(context, eqf_parameters_set(context, parameters, 0, given));
        TEST_OK(context, eqf_parameters_get(context, parameters, 0, got));
        for (int i = 0; i < COUNT; i++)
            assert_true(got[i] == (precision == EQF_FLOAT32 ? (double)(float)given[i] : given[i]));
        eqf_parameters_free(parameters);
    }
    test_context_free(context, &memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_unbound),
                                       cmocka_unit_test(test_wrong_numbers),
                                       cmocka_unit_test(test_wrong_parameters),
                                       cmocka_unit_test(test_other_parameters),
                                       cmocka_unit_test(test_sizes),
                                       cmocka_unit_test(test_several_runs),
                                       cmocka_unit_test(test_every_allocation_fails),
                                       cmocka_unit_test(test_recovery),
                                       cmocka_unit_test(test_no_allocation),
                                       cmocka_unit_test(test_weights_once),
                                       cmocka_unit_test(test_small_parameters)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
