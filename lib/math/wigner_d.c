/* Rotations and Wigner D matrices.
 *
 * D^1 is the rotation matrix itself, since the harmonics of degree 1 are (x, y,
 * z); higher degrees follow by coupling with D^1, so that no angles, and none
 * of their singularities, are involved.
 * SPDX-License-Identifier: MIT */
#include "math/wigner_d.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/hash.h"
#include "base/rng.h"

void eqf_rotation_from_angles(double alpha, double beta, double gamma, double *rotation)
{
    double ca = cos(alpha), sa = sin(alpha), cb = cos(beta), sb = sin(beta), cg = cos(gamma), sg = sin(gamma);
    const double inner[9] = {cg, 0.0, sg, sb * sg, cb, -sb * cg, -cb * sg, sb, cb * cg}; /* Rx(beta) Ry(gamma) */
    for (int j = 0; j < 3; j++) {
        rotation[j] = ca * inner[j] + sa * inner[6 + j];
        rotation[3 + j] = inner[3 + j];
        rotation[6 + j] = ca * inner[6 + j] - sa * inner[j];
    }
}

static double determinant(const double *r)
{
    return r[0] * (r[4] * r[8] - r[5] * r[7]) - r[1] * (r[3] * r[8] - r[5] * r[6]) + r[2] * (r[3] * r[7] - r[4] * r[6]);
}

static eqf_status check_orthogonal(eqf_context *context, const double *r)
{
    static const double tolerance = 1e-8;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            double product = r[i] * r[j] + r[3 + i] * r[3 + j] + r[6 + i] * r[6 + j];
            if (!(fabs(product - (i == j)) <= tolerance)) /* NaN as well */
                return eqfi_fail(context, EQF_ERROR_ARGUMENT,
                                 "columns %d and %d of the rotation have product %g, expected %d within %g", i, j,
                                 product, i == j, tolerance);
        }
    return EQF_OK;
}

eqf_status eqf_rotation_to_angles(eqf_context *context, const double *rotation, double *alpha, double *beta,
                                  double *gamma)
{
    eqf_status status = EQF_OK;
    EQFI_CHECK(rotation != NULL && alpha != NULL && beta != NULL && gamma != NULL, EQF_ERROR_ARGUMENT,
               "rotation and the angles must not be NULL");
    EQFI_TRY(check_orthogonal(context, rotation));
    EQFI_CHECK(fabs(determinant(rotation) - 1.0) <= 1e-8, EQF_ERROR_ARGUMENT,
               "determinant of the rotation is %g, expected 1", determinant(rotation));
    const double *r = rotation;
    /* R takes the y axis to (sin a sin b, cos b, cos a sin b); then the first row of Ry(-a) R = Rx(b) Ry(g) is
     * (cos g, 0, sin g), which holds whatever a was chosen where sin b is 0. */
    double a = atan2(r[1], r[7]), ca = cos(a), sa = sin(a);
    *alpha = a;
    *beta = atan2(hypot(r[1], r[7]), r[4]);
    *gamma = atan2(ca * r[2] - sa * r[8], ca * r[0] - sa * r[6]);
fail:
    return status;
}

/* A point of the open unit disc; *index runs over the draws. */
static double draw_in_disc(uint64_t seed, uint64_t stream, uint64_t *index, double point[2])
{
    double square;
    do {
        for (int i = 0; i < 2; i++) point[i] = 2.0 * eqfi_rng_uniform(seed, stream, (*index)++) - 1.0;
        square = point[0] * point[0] + point[1] * point[1];
    } while (square >= 1.0 || square == 0.0);
    return square;
}

/* A unit quaternion by Marsaglia, Ann. Math. Stat. 43 (1972) 645: only sqrt,
 * so that it is the same with every mathematical library. */
void eqf_rotation_random(uint64_t seed, double *rotation)
{
    uint64_t stream = eqfi_hash_text("rotation"), index = 0;
    double first[2], second[2];
    double square1 = draw_in_disc(seed, stream, &index, first);
    double square2 = draw_in_disc(seed, stream, &index, second);
    double scale = sqrt((1.0 - square1) / square2);
    double w = first[0], x = first[1], y = second[0] * scale, z = second[1] * scale;
    const double r[9] = {1 - 2 * (y * y + z * z), 2 * (x * y - w * z),     2 * (x * z + w * y),
                         2 * (x * y + w * z),     1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
                         2 * (x * z - w * y),     2 * (y * z + w * x),     1 - 2 * (x * x + y * y)};
    memcpy(rotation, r, sizeof r);
}

/* Room for one step of the recurrence: [3][2l-1][2l+1] at most. */
enum { STEP = 3 * (2 * EQF_LMAX - 1) * (2 * EQF_LMAX + 1) };

typedef struct workspace {
    double c[STEP], turned1[STEP], turned[STEP];
} workspace;

/* D^l[m][n] = (2l+1) sum C[a][b][m] R[a][a'] D^(l-1)[b][b'] C[a'][b'][n], with
 * C = C(1, l-1, l): the part of degree l of a product of representations. */
static eqf_status raise_degree(eqf_context *context, int l, const double *rotation, const double *lower,
                               workspace *work, double *d)
{
    int rows = 2 * l - 1, columns = 2 * l + 1, slab = rows * columns;
    eqf_status status = eqf_wigner_3j(context, EQF_CG_E3NN_05, 1, l - 1, l, work->c);
    if (status != EQF_OK) return status;
    for (int a = 0; a < 3; a++)
        for (int i = 0; i < slab; i++)
            work->turned1[a * slab + i] = rotation[a] * work->c[i] + rotation[3 + a] * work->c[slab + i] +
                                          rotation[6 + a] * work->c[2 * slab + i];
    memset(work->turned, 0, sizeof work->turned);
    for (int a = 0; a < 3; a++)
        for (int to = 0; to < rows; to++)
            for (int b = 0; b < rows; b++)
                for (int m = 0; m < columns; m++)
                    work->turned[a * slab + to * columns + m] +=
                        lower[b * rows + to] * work->turned1[a * slab + b * columns + m];
    memset(d, 0, sizeof *d * (size_t)(columns * columns));
    for (int i = 0; i < 3 * rows; i++)
        for (int m = 0; m < columns; m++)
            for (int n = 0; n < columns; n++)
                d[m * columns + n] += columns * work->turned[i * columns + m] * work->c[i * columns + n];
    return EQF_OK;
}

eqf_status eqfi_wigner_d(eqf_context *context, int lmax, const double rotation[9], double *d)
{
    eqf_status status = EQF_OK;
    void *block = NULL;
    EQFI_TRY(eqfi_new(context, 1, sizeof(workspace), &block));
    d[0] = 1.0;
    if (lmax >= 1) memcpy(d + 1, rotation, 9 * sizeof *d);
    for (int l = 2; l <= lmax; l++)
        EQFI_TRY(
            raise_degree(context, l, rotation, d + eqfi_wigner_d_offset(l - 1), block, d + eqfi_wigner_d_offset(l)));
fail:
    eqfi_delete(context, block);
    return status;
}

/* All degrees up to lmax in a new array. */
static eqf_status new_wigner_d(eqf_context *context, int lmax, const double *rotation, double **d)
{
    eqf_status status = EQF_OK;
    void *block = NULL;
    EQFI_TRY(eqfi_new(context, (size_t)eqfi_wigner_d_offset(lmax + 1), sizeof **d, &block));
    EQFI_TRY(eqfi_wigner_d(context, lmax, rotation, block));
    *d = block;
    return EQF_OK;
fail:
    eqfi_delete(context, block);
    return status;
}

eqf_status eqf_wigner_d(eqf_context *context, int l, double alpha, double beta, double gamma, double *d)
{
    eqf_status status = EQF_OK;
    double rotation[9], *all = NULL;
    EQFI_CHECK(d != NULL, EQF_ERROR_ARGUMENT, "d must not be NULL");
    EQFI_CHECK(l >= 0 && l <= EQF_LMAX, EQF_ERROR_RANGE, "degree of the Wigner D matrix is %d, expected 0 to %d", l,
               EQF_LMAX);
    EQFI_CHECK(isfinite(alpha) && isfinite(beta) && isfinite(gamma), EQF_ERROR_NOT_FINITE,
               "Euler angles are %g, %g, %g, expected finite numbers", alpha, beta, gamma);
    eqf_rotation_from_angles(alpha, beta, gamma, rotation);
    EQFI_TRY(new_wigner_d(context, l, rotation, &all));
    memcpy(d, all + eqfi_wigner_d_offset(l), sizeof *d * (size_t)((2 * l + 1) * (2 * l + 1)));
fail:
    eqfi_delete(context, all);
    return status;
}

static void rotate_row(const eqf_irreps *irreps, const double *d, bool improper, const double *in, double *out)
{
    for (int i = 0; i < eqf_irreps_blocks(irreps); i++) {
        const eqf_irreps_block *block = eqf_irreps_block_at(irreps, i);
        if (block->mul == 0) continue; /* lmax leaves its degree out */
        int size = 2 * block->irrep.l + 1;
        const double *matrix = d + eqfi_wigner_d_offset(block->irrep.l);
        double sign = improper ? block->irrep.p : 1.0;
        for (int u = 0; u < block->mul; u++) {
            size_t at = (size_t)block->offset + (size_t)u * (size_t)size;
            double turned[2 * EQF_LMAX + 1]; /* in may be out */
            for (int m = 0; m < size; m++) {
                double sum = 0.0;
                for (int n = 0; n < size; n++) sum += matrix[m * size + n] * in[at + (size_t)n];
                turned[m] = sign * sum;
            }
            memcpy(out + at, turned, sizeof *out * (size_t)size);
        }
    }
}

eqf_status eqf_irreps_rotate(eqf_context *context, const eqf_irreps *irreps, const double *rotation, int64_t rows,
                             const double *in, double *out)
{
    eqf_status status = EQF_OK;
    double proper[9], *d = NULL;
    EQFI_CHECK(irreps != NULL && rotation != NULL, EQF_ERROR_ARGUMENT, "irreps and rotation must not be NULL");
    EQFI_CHECK(rows >= 0, EQF_ERROR_ARGUMENT, "number of rows is %lld, expected 0 or more", (long long)rows);
    EQFI_CHECK(rows == 0 || eqf_irreps_dim(irreps) == 0 || (in != NULL && out != NULL), EQF_ERROR_ARGUMENT,
               "in and out must not be NULL");
    EQFI_TRY(check_orthogonal(context, rotation));
    bool improper = determinant(rotation) < 0.0;
    for (int i = 0; i < 9; i++) proper[i] = improper ? -rotation[i] : rotation[i];
    int lmax = eqf_irreps_lmax(irreps);
    EQFI_TRY(new_wigner_d(context, lmax > 0 ? lmax : 0, proper, &d));
    size_t dim = (size_t)eqf_irreps_dim(irreps);
    for (int64_t row = 0; row < rows && dim > 0; row++) {
        size_t at = (size_t)row * dim;
        rotate_row(irreps, d, improper, in + at, out + at);
    }
fail:
    eqfi_delete(context, d);
    return status;
}
