/* Sums folded into the operations that make their terms; selected columns and gathered rows into what reads them.
 *
 * A bias, or the other term of a sum of gradients, is where an operation begins to add: x W + b is one operation
 * instead of two with an intermediate result, and a sum of three tensor products is written in one place. This is done
 * when a program ends, so that derivatives know nothing of it. An operation that finds its rows by their numbers can as well
 * find them by a map's, and its columns at other places, so that nothing is copied.
 * SPDX-License-Identifier: MIT */
#include "ad/planner.h"

/* Operations whose kernels add to what is there. */
static bool can_add(const eqfi_node *node)
{
    static const bool table[EQFI_OP_COUNT] = {
        [EQFI_OP_LINEAR] = true, [EQFI_OP_PRODUCT] = true, [EQFI_OP_CONTRACT] = true,
        [EQFI_OP_OUTER] = true,  [EQFI_OP_SCALE] = true,   [EQFI_OP_DOT] = true};
    bool weights = node->op == EQFI_OP_LINEAR && node->attribute.role == 2;
    bool members =
        node->op == EQFI_OP_OUTER && node->attribute.role != EQFI_ROLE_OUT; /* rows are not those of the domain */
    return table[node->op] && !weights && !members && !node->adds;
}

/* Whether the term k of a sum is all columns of a variable, in their places: it may have been selected from more. */
static bool is_whole(const eqfi_planner *p, const eqfi_node *sum, int k)
{
    const eqfi_variable *term = &p->program->vars.items[sum->in[k] - 1], *out = &p->program->vars.items[sum->out - 1];
    const eqfi_type *types = p->program->types.items;
    return sum->column[k] == 0 && types[term->type].layout->columns == types[out->type].layout->columns;
}

/* Whether a term of the sum `node` comes from such an operation, and nothing else reads it. */
static bool folds(const eqfi_planner *p, const eqfi_node *node, int k)
{
    int var = node->in[k], made = eqfi_maker(p, var);
    if (made < 0 || eqfi_is_kept(p, var) || !is_whole(p, node, k)) return false;
    const eqfi_node *maker = eqfi_node_at(p, made);
    return can_add(maker) && maker->domain == node->domain && !eqfi_sums(p->program, maker) &&
           p->first_reader.items[var] - p->first_reader.items[var - 1] == 1;
}

void eqfi_fold_sums(eqfi_planner *p)
{
    for (int i = 0; i < (int)p->nodes.n; i++) {
        eqfi_node *node = eqfi_node_at(p, i);
        const eqfi_attribute *a = &node->attribute;
        if (!p->nodes.items[i].needed || node->op != EQFI_OP_COMBINE || node->n_in != 2 || a->alpha != 1 ||
            a->beta != 1 || eqfi_sums(p->program, node))
            continue;
        int k = folds(p, node, 1) ? 1 : 0;
        if (!folds(p, node, k)) continue;
        eqfi_node maker = *eqfi_node_at(p, eqfi_maker(p, node->in[k]));
        maker.column[maker.n_in] = node->column[1 - k];
        maker.in[maker.n_in++] = node->in[1 - k];
        maker.adds = true;
        maker.out = node->out;
        *node = maker;
    }
}

/* Whether input k of the node can begin at a later column of a row. */
static bool reads_within(const eqfi_node *node, int k)
{
    static const bool table[EQFI_OP_COUNT] = {
        [EQFI_OP_COMBINE] = true, [EQFI_OP_SCALE] = true,  [EQFI_OP_DOT] = true,
        [EQFI_OP_UNARY] = true,   [EQFI_OP_SELECT] = true, [EQFI_OP_PRODUCT] = true};
    return table[node->op] || (node->op == EQFI_OP_LINEAR && node->attribute.role != 2 && k == 0);
}

/* Replaces the grouping of a node by the one through a selection, if there is one. */
static eqf_status group_through(eqfi_planner *p, eqfi_node *node, const eqfi_select_plan *select, eqfi_group_end end,
                                bool *done)
{
    eqfi_group_plan *made = NULL;
    *done = false;
    eqf_status status = eqfi_group_plan_through(p->context, node->attribute.plan, select, end, &made);
    if (status != EQF_OK || made == NULL) return status;
    const void *plan = eqfi_intern_plan(p->program, made, eqfi_group_plan_bytes(made));
    if (plan == NULL) return p->program->status;
    node->attribute.plan = plan;
    *done = true;
    return EQF_OK;
}

/* Has a node read the argument of a selection instead of its result, as input k, if it can. */
static eqf_status read_through(eqfi_planner *p, eqfi_node *node, int k, const eqfi_node *selection)
{
    const eqfi_select_plan *select = selection->attribute.plan;
    bool done = select->covers && select->n == 1 && reads_within(node, k);
    int column = done ? select->runs[0].from : 0;
    if (!done && ((node->op == EQFI_OP_SCALE && k == 0) || node->op == EQFI_OP_DOT)) {
        eqf_status status = group_through(p, node, select, k == 0 ? EQFI_GROUP_X : EQFI_GROUP_Y, &done);
        if (status != EQF_OK) return status;
    }
    if (!done) return EQF_OK;
    node->in[k] = selection->in[0];
    node->column[k] = selection->column[0] + column;
    return EQF_OK;
}

/* Turns the selection from a result of SCALE that nothing else reads into a SCALE whose blocks lie elsewhere. */
static eqf_status write_through(eqfi_planner *p, eqfi_node *selection)
{
    int var = selection->in[0], made = eqfi_maker(p, var);
    if (made < 0 || eqfi_is_kept(p, var) || selection->column[0] != 0) return EQF_OK;
    eqfi_node maker = *eqfi_node_at(p, made);
    if (maker.op != EQFI_OP_SCALE || maker.domain != selection->domain ||
        p->first_reader.items[var] - p->first_reader.items[var - 1] != 1)
        return EQF_OK;
    bool done;
    eqf_status status = group_through(p, &maker, selection->attribute.plan, EQFI_GROUP_RESULT, &done);
    if (status != EQF_OK || !done) return status;
    maker.out = selection->out;
    *selection = maker;
    return EQF_OK;
}

eqf_status eqfi_fold_selections(eqfi_planner *p)
{
    eqf_status status = EQF_OK;
    for (int i = 0; i < (int)p->nodes.n; i++) {
        eqfi_node *node = eqfi_node_at(p, i);
        if (!p->nodes.items[i].needed || node->op != EQFI_OP_SELECT) continue;
        EQFI_TRY(write_through(p, node));
        if (node->op != EQFI_OP_SELECT || eqfi_is_kept(p, node->out)) continue;
        for (int r = p->first_reader.items[node->out - 1]; r < p->first_reader.items[node->out]; r++) {
            eqfi_node *reader = eqfi_node_at(p, p->readers.items[r]);
            for (int k = 0; k < reader->n_in; k++)
                if (reader->in[k] == node->out) EQFI_TRY(read_through(p, reader, k, node));
        }
    }
fail:
    return status;
}

/* Whether input k of the node can be read along a map: not what the node adds. */
static bool reads_along(const eqfi_node *node, int k)
{
    bool can = node->op == EQFI_OP_COMBINE || node->op == EQFI_OP_PRODUCT;
    return can && k < node->n_in - node->adds && node->through[k] == 0;
}

/* Whether all that read the result of `gather` can read its argument instead. */
static bool can_skip(const eqfi_planner *p, const eqfi_node *gather)
{
    int var = gather->out;
    if (gather->op != EQFI_OP_GATHER || eqfi_is_kept(p, var)) return false;
    for (int r = p->first_reader.items[var - 1]; r < p->first_reader.items[var]; r++) {
        const eqfi_node *reader = eqfi_node_at(p, p->readers.items[r]);
        if (reader->domain != gather->domain) return false;
        for (int k = 0; k < reader->n_in; k++)
            if (reader->in[k] == var && !reads_along(reader, k)) return false;
    }
    return true;
}

void eqfi_fold_gathers(eqfi_planner *p)
{
    for (int i = 0; i < (int)p->nodes.n; i++) {
        const eqfi_node *gather = eqfi_node_at(p, i);
        if (!p->nodes.items[i].needed || !can_skip(p, gather)) continue;
        for (int r = p->first_reader.items[gather->out - 1]; r < p->first_reader.items[gather->out]; r++) {
            eqfi_node *reader = eqfi_node_at(p, p->readers.items[r]);
            for (int k = 0; k < reader->n_in; k++) {
                if (reader->in[k] != gather->out) continue;
                reader->in[k] = gather->in[0];
                reader->through[k] = gather->attribute.map;
            }
        }
    }
}

/* Whether the term k of a sum is a gradient by weights that nothing else reads. */
static bool is_weight_gradient(const eqfi_planner *p, const eqfi_node *sum, int k)
{
    int var = sum->in[k], made = eqfi_maker(p, var);
    if (made < 0 || eqfi_is_kept(p, var) || !is_whole(p, sum, k)) return false;
    const eqfi_node *maker = eqfi_node_at(p, made);
    return maker->op == EQFI_OP_LINEAR && maker->attribute.role == 2 && maker->n_in == 2 &&
           p->first_reader.items[var] - p->first_reader.items[var - 1] == 1;
}

void eqfi_join_weight_gradients(eqfi_planner *p)
{
    for (int i = 0; i < (int)p->nodes.n; i++) {
        const eqfi_node *sum = eqfi_node_at(p, i);
        const eqfi_attribute *attribute = &sum->attribute;
        if (!p->nodes.items[i].needed || sum->op != EQFI_OP_COMBINE || sum->n_in != 2 || attribute->alpha != 1 ||
            attribute->beta != 1 || !is_weight_gradient(p, sum, 0) || !is_weight_gradient(p, sum, 1))
            continue;
        int a = eqfi_maker(p, sum->in[0]), b = eqfi_maker(p, sum->in[1]), last = a > b ? a : b;
        eqfi_node joined = *eqfi_node_at(p, a);
        const eqfi_node *other = eqfi_node_at(p, b);
        if (a == b || joined.attribute.plan != other->attribute.plan || !eqfi_share_stage(p, a, b)) continue;
        for (int k = 0; k < 2; k++) joined.in[2 + k] = other->in[k];
        joined.n_in = 4;
        joined.out = sum->out;
        *eqfi_node_at(p, last) = joined;
        p->program->vars.items[joined.out - 1].node = last;
    }
}
