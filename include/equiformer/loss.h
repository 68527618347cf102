/* libequiformer: losses - recorded in programs, and as objectives of training.
 *
 *     eqf_var loss = eqf_loss(p, EQF_LOSS_L2MAE, 0, forces, eqf_input_double(p, "forces", atoms, vector), weights);
 *     eqf_loss_gradients(p, loss, parameters);
 *     ..
 *     eqf_run_execute(context, run);
 *     eqf_run_get_gradients(context, run, gradients);
 *
 * A recorded loss is a sum over rows with a factor for each row, so that the caller decides what a mean is: 1/N for each of
 * N rows, N counted over all processes if there are several, 0 for rows that do not count.
 * SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_LOSS_H
#define EQUIFORMER_LOSS_H

#include <math.h>

#include <equiformer/program.h>

typedef enum eqf_loss_kind {
    EQF_LOSS_L1 = 0,    /* mean over the columns of |d| */
    EQF_LOSS_L2 = 1,    /* mean over the columns of d^2 */
    EQF_LOSS_L2MAE = 2, /* |d|_2 of the row */
    EQF_LOSS_HUBER = 3  /* mean over the columns of d^2 / 2 where |d| <= delta, else delta (|d| - delta / 2) */
} eqf_loss_kind;

/* What a term of an objective compares. */
typedef enum eqf_quantity {
    EQF_QUANTITY_ENERGY = 0,          /* of a graph; whatever scalar the data set has as its target */
    EQF_QUANTITY_ENERGY_PER_ATOM = 1, /* the same divided by the number of atoms */
    EQF_QUANTITY_FORCES = 2,          /* rows are atoms */
    EQF_QUANTITY_STRESS = 3,          /* rows are graphs */
    EQF_QUANTITY_DISPLACEMENT = 4     /* of the auxiliary head; rows are atoms with tag > 0 */
} eqf_quantity;

#define EQF_QUANTITIES 5

typedef struct eqf_loss_term {
    size_t size;
    eqf_quantity quantity;
    eqf_loss_kind kind;
    double weight;       /* at the first step */
    double weight_final; /* at the last step, linear in between; nan: weight */
    double delta;        /* of EQF_LOSS_HUBER, in the standardised unit */
} eqf_loss_term;

#define EQF_LOSS_TERM_INIT                                                                                             \
    {                                                                                                                  \
        sizeof(eqf_loss_term), EQF_QUANTITY_ENERGY, EQF_LOSS_L1, 1, NAN, 1                                             \
    }

EQF_BEGIN_DECLS

/* The sum over rows of weight times the measure of d = prediction - target: 1x0e on the row set one, in float64 whatever the
 * precision of the run. prediction and target have equal irreps and row sets, or one of them is of row set one; weights are
 * 1x0e on the same row set or on one, no variable stands for 1. Labels of rows with weight 0 must be finite all the same.
 * delta > 0 is read for EQF_LOSS_HUBER only. L1 and Huber look at the components of vectors: they depend on how the frame
 * of reference is turned, L2 and L2MAE do not.
 *
 * Derivatives at kinks: that of L1 is 0 where a component of d is 0, that of L2MAE is 0 where |d|_2 of the row is below
 * 1e-20, which is its value there; at |d| = delta the second derivative of Huber is that from outside. Since 0.1. */
EQF_API eqf_var eqf_loss(eqf_program *program, eqf_loss_kind kind, double delta, eqf_var prediction, eqf_var target,
                         eqf_var weights);

/* Records the derivative of a loss (1x0e on the row set one) by every trainable array of the store that the program has
 * recorded as a parameter, as outputs "gradient/NAME". EQF_ERROR_NOT_FOUND if there is none. Since 0.1. */
EQF_API void eqf_loss_gradients(eqf_program *program, eqf_var loss, const eqf_parameters *parameters);

/* The derivatives of the last execution, into a store that has the names and sizes of the parameters, of either precision
 * (that of the run costs least), and that nobody else retains. Arrays without a derivative are set to 0. EQF_ERROR_STATE
 * before an execution; the store is unchanged after any error. Since 0.1. */
EQF_API eqf_status eqf_run_get_gradients(eqf_context *context, const eqf_run *run, eqf_parameters *gradients);

EQF_END_DECLS

#endif
