/* libequiformer: parameters - a store of named arrays.
 *
 * Names are those of published checkpoints ("blocks.0.ga.alpha_dot"). A store is filled by one owner and then shared:
 * what retains it sees it unchanged until the owner edits it, which needs a store that nobody else retains
 * (eqf_parameters_copy makes one).
 * SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_PARAMETERS_H
#define EQUIFORMER_PARAMETERS_H

#include <equiformer/context.h>

typedef struct eqf_parameters eqf_parameters;

#define EQF_PARAMETER_NDIM 4

/* What a parameter is for; values may be combined. */
typedef enum eqf_parameter_flags {
    EQF_PARAMETER_TRAINABLE = 1, /* counts, and receives gradients */
    EQF_PARAMETER_DECAY = 2      /* subject to weight decay in the published recipes */
} eqf_parameter_flags;

typedef struct eqf_parameter_info {
    const char *name; /* borrowed from the store */
    int ndim;         /* 1..EQF_PARAMETER_NDIM */
    int64_t shape[EQF_PARAMETER_NDIM];
    int64_t count;  /* product of the shape */
    unsigned flags; /* of eqf_parameter_flags */
} eqf_parameter_info;

EQF_BEGIN_DECLS

/* An empty store whose numbers have this precision. Since 0.1. */
EQF_API eqf_status eqf_parameters_create(eqf_context *context, eqf_precision precision, eqf_parameters **parameters);
EQF_API eqf_parameters *eqf_parameters_retain(const eqf_parameters *parameters); /* never fails. Since 0.1. */
EQF_API void eqf_parameters_free(eqf_parameters *parameters);                    /* NULL is fine. Since 0.1. */

/* A store of one's own with the same arrays in the given precision. Since 0.1. */
EQF_API eqf_status eqf_parameters_copy(eqf_context *context, const eqf_parameters *parameters, eqf_precision precision,
                                       eqf_parameters **copy);

/* Adds an array of zeros. A name that is there already is EQF_ERROR_ARGUMENT, a store that is shared EQF_ERROR_STATE.
 * Since 0.1. */
EQF_API eqf_status eqf_parameters_add(eqf_context *context, eqf_parameters *parameters, const eqf_parameter_info *info);

EQF_API eqf_precision eqf_parameters_precision(const eqf_parameters *parameters); /* Since 0.1. */
EQF_API int eqf_parameters_arrays(const eqf_parameters *parameters);              /* number of arrays. Since 0.1. */
EQF_API int64_t
eqf_parameters_elements(const eqf_parameters *parameters); /* elements of trainable arrays. Since 0.1. */

/* Index of a name, -1 if there is none. Since 0.1. */
EQF_API int eqf_parameters_find(const eqf_parameters *parameters, const char *name);

/* 0 <= i < eqf_parameters_arrays, else EQF_ERROR_RANGE. Since 0.1. */
EQF_API eqf_status eqf_parameters_info(eqf_context *context, const eqf_parameters *parameters, int i,
                                       eqf_parameter_info *info);

/* All elements of array i, row-major. Set refuses a shared store (EQF_ERROR_STATE). Since 0.1. */
EQF_API eqf_status eqf_parameters_get(eqf_context *context, const eqf_parameters *parameters, int i, double *values);
EQF_API eqf_status eqf_parameters_set(eqf_context *context, eqf_parameters *parameters, int i, const double *values);

EQF_END_DECLS

#endif
