/* Vector-Jacobian products of the operations, written with the operations.
 *
 * g has the row set and irreps of the node's result; the gradient of an input has those of the input.
 * SPDX-License-Identifier: MIT */
#include "ad/program.h"

/* Emits a node like `node` in the same domain with other arguments, whose result has rows and irreps of `like`. */
static eqf_var emit_like(eqf_program *program, eqfi_op op, const eqfi_node *node, int role, int n, const eqf_var *in,
                         eqf_var like)
{
    eqfi_attribute attribute = node->attribute;
    attribute.role = role;
    const eqfi_variable *v = eqfi_var(program, like);
    return eqfi_emit(program, op, &attribute, node->domain, n, in, v->rows, v->type);
}

static eqf_var input(const eqfi_node *node, int i) { return (eqf_var){node->in[i]}; }

/* out = alpha a + beta b */
static void vjp_combine(eqf_program *program, const eqfi_node *node, eqf_var g, const bool *wanted, eqf_var *gradients)
{
    const double factor[2] = {node->attribute.alpha, node->attribute.beta};
    for (int i = 0; i < node->n_in; i++)
        if (wanted[i])
            gradients[i] =
                eqfi_emit_combine(program, factor[i], g, node->domain, eqfi_var(program, input(node, i))->rows);
}

/* A form of one variable taken twice: its gradient is twice that of either argument. */
static bool is_square(const eqfi_node *node) { return node->in[0] == node->in[1]; }

/* out = x s: gradients g s and <g, x> */
static void vjp_scale(eqf_program *program, const eqfi_node *node, eqf_var g, const bool *wanted, eqf_var *gradients)
{
    eqf_var x = input(node, 0), s = input(node, 1);
    if (is_square(node)) {
        g = eqf_multiply(program, 2, g);
        if (wanted[0]) gradients[0] = emit_like(program, EQFI_OP_SCALE, node, 0, 2, (eqf_var[]){x, g}, x);
        return;
    }
    if (wanted[0]) gradients[0] = emit_like(program, EQFI_OP_SCALE, node, 0, 2, (eqf_var[]){g, s}, x);
    if (wanted[1]) gradients[1] = emit_like(program, EQFI_OP_DOT, node, 0, 2, (eqf_var[]){g, x}, s);
}

/* out = <x, y>: gradients y g and x g */
static void vjp_dot(eqf_program *program, const eqfi_node *node, eqf_var g, const bool *wanted, eqf_var *gradients)
{
    if (is_square(node)) {
        eqf_var x = input(node, 0);
        g = eqf_multiply(program, 2, g);
        if (wanted[0]) gradients[0] = emit_like(program, EQFI_OP_SCALE, node, 0, 2, (eqf_var[]){x, g}, x);
        return;
    }
    for (int i = 0; i < 2; i++)
        if (wanted[i])
            gradients[i] =
                emit_like(program, EQFI_OP_SCALE, node, 0, 2, (eqf_var[]){input(node, 1 - i), g}, input(node, i));
}

/* The slope of a node's function where it is. That of a sigmoid s is s (1 - s), without another exponential. */
static eqf_var slope(eqf_program *program, const eqfi_node *node)
{
    eqfi_unary_plan next = node->attribute.unary;
    if (next.function == EQFI_FUNCTION_SIGMOID && next.order == 0)
        return eqfi_emit_unary(program, &(eqfi_unary_plan){EQFI_FUNCTION_LOGISTIC, 0, 0, 0}, (eqf_var){node->out});
    next.order++;
    return eqfi_emit_unary(program, &next, input(node, 0));
}

/* out = f^(n)(x): gradient f^(n+1)(x) g */
static void vjp_unary(eqf_program *program, const eqfi_node *node, eqf_var g, const bool *wanted, eqf_var *gradients)
{
    if (wanted[0]) gradients[0] = eqf_scale(program, g, slope(program, node), EQF_PER_CHANNEL, 1);
}

static void vjp_select(eqf_program *program, const eqfi_node *node, eqf_var g, const bool *wanted, eqf_var *gradients)
{
    eqfi_select_plan *inverse;
    if (!wanted[0]) return;
    eqf_status status = eqfi_select_plan_invert(program->context, node->attribute.plan, &inverse);
    if (status != EQF_OK) {
        gradients[0] = eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
        return;
    }
    eqfi_node back = *node;
    back.attribute.plan = eqfi_intern_plan(program, inverse, eqfi_select_plan_bytes(inverse));
    if (back.attribute.plan != NULL) gradients[0] = emit_like(program, EQFI_OP_SELECT, &back, 0, 1, &g, input(node, 0));
}

static void vjp_gather(eqf_program *program, const eqfi_node *node, eqf_var g, const bool *wanted, eqf_var *gradients)
{
    if (wanted[0]) gradients[0] = eqf_segment_sum(program, (eqf_map){node->attribute.map}, g);
}

static void vjp_segment_sum(eqf_program *program, const eqfi_node *node, eqf_var g, const bool *wanted,
                            eqf_var *gradients)
{
    if (wanted[0]) gradients[0] = eqf_gather(program, (eqf_map){node->attribute.map}, g);
}

/* q = exp(x - m) / (sum u exp(x - m) + eps): dq_i/dx_j = q_i (delta_ij - u_j q_j), dq_i/du_j = - q_i q_j summed over
 * columns (m counts as constant: q does not depend on it but for eps). */
static void vjp_segment_softmax(eqf_program *program, const eqfi_node *node, eqf_var g, const bool *wanted,
                                eqf_var *gradients)
{
    eqf_map map = {node->attribute.map};
    eqf_var q = {node->out};
    eqf_var gq = eqf_scale(program, g, q, EQF_PER_CHANNEL, 1);
    eqf_var total = eqf_gather(program, map, eqf_segment_sum(program, map, gq));
    eqf_var share = eqf_scale(program, total, q, EQF_PER_CHANNEL, 1);
    if (wanted[0]) {
        eqf_var weighted = node->n_in == 2 ? eqf_scale(program, share, input(node, 1), EQF_PER_ROW, 1) : share;
        gradients[0] = eqf_combine(program, 1, gq, -1, weighted);
    }
    if (node->n_in == 2 && wanted[1])
        gradients[1] = eqf_multiply(program, -1, eqf_dot(program, total, q, EQF_PER_ROW, 1));
}

/* A multilinear form of n slots: the node's result is in slot `role`, its inputs are in the others in order. The gradient
 * of the input in slot s is the form with role s and g in the slot of the result. */
static void vjp_multilinear(eqf_program *program, const eqfi_node *node, eqf_var g, const bool *wanted,
                            eqf_var *gradients)
{
    int slots = node->n_in + 1, role = node->attribute.role;
    eqfi_node like = *node;
    if (node->op == EQFI_OP_PRODUCT &&
        role == EQFI_ROLE_W) /* g stands for the weights: paths without are not concerned */
        like.attribute.plan = ((const eqfi_product_plan *)node->attribute.plan)->weighted;
    for (int i = 0; i < node->n_in; i++) {
        int slot = i < role ? i : i + 1, n = 0;
        if (!wanted[i]) continue;
        eqf_var in[EQFI_INPUTS_MAX];
        for (int s = 0; s < slots; s++)
            if (s != slot) in[n++] = s == role ? g : input(node, s < role ? s : s - 1);
        gradients[i] = emit_like(program, node->op, &like, slot, n, in, input(node, i));
    }
}

/* out = D x, or x = D^T out: the gradient by the frame takes what is in the frame. */
static void vjp_rotation(eqf_program *program, const eqfi_node *node, eqf_var g, const bool *wanted, eqf_var *gradients)
{
    eqf_var x = input(node, 0), y = {node->out}, frame = input(node, 1);
    bool back = node->attribute.role == EQFI_ROLE_X;
    eqf_var turned =
        emit_like(program, EQFI_OP_PRODUCT, node, back ? EQFI_ROLE_OUT : EQFI_ROLE_X, 2, (eqf_var[]){g, frame}, x);
    if (wanted[0]) gradients[0] = turned;
    if (wanted[1])
        gradients[1] = back ? eqfi_turn_gradient(program, node, turned, x) : eqfi_turn_gradient(program, node, y, g);
}

static void vjp_product(eqf_program *program, const eqfi_node *node, eqf_var g, const bool *wanted, eqf_var *gradients)
{
    if (((const eqfi_product_plan *)node->attribute.plan)->rotation)
        vjp_rotation(program, node, g, wanted, gradients);
    else
        vjp_multilinear(program, node, g, wanted, gradients);
}

static const eqfi_product_plan *harmonics_gradient(eqf_program *program, int lmax)
{
    if (program->harmonics_gradient[lmax] != NULL) return program->harmonics_gradient[lmax];
    eqfi_product_plan *plan;
    eqf_status status = eqfi_harmonics_gradient_plan_create(program->context, lmax, &plan);
    if (status != EQF_OK) {
        eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
        return NULL;
    }
    return program->harmonics_gradient[lmax] = eqfi_intern_plan(program, plan, 0);
}

/* The gradient of solid harmonics is a product of g with the harmonics up to lmax - 1. */
static void vjp_harmonics(eqf_program *program, const eqfi_node *node, eqf_var g, const bool *wanted,
                          eqf_var *gradients)
{
    if (!wanted[0]) return;
    eqf_var r = input(node, 0);
    int lmax = ((const eqfi_harmonics_plan *)node->attribute.plan)->lmax;
    if (lmax == 0) { /* constant: the gradient is zero */
        gradients[0] = eqfi_emit_combine(program, 0, r, node->domain, node->domain);
        return;
    }
    const eqfi_product_plan *plan = harmonics_gradient(program, lmax);
    if (plan == NULL) return;
    eqf_irreps *below, *out;
    eqf_status status = eqf_irreps_spherical_harmonics(program->context, lmax - 1, 1, &below);
    if (status != EQF_OK) {
        eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
        return;
    }
    out = eqf_irreps_retain(eqf_var_irreps(program, r));
    gradients[0] = eqfi_emit_product(program, plan, out, g, eqf_solid_harmonics(program, r, below), (eqf_var){0});
    eqf_irreps_free(below);
    eqf_irreps_free(out);
}

static void vjp_frame(eqf_program *program, const eqfi_node *node, eqf_var g, const bool *wanted, eqf_var *gradients)
{
    if (wanted[0]) gradients[0] = eqfi_frame_gradient(program, input(node, 0), (eqf_var){node->out}, g);
}

/* Drawn, not computed. */
static void vjp_mask(eqf_program *program, const eqfi_node *node, eqf_var g, const bool *wanted, eqf_var *gradients)
{
    (void)program, (void)node, (void)g, (void)wanted, (void)gradients;
}

static void vjp_convert(eqf_program *program, const eqfi_node *node, eqf_var g, const bool *wanted, eqf_var *gradients)
{
    if (wanted[0]) gradients[0] = eqfi_emit_convert(program, g, node->attribute.role == 0);
}

/* The adjoint of copying rows is adding them, and the reverse; a sum over processes is its own. */
static void vjp_exchange(eqf_program *program, const eqfi_node *node, eqf_var g, const bool *wanted, eqf_var *gradients)
{
    static const eqf_exchange_kind adjoint[] = {[EQF_EXCHANGE_FORWARD] = EQF_EXCHANGE_REVERSE,
                                                [EQF_EXCHANGE_REVERSE] = EQF_EXCHANGE_FORWARD,
                                                [EQF_EXCHANGE_SUM] = EQF_EXCHANGE_SUM};
    if (wanted[0])
        gradients[0] =
            eqfi_emit_exchange(program, adjoint[node->attribute.role], g, eqfi_var(program, input(node, 0))->rows);
}

typedef void vjp_function(eqf_program *program, const eqfi_node *node, eqf_var g, const bool *wanted,
                          eqf_var *gradients);

#define vjp_linear vjp_multilinear
#define vjp_outer vjp_multilinear
#define vjp_contract vjp_multilinear

void eqfi_vjp(eqf_program *program, const eqfi_node *node, eqf_var g, const bool *wanted, eqf_var *gradients)
{
    static vjp_function *const table[EQFI_OP_COUNT] = {
#define VJP_OF(NAME, name) [EQFI_OP_##NAME] = vjp_##name,
        EQFI_OP_LIST(VJP_OF)
#undef VJP_OF
    };
    table[node->op](program, node, g, wanted, gradients);
}

const char *eqfi_op_name(eqfi_op op)
{
    static const char *const names[EQFI_OP_COUNT] = {
#define NAME_OF(NAME, name) [EQFI_OP_##NAME] = #name,
        EQFI_OP_LIST(NAME_OF)
#undef NAME_OF
    };
    return names[op];
}
