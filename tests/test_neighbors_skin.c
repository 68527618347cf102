/* Neighbour lists with a skin: the bits of lists without, along trajectories, and how seldom they search.
 * SPDX-License-Identifier: MIT */
#include "support/test.h"

#include <equiformer/calculator.h>

#include "base/rng.h"
#include "support/models.h"

enum { ATOMS = 120, GRAPHS = 3 };

/* A batch that moves: a skewed cell, a slab that is smaller than the cut-off along one direction, and a cluster. */
typedef struct batch {
    int64_t natoms, graphs;
    double positions[3 * ATOMS], cell[9 * GRAPHS];
    int32_t graph[ATOMS];
    int pbc[3 * GRAPHS];
} batch;

typedef struct fixture {
    test_allocator memory;
    eqf_context *context;
    eqf_neighbors *fresh, *skinned;
    uint64_t draws;
} fixture;

static double uniform(fixture *f, double low, double high)
{
    return low + (high - low) * eqfi_rng_uniform(11, 0, f->draws++);
}

static batch make_batch(fixture *f)
{
    batch made = {
        .natoms = ATOMS,
        .graphs = GRAPHS,
        .cell = {9, 0.5, 0, -3, 8, 1, 2, 2, 10, 11, 1, 0, 0, 3, 0.5, NAN, NAN, NAN, 7, 7, 7, 7, 7, 7, 7, 7, 7},
        .pbc = {1, 1, 1, 1, 1, 0, 0, 0, 0}};
    for (int i = 0; i < ATOMS; i++) {
        made.graph[i] = i * GRAPHS / ATOMS;
        for (int k = 0; k < 3; k++) made.positions[3 * i + k] = uniform(f, -12, 12);
    }
    return made;
}

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    f->context = test_context_threads(&f->memory, 2);
    TEST_OK(f->context, eqf_neighbors_create(f->context, &f->fresh));
    TEST_OK(f->context, eqf_neighbors_create(f->context, &f->skinned));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    eqf_neighbors_free(f->fresh);
    eqf_neighbors_free(f->skinned);
    test_context_free(f->context, &f->memory);
    free(f);
    return 0;
}

static eqf_edges find(fixture *f, eqf_neighbors *list, double cutoff, const batch *b)
{
    eqf_edges edges;
    TEST_OK(f->context, eqf_neighbors_find(f->context, list, cutoff, b->natoms, b->positions, b->graphs, b->graph,
                                           b->cell, b->pbc, &edges));
    return edges;
}

/* Whether the list with a skin searched; its edges are those of the other one. */
static bool compare(fixture *f, double cutoff, const batch *b)
{
    int64_t before = eqf_neighbors_searches(f->skinned);
    eqf_edges expected = find(f, f->fresh, cutoff, b), edges = find(f, f->skinned, cutoff, b);
    size_t n = (size_t)expected.count;
    assert_int_equal(edges.count, expected.count);
    assert_int_equal(edges.coincident, expected.coincident);
    assert_memory_equal(edges.src, expected.src, n * sizeof *edges.src);
    assert_memory_equal(edges.dst, expected.dst, n * sizeof *edges.dst);
    assert_memory_equal(edges.shift, expected.shift, 3 * n * sizeof *edges.shift);
    assert_memory_equal(edges.vector, expected.vector, 3 * n * sizeof *edges.vector);
    return eqf_neighbors_searches(f->skinned) > before;
}

static void move(fixture *f, batch *b, double most)
{
    for (int64_t i = 0; i < 3 * b->natoms; i++) b->positions[i] += uniform(f, -most, most);
}

/* Atoms drift out of their cells and through one another's images. */
static void test_trajectory(void **state)
{
    fixture *f = *state;
    int searches = 0;
    batch b = make_batch(f);
    double speed[3 * ATOMS];
    TEST_OK(f->context, eqf_neighbors_set_skin(f->context, f->skinned, 1));
    for (int i = 0; i < 3 * ATOMS; i++) speed[i] = uniform(f, -0.05, 0.05);
    for (int step = 0; step < 400; step++) {
        searches += compare(f, 4, &b);
        for (int i = 0; i < 3 * ATOMS; i++) b.positions[i] += speed[i];
    }
    /* No component is beyond 0.05: no search before the sixth step, and never a reason later than the twentieth. */
    assert_in_range(searches, 400 / 20, 400 / 6);
}

/* Atoms that are put back into their cell by whole lattice vectors have moved. */
static void test_wrapping(void **state)
{
    fixture *f = *state;
    batch b = make_batch(f);
    TEST_OK(f->context, eqf_neighbors_set_skin(f->context, f->skinned, 1));
    compare(f, 4, &b);
    for (int step = 0; step < 60; step++) {
        move(f, &b, 0.02);
        int64_t i = step % (ATOMS / GRAPHS), d = step % 3;
        for (int x = 0; x < 3 && step % 4 == 3; x++) b.positions[3 * i + x] += b.cell[3 * d + x];
        assert_int_equal(compare(f, 4, &b), step % 4 == 3);
    }
}

/* Cells that shrink, grow and shear, atoms with them, as barostats and relaxations do. */
static void test_cells(void **state)
{
    fixture *f = *state;
    for (int trial = 0; trial < 6; trial++) {
        int searches = 0;
        batch b = make_batch(f);
        TEST_OK(f->context, eqf_neighbors_set_skin(f->context, f->skinned, 1));
        for (int step = 0; step < 60; step++) {
            double strain[3][3];
            for (int x = 0; x < 3; x++)
                for (int y = 0; y < 3; y++)
                    strain[x][y] = (trial % 3 == 2 ? uniform(f, -1, 1) : trial % 3 - 0.5) * (x == y ? 0.004 : 0.001);
            for (int64_t k = 0; k < ATOMS + 5; k++) { /* five lattice vectors are periodic */
                double *r = k < ATOMS ? &b.positions[3 * k] : &b.cell[3 * (k - ATOMS)], by[3] = {0};
                bool carried = k >= ATOMS || trial < 3; /* or positions stay while cells change */
                for (int x = 0; x < 3 && carried; x++)
                    for (int y = 0; y < 3; y++) by[y] += r[x] * strain[x][y];
                for (int y = 0; y < 3; y++) r[y] += by[y];
            }
            searches += compare(f, 4, &b);
        }
        if (trial < 3) assert_in_range(searches, 1, 30);
    }
}

/* Whatever else changes makes it search. */
static void test_other_batches(void **state)
{
    fixture *f = *state;
    batch b = make_batch(f);
    TEST_OK(f->context, eqf_neighbors_set_skin(f->context, f->skinned, 0.5));
    assert_true(compare(f, 4, &b));
    assert_false(compare(f, 4, &b));
    assert_true(compare(f, 4.125, &b));
    b.natoms--;
    assert_true(compare(f, 4.125, &b));
    b.natoms++;
    assert_true(compare(f, 4.125, &b));
    b.graph[ATOMS / 3] = 0;
    assert_true(compare(f, 4.125, &b));
    b.pbc[2] = 0;
    assert_true(compare(f, 4.125, &b));
    b.graphs = GRAPHS - 1;
    for (int i = 0; i < ATOMS; i++) b.graph[i] = b.graph[i] == 0 ? 0 : 1;
    assert_true(compare(f, 4.125, &b));
    assert_false(compare(f, 4.125, &b));
    TEST_OK(f->context, eqf_neighbors_set_skin(f->context, f->skinned, 0.75));
    assert_true(compare(f, 4.125, &b));
    TEST_OK(f->context, eqf_neighbors_set_skin(f->context, f->skinned, 0));
    assert_true(compare(f, 4.125, &b));
    assert_true(compare(f, 4.125, &b));
}

/* Two atoms that fall onto one another, and part. */
static void test_coincident(void **state)
{
    fixture *f = *state;
    batch b = {.natoms = 3, .graphs = 1, .positions = {0, 0, 0, 9.25, 0, 0, 3, 0, 0}, .cell = {9}, .pbc = {1}};
    TEST_OK(f->context, eqf_neighbors_set_skin(f->context, f->skinned, 1));
    compare(f, 4, &b);
    b.positions[3] = 9;
    assert_false(compare(f, 4, &b));
    assert_int_equal(find(f, f->skinned, 4, &b).coincident, 1);
    b.positions[3] = 9.5;
    assert_false(compare(f, 4, &b));

    b.positions[3] = 9;
    TEST_OK(f->context, eqf_neighbors_set_skin(f->context, f->skinned, 0.75));
    assert_true(compare(f, 4, &b));
    b.positions[3] = 9.125;
    assert_true(compare(f, 4, &b));
}

/* Errors are those of a list without a skin, also where only the skin reaches too far. */
static void test_errors(void **state)
{
    fixture *f = *state;
    batch b = make_batch(f);
    eqf_edges edges;
    TEST_FAILS(f->context, EQF_ERROR_ARGUMENT, "skin is -1", eqf_neighbors_set_skin(f->context, f->skinned, -1));
    TEST_FAILS(f->context, EQF_ERROR_ARGUMENT, "skin is ", eqf_neighbors_set_skin(f->context, f->skinned, NAN));
    TEST_FAILS(f->context, EQF_ERROR_ARGUMENT, "neighbors is NULL", eqf_neighbors_set_skin(f->context, NULL, 1));
    TEST_OK(f->context, eqf_neighbors_set_skin(f->context, f->skinned, 1e308));
    TEST_FAILS(
        f->context, EQF_ERROR_RANGE, "have no finite sum",
        eqf_neighbors_find(f->context, f->skinned, 1e308, ATOMS, b.positions, GRAPHS, b.graph, NULL, NULL, &edges));
    TEST_OK(f->context, eqf_neighbors_set_skin(f->context, f->skinned, 1));
    compare(f, 4, &b);
    batch wrong = b;
    wrong.positions[4] = NAN;
#define FAILS(status, text)                                                                                            \
    TEST_FAILS(f->context, status, text,                                                                               \
               eqf_neighbors_find(f->context, f->skinned, 4, ATOMS, wrong.positions, GRAPHS, wrong.graph, wrong.cell,  \
                                  wrong.pbc, &edges))
    FAILS(EQF_ERROR_NOT_FINITE, "coordinate 1 of atom 1 is ");
    wrong = b;
    wrong.cell[1] = NAN;
    FAILS(EQF_ERROR_NOT_FINITE, "component 1 of lattice vector 0 of graph 0");
    compare(f, 4, &b);

    batch small = {.natoms = 1, .graphs = 1, .cell = {0.01, 0, 0, 0, 0.01, 0, 0, 0, 9}, .pbc = {1, 1, 1}};
    TEST_OK(f->context, eqf_neighbors_set_skin(f->context, f->skinned, 100));
    assert_true(compare(f, 0.25, &small));
    assert_true(compare(f, 0.25, &small));
}

static eqf_status find_moving(eqf_context *context, void *argument)
{
    const batch *b = argument;
    eqf_neighbors *list = NULL;
    eqf_edges edges;
    eqf_status status = eqf_neighbors_create(context, &list);
    if (status == EQF_OK) status = eqf_neighbors_set_skin(context, list, 0.5);
    for (int step = 0; status == EQF_OK && step < 3; step++) {
        batch moved = *b;
        for (int64_t i = 0; i < b->natoms; i++) moved.positions[3 * i] += step * (double)(i % 2) * 0.2;
        status = eqf_neighbors_find(context, list, 4, moved.natoms, moved.positions, moved.graphs, moved.graph,
                                    moved.cell, moved.pbc, &edges);
    }
    eqf_neighbors_free(list);
    return status;
}

static void test_allocations(void **state)
{
    fixture *f = *state;
    batch b = make_batch(f);
    test_every_allocation(find_moving, &b);

    TEST_OK(f->context, eqf_neighbors_set_skin(f->context, f->skinned, 1));
    find(f, f->skinned, 4.5, &b);
    find(f, f->skinned, 4, &b);
    size_t bytes = eqf_neighbors_bytes(f->skinned);
    long calls = f->memory.calls;
    for (int step = 0; step < 20; step++) {
        batch moved = b;
        for (int i = 0; i < ATOMS; i++) moved.positions[3 * i] += 0.1 * step;
        find(f, f->skinned, 4, &moved);
    }
    assert_int_equal(f->memory.calls, calls);
    assert_int_equal(eqf_neighbors_bytes(f->skinned), bytes);
    assert_true(bytes > (size_t)find(f, f->skinned, 4, &b).count * 40);
}

/* The calculator's results are the same bits, too. */
static void test_calculator(void **state)
{
    fixture *f = *state;
    eqf_model *model = model_small(f->context, MODEL_SE3, EQF_FLOAT64, 3);
    eqf_calculator *calculators[2];
    for (int k = 0; k < 2; k++) {
        TEST_OK(f->context, eqf_calculator_create(f->context, model, EQF_FLOAT64, &calculators[k]));
        TEST_OK(f->context, eqf_calculator_set_skin(f->context, calculators[k], k));
    }
    TEST_FAILS(f->context, EQF_ERROR_ARGUMENT, "skin is -1", eqf_calculator_set_skin(f->context, calculators[1], -1));
    model_system crystal = model_crystal(7, 2);
    for (int step = 0; step < 12; step++) {
        double energy[2], forces[2][9], stress[2][9];
        for (int k = 0; k < 2; k++) {
            eqf_system system = model_of(&crystal);
            eqf_results results = EQF_RESULTS_INIT;
            results.energy = &energy[k];
            results.forces = forces[k];
            results.stress = stress[k];
            TEST_OK(f->context, eqf_calculator_compute(f->context, calculators[k], &system, &results));
        }
        assert_memory_equal(&energy[0], &energy[1], sizeof energy[0]);
        assert_memory_equal(forces[0], forces[1], sizeof forces[0]);
        assert_memory_equal(stress[0], stress[1], sizeof stress[0]);
        for (int i = 0; i < 9; i++) crystal.positions[i] += uniform(f, -0.02, 0.02);
        for (int i = 0; i < 9; i++) crystal.cell[i] *= 1.001;
    }
    assert_int_equal(eqf_calculator_searches(calculators[0]), 12);
    assert_in_range(eqf_calculator_searches(calculators[1]), 1, 6);
    for (int k = 0; k < 2; k++) eqf_calculator_free(calculators[k]);
    eqf_model_free(model);
}

#define TEST_OF(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_OF(test_trajectory), TEST_OF(test_wrapping), TEST_OF(test_cells),       TEST_OF(test_other_batches),
        TEST_OF(test_coincident), TEST_OF(test_errors),   TEST_OF(test_allocations), TEST_OF(test_calculator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
