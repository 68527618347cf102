/* Frames of edges in programs.
 *
 * The rotations D into the frame of an edge are not a smooth function of the edge, since no choice of a frame's other axes is:
 * where they are chosen anew, the frame turns about its edge. What does not depend on that, as everything that attention
 * makes of them, has the derivatives that it would have if frames turned with their edges and not about them.
 *
 * So the gradient by a frame is not one by the numbers of D: it is a vector in the frame, by the angles of its turning about
 * its own axes. Turned features are D x, and their turning is G D x, with the generators G for coefficients: D is not needed,
 * and what does not depend on turning a frame about its edge leads to gradients that do not, and so on to any order.
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
    int of_frame = eqfi_var(program, frame)->rows, of_x = eqfi_var(program, x)->rows;
    if (of_frame != of_x && of_frame != EQFI_ROWS_ONE)
        return eqfi_record_fail(program, EQF_ERROR_SHAPE, "edge_frame: rows of %s against rows of %s",
                                program->row_sets.items[of_frame - 1].name, program->row_sets.items[of_x - 1].name);
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

/* A frame that turns by small angles t about its axes makes x in the frame x + t G x: the gradient by t, from that by x in the
 * frame, is what stands for the gradient by the rotations. */
eqf_var eqfi_turn_gradient(eqf_program *program, const eqfi_node *rotation, eqf_var in_frame, eqf_var gradient)
{
    eqfi_product_plan *plan;
    eqfi_attribute attribute;
    if (!eqfi_recording(program)) return (eqf_var){0};
    eqf_status status = eqfi_turn_plan_create(program->context, eqf_var_irreps(program, in_frame), &plan);
    if (status != EQF_OK) return fail(program, status);
    memset(&attribute, 0, sizeof attribute);
    attribute.role = EQFI_ROLE_Y;
    attribute.plan = eqfi_intern_plan(program, plan, 0);
    if (attribute.plan == NULL) return (eqf_var){0};
    eqf_irreps *vector = NULL;
    status = eqf_irreps_create(program->context, 1, &(eqf_irreps_block){1, {1, 1}, 0}, &vector);
    if (status != EQF_OK) return fail(program, status);
    int type = eqfi_intern_type(program, vector), rows = program->vars.items[rotation->in[1] - 1].rows;
    eqf_irreps_free(vector);
    return eqfi_emit(program, EQFI_OP_PRODUCT, &attribute, rotation->domain, 2, (eqf_var[]){gradient, in_frame}, rows,
                     type);
}

/* The frame that turns by t moves its y axis e by t x e, and the edge keeps it along: what is to be turned back and divided by
 * the length of the edge is -t x e. */
eqf_var eqfi_frame_gradient(eqf_program *program, eqf_var edge, eqf_var frame, eqf_var turn)
{
    int lmax = eqfi_frame_degree(program, frame), rows = eqfi_var(program, edge)->rows;
    if (lmax == 0) return eqfi_emit_combine(program, 0, edge, rows, rows); /* a constant */
    if (eqf_irreps_dim(eqf_var_irreps(program, turn)) != 3)
        return eqfi_record_fail(program, EQF_ERROR_ARGUMENT, "edge_frames: a derivative of the numbers themselves");
    const eqf_irreps *vector = eqf_var_irreps(program, edge);
    eqfi_product_plan *plan;
    eqf_status status = eqfi_turn_plan_create(program->context, vector, &plan);
    if (status != EQF_OK) return fail(program, status);
    const eqfi_product_plan *kept = eqfi_intern_plan(program, plan, 0);
    if (kept == NULL) return (eqf_var){0};
    eqf_irreps *irreps = eqf_irreps_retain(vector);
    eqf_var axis = eqf_constant(program, irreps, (const double[]){0, -1, 0});
    eqf_var moved = eqfi_emit_product(program, kept, irreps, axis, turn, (eqf_var){0});
    eqf_irreps_free(irreps);
    moved = eqfi_emit_rotation(program, frame, true, moved);
    eqf_var square = eqf_dot(program, edge, edge, EQF_PER_ROW, 1);
    return eqf_scale(program, moved, eqf_power(program, square, -0.5, 1e-24), EQF_PER_ROW, 1);
}
