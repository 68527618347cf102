/* Solid harmonics of vectors of points, and their gradients.
 *
 * With the y axis as pole, Y_lm = p_lm(y, r^2) Re (z + ix)^m for m >= 0 and p_l|m| Im (z + ix)^|m| for m < 0; p by recurrence
 * in l (lib/math/spherical_harmonics.c), whose coefficients are written out.
 * SPDX-License-Identifier: MIT */
#include "gen.h"

#include <math.h>
#include <stdio.h>

#include "kern/plans.h"
#include "math/spherical_harmonics.h"

enum { LMAX = EQFI_STRAIGHT_LMAX };

/* p_mm, a constant */
static double sectoral(int m)
{
    double p = 1;
    for (int k = 0; k < m; k++) p *= sqrt((2.0 * k + 3.0) / (k == 0 ? 1.0 : 2.0 * k + 2.0));
    return p;
}

/* p_lm in terms of those of degrees l-1 and l-2 */
static void polynomial(int l, int m)
{
    printf("    const vector p%d_%d = ", l, m);
    double below = l - 1, up = (below + 1 - m) * (below + 1 + m);
    double a = sqrt((2 * below + 1) * (2 * below + 3) / up);
    double b = sqrt((2 * below + 3) * (below + m) * (below - m) / (up * (2 * below - 1)));
    if (l == m + 1)
        printf("(real)%.17g * y;\n", a * sectoral(m));
    else if (l == m + 2)
        printf("(real)%.17g * y * p%d_%d - (real)%.17g * r2;\n", a, l - 1, m, b * sectoral(m));
    else
        printf("(real)%.17g * y * p%d_%d - (real)%.17g * r2 * p%d_%d;\n", a, l - 1, m, b, l - 2, m);
}

static void degree(int l)
{
    printf("\n    if (lmax < %d) return;\n", l);
    if (l == 1) printf("    const vector re1 = z, im1 = x;\n");
    if (l == 2) printf("    const vector r2 = x * x + y * y + z * z;\n");
    if (l > 1)
        printf("    const vector re%d = re%d * z - im%d * x, im%d = re%d * x + im%d * z;\n", l, l - 1, l - 1, l, l - 1,
               l - 1);
    for (int m = 0; m <= l; m++) {
        int center = l * l + l;
        if (l > m) polynomial(l, m);
        if (m == 0) {
            printf("    Y[%d] = p%d_%d;\n", center, l, m);
        } else if (l > m) {
            printf("    Y[%d] = p%d_%d * im%d;\n", center - m, l, m, m);
            printf("    Y[%d] = p%d_%d * re%d;\n", center + m, l, m, m);
        } else {
            printf("    Y[%d] = (real)%.17g * im%d;\n", center - m, sectoral(m), m);
            printf("    Y[%d] = (real)%.17g * re%d;\n", center + m, sectoral(m), m);
        }
    }
}

static int gradient_degree(int l)
{
    double g[3 * (2 * LMAX + 1) * (2 * LMAX - 1)];
    int dim = 2 * l + 1, below = 2 * l - 1;
    if (eqfi_solid_harmonics_gradient(NULL, l, g) != EQF_OK) return 1;
    printf("\n    if (lmax < %d) return;\n", l);
    for (int m = 0; m < dim; m++) {
        for (int a = 0; a < 3; a++) {
            bool first = true;
            printf("    g[%d] = ", 3 * (l * l + m) + a);
            for (int n = 0; n < below; n++) {
                double c = g[(a * dim + m) * below + n];
                if (gen_is_zero(c)) continue;
                gen_plus(&first);
                printf("(real)%.17g * Y[%d]", c, (l - 1) * (l - 1) + n);
            }
            printf("%s;\n", first ? "(vector){0}" : "");
        }
    }
    return 0;
}

/* r[a] = numbers a, a + 3, .. of three vectors, by two shuffles each: of the first two vectors, then with the third. */
static void split_triples(int lanes)
{
    printf("\n#if EQFI_VECTOR_BYTES * 8 / EQFI_VARIANT_REAL == %d\n"
           "INLINE void split_triples(vector p, vector q, vector s, vector r[3])\n{\n"
           "    vector t;\n",
           lanes);
    for (int a = 0; a < 3; a++) {
        printf("    t = __builtin_shufflevector(p, q");
        for (int i = 0; i < lanes; i++) printf(", %d", 3 * i + a < 2 * lanes ? 3 * i + a : -1);
        printf(");\n    r[%d] = __builtin_shufflevector(t, s", a);
        for (int i = 0; i < lanes; i++) printf(", %d", 3 * i + a < 2 * lanes ? i : 3 * i + a - lanes);
        printf(");\n");
    }
    printf("}\n#endif\n");
}

int gen_harmonics(void)
{
    int failed = 0;
    for (int lanes = 2; lanes <= 16; lanes *= 2) split_triples(lanes);
    printf("\n/* Y[l l + l + m] of degrees up to lmax <= %d. */\n", LMAX);
    printf("INLINE void solid(int lmax, vector x, vector y, vector z, vector *Y)\n{\n"
           "    Y[0] = (real)1 - (vector){0};\n");
    for (int l = 1; l <= LMAX; l++) degree(l);
    printf("}\n\n/* g[3 i + a] = dY[i]/dr[a], from the harmonics Y. */\n");
    printf("INLINE void solid_gradient(int lmax, const vector *Y, vector *g)\n{\n"
           "    g[0] = g[1] = g[2] = (vector){0};\n");
    for (int l = 1; l <= LMAX; l++) failed += gradient_degree(l);
    printf("}\n");
    return failed;
}
