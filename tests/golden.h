/* The golden runner: every case of safetensors files of expected arrays, whatever files these are.
 *
 *     golden.c           command line, directories, lines and totals
 *     golden_file.c      one file: which cases it has, of which kind
 *     golden_case.c      what all cases use: arrays, configuration, parameters, failing
 *     golden_compare.c   errors and tolerances
 *     golden_function.c  a module as a function: value, gradients, derivatives of gradients
 *     golden_so3.c golden_tp.c golden_nn.c golden_blocks.c golden_model.c golden_train.c   the kinds
 *
 * A case keeps its first failure; helpers do nothing once it has failed, and GOLDEN_TRY does not make its call. What a
 * case owns (irreps, arrays that were read) is freed with it.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_GOLDEN_H
#define TESTS_GOLDEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <equiformer/equiformer.h>

#include <jansson.h>

#include "base/context.h"
#include "io/safetensors.h"

enum { GOLDEN_NAME_SIZE = 512, GOLDEN_MESSAGE_SIZE = 1024 };

/* Names of cases to run, as shell patterns; each must match one. */
typedef struct golden_list {
    char **patterns;
    bool *matched;
    int n;
} golden_list;

typedef struct golden_session {
    eqf_context *context;
    eqf_precision precision;
    bool values_only, separate;
    golden_list list; /* empty: all cases */
    int passed, failed;
} golden_session;

typedef struct golden_file {
    golden_session *session;
    const char *name; /* path below the directory that was given, without suffix */
    eqfi_safetensors *data;
    bool *used; /* by array */
    eqf_cg_convention convention;
} golden_file;

typedef struct golden_case {
    golden_file *file;
    eqf_context *context;
    const char *name; /* its arrays are NAME/..; "" in a file of one model */
    const json_t *config;
    eqf_precision precision; /* of the computation, hence of the tolerance */
    bool values_only;
    bool by_rows; /* errors are relative to rows (function cases) or to arrays */
    eqf_irreps **irreps;
    int n_irreps;
    double **arrays;
    int n_arrays;
    int compared;
    double worst, allowed; /* the error that is the largest fraction of its tolerance, and that tolerance */
    double ratio;          /* the fraction; above 1 the case fails */
    char worst_name[GOLDEN_NAME_SIZE];
    char message[GOLDEN_MESSAGE_SIZE]; /* "" as long as all is well */
} golden_case;

typedef void (*golden_body)(golden_case *c);

/* Tolerances differ by the order of differentiation; what training leads to has its own, in float64 alone. */
typedef enum golden_order {
    GOLDEN_VALUE = 0,
    GOLDEN_FIRST = 1,
    GOLDEN_SECOND = 2,
    GOLDEN_LOSS = 3,
    GOLDEN_WEIGHT = 4
} golden_order;

/* ---------------------------------------------------------------------------------------------- golden.c and _file -- */

/* Runs a case unless the list leaves it out, prints its line and counts it. */
void golden_run(golden_file *file, const char *name, const json_t *config, golden_body body);

/* A line FAIL and a count for what is wrong beyond cases. */
void golden_report(golden_session *session, const char *file, const char *name, const char *message);

/* Runs all cases of a file. name is the path to print. */
void golden_run_file(golden_session *session, const char *path, const char *name);

void *golden_new(size_t count, size_t size); /* zeroed; ends the program if there is no memory */

/* ---------------------------------------------------------------------------------------------------- golden_case.c -- */

void golden_fail(golden_case *c, const char *format, ...) EQFI_PRINTF(2, 3);
static inline bool golden_good(const golden_case *c) { return c->message[0] == '\0'; }
bool golden_check_status(golden_case *c, eqf_status status);

/* Makes a call unless the case has failed; true if all is well afterwards. */
#define GOLDEN_TRY(c, call) golden_check_status((c), golden_good(c) ? (call) : EQF_OK)

/* Fails the case unless a condition holds; a condition that holds counts as a comparison. */
#define GOLDEN_EXPECT(c, condition, ...)                                                                               \
    do {                                                                                                               \
        (c)->compared++;                                                                                               \
        if (!(condition)) golden_fail((c), __VA_ARGS__);                                                               \
    } while (0)

/* Values of the configuration; what is missing or of another type fails the case and is NULL or 0. */
const char *golden_text(golden_case *c, const char *key);
int golden_int(golden_case *c, const char *key);
double golden_number(golden_case *c, const char *key);
bool golden_flag(golden_case *c, const char *key);
bool golden_has(const golden_case *c, const char *key);
eqf_irreps *golden_irreps(golden_case *c, const char *key);     /* owned by the case */
eqf_irreps *golden_irreps_of(golden_case *c, const char *text); /* owned by the case */
int *golden_ints(golden_case *c, const char *key, int *n);      /* owned by the case */

/* The text of irreps; good for a few more calls. */
const char *golden_format(const eqf_irreps *irreps);

/* Whether irreps are written as `text`, else the case fails saying that `what` is otherwise. */
void golden_expect_irreps(golden_case *c, const char *what, const eqf_irreps *irreps, const char *text);

/* Arrays by their name in the case. Found ones count as used; find returns NULL if there is none, read fails the case
 * then. count < 0 is any number of elements. What is read belongs to the case. */
const eqfi_array *golden_find(golden_case *c, const char *leaf);
double *golden_read(golden_case *c, const char *leaf, int64_t count);
int32_t *golden_read_ints(golden_case *c, const char *leaf, int64_t count);
double *golden_read_from_file(golden_case *c, const char *name, int64_t count);
double *golden_doubles(golden_case *c, int64_t count); /* zeros, owned by the case */
int64_t golden_rows(const eqfi_array *array);          /* first dimension, 1 without dimensions */

/* Sets parameters from the arrays PREFIX + name. Those of size zero and derived buffers are passed over; superfluous,
 * missing and misshapen ones fail the case. */
void golden_read_parameters(golden_case *c, const char *prefix, eqf_parameters *parameters);

/* Fails a case that has arrays which it did not use. */
void golden_check_used(golden_case *c);

/* ------------------------------------------------------------------------------------------------- golden_compare.c -- */

/* max |a - b| / s by rows of `columns` elements: s is the largest |b| of the row or 1e-3 of the median of the rows'
 * largest. Where s is 0, |a| above `zero` makes it infinite; so does anything that is not a number. */
double golden_error(int64_t rows, int64_t columns, const double *a, const double *b, double zero);

double golden_tolerance(eqf_precision precision, golden_order order);

/* Compares with the array `leaf` of the case, which must have `count` elements. An error that is too large does not stop
 * the case: in the end the worst one is reported. */
void golden_compare(golden_case *c, const char *leaf, golden_order order, int64_t count, const double *actual);

/* ------------------------------------------------------------------------------------------------ golden_function.c -- */

/* Compares a module with the arrays of the case: inputs in0.., out, gradients and their derivatives if there are any,
 * parameters param/... rows has a letter for each input: a rows of atoms, e of edges, 1 a single row. */
void golden_function(golden_case *c, const eqf_module *module, const char *rows);

/* ------------------------------------------------------------------------------------------------------------ kinds -- */

/* Kinds of nn and block cases: the module that a configuration describes, NULL if the case has failed. */
typedef struct golden_kind {
    const char *name;
    eqf_module *(*create)(golden_case *c);
    const char *rows; /* of the inputs, see golden_function */
} golden_kind;

/* NULL if the kind is not known. */
const golden_kind *golden_nn_kind(const char *name);
const golden_kind *golden_block_kind(const char *name);

/* The norm of this name; fails the case if there is none. */
eqf_norm_kind golden_norm_kind(golden_case *c, const char *name);

void golden_so3(golden_file *file); /* all cases of the file that are rotations, harmonics, 3j or irreps */
void golden_tensor_product(golden_case *c);
void golden_model(golden_case *c);
void golden_train(golden_case *c);

/* The model of the configuration with the parameters PREFIX + name of the file; NULL if the case has failed. */
eqf_model *golden_load_model(golden_case *c, const char *prefix);

/* Forces from energies and edge vectors, which are those of neighbour lists. */
eqf_var golden_record_forces(eqf_program *p, eqf_var energy, eqf_var vectors);

#endif
