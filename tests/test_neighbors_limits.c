/* Neighbour lists at their limits: wrong input, lack of memory, many atoms, much vacuum, several threads.
 * SPDX-License-Identifier: MIT */
#include "support/test.h"

#include <equiformer/neighbors.h>

#include "base/rng.h"
#include "model/neighbors.h"

typedef struct crystal {
    int64_t natoms;
    double *positions, cell[9];
    int pbc[3];
} crystal;

/* times[0] x times[1] x times[2] copies of a jittered simple cubic crystal of side^3 atoms. */
static crystal make_crystal(int side, double constant, const int times[3])
{
    crystal made = {.natoms = (int64_t)side * side * side * times[0] * times[1] * times[2], .pbc = {1, 1, 1}};
    made.positions = malloc((size_t)made.natoms * 3 * sizeof *made.positions);
    for (int d = 0; d < 3; d++) made.cell[4 * d] = constant * side * times[d];
    int n[3] = {side * times[0], side * times[1], side * times[2]};
    double *r = made.positions;
    for (int x = 0; x < n[0]; x++)
        for (int y = 0; y < n[1]; y++)
            for (int z = 0; z < n[2]; z++) {
                int site = ((x % side) * side + y % side) * side + z % side, at[3] = {x, y, z};
                for (uint64_t d = 0; d < 3; d++)
                    *r++ = constant * (at[d] + 0.3 * eqfi_rng_uniform(1, d, (uint64_t)site));
            }
    return made;
}

static eqf_edges find(eqf_context *context, eqf_neighbors *list, double cutoff, const crystal *of)
{
    eqf_edges edges;
    TEST_OK(context,
            eqf_neighbors_find(context, list, cutoff, of->natoms, of->positions, 1, NULL, of->cell, of->pbc, &edges));
    return edges;
}

static void test_errors(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqf_neighbors *list;
    TEST_OK(context, eqf_neighbors_create(context, &list));
    double r[9] = {0, 0, 0, 1, 0, 0, 0, 1, 0}, cell[18] = {9, 0, 0, 0, 9, 0, 0, 0, 9, 9, 0, 0, 0, 9, 0, 0, 0, 9};
    int pbc[6] = {1, 1, 1, 1, 1, 1};
    int32_t graph[3] = {0, 0, 1};
    eqf_edges edges = {.count = 77};
#define FAILS(status, text)                                                                                            \
    TEST_FAILS(context, status, text, eqf_neighbors_find(context, list, 2, 3, r, 2, graph, cell, pbc, &edges))
#define FAILS_WITH(status, text, ...)                                                                                  \
    TEST_FAILS(context, status, text, eqf_neighbors_find(context, list, __VA_ARGS__, &edges))

    FAILS_WITH(EQF_ERROR_ARGUMENT, "cut-off is 0", 0, 3, r, 2, graph, cell, pbc);
    FAILS_WITH(EQF_ERROR_ARGUMENT, "cut-off is -1", -1, 3, r, 2, graph, cell, pbc);
    FAILS_WITH(EQF_ERROR_ARGUMENT, "cut-off is inf", INFINITY, 3, r, 2, graph, cell, pbc);
    FAILS_WITH(EQF_ERROR_ARGUMENT, "cut-off is ", NAN, 3, r, 2, graph, cell, pbc);
    FAILS_WITH(EQF_ERROR_ARGUMENT, "natoms is -1", 2, -1, r, 2, graph, cell, pbc);
    FAILS_WITH(EQF_ERROR_RANGE, "natoms is 2147483648", 2, INT64_C(1) << 31, r, 2, graph, cell, pbc);
    FAILS_WITH(EQF_ERROR_ARGUMENT, "graphs is -2", 2, 3, r, -2, graph, cell, pbc);
    FAILS_WITH(EQF_ERROR_RANGE, "graphs is 4294967296", 2, 3, r, INT64_C(1) << 32, graph, cell, pbc);
    FAILS_WITH(EQF_ERROR_ARGUMENT, "positions is NULL with 3 atoms", 2, 3, NULL, 2, graph, cell, pbc);
    FAILS_WITH(EQF_ERROR_ARGUMENT, "graph is NULL with 2 graphs", 2, 3, r, 2, NULL, cell, pbc);
    FAILS_WITH(EQF_ERROR_ARGUMENT, "graph of atom 0 is 0, expected 0..-1", 2, 3, r, 0, graph, cell, pbc);
    FAILS_WITH(EQF_ERROR_ARGUMENT, "cell is NULL, but graph 0 is periodic", 2, 3, r, 2, graph, NULL, pbc);
    FAILS_WITH(EQF_ERROR_RANGE, "reaches more than", 1e5, 3, r, 2, graph, cell, pbc);
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "edges is NULL",
               eqf_neighbors_find(context, list, 2, 3, r, 2, graph, cell, pbc, NULL));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "neighbors is NULL",
               eqf_neighbors_find(context, NULL, 2, 3, r, 2, graph, cell, pbc, &edges));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "neighbors is NULL", eqf_neighbors_create(context, NULL));

    graph[2] = 2;
    FAILS(EQF_ERROR_ARGUMENT, "graph of atom 2 is 2, expected 0..1");
    graph[2] = -1;
    FAILS(EQF_ERROR_ARGUMENT, "graph of atom 2 is -1, expected 0..1");
    graph[0] = 1;
    graph[2] = 1;
    FAILS(EQF_ERROR_ARGUMENT, "graph of atom 1 is 0 after 1, expected ascending graphs");
    graph[0] = 0;
    r[7] = -INFINITY;
    FAILS(EQF_ERROR_NOT_FINITE, "coordinate 1 of atom 2 is -inf");
    r[7] = -3e12;
    FAILS(EQF_ERROR_RANGE, "coordinate 1 of atom 2 is -3e+12");
    r[7] = 9e11;
    FAILS(EQF_ERROR_RANGE, "atom 2 lies 1e+11 lattice vectors away");
    r[7] = 1;
    cell[9 + 5] = NAN;
    FAILS(EQF_ERROR_NOT_FINITE, "component 2 of lattice vector 1 of graph 1 is ");
    cell[9 + 5] = 1e13;
    FAILS(EQF_ERROR_RANGE, "component 2 of lattice vector 1 of graph 1 is 1e+13");
    cell[9 + 4] = cell[9 + 5] = 0;
    FAILS(EQF_ERROR_ARGUMENT, "lattice vector 1 of graph 1 is zero");
    cell[9 + 3] = 7; /* along vector 0 */
    FAILS(EQF_ERROR_ARGUMENT, "lattice vectors of graph 1 are linearly dependent");
    pbc[5] = 0;
    FAILS(EQF_ERROR_ARGUMENT, "lattice vectors of graph 1 are linearly dependent");
    cell[9 + 4] = 1e-10;
    FAILS(EQF_ERROR_ARGUMENT, "volume over product of lengths is 1.42857e-11");
    cell[9 + 4] = 9;
    cell[9 + 3] = 3e7;
    FAILS(EQF_ERROR_RANGE, "lattice vectors of graph 1 are so skewed");
    assert_int_equal(edges.count, 77);

    pbc[4] = 0; /* what is not periodic does not matter */
    TEST_OK(context, eqf_neighbors_find(context, list, 2, 3, r, 2, graph, cell, pbc, &edges));
    assert_int_equal(edges.count, 2);
    eqf_neighbors_free(list);
    eqf_neighbors_free(NULL);
    test_context_free(context, &memory);
}

static void test_too_many_edges(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    int64_t row[5] = {0, 1, INT32_MAX - 1, 0, 0};
    TEST_OK(context, eqfi_neighbors_offsets(context, 4, row));
    assert_int_equal(row[4], INT32_MAX);
    int64_t long_row[5] = {0, INT32_MAX, 0, INT32_MAX, 1};
    TEST_FAILS(context, EQF_ERROR_RANGE, "there are 4294967295 edges", eqfi_neighbors_offsets(context, 4, long_row));
    test_context_free(context, &memory);
}

static eqf_status find_twice(eqf_context *context, void *argument)
{
    const crystal *of = argument;
    eqf_neighbors *list = NULL;
    eqf_edges edges;
    eqf_status status = eqf_neighbors_create(context, &list);
    for (double cutoff = 2; status == EQF_OK && cutoff <= 4; cutoff += 2)
        status =
            eqf_neighbors_find(context, list, cutoff, of->natoms, of->positions, 1, NULL, of->cell, of->pbc, &edges);
    eqf_neighbors_free(list);
    return status;
}

static void test_allocations(void **state)
{
    (void)state;
    crystal of = make_crystal(6, 2.4, (int[3]){1, 1, 1});
    test_every_allocation(find_twice, &of);

    /* After a failure the list works; once it has worked, it needs nothing new. */
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    bool failed = true;
    for (long n = 1; failed; n++) {
        eqf_neighbors *list;
        eqf_edges edges;
        TEST_OK(context, eqf_neighbors_create(context, &list));
        memory.failed = false;
        memory.fail_at = memory.calls + n;
        eqf_status status =
            eqf_neighbors_find(context, list, 4, of.natoms, of.positions, 1, NULL, of.cell, of.pbc, &edges);
        failed = memory.failed;
        assert_int_equal(status, failed ? EQF_ERROR_MEMORY : EQF_OK);
        int64_t count = find(context, list, 4, &of).count;
        long calls = memory.calls;
        assert_int_equal(find(context, list, 4, &of).count, count);
        assert_true(find(context, list, 3, &of).count < count);
        assert_int_equal(memory.calls, calls);
        eqf_neighbors_free(list);
    }
    free(of.positions);
    test_context_free(context, &memory);
}

static void expect_same(const eqf_edges *a, const eqf_edges *b)
{
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->coincident, b->coincident);
    size_t n = (size_t)a->count;
    assert_memory_equal(a->src, b->src, n * sizeof *a->src);
    assert_memory_equal(a->dst, b->dst, n * sizeof *a->dst);
    assert_memory_equal(a->shift, b->shift, 3 * n * sizeof *a->shift);
    assert_memory_equal(a->vector, b->vector, 3 * n * sizeof *a->vector);
}

/* A host's loop that starts with the last task, and counts tasks. */
static void run_backwards(void *user, int64_t tasks, eqf_parallel_body body, void *argument)
{
    *(int64_t *)user += tasks;
    for (int64_t task = tasks - 1; task >= 0; task--) body(argument, task);
}

static void test_threads(void **state)
{
    (void)state;
    test_allocator memory[2];
    int64_t tasks = 0;
    eqf_context_options options = EQF_CONTEXT_OPTIONS_INIT;
    options.parallel_for = run_backwards;
    options.parallel_user = &tasks;
    eqf_context *context[3] = {test_context(&memory[0]), test_context_threads(&memory[1], 2), NULL};
    assert_int_equal(eqf_context_create(&options, &context[2]), EQF_OK);
    eqf_neighbors *list[3];
    eqf_edges edges[3];
    crystal of = make_crystal(6, 2.4, (int[3]){1, 2, 3});
    memcpy(&of.positions[3 * 400], of.positions, 3 * sizeof *of.positions); /* a coincidence */
    for (int k = 0; k < 3; k++) {
        TEST_OK(context[k], eqf_neighbors_create(context[k], &list[k]));
        edges[k] = find(context[k], list[k], 6, &of);
        expect_same(&edges[0], &edges[k]);
    }
    assert_int_equal(edges[0].coincident, 1);
    assert_true(tasks >= of.natoms / 64); /* the work was divided */
    for (int k = 0; k < 3; k++) eqf_neighbors_free(list[k]);
    for (int k = 0; k < 2; k++) test_context_free(context[k], &memory[k]);
    eqf_context_free(context[2]);
    free(of.positions);
}

/* Copies of a small crystal have as many edges per atom as the crystal. */
static void test_many_atoms(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqf_neighbors *list;
    TEST_OK(context, eqf_neighbors_create(context, &list));
    crystal one = make_crystal(8, 2.357, (int[3]){1, 1, 1}), many = make_crystal(8, 2.357, (int[3]){5, 4, 10});
    int64_t count = find(context, list, 5, &one).count;
    assert_in_range(count, 35 * one.natoms, 45 * one.natoms);
    assert_int_equal(many.natoms, 102400);
    assert_int_equal(find(context, list, 5, &many).count, 200 * count);
    free(one.positions);
    free(many.positions);
    eqf_neighbors_free(list);
    test_context_free(context, &memory);
}

/* libc's memory, and the largest block of it that was asked for. */
static void *resize_and_note(void *user, void *block, size_t bytes)
{
    size_t *largest = user;
    if (bytes > *largest) *largest = bytes;
    if (bytes > 0) return realloc(block, bytes);
    free(block);
    return NULL;
}

/* Clusters far from each other, along an axis or not, in a vast cell or none, give the edges of each and cost no more
 * memory than one. */
static void test_vacuum(void **state)
{
    (void)state;
    size_t largest = 0;
    eqf_context_options options = EQF_CONTEXT_OPTIONS_INIT;
    options.allocator = (eqf_allocator){resize_and_note, &largest};
    eqf_context *context;
    assert_int_equal(eqf_context_create(&options, &context), EQF_OK);
    eqf_neighbors *list;
    TEST_OK(context, eqf_neighbors_create(context, &list));
    crystal of = make_crystal(5, 2.4, (int[3]){1, 1, 2});
    memset(of.pbc, 0, sizeof of.pbc);
    int64_t half = of.natoms / 2;
    memcpy(&of.positions[3 * half], of.positions, (size_t)(3 * half) * sizeof *of.positions);
    crystal one = of;
    one.natoms = half;
    int64_t count = find(context, list, 5, &one).count;

    static const double far[][3] = {{1e6, 0, 0}, {-1e6, 1e6, 1e6}, {1e11, 0, 0}, {1e12, -1e12, 1e12}, {0, 16384, 0}};
    for (size_t k = 0; k < sizeof far / sizeof *far; k++)
        for (int periodic = 0; periodic < 2; periodic++) {
            crystal moved = of;
            moved.positions = malloc((size_t)(3 * of.natoms) * sizeof *moved.positions);
            for (int64_t i = 0; i < 3 * of.natoms; i++)
                moved.positions[i] = of.positions[i] + (i < 3 * half ? 0 : 0.9 * far[k][i % 3]);
            for (int d = 0; d < 3; d++) {
                moved.pbc[d] = periodic;
                moved.cell[4 * d] = fmax(fabs(far[k][d]), 1e4);
            }
            eqf_edges edges = find(context, list, 5, &moved);
            if (fabs(far[k][0]) < 1e9) assert_int_equal(edges.count, 2 * count);
            assert_true(edges.count >= count);
            free(moved.positions);
        }
    assert_true(largest < (size_t)(100 * of.natoms) * 24 * 2);
    free(of.positions);
    eqf_neighbors_free(list);
    eqf_context_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors),  cmocka_unit_test(test_too_many_edges), cmocka_unit_test(test_allocations),
        cmocka_unit_test(test_threads), cmocka_unit_test(test_many_atoms),     cmocka_unit_test(test_vacuum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
