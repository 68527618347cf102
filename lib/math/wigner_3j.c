/* Wigner 3j symbols in the real basis, from exact integers.
 *
 * Racah's sum for <l1 i l2 k | l3 n>, written with binomials of a = l1+l2-l3, b =
 * l1-l2+l3, c = -l1+l2+l3, is an integer times a square root:
 *
 *     S(i, k) = sum_s (-1)^s (a over s) (b over l1-i-s) (c over l2+k-s)
 *     <..|..>^2 = S^2 (2l3+1) prod (l+m)! (l-m)! / (a! b! c! (l1+l2+l3+1)!)
 *
 * |S| < 2^33, and all complex terms of one real element share the root, so
 * that the element is an integer times one root: nothing cancels in floating
 * point, and zeros are exact.
 * SPDX-License-Identifier: MIT */
#include <equiformer/wigner.h>

#include <math.h>
#include <stdlib.h>

#include "base/context.h"

enum { TOP = 2 * EQF_LMAX };

typedef struct triple {
    int l1, l2, l3;
    int64_t binomial[TOP + 1][TOP + 1];
    double factorial[3 * EQF_LMAX + 2];
    double denominator; /* a! b! c! (l1+l2+l3+1)! */
} triple;

static void triple_init(triple *t, int l1, int l2, int l3)
{
    t->l1 = l1;
    t->l2 = l2;
    t->l3 = l3;
    for (int n = 0; n <= TOP; n++)
        for (int k = 0; k <= n; k++)
            t->binomial[n][k] = k == 0 || k == n ? 1 : t->binomial[n - 1][k - 1] + t->binomial[n - 1][k];
    t->factorial[0] = 1.0;
    for (int n = 1; n < 3 * EQF_LMAX + 2; n++) t->factorial[n] = n * t->factorial[n - 1];
    t->denominator = t->factorial[l1 + l2 - l3] * t->factorial[l1 - l2 + l3] * t->factorial[-l1 + l2 + l3] *
                     t->factorial[l1 + l2 + l3 + 1];
}

static int64_t racah_sum(const triple *t, int i, int k)
{
    int a = t->l1 + t->l2 - t->l3, b = t->l1 - t->l2 + t->l3, c = -t->l1 + t->l2 + t->l3;
    int64_t sum = 0;
    for (int s = 0; s <= a; s++) {
        int u = t->l1 - i - s, v = t->l2 + k - s;
        if (u < 0 || u > b || v < 0 || v > c) continue;
        int64_t term = t->binomial[a][s] * t->binomial[b][u] * t->binomial[c][v];
        sum += s % 2 == 0 ? term : -term;
    }
    return sum;
}

/* Quarter turns in the phase of (-i)^l q[complex][real], which is non-zero for
 * |complex| = |real|: 1, -i (complex < 0); 1 (0); 1, i times (-1)^m (> 0). */
static int quarter_turns(int l, int complex_m, int real_m)
{
    int turns = -l;
    if (complex_m < 0 && real_m < 0) turns -= 1;
    if (complex_m > 0) turns += 2 * complex_m + (real_m < 0);
    return turns;
}

/* The integer factor of C[m1][m2][m3]: the terms +-m1, +-m2 of the complex sum. */
static int64_t integer_factor(const triple *t, int m1, int m2, int m3)
{
    int64_t sum = 0;
    for (int flip1 = 0; flip1 <= (m1 != 0); flip1++)
        for (int flip2 = 0; flip2 <= (m2 != 0); flip2++) {
            int i = flip1 ? -m1 : m1, k = flip2 ? -m2 : m2, n = i + k;
            if (abs(n) != abs(m3)) continue;
            int turns = quarter_turns(t->l1, i, m1) + quarter_turns(t->l2, k, m2) - quarter_turns(t->l3, n, m3);
            if (turns % 2 != 0) continue; /* imaginary */
            sum += turns % 4 == 0 ? racah_sum(t, i, k) : -racah_sum(t, i, k);
        }
    return sum;
}

static double element(const triple *t, int m1, int m2, int m3)
{
    int64_t integer = integer_factor(t, m1, m2, m3);
    if (integer == 0) return 0.0;
    const double *f = t->factorial;
    /* Each m other than 0 brings 1/sqrt(2) from q. */
    double numerator = (m1 != 0 ? 0.5 : 1.0) * (m2 != 0 ? 0.5 : 1.0) * (m3 != 0 ? 0.5 : 1.0);
    numerator *= f[t->l1 + m1] * f[t->l1 - m1] * f[t->l2 + m2] * f[t->l2 - m2] * f[t->l3 + m3] * f[t->l3 - m3];
    return (double)integer * sqrt(numerator / t->denominator);
}

static void swap_if_greater(int *a, int *b)
{
    int low = *a < *b ? *a : *b, high = *a < *b ? *b : *a;
    *a = low;
    *b = high;
}

/* Whether e3nn 0.4 has the other sign. With l's ascending it wants the centre,
 * or where that vanishes (odd l1+l2+l3) the first non-zero element, positive;
 * for even l1+l2+l3 the centre is an integral of three polar harmonics,
 * positive in both. Other orders follow from the permutation rule, common to
 * both. */
static bool opposite_in_e3nn_04(int l1, int l2, int l3)
{
    if ((l1 + l2 + l3) % 2 == 0) return false;
    swap_if_greater(&l1, &l2);
    swap_if_greater(&l2, &l3);
    swap_if_greater(&l1, &l2);
    triple t;
    triple_init(&t, l1, l2, l3);
    for (int m1 = -l1; m1 <= l1; m1++)
        for (int m2 = -l2; m2 <= l2; m2++)
            for (int m3 = -l3; m3 <= l3; m3++) {
                int64_t integer = integer_factor(&t, m1, m2, m3);
                if (integer != 0) return integer < 0;
            }
    return false;
}

eqf_status eqf_wigner_3j(eqf_context *context, eqf_cg_convention convention, int l1, int l2, int l3, double *c)
{
    eqf_status status = EQF_OK;
    EQFI_CHECK(c != NULL, EQF_ERROR_ARGUMENT, "c must not be NULL");
    EQFI_CHECK(convention == EQF_CG_E3NN_05 || convention == EQF_CG_E3NN_04, EQF_ERROR_ARGUMENT,
               "convention of the 3j symbols is %d, expected 0 or 1", (int)convention);
    EQFI_CHECK(l1 >= 0 && l1 <= EQF_LMAX && l2 >= 0 && l2 <= EQF_LMAX && l3 >= 0 && l3 <= EQF_LMAX, EQF_ERROR_RANGE,
               "degrees of a 3j symbol are %d, %d, %d, expected 0 to %d", l1, l2, l3, EQF_LMAX);
    EQFI_CHECK(l3 >= abs(l1 - l2) && l3 <= l1 + l2, EQF_ERROR_RANGE,
               "degree l3 of a 3j symbol is %d, expected %d to %d for l1 = %d and l2 = %d", l3, abs(l1 - l2), l1 + l2,
               l1, l2);
    triple t;
    triple_init(&t, l1, l2, l3);
    double sign = convention == EQF_CG_E3NN_04 && opposite_in_e3nn_04(l1, l2, l3) ? -1.0 : 1.0;
    for (int m1 = -l1; m1 <= l1; m1++)
        for (int m2 = -l2; m2 <= l2; m2++)
            for (int m3 = -l3; m3 <= l3; m3++) *c++ = sign * element(&t, m1, m2, m3);
fail:
    return status;
}
