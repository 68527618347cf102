/* Pairs of opposite edges, and models that share radial networks between them: the same energies, forces and derivatives of
 * those as without. Gradients by single edges are not the same: the edges of a pair have equal parts of what they share.
 * SPDX-License-Identifier: MIT */
#include "support/models.h"

#include <equiformer/neighbors.h>

#include "ad/program.h"
#include "model/calculator.h"

enum { EDGES_MAX = 4096 };

static eqf_neighbors *find(eqf_context *context, const model_system *s, double cutoff, eqf_edges *edges)
{
    eqf_neighbors *neighbors;
    TEST_OK(context, eqf_neighbors_create(context, &neighbors));
    TEST_OK(context, eqf_neighbors_find(context, neighbors, cutoff, s->natoms, s->positions, 1, NULL,
                                        s->periodic ? s->cell : NULL, s->periodic ? s->pbc : NULL, edges));
    assert_true(edges->count > 0 && edges->count < EDGES_MAX);
    return neighbors;
}

static void expect_opposite(const eqf_edges *edges, int64_t e, int64_t f)
{
    assert_int_equal(edges->src[e], edges->dst[f]);
    assert_int_equal(edges->dst[e], edges->src[f]);
    for (int a = 0; a < 3; a++) assert_true(edges->vector[3 * e + a] == -edges->vector[3 * f + a]);
}

/* In molecules and crystals, whose atoms neighbour their own images, every edge has a partner. */
static void test_partners(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    for (int i = 0; i < 4; i++) {
        model_system system = i == 0 ? model_molecule(20, 3) : model_crystal(i == 1 ? 7 : i == 2 ? 5 : 1, 4);
        int32_t pair[EDGES_MAX], member[EDGES_MAX][2], members[EDGES_MAX] = {0};
        int64_t pairs;
        eqf_edges edges;
        eqf_neighbors *neighbors = find(context, &system, 4, &edges);
        TEST_OK(context, eqf_edge_pairs(context, &edges, pair, &pairs));
        assert_int_equal(2 * pairs, edges.count);
        for (int64_t e = 0; e < edges.count; e++) {
            assert_true(pair[e] >= 0 && pair[e] < pairs && members[pair[e]] < 2);
            member[pair[e]][members[pair[e]]++] = (int32_t)e;
        }
        for (int64_t p = 0; p < pairs; p++) expect_opposite(&edges, member[p][0], member[p][1]);
        edges.count--; /* the last edge's partner is left alone */
        TEST_OK(context, eqf_edge_pairs(context, &edges, pair, &pairs));
        assert_int_equal(2 * pairs, edges.count + 1);
        eqf_neighbors_free(neighbors);
    }
    test_context_free(context, &memory);
}

static void test_odd_lists(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    /* Nearly opposite, opposite but between other atoms, the same edge twice with one partner. */
    static const int32_t src[] = {1, 1, 2, 0, 0}, dst[] = {0, 0, 0, 1, 1}, down[] = {1, 0};
    static const double vector[][3] = {{1, 2, 3}, {1, 2, 3}, {4, 5, 6}, {-1, -2, -3}, {-4, -5, -6}};
    int32_t pair[5];
    int64_t pairs;
    eqf_edges edges = {.count = 5, .src = src, .dst = dst, .vector = &vector[0][0]};
    TEST_OK(context, eqf_edge_pairs(context, &edges, pair, &pairs));
    assert_int_equal(pairs, 4);
    static const int32_t expected[] = {0, 1, 2, 0, 3};
    assert_memory_equal(pair, expected, sizeof expected);
    edges.count = 0;
    TEST_OK(context, eqf_edge_pairs(context, &edges, pair, &pairs));
    assert_int_equal(pairs, 0);
    edges = (eqf_edges){.count = 2, .src = src, .dst = down, .vector = &vector[0][0]};
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "edge 1 has receiver 0 after 1",
               eqf_edge_pairs(context, &edges, pair, &pairs));
    edges.count = -1;
    TEST_FAILS(context, EQF_ERROR_RANGE, "-1 edges", eqf_edge_pairs(context, &edges, pair, &pairs));
    test_context_free(context, &memory);
}

/* ---------------------------------------------------------------------------------------------------------- models -- */

enum { ENERGY, FORCES, SECOND, OUTPUTS };
static const char *const outputs[OUTPUTS] = {"energy", "forces", "second"};

/* By atoms: of the gradient of y by the edge vectors. */
static eqf_var slope(eqf_program *p, eqf_var y, eqf_var vectors)
{
    eqf_rows atoms = eqf_program_rows(p, "atoms"), edges = eqf_program_rows(p, "edges");
    eqf_var g;
    eqf_grad(p, 1, &y, NULL, 1, &vectors, &g);
    return eqf_combine(p, 1, eqf_segment_sum(p, eqf_program_map(p, "edge_dst", edges, atoms), g), -1,
                       eqf_segment_sum(p, eqf_program_map(p, "edge_src", edges, atoms), g));
}

/* The energy, forces, and the gradient of the square of these. */
static eqf_program *record(eqf_context *context, const eqf_model *model, int paired)
{
    eqf_program *p;
    eqf_model_outputs recorded;
    eqf_irreps *vector = NULL;
    TEST_OK(context, eqf_irreps_parse(context, "1x1o", &vector));
    TEST_OK(context, eqf_program_create(context, &p));
    eqf_program_set_paired(p, paired);
    eqf_var vectors = eqf_input_double(p, "vectors", eqf_program_rows(p, "edges"), vector);
    eqf_model_record(p, model, "", vectors, &recorded);
    eqf_var forces = slope(p, recorded.energy, vectors);
    eqf_var square = eqf_sum_rows(p, eqf_dot(p, forces, forces, EQF_PER_ROW, 1));
    eqf_output(p, "energy", recorded.energy);
    eqf_output(p, "forces", forces);
    eqf_output(p, "second", slope(p, square, vectors));
    TEST_OK(context, eqf_program_end(context, p));
    eqf_irreps_free(vector);
    return p;
}

static void compute(eqf_context *context, const eqf_model *model, int paired, const model_system *s,
                    const eqf_edges *edges, const int32_t *pair, int64_t pairs, double (*result)[3 * EDGES_MAX])
{
    eqf_program *program = record(context, model, paired);
    int32_t types[MODEL_ATOMS], graph[MODEL_ATOMS] = {0}, tags[MODEL_ATOMS] = {0};
    eqf_run *run;
    for (int64_t i = 0; i < s->natoms; i++) types[i] = eqf_model_type(model, s->numbers[i]);
    TEST_OK(context, eqf_run_create(context, program, eqf_model_parameters(model), EQF_FLOAT64, &run));
    TEST_OK(context, eqf_run_set_rows(context, run, "atoms", s->natoms));
    TEST_OK(context, eqf_run_set_rows(context, run, "edges", edges->count));
    TEST_OK(context, eqf_run_set_rows(context, run, "graphs", 1));
    TEST_OK(context, eqf_run_set_rows(context, run, "pairs", pairs));
    TEST_OK(context, eqf_run_set_map(context, run, "edge_src", edges->src));
    TEST_OK(context, eqf_run_set_map(context, run, "edge_dst", edges->dst));
    TEST_OK(context, eqf_run_set_map(context, run, "edge_pair", pair));
    TEST_OK(context, eqf_run_set_map(context, run, "atom_graph", graph));
    TEST_OK(context, eqf_run_set_map(context, run, "atom_type", types));
    TEST_OK(context, eqf_run_set_map(context, run, "atom_tag", tags));
    TEST_OK(context, eqf_run_set_input(context, run, "vectors", edges->vector));
    TEST_OK(context, eqf_run_execute(context, run));
    for (int k = 0; k < OUTPUTS; k++) TEST_OK(context, eqf_run_get_output(context, run, outputs[k], result[k]));
    eqf_run_free(run);
    eqf_program_free(program);
}

static bool has_pairs(const eqf_program *program)
{
    for (size_t i = 0; i < program->maps.n; i++)
        if (strcmp(program->maps.items[i].name, "edge_pair") == 0) return program->maps.items[i].used;
    return false;
}

static void test_models(void **state)
{
    (void)state;
    static double alone[OUTPUTS][3 * EDGES_MAX], paired[OUTPUTS][3 * EDGES_MAX];
    int shared = 0;
    for (int kind = 0; kind < MODEL_KINDS; kind++) {
        model_bench b;
        eqf_edges edges;
        int32_t pair[EDGES_MAX];
        int64_t pairs;
        model_begin(&b, (model_kind)kind, EQF_FLOAT64);
        model_system system = model_molecule(12, 6);
        eqf_neighbors *neighbors = find(b.context, &system, eqf_model_cutoff(b.model), &edges);
        edges.count--; /* one edge is alone */
        TEST_OK(b.context, eqf_edge_pairs(b.context, &edges, pair, &pairs));
        compute(b.context, b.model, 0, &system, &edges, pair, pairs, alone);
        compute(b.context, b.model, 1, &system, &edges, pair, pairs, paired);
        for (int k = 0; k < OUTPUTS; k++) {
            double most = 0;
            size_t n = k == ENERGY ? 1 : 3 * (size_t)system.natoms;
            for (size_t i = 0; i < n; i++) most = fmax(most, fabs(alone[k][i]));
            assert_true(most > 0);
            assert_all_close(n, paired[k], alone[k], 1e-11 * most);
        }
        eqf_program *program = record(b.context, b.model, 1);
        shared += has_pairs(program);
        eqf_program_free(program);
        eqf_neighbors_free(neighbors);
        model_finish(&b);
    }
    assert_true(shared >= MODEL_KINDS - 1); /* all but those whose radial networks read types of atoms */
}

/* The calculator takes the program by pairs, and the other one for gradients by single edges: with the same forces. */
static void test_calculator(void **state)
{
    (void)state;
    model_bench b;
    model_system molecule = model_molecule(12, 6);
    eqf_system system = model_of(&molecule);
    eqf_results results = EQF_RESULTS_INIT;
    double forces[2][3 * MODEL_ATOMS];
    const double *gradient;
    model_begin(&b, MODEL_EXP, EQF_FLOAT64);
    const int which[2] = {EQFI_WITH_GRADIENT | EQFI_BY_PAIRS, EQFI_WITH_GRADIENT};
    for (int i = 0; i < 2; i++) {
        results.forces = forces[i];
        results.edge_gradient = i == 0 ? NULL : &gradient;
        assert_null(b.calculator->runs[which[i]]);
        TEST_OK(b.context, eqf_calculator_compute(b.context, b.calculator, &system, &results));
        assert_non_null(b.calculator->runs[which[i]]);
    }
    assert_all_close(3 * (size_t)molecule.natoms, forces[0], forces[1], 1e-11);
    model_finish(&b);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_partners), cmocka_unit_test(test_odd_lists),
                                              cmocka_unit_test(test_models), cmocka_unit_test(test_calculator)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
