/* Whether a structure is fit to be a sample. SPDX-License-Identifier: MIT */
#include "train/dataset.h"

#include <math.h>
#include <stdio.h>

/* Fails at the label with "SOURCE: frame I: ..."; needs context, status, source and frame. */
#define CHECK_FRAME(condition, code, ...)                                                                              \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            char sentence[256];                                                                                        \
            snprintf(sentence, sizeof sentence, __VA_ARGS__);                                                          \
            status = eqfi_fail(context, (code), "%s: frame %lld: %s", source, (long long)frame, sentence);             \
            goto fail;                                                                                                 \
        }                                                                                                              \
    } while (0)

static eqf_status check_labels(eqf_context *context, const eqfi_record *record, const eqfi_limits *limits,
                               const char *source, int64_t frame)
{
    eqf_status status = EQF_OK;
    static const char *const names[] = {"energy", "forces", "stress", "positions after relaxation"};
    unsigned missing = limits->labels & ~eqfi_record_labels(record);
    for (int i = 0; i < 4; i++) {
        const char *key = i < 3 ? limits->keys[i] : NULL;
        CHECK_FRAME((missing & 1u << i) == 0, EQF_ERROR_NOT_FOUND, "it has no %s%s%.60s%s", names[i],
                    key != NULL ? ", expected '" : "", key != NULL ? key : "", key != NULL ? "'" : "");
    }
fail:
    return status;
}

static eqf_status check_finite(eqf_context *context, const char *what, int64_t n, const double *values,
                               const char *source, int64_t frame)
{
    eqf_status status = EQF_OK;
    for (int64_t i = 0; values != NULL && i < n; i++)
        CHECK_FRAME(isfinite(values[i]), EQF_ERROR_NOT_FINITE, "number %lld of its %s is %g, expected a finite number",
                    (long long)i, what, values[i]);
fail:
    return status;
}

/* What readers of files see to, and hosts may not. */
static eqf_status check_numbers(eqf_context *context, const eqfi_record *record, const char *source, int64_t frame)
{
    eqf_status status = EQF_OK;
    const eqf_structure *s = &record->structure;
    bool has_cell = false;
    for (int64_t i = 0; i < s->natoms; i++)
        CHECK_FRAME(s->atomic_numbers[i] >= 1 && s->atomic_numbers[i] <= 118, EQF_ERROR_RANGE,
                    "the atomic number of atom %lld is %d, expected 1 to 118", (long long)i, s->atomic_numbers[i]);
    EQFI_TRY(check_finite(context, "positions", 3 * s->natoms, s->positions, source, frame));
    EQFI_TRY(check_finite(context, "forces", 3 * s->natoms, s->forces, source, frame));
    EQFI_TRY(check_finite(context, "relaxed positions", 3 * s->natoms, record->relaxed, source, frame));
    EQFI_TRY(check_finite(context, "cell", 9, s->cell, source, frame));
    EQFI_TRY(check_finite(context, "energy", 1, &s->energy, source, frame));
    EQFI_TRY(check_finite(context, "stress", 9, s->stress, source, frame));
    for (int i = 0; i < 9; i++) has_cell = has_cell || s->cell[i] != 0;
    CHECK_FRAME(has_cell || !(s->pbc[0] || s->pbc[1] || s->pbc[2]), EQF_ERROR_ARGUMENT,
                "it is periodic without a cell");
fail:
    return status;
}

static eqf_status check_forces(eqf_context *context, const eqfi_record *record, const eqfi_limits *limits,
                               const char *source, int64_t frame)
{
    eqf_status status = EQF_OK;
    const eqf_structure *s = &record->structure;
    for (int64_t i = 0; s->forces != NULL && i < 3 * s->natoms; i++)
        CHECK_FRAME(fabs(s->forces[i]) <= limits->force_max, EQF_ERROR_RANGE,
                    "%c of the force on atom %lld (%s) is %.6g %s/%s, expected %.6g at most", "xyz"[i % 3],
                    (long long)(i / 3), eqf_element_symbol(s->atomic_numbers[i / 3]), s -> forces[i],
                    limits -> energy_unit, limits -> length_unit, limits -> force_max);
fail:
    return status;
}

static eqf_status check_distances(eqf_context *context, const eqfi_record *record, const eqfi_limits *limits,
                                  eqf_neighbors *neighbors, const char *source, int64_t frame)
{
    eqf_status status = EQF_OK;
    const eqf_structure *s = &record->structure;
    eqf_edges edges;
    if (limits->distance_min < 0) return EQF_OK;
    status = eqf_neighbors_find(context, neighbors, limits->distance_min, s->natoms, s->positions, 1, NULL, s->cell,
                                s->pbc, &edges);
    CHECK_FRAME(status == EQF_OK, status, "%.200s", eqf_context_message(context));
    CHECK_FRAME(edges.coincident == 0, EQF_ERROR_RANGE, "two of its atoms are at the same place");
    if (edges.count == 0) return EQF_OK;
    const double *v = edges.vector;
    CHECK_FRAME(false, EQF_ERROR_RANGE, "atoms %d and %d%s are %.3g %s apart, expected %.3g at least", edges.dst[0],
                edges.src[0], edges.shift[0] || edges.shift[1] || edges.shift[2] ? " (in another cell)" : "",
                sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]), limits->length_unit, limits->distance_min);
fail:
    return status;
}

eqf_status eqfi_record_check(eqf_context *context, const eqfi_record *record, const eqfi_limits *limits,
                             eqf_neighbors *neighbors, const char *source, int64_t frame)
{
    eqf_status status = EQF_OK;
    CHECK_FRAME(record->structure.natoms > 0, EQF_ERROR_ARGUMENT, "it has no atoms");
    EQFI_TRY(check_labels(context, record, limits, source, frame));
    EQFI_TRY(check_numbers(context, record, source, frame));
    EQFI_TRY(check_forces(context, record, limits, source, frame));
    EQFI_TRY(check_distances(context, record, limits, neighbors, source, frame));
fail:
    return status;
}
