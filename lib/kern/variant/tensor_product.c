/* The multilinear form sum W C o x y of a tensor product: each of its four arguments from the other three.
 *
 * Depthwise paths (mode uvu, one channel of y) contract C with y to a small matrix M[m1][m3] first and then run along the
 * channels; all others go term by term.
 * SPDX-License-Identifier: MIT */
#include "kern/variant/declarations.h"

enum { DIM = 2 * EQF_LMAX + 1 };

/* ------------------------------------------------------------------------------------------------------ depthwise -- */

/* M[m1][m3] = sum C y, for the pairs that occur. */
static void contract_y(const eqfi_path *path, const eqfi_coupling *c, const real *y, real matrix[][DIM])
{
    for (int i = 0; i < path->n; i++) matrix[c[i].m1][c[i].m3] = 0;
    for (int i = 0; i < path->n; i++) matrix[c[i].m1][c[i].m3] += EQFI_VALUE(&c[i]) * y[c[i].m2 * path->y.step];
}

/* Couplings are sorted by (m1, m3): true for the first of each pair. */
static inline bool new_pair(const eqfi_coupling *c, int i)
{
    return i == 0 || c[i].m1 != c[i - 1].m1 || c[i].m3 != c[i - 1].m3;
}

static void depthwise_out(const eqfi_path *path, const eqfi_coupling *c, real *const slot[EQFI_ROLES])
{
    real matrix[DIM][DIM];
    int mul = path->x.mul;
    contract_y(path, c, slot[EQFI_ROLE_Y], matrix);
    for (int i = 0; i < path->n; i++) {
        if (!new_pair(c, i)) continue;
        const real f = matrix[c[i].m1][c[i].m3], *x = slot[EQFI_ROLE_X] + c[i].m1 * path->x.step;
        const real *w = slot[EQFI_ROLE_W];
        real *out = slot[EQFI_ROLE_OUT] + c[i].m3 * path->out.step;
#pragma omp simd
        for (int u = 0; u < mul; u++) out[u] += f * w[u] * x[u];
    }
}

static void depthwise_x(const eqfi_path *path, const eqfi_coupling *c, real *const slot[EQFI_ROLES])
{
    real matrix[DIM][DIM];
    int mul = path->x.mul;
    contract_y(path, c, slot[EQFI_ROLE_Y], matrix);
    for (int i = 0; i < path->n; i++) {
        if (!new_pair(c, i)) continue;
        const real f = matrix[c[i].m1][c[i].m3], *out = slot[EQFI_ROLE_OUT] + c[i].m3 * path->out.step;
        const real *w = slot[EQFI_ROLE_W];
        real *x = slot[EQFI_ROLE_X] + c[i].m1 * path->x.step;
#pragma omp simd
        for (int u = 0; u < mul; u++) x[u] += f * w[u] * out[u];
    }
}

static void depthwise_w(const eqfi_path *path, const eqfi_coupling *c, real *const slot[EQFI_ROLES])
{
    real matrix[DIM][DIM];
    int mul = path->x.mul;
    contract_y(path, c, slot[EQFI_ROLE_Y], matrix);
    for (int i = 0; i < path->n; i++) {
        if (!new_pair(c, i)) continue;
        const real f = matrix[c[i].m1][c[i].m3], *out = slot[EQFI_ROLE_OUT] + c[i].m3 * path->out.step;
        const real *x = slot[EQFI_ROLE_X] + c[i].m1 * path->x.step;
        real *w = slot[EQFI_ROLE_W];
#pragma omp simd
        for (int u = 0; u < mul; u++) w[u] += f * out[u] * x[u];
    }
}

static void depthwise_y(const eqfi_path *path, const eqfi_coupling *c, real *const slot[EQFI_ROLES])
{
    real overlap = 0;
    int mul = path->x.mul;
    for (int i = 0; i < path->n; i++) {
        if (new_pair(c, i)) {
            const real *x = slot[EQFI_ROLE_X] + c[i].m1 * path->x.step, *w = slot[EQFI_ROLE_W];
            const real *out = slot[EQFI_ROLE_OUT] + c[i].m3 * path->out.step;
            overlap = 0;
#pragma omp simd reduction(+ : overlap)
            for (int u = 0; u < mul; u++) overlap += w[u] * x[u] * out[u];
        }
        slot[EQFI_ROLE_Y][c[i].m2 * path->y.step] += EQFI_VALUE(&c[i]) * overlap;
    }
}

static void (*const depthwise[EQFI_ROLES])(const eqfi_path *, const eqfi_coupling *, real *const[EQFI_ROLES]) = {
    [EQFI_ROLE_OUT] = depthwise_out,
    [EQFI_ROLE_X] = depthwise_x,
    [EQFI_ROLE_Y] = depthwise_y,
    [EQFI_ROLE_W] = depthwise_w,
};

static bool is_depthwise(const eqfi_path *path)
{
    return path->mode == EQF_UVU && path->y.mul == 1 && path->weight >= 0;
}

/* -------------------------------------------------------------------------------------------------------- general -- */

/* All couplings for one triple of channels (u, v, w) with weight index k; without weights the factor is 1. */
static void term(const eqfi_path *path, const eqfi_coupling *c, eqfi_role role, real *const slot[EQFI_ROLES], int u,
                 int v, int w, int64_t k)
{
    real *x = slot[EQFI_ROLE_X] + u, *y = slot[EQFI_ROLE_Y] + v, *out = slot[EQFI_ROLE_OUT] + w;
    real weight = path->weight < 0 ? 1 : role == EQFI_ROLE_W ? 0 : slot[EQFI_ROLE_W][k], sum = 0;
    for (int i = 0; i < path->n; i++) {
        real value = EQFI_VALUE(&c[i]);
        real *xm = x + c[i].m1 * path->x.step, *ym = y + c[i].m2 * path->y.step, *om = out + c[i].m3 * path->out.step;
        switch (role) {
        case EQFI_ROLE_OUT: *om += weight * value * *xm * *ym; break;
        case EQFI_ROLE_X: *xm += weight * value * *om * *ym; break;
        case EQFI_ROLE_Y: *ym += weight * value * *om * *xm; break;
        default: sum += value * *om * *xm * *ym; break;
        }
    }
    if (role == EQFI_ROLE_W && path->weight >= 0) slot[EQFI_ROLE_W][k] += sum;
}

static void general(const eqfi_path *path, const eqfi_coupling *c, eqfi_role role, real *const slot[EQFI_ROLES])
{
    int mul1 = path->x.mul, mul2 = path->y.mul, mul3 = path->out.mul;
    bool tied_uv = path->mode == EQF_UUW || path->mode == EQF_UUU;
    bool free_w = path->mode == EQF_UVW || path->mode == EQF_UUW;
    for (int u = 0; u < mul1; u++) {
        for (int v = tied_uv ? u : 0; v < (tied_uv ? u + 1 : mul2); v++) {
            int64_t pair = tied_uv ? u : (int64_t)u * mul2 + v;
            if (free_w) {
                for (int w = 0; w < mul3; w++) term(path, c, role, slot, u, v, w, pair * mul3 + w);
                continue;
            }
            int w = path->mode == EQF_UVV ? v : path->mode == EQF_UVUV ? (int)pair : u;
            term(path, c, role, slot, u, v, w, pair);
        }
    }
}

/* ------------------------------------------------------------------------------------------------------------ rows -- */

static real *at(eqfi_operand x, int64_t row, int64_t offset)
{
    return x.data == NULL ? NULL : (real *)x.data + row * x.stride + offset;
}

void EQFI_KERN(eqfi_product)(const eqfi_product_plan *plan, eqfi_role role, int64_t first, int64_t last,
                             const eqfi_operand slots[EQFI_ROLES])
{
    for (int64_t row = first; row < last; row++) {
        for (int i = 0; i < plan->n; i++) {
            const eqfi_path *path = &plan->paths[i];
            const eqfi_coupling *couplings = plan->couplings + path->first;
            if (role == EQFI_ROLE_W && path->weight < 0) continue;
            real *const slot[EQFI_ROLES] = {
                [EQFI_ROLE_OUT] = at(slots[EQFI_ROLE_OUT], row, path->out.offset),
                [EQFI_ROLE_X] = at(slots[EQFI_ROLE_X], row, path->x.offset),
                [EQFI_ROLE_Y] = at(slots[EQFI_ROLE_Y], row, path->y.offset),
                [EQFI_ROLE_W] = path->weight < 0 ? NULL : at(slots[EQFI_ROLE_W], row, path->weight),
            };
            if (is_depthwise(path))
                depthwise[role](path, couplings, slot);
            else
                general(path, couplings, role, slot);
        }
    }
}
