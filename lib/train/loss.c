/* Losses, recorded with the operations that programs have: every derivative of them comes from there.
 *
 * They are computed in float64, as all sums over many rows are. SPDX-License-Identifier: MIT */
#include <equiformer/loss.h>

#include <math.h>

#include "ad/program.h"
#include "nn/module.h"

/* Rows shorter than the root of this count as zero for EQF_LOSS_L2MAE: its eighth derivative is still finite above. */
static const double shortest_square = 1e-40;

/* |d| of every component. */
static eqf_var magnitudes(eqf_program *program, eqf_var d, int columns)
{
    eqf_var zeros = eqfi_record_filled(program, columns, 0);
    const eqf_irreps *scalars = eqf_var_irreps(program, zeros);
    if (scalars == NULL) return (eqf_var){0};
    return eqf_apply(program, EQF_ABS, eqfi_emit_reinterpret(program, d, scalars));
}

static eqf_var square(eqf_program *program, eqf_var d) { return eqf_dot(program, d, d, EQF_PER_ROW, 1); }

static eqf_var record_l1(eqf_program *program, eqf_var d, int columns, double delta)
{
    (void)delta;
    eqf_var mean = eqfi_record_filled(program, columns, 1.0 / columns);
    return eqf_dot(program, magnitudes(program, d, columns), mean, EQF_PER_ROW, 1);
}

static eqf_var record_l2(eqf_program *program, eqf_var d, int columns, double delta)
{
    (void)delta;
    return eqf_multiply(program, 1.0 / columns, square(program, d));
}

static eqf_var record_l2mae(eqf_program *program, eqf_var d, int columns, double delta)
{
    (void)columns, (void)delta;
    return eqf_power(program, square(program, d), 0.5, shortest_square);
}

/* d^2 / 2 less half the square of what |d| exceeds delta by, which is delta (|d| - delta / 2) there. */
static eqf_var record_huber(eqf_program *program, eqf_var d, int columns, double delta)
{
    eqf_var limit = eqfi_record_filled(program, columns, delta);
    eqf_var beyond = eqf_combine(program, 1, magnitudes(program, d, columns), -1, limit);
    eqf_var excess = eqf_power(program, beyond, 1, 0);
    return eqf_combine(program, 0.5 / columns, square(program, d), -0.5 / columns, square(program, excess));
}

typedef eqf_var loss_function(eqf_program *program, eqf_var d, int columns, double delta);

eqf_var eqf_loss(eqf_program *program, eqf_loss_kind kind, double delta, eqf_var prediction, eqf_var target,
                 eqf_var weights)
{
    static loss_function *const table[] = {[EQF_LOSS_L1] = record_l1,
                                           [EQF_LOSS_L2] = record_l2,
                                           [EQF_LOSS_L2MAE] = record_l2mae,
                                           [EQF_LOSS_HUBER] = record_huber};
    if ((int)kind < EQF_LOSS_L1 || (int)kind > EQF_LOSS_HUBER)
        return eqfi_record_fail(program, EQF_ERROR_ARGUMENT, "loss: unknown kind %d", (int)kind);
    if (kind == EQF_LOSS_HUBER && !(delta > 0 && isfinite(delta)))
        return eqfi_record_fail(program, EQF_ERROR_RANGE, "loss: delta %g, expected a positive number", delta);
    eqf_var d = eqf_combine(program, 1, eqf_to_double(program, prediction), -1, eqf_to_double(program, target));
    if (d.id == 0) return d;
    int columns = eqf_irreps_dim(eqf_var_irreps(program, d));
    if (columns == 0) return eqfi_record_fail(program, EQF_ERROR_SHAPE, "loss: the prediction has no columns");
    eqf_var measure = table[kind](program, d, columns, delta);
    if (weights.id != 0) measure = eqf_dot(program, measure, weights, EQF_PER_ROW, 1);
    return eqf_sum_rows(program, measure);
}
