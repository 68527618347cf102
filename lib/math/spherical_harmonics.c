/* Spherical harmonics by recurrences in the degree.
 *
 * With the y axis as pole, Y_lm = p_lm(y, r^2) Re (z + ix)^m for m >= 0 and
 * p_l|m| Im (z + ix)^|m| for m < 0, where r^(m-l) p_lm is the associated
 * Legendre function over sin^m, normalised to mean square 1 over the sphere.
 * SPDX-License-Identifier: MIT */
#include "math/spherical_harmonics.h"

#include <math.h>

#include <equiformer/wigner.h>

#include "base/context.h"

static const double four_pi = 12.566370614359172953850573533118;

/* Column by column in m, upwards in l: Holmes and Featherstone, J. Geodesy 76
 * (2002) 279, eqs. 11-13, made homogeneous by r^2. */
void eqfi_solid_harmonics(int lmax, const double xyz[3], double *y)
{
    double height = xyz[1], r2 = xyz[0] * xyz[0] + xyz[1] * xyz[1] + xyz[2] * xyz[2];
    double re = 1.0, im = 0.0, sectoral = 1.0;
    for (int m = 0; m <= lmax; m++) {
        double before = 0.0, p = sectoral;
        for (int l = m; l <= lmax; l++) {
            int center = l * l + l;
            y[center - m] = p * im;
            y[center + m] = p * re; /* last: for m = 0 both are the same place */
            double up = (double)(l + 1 - m) * (l + 1 + m);
            double a = sqrt((2.0 * l + 1.0) * (2.0 * l + 3.0) / up);
            double b = l > m ? sqrt((2.0 * l + 3.0) * (l + m) * (l - m) / (up * (2.0 * l - 1.0))) : 0.0;
            double next = a * height * p - b * r2 * before;
            before = p;
            p = next;
        }
        double re_next = re * xyz[2] - im * xyz[0];
        im = re * xyz[0] + im * xyz[2];
        re = re_next;
        sectoral *= sqrt((2.0 * m + 3.0) / (m == 0 ? 1.0 : 2.0 * m + 2.0));
    }
}

/* The gradient of a solid harmonic of degree l is a vector of solid harmonics
 * of degree l - 1, so that by Schur's lemma g = k C(1, l, l-1); both are positive
 * for a = y, m = n = 0. From Laplacian(Y^2) = 2 |grad Y|^2 and sum_m Y_lm^2 =
 * (2l+1) r^(2l): sum_m |grad Y_lm|^2 = l (2l+1)^2 r^(2l-2); from the
 * orthogonality of C it is k^2 r^(2l-2). */
eqf_status eqfi_solid_harmonics_gradient(eqf_context *context, int l, double *g)
{
    eqf_status status = EQF_OK;
    EQFI_CHECK(l >= 1 && l <= EQF_LMAX, EQF_ERROR_RANGE, "degree of the gradient is %d, expected 1 to %d", l, EQF_LMAX);
    EQFI_TRY(eqf_wigner_3j(context, EQF_CG_E3NN_05, 1, l, l - 1, g));
    double k = (2 * l + 1) * sqrt(l);
    for (int i = 0; i < 3 * (2 * l + 1) * (2 * l - 1); i++) g[i] *= k;
fail:
    return status;
}

double eqfi_harmonics_factor(eqf_harmonics normalization, int l)
{
    switch (normalization) {
    case EQF_HARMONICS_NORM: return 1.0 / sqrt(2.0 * l + 1.0);
    case EQF_HARMONICS_INTEGRAL: return 1.0 / sqrt(four_pi);
    case EQF_HARMONICS_COMPONENT: break;
    }
    return 1.0;
}

eqf_status eqf_spherical_harmonics(eqf_context *context, int lmax, eqf_harmonics normalization, int normalize,
                                   int64_t n, const double *xyz, double *y)
{
    static const double shortest = 1e-12;
    eqf_status status = EQF_OK;
    double factor[EQF_LMAX + 1];
    EQFI_CHECK(lmax >= 0 && lmax <= EQF_LMAX, EQF_ERROR_RANGE, "lmax is %d, expected 0 to %d", lmax, EQF_LMAX);
    EQFI_CHECK(normalization == EQF_HARMONICS_COMPONENT || normalization == EQF_HARMONICS_NORM ||
                   normalization == EQF_HARMONICS_INTEGRAL,
               EQF_ERROR_ARGUMENT, "normalization of the spherical harmonics is %d, expected 0 to 2",
               (int)normalization);
    EQFI_CHECK(n >= 0, EQF_ERROR_ARGUMENT, "number of vectors is %lld, expected 0 or more", (long long)n);
    EQFI_CHECK(n == 0 || (xyz != NULL && y != NULL), EQF_ERROR_ARGUMENT, "xyz and y must not be NULL");
    for (int l = 0; l <= lmax; l++) factor[l] = eqfi_harmonics_factor(normalization, l);
    int columns = (lmax + 1) * (lmax + 1);
    for (int64_t i = 0; i < n; i++, xyz += 3, y += columns) {
        double r = normalize ? fmax(hypot(hypot(xyz[0], xyz[1]), xyz[2]), shortest) : 1.0;
        double at[3] = {xyz[0] / r, xyz[1] / r, xyz[2] / r};
        eqfi_solid_harmonics(lmax, at, y);
        for (int l = 0; l <= lmax; l++)
            for (int k = l * l; k < (l + 1) * (l + 1); k++) y[k] *= factor[l];
    }
fail:
    return status;
}
