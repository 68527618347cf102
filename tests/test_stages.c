/* Stages: what runs together, in tiles of whole neighbourhoods, or one operation after the other where targets do not
 * ascend; what reverse passes compute again; minimum cuts. SPDX-License-Identifier: MIT */
#include <equiformer/linear.h>

#include "support/network.h"

#include "ad/mincut.h"
#include "ad/run.h"
#include "base/rng.h"

enum { ROOM = 4096, LAYERS = 5 };

/* ------------------------------------------------------------------------------------------------------ one stage -- */

typedef struct names {
    eqf_rows atoms, edges;
    eqf_map src, dst;
} names;

static names begin_program(eqf_context *context, eqf_program **program)
{
    names n;
    TEST_OK(context, eqf_program_create(context, program));
    n.atoms = eqf_program_rows(*program, "atoms");
    n.edges = eqf_program_rows(*program, "edges");
    n.src = eqf_program_map(*program, "src", n.edges, n.atoms);
    n.dst = eqf_program_map(*program, "dst", n.edges, n.atoms);
    return n;
}

static int results_of_edges(const eqf_program *program, bool local)
{
    int n = 0;
    for (size_t i = 0; i < program->nodes.n; i++) {
        const eqfi_variable *v = &program->vars.items[program->nodes.items[i].out - 1];
        n += strcmp(program->row_sets.items[v->rows - 1].name, "edges") == 0 && v->local == local;
    }
    return n;
}

/* A message, its softmax over neighbours and the weighted sum are one stage, which keeps nothing of the edges: of these the
 * message, a function of it, the softmax and its product with the message, while gathered rows are read where they are. */
static void test_attention(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    for (int fusion = 0; fusion < 2; fusion++) {
        eqf_program *program = NULL;
        eqf_irreps *four = NULL;
        eqfi_context_set_fusion(context, fusion != 0);
        names n = begin_program(context, &program);
        TEST_OK(context, eqf_irreps_parse(context, "4x0e", &four));
        eqf_var x = eqf_input(program, "x", n.atoms, four);
        eqf_var message = eqf_add(program, eqf_gather(program, n.src, x), eqf_gather(program, n.dst, x));
        eqf_var a = eqf_segment_softmax(program, n.dst, eqf_apply(program, EQF_TANH, message), (eqf_var){0});
        eqf_var sum = eqf_segment_sum(program, n.dst, eqf_scale(program, message, a, EQF_PER_CHANNEL, 1));
        eqf_output(program, "y", eqf_apply(program, EQF_SILU, sum));
        TEST_OK(context, eqf_program_end(context, program));
        assert_int_equal(program->stages.n, fusion ? 2 : program->nodes.n); /* the last function is of atoms */
        assert_int_equal(results_of_edges(program, fusion != 0), 4);
        assert_int_equal(results_of_edges(program, fusion == 0), 0);
        eqf_irreps_free(four);
        eqf_program_free(program);
    }
    test_context_free(context, &memory);
}

/* --------------------------------------------------------------------------------------------------------- orders -- */

/* The first `same` links lead to node 0; in order if asked for. */
static test_graph graph_of(int64_t nodes, int64_t links, int64_t same, bool ascending)
{
    test_graph graph;
    memset(&graph, 0, sizeof graph);
    test_graph_fill(&graph, nodes, links, 3);
    for (int64_t i = 0; i < same; i++) graph.to[i] = 0;
    for (int64_t i = 1; ascending && i < links; i++)
        for (int64_t j = i; j > 0 && graph.to[j - 1] > graph.to[j]; j--) {
            int32_t to = graph.to[j], from = graph.from[j];
            graph.to[j] = graph.to[j - 1];
            graph.from[j] = graph.from[j - 1];
            graph.to[j - 1] = to;
            graph.from[j - 1] = from;
        }
    return graph;
}

static size_t execute(eqf_context *context, eqf_run *run, const test_graph *graph, double *values)
{
    static const char *const outputs[] = {"energy", "feature", "force", "g.table", "g.mix", "g.bias"};
    const size_t sizes[] = {1, (size_t)graph->nodes * 10, (size_t)graph->links * 3, 12, 24, 4};
    size_t n = 0;
    TEST_OK(context, test_network_bind(context, run, graph));
    TEST_OK(context, eqf_run_execute(context, run));
    for (int i = 0; i < 6; n += sizes[i++]) {
        assert_true(n + sizes[i] <= ROOM);
        TEST_OK(context, eqf_run_get_output(context, run, outputs[i], values + n));
    }
    return n;
}

/* One run with stages, bound to all sorts of graphs in turn, and one without. */
static void test_orders(void **state)
{
    (void)state;
    const test_graph graphs[] = {graph_of(50, 300, 0, true),    graph_of(50, 300, 0, false), graph_of(60, 90, 40, true),
                                 graph_of(60, 310, 280, true),  graph_of(9, 0, 0, true),     graph_of(64, 3, 0, true),
                                 graph_of(40, 310, 250, false), graph_of(50, 300, 0, true)};
    static double values[2][ROOM];
    test_allocator memory;
    eqf_context *context = test_context_threads(&memory, 2);
    eqf_parameters *parameters = NULL;
    eqf_run *runs[2];
    TEST_OK(context, test_network_parameters(context, EQF_FLOAT64, 5, &parameters));
    for (int fusion = 0; fusion < 2; fusion++) {
        eqf_program *program = NULL;
        eqfi_context_set_fusion(context, fusion != 0);
        TEST_OK(context, test_network_record(context, &program));
        TEST_OK(context, eqf_run_create(context, program, parameters, EQF_FLOAT64, &runs[fusion]));
        eqf_program_free(program);
    }
    for (size_t i = 0; i < sizeof graphs / sizeof graphs[0]; i++) {
        double largest = 1;
        size_t n = execute(context, runs[0], &graphs[i], values[0]);
        assert_int_equal(execute(context, runs[1], &graphs[i], values[1]), n);
        for (size_t k = 0; k < n; k++) largest = fmax(largest, fabs(values[0][k]));
        assert_all_close(n, values[1], values[0], 1e-13 * largest);
    }
    for (int i = 0; i < 2; i++) eqf_run_free(runs[i]);
    eqf_parameters_free(parameters);
    test_context_free(context, &memory);
}

/* Tiles cover all rows in order, hold whole neighbourhoods, and about as many source rows as a tile. */
static void test_tiles(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    int64_t offsets[201] = {0};
    eqfi_bound_map map = {.to = 200, .offsets = offsets, .ascending = true};
    for (int i = 0; i < 200; i++) offsets[i + 1] = offsets[i] + (i < 60 ? 15 : i == 100 ? 90 : i % 7);
    map.from = offsets[200];
    TEST_OK(context, eqfi_cut_tiles(context, &map));
    assert_int_equal(map.tiles[0], 0);
    assert_int_equal(map.tiles[map.n_tiles], 200);
    assert_int_equal(map.longest, 90);
    for (int64_t t = 0; t < map.n_tiles; t++) {
        int64_t first = map.tiles[t], last = map.tiles[t + 1], rows = offsets[last] - offsets[first];
        assert_true(first < last && last - first <= EQFI_TILE);
        assert_true(rows <= 2 * EQFI_TILE || last == first + 1);
        assert_true(rows > EQFI_TILE / 2 || last - first == EQFI_TILE || last == 200 || last == 100);
    }
    eqfi_delete(context, map.tiles);
    test_context_free(context, &memory);
}

/* ------------------------------------------------------------------------------------------------- computing again -- */

/* Layers x = sum over neighbours of tanh(silu(x)[src]): the gradient reads along src what was cheap to compute long ago. */
static eqf_program *record_layers(eqf_context *context)
{
    eqf_program *program = NULL;
    eqf_irreps *irreps = NULL;
    names n = begin_program(context, &program);
    TEST_OK(context, eqf_irreps_parse(context, "8x0e", &irreps));
    eqf_var x = eqf_input(program, "x", n.atoms, irreps), y = x, gradient;
    for (int i = 0; i < LAYERS; i++) {
        eqf_var message = eqf_gather(program, n.src, eqf_apply(program, EQF_SILU, y));
        message = eqf_multiply(program, 0.3, eqf_apply(program, EQF_TANH, message));
        y = eqf_add(program, y, eqf_segment_sum(program, n.dst, message));
    }
    eqf_grad(program, 1, &y, NULL, 1, &x, &gradient);
    eqf_output(program, "y", y);
    eqf_output(program, "gradient", gradient);
    TEST_OK(context, eqf_program_end(context, program));
    eqf_irreps_free(irreps);
    return program;
}

static void test_far_reads(void **state)
{
    (void)state;
    enum { COLUMNS = 8, ATOMS = 40 };
    test_graph graph = graph_of(ATOMS, 300, 0, true);
    double x[ATOMS * COLUMNS], results[2][2][ATOMS * COLUMNS];
    test_allocator memory;
    eqf_context *context = test_context_threads(&memory, 2);
    int nodes[2];
    for (int i = 0; i < ATOMS * COLUMNS; i++) x[i] = eqfi_rng_normal(1, 2, (uint64_t)i);
    for (int fusion = 0; fusion < 2; fusion++) {
        eqf_run *run = NULL;
        eqfi_context_set_fusion(context, fusion != 0);
        eqf_program *program = record_layers(context);
        nodes[fusion] = eqf_program_operations(program);
        TEST_OK(context, eqf_run_create(context, program, NULL, EQF_FLOAT64, &run));
        TEST_OK(context, eqf_run_set_rows(context, run, "atoms", ATOMS));
        TEST_OK(context, eqf_run_set_rows(context, run, "edges", graph.links));
        TEST_OK(context, eqf_run_set_map(context, run, "src", graph.from));
        TEST_OK(context, eqf_run_set_map(context, run, "dst", graph.to));
        TEST_OK(context, eqf_run_set_input(context, run, "x", x));
        TEST_OK(context, eqf_run_execute(context, run));
        TEST_OK(context, eqf_run_get_output(context, run, "y", results[fusion][0]));
        TEST_OK(context, eqf_run_get_output(context, run, "gradient", results[fusion][1]));
        eqf_run_free(run);
        eqf_program_free(program);
    }
    assert_true(nodes[1] > nodes[0]); /* something is computed again */
    assert_memory_equal(results[0], results[1], sizeof results[0]);
    test_context_free(context, &memory);
}

/* What many stages read is kept, though each would rather compute it again alone. */
static void test_shared_reads(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    for (int layers = 2; layers <= LAYERS; layers += LAYERS - 2) {
        eqf_program *program = NULL;
        eqf_irreps *irreps = NULL;
        names n = begin_program(context, &program);
        TEST_OK(context, eqf_irreps_parse(context, "8x0e", &irreps));
        eqf_program_set_flops_per_byte(program, 20);
        eqf_var x = eqf_input(program, "x", n.atoms, irreps), edges = eqf_input(program, "edges", n.edges, irreps);
        eqf_var shared = eqf_apply(program, EQF_COS, edges), y = x, gradient;
        for (int i = 0; i < layers; i++) {
            eqf_var message = eqf_apply(program, EQF_TANH, eqf_gather(program, n.src, y));
            y = eqf_segment_sum(program, n.dst, eqf_scale(program, message, shared, EQF_PER_CHANNEL, 1));
        }
        eqf_grad(program, 1, &y, NULL, 1, &x, &gradient);
        eqf_output(program, "gradient", gradient);
        TEST_OK(context, eqf_program_end(context, program));
        int computed = 0;
        for (size_t i = 0; i < program->nodes.n; i++) {
            const eqfi_node *node = &program->nodes.items[i];
            computed += node->op == EQFI_OP_UNARY && node->attribute.unary.function == EQFI_FUNCTION_COS;
        }
        assert_int_equal(computed, layers == 2 ? 3 : 1);
        eqf_irreps_free(irreps);
        eqf_program_free(program);
    }
    test_context_free(context, &memory);
}

/* A dot of wide rows runs where they are made, though it and they are read again later: they are not computed once more for it. */
static void test_narrow_results(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqf_program *program = NULL;
    eqf_irreps *wide = NULL;
    names n = begin_program(context, &program);
    TEST_OK(context, eqf_irreps_parse(context, "64x0e", &wide));
    eqf_var x = eqf_input(program, "x", n.atoms, wide);
    eqf_var message = eqf_apply(program, EQF_TANH, eqf_gather(program, n.src, x));
    eqf_var size = eqf_dot(program, message, message, EQF_PER_ROW, 1), y = eqf_segment_sum(program, n.dst, message);
    for (int layer = 0; layer < 2; layer++)
        y = eqf_segment_sum(program, n.dst, eqf_scale(program, eqf_gather(program, n.src, y), size, EQF_PER_ROW, 1));
    eqf_var last = eqf_scale(program, message, eqf_gather(program, n.src, y), EQF_PER_CHANNEL, 1);
    eqf_output(program, "y", eqf_segment_sum(program, n.dst, last));
    TEST_OK(context, eqf_program_end(context, program));
    int computed = 0, first_sum = -1, dot = -1;
    for (size_t s = 0; s < program->stages.n; s++) {
        for (int i = program->stages.items[s].first; i < program->stages.items[s].last; i++) {
            const eqfi_node *node = &program->nodes.items[i];
            computed += node->op == EQFI_OP_UNARY && node->attribute.unary.function == EQFI_FUNCTION_TANH;
            if (node->op == EQFI_OP_SEGMENT_SUM && first_sum < 0) first_sum = (int)s;
            if (node->op == EQFI_OP_DOT) dot = (int)s;
        }
    }
    assert_int_equal(dot, first_sum);
    assert_int_equal(computed, 2); /* for the first stage and the last */
    eqf_irreps_free(wide);
    eqf_program_free(program);
    test_context_free(context, &memory);
}

/* A map of sums over neighbours, the gradient of the square of its results by what is summed, and that of the square of this
 * gradient by the weights. */
static eqf_program *record_sums(eqf_context *context, const eqf_module *map, eqf_var *sum)
{
    eqf_program *program = NULL;
    names n = begin_program(context, &program);
    eqf_var x = eqf_input(program, "x", n.edges, eqf_module_irreps_in(map, 0)), force, gradient;
    *sum = eqf_segment_sum(program, n.dst, x);
    eqf_var y = eqf_module_record(program, map, "map", NULL, sum),
            weight = eqf_program_parameter(program, "map.tp.weight");
    eqf_var square = eqf_dot(program, y, y, EQF_PER_ROW, 1);
    eqf_grad(program, 1, &square, NULL, 1, &x, &force);
    square = eqf_dot(program, force, force, EQF_PER_ROW, 1);
    eqf_grad(program, 1, &square, NULL, 1, &weight, &gradient);
    eqf_output(program, "y", y);
    eqf_output(program, "force", force);
    eqf_output(program, "gradient", gradient);
    TEST_OK(context, eqf_program_end(context, program));
    return program;
}

enum { WIDE = 64, SUMS_ATOMS = 40, SUMS_LINKS = 300, SUMS = SUMS_LINKS * WIDE + SUMS_ATOMS * 32 + WIDE * 32 };

/* All outputs of record_sums, how many of them. */
static size_t run_sums(eqf_context *context, const eqf_program *program, const eqf_parameters *parameters,
                       const test_graph *graph, int columns, double *values)
{
    static double x[SUMS_LINKS * WIDE];
    eqf_run *run = NULL;
    for (int i = 0; i < SUMS_LINKS * WIDE; i++) x[i] = eqfi_rng_normal(1, 2, (uint64_t)i);
    TEST_OK(context, eqf_run_create(context, program, parameters, EQF_FLOAT64, &run));
    TEST_OK(context, eqf_run_set_rows(context, run, "atoms", SUMS_ATOMS));
    TEST_OK(context, eqf_run_set_rows(context, run, "edges", SUMS_LINKS));
    TEST_OK(context, eqf_run_set_map(context, run, "dst", graph->to));
    TEST_OK(context, eqf_run_set_input(context, run, "x", x));
    TEST_OK(context, eqf_run_execute(context, run));
    TEST_OK(context, eqf_run_get_output(context, run, "force", values));
    TEST_OK(context, eqf_run_get_output(context, run, "y", values + SUMS_LINKS * WIDE));
    TEST_OK(context, eqf_run_get_output(context, run, "gradient", values + SUMS_LINKS * WIDE + SUMS_ATOMS * columns));
    eqf_run_free(run);
    return (size_t)(SUMS_LINKS * WIDE + (SUMS_ATOMS + WIDE) * columns);
}

/* A sum that is mapped to something much narrower does not leave its tile, in any pass; one that is mapped to half as much
 * does. */
static void test_maps_of_sums(void **state)
{
    (void)state;
    static const char *const results[] = {"32x0e", "4x0e"};
    const test_graph graphs[] = {graph_of(SUMS_ATOMS, SUMS_LINKS, 0, true), graph_of(SUMS_ATOMS, SUMS_LINKS, 0, false),
                                 graph_of(SUMS_ATOMS, SUMS_LINKS, 270, true)};
    static double separate[SUMS], fused[2][SUMS];
    test_allocator memory, other;
    eqf_context *context = test_context_threads(&memory, 1), *two = test_context_threads(&other, 2);
    eqf_irreps *wide = NULL, *out = NULL;
    TEST_OK(context, eqf_irreps_parse(context, "64x0e", &wide));
    for (int narrow = 0; narrow < 2; narrow++) {
        eqf_module *map = NULL;
        eqf_parameters *parameters = NULL;
        eqf_var sum;
        TEST_OK(context, eqf_irreps_parse(context, results[narrow], &out));
        TEST_OK(context, eqf_linear_create(context, wide, out, 0, &map));
        TEST_OK(context, eqf_parameters_create(context, EQF_FLOAT64, &parameters));
        TEST_OK(context, eqf_module_init(context, map, "map", 1, parameters));
        eqfi_context_set_fusion(context, false);
        eqf_program *plain = record_sums(context, map, &sum);
        eqfi_context_set_fusion(context, true);
        eqf_program *program = record_sums(context, map, &sum);
        assert_int_equal(eqfi_var(program, sum)->local, narrow);
        for (size_t s = 0; s < program->stages.n; s++)
            for (int i = program->stages.items[s].first; i < program->stages.items[s].last; i++)
                if (program->nodes.items[i].op == EQFI_OP_LINEAR)
                    assert_int_equal(program->stages.items[s].tie != 0, narrow);
        for (size_t g = 0; g < sizeof graphs / sizeof graphs[0]; g++) {
            int columns = eqf_irreps_dim(out);
            size_t n = run_sums(context, plain, parameters, &graphs[g], columns, separate);
            double largest = 1;
            run_sums(context, program, parameters, &graphs[g], columns, fused[0]);
            run_sums(two, program, parameters, &graphs[g], columns, fused[1]);
            for (size_t i = 0; i < n; i++) largest = fmax(largest, fabs(separate[i]));
            assert_all_close(n, fused[0], separate, 1e-13 * largest);
            assert_memory_equal(fused[0], fused[1], n * sizeof **fused);
        }
        eqf_program_free(plain);
        eqf_program_free(program);
        eqf_parameters_free(parameters);
        eqf_module_free(map);
        eqf_irreps_free(out);
    }
    eqf_irreps_free(wide);
    test_context_free(two, &other);
    test_context_free(context, &memory);
}

/* --------------------------------------------------------------------------------------------------- minimum cuts -- */

enum { NODES = 9, EDGES = 24 };

/* The cheapest of all 2^(NODES - 2) cuts. */
static int64_t cheapest(const int (*edges)[3])
{
    int64_t best = INT64_MAX;
    for (unsigned side = 1; side < 1u << NODES; side += 4) { /* node 0 is in, node 1 is out */
        int64_t sum = 0;
        for (int e = 0; e < EDGES; e++)
            if ((side >> edges[e][0] & 1) != 0 && (side >> edges[e][1] & 1) == 0) sum += edges[e][2];
        if (sum < best) best = sum;
    }
    return best;
}

static void test_min_cut(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqfi_cut cut = {0};
    for (uint64_t seed = 0; seed < 200; seed++) {
        int edges[EDGES][3];
        int64_t sum = 0;
        TEST_OK(context, eqfi_cut_begin(context, &cut, NODES));
        for (int e = 0; e < EDGES; e++) {
            uint32_t words[4];
            eqfi_rng_words(seed, 1, (uint64_t)e, words);
            edges[e][0] = (int)(words[0] % NODES);
            edges[e][1] = (int)(words[1] % NODES);
            edges[e][2] = (int)(words[2] % 20);
            TEST_OK(context, eqfi_cut_edge_add(context, &cut, edges[e][0], edges[e][1], edges[e][2]));
        }
        eqfi_cut_find(&cut);
        assert_true(cut.depth[EQFI_CUT_SOURCE] >= 0 && cut.depth[EQFI_CUT_SINK] < 0);
        for (int e = 0; e < EDGES; e++)
            if (cut.depth[edges[e][0]] >= 0 && cut.depth[edges[e][1]] < 0) sum += edges[e][2];
        assert_int_equal(sum, cheapest((const int(*)[3])edges));
    }
    eqfi_cut_free(context, &cut);
    test_context_free(context, &memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attention), cmocka_unit_test(test_orders),         cmocka_unit_test(test_tiles),
        cmocka_unit_test(test_far_reads), cmocka_unit_test(test_shared_reads),   cmocka_unit_test(test_maps_of_sums),
        cmocka_unit_test(test_min_cut),   cmocka_unit_test(test_narrow_results),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
