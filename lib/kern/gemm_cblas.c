/* Matrix products by cblas; B is packed as a plain row-major copy. SPDX-License-Identifier: MIT */
#include "kern/gemm_cblas.h"

#include <string.h>

#include <cblas.h>
#include <limits.h>

/* Rows at equal distances, as BLAS wants them. */
typedef struct family {
    char *base;
    int64_t distance; /* in elements */
} family;

/* The rows row, row + period, row + 2 period, ... of a matrix; period is a multiple of its inner. */
static family family_at(const eqfi_matrix *matrix, size_t size, int64_t row, int64_t period)
{
    int64_t start = row / matrix->inner * matrix->outer + row % matrix->inner * matrix->step;
    return (family){(char *)matrix->base + start * (int64_t)size, period / matrix->inner * matrix->outer};
}

/* Either y (+)= x packed, or, across, c += x^T y, for rows of k elements (x) and n (y). */
typedef struct product {
    size_t size;
    bool across, accumulate;
    int n, k;
    const void *packed;
    void *c;
    int64_t ldc;
} product;

static void multiply(const product *p, int rows, const void *x, int64_t ldx, void *y, int64_t ldy)
{
    enum CBLAS_TRANSPOSE transposed = p->across ? CblasTrans : CblasNoTrans;
    int m = p->across ? p->k : rows, depth = p->across ? rows : p->k;
    const void *b = p->across ? y : p->packed;
    void *c = p->across ? p->c : y;
    int lda = ldx < 1 ? 1 : (int)ldx, ldb = p->across ? (int)ldy : p->n, ldc = p->across ? (int)p->ldc : (int)ldy;
    if (p->size == sizeof(float))
        cblas_sgemm(CblasRowMajor, transposed, CblasNoTrans, m, p->n, depth, 1, x, lda, b, ldb, p->accumulate, c, ldc);
    else
        cblas_dgemm(CblasRowMajor, transposed, CblasNoTrans, m, p->n, depth, 1, x, lda, b, ldb, p->accumulate, c, ldc);
}

static bool fits(int64_t distance, int width) { return distance >= width && distance <= INT_MAX; }

/* One call per family; rows that overlap or lie too far apart for BLAS go one by one. */
static void each_family(const product *p, int64_t first, int64_t last, const eqfi_matrix *x, const eqfi_matrix *y)
{
    if (p->n == 0 || (p->across && p->k == 0)) return;
    int64_t period = (int64_t)x->inner * (x->inner == y->inner ? 1 : y->inner);
    for (int64_t row = first; row < last && row < first + period; row++) {
        family a = family_at(x, p->size, row, period), b = family_at(y, p->size, row, period);
        int64_t count = (last - row + period - 1) / period;
        if (count <= INT_MAX && fits(a.distance, p->k) && fits(b.distance, p->n)) {
            multiply(p, (int)count, a.base, a.distance, b.base, b.distance);
            continue;
        }
        for (int64_t i = 0; i < count; i++)
            multiply(p, 1, a.base + i * a.distance * (int64_t)p->size, p->k, b.base + i * b.distance * (int64_t)p->size,
                     p->n);
    }
}

static size_t packed_size(int n, int k) { return (size_t)n * (size_t)k; }

static void pack_f32(int n, int k, const void *b, const int64_t *rows, bool transposed, void *packed)
{
    const float *from = b;
    float *to = packed;
    for (int p = 0; p < k; p++)
        for (int j = 0; j < n; j++) *to++ = transposed ? from[rows[j] + p] : from[rows[p] + j];
}

static void pack_f64(int n, int k, const void *b, const int64_t *rows, bool transposed, void *packed)
{
    const double *from = b;
    double *to = packed;
    for (int p = 0; p < k; p++)
        for (int j = 0; j < n; j++) *to++ = transposed ? from[rows[j] + p] : from[rows[p] + j];
}

static char *row_at(size_t size, const eqfi_matrix *m, int64_t row)
{
    return (char *)m->base + (row / m->inner * m->outer + row % m->inner * m->step) * (int64_t)size;
}

static void copy_rows(size_t size, int64_t first, int64_t last, int n, const eqfi_matrix *from, const eqfi_matrix *to)
{
    if (from->base == to->base) return;
    for (int64_t r = first; r < last; r++) memcpy(row_at(size, to, r), row_at(size, from, r), (size_t)n * size);
}

static void gemm_f32(int64_t first, int64_t last, int n, int k, eqfi_matrix a, const void *packed, bool far,
                     const eqfi_matrix *add, eqfi_matrix c)
{
    (void)far;
    if (add != NULL) copy_rows(sizeof(float), first, last, n, add, &c);
    product p = {.size = sizeof(float), .accumulate = add != NULL, .n = n, .k = k, .packed = packed};
    each_family(&p, first, last, &a, &c);
}

static void gemm_f64(int64_t first, int64_t last, int n, int k, eqfi_matrix a, const void *packed, bool far,
                     const eqfi_matrix *add, eqfi_matrix c)
{
    (void)far;
    if (add != NULL) copy_rows(sizeof(double), first, last, n, add, &c);
    product p = {.size = sizeof(double), .accumulate = add != NULL, .n = n, .k = k, .packed = packed};
    each_family(&p, first, last, &a, &c);
}

static void zero_rows(const product *p)
{
    for (int i = 0; i < p->k; i++) memset((char *)p->c + (size_t)(i * p->ldc) * p->size, 0, (size_t)p->n * p->size);
}

static void gemm_rows_f32(int64_t first, int64_t last, int n, int k, int terms, const eqfi_matrix *a,
                          const eqfi_matrix *b, void *c, int64_t ldc, bool accumulate)
{
    product p = {.size = sizeof(float), .across = true, .accumulate = true, .n = n, .k = k, .c = c, .ldc = ldc};
    if (!accumulate) zero_rows(&p);
    for (int i = 0; i < terms; i++) each_family(&p, first, last, &a[i], &b[i]);
}

static void gemm_rows_f64(int64_t first, int64_t last, int n, int k, int terms, const eqfi_matrix *a,
                          const eqfi_matrix *b, void *c, int64_t ldc, bool accumulate)
{
    product p = {.size = sizeof(double), .across = true, .accumulate = true, .n = n, .k = k, .c = c, .ldc = ldc};
    if (!accumulate) zero_rows(&p);
    for (int i = 0; i < terms; i++) each_family(&p, first, last, &a[i], &b[i]);
}

eqfi_kernels eqfi_kernels_with_cblas(const eqfi_kernels *kernels)
{
    bool is_float = kernels->real_size == sizeof(float);
    eqfi_kernels with = *kernels;
    with.gemm_packed_size = packed_size;
    with.gemm_pack = is_float ? pack_f32 : pack_f64;
    with.gemm = is_float ? gemm_f32 : gemm_f64;
    with.gemm_rows = is_float ? gemm_rows_f32 : gemm_rows_f64;
    return with;
}
