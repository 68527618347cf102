/* Tensor products of a block x with harmonics y along the channels, for each argument of the multilinear form
 * sum w C[m1][m2][m3] x[m1] y[m2] out[m3].
 *
 * With y a few numbers per row, M[m1][m3] = sum C y of every path comes first (m holds
 * the elements that can differ from zero); then x, w and out are mixed a vector of channels at a time.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "gen.h"
#include "group.h"

static void open_function(const group *g, const char *name)
{
    printf("\nstatic void %s_%d_%d(const eqfi_path *path, real *const row[EQFI_ROLES], real *m, bool add)\n{\n", name,
           g->l1, g->l_up_to);
}

/* m = sum over m2 of y C, C as rows of whole vectors */
static void matrices(const group *g)
{
    for (int n = 0; n < g->n; n++) {
        const path *p = &g->paths[n];
        printf("\nstatic const real table_%d_%d_%d[%d] = {", g->l1, g->l_up_to, n, p->n2 * p->columns);
        for (int j = 0; j < p->n2; j++) {
            double row[DIM * DIM + ROW] = {0};
            for (int i = 0; i < g->n1; i++)
                for (int k = 0; k < p->n3; k++)
                    if (p->pair[i][k] >= 0) row[p->pair[i][k] - p->first] = p->c[i][j][k];
            for (int i = 0; i < p->columns; i++) printf("%s(real)%.17g,", i % 4 == 0 ? "\n    " : " ", row[i]);
        }
        printf("\n};\n");
    }
    open_function(g, "matrices");
    printf("    (void)add;\n");
    printf("    const real *y = row[EQFI_ROLE_Y];\n");
    for (int n = 0; n < g->n; n++)
        printf("    mix(%d, %d, table_%d_%d_%d, path + %d, y, m + %d);\n", g->paths[n].n2, g->paths[n].columns, g->l1,
               g->l_up_to, n, n, g->paths[n].first);
    printf("}\n");
}

/* Vectors name0, name1, .. from rows `step` apart, times `times`. */
static void load(const char *name, int n, const char *times)
{
    for (int i = 0; i < n; i++)
        printf("        const vector %s%d = %sget(at);%s\n", name, i, times, i + 1 < n ? " at += step;" : "");
}

/* The loop over vectors of channels, where the n1 vectors of x have been loaded if they are read. */
static void open_loop(const group *g, bool reads_x)
{
    printf("    for (int64_t u = 0, n = path->x.mul; u < n; u += LANES) {\n"
           "        int64_t step;\n"
           "        real *at;\n");
    if (!reads_x) return;
    printf("        at = row[EQFI_ROLE_X] + path->x.offset + u;\n"
           "        step = path->x.step;\n");
    load("x", g->n1, "");
}

static void close_loop(void) { printf("    }\n"); }

/* A scope for path n: `at` and `step` walk along its part of out. */
static void open_path(const group *g, int n)
{
    const path *p = &g->paths[n];
    printf("        /* %d x %d -> %d */\n        {\n", g->l1, p->l2, p->l3);
    printf("        at = row[EQFI_ROLE_OUT] + path[%d].out.offset + u;\n"
           "        step = path[%d].out.step;\n",
           n, n);
}

static void load_weight(int n) { printf("        const vector f = weight(path + %d, row, u);\n", n); }

static void close_path(void) { printf("        }\n"); }

/* sum of m a over m1 for one m3 (along 0), or of m a over m3 for one m1 (along 1) */
static void mixed(const group *g, const path *p, int along, int fixed, const char *a)
{
    bool first = true;
    for (int i = 0; i < (along == 0 ? g->n1 : p->n3); i++) {
        int pair = along == 0 ? p->pair[i][fixed] : p->pair[fixed][i];
        if (pair < 0) continue;
        gen_plus(&first);
        printf("m[%d] * %s%d", pair, a, i);
    }
}

/* The weight goes to the side that has fewer components. */
static void out(const group *g)
{
    open_function(g, "out");
    open_loop(g, true);
    for (int n = 0; n < g->n; n++) {
        const path *p = &g->paths[n];
        bool before = g->n1 < p->n3;
        open_path(g, n);
        load_weight(n);
        for (int i = 0; before && i < g->n1; i++) printf("        const vector fx%d = f * x%d;\n", i, i);
        for (int k = 0; k < p->n3; k++) {
            printf("        give(add, at, %s", before ? "" : "f * (");
            mixed(g, p, 0, k, before ? "fx" : "x");
            printf("%s);%s\n", before ? "" : ")", k + 1 < p->n3 ? " at += step;" : "");
        }
        close_path();
    }
    close_loop();
    printf("}\n");
}

static void x(const group *g)
{
    open_function(g, "x");
    open_loop(g, false);
    for (int i = 0; i < g->n1; i++) printf("        vector x%d = {0};\n", i);
    for (int n = 0; n < g->n; n++) {
        const path *p = &g->paths[n];
        bool before = p->n3 < g->n1;
        open_path(g, n);
        load_weight(n);
        load("o", p->n3, before ? "f * " : "");
        for (int i = 0; i < g->n1; i++) {
            printf("        x%d += %s", i, before ? "" : "f * (");
            mixed(g, p, 1, i, "o");
            printf("%s;\n", before ? "" : ")");
        }
        close_path();
    }
    printf("        at = row[EQFI_ROLE_X] + path->x.offset + u;\n"
           "        step = path->x.step;\n");
    for (int i = 0; i < g->n1; i++) printf("        give(add, at, x%d);%s\n", i, i + 1 < g->n1 ? " at += step;" : "");
    close_loop();
    printf("}\n");
}

static void w(const group *g)
{
    open_function(g, "w");
    open_loop(g, true);
    for (int n = 0; n < g->n; n++) {
        const path *p = &g->paths[n];
        int along = p->n3 <= g->n1 ? 0 : 1, terms = along == 0 ? p->n3 : g->n1;
        bool first = true;
        open_path(g, n);
        load("o", p->n3, "");
        printf("        give(add, row[EQFI_ROLE_W] + path[%d].weight + u, ", n);
        for (int k = 0; k < terms; k++) {
            gen_plus(&first);
            printf("%s%d * (", along == 0 ? "o" : "x", k);
            mixed(g, p, along, k, along == 0 ? "x" : "o");
            printf(")");
        }
        printf(");\n");
        close_path();
    }
    close_loop();
    printf("}\n");
}

/* Sums over the channels, lane by lane, for the columns of y: m is an array of vectors here. */
static void y(const group *g)
{
    open_function(g, "y");
    printf("    (void)add;\n");
    printf("    vector *sums = (vector *)(uintptr_t)m;\n");
    open_loop(g, true);
    printf("        vector product, *sum;\n");
    for (int n = 0; n < g->n; n++) {
        const path *p = &g->paths[n];
        open_path(g, n);
        printf("        const vector f = (real)EQFI_VALUE(path + %d) * weight(path + %d, row, u);\n", n, n);
        load("o", p->n3, "f * ");
        printf("        sum = sums + path[%d].y.offset;\n", n);
        for (int j = 0; j < p->n2; j++) printf("        vector y%d = sum[%d * path[%d].y.step];\n", j, j, n);
        for (int i = 0; i < g->n1; i++) {
            for (int k = 0; k < p->n3; k++) {
                if (p->pair[i][k] < 0) continue;
                printf("        product = x%d * o%d;\n", i, k);
                for (int j = 0; j < p->n2; j++)
                    if (!gen_is_zero(p->c[i][j][k]))
                        printf("        y%d += (real)%.17g * product;\n", j, p->c[i][j][k]);
            }
        }
        for (int j = 0; j < p->n2; j++) printf("        sum[%d * path[%d].y.step] = y%d;\n", j, n, j);
        close_path();
    }
    close_loop();
    printf("}\n");
}

int gen_products(void)
{
    group g;
    for (int up_to = 1; up_to <= LMAX; up_to++) {
        for (int l1 = 0; l1 <= up_to; l1++) {
            if (gen_read_group(&g, l1, up_to) != 0) return 1;
            matrices(&g);
            out(&g);
            x(&g);
            y(&g);
            w(&g);
        }
    }
    printf("\nstatic const straight_group straight_groups[EQFI_STRAIGHT_GROUPS] = {\n");
    for (int up_to = 1; up_to <= LMAX; up_to++)
        for (int l1 = 0; l1 <= up_to; l1++)
            printf("    [%d] = {matrices_%d_%d, {out_%d_%d, x_%d_%d, y_%d_%d, w_%d_%d}},\n",
                   eqfi_straight_index(l1, up_to), l1, up_to, l1, up_to, l1, up_to, l1, up_to, l1, up_to);
    printf("    FRAMED_GROUPS\n};\n");
    return 0;
}
