/* Contractions of sums A[y][x] of outer products with constant coefficients, along the channels: the form
 * sum w C[m1][m2][m3] A[m1][m2] out[m3] of a group of paths, for each argument. The parts of A of one l2, as many vectors as
 * there are pairs (m1, m2), are loaded or stored once for all l3.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "gen.h"
#include "group.h"

/* The paths n .. of one l2; the first behind them. */
static int same_l2(const group *g, int n)
{
    int end = n + 1;
    while (end < g->n && g->paths[end].l2 == g->paths[n].l2) end++;
    return end;
}

static void open_function(const group *g, const char *role)
{
    printf("\nstatic void contract_%s_%d_%d(const eqfi_path *path, real *const row[3], bool add)\n{\n", role, g->l1,
           g->l_up_to);
    printf("    for (int64_t u = 0, n = path->x.mul; u < n; u += LANES) {\n");
}

static void close_function(void) { printf("    }\n}\n"); }

/* A scope for the paths of one l2 with the pointers to their part of A. */
static void open_pairs(const group *g, int n)
{
    printf("        /* %d x %d */\n        {\n", g->l1, g->paths[n].l2);
    printf("        real *a = row[EQFI_CONTRACT_A] + path[%d].x.offset + path[%d].y.offset + u;\n"
           "        const int64_t s1 = path[%d].x.step, s2 = path[%d].y.step;\n",
           n, n, n, n);
}

static void load_pairs(const group *g, int n)
{
    open_pairs(g, n);
    for (int i = 0; i < g->n1; i++)
        for (int j = 0; j < g->paths[n].n2; j++)
            printf("        const vector a%d_%d = get(a + %d * s1 + %d * s2);\n", i, j, i, j);
}

/* The sum of C A over pairs for one component of out. */
static void pairs(const group *g, const path *p, int k)
{
    bool first = true;
    for (int i = 0; i < g->n1; i++) {
        for (int j = 0; j < p->n2; j++) {
            if (gen_is_zero(p->c[i][j][k])) continue;
            gen_plus(&first);
            printf("(real)%.17g * a%d_%d", p->c[i][j][k], i, j);
        }
    }
}

/* Where component k of path n is in out. */
static void component(int n, int k)
{
    printf("row[EQFI_CONTRACT_OUT] + path[%d].out.offset + %d * path[%d].out.step + u", n, k, n);
}

static void factor(int n)
{
    printf(
        "        const vector f%d = (real)EQFI_VALUE(path + %d) * get(row[EQFI_CONTRACT_W] + path[%d].weight + u);\n",
        n, n, n);
}

static void out(const group *g)
{
    open_function(g, "out");
    for (int n = 0, end; n < g->n; n = end) {
        end = same_l2(g, n);
        load_pairs(g, n);
        for (int m = n; m < end; m++) {
            factor(m);
            for (int k = 0; k < g->paths[m].n3; k++) {
                printf("        give(add, ");
                component(m, k);
                printf(", f%d * (", m);
                pairs(g, &g->paths[m], k);
                printf("));\n");
            }
        }
        printf("        }\n");
    }
    close_function();
}

static void w(const group *g)
{
    open_function(g, "w");
    for (int n = 0, end; n < g->n; n = end) {
        end = same_l2(g, n);
        load_pairs(g, n);
        for (int m = n; m < end; m++) {
            bool first = true;
            printf("        give(add, row[EQFI_CONTRACT_W] + path[%d].weight + u, (real)EQFI_VALUE(path + %d) * (", m,
                   m);
            for (int k = 0; k < g->paths[m].n3; k++) {
                gen_plus(&first);
                printf("get(");
                component(m, k);
                printf(") * (");
                pairs(g, &g->paths[m], k);
                printf(")");
            }
            printf("));\n");
        }
        printf("        }\n");
    }
    close_function();
}

static void a(const group *g)
{
    open_function(g, "a");
    for (int n = 0, end; n < g->n; n = end) {
        end = same_l2(g, n);
        open_pairs(g, n);
        for (int m = n; m < end; m++) {
            factor(m);
            for (int k = 0; k < g->paths[m].n3; k++) {
                printf("        const vector o%d_%d = f%d * ", m, k, m);
                printf("get(");
                component(m, k);
                printf(");\n");
            }
        }
        for (int i = 0; i < g->n1; i++) {
            for (int j = 0; j < g->paths[n].n2; j++) {
                bool first = true;
                printf("        give(add, a + %d * s1 + %d * s2, ", i, j);
                for (int m = n; m < end; m++) {
                    for (int k = 0; k < g->paths[m].n3; k++) {
                        if (gen_is_zero(g->paths[m].c[i][j][k])) continue;
                        gen_plus(&first);
                        printf("(real)%.17g * o%d_%d", g->paths[m].c[i][j][k], m, k);
                    }
                }
                printf("%s);\n", first ? "(vector){0}" : "");
            }
        }
        printf("        }\n");
    }
    close_function();
}

int gen_contractions(void)
{
    group g;
    for (int up_to = 1; up_to <= LMAX; up_to++) {
        for (int l1 = 0; l1 <= up_to; l1++) {
            if (gen_read_group(&g, l1, up_to) != 0) return 1;
            out(&g);
            a(&g);
            w(&g);
        }
    }
    printf("\nstatic straight_contraction *const straight_contractions[EQFI_STRAIGHT_GLOBAL][3] = {\n");
    for (int up_to = 1; up_to <= LMAX; up_to++)
        for (int l1 = 0; l1 <= up_to; l1++)
            printf("    [%d] = {contract_out_%d_%d, contract_a_%d_%d, contract_w_%d_%d},\n",
                   eqfi_straight_index(l1, up_to), l1, up_to, l1, up_to, l1, up_to);
    printf("};\n");
    return 0;
}
