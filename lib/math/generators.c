/* Generators of degree l are the Wigner 3j (l, 1, l) but for a factor, which [G_x, G_y] = G_z determines.
 * SPDX-License-Identifier: MIT */
#include "math/generators.h"

#include <math.h>

enum { DIM = 2 * EQF_LMAX + 1 };

eqf_status eqfi_rotation_generators(eqf_context *context, int l, double *generators)
{
    double c[DIM * 3 * DIM], own = 0, commutator = 0;
    int dim = 2 * l + 1;
    if (l == 0) { /* scalars do not turn */
        for (int axis = 0; axis < 3; axis++) generators[axis] = 0;
        return EQF_OK;
    }
    eqf_status status = eqf_wigner_3j(context, EQF_CG_E3NN_05, l, 1, l, c);
    if (status != EQF_OK) return status;
    for (int axis = 0; axis < 3; axis++)
        for (int m = 0; m < dim; m++)
            for (int n = 0; n < dim; n++) generators[(axis * dim + m) * dim + n] = c[(n * 3 + axis) * dim + m];
    const double *gx = generators, *gy = gx + dim * dim, *gz = gy + dim * dim;
    for (int m = 0; m < dim; m++) {
        for (int n = 0; n < dim; n++) {
            double bracket = 0;
            for (int k = 0; k < dim; k++)
                bracket += gx[m * dim + k] * gy[k * dim + n] - gy[m * dim + k] * gx[k * dim + n];
            if (fabs(bracket) <= fabs(commutator)) continue;
            commutator = bracket;
            own = gz[m * dim + n];
        }
    }
    for (int i = 0; i < 3 * dim * dim; i++) generators[i] *= own / commutator;
    return EQF_OK;
}
