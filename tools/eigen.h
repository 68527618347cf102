/* Eigenvalues of symmetric matrices. SPDX-License-Identifier: MIT */
#ifndef TOOLS_EIGEN_H
#define TOOLS_EIGEN_H

#include <stdbool.h>

/* values: the eigenvalues of the symmetric matrix a[n][n], ascending; row k of vectors[n][n] is the eigenvector of
 * values[k], of length 1. a is overwritten. False if it does not converge, which numbers that are not finite cause. */
bool symmetric_eigen(int n, double *a, double *values, double *vectors);

#endif
