/* The public recording calls: arguments are checked, then a node is emitted.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "ad/program.h"
#include "base/hash.h"

static eqfi_attribute attribute_of(void)
{
    eqfi_attribute attribute;
    memset(&attribute, 0, sizeof attribute);
    return attribute;
}

static const char *rows_name(const eqf_program *program, int rows) { return program->row_sets.items[rows - 1].name; }

/* The variables exist; anything else is the caller's mistake. */
static bool are_variables(eqf_program *program, const char *call, int n, const eqf_var *x)
{
    if (!eqfi_recording(program)) return false;
    for (int i = 0; i < n; i++) {
        if (eqfi_is_var(program, x[i])) continue;
        eqfi_record_fail(program, EQF_ERROR_ARGUMENT, "%s: argument %d is no variable", call, i + 1);
        return false;
    }
    return true;
}

/* The row set over which the variables are combined: all that are not `one` must agree. 0 on failure. */
static int common_rows(eqf_program *program, const char *call, int n, const eqf_var *x)
{
    int rows = EQFI_ROWS_ONE;
    for (int i = 0; i < n; i++) {
        int own = eqfi_var(program, x[i])->rows;
        if (own == EQFI_ROWS_ONE || own == rows) continue;
        if (rows != EQFI_ROWS_ONE) {
            eqfi_record_fail(program, EQF_ERROR_SHAPE, "%s: rows of %s against rows of %s", call,
                             rows_name(program, rows), rows_name(program, own));
            return 0;
        }
        rows = own;
    }
    return rows;
}

static eqf_var wrong_irreps(eqf_program *program, const char *call, eqf_var x, const char *expected)
{
    char text[256];
    eqf_irreps_format(eqf_var_irreps(program, x), text, sizeof text, NULL);
    return eqfi_record_fail(program, EQF_ERROR_SHAPE, "%s: irreps %s, expected %s", call, text, expected);
}

/* n if the irreps are n x 0e, else -1. */
static int scalars(const eqf_program *program, eqf_var x)
{
    const eqf_irreps *irreps = eqf_var_irreps(program, x);
    int n = eqf_irreps_channels_of(irreps, (eqf_irrep){0, 1});
    return n == eqf_irreps_dim(irreps) ? n : -1;
}

static bool has_columns(eqf_program *program, const char *call, eqf_var x, int columns)
{
    int own = eqf_irreps_dim(eqf_var_irreps(program, x));
    if (own == columns) return true;
    eqfi_record_fail(program, EQF_ERROR_SHAPE, "%s: %d columns, expected %d", call, own, columns);
    return false;
}

/* ------------------------------------------------------------------------------------------------------ combining -- */

eqf_var eqf_combine(eqf_program *program, double alpha, eqf_var a, double beta, eqf_var b)
{
    eqf_var in[2] = {a, b};
    if (!are_variables(program, "combine", 2, in)) return (eqf_var){0};
    int rows = common_rows(program, "combine", 2, in), type = eqfi_var(program, a)->type;
    if (rows == 0) return (eqf_var){0};
    if (type != eqfi_var(program, b)->type) {
        char text[256];
        eqf_irreps_format(eqf_var_irreps(program, a), text, sizeof text, NULL);
        return wrong_irreps(program, "combine", b, text);
    }
    eqfi_attribute attribute = attribute_of();
    attribute.alpha = alpha;
    attribute.beta = beta;
    return eqfi_emit(program, EQFI_OP_COMBINE, &attribute, rows, 2, in, rows, type);
}

eqf_var eqf_add(eqf_program *program, eqf_var a, eqf_var b) { return eqf_combine(program, 1, a, 1, b); }

/* alpha a, repeated along `domain` or summed over it. Multiples of multiples become one. */
eqf_var eqfi_emit_combine(eqf_program *program, double alpha, eqf_var a, int domain, int rows)
{
    const eqfi_variable *v = eqfi_var(program, a);
    if (v->rows == rows && rows == domain) {
        if (alpha == 1) return a;
        if (v->kind == EQFI_VAR_RESULT) {
            const eqfi_node *node = &program->nodes.items[v->node];
            if (node->op == EQFI_OP_COMBINE && node->n_in == 1) {
                int from = program->vars.items[node->in[0] - 1].rows;
                if (from == rows && node->domain == domain)
                    return eqfi_emit_combine(program, alpha * node->attribute.alpha, (eqf_var){node->in[0]}, domain,
                                             rows);
            }
        }
    }
    eqfi_attribute attribute = attribute_of();
    attribute.alpha = alpha;
    return eqfi_emit(program, EQFI_OP_COMBINE, &attribute, domain, 1, &a, rows, v->type);
}

eqf_var eqf_multiply(eqf_program *program, double alpha, eqf_var a)
{
    if (!are_variables(program, "multiply", 1, &a)) return (eqf_var){0};
    int rows = eqfi_var(program, a)->rows;
    return eqfi_emit_combine(program, alpha, a, rows, rows);
}

eqf_var eqf_broadcast(eqf_program *program, eqf_rows rows, eqf_var a)
{
    if (!are_variables(program, "broadcast", 1, &a)) return (eqf_var){0};
    int from = eqfi_var(program, a)->rows;
    if (!eqfi_is_rows(program, rows)) return eqfi_record_fail(program, EQF_ERROR_ARGUMENT, "broadcast: no row set");
    if (from == rows.id) return a;
    if (from != EQFI_ROWS_ONE)
        return eqfi_record_fail(program, EQF_ERROR_SHAPE, "broadcast: rows of %s, expected one",
                                rows_name(program, from));
    return eqfi_emit_combine(program, 1, a, rows.id, rows.id);
}

eqf_var eqf_sum_rows(eqf_program *program, eqf_var a)
{
    if (!are_variables(program, "sum_rows", 1, &a)) return (eqf_var){0};
    return eqfi_emit_combine(program, 1, a, eqfi_var(program, a)->rows, EQFI_ROWS_ONE);
}

/* -------------------------------------------------------------------------------------------------------- grouped -- */

static const eqfi_group_plan *group_plan(eqf_program *program, const char *call, eqf_var x, eqf_grouping grouping,
                                         int heads)
{
    eqfi_group_plan *plan;
    eqf_status status = eqfi_group_plan_create(program->context, eqf_var_irreps(program, x), grouping, heads, &plan);
    if (status != EQF_OK) {
        eqfi_record_fail(program, status, "%s: %s", call, eqf_context_message(program->context));
        return NULL;
    }
    return eqfi_intern_plan(program, plan, eqfi_group_plan_bytes(plan));
}

eqf_var eqf_scale(eqf_program *program, eqf_var x, eqf_var s, eqf_grouping grouping, int heads)
{
    eqf_var in[2] = {x, s};
    if (!are_variables(program, "scale", 2, in)) return (eqf_var){0};
    int rows = common_rows(program, "scale", 2, in);
    const eqfi_group_plan *plan = rows == 0 ? NULL : group_plan(program, "scale", x, grouping, heads);
    if (plan == NULL) return (eqf_var){0};
    if (scalars(program, s) != plan->groups)
        return eqfi_record_fail(program, EQF_ERROR_SHAPE, "scale: %d columns of factors, expected %dx0e",
                                eqf_irreps_dim(eqf_var_irreps(program, s)), plan->groups);
    eqfi_attribute attribute = attribute_of();
    attribute.plan = plan;
    return eqfi_emit(program, EQFI_OP_SCALE, &attribute, rows, 2, in, rows, eqfi_var(program, x)->type);
}

eqf_var eqf_dot(eqf_program *program, eqf_var x, eqf_var y, eqf_grouping grouping, int heads)
{
    eqf_var in[2] = {x, y};
    if (!are_variables(program, "dot", 2, in)) return (eqf_var){0};
    int rows = common_rows(program, "dot", 2, in);
    const eqfi_group_plan *plan = rows == 0 ? NULL : group_plan(program, "dot", x, grouping, heads);
    if (plan == NULL) return (eqf_var){0};
    if (eqfi_var(program, x)->type != eqfi_var(program, y)->type) {
        char text[256];
        eqf_irreps_format(eqf_var_irreps(program, x), text, sizeof text, NULL);
        return wrong_irreps(program, "dot", y, text);
    }
    eqfi_attribute attribute = attribute_of();
    attribute.plan = plan;
    return eqfi_emit(program, EQFI_OP_DOT, &attribute, rows, 2, in, rows, eqfi_scalars_type(program, plan->groups));
}

/* ------------------------------------------------------------------------------------------------------ functions -- */

eqf_var eqfi_emit_unary(eqf_program *program, const eqfi_unary_plan *plan, eqf_var x)
{
    if (!are_variables(program, eqfi_function_name(plan->function), 1, &x)) return (eqf_var){0};
    if (scalars(program, x) < 0) return wrong_irreps(program, eqfi_function_name(plan->function), x, "0e only");
    if (plan->order > EQFI_ORDER_MAX)
        return eqfi_record_fail(program, EQF_ERROR_UNSUPPORTED, "derivative %d of %s, expected at most %d", plan->order,
                                eqfi_function_name(plan->function), EQFI_ORDER_MAX);
    eqfi_attribute attribute = attribute_of();
    attribute.unary = *plan;
    const eqfi_variable *v = eqfi_var(program, x);
    return eqfi_emit(program, EQFI_OP_UNARY, &attribute, v->rows, 1, &x, v->rows, v->type);
}

eqf_var eqf_apply(eqf_program *program, eqf_function function, eqf_var x)
{
    static const eqfi_function table[] = {
        [EQF_SILU] = EQFI_FUNCTION_SILU, [EQF_SIGMOID] = EQFI_FUNCTION_SIGMOID, [EQF_TANH] = EQFI_FUNCTION_TANH,
        [EQF_EXP] = EQFI_FUNCTION_EXP,   [EQF_SIN] = EQFI_FUNCTION_SIN,         [EQF_COS] = EQFI_FUNCTION_COS,
        [EQF_ABS] = EQFI_FUNCTION_ABS,
    };
    if ((int)function < EQF_SILU || (int)function > EQF_ABS)
        return eqfi_record_fail(program, EQF_ERROR_ARGUMENT, "apply: unknown function %d", (int)function);
    return eqfi_emit_unary(program, &(eqfi_unary_plan){table[function], 0, 0, 0}, x);
}

eqf_var eqf_power(eqf_program *program, eqf_var x, double exponent, double floor)
{
    if (!isfinite(exponent) || isnan(floor))
        return eqfi_record_fail(program, EQF_ERROR_NOT_FINITE, "power: exponent %g, floor %g", exponent, floor);
    return eqfi_emit_unary(program, &(eqfi_unary_plan){EQFI_FUNCTION_POWER, 0, exponent, floor}, x);
}

eqf_var eqf_solid_harmonics(eqf_program *program, eqf_var x, const eqf_irreps *irreps)
{
    if (!are_variables(program, "solid_harmonics", 1, &x)) return (eqf_var){0};
    const eqf_irreps *in = eqf_var_irreps(program, x);
    if (eqf_irreps_blocks(in) != 1 || eqf_irreps_dim(in) != 3 || eqf_irreps_lmax(in) != 1)
        return wrong_irreps(program, "solid_harmonics", x, "one vector");
    for (int i = 0; i < eqf_irreps_blocks(irreps); i++) {
        const eqf_irreps_block *b = eqf_irreps_block_at(irreps, i);
        if (b->mul != 1 || b->irrep.l != i)
            return eqfi_record_fail(program, EQF_ERROR_SHAPE, "solid_harmonics: block %d is %dx%d, expected 1x%d", i,
                                    b->mul, b->irrep.l, i);
    }
    eqfi_harmonics_plan *plan;
    eqf_status status = eqfi_harmonics_plan_create(program->context, eqf_irreps_lmax(irreps), &plan);
    if (status != EQF_OK) return eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
    eqfi_attribute attribute = attribute_of();
    attribute.plan = eqfi_intern_plan(program, plan, eqfi_harmonics_plan_bytes(plan));
    int rows = eqfi_var(program, x)->rows;
    if (attribute.plan == NULL) return (eqf_var){0};
    return eqfi_emit(program, EQFI_OP_HARMONICS, &attribute, rows, 1, &x, rows, eqfi_intern_type(program, irreps));
}

/* -------------------------------------------------------------------------------------------------------- columns -- */

static eqf_var emit_select(eqf_program *program, eqf_var x, const eqf_irreps *out, int n, const eqfi_channels *from,
                           const eqfi_channels *to)
{
    eqfi_select_plan *plan;
    eqf_status status = eqfi_select_plan_create(program->context, eqf_irreps_dim(eqf_var_irreps(program, x)),
                                                eqf_irreps_dim(out), n, from, to, &plan);
    if (status != EQF_OK) return eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
    eqfi_attribute attribute = attribute_of();
    attribute.plan = eqfi_intern_plan(program, plan, eqfi_select_plan_bytes(plan));
    int rows = eqfi_var(program, x)->rows;
    if (attribute.plan == NULL) return (eqf_var){0};
    return eqfi_emit(program, EQFI_OP_SELECT, &attribute, rows, 1, &x, rows, eqfi_intern_type(program, out));
}

eqf_var eqf_channels(eqf_program *program, eqf_var x, int block, int first, int mul)
{
    if (!are_variables(program, "channels", 1, &x)) return (eqf_var){0};
    const eqf_irreps_block *b = eqf_irreps_block_at(eqf_var_irreps(program, x), block);
    if (b == NULL || first < 0 || mul < 0 || first > b->mul - mul)
        return eqfi_record_fail(program, EQF_ERROR_RANGE,
                                "channels: block %d, %d channels from %d on, expected block 0 to %d"
                                " and channels below %d",
                                block, mul, first, eqf_irreps_blocks(eqf_var_irreps(program, x)) - 1,
                                b == NULL ? 0 : b->mul);
    eqf_irreps *out;
    eqf_status status = eqf_irreps_create(program->context, 1, &(eqf_irreps_block){mul, b->irrep, 0}, &out);
    if (status != EQF_OK) return eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
    int dim = 2 * b->irrep.l + 1;
    eqfi_channels from = {b->offset + first, b->mul, mul, dim}, to = {0, mul, mul, dim};
    eqf_var y = emit_select(program, x, out, 1, &from, &to);
    eqf_irreps_free(out);
    return y;
}

eqf_var eqfi_emit_pick(eqf_program *program, eqf_var x, const eqf_irreps *in, const int *from, const eqf_irreps *out,
                       const int *to, int n)
{
    if (!are_variables(program, "pick", 1, &x)) return (eqf_var){0};
    int n_in = eqf_irreps_blocks(in), n_out = eqf_irreps_blocks(out);
    eqfi_channels *all;
    eqf_status status = eqfi_new(program->context, (size_t)(n_in + n_out + 2 * n), sizeof *all, (void **)&all);
    if (status != EQF_OK) return eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
    eqfi_channels *sources = all + n_in + n_out, *targets = sources + n;
    eqfi_channels_of(in, all);
    eqfi_channels_of(out, all + n_in);
    for (int i = 0; i < n; i++) {
        sources[i] = all[from == NULL ? i : from[i]];
        targets[i] = all[n_in + (to == NULL ? i : to[i])];
    }
    eqf_var y = emit_select(program, x, out, n, sources, targets);
    eqfi_delete(program->context, all);
    return y;
}

eqf_var eqfi_emit_place(eqf_program *program, eqf_var x, const eqf_irreps *in, int first_in, const eqf_irreps *out,
                        int first_out, int n)
{
    int *blocks;
    if (!eqfi_recording(program)) return (eqf_var){0};
    eqf_status status = eqfi_new(program->context, 2 * (size_t)n, sizeof *blocks, (void **)&blocks);
    if (status != EQF_OK) return eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
    for (int i = 0; i < n; i++) {
        blocks[i] = first_in + i;
        blocks[n + i] = first_out + i;
    }
    eqf_var y = eqfi_emit_pick(program, x, in, blocks, out, blocks + n, n);
    eqfi_delete(program->context, blocks);
    return y;
}

/* Column of layout ir_mul for every column of exchange layout. */
static void exchange_columns(const eqfi_layout *layout, int *columns)
{
    int next = 0;
    for (int i = 0; i < layout->n; i++) {
        eqfi_block b = layout->blocks[i];
        for (int u = 0; u < b.mul; u++)
            for (int m = 0; m < b.dim; m++) columns[next++] = b.offset + m * b.mul + u;
    }
}

eqf_var eqfi_emit_reinterpret(eqf_program *program, eqf_var x, const eqf_irreps *out)
{
    if (!are_variables(program, "reinterpret", 1, &x)) return (eqf_var){0};
    int type = eqfi_intern_type(program, out), n = eqf_irreps_dim(out);
    if (type < 0 || !has_columns(program, "reinterpret", x, n)) return (eqf_var){0};
    int *columns = NULL;
    eqfi_channels *single = NULL;
    eqf_var y = {0};
    eqf_status status = eqfi_new(program->context, 2 * (size_t)n, sizeof *columns, (void **)&columns);
    if (status == EQF_OK) status = eqfi_new(program->context, 2 * (size_t)n, sizeof *single, (void **)&single);
    if (status != EQF_OK) {
        eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
    } else {
        exchange_columns(eqfi_var_layout(program, x), columns);
        exchange_columns(program->types.items[type].layout, columns + n);
        for (int i = 0; i < n; i++) {
            single[i] = (eqfi_channels){columns[i], 1, 1, 1};
            single[n + i] = (eqfi_channels){columns[n + i], 1, 1, 1};
        }
        y = emit_select(program, x, out, n, single, single + n);
    }
    eqfi_delete(program->context, columns);
    eqfi_delete(program->context, single);
    return y;
}

eqf_var eqf_concat(eqf_program *program, eqf_var a, eqf_var b)
{
    eqf_var in[2] = {a, b}, sum = {0};
    if (!are_variables(program, "concat", 2, in)) return sum;
    int rows = common_rows(program, "concat", 2, in);
    if (rows == 0) return sum;
    eqf_irreps *out;
    const eqf_irreps *irreps_a = eqf_var_irreps(program, a);
    eqf_status status = eqf_irreps_concat(program->context, irreps_a, eqf_var_irreps(program, b), &out);
    if (status != EQF_OK) return eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
    const eqf_irreps *irreps_b = eqf_var_irreps(program, b);
    int n_a = eqf_irreps_blocks(irreps_a), n_b = eqf_irreps_blocks(irreps_b);
    a = eqfi_emit_place(program, a, irreps_a, 0, out, 0, n_a);
    if (a.id != 0) b = eqfi_emit_place(program, b, irreps_b, 0, out, n_a, n_b);
    if (a.id != 0 && b.id != 0) sum = eqf_add(program, a, b);
    eqf_irreps_free(out);
    return sum;
}

/* ----------------------------------------------------------------------------------------------------------- rows -- */

static eqfi_row_map *map_of(eqf_program *program, const char *call, eqf_map map)
{
    if (map.id >= 1 && (size_t)map.id <= program->maps.n) return &program->maps.items[map.id - 1];
    eqfi_record_fail(program, EQF_ERROR_ARGUMENT, "%s: no map", call);
    return NULL;
}

static bool has_rows(eqf_program *program, const char *call, eqf_var x, int rows)
{
    int own = eqfi_var(program, x)->rows;
    if (own == rows) return true;
    eqfi_record_fail(program, EQF_ERROR_SHAPE, "%s: rows of %s, expected rows of %s", call, rows_name(program, own),
                     rows_name(program, rows));
    return false;
}

eqf_var eqf_gather(eqf_program *program, eqf_map map, eqf_var x)
{
    if (!are_variables(program, "gather", 1, &x)) return (eqf_var){0};
    const eqfi_row_map *m = map_of(program, "gather", map);
    if (m == NULL || !has_rows(program, "gather", x, m->to)) return (eqf_var){0};
    eqfi_attribute attribute = attribute_of();
    attribute.map = map.id;
    return eqfi_emit(program, EQFI_OP_GATHER, &attribute, m->from, 1, &x, m->from, eqfi_var(program, x)->type);
}

eqf_var eqf_segment_sum(eqf_program *program, eqf_map map, eqf_var x)
{
    if (!are_variables(program, "segment_sum", 1, &x)) return (eqf_var){0};
    eqfi_row_map *m = map_of(program, "segment_sum", map);
    if (m == NULL || !has_rows(program, "segment_sum", x, m->from)) return (eqf_var){0};
    m->segments = true;
    eqfi_attribute attribute = attribute_of();
    attribute.map = map.id;
    return eqfi_emit(program, EQFI_OP_SEGMENT_SUM, &attribute, m->to, 1, &x, m->to, eqfi_var(program, x)->type);
}

eqf_var eqf_segment_softmax(eqf_program *program, eqf_map map, eqf_var x, eqf_var u)
{
    eqf_var in[2] = {x, u};
    int n = u.id == 0 ? 1 : 2;
    if (!are_variables(program, "segment_softmax", n, in)) return (eqf_var){0};
    eqfi_row_map *m = map_of(program, "segment_softmax", map);
    if (m == NULL) return (eqf_var){0};
    for (int i = 0; i < n; i++)
        if (!has_rows(program, "segment_softmax", in[i], m->from)) return (eqf_var){0};
    if (scalars(program, x) < 0) return wrong_irreps(program, "segment_softmax", x, "0e only");
    if (n == 2 && scalars(program, u) != 1) return wrong_irreps(program, "segment_softmax", u, "1x0e");
    m->segments = true;
    eqfi_attribute attribute = attribute_of();
    attribute.map = map.id;
    return eqfi_emit(program, EQFI_OP_SEGMENT_SOFTMAX, &attribute, m->to, n, in, m->from, eqfi_var(program, x)->type);
}

/* ---------------------------------------------------------------------------------------------------- multilinear -- */

eqf_var eqfi_emit_linear(eqf_program *program, const eqfi_linear_plan *plan, bool transposed, const eqf_irreps *out,
                         eqf_var x, eqf_var weight)
{
    eqf_var in[2] = {x, weight};
    int columns = transposed ? plan->columns_out : plan->columns_in;
    if (!are_variables(program, "linear", 2, in) || !has_columns(program, "linear", x, columns) ||
        !has_columns(program, "linear", weight, (int)plan->weights) ||
        !has_rows(program, "linear", weight, EQFI_ROWS_ONE))
        return (eqf_var){0};
    eqfi_attribute attribute = attribute_of();
    if (eqf_irreps_dim(out) != (transposed ? plan->columns_in : plan->columns_out))
        return eqfi_record_fail(program, EQF_ERROR_SHAPE, "linear: irreps of %d columns for a result of %d",
                                eqf_irreps_dim(out), transposed ? plan->columns_in : plan->columns_out);
    attribute.role = transposed ? 1 : 0;
    attribute.plan = plan;
    int rows = eqfi_var(program, x)->rows;
    return eqfi_emit(program, EQFI_OP_LINEAR, &attribute, rows, 2, in, rows, eqfi_intern_type(program, out));
}

eqf_var eqfi_emit_product(eqf_program *program, const eqfi_product_plan *plan, const eqf_irreps *out, eqf_var x,
                          eqf_var y, eqf_var weight)
{
    eqf_var in[3] = {x, y, weight};
    int n = plan->columns[EQFI_ROLE_W] > 0 ? 3 : 2;
    if (!are_variables(program, "tensor product", n, in)) return (eqf_var){0};
    for (int i = 0; i < n; i++)
        if (!has_columns(program, "tensor product", in[i], plan->columns[EQFI_ROLE_X + i])) return (eqf_var){0};
    int rows = common_rows(program, "tensor product", n, in);
    if (rows == 0) return (eqf_var){0};
    eqfi_attribute attribute = attribute_of();
    attribute.role = EQFI_ROLE_OUT;
    attribute.plan = plan;
    return eqfi_emit(program, EQFI_OP_PRODUCT, &attribute, rows, n, in, rows, eqfi_intern_type(program, out));
}

eqf_var eqfi_emit_outer(eqf_program *program, eqf_map map, eqf_var x, eqf_var y)
{
    eqf_var in[2] = {x, y};
    if (!are_variables(program, "outer", 2, in)) return (eqf_var){0};
    eqfi_row_map *m = map_of(program, "outer", map);
    if (m == NULL || !has_rows(program, "outer", x, m->from) || !has_rows(program, "outer", y, m->from))
        return (eqf_var){0};
    eqfi_outer_plan *plan;
    int columns_x = eqfi_var_layout(program, x)->columns, columns_y = eqfi_var_layout(program, y)->columns;
    if ((int64_t)columns_x * columns_y > INT32_MAX)
        return eqfi_record_fail(program, EQF_ERROR_RANGE, "outer: %d times %d columns, expected at most 2147483647",
                                columns_x, columns_y);
    eqf_status status = eqfi_new(program->context, 1, sizeof *plan, (void **)&plan);
    if (status != EQF_OK) return eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
    plan->x = columns_x;
    plan->y = columns_y;
    int type = eqfi_scalars_type(program, columns_x * columns_y);
    eqfi_attribute attribute = attribute_of();
    attribute.plan = eqfi_intern_plan(program, plan, sizeof *plan);
    attribute.map = map.id;
    if (attribute.plan == NULL) return (eqf_var){0};
    m->segments = true;
    return eqfi_emit(program, EQFI_OP_OUTER, &attribute, m->to, 2, in, m->to, type);
}

eqf_var eqfi_emit_contract(eqf_program *program, const eqfi_product_plan *plan, eqf_var a, eqf_var weight)
{
    eqf_var in[2] = {a, weight};
    if (!are_variables(program, "contract", 2, in) ||
        !has_columns(program, "contract", a, plan->columns[EQFI_ROLE_X]) ||
        !has_columns(program, "contract", weight, plan->columns[EQFI_ROLE_W]))
        return (eqf_var){0};
    int rows = common_rows(program, "contract", 2, in);
    if (rows == 0) return (eqf_var){0};
    eqfi_attribute attribute = attribute_of();
    attribute.plan = plan;
    return eqfi_emit(program, EQFI_OP_CONTRACT, &attribute, rows, 2, in, rows,
                     eqfi_scalars_type(program, plan->columns[EQFI_ROLE_OUT]));
}

eqf_var eqf_to_double(eqf_program *program, eqf_var x)
{
    return are_variables(program, "to_double", 1, &x) ? eqfi_emit_convert(program, x, true) : (eqf_var){0};
}

eqf_var eqf_from_double(eqf_program *program, eqf_var x)
{
    return are_variables(program, "from_double", 1, &x) ? eqfi_emit_convert(program, x, false) : (eqf_var){0};
}

/* ---------------------------------------------------------------------------------------------------------- random -- */

eqf_var eqf_dropout_mask(eqf_program *program, const char *name, eqf_rows rows, int n, double probability)
{
    if (!eqfi_recording(program)) return (eqf_var){0};
    if (!eqfi_is_rows(program, rows))
        return eqfi_record_fail(program, EQF_ERROR_ARGUMENT, "dropout_mask %s: no row set", name);
    if (n < 0 || !(probability >= 0 && probability < 1))
        return eqfi_record_fail(program, EQF_ERROR_RANGE,
                                "dropout_mask %s: %d columns with probability %g, expected 0 to below 1", name, n,
                                probability);
    eqfi_attribute attribute = attribute_of();
    attribute.alpha = probability;
    attribute.stream = eqfi_hash_text(name);
    return eqfi_emit(program, EQFI_OP_MASK, &attribute, rows.id, 0, NULL, rows.id, eqfi_scalars_type(program, n));
}
