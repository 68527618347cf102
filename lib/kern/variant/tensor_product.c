/* The multilinear form sum W C o x y of a tensor product: each of its four arguments from the other three.
 *
 * Depthwise paths (mode uvu, one channel of y) contract C with y to a small matrix M[m1][m3] first and then run along the
 * channels: in straight-line code where lib/gen wrote some, else here by tables. Without weights, their couplings are a list of
 * places in the rows. All others go term by term.
 * SPDX-License-Identifier: MIT */
#include "kern/variant/straight_product.h"

enum { DIM = 2 * EQF_LMAX + 1 };

static real *at(eqfi_operand x, int64_t row)
{
    return x.data == NULL ? NULL : (real *)x.data + eqfi_operand_at(&x, row);
}

/* ------------------------------------------------------------------------------------------------------ depthwise -- */

/* A path reduced to its row: M[m1][m3] = sum C y. */
typedef struct contracted {
    int n1, n3, mul;
    real matrix[DIM][DIM];
} contracted;

static void contract_y(const eqfi_path *path, const eqfi_coupling *c, const real *y, contracted *m)
{
    m->n1 = path->x.dim;
    m->n3 = path->out.dim;
    m->mul = path->x.mul;
    for (int i = 0; i < m->n1; i++)
        for (int k = 0; k < m->n3; k++) m->matrix[i][k] = 0;
    for (int i = 0; i < path->n;) { /* couplings are sorted by (m1, m3) */
        int m1 = c[i].m1, m3 = c[i].m3;
        real sum = 0;
        for (; i < path->n && c[i].m1 == m1 && c[i].m3 == m3; i++) sum += EQFI_VALUE(&c[i]) * y[c[i].m2 * path->y.step];
        m->matrix[m1][m3] = sum;
    }
}

/* Channels are taken in runs of a few vectors, whose sums stay in registers; what is left at the end one by one. */
typedef eqfi_lanes vector;
enum { LANES = EQFI_LANES, WIDE = 4 };

#define EACH(v, n) _Pragma("GCC unroll 4") for (int v = 0; v < (n); v++)

INLINE vector *at_lanes(const real *x, int v) { return (vector *)(uintptr_t)(x + v * LANES); }

/* sum[v] = sum over i of factors[i stride] source[i step + lanes v] */
INLINE void mix(int width, int terms, const real *factors, int stride, const real *source, int step, vector *sum)
{
    EACH(v, width) sum[v] = (vector){0};
    for (int i = 0; i < terms; i++) {
        const real f = factors[i * stride];
        if (f == 0) continue;
        EACH(v, width) sum[v] += f * *at_lanes(source + (int64_t)i * step, v);
    }
}

INLINE void finish(int width, const real *w, const vector *sum, real *to, bool store)
{
    EACH(v, width)
    {
        vector product = *at_lanes(w, v) * sum[v];
        if (!store) product += *at_lanes(to, v);
        *at_lanes(to, v) = product;
    }
}

INLINE void out_run(int width, const contracted *m, const eqfi_path *path, const real *x, const real *w, real *out,
                    bool store)
{
    for (int m3 = 0; m3 < m->n3; m3++) {
        vector sum[WIDE];
        mix(width, m->n1, &m->matrix[0][m3], DIM, x, path->x.step, sum);
        finish(width, w, sum, out + m3 * path->out.step, store);
    }
}

INLINE void x_run(int width, const contracted *m, const eqfi_path *path, const real *out, const real *w, real *x,
                  bool store)
{
    for (int m1 = 0; m1 < m->n1; m1++) {
        vector sum[WIDE];
        mix(width, m->n3, m->matrix[m1], 1, out, path->out.step, sum);
        finish(width, w, sum, x + m1 * path->x.step, store);
    }
}

INLINE void w_run(int width, const contracted *m, const eqfi_path *path, const real *x, const real *out, real *w,
                  bool store)
{
    vector total[WIDE];
    EACH(v, width) total[v] = store ? (vector){0} : *at_lanes(w, v);
    for (int m3 = 0; m3 < m->n3; m3++) {
        vector sum[WIDE];
        mix(width, m->n1, &m->matrix[0][m3], DIM, x, path->x.step, sum);
        EACH(v, width) total[v] += *at_lanes(out + m3 * path->out.step, v) * sum[v];
    }
    EACH(v, width) * at_lanes(w, v) = total[v];
}

/* The last channels, fewer than a vector: the same sums for one channel each. */
static real mix_one(int terms, const real *factors, int stride, const real *source, int step)
{
    real sum = 0;
    for (int i = 0; i < terms; i++) sum += factors[i * stride] * source[(int64_t)i * step];
    return sum;
}

static void out_one(const contracted *m, const eqfi_path *path, const real *x, const real *w, real *out, bool store)
{
    for (int m3 = 0; m3 < m->n3; m3++) {
        real *to = out + m3 * path->out.step, product = *w * mix_one(m->n1, &m->matrix[0][m3], DIM, x, path->x.step);
        *to = store ? product : *to + product;
    }
}

static void x_one(const contracted *m, const eqfi_path *path, const real *out, const real *w, real *x, bool store)
{
    for (int m1 = 0; m1 < m->n1; m1++) {
        real *to = x + m1 * path->x.step, product = *w * mix_one(m->n3, m->matrix[m1], 1, out, path->out.step);
        *to = store ? product : *to + product;
    }
}

static void w_one(const contracted *m, const eqfi_path *path, const real *x, const real *out, real *w, bool store)
{
    real total = store ? 0 : *w;
    for (int m3 = 0; m3 < m->n3; m3++)
        total += out[m3 * path->out.step] * mix_one(m->n1, &m->matrix[0][m3], DIM, x, path->x.step);
    *w = total;
}

#define BY_RUNS(name, m, path, a, b, to, store)                                                                        \
    do {                                                                                                               \
        int u = 0, mul = (m)->mul;                                                                                     \
        for (; u + WIDE * LANES <= mul; u += WIDE * LANES)                                                             \
            name##_run(WIDE, m, path, (a) + u, (b) + u, (to) + u, store);                                              \
        for (; u + 2 * LANES <= mul; u += 2 * LANES) name##_run(2, m, path, (a) + u, (b) + u, (to) + u, store);        \
        for (; u + LANES <= mul; u += LANES) name##_run(1, m, path, (a) + u, (b) + u, (to) + u, store);                \
        for (; u < mul; u++) name##_one(m, path, (a) + u, (b) + u, (to) + u, store);                                   \
    } while (0)

static void depthwise_out(const eqfi_path *path, const eqfi_coupling *c, real *const slot[EQFI_ROLES], bool store)
{
    contracted m;
    contract_y(path, c, slot[EQFI_ROLE_Y], &m);
    BY_RUNS(out, &m, path, slot[EQFI_ROLE_X], slot[EQFI_ROLE_W], slot[EQFI_ROLE_OUT], store);
}

static void depthwise_x(const eqfi_path *path, const eqfi_coupling *c, real *const slot[EQFI_ROLES], bool store)
{
    contracted m;
    contract_y(path, c, slot[EQFI_ROLE_Y], &m);
    BY_RUNS(x, &m, path, slot[EQFI_ROLE_OUT], slot[EQFI_ROLE_W], slot[EQFI_ROLE_X], store);
}

static void depthwise_w(const eqfi_path *path, const eqfi_coupling *c, real *const slot[EQFI_ROLES], bool store)
{
    contracted m;
    contract_y(path, c, slot[EQFI_ROLE_Y], &m);
    BY_RUNS(w, &m, path, slot[EQFI_ROLE_X], slot[EQFI_ROLE_OUT], slot[EQFI_ROLE_W], store);
}

/* Couplings are sorted by (m1, m3): true for the first of each pair. */
static inline bool new_pair(const eqfi_coupling *c, int i)
{
    return i == 0 || c[i].m1 != c[i - 1].m1 || c[i].m3 != c[i - 1].m3;
}

/* The harmonics are few, and all paths add to them: it never stores. */
static void depthwise_y(const eqfi_path *path, const eqfi_coupling *c, real *const slot[EQFI_ROLES], bool store)
{
    real overlap = 0;
    int mul = path->x.mul;
    (void)store;
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

static void (*const depthwise[EQFI_ROLES])(const eqfi_path *, const eqfi_coupling *, real *const[EQFI_ROLES], bool) = {
    [EQFI_ROLE_OUT] = depthwise_out,
    [EQFI_ROLE_X] = depthwise_x,
    [EQFI_ROLE_Y] = depthwise_y,
    [EQFI_ROLE_W] = depthwise_w,
};

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

/* ----------------------------------------------------------------------------------------------------- unweighted -- */

/* A coupling of a path of mode uvu without weights and with one channel of y: where it is in the rows. */
typedef struct flat_term {
    int x, y, out;
    real value;
} flat_term;

enum { TERMS = 64 };

/* Couplings of paths with equally many channels. */
typedef struct flat_run {
    int mul, n;
    flat_term terms[TERMS];
} flat_run;

static bool is_flat(const eqfi_path *path) { return path->mode == EQF_UVU && path->weight < 0 && path->y.mul == 1; }

/* Takes couplings from coupling *done of path i on, as many as there may be in one run; the path and, in *done, the coupling where
 * the next one begins. */
static int flatten(const eqfi_product_plan *plan, int i, int *done, flat_run *run)
{
    run->mul = plan->paths[i].x.mul;
    run->n = 0;
    for (; i < plan->n && is_flat(&plan->paths[i]) && plan->paths[i].x.mul == run->mul; i++, *done = 0) {
        const eqfi_path *path = &plan->paths[i];
        for (; *done < path->n; ++*done) {
            const eqfi_coupling *c = plan->couplings + path->first + *done;
            if (run->n == TERMS) return i;
            run->terms[run->n++] = (flat_term){
                path->x.offset + c->m1 * path->x.step,
                path->y.offset + c->m2 * path->y.step,
                path->out.offset + c->m3 * path->out.step,
                (real)EQFI_VALUE(c),
            };
        }
    }
    return i;
}

INLINE void flat_row(const int mul, const eqfi_role role, const flat_run *run, real *all_out, real *all_x, real *all_y)
{
    for (const flat_term *t = run->terms, *end = t + run->n; t < end; t++) {
        real *x = all_x + t->x, *y = all_y + t->y, *out = all_out + t->out, sum = 0;
        const real factor = role == EQFI_ROLE_Y ? t->value : t->value * *y;
        if (role == EQFI_ROLE_OUT) {
#pragma omp simd
            for (int u = 0; u < mul; u++) out[u] += factor * x[u];
        } else if (role == EQFI_ROLE_X) {
#pragma omp simd
            for (int u = 0; u < mul; u++) x[u] += factor * out[u];
        } else {
#pragma omp simd reduction(+ : sum)
            for (int u = 0; u < mul; u++) sum += x[u] * out[u];
            *y += factor * sum;
        }
    }
}

INLINE void flat_channels(const int mul, const flat_run *run, eqfi_role role, int64_t first, int64_t last,
                          const eqfi_operand slots[EQFI_ROLES])
{
    for (int64_t r = first; r < last; r++) {
        real *out = at(slots[EQFI_ROLE_OUT], r), *x = at(slots[EQFI_ROLE_X], r), *y = at(slots[EQFI_ROLE_Y], r);
        switch (role) {
        case EQFI_ROLE_OUT: flat_row(mul, EQFI_ROLE_OUT, run, out, x, y); break;
        case EQFI_ROLE_X: flat_row(mul, EQFI_ROLE_X, run, out, x, y); break;
        case EQFI_ROLE_Y: flat_row(mul, EQFI_ROLE_Y, run, out, x, y); break;
        default: break; /* there are no weights */
        }
    }
}

/* As many channels as published models have heads run without loops. */
static void flat_rows(const flat_run *run, eqfi_role role, int64_t first, int64_t last,
                      const eqfi_operand slots[EQFI_ROLES])
{
    switch (run->mul) {
    case 4: flat_channels(4, run, role, first, last, slots); break;
    case 8: flat_channels(8, run, role, first, last, slots); break;
    default: flat_channels(run->mul, run, role, first, last, slots);
    }
}

/* ------------------------------------------------------------------------------------------------------------ rows -- */

/* One path by tables; row[] are the arguments' rows. */
static void table_path(const eqfi_path *path, const eqfi_coupling *couplings, eqfi_role role,
                       real *const row[EQFI_ROLES], bool store)
{
    if (role == EQFI_ROLE_W && path->weight < 0) return;
    real *const slot[EQFI_ROLES] = {
        [EQFI_ROLE_OUT] = row[EQFI_ROLE_OUT] + path->out.offset,
        [EQFI_ROLE_X] = row[EQFI_ROLE_X] + path->x.offset,
        [EQFI_ROLE_Y] = row[EQFI_ROLE_Y] + path->y.offset,
        [EQFI_ROLE_W] = path->weight < 0 ? NULL : row[EQFI_ROLE_W] + path->weight,
    };
    if (path->depthwise)
        depthwise[role](path, couplings, slot, store);
    else
        general(path, couplings, role, slot);
}

static void straight_rows(const eqfi_product_plan *plan, eqfi_role role, int64_t first, int64_t last,
                          const eqfi_operand slots[EQFI_ROLES], bool add)
{
    for (int64_t r = first; r < last; r++) {
        real *const row[EQFI_ROLES] = {at(slots[0], r), at(slots[1], r), at(slots[2], r), at(slots[3], r)};
        EQFI_KERN(eqfi_straight_product)(plan, role, row, add);
    }
}

static void table_rows(const eqfi_product_plan *plan, const eqfi_path *path, eqfi_role role, int64_t first,
                       int64_t last, const eqfi_operand slots[EQFI_ROLES], bool store)
{
    for (int64_t r = first; r < last; r++) {
        real *const row[EQFI_ROLES] = {at(slots[0], r), at(slots[1], r), at(slots[2], r), at(slots[3], r)};
        table_path(path, plan->couplings + path->first, role, row, store);
    }
}

void EQFI_KERN(eqfi_product)(const eqfi_product_plan *plan, eqfi_role role, int64_t first, int64_t last,
                             const eqfi_operand slots[EQFI_ROLES], bool accumulate)
{
    bool store = !accumulate && (plan->stores[role] || (plan->straight && role != EQFI_ROLE_Y));
    if (!accumulate && !store) EQFI_KERN(eqfi_zero)(first, last, plan->columns[role], slots[role]);
    if (plan->straight) {
        straight_rows(plan, role, first, last, slots, accumulate);
        return;
    }
    for (int i = 0, done = 0; i < plan->n;) {
        flat_run run;
        if (is_flat(&plan->paths[i])) {
            i = flatten(plan, i, &done, &run);
            flat_rows(&run, role, first, last, slots);
        } else {
            table_rows(plan, &plan->paths[i++], role, first, last, slots, store);
        }
    }
}
