/* What a stage computes again instead of reading it from an array of all rows.
 *
 * The reverse pass of a block reads what its forward pass computed, long before. A result lives in an array until then,
 * or the reverse stage computes it again, in a tile's scratch, from what it reads anyway or from less. For every stage,
 * from the last one back, the choice is the cheapest one:
 *
 *     keep a result       its bytes per row, of what all blocks read the stage's share
 *     compute it again    its FLOPs per row / flops_per_byte, and so on for what it is computed from
 *
 * a minimum cut. Every result that may be wanted has two nodes: `wanted`, and `again` beyond an edge of the cost of keeping
 * it; from there an edge of the cost of computing leads to the sink, and endless ones to `wanted` of its arguments.
 * What lives anyway, or is read soon after it was made, is free.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "ad/mincut.h"
#include "ad/planner.h"

/* With 40 FLOPs per byte, products of matrices with an inner dimension of 64 (the last layer of radial networks) are computed
 * again, larger ones are kept.
 * SOON: a result that is read so many levels later adds little to the most that lives at any time.
 * MANY: a result that more stages read later than that is not one block's own: the cost of keeping it is divided by them.
 * COLUMN_FLOPS, PRODUCT_FLOPS, FRAME_FLOPS: what a column of the result costs elsewhere, in the time of FLOPs of matrix
 * products.
 * CONTRACT_FACTOR: by how much contractions are slower than matrix products. */
enum { SOON = 1, MANY = 3, COLUMN_FLOPS = 16, PRODUCT_FLOPS = 32, FRAME_FLOPS = 512, CONTRACT_FACTOR = 4 };

/* The nodes of one stage while the choice is made. */
typedef struct choice {
    eqfi_planner *planner;
    eqfi_cut cut;
    int level, domain; /* of the stage */
    eqfi_group group;
    const int *members; /* nodes of the stage */
    int n_members;
    int *alive;            /* [variables of the recording] the level up to which it lives */
    int *stages;           /* [..] that read it later than soon after it was made */
    int *slot;             /* [..] place among `wanted`, -1 */
    int *again;            /* [..] the variable that stands for it in this stage, 0 */
    EQFI_LIST(int) wanted; /* variables */
} choice;

static int columns_of(const eqfi_planner *p, int var)
{
    return p->program->types.items[p->program->vars.items[var - 1].type].layout->columns;
}

/* ---------------------------------------------------------------------------------------------------------- costs -- */

static int64_t linear_flops(const eqfi_linear_plan *plan)
{
    int64_t flops = 0;
    for (int i = 0; i < plan->n; i++)
        flops += 2LL * plan->paths[i].in.mul * plan->paths[i].out.mul * plan->paths[i].in.dim;
    return flops;
}

/* Of all members, if the result is their sum. */
static int64_t outer_flops(const eqfi_node *node)
{
    const eqfi_outer_plan *plan = node->attribute.plan;
    return 2LL * plan->x * plan->y * (node->attribute.role == EQFI_ROLE_OUT ? EQFI_FINE_ROWS : 1);
}

static int64_t contract_flops(const eqfi_product_plan *plan)
{
    int64_t flops = 0;
    for (int i = 0; i < plan->n; i++) flops += 2LL * (plan->paths[i].n + plan->paths[i].out.dim) * plan->paths[i].x.mul;
    return CONTRACT_FACTOR * flops;
}

/* Of a row. */
static int64_t flops_of(const eqfi_planner *p, const eqfi_node *node)
{
    if (node->op == EQFI_OP_LINEAR) return linear_flops(node->attribute.plan);
    if (node->op == EQFI_OP_OUTER) return outer_flops(node);
    if (node->op == EQFI_OP_CONTRACT) return contract_flops(node->attribute.plan);
    int64_t flops = node->op == EQFI_OP_PRODUCT ? PRODUCT_FLOPS
                    : node->op == EQFI_OP_FRAME ? FRAME_FLOPS
                                                : COLUMN_FLOPS;
    return flops * columns_of(p, node->out);
}

/* Whether reading the variable costs nothing. */
static bool is_free(const choice *c, int var)
{
    const eqfi_planner *p = c->planner;
    int made = eqfi_maker(p, var);
    return made < 0 || (size_t)var > p->recorded || p->program->vars.items[var - 1].rows == EQFI_ROWS_ONE ||
           eqfi_is_kept(p, var) || c->alive[var - 1] + SOON >= c->level;
}

/* The part of the cost of keeping a result that falls to the stage. */
static int64_t cost_kept(const choice *c, int var)
{
    int stages = (size_t)var <= c->planner->recorded ? c->stages[var - 1] : 1;
    return eqfi_row_cost(c->planner, var) / (stages > MANY ? stages : 1);
}

/* The cost of computing a result in the stage, or EQFI_CUT_NEVER if it cannot be, or if keeping it is cheaper anyway. */
static int64_t cost_again(const choice *c, int var)
{
    const eqfi_planner *p = c->planner;
    const eqfi_node *node = eqfi_node_at(p, eqfi_maker(p, var));
    int64_t row = eqfi_row_cost(p, var), kept = cost_kept(c, var), bytes = (int64_t)columns_of(p, var) * 4;
    if (node->op == EQFI_OP_SEGMENT_SUM || node->op == EQFI_OP_SEGMENT_SOFTMAX ||
        !eqfi_may_run_in(p, node, c->group, c->domain))
        return EQFI_CUT_NEVER;
    int64_t rows = bytes == 0 ? 1 : row / bytes, cost = rows * flops_of(p, node) / p->program->flops_per_byte;
    for (int k = 0; k < node->n_in; k++)
        if (eqfi_needs_array(p, node, k) && !is_free(c, node->in[k])) cost += eqfi_row_cost(p, node->in[k]);
    return cost < kept ? cost : EQFI_CUT_NEVER;
}

/* --------------------------------------------------------------------------------------------------------- choice -- */

static void keep(choice *c, int var)
{
    if ((size_t)var <= c->planner->recorded && c->alive[var - 1] < c->level) c->alive[var - 1] = c->level;
}

static eqf_status want(choice *c, int var)
{
    if (is_free(c, var) || c->slot[var - 1] >= 0) return EQF_OK;
    eqf_status status = eqfi_grow(c->planner->context, c->wanted.n + 1, sizeof *c->wanted.items, &c->wanted.capacity,
                                  (void **)&c->wanted.items);
    if (status != EQF_OK) return status;
    c->slot[var - 1] = (int)c->wanted.n;
    c->wanted.items[c->wanted.n++] = var;
    return EQF_OK;
}

/* The arguments of a node that another node might compute in this stage. */
static eqf_status want_arguments(choice *c, const eqfi_node *node)
{
    eqf_status status = EQF_OK;
    for (int k = 0; k < node->n_in && status == EQF_OK; k++)
        if (!eqfi_needs_array(c->planner, node, k)) status = want(c, node->in[k]);
    return status;
}

/* What the members read, and what that might be computed from; the number of the former. */
static eqf_status find_wanted(choice *c, size_t *n_read)
{
    const eqfi_planner *p = c->planner;
    eqf_status status = EQF_OK;
    c->wanted.n = 0;
    for (int i = 0; i < c->n_members; i++) {
        const eqfi_node *node = eqfi_node_at(p, c->members[i]);
        for (int k = 0; k < node->n_in; k++)
            if (eqfi_needs_array(p, node, k)) keep(c, node->in[k]);
    }
    for (int i = 0; i < c->n_members; i++) EQFI_TRY(want_arguments(c, eqfi_node_at(p, c->members[i])));
    *n_read = c->wanted.n;
    for (size_t i = 0; i < c->wanted.n; i++) {
        if (cost_again(c, c->wanted.items[i]) == EQFI_CUT_NEVER) continue;
        EQFI_TRY(want_arguments(c, eqfi_node_at(p, eqfi_maker(p, c->wanted.items[i]))));
    }
fail:
    return status;
}

static int wanted_node(int slot) { return 2 + 2 * slot; }
static int again_node(int slot) { return 3 + 2 * slot; }

static eqf_status find_cut(choice *c, size_t n_read)
{
    const eqfi_planner *p = c->planner;
    eqf_context *context = p->context;
    eqf_status status = EQF_OK;
    EQFI_TRY(eqfi_cut_begin(context, &c->cut, 2 + 2 * (int)c->wanted.n));
    for (int i = 0; i < (int)c->wanted.n; i++) {
        int var = c->wanted.items[i];
        int64_t again = cost_again(c, var);
        if (i < (int)n_read)
            EQFI_TRY(eqfi_cut_edge_add(context, &c->cut, EQFI_CUT_SOURCE, wanted_node(i), EQFI_CUT_NEVER));
        EQFI_TRY(eqfi_cut_edge_add(context, &c->cut, wanted_node(i), again_node(i), cost_kept(c, var)));
        EQFI_TRY(eqfi_cut_edge_add(context, &c->cut, again_node(i), EQFI_CUT_SINK, again));
        if (again == EQFI_CUT_NEVER) continue;
        const eqfi_node *node = eqfi_node_at(p, eqfi_maker(p, var));
        for (int k = 0; k < node->n_in; k++)
            if (!eqfi_needs_array(p, node, k) && !is_free(c, node->in[k]))
                EQFI_TRY(eqfi_cut_edge_add(context, &c->cut, again_node(i), wanted_node(c->slot[node->in[k] - 1]),
                                           EQFI_CUT_NEVER));
    }
    eqfi_cut_find(&c->cut);
fail:
    return status;
}

/* ---------------------------------------------------------------------------------------------------------- clones -- */

static eqf_status clone(choice *c, int var);

/* What stands for a variable in this stage: itself, or what is computed again. */
static eqf_status stand_in(choice *c, int *var)
{
    bool chosen = (size_t)*var <= c->planner->recorded && c->slot[*var - 1] >= 0;
    if (!chosen) return EQF_OK;
    if (c->cut.depth[again_node(c->slot[*var - 1])] < 0) {
        keep(c, *var);
        return EQF_OK;
    }
    eqf_status status = c->again[*var - 1] == 0 ? clone(c, *var) : EQF_OK;
    if (status == EQF_OK) *var = c->again[*var - 1];
    return status;
}

static eqf_status clone(choice *c, int var)
{
    eqfi_planner *p = c->planner;
    eqf_status status = EQF_OK;
    eqfi_node node = *eqfi_node_at(p, eqfi_maker(p, var));
    int rank = p->nodes.items[eqfi_maker(p, var)].rank;
    for (int k = 0; k < node.n_in; k++) {
        if (eqfi_needs_array(p, &node, k))
            keep(c, node.in[k]);
        else
            EQFI_TRY(stand_in(c, &node.in[k]));
    }
    EQFI_TRY(
        eqfi_grow(p->context, p->nodes.n + 1, sizeof *p->nodes.items, &p->nodes.capacity, (void **)&p->nodes.items));
    int made = eqfi_clone_node(p->program, eqfi_maker(p, var));
    if (made < 0) return p->program->status;
    memcpy(eqfi_node_at(p, made)->in, node.in, sizeof node.in);
    p->nodes.items[p->nodes.n++] =
        (eqfi_plan_node){.needed = true, .group = c->group, .level = c->level, .rank = rank, .again = true};
    c->again[var - 1] = eqfi_node_at(p, made)->out;
fail:
    return status;
}

static eqf_status choose(choice *c)
{
    eqfi_planner *p = c->planner;
    eqf_status status = EQF_OK;
    size_t n_read;
    EQFI_TRY(find_wanted(c, &n_read));
    if (n_read == 0) return EQF_OK;
    EQFI_TRY(find_cut(c, n_read));
    for (int i = 0; i < c->n_members; i++)
        for (int k = 0; k < eqfi_node_at(p, c->members[i])->n_in; k++) {
            int var = eqfi_node_at(p, c->members[i])->in[k];
            if (eqfi_needs_array(p, eqfi_node_at(p, c->members[i]), k)) continue;
            EQFI_TRY(stand_in(c, &var)); /* the list of nodes may move */
            eqfi_node_at(p, c->members[i])->in[k] = var;
        }
    for (size_t i = 0; i < c->wanted.n; i++) c->slot[c->wanted.items[i] - 1] = -1;
    for (size_t i = 0; i < c->wanted.n; i++) c->again[c->wanted.items[i] - 1] = 0;
fail:
    return status;
}

/* --------------------------------------------------------------------------------------------------------- stages -- */

typedef struct member {
    int level, group, domain, node;
} member;

static int later_first(const void *a, const void *b)
{
    const member *x = a, *y = b;
    if (x->level != y->level) return x->level > y->level ? -1 : 1;
    if (x->group != y->group) return x->group > y->group ? -1 : 1;
    if (x->domain != y->domain) return x->domain > y->domain ? -1 : 1;
    return (x->node > y->node) - (x->node < y->node);
}

static bool together(const member *a, const member *b)
{
    return a->level == b->level && a->group == b->group && a->domain == b->domain;
}

/* Counts, for each variable, the stages that read it later than soon after it was made; members come by stage. */
static void count_stages(choice *c, const member *members, int n)
{
    const eqfi_planner *p = c->planner;
    for (size_t v = 0; v < p->recorded; v++) c->again[v] = -1; /* the last stage that was counted */
    for (int i = 0, stage = 0; i < n; i++) {
        if (i > 0 && !together(&members[i - 1], &members[i])) stage = i;
        const eqfi_node *node = eqfi_node_at(p, members[i].node);
        for (int k = 0; k < node->n_in; k++) {
            int var = node->in[k] - 1;
            if (c->again[var] == stage || c->alive[var] + SOON >= members[i].level) continue;
            c->again[var] = stage;
            c->stages[var]++;
        }
    }
    memset(c->again, 0, p->recorded * sizeof *c->again);
}

/* Each stage, from the last one back. */
static eqf_status choose_all(choice *c, const member *members, int *nodes, int n)
{
    for (int i = 0; i < n; i++) nodes[i] = members[i].node;
    for (int first = 0, last; first < n; first = last) {
        for (last = first + 1; last < n && together(&members[first], &members[last]);) last++;
        c->level = members[first].level;
        c->domain = members[first].domain;
        c->group = (eqfi_group)members[first].group;
        c->members = nodes + first;
        c->n_members = last - first;
        eqf_status status = choose(c);
        if (status != EQF_OK) return status;
    }
    return EQF_OK;
}

eqf_status eqfi_rematerialise(eqfi_planner *p)
{
    eqf_status status = EQF_OK;
    choice c = {.planner = p};
    member *members = NULL;
    int *nodes = NULL, n = 0;
    EQFI_TRY(eqfi_new(p->context, p->nodes.n, sizeof *members, (void **)&members));
    EQFI_TRY(eqfi_new(p->context, p->nodes.n, sizeof *nodes, (void **)&nodes));
    EQFI_TRY(eqfi_new(p->context, p->recorded, sizeof *c.alive, (void **)&c.alive));
    EQFI_TRY(eqfi_new(p->context, p->recorded, sizeof *c.stages, (void **)&c.stages));
    EQFI_TRY(eqfi_new(p->context, p->recorded, sizeof *c.slot, (void **)&c.slot));
    EQFI_TRY(eqfi_new(p->context, p->recorded, sizeof *c.again, (void **)&c.again));
    for (int i = 0; i < (int)p->nodes.n; i++) {
        const eqfi_plan_node *plan = &p->nodes.items[i];
        if (!plan->needed) continue;
        members[n++] = (member){plan->level, (int)plan->group, eqfi_stage_domain(p, i), i};
        c.alive[eqfi_node_at(p, i)->out - 1] = plan->level;
    }
    memset(c.slot, -1, p->recorded * sizeof *c.slot);
    qsort(members, (size_t)n, sizeof *members, later_first);
    count_stages(&c, members, n);
    EQFI_TRY(choose_all(&c, members, nodes, n));
    EQFI_TRY(eqfi_find_readers(p));
fail:
    eqfi_cut_free(p->context, &c.cut);
    eqfi_delete(p->context, members);
    eqfi_delete(p->context, nodes);
    eqfi_delete(p->context, c.alive);
    eqfi_delete(p->context, c.stages);
    eqfi_delete(p->context, c.slot);
    eqfi_delete(p->context, c.again);
    eqfi_delete(p->context, c.wanted.items);
    return status;
}
