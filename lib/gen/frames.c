/* In the frame of an edge, whose axis m = 0 is the edge, harmonics are zero but for m = 0: a product of x[m1] with y has
 * only m3 = m1, or m3 = -m1 where l1 + l2 + l3 is odd. What a path gives for each m3 lies apart in out (lib/tensor/frame.c),
 * so that a group has one path of the plan for each; those of l2 = 0, which come first, go through all of x.
 *
 * Rotations into the frame: out[m] = sum D[m][i] x[i], D in the place of y. Turns of the frame: out[m] = sum t[k] G_k[m][i] x[i]
 * for the axes k = 0 and 2, t in the place of y.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>

#include "gen.h"
#include "group.h"
#include "math/generators.h"

/* One m3 of a path: that of the plan, the component of x, the coefficient. */
typedef struct component {
    int index, m1;
    double c;
} component;

/* The components of path n, and how many of them. */
static int components(const group *g, int n, component list[DIM])
{
    int index = 0, count = 0;
    for (int i = 0; i <= n; i++) {
        const path *p = &g->paths[i];
        count = 0;
        for (int k = 0; k < p->n3; k++)
            for (int m1 = 0; m1 < g->n1; m1++)
                if (!gen_is_zero(p->c[m1][p->l2][k])) list[count++] = (component){index++, m1, p->c[m1][p->l2][k]};
    }
    return count;
}

static void open_function(const char *kind, const char *role, const group *g)
{
    printf("\nstatic void %s_%s_%d_%d(const eqfi_path *path, real *const row[EQFI_ROLES], real *m, bool add)\n{\n",
           kind, role, g->l1, g->l_up_to);
    printf("    (void)m, (void)add;\n");
    printf("    for (int64_t u = 0, n = path->x.mul; u < n; u += LANES) {\n");
}

static void close_function(void) { printf("    }\n}\n"); }

static void load_x(const group *g)
{
    for (int i = 0; i < g->n1; i++)
        printf("        const vector x%d = get(row[EQFI_ROLE_X] + path[%d].x.offset + u);\n", i, i);
}

static void open_path(const group *g, int n, int first)
{
    const path *p = &g->paths[n];
    printf("        /* %d x %d -> %d */\n        {\n", g->l1, p->l2, p->l3);
    printf("        const eqfi_path *own = path + %d;\n", first);
}

static void load_out(int count)
{
    for (int i = 0; i < count; i++)
        printf("        const vector o%d = get(row[EQFI_ROLE_OUT] + own[%d].out.offset + u);\n", i, i);
}

/* sum of c o x */
static void overlap(const component *list, int count)
{
    bool first = true;
    for (int i = 0; i < count; i++) {
        gen_plus(&first);
        printf("(real)%.17g * o%d * x%d", list[i].c, i, list[i].m1);
    }
}

static void framed_out(const group *g)
{
    component list[DIM];
    open_function("framed", "out", g);
    load_x(g);
    for (int n = 0; n < g->n; n++) {
        int count = components(g, n, list);
        open_path(g, n, list[0].index);
        printf("        const vector f = pole(own, row) * weight(own, row, u);\n");
        for (int i = 0; i < count; i++)
            printf("        give(add, row[EQFI_ROLE_OUT] + own[%d].out.offset + u, (real)%.17g * f * x%d);\n", i,
                   list[i].c, list[i].m1);
        printf("        }\n");
    }
    close_function();
}

static void framed_x(const group *g)
{
    component list[DIM];
    open_function("framed", "x", g);
    for (int i = 0; i < g->n1; i++) printf("        vector x%d = {0};\n", i);
    for (int n = 0; n < g->n; n++) {
        int count = components(g, n, list);
        open_path(g, n, list[0].index);
        printf("        const vector f = pole(own, row) * weight(own, row, u);\n");
        load_out(count);
        for (int i = 0; i < count; i++) printf("        x%d += (real)%.17g * f * o%d;\n", list[i].m1, list[i].c, i);
        printf("        }\n");
    }
    for (int i = 0; i < g->n1; i++) printf("        give(add, row[EQFI_ROLE_X] + path[%d].x.offset + u, x%d);\n", i, i);
    close_function();
}

static void framed_y(const group *g)
{
    component list[DIM];
    open_function("framed", "y", g);
    printf("        vector *sums = (vector *)(uintptr_t)m;\n");
    load_x(g);
    for (int n = 0; n < g->n; n++) {
        int count = components(g, n, list);
        open_path(g, n, list[0].index);
        printf("        const vector f = (real)EQFI_VALUE(own) * weight(own, row, u);\n");
        load_out(count);
        printf("        sums[own->y.offset] += f * (");
        overlap(list, count);
        printf(");\n        }\n");
    }
    close_function();
}

static void framed_w(const group *g)
{
    component list[DIM];
    open_function("framed", "w", g);
    load_x(g);
    for (int n = 0; n < g->n; n++) {
        int count = components(g, n, list);
        open_path(g, n, list[0].index);
        load_out(count);
        printf("        give(add, row[EQFI_ROLE_W] + own->weight + u, pole(own, row) * (");
        overlap(list, count);
        printf("));\n        }\n");
    }
    close_function();
}

/* ------------------------------------------------------------------------------------------------------ rotations -- */

/* A function on a block of degree l with itself. */
static void open_block(const char *kind, const char *role, int l)
{
    printf("\nstatic void %s_%s_%d(const eqfi_path *path, real *const row[EQFI_ROLES], real *m, bool add)\n{\n", kind,
           role, l);
    printf(
        "    (void)m, (void)add;\n"
        "    const real *y = row[EQFI_ROLE_Y] + path->y.offset;\n"
        "    const int64_t x_step = path->x.step, out_step = path->out.step;\n"
        "    (void)y;\n"
        "    for (int64_t u = 0, n = path->x.mul; u < n; u += LANES) {\n"
        "        real *x = row[EQFI_ROLE_X] + path->x.offset + u, *out = row[EQFI_ROLE_OUT] + path->out.offset + u;\n");
}

static void load_components(const char *name, const char *from, int n)
{
    for (int i = 0; i < n; i++) printf("        const vector %s%d = get(%s + %d * %s_step);\n", name, i, from, i, from);
}

static void rotation(int l)
{
    int n = 2 * l + 1;
    for (int inverse = 0; inverse < 2; inverse++) {
        const char *from = inverse ? "out" : "x", *to = inverse ? "x" : "out";
        open_block("rotation", to, l);
        load_components("v", from, n);
        for (int k = 0; k < n; k++) {
            bool first = true;
            printf("        give(add, %s + %d * %s_step, ", to, k, to);
            for (int i = 0; i < n; i++) {
                gen_plus(&first);
                printf("y[%d] * v%d", inverse ? i * n + k : k * n + i, i);
            }
            printf(");\n");
        }
        close_function();
    }
    open_block("rotation", "y", l);
    printf("        vector *sums = (vector *)(uintptr_t)m + path->y.offset;\n");
    load_components("x", "x", n);
    for (int k = 0; k < n; k++) {
        printf("        const vector o%d = get(out + %d * out_step);\n", k, k);
        for (int i = 0; i < n; i++) printf("        sums[%d] += o%d * x%d;\n", k * n + i, k, i);
    }
    close_function();
}

/* --------------------------------------------------------------------------------------------------------- turns -- */

/* The sum over axes x and z and components of t G v for one component: of out from x, or back. */
static void turned(const double *g, int n, bool back, int k)
{
    bool first = true;
    for (int axis = 0; axis < 3; axis += 2) {
        for (int i = 0; i < n; i++) {
            double c = back ? g[(axis * n + i) * n + k] : g[(axis * n + k) * n + i];
            if (gen_is_zero(c)) continue;
            gen_plus(&first);
            printf("(real)%.17g * (t%d * v%d)", c, axis, i);
        }
    }
    printf("%s", first ? "(vector){0}" : "");
}

static void open_turn(const char *role, int l)
{
    open_block("turn", role, l);
    printf("        (void)x_step, (void)out_step;\n");
}

static int turn(int l)
{
    int n = 2 * l + 1;
    double g[3 * DIM * DIM];
    if (eqfi_rotation_generators(NULL, l, g) != EQF_OK) return 1;
    for (int back = 0; back < 2; back++) {
        const char *from = back ? "out" : "x", *to = back ? "x" : "out";
        open_turn(to, l);
        printf("        const real t0 = y[0], t2 = y[2];\n        (void)t0, (void)t2;\n");
        load_components("v", from, n);
        for (int k = 0; k < n; k++) {
            printf("        give(add, %s + %d * %s_step, ", to, k, to);
            turned(g, n, back, k);
            printf(");\n");
        }
        if (l == 0) printf("        (void)v0;\n");
        close_function();
    }
    open_turn("y", l);
    printf("        vector *sums = (vector *)(uintptr_t)m + path->y.offset;\n        (void)sums;\n");
    load_components("x", "x", n);
    load_components("o", "out", n);
    if (l == 0) printf("        (void)x0, (void)o0;\n");
    for (int axis = 0; axis < 3 && l > 0; axis += 2) {
        bool first = true;
        printf("        sums[%d] += ", axis);
        for (int k = 0; k < n; k++) {
            for (int i = 0; i < n; i++) {
                if (gen_is_zero(g[(axis * n + k) * n + i])) continue;
                gen_plus(&first);
                printf("(real)%.17g * (o%d * x%d)", g[(axis * n + k) * n + i], k, i);
            }
        }
        printf(";\n");
    }
    close_function();
    return 0;
}

int gen_frames(void)
{
    group g;
    for (int up_to = 1; up_to <= LMAX; up_to++) {
        for (int l1 = 0; l1 <= up_to; l1++) {
            if (gen_read_group(&g, l1, up_to) != 0) return 1;
            framed_out(&g);
            framed_x(&g);
            framed_y(&g);
            framed_w(&g);
        }
    }
    for (int l = 0; l <= LMAX; l++) {
        rotation(l);
        if (turn(l) != 0) return 1;
    }
    printf("\n#define FRAMED_GROUPS");
    for (int up_to = 1; up_to <= LMAX; up_to++)
        for (int l1 = 0; l1 <= up_to; l1++)
            printf(" \\\n    [%d] = {NULL, {framed_out_%d_%d, framed_x_%d_%d, framed_y_%d_%d, framed_w_%d_%d}},",
                   eqfi_framed_index(eqfi_straight_index(l1, up_to)), l1, up_to, l1, up_to, l1, up_to, l1, up_to);
    for (int l = 0; l <= LMAX; l++)
        printf(" \\\n    [%d] = {NULL, {rotation_out_%d, rotation_x_%d, rotation_y_%d, NULL}},", eqfi_rotation_index(l),
               l, l, l);
    for (int l = 0; l <= LMAX; l++)
        printf(" \\\n    [%d] = {NULL, {turn_out_%d, turn_x_%d, turn_y_%d, NULL}},", eqfi_turn_index(l), l, l, l);
    printf("\n");
    return 0;
}
