/* What hessian, relax and md have in common: a model, and the one structure to which they apply it.
 * SPDX-License-Identifier: MIT */
#ifndef TOOLS_JOB_H
#define TOOLS_JOB_H

#include <stdbool.h>

#include <equiformer/calculator.h>
#include <equiformer/structure.h>

#include "units.h"

typedef struct job {
    const char *command;
    eqf_context *context;
    eqf_model *model;
    eqf_calculator *calculator;
    eqf_precision precision; /* of the computation */
    units units;
    eqf_structure frame; /* with arrays of its own; positions, cell and forces point to those below */
    int64_t natoms;
    int *atomic_numbers, *tags; /* [natoms]; tags NULL without */
    double *positions, *forces; /* [natoms][3] */
    double *masses;             /* [natoms], in unified atomic mass units */
} job;

/* Loads a model and the first frame of a structure file. precision -1 is that of the model file. Returns EXIT_SUCCESS, or
 * fails after saying why. */
int job_open(job *j, const char *command, const char *model, const char *structure, int precision, int threads);
void job_close(job *j);

/* The frame as the calculator takes it, at other positions if they are not NULL. */
eqf_system job_system(const job *j, const double *positions);

/* Says what went wrong in the library, or that memory is exhausted. */
int job_fail(const job *j, eqf_status status);
int job_fail_memory(const job *j);

#endif
