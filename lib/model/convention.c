/* SPDX-License-Identifier: MIT */
#include "model/convention.h"

#include <stdlib.h>
#include <string.h>

bool eqfi_is_wigner(const eqfi_array *array, int l[3])
{
    static const char word[] = "_w3j_";
    const char *at = strstr(array->name, word);
    if (at == NULL || array->ndim != 3) return false;
    at += sizeof word - 1;
    for (int d = 0; d < 3; d++) {
        if (*at < '0' || *at > '9') return false;
        char *end;
        long degree = strtol(at, &end, 10);
        if (degree > EQF_LMAX || array->shape[d] != 2 * degree + 1 || *end != (d < 2 ? '_' : '\0')) return false;
        l[d] = (int)degree;
        at = end + 1;
    }
    return abs(l[0] - l[1]) <= l[2] && l[2] <= l[0] + l[1];
}

static double dot(int64_t n, const double *a, const double *b)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

/* The squares of a symbol's elements sum to 1, and the conventions differ by its sign or not at all. */
eqf_status eqfi_convention_of(eqf_context *context, const eqfi_array *array, const int l[3], int *convention,
                              bool *told)
{
    eqf_status status = EQF_OK;
    double *newer = NULL, *older = NULL, *own = NULL;
    size_t n = (size_t)array->count;
    *told = false;
    EQFI_TRY(eqfi_new(context, n, sizeof *newer, (void **)&newer));
    EQFI_TRY(eqfi_new(context, n, sizeof *older, (void **)&older));
    EQFI_TRY(eqfi_new(context, n, sizeof *own, (void **)&own));
    EQFI_TRY(eqf_wigner_3j(context, EQF_CG_E3NN_05, l[0], l[1], l[2], newer));
    EQFI_TRY(eqf_wigner_3j(context, EQF_CG_E3NN_04, l[0], l[1], l[2], older));
    eqfi_array_to_double(array, 0, array->count, own);
    if (dot(array->count, newer, older) < 0) {
        *told = dot(array->count, own, newer) > 0.99 || dot(array->count, own, older) > 0.99;
        if (*told) *convention = dot(array->count, own, newer) > 0 ? EQF_CG_E3NN_05 : EQF_CG_E3NN_04;
    }
fail:
    eqfi_delete(context, newer);
    eqfi_delete(context, older);
    eqfi_delete(context, own);
    return status;
}
