/* Neighbour lists against a search over all pairs, and what must hold for any list: order, antisymmetry, invariance.
 * SPDX-License-Identifier: MIT */
#include "support/test.h"

#include <equiformer/neighbors.h>

#include "base/rng.h"

enum { ATOMS = 64, GRAPHS = 8, EDGES = 1 << 20 };

typedef struct input {
    double cutoff;
    int64_t natoms, graphs;
    double positions[3 * ATOMS];
    int32_t graph[ATOMS];
    double cell[9 * GRAPHS];
    int pbc[3 * GRAPHS];
} input;

typedef struct fixture {
    test_allocator memory;
    eqf_context *context;
    eqf_neighbors *list[2];
} fixture;

/* The expected list; senders and shifts come in order by construction. */
static struct {
    int64_t count, coincident;
    int32_t src[EDGES], dst[EDGES], shift[3 * EDGES];
    double vector[3 * EDGES];
} expected;

static uint64_t draws;

static double uniform(double low, double high) { return low + (high - low) * eqfi_rng_uniform(2023, 0, draws++); }

static int64_t integer(int64_t low, int64_t high) { return (int64_t)floor(uniform((double)low, (double)high + 1)); }

static double dot(const double *a, const double *b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

/* dual[d] . r counts lattice vectors along periodic direction d, 1 / |dual[d]| is the height of the cell: the inverse of
 * the vectors' Gram matrix, times the vectors. */
static void dual_vectors(const double *cell, const int *pbc, double dual[3][3])
{
    double g[3][3], inverse[3][3];
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++) g[a][b] = pbc[a] && pbc[b] ? dot(&cell[3 * a], &cell[3 * b]) : a == b;
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++) {
            int p = (b + 1) % 3, q = (b + 2) % 3, u = (a + 1) % 3, v = (a + 2) % 3;
            inverse[a][b] = g[p][u] * g[q][v] - g[p][v] * g[q][u];
        }
    double determinant = g[0][0] * inverse[0][0] + g[0][1] * inverse[1][0] + g[0][2] * inverse[2][0];
    for (int a = 0; a < 3; a++)
        for (int x = 0; x < 3; x++) {
            dual[a][x] = 0;
            for (int b = 0; b < 3; b++)
                if (pbc[a] && pbc[b]) dual[a][x] += inverse[a][b] / determinant * cell[3 * b + x];
        }
}

static void expect_pair(const input *in, int64_t i, int64_t j, const int32_t shift[3])
{
    const double *cell = &in->cell[9 * in->graph[i]];
    const int *pbc = &in->pbc[3 * in->graph[i]];
    double v[3];
    for (int x = 0; x < 3; x++) {
        double moved = 0;
        for (int d = 0; d < 3; d++)
            if (pbc[d]) moved += shift[d] * cell[3 * d + x];
        v[x] = in->positions[3 * j + x] - in->positions[3 * i + x] + moved;
    }
    if (dot(v, v) == 0) {
        if (i < j) expected.coincident++;
    } else if (dot(v, v) < in->cutoff * in->cutoff) {
        int64_t e = expected.count++;
        assert_true(e < EDGES);
        expected.src[e] = (int32_t)j;
        expected.dst[e] = (int32_t)i;
        memcpy(&expected.shift[3 * e], shift, 3 * sizeof *shift);
        memcpy(&expected.vector[3 * e], v, sizeof v);
    }
}

static void expect_all(const input *in)
{
    expected.count = expected.coincident = 0;
    for (int64_t i = 0; i < in->natoms; i++)
        for (int64_t j = 0; j < in->natoms; j++) {
            if (in->graph[i] != in->graph[j]) continue;
            const int *pbc = &in->pbc[3 * in->graph[i]];
            double dual[3][3], apart[3];
            dual_vectors(&in->cell[9 * in->graph[i]], pbc, dual);
            for (int x = 0; x < 3; x++) apart[x] = in->positions[3 * j + x] - in->positions[3 * i + x];
            int32_t low[3] = {0, 0, 0}, high[3] = {0, 0, 0}, s[3];
            for (int d = 0; d < 3; d++) {
                if (!pbc[d]) continue;
                double center = -dot(dual[d], apart), reach = in->cutoff * sqrt(dot(dual[d], dual[d])) + 0.01;
                low[d] = (int32_t)ceil(center - reach);
                high[d] = (int32_t)floor(center + reach);
            }
            for (s[0] = low[0]; s[0] <= high[0]; s[0]++)
                for (s[1] = low[1]; s[1] <= high[1]; s[1]++)
                    for (s[2] = low[2]; s[2] <= high[2]; s[2]++) expect_pair(in, i, j, s);
        }
}

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    f->context = test_context(&f->memory);
    for (int k = 0; k < 2; k++) TEST_OK(f->context, eqf_neighbors_create(f->context, &f->list[k]));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    for (int k = 0; k < 2; k++) eqf_neighbors_free(f->list[k]);
    test_context_free(f->context, &f->memory);
    free(f);
    return 0;
}

static eqf_edges find(fixture *f, int list, const input *in)
{
    eqf_edges edges;
    TEST_OK(f->context, eqf_neighbors_find(f->context, f->list[list], in->cutoff, in->natoms, in->positions, in->graphs,
                                           in->graph, in->cell, in->pbc, &edges));
    return edges;
}

static void compare(fixture *f, const input *in)
{
    expect_all(in);
    eqf_edges edges = find(f, 0, in);
    assert_int_equal(edges.count, expected.count);
    assert_int_equal(edges.coincident, expected.coincident);
    size_t n = (size_t)edges.count;
    assert_memory_equal(edges.dst, expected.dst, n * sizeof *edges.dst);
    assert_memory_equal(edges.src, expected.src, n * sizeof *edges.src);
    assert_memory_equal(edges.shift, expected.shift, 3 * n * sizeof *edges.shift);
    assert_all_close(3 * n, edges.vector, expected.vector, 0);
}

/* How two edges follow each other: < 0, 0 or > 0. */
static int order(const eqf_edges *edges, int64_t a, int32_t dst, int32_t src, const int32_t shift[3])
{
    if (edges->dst[a] != dst) return edges->dst[a] < dst ? -1 : 1;
    if (edges->src[a] != src) return edges->src[a] < src ? -1 : 1;
    for (int d = 0; d < 3; d++)
        if (edges->shift[3 * a + d] != shift[d]) return edges->shift[3 * a + d] < shift[d] ? -1 : 1;
    return 0;
}

/* The edge that is there. */
static int64_t search(const eqf_edges *edges, int32_t dst, int32_t src, const int32_t shift[3])
{
    int64_t low = 0, high = edges->count - 1;
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (order(edges, middle, dst, src, shift) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    assert_int_equal(order(edges, low, dst, src, shift), 0);
    return low;
}

/* Edges ascend strictly, and each has its opposite with exactly the opposite vector. */
static void check_list(const eqf_edges *edges)
{
    for (int64_t e = 0; e < edges->count; e++) {
        const int32_t *s = &edges->shift[3 * e], opposite[3] = {-s[0], -s[1], -s[2]};
        if (e > 0) assert_true(order(edges, e - 1, edges->dst[e], edges->src[e], s) < 0);
        int64_t other = search(edges, edges->src[e], edges->dst[e], opposite);
        for (int x = 0; x < 3; x++) assert_true(edges->vector[3 * e + x] == -edges->vector[3 * other + x]);
    }
}

/* Lattice vectors of about this length, none too flat; those of directions that are not periodic mean nothing. */
static void random_cell(input *in, int64_t graph, double size)
{
    double *cell = &in->cell[9 * graph], flat = 1;
    int *pbc = &in->pbc[3 * graph];
    while (flat > 0.95) {
        for (int k = 0; k < 9; k++) cell[k] = uniform(-size, size);
        flat = 0;
        for (int d = 0; d < 3; d++) {
            const double *a = &cell[3 * d], *b = &cell[(3 * d + 3) % 9];
            flat = fmax(flat, fabs(dot(a, b)) / sqrt(dot(a, a) * dot(b, b)));
        }
        double cross[3] = {cell[1] * cell[5] - cell[2] * cell[4], cell[2] * cell[3] - cell[0] * cell[5],
                           cell[0] * cell[4] - cell[1] * cell[3]};
        if (fabs(dot(cross, &cell[6])) < 0.1 * size * size * size) flat = 1;
    }
    static const double nothing[] = {0, NAN, 1e300, 7};
    for (int d = 0; d < 3; d++) pbc[d] = uniform(0, 1) < 0.7;
    for (int d = 0; d < 3; d++)
        if (!pbc[d])
            for (int x = 0; x < 3; x++) cell[3 * d + x] = nothing[integer(0, 3)];
}

/* Adds multiples of periodic vectors to others: a flat cell of the same lattice, made . cell. */
static void shear(input *in, int64_t times, int64_t made[3][3])
{
    double cell[9];
    memcpy(cell, in->cell, sizeof cell);
    for (int d = 0; d < 3; d++)
        for (int k = 0; k < 3; k++) made[d][k] = d == k;
    for (int d = 0; d < 3; d++)
        for (int e = 0; e < 3; e++) {
            int64_t multiple = integer(-times, times);
            for (int k = 0; k < 3 && d != e && in->pbc[d] && in->pbc[e]; k++) made[d][k] += multiple * made[e][k];
        }
    for (int d = 0; d < 3; d++)
        for (int x = 0; x < 3 && in->pbc[d]; x++) {
            in->cell[3 * d + x] = 0;
            for (int k = 0; k < 3; k++)
                if (in->pbc[k]) in->cell[3 * d + x] += (double)made[d][k] * cell[3 * k + x];
        }
}

static input random_input(double size, double cutoff, int64_t natoms, int64_t graphs)
{
    input in = {.cutoff = cutoff, .natoms = natoms, .graphs = graphs};
    for (int64_t g = 0; g < graphs; g++) random_cell(&in, g, size);
    double spread = uniform(0, 1) < 0.3 ? 5 * size : size;
    for (int64_t i = 0; i < natoms; i++) {
        in.graph[i] = (int32_t)(i * graphs / natoms);
        for (int x = 0; x < 3; x++) in.positions[3 * i + x] = uniform(-spread, spread);
    }
    return in;
}

static void test_random_cells(void **state)
{
    fixture *f = *state;
    for (int trial = 0; trial < 300; trial++) {
        double size = exp(uniform(log(1.0), log(12.0)));
        double cutoff = uniform(0.3, 2.5) * fmin(size, 4);
        input in = random_input(size, cutoff, integer(1, size > 4 ? 40 : 10), 1);
        compare(f, &in);
        eqf_edges edges = find(f, 0, &in);
        check_list(&edges);
    }
}

/* The edges of a lattice do not depend on the vectors that span it. */
static void test_flat_cells(void **state)
{
    fixture *f = *state;
    for (int trial = 0; trial < 60; trial++) {
        input in = random_input(6, uniform(2, 8), 4, 1), flat = in;
        int64_t made[3][3], times = trial < 30 ? 1 : trial < 45 ? 4 : 20;
        shear(&flat, times, made);
        if (times == 1) compare(f, &flat);
        eqf_edges edges = find(f, 0, &in), flat_edges = find(f, 1, &flat);
        check_list(&flat_edges);
        assert_int_equal(edges.count, flat_edges.count);
        for (int64_t e = 0; e < flat_edges.count; e++) {
            int64_t sum[3] = {0, 0, 0};
            for (int d = 0; d < 3; d++)
                for (int k = 0; k < 3; k++) sum[k] += flat_edges.shift[3 * e + d] * made[d][k];
            int32_t shift[3] = {(int32_t)sum[0], (int32_t)sum[1], (int32_t)sum[2]};
            int64_t same = search(&edges, flat_edges.dst[e], flat_edges.src[e], shift);
            assert_all_close(3, &edges.vector[3 * same], &flat_edges.vector[3 * e], 1e-8);
        }
    }
}

static void test_small_cell(void **state)
{
    fixture *f = *state;
    input in = {.cutoff = 5, .natoms = 2, .graphs = 1, .pbc = {1, 1, 1}};
    in.cell[0] = in.cell[4] = in.cell[8] = 1;
    in.positions[3] = 0.25;
    in.positions[4] = 17.5;
    compare(f, &in);

    /* One atom: the points of the integer lattice inside a ball of radius 5,
     * less its centre and the 30 points on its surface (OEIS A000605). */
    in.natoms = 1;
    assert_int_equal(find(f, 0, &in).count, 515 - 30 - 1);
    in.pbc[1] = 0;
    assert_int_equal(find(f, 0, &in).count, 81 - 12 - 1);
    in.pbc[2] = 0;
    assert_int_equal(find(f, 0, &in).count, 8);
    in.pbc[0] = 0;
    assert_int_equal(find(f, 0, &in).count, 0);
}

static void test_batches(void **state)
{
    fixture *f = *state;
    for (int trial = 0; trial < 20; trial++) {
        input in = random_input(4, 4, 24, GRAPHS);
        for (int64_t i = 0; i < in.natoms; i++) /* graphs 0, 3 and 7 have no atoms */
            in.graph[i] = in.graph[i] == 0 ? 1 : in.graph[i] == 3 ? 4 : in.graph[i] == 7 ? 6 : in.graph[i];
        compare(f, &in);
    }

    eqf_edges edges;
    TEST_OK(f->context, eqf_neighbors_find(f->context, f->list[0], 5, 0, NULL, 0, NULL, NULL, NULL, &edges));
    assert_int_equal(edges.count, 0);
    TEST_OK(f->context, eqf_neighbors_find(f->context, f->list[0], 5, 0, NULL, 3, NULL, NULL, NULL, &edges));
    assert_int_equal(edges.count, 0);
    double apart[6] = {0, 0, 0, 3, 0, 0};
    TEST_OK(f->context, eqf_neighbors_find(f->context, f->list[0], 5, 2, apart, 1, NULL, NULL, NULL, &edges));
    assert_int_equal(edges.count, 2);
}

/* Distances that equal the cut-off up to rounding: rotated cubic lattices and a cut-off on a shell. */
static void test_edges_on_the_cutoff(void **state)
{
    fixture *f = *state;
    for (int trial = 0; trial < 60; trial++) {
        double a = uniform(0.9, 3), angle = trial % 3 == 0 ? 0 : uniform(0, 3), shell[] = {1, 2, 3, 5, 9, 14};
        double rotation[9] = {cos(angle), sin(angle), 0, -sin(angle), cos(angle), 0, 0, 0, 1};
        input in = {.cutoff = a * sqrt(shell[trial % 6]), .natoms = 8, .graphs = 1, .pbc = {1, 1, 1}};
        for (int k = 0; k < 9; k++) in.cell[k] = 2 * a * rotation[k];
        for (int i = 0; i < 8; i++)
            for (int d = 0; d < 3; d++) {
                double steps = (double)(i >> d & 1) + (trial % 2 == 0 ? 0 : 2 * (double)integer(-1000, 1000));
                for (int x = 0; x < 3; x++) in.positions[3 * i + x] += steps * a * rotation[3 * d + x];
            }
        compare(f, &in);
        eqf_edges edges = find(f, 0, &in);
        check_list(&edges);
    }
}

/* Moving atoms by lattice vectors changes shifts, by just that, and nothing else. */
static void test_wrapping(void **state)
{
    fixture *f = *state;
    for (int trial = 0; trial < 30; trial++) {
        input in = random_input(6, 5, 20, 2), moved = in;
        int32_t by[ATOMS][3];
        for (int64_t i = 0; i < in.natoms; i++)
            for (int d = 0; d < 3; d++) {
                by[i][d] = in.pbc[3 * in.graph[i] + d] ? (int32_t)integer(-100, 100) : 0;
                for (int x = 0; x < 3 && by[i][d] != 0; x++)
                    moved.positions[3 * i + x] += by[i][d] * in.cell[9 * in.graph[i] + 3 * d + x];
            }
        eqf_edges before = find(f, 0, &in), after = find(f, 1, &moved);
        assert_int_equal(before.count, after.count);
        size_t n = (size_t)before.count;
        assert_memory_equal(before.src, after.src, n * sizeof *before.src);
        assert_memory_equal(before.dst, after.dst, n * sizeof *before.dst);
        assert_all_close(3 * n, before.vector, after.vector, 1e-11);
        for (size_t e = 0; e < n; e++)
            for (size_t d = 0; d < 3; d++)
                assert_int_equal(before.shift[3 * e + d],
                                 after.shift[3 * e + d] + by[before.src[e]][d] - by[before.dst[e]][d]);
    }
}

static void test_coincident(void **state)
{
    fixture *f = *state;
    /* Three atoms at one place, one of them through the boundary: three pairs. */
    input in = {.cutoff = 3, .natoms = 4, .graphs = 1, .pbc = {1, 0, 0}};
    in.cell[0] = 8;
    in.positions[0] = in.positions[3] = 1.5;
    in.positions[6] = 9.5;
    in.positions[9] = 3;
    compare(f, &in);
    eqf_edges edges = find(f, 0, &in);
    assert_int_equal(edges.coincident, 3);
    assert_int_equal(edges.count, 6);
    in.positions[0] = 1.5 + 0x1p-40;
    edges = find(f, 0, &in);
    assert_int_equal(edges.coincident, 1);
    assert_int_equal(edges.count, 10);
    in.graphs = 2; /* in another system, atoms do not meet */
    in.graph[2] = in.graph[3] = 1;
    edges = find(f, 0, &in);
    assert_int_equal(edges.coincident, 0);
    assert_int_equal(edges.count, 2);
}

#define TEST_OF(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_OF(test_random_cells),        TEST_OF(test_flat_cells), TEST_OF(test_small_cell), TEST_OF(test_batches),
        TEST_OF(test_edges_on_the_cutoff), TEST_OF(test_wrapping),   TEST_OF(test_coincident),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
