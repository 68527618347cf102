/* SPDX-License-Identifier: MIT */
#include "kern/gemm_amx.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#include "kern/variant.h"

/* The instructions are asked for here alone: the rest of the library runs without. */
#define AMX __attribute__((target("amx-tile,amx-bf16,avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")))

/* A tile of A has 16 rows of 32 numbers, one of B 16 pairs of rows of 16 columns, one of C 16 rows of 16 columns. Two of A and
 * two of B make four of C. B is packed by 32 columns, within them by 32 rows: two tiles, zero beyond n and k. */
enum { SIDE = 16, STEP = 32, WIDE = 32, ROWS = 32, DEPTH = 512 };

#define TABLE(name) eqfi_##name##_f32_avx512
extern eqfi_gemm_packed_size_kernel TABLE(gemm_packed_size);
extern eqfi_gemm_pack_kernel TABLE(gemm_pack);
extern eqfi_gemm_kernel TABLE(gemm);

static bool is_large(int n, int k) { return n >= WIDE && k >= STEP; }

static int rounded(int count, int unit) { return (count + unit - 1) / unit * unit; }

static size_t packed_size(int n, int k)
{
    if (!is_large(n, k)) return TABLE(gemm_packed_size)(n, k);
    return (size_t)rounded(n, WIDE) * (size_t)rounded(k, STEP) / 2;
}

/* To the nearest, ties to even. */
static uint16_t bfloat16_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    if (x != x) return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static void pack(int n, int k, const void *b, const int64_t *rows, bool transposed, void *packed)
{
    if (!is_large(n, k)) {
        TABLE(gemm_pack)(n, k, b, rows, transposed, packed);
        return;
    }
    const float *from = b;
    uint16_t *to = packed;
    for (int j0 = 0; j0 < n; j0 += WIDE)
        for (int p0 = 0; p0 < k; p0 += STEP)
            for (int half = 0; half < WIDE; half += SIDE)
                for (int pair = 0; pair < STEP; pair += 2)
                    for (int i = 0; i < 2 * SIDE; i++) {
                        int p = p0 + pair + i % 2, j = j0 + half + i / 2;
                        float x = p >= k || j >= n ? 0 : transposed ? from[rows[j] + p] : from[rows[p] + j];
                        *to++ = bfloat16_of(x);
                    }
}

static float *row_at(const eqfi_matrix *m, int64_t row)
{
    return (float *)m->base + row / m->inner * m->outer + row % m->inner * m->step;
}

static __mmask16 first_lanes(int n) { return (__mmask16)(n >= SIDE ? 0xffffU : n <= 0 ? 0U : (1U << n) - 1U); }

/* Columns first..first+depth-1 of `count` rows of A, zero up to whole tiles. */
AMX static void take_rows(const eqfi_matrix *a, int64_t row, int count, int first, int depth, uint16_t *to)
{
    int width = rounded(depth, STEP);
    for (int r = 0; r < count; r++, to += DEPTH) {
        const float *from = row_at(a, row + r) + first;
        for (int p = 0; p < width; p += STEP) {
            __mmask16 low = first_lanes(depth - p), high = first_lanes(depth - p - SIDE);
            __m512 x = _mm512_maskz_loadu_ps(low, from + p), y = _mm512_maskz_loadu_ps(high, from + p + SIDE);
            __m512bh both = _mm512_cvtne2ps_pbh(y, x);
            memcpy(to + p, &both, sizeof both);
        }
    }
}

/* 32 x 32 sums of products: c = A B, A of 16 rows or 32. */
AMX static void multiply(bool tall, int steps, const uint16_t *a, const uint16_t *b, float *c)
{
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (int s = 0; s < steps; s++, a += STEP, b += STEP * WIDE) {
        _tile_loadd(4, a, DEPTH * sizeof *a);
        _tile_loadd(6, b, 64);
        _tile_loadd(7, b + STEP * SIDE, 64);
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
        if (!tall) continue;
        _tile_loadd(5, a + SIDE * DEPTH, DEPTH * sizeof *a);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, c, WIDE * sizeof *c);
    _tile_stored(1, c + SIDE, WIDE * sizeof *c);
    if (!tall) return;
    _tile_stored(2, c + SIDE * WIDE, WIDE * sizeof *c);
    _tile_stored(3, c + SIDE * WIDE + SIDE, WIDE * sizeof *c);
}

/* Columns j.. of `count` rows of C: the sums, plus rows of `add` unless NULL. */
AMX static void give_rows(const float *sums, int count, int64_t row, int j, int columns, const eqfi_matrix *add,
                          const eqfi_matrix *c)
{
    __mmask16 low = first_lanes(columns), high = first_lanes(columns - SIDE);
    for (int r = 0; r < count; r++, sums += WIDE) {
        float *to = row_at(c, row + r) + j;
        __m512 x = _mm512_loadu_ps(sums), y = _mm512_loadu_ps(sums + SIDE);
        if (add != NULL) {
            const float *more = row_at(add, row + r) + j;
            x = _mm512_add_ps(x, _mm512_maskz_loadu_ps(low, more));
            y = _mm512_add_ps(y, _mm512_maskz_loadu_ps(high, more + SIDE));
        }
        _mm512_mask_storeu_ps(to, low, x);
        _mm512_mask_storeu_ps(to + SIDE, high, y);
    }
}

typedef struct tile_configuration {
    uint8_t palette, start_row, reserved[14];
    uint16_t bytes[16];
    uint8_t rows[16];
} tile_configuration;

AMX static void gemm(int64_t first, int64_t last, int n, int k, eqfi_matrix a, const void *packed, bool far,
                     const eqfi_matrix *add, eqfi_matrix c)
{
    static const tile_configuration whole = {.palette = 1,
                                             .bytes = {64, 64, 64, 64, 64, 64, 64, 64},
                                             .rows = {SIDE, SIDE, SIDE, SIDE, SIDE, SIDE, SIDE, SIDE}};
    if (!is_large(n, k)) {
        TABLE(gemm)(first, last, n, k, a, packed, far, add, c);
        return;
    }
    uint16_t rows[ROWS * DEPTH] __attribute__((aligned(64)));
    float sums[ROWS * WIDE] __attribute__((aligned(64)));
    const uint16_t *weights = packed;
    _tile_loadconfig(&whole);
    for (int64_t r = first; r < last; r += ROWS) {
        int count = last - r < ROWS ? (int)(last - r) : ROWS;
        bool tall = count > SIDE;
        for (int p = 0; p < k; p += DEPTH) {
            int depth = k - p < DEPTH ? k - p : DEPTH;
            memset(rows + count * DEPTH, 0, (size_t)((tall ? ROWS : SIDE) - count) * DEPTH * sizeof *rows);
            take_rows(&a, r, count, p, depth, rows);
            for (int j = 0; j < n; j += WIDE) {
                multiply(tall, rounded(depth, STEP) / STEP, rows,
                         weights + (size_t)j * (size_t)rounded(k, STEP) + p * WIDE, sums);
                give_rows(sums, count, r, j, n - j, p > 0 ? &c : add, &c);
            }
        }
    }
    _tile_release();
}

eqfi_kernels eqfi_kernels_with_amx(const eqfi_kernels *kernels)
{
    eqfi_kernels with = *kernels;
    with.name = "f32-bf16-amx";
    with.gemm_packed_size = packed_size;
    with.gemm_pack = pack;
    with.gemm = gemm;
    return with;
}

#else

eqfi_kernels eqfi_kernels_with_amx(const eqfi_kernels *kernels) { return *kernels; }

#endif
