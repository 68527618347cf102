/* The contraction of sums of outer products with constant coefficients: a tensor product whose weights all members of a
 * segment share, applied once per segment (outer.c makes the sums). In straight-line code where lib/gen wrote some, else by
 * tables.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "kern/variant/straight_product.h"

enum { LANES = EQFI_LANES, DIM = 2 * EQF_LMAX + 1, CHANNELS = 64 };

/* Component (m1, m2) of channel u of a path's part of A. */
static int64_t pair_offset(const eqfi_path *path, int m1, int m2)
{
    return path->x.offset + (int64_t)m1 * path->x.step + path->y.offset + (int64_t)m2 * path->y.step;
}

/* sum[m3] = sum of C A over the pairs of components, for `count` channels from u on */
static void contract_pairs(const eqfi_path *path, const eqfi_coupling *c, const real *a, int u, int count,
                           real sum[DIM][CHANNELS])
{
    for (int k = 0; k < path->out.dim; k++) memset(sum[k], 0, (size_t)count * sizeof(real));
    for (int i = 0; i < path->n; i++) {
        const real value = EQFI_VALUE(&c[i]), *from = a + pair_offset(path, c[i].m1, c[i].m2) + u;
        real *to = sum[c[i].m3];
#pragma omp simd
        for (int v = 0; v < count; v++) to[v] += value * from[v];
    }
}

static void contract_out(const eqfi_path *path, const eqfi_coupling *c, real *const row[3], int u, int count)
{
    real sum[DIM][CHANNELS];
    const real *w = row[EQFI_CONTRACT_W] + path->weight + u;
    contract_pairs(path, c, row[EQFI_CONTRACT_A], u, count, sum);
    for (int k = 0; k < path->out.dim; k++) {
        real *out = row[EQFI_CONTRACT_OUT] + path->out.offset + (int64_t)k * path->out.step + u;
#pragma omp simd
        for (int v = 0; v < count; v++) out[v] += w[v] * sum[k][v];
    }
}

static void contract_w(const eqfi_path *path, const eqfi_coupling *c, real *const row[3], int u, int count)
{
    real sum[DIM][CHANNELS], *w = row[EQFI_CONTRACT_W] + path->weight + u;
    contract_pairs(path, c, row[EQFI_CONTRACT_A], u, count, sum);
    for (int k = 0; k < path->out.dim; k++) {
        const real *out = row[EQFI_CONTRACT_OUT] + path->out.offset + (int64_t)k * path->out.step + u;
#pragma omp simd
        for (int v = 0; v < count; v++) w[v] += out[v] * sum[k][v];
    }
}

static void contract_a(const eqfi_path *path, const eqfi_coupling *c, real *const row[3], int u, int count)
{
    real product[DIM][CHANNELS];
    const real *w = row[EQFI_CONTRACT_W] + path->weight + u;
    for (int k = 0; k < path->out.dim; k++) {
        const real *out = row[EQFI_CONTRACT_OUT] + path->out.offset + (int64_t)k * path->out.step + u;
#pragma omp simd
        for (int v = 0; v < count; v++) product[k][v] = w[v] * out[v];
    }
    for (int i = 0; i < path->n; i++) {
        const real value = EQFI_VALUE(&c[i]), *from = product[c[i].m3];
        real *to = row[EQFI_CONTRACT_A] + pair_offset(path, c[i].m1, c[i].m2) + u;
#pragma omp simd
        for (int v = 0; v < count; v++) to[v] += value * from[v];
    }
}

static void by_tables(const eqfi_product_plan *plan, int role, real *const row[3])
{
    static void (*const kernels[3])(const eqfi_path *, const eqfi_coupling *, real *const[3], int, int) = {
        [EQFI_CONTRACT_OUT] = contract_out, [EQFI_CONTRACT_A] = contract_a, [EQFI_CONTRACT_W] = contract_w};
    for (const eqfi_path *path = plan->paths; path < plan->paths + plan->n; path++)
        for (int u = 0; u < path->x.mul; u += CHANNELS)
            kernels[role](path, plan->couplings + path->first, row, u,
                          path->x.mul - u < CHANNELS ? path->x.mul - u : CHANNELS);
}

/* ------------------------------------------------------------------------------------------------------- straight -- */

typedef eqfi_lanes vector;

/* The argument of the role in a row, stored or added to. */
typedef void straight_contraction(const eqfi_path *path, real *const row[3], bool add);

#include "contractions.h"

static void in_straight_lines(const eqfi_product_plan *plan, int role, real *const row[3], bool add)
{
    for (int i = 0; i < plan->n; i += plan->paths[i].members)
        straight_contractions[plan->paths[i].group][role](&plan->paths[i], row, add);
}

/* The heads have the same weights: theirs are always sums. */
void EQFI_KERN(eqfi_contract)(const eqfi_product_plan *plan, int role, int64_t first, int64_t last,
                              const eqfi_operand slots[3], bool accumulate)
{
    static const eqfi_role columns[3] = {EQFI_ROLE_OUT, EQFI_ROLE_X, EQFI_ROLE_W};
    bool stores = plan->straight && role != EQFI_CONTRACT_W && !accumulate;
    if (!accumulate && !stores) EQFI_KERN(eqfi_zero)(first, last, plan->columns[columns[role]], slots[role]);
    for (int64_t r = first; r < last; r++) {
        real *row[3];
        for (int s = 0; s < 3; s++) row[s] = (real *)slots[s].data + r * slots[s].stride;
        if (plan->straight)
            in_straight_lines(plan, role, row, !stores);
        else
            by_tables(plan, role, row);
    }
}
