/* Frames of edges in programs.
 *
 * The rotations D into the frame of an edge are not a smooth function of the edge, since no choice of a frame's other axes is:
 * where they are chosen anew, the frame turns about its edge. What does not depend on that, as everything that attention
 * makes of them, has the derivatives that it would have if frames turned with their edges without turning about them; these
 * are products of D with itself (lib/tensor/frame.h), and as little changed by turning a frame about its edge.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "ad/program.h"
#include "tensor/frame.h"

static eqf_var fail(eqf_program *program, eqf_status status)
{
    return eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
}

eqf_var eqf_edge_frames(eqf_program *program, eqf_var x, int lmax)
{
    if (!eqfi_recording(program)) return (eqf_var){0};
    if (!eqfi_is_var(program, x)) return eqfi_record_fail(program, EQF_ERROR_ARGUMENT, "edge_frames: no variable");
    const eqf_irreps *in = eqf_var_irreps(program, x);
    if (eqf_irreps_blocks(in) != 1 || eqf_irreps_dim(in) != 3 || eqf_irreps_lmax(in) != 1)
        return eqfi_record_fail(program, EQF_ERROR_SHAPE, "edge_frames: irreps of dimension %d, expected one vector",
                                eqf_irreps_dim(in));
    eqfi_harmonics_plan *plan;
    eqf_status status = eqfi_harmonics_plan_create(program->context, lmax, &plan);
    if (status != EQF_OK) return fail(program, status);
    eqfi_attribute attribute;
    memset(&attribute, 0, sizeof attribute);
    attribute.plan = eqfi_intern_plan(program, plan, eqfi_harmonics_plan_bytes(plan));
    int rows = eqfi_var(program, x)->rows;
    if (attribute.plan == NULL) return (eqf_var){0};
    return eqfi_emit(program, EQFI_OP_FRAME, &attribute, rows, 1, &x, rows,
                     eqfi_scalars_type(program, eqfi_frame_columns(lmax)));
}

int eqfi_frame_degree(const eqf_program *program, eqf_var frame)
{
    int lmax = -1, columns = eqf_irreps_dim(eqf_var_irreps(program, frame));
    while (eqfi_frame_columns(lmax + 1) <= columns) lmax++;
    return lmax;
}

eqf_var eqfi_emit_rotation(eqf_program *program, eqf_var frame, bool back, eqf_var x)
{
    if (!eqfi_recording(program)) return (eqf_var){0};
    eqfi_product_plan *plan;
    eqf_status status = eqfi_rotation_plan_create(program->context, eqf_var_irreps(program, x),
                                                  eqfi_frame_degree(program, frame), &plan);
    if (status != EQF_OK) return fail(program, status);
    eqfi_attribute attribute;
    memset(&attribute, 0, sizeof attribute);
    attribute.role = back ? EQFI_ROLE_X : EQFI_ROLE_OUT;
    attribute.plan = eqfi_intern_plan(program, plan, 0);
    const eqfi_variable *v = eqfi_var(program, x);
    if (attribute.plan == NULL) return (eqf_var){0};
    return eqfi_emit(program, EQFI_OP_PRODUCT, &attribute, v->rows, 2, (eqf_var[]){x, frame}, v->rows, v->type);
}

/* The gradient g of the rotations, and they themselves, make a vector in the frame, which is turned back and divided by the
 * length of the edge. */
eqf_var eqfi_frame_gradient(eqf_program *program, eqf_var edge, eqf_var frame, eqf_var g)
{
    eqfi_product_plan *plan;
    int lmax = eqfi_frame_degree(program, frame), rows = eqfi_var(program, edge)->rows;
    if (lmax == 0) return eqfi_emit_combine(program, 0, edge, rows, rows); /* a constant */
    eqf_status status = eqfi_frame_torque_plan_create(program->context, lmax, &plan);
    if (status != EQF_OK) return fail(program, status);
    const eqfi_product_plan *kept = eqfi_intern_plan(program, plan, 0);
    if (kept == NULL) return (eqf_var){0};
    eqf_irreps *irreps = eqf_irreps_retain(eqf_var_irreps(program, edge));
    eqf_var turn = eqfi_emit_product(program, kept, irreps, g, frame, (eqf_var){0});
    eqf_irreps_free(irreps);
    turn = eqfi_emit_rotation(program, frame, true, turn);
    eqf_var square = eqf_dot(program, edge, edge, EQF_PER_ROW, 1);
    return eqf_scale(program, turn, eqf_power(program, square, -0.5, 1e-24), EQF_PER_ROW, 1);
}
