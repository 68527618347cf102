/* Matrix products of every precision and instruction set, and cblas's behind the same interface, against sums in double.
 * SPDX-License-Identifier: MIT */
#include "support/test.h"

#include "base/rng.h"
#include "kern/gemm_amx.h"
#include "kern/gemm_cblas.h"
#include "support/reals.h"

/* Draws one after the other. */
typedef struct draws {
    uint64_t stream, index;
} draws;

static double draw(draws *from) { return 2 * eqfi_rng_uniform(7, from->stream, from->index++) - 1; }

static int draw_int(draws *from, int low, int high)
{
    return low + (int)(eqfi_rng_uniform(7, from->stream, from->index++) * (high - low + 1));
}

/* A matrix in some layout of two levels, with gaps. */
typedef struct grid {
    eqfi_matrix matrix;
    size_t size;
    int rows, columns;
    int64_t start, count; /* of the first element, of all elements of the block */
    void *block;
} grid;

static int64_t element(const grid *g, int row, int column)
{
    return g->start + row / g->matrix.inner * g->matrix.outer + row % g->matrix.inner * g->matrix.step + column;
}

static grid make_grid(size_t size, int rows, int columns, double gap, draws *from)
{
    static const int32_t inners[] = {1, 1, 3, 5};
    grid g = {.size = size, .rows = rows, .columns = columns, .start = draw_int(from, 0, 3)};
    int32_t inner = inners[draw_int(from, 0, 3)];
    int64_t groups = (rows + inner - 1) / inner, width = columns + draw_int(from, 0, 3);
    g.matrix.inner = inner;
    if (draw_int(from, 0, 1) == 0) { /* the rows of a group side by side */
        g.matrix.step = width;
        g.matrix.outer = inner * width + draw_int(from, 0, 9);
    } else {
        g.matrix.outer = width;
        g.matrix.step = groups * width;
    }
    g.count = g.start + groups * g.matrix.outer + inner * g.matrix.step + columns;
    g.block = malloc((size_t)g.count * size);
    assert_non_null(g.block);
    g.matrix.base = (char *)g.block + (size_t)g.start * size;
    for (int64_t i = 0; i < g.count; i++) test_set_real(size, g.block, i, gap);
    for (int r = 0; r < rows; r++)
        for (int j = 0; j < columns; j++) test_set_real(size, g.block, element(&g, r, j), draw(from));
    return g;
}

static grid copy_grid(const grid *from)
{
    grid g = *from;
    g.block = malloc((size_t)g.count * g.size);
    assert_non_null(g.block);
    memcpy(g.block, from->block, (size_t)g.count * g.size);
    g.matrix.base = (char *)g.block + (size_t)g.start * g.size;
    return g;
}

/* k x n numbers, or n x k for a transposed matrix, and the same packed. */
typedef struct weights {
    void *plain, *packed;
    int n, k;
    int64_t *rows; /* where the rows of the plain matrix begin, in any order */
    bool transposed;
} weights;

static weights make_weights(const eqfi_kernels *kernels, int n, int k, draws *from)
{
    weights w = {.n = n, .k = k, .transposed = draw_int(from, 0, 1) == 1};
    int lines = w.transposed ? n : k, ld = (w.transposed ? k : n) + draw_int(from, 0, 3);
    int turn = lines > 0 ? draw_int(from, 0, lines - 1) : 0;
    size_t count = (size_t)ld * (size_t)lines;
    w.plain = malloc((count + 1) * kernels->real_size);
    w.rows = malloc(((size_t)lines + 1) * sizeof *w.rows);
    w.packed = malloc((kernels->gemm_packed_size(n, k) + 1) * kernels->real_size);
    assert_true(w.plain != NULL && w.packed != NULL && w.rows != NULL);
    for (int i = 0; i < lines; i++) w.rows[i] = (int64_t)((i + turn) % lines) * ld;
    for (size_t i = 0; i < count; i++) test_set_real(kernels->real_size, w.plain, (int64_t)i, draw(from));
    kernels->gemm_pack(n, k, w.plain, w.rows, w.transposed, w.packed);
    return w;
}

static double weight(const weights *w, size_t size, int p, int j)
{
    return test_real(size, w->plain, w->transposed ? w->rows[j] + p : w->rows[p] + j);
}

static void free_weights(weights *w)
{
    free(w->plain);
    free(w->packed);
    free(w->rows);
}

/* The error of a sum of k products relative to the sum of their magnitudes, at most. */
static double error_of(const eqfi_kernels *kernels, int k)
{
    if (strcmp(kernels->name, "f32-bf16-amx") == 0) return 0x1p-8; /* two factors of 8 bits */
    return test_epsilon(kernels->real_size) * (k / 4.0 + 4);
}

static const double untouched = 12345;

/* Rows first..last-1 hold the product, everything else what it held before. */
static void expect_product(const eqfi_kernels *kernels, const grid *a, const weights *w, const grid *add,
                           const grid *before, const grid *c, int first, int last)
{
    size_t size = a->size;
    grid expected = copy_grid(before);
    for (int r = first; r < last; r++)
        for (int j = 0; j < w->n; j++) {
            int64_t place = element(c, r, j);
            double sum = add == NULL ? 0 : test_real(size, add->block, element(add, r, j)), magnitude = fabs(sum);
            for (int p = 0; p < w->k; p++) {
                double term = test_real(size, a->block, element(a, r, p)) * weight(w, size, p, j);
                sum += term;
                magnitude += fabs(term);
            }
            double got = test_real(size, c->block, place), tolerance = error_of(kernels, w->k) * magnitude;
            if (!(fabs(got - sum) <= tolerance))
                fail_msg("%s: C[%d][%d] of %dx%dx%d is %.17g, expected %.17g", kernels->name, r, j, c->rows, w->n, w->k,
                         got, sum);
            test_set_real(size, expected.block, place, got);
        }
    if (memcmp(expected.block, c->block, (size_t)c->count * size) != 0)
        fail_msg("%s: a product of %dx%dx%d writes outside its rows", kernels->name, c->rows, w->n, w->k);
    free(expected.block);
}

static void check_product(const eqfi_kernels *kernels, int rows, int n, int k, draws *from)
{
    grid a = make_grid(kernels->real_size, rows, k, NAN, from);
    grid before = make_grid(kernels->real_size, rows, n, untouched, from), c = copy_grid(&before);
    weights w = make_weights(kernels, n, k, from);
    grid apart = make_grid(kernels->real_size, rows, n, NAN, from), row = apart;
    row.matrix.outer = row.matrix.step = 0; /* the first one for all */
    const struct {
        const grid *values;
        const eqfi_matrix *matrix;
    } adds[] = {{NULL, NULL}, {&before, &c.matrix}, {&apart, &apart.matrix}, {&row, &row.matrix}};
    int kind = draw_int(from, 0, 3);
    int first = draw_int(from, 0, rows / 3), last = rows - draw_int(from, 0, rows / 3);
    kernels->gemm(first, last, n, k, a.matrix, w.packed, k % 2 == 1, adds[kind].matrix, c.matrix);
    expect_product(kernels, &a, &w, adds[kind].values, &before, &c, first, last);
    free(a.block);
    free(apart.block);
    free(before.block);
    free(c.block);
    free_weights(&w);
}

static void check_products(const eqfi_kernels *kernels)
{
    static const int widths[] = {1,  2,  3,  4,  5,  7,  8,  9,  15, 16, 17, 20,
                                 24, 25, 31, 32, 33, 40, 47, 48, 49, 64, 65, 96};
    draws from = {1, 0};
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        check_product(kernels, draw_int(&from, 1, 30), widths[i], draw_int(&from, 1, 40), &from);
        check_product(kernels, widths[i], draw_int(&from, 1, 70), widths[i], &from);
    }
    for (int rows = 0; rows <= 26; rows++) check_product(kernels, rows, 37, 5, &from);
    check_product(kernels, 14, 33, 0, &from);
    check_product(kernels, 14, 0, 3, &from);
    check_product(kernels, 13, 21, 512, &from); /* one block of k, two, three */
    check_product(kernels, 13, 21, 513, &from);
    check_product(kernels, 13, 21, 1100, &from);
    check_product(kernels, 14, 21, 1101, &from);
    for (int rows = 1; rows <= 70; rows += 3) check_product(kernels, rows, 32 + rows % 7 * 16, 32 + 5 * rows, &from);
    check_product(kernels, 37, 50, 1100, &from);
}

/* The bits of a row are the same, whatever rows it is computed with, and wherever B comes from. */
static void check_row_bits(const eqfi_kernels *kernels)
{
    draws from = {2, 0};
    static const int shapes[][2] = {{37, 33}, {96, 40}, {5, 700}, {33, 530}, {1, 64}, {64, 1}};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        int rows = 109, n = shapes[s][0], k = shapes[s][1];
        grid a = make_grid(kernels->real_size, rows, k, NAN, &from);
        grid before = make_grid(kernels->real_size, rows, n, untouched, &from), whole = copy_grid(&before);
        weights w = make_weights(kernels, n, k, &from);
        kernels->gemm(0, rows, n, k, a.matrix, w.packed, s % 2 == 0, &whole.matrix, whole.matrix);
        for (int step = 1; step <= 14; step++) {
            grid parts = copy_grid(&before);
            for (int r = 0; r < rows; r += step)
                kernels->gemm(r, r + step < rows ? r + step : rows, n, k, a.matrix, w.packed, step % 2 == 0,
                              &parts.matrix, parts.matrix);
            if (memcmp(parts.block, whole.block, (size_t)whole.count * whole.size) != 0)
                fail_msg("%s: rows taken %d at a time give other bits (n = %d, k = %d)", kernels->name, step, n, k);
            free(parts.block);
        }
        free(a.block);
        free(before.block);
        free(whole.block);
        free_weights(&w);
    }
}

/* What is not finite stays in its row; padding does not multiply it. */
static void check_not_finite(const eqfi_kernels *kernels)
{
    draws from = {3, 0};
    size_t size = kernels->real_size;
    int rows = 23, n = 21, k = 9;
    grid a = make_grid(size, rows, k, 0, &from), c = make_grid(size, rows, n, 0, &from);
    weights w = make_weights(kernels, n, k, &from);
    for (int bad = 0; bad < rows; bad += 11) {
        double kept = test_real(size, a.block, element(&a, bad, 4));
        test_set_real(size, a.block, element(&a, bad, 4), bad % 2 == 0 ? NAN : (double)INFINITY);
        kernels->gemm(0, rows, n, k, a.matrix, w.packed, false, NULL, c.matrix);
        for (int r = 0; r < rows; r++)
            for (int j = 0; j < n; j++)
                if (isfinite(test_real(size, c.block, element(&c, r, j))) == (r == bad))
                    fail_msg("%s: row %d is %s finite, row %d of A is not", kernels->name, r, r == bad ? "" : "not",
                             bad);
        test_set_real(size, a.block, element(&a, bad, 4), kept);
    }
    free(a.block);
    free(c.block);
    free_weights(&w);
}

static void check_sum_over_rows(const eqfi_kernels *kernels, int rows, int n, int k, draws *from)
{
    size_t size = kernels->real_size;
    grid a[2], b[2];
    for (int t = 0; t < 2; t++) {
        a[t] = make_grid(size, rows, k, NAN, from);
        b[t] = make_grid(size, rows, n, NAN, from);
    }
    int64_t ldc = n + draw_int(from, 0, 5);
    grid before = {.matrix = {NULL, ldc, 0, 1}, .size = size, .count = k * ldc + 1};
    before.block = malloc((size_t)before.count * size);
    assert_non_null(before.block);
    for (int64_t i = 0; i < before.count; i++) test_set_real(size, before.block, i, draw(from));
    grid c = copy_grid(&before), expected = copy_grid(&before);
    int first = draw_int(from, 0, rows / 4), last = rows - draw_int(from, 0, rows / 4);
    int terms = draw_int(from, 1, 2);
    const eqfi_matrix left[] = {a[0].matrix, a[1].matrix}, right[] = {b[0].matrix, b[1].matrix};
    bool accumulate = draw_int(from, 0, 1) == 1;
    kernels->gemm_rows(first, last, n, k, terms, left, right, c.matrix.base, ldc, accumulate);
    for (int i = 0; i < k; i++)
        for (int j = 0; j < n; j++) {
            double sum = accumulate ? test_real(size, before.block, i * ldc + j) : 0, magnitude = fabs(sum);
            for (int r = first; r < last; r++) {
                for (int t = 0; t < terms; t++) {
                    double term = test_real(size, a[t].block, element(&a[t], r, i)) *
                                  test_real(size, b[t].block, element(&b[t], r, j));
                    sum += term;
                    magnitude += fabs(term);
                }
            }
            double got = test_real(size, c.block, i * ldc + j);
            if (!(fabs(got - sum) <= test_epsilon(size) * ((last - first) / 4.0 + 4) * magnitude))
                fail_msg("%s: C[%d][%d] of %dx%d over %d rows is %.17g, expected %.17g", kernels->name, i, j, k, n,
                         last - first, got, sum);
            test_set_real(size, expected.block, i * ldc + j, got);
        }
    if (memcmp(expected.block, c.block, (size_t)c.count * size) != 0)
        fail_msg("%s: a sum over rows of %dx%d writes outside C", kernels->name, k, n);
    for (int t = 0; t < 2; t++) {
        free(a[t].block);
        free(b[t].block);
    }
    free(before.block);
    free(c.block);
    free(expected.block);
}

static void check_sums_over_rows(const eqfi_kernels *kernels)
{
    draws from = {4, 0};
    for (int i = 0; i < 30; i++)
        check_sum_over_rows(kernels, draw_int(&from, 0, 40), draw_int(&from, 1, 70), draw_int(&from, 1, 40), &from);
    for (int k = 1; k <= 14; k++) check_sum_over_rows(kernels, 9, 37, k, &from);
    for (int n = 1; n <= 18; n++) { /* few columns beside the rows of C, which end in panels of different widths */
        check_sum_over_rows(kernels, 150, n, 45, &from);
        check_sum_over_rows(kernels, 9, n, 34, &from);
    }
    check_sum_over_rows(kernels, 128, 16, 12, &from); /* one chunk of rows, two, several */
    check_sum_over_rows(kernels, 290, 16, 12, &from);
    check_sum_over_rows(kernels, 900, 33, 13, &from);
}

/* Rows at distance 0, and rows that overlap, which BLAS refuses. */
static void check_repeated_rows(const eqfi_kernels *kernels)
{
    size_t size = kernels->real_size;
    draws from = {5, 0};
    enum { ROWS = 15, N = 19, K = 6 };
    for (int64_t distance = 0; distance < 2; distance++) {
        grid a = {.size = size, .rows = ROWS, .columns = K, .count = ROWS + K, .matrix = {NULL, distance, 0, 1}};
        a.block = malloc((size_t)a.count * size);
        assert_non_null(a.block);
        a.matrix.base = a.block;
        for (int64_t i = 0; i < a.count; i++) test_set_real(size, a.block, i, draw(&from));
        grid before = make_grid(size, ROWS, N, untouched, &from), c = copy_grid(&before);
        weights w = make_weights(kernels, N, K, &from);
        kernels->gemm(0, ROWS, N, K, a.matrix, w.packed, false, NULL, c.matrix);
        expect_product(kernels, &a, &w, NULL, &before, &c, 0, ROWS);
        free(a.block);
        free(before.block);
        free(c.block);
        free_weights(&w);
    }
}

/* Our tables of every precision and instruction set that the machine has. */
static void each_table(void (*check)(const eqfi_kernels *kernels))
{
    for (eqfi_isa isa = EQFI_ISA_GENERIC; isa <= eqfi_cpu_isa(); isa++) {
        check(eqfi_kernels_select(EQF_FLOAT32, isa));
        check(eqfi_kernels_select(EQF_FLOAT64, isa));
    }
    if (!eqfi_cpu_has_bf16()) {
        print_message("# this machine has no products of bfloat16\n");
        return;
    }
    eqfi_kernels reduced = eqfi_kernels_with_amx(eqfi_kernels_select(EQF_FLOAT32, EQFI_ISA_AVX512));
    check(&reduced);
}

/* The same and cblas's. */
static void each_backend(void (*check)(const eqfi_kernels *kernels))
{
    each_table(check);
    for (int precision = EQF_FLOAT32; precision <= EQF_FLOAT64; precision++) {
        eqfi_kernels with = eqfi_kernels_with_cblas(eqfi_kernels_select((eqf_precision)precision, EQFI_ISA_GENERIC));
        with.name = precision == EQF_FLOAT32 ? "f32-cblas" : "f64-cblas";
        check(&with);
    }
}

static void test_products(void **state)
{
    (void)state;
    each_backend(check_products);
}

static void test_row_bits(void **state)
{
    (void)state;
    each_table(check_row_bits);
}

static void test_not_finite(void **state)
{
    (void)state;
    each_table(check_not_finite);
}

static void test_sums_over_rows(void **state)
{
    (void)state;
    each_backend(check_sums_over_rows);
}

static void test_repeated_rows(void **state)
{
    (void)state;
    each_backend(check_repeated_rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_products),       cmocka_unit_test(test_row_bits),      cmocka_unit_test(test_not_finite),
        cmocka_unit_test(test_sums_over_rows), cmocka_unit_test(test_repeated_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
