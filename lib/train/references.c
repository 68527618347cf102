/* Energies of single atoms by least squares.
 *
 * The numbers of atoms of each element are the rows of a matrix, which rotations bring into triangular form one row after
 * the other (W. M. Gentleman, J. Inst. Maths Applics 12 (1973) 329), so that samples are seen once and nothing is squared.
 * The singular values of the triangle come from rotations of its columns (M. R. Hestenes, J. SIAM 6 (1958) 51); without
 * those that are 0 the solution has the smallest norm. SPDX-License-Identifier: MIT */
#include "train/dataset.h"

#include <math.h>
#include <string.h>

enum { ELEMENTS = 119, SWEEPS = 60 };

#define RANK_TOLERANCE 1e-11 /* of the largest singular value: below, it is 0 */

/* A triangle and its right side, for the elements that were seen. */
typedef struct problem {
    int n;
    int element[ELEMENTS];        /* atomic number of a column */
    int column[ELEMENTS];         /* of an atomic number, -1: not seen */
    double r[ELEMENTS][ELEMENTS]; /* columns x rows: column j of the triangle is r[j] */
    double right[ELEMENTS];
    double vectors[ELEMENTS][ELEMENTS]; /* columns x rows */
} problem;

static int column_of(problem *p, int element)
{
    if (p->column[element] < 0) {
        p->element[p->n] = element;
        p->column[element] = p->n++;
    }
    return p->column[element];
}

/* Rotates a row into the triangle; it is used up. Columns that are seen later are zero in the rows before. */
static void add_row(problem *p, double *row, double right)
{
    for (int i = 0; i < p->n; i++) {
        if (row[i] == 0) continue;
        double length = hypot(p->r[i][i], row[i]);
        double cosine = p->r[i][i] / length, sine = row[i] / length;
        for (int j = i; j < p->n; j++) {
            double above = p->r[j][i];
            p->r[j][i] = cosine * above + sine * row[j];
            row[j] = cosine * row[j] - sine * above;
        }
        double above = p->right[i];
        p->right[i] = cosine * above + sine * right;
        right = cosine * right - sine * above;
    }
}

static double dot(int n, const double *x, const double *y)
{
    double sum = 0;
    for (int i = 0; i < n; i++) sum += x[i] * y[i];
    return sum;
}

static void rotate(int n, double *x, double *y, double cosine, double sine)
{
    for (int i = 0; i < n; i++) {
        double a = x[i], b = y[i];
        x[i] = cosine * a - sine * b;
        y[i] = sine * a + cosine * b;
    }
}

/* Makes the columns of r orthogonal: r vectors. */
static void orthogonalise(problem *p)
{
    int n = p->n;
    bool done = false;
    for (int j = 0; j < n; j++) p->vectors[j][j] = 1;
    for (int sweep = 0; sweep < SWEEPS && !done; sweep++) {
        done = true;
        for (int i = 0; i < n; i++)
            for (int j = i + 1; j < n; j++) {
                double a = dot(n, p->r[i], p->r[i]), b = dot(n, p->r[j], p->r[j]), c = dot(n, p->r[i], p->r[j]);
                if (fabs(c) <= 1e-15 * sqrt(a * b)) continue;
                done = false;
                double theta = (b - a) / (2 * c);
                double t = copysign(1, theta) / (fabs(theta) + sqrt(1 + theta * theta));
                double cosine = 1 / sqrt(1 + t * t);
                rotate(n, p->r[i], p->r[j], cosine, t * cosine);
                rotate(n, p->vectors[i], p->vectors[j], cosine, t * cosine);
            }
    }
}

static void solve(problem *p, double references[ELEMENTS])
{
    orthogonalise(p);
    double largest = 0, solution[ELEMENTS] = {0};
    for (int j = 0; j < p->n; j++) largest = fmax(largest, sqrt(dot(p->n, p->r[j], p->r[j])));
    for (int j = 0; j < p->n; j++) {
        double square = dot(p->n, p->r[j], p->r[j]);
        if (sqrt(square) <= RANK_TOLERANCE * largest) continue;
        double part = dot(p->n, p->r[j], p->right) / square;
        for (int i = 0; i < p->n; i++) solution[i] += part * p->vectors[j][i];
    }
    memset(references, 0, ELEMENTS * sizeof *references);
    for (int i = 0; i < p->n; i++) references[p->element[i]] = solution[i];
}

static eqf_status add_samples(eqf_context *context, const eqf_dataset *dataset, problem *p)
{
    eqf_status status = EQF_OK;
    for (int64_t i = 0, n = eqf_dataset_samples(dataset); i < n; i++) {
        eqf_sample sample = EQF_SAMPLE_INIT;
        EQFI_TRY(eqf_dataset_get(context, dataset, i, &sample));
        const eqf_structure *s = sample.structure;
        EQFI_CHECK(s->has_energy, EQF_ERROR_NOT_FOUND,
                   "%s: frame %lld: it has no energy, expected one to fit energies of atoms to", sample.source,
                   (long long)sample.frame);
        double row[ELEMENTS] = {0};
        for (int64_t k = 0; k < s->natoms; k++) row[column_of(p, s->atomic_numbers[k])]++;
        add_row(p, row, s->energy);
    }
fail:
    return status;
}

eqf_status eqf_dataset_fit_references(eqf_context *context, const eqf_dataset *dataset, double references[ELEMENTS])
{
    if (context == NULL) return EQF_ERROR_ARGUMENT;
    eqf_status status = EQF_OK;
    problem *p = NULL;
    EQFI_CHECK(dataset != NULL && references != NULL, EQF_ERROR_ARGUMENT, "dataset or references is NULL");
    EQFI_TRY(eqfi_new(context, 1, sizeof *p, (void **)&p));
    for (int i = 0; i < ELEMENTS; i++) p->column[i] = -1;
    EQFI_TRY(add_samples(context, dataset, p));
    solve(p, references);
fail:
    eqfi_delete(context, p);
    return status;
}
