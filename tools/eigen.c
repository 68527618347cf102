/* The cyclic Jacobi method: plane rotations, one for each element below the diagonal, that turn it to zero, until all are
 * (G. H. Golub and C. F. Van Loan, Matrix Computations, section 8.5). It needs more operations than reduction to a
 * tridiagonal matrix, is simpler, and gives small eigenvalues as exactly as large ones. SPDX-License-Identifier: MIT */
#include "eigen.h"

#include <math.h>
#include <string.h>

enum { SWEEPS = 60 };

/* Rows p and q of m become cos p - sin q, sin p + cos q. */
static void rotate_rows(int n, double *m, int p, int q, double cosine, double sine)
{
    double *x = &m[(long)p * n], *y = &m[(long)q * n];
    for (int k = 0; k < n; k++) {
        double a = x[k], b = y[k];
        x[k] = cosine * a - sine * b;
        y[k] = sine * a + cosine * b;
    }
}

/* Makes a[p][q] zero. */
static void rotate(int n, double *a, double *vectors, int p, int q)
{
    double app = a[(long)p * n + p], aqq = a[(long)q * n + q], apq = a[(long)p * n + q];
    double theta = (aqq - app) / (2 * apq);
    double t = copysign(1, theta) / (fabs(theta) + sqrt(1 + theta * theta)); /* the smaller angle */
    double cosine = 1 / sqrt(1 + t * t), sine = t * cosine;
    rotate_rows(n, a, p, q, cosine, sine);
    for (int k = 0; k < n; k++) { /* the columns are the rows, but for the four elements that both have */
        a[(long)k * n + p] = a[(long)p * n + k];
        a[(long)k * n + q] = a[(long)q * n + k];
    }
    a[(long)p * n + p] = app - t * apq;
    a[(long)q * n + q] = aqq + t * apq;
    a[(long)p * n + q] = a[(long)q * n + p] = 0;
    rotate_rows(n, vectors, p, q, cosine, sine);
}

/* Insertion sort by value. */
static void sort(int n, double *values, double *vectors, double *row)
{
    for (int k = 1; k < n; k++) {
        double value = values[k];
        int to = k;
        memcpy(row, &vectors[(long)k * n], (size_t)n * sizeof *row);
        for (; to > 0 && values[to - 1] > value; to--) {
            values[to] = values[to - 1];
            memcpy(&vectors[(long)to * n], &vectors[(long)(to - 1) * n], (size_t)n * sizeof *row);
        }
        values[to] = value;
        memcpy(&vectors[(long)to * n], row, (size_t)n * sizeof *row);
    }
}

bool symmetric_eigen(int n, double *a, double *values, double *vectors)
{
    double largest = 0, off = INFINITY;
    for (long i = 0; i < (long)n * n; i++) {
        if (!isfinite(a[i])) return false;
        largest = fmax(largest, fabs(a[i]));
        vectors[i] = i % (n + 1) == 0;
    }
    for (int sweep = 0; sweep < SWEEPS && off > 0; sweep++) {
        off = 0;
        for (int p = 0; p < n; p++)
            for (int q = p + 1; q < n; q++) {
                if (fabs(a[(long)p * n + q]) <= 1e-18 * largest) continue;
                off = fmax(off, fabs(a[(long)p * n + q]));
                rotate(n, a, vectors, p, q);
            }
    }
    for (int k = 0; k < n; k++) values[k] = a[(long)k * (n + 1)];
    sort(n, values, vectors, a);
    return off <= 0 || n == 0;
}
