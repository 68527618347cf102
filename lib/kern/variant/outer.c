/* Outer products summed by segment, A[j][i] = sum over members e of y_e[j] x_e[i].
 *
 * Members' rows are reached through pointers, a chunk of them at a time. Every element of a result is one sum in the order
 * of the members, or of the columns, whatever is computed beside it.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "kern/variant/declarations.h"
#include "kern/variant/lanes.h"

#if defined(__clang__)
#pragma clang fp contract(on) /* as in gemm.c */
#endif

#if defined(__AVX512F__)
enum { TILE_ROWS = 6, TILE_WIDTH = 4 };
#else
enum { TILE_ROWS = 4, TILE_WIDTH = 2 };
#endif

enum { LANES = EQFI_LANES, CHUNK = 128 };

typedef eqfi_lanes vector;

#define EACH _Pragma("GCC unroll 6")
#define EACH8 _Pragma("GCC unroll 8")

/* ------------------------------------------------------------------------------------------------------- products -- */

/* c[r][i] (+)= sum over p of factor(r, p) b[p][i]; factor(r, p) is f[r][p], or across f[p][r]. */
typedef struct mixture {
    int64_t rows, columns, depth;
    bool across, accumulate;
    const real *const *f;
    const real *const *b;
    real *const *c;
} mixture;

INLINE void mix(const int rows, const int width, const bool across, const mixture *m, int64_t r0, int64_t i)
{
    vector sum[TILE_ROWS][TILE_WIDTH];
    EACH for (int r = 0; r < rows; r++) EACH for (int v = 0; v < width; v++) sum[r][v] = (vector){0};
    for (int64_t p = 0; p < m->depth; p++) {
        vector b[TILE_WIDTH];
        EACH for (int v = 0; v < width; v++) b[v] = get(m->b[p] + i + v * LANES);
        EACH for (int r = 0; r < rows; r++)
        {
            const real factor = across ? m->f[p][r0 + r] : m->f[r0 + r][p];
            EACH for (int v = 0; v < width; v++) sum[r][v] += factor * b[v];
        }
    }
    EACH for (int r = 0; r < rows; r++)
    {
        EACH for (int v = 0; v < width; v++) give(m->accumulate, m->c[r0 + r] + i + v * LANES, sum[r][v]);
    }
}

INLINE void mix_columns(const int width, const bool across, const mixture *m, int64_t i)
{
    int64_t r = 0;
    for (; r + TILE_ROWS <= m->rows; r += TILE_ROWS) mix(TILE_ROWS, width, across, m, r, i);
    for (; r + 2 <= m->rows; r += 2) mix(2, width, across, m, r, i);
    for (; r < m->rows; r++) mix(1, width, across, m, r, i);
}

INLINE void mix_all(const bool across, const mixture *m)
{
    int64_t i = 0;
    for (; i + TILE_WIDTH * LANES <= m->columns; i += TILE_WIDTH * LANES) mix_columns(TILE_WIDTH, across, m, i);
    for (; i + LANES <= m->columns; i += LANES) mix_columns(1, across, m, i);
    for (; i < m->columns; i++) { /* fewer than a vector */
        for (int64_t r = 0; r < m->rows; r++) {
            real sum = 0;
            for (int64_t p = 0; p < m->depth; p++) sum += (across ? m->f[p][r] : m->f[r][p]) * m->b[p][i];
            m->c[r][i] = m->accumulate ? m->c[r][i] + sum : sum;
        }
    }
}

static void mix_along(const mixture *m) { mix_all(false, m); }
static void mix_across(const mixture *m) { mix_all(true, m); }

/* lanes_sum of 16 vectors, in the same order of additions: lane i of the last vector is the sum of vector i. A step adds the
 * lanes at a distance in one of two vectors where that bit of the lane's number is clear, in the other where it is set. */
#if EQFI_VARIANT_REAL == 32 && defined(__AVX512F__) && (defined(__clang__) || __GNUC__ >= 12)
#define HALVES(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#define STEP8(a, b)                                                                                                    \
    (HALVES(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 24, 25, 26, 27, 28, 29, 30, 31) +                                            \
     HALVES(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23))
#define STEP4(a, b)                                                                                                    \
    (HALVES(a, b, 0, 1, 2, 3, 20, 21, 22, 23, 8, 9, 10, 11, 28, 29, 30, 31) +                                          \
     HALVES(a, b, 4, 5, 6, 7, 16, 17, 18, 19, 12, 13, 14, 15, 24, 25, 26, 27))
#define STEP2(a, b)                                                                                                    \
    (HALVES(a, b, 0, 1, 18, 19, 4, 5, 22, 23, 8, 9, 26, 27, 12, 13, 30, 31) +                                          \
     HALVES(a, b, 2, 3, 16, 17, 6, 7, 20, 21, 10, 11, 24, 25, 14, 15, 28, 29))
#define STEP1(a, b)                                                                                                    \
    (HALVES(a, b, 0, 17, 2, 19, 4, 21, 6, 23, 8, 25, 10, 27, 12, 29, 14, 31) +                                         \
     HALVES(a, b, 1, 16, 3, 18, 5, 20, 7, 22, 9, 24, 11, 26, 13, 28, 15, 30))

INLINE void lane_sums(vector *v, real *sums)
{
    EACH8 for (int i = 0; i < 8; i++) v[i] = STEP8(v[i], v[i + 8]);
    EACH8 for (int i = 0; i < 4; i++) v[i] = STEP4(v[i], v[i + 4]);
    v[0] = STEP2(v[0], v[2]);
    v[1] = STEP2(v[1], v[3]);
    v[0] = STEP1(v[0], v[1]);
    memcpy(sums, &v[0], sizeof v[0]);
}
#else
INLINE void lane_sums(vector *v, real *sums)
{
    for (int i = 0; i < 16; i++) sums[i] = lanes_sum(v[i]);
}
#endif

/* c[r][j] = sum over i of a[r][i] b[j][i] */
INLINE void dot(const int rows, const int columns, int64_t depth, const real *const *a, const real *b, real *const *c,
                int64_t j)
{
    vector sum[16];
    real sums[16];
    EACH for (int r = 0; r < rows; r++) EACH for (int k = 0; k < columns; k++) sum[4 * r + k] = (vector){0};
    int64_t i = 0;
    for (; i + LANES <= depth; i += LANES) {
        vector right[4];
        EACH for (int k = 0; k < columns; k++) right[k] = get(b + (j + k) * depth + i);
        EACH for (int r = 0; r < rows; r++)
        {
            const vector left = get(a[r] + i);
            EACH for (int k = 0; k < columns; k++) sum[4 * r + k] += left * right[k];
        }
    }
    if (rows == 4 && columns == 4)
        lane_sums(sum, sums);
    else
        EACH for (int r = 0; r < rows; r++) EACH for (int k = 0; k < columns; k++) sums[4 * r + k] =
            lanes_sum(sum[4 * r + k]);
    for (int r = 0; r < rows; r++) {
        for (int k = 0; k < columns; k++) {
            real total = 0;
            for (int64_t p = i; p < depth; p++) total += a[r][p] * b[(j + k) * depth + p];
            c[r][j + k] = sums[4 * r + k] + total;
        }
    }
}

static void dot_all(int64_t rows, int64_t columns, int64_t depth, const real *const *a, const real *b, real *const *c)
{
    int64_t j = 0;
    for (; j + 4 <= columns; j += 4) {
        int64_t r = 0;
        for (; r + 4 <= rows; r += 4) dot(4, 4, depth, a + r, b, c + r, j);
        for (; r < rows; r++) dot(1, 4, depth, a + r, b, c + r, j);
    }
    for (; j < columns; j++)
        for (int64_t r = 0; r < rows; r++) dot(1, 1, depth, a + r, b, c + r, j);
}

/* ---------------------------------------------------------------------------------------------------------- outer -- */

/* The sum over members begin..end-1 joins A. */
static void outer_out(const eqfi_outer_plan *plan, real *a, int n, real *const *x, real *const *y, bool accumulate)
{
    for (int first = 0; first < plan->y; first += CHUNK) {
        real *rows[CHUNK];
        const real *factors[CHUNK];
        int count = plan->y - first < CHUNK ? plan->y - first : CHUNK;
        for (int j = 0; j < count; j++) rows[j] = a + (int64_t)(first + j) * plan->x;
        for (int e = 0; e < n; e++) factors[e] = y[e] + first;
        mix_across(&(mixture){count, plan->x, n, true, accumulate, factors, (const real *const *)x, rows});
    }
}

static void outer_x(const eqfi_outer_plan *plan, const real *a, int n, real *const *x, real *const *y)
{
    for (int first = 0; first < plan->y; first += CHUNK) {
        const real *rows[CHUNK], *factors[CHUNK];
        int count = plan->y - first < CHUNK ? plan->y - first : CHUNK;
        for (int j = 0; j < count; j++) rows[j] = a + (int64_t)(first + j) * plan->x;
        for (int e = 0; e < n; e++) factors[e] = y[e] + first;
        mix_along(&(mixture){n, plan->x, count, false, first > 0, factors, rows, x});
    }
}

void EQFI_KERN(eqfi_outer)(const eqfi_outer_plan *plan, eqfi_role role, int64_t first, int64_t last,
                           const int64_t *offsets, const int32_t *order, const eqfi_operand slots[3], bool accumulate)
{
    for (int64_t s = first; s < last; s++) {
        real *a = (real *)slots[EQFI_ROLE_OUT].data + s * slots[EQFI_ROLE_OUT].stride;
        if (role == EQFI_ROLE_OUT && !accumulate && offsets[s] == offsets[s + 1])
            memset(a, 0, (size_t)plan->x * (size_t)plan->y * sizeof(real));
        for (int64_t begin = offsets[s]; begin < offsets[s + 1]; begin += CHUNK) {
            real *x[CHUNK], *y[CHUNK];
            int n = offsets[s + 1] - begin < CHUNK ? (int)(offsets[s + 1] - begin) : CHUNK;
            for (int e = 0; e < n; e++) {
                x[e] = eqfi_member(slots[EQFI_ROLE_X], order, begin + e);
                y[e] = eqfi_member(slots[EQFI_ROLE_Y], order, begin + e);
            }
            if (role == EQFI_ROLE_OUT)
                outer_out(plan, a, n, x, y, accumulate || begin > offsets[s]);
            else if (role == EQFI_ROLE_X)
                outer_x(plan, a, n, x, y);
            else
                dot_all(n, plan->y, plan->x, (const real *const *)x, a, y);
        }
    }
}
