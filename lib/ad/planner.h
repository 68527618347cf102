/* Ending a program: what its parts share while they decide which nodes run together.
 *
 *     fold.c           sums that operations begin with, columns and rows that they find where those are
 *     levels.c         groups and levels: nodes of one of each share a stage
 *     rematerialise.c  what a stage computes again instead of reading it from an array
 *     stages.c         the order of the nodes in their stages
 *
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_AD_PLANNER_H
#define EQFI_AD_PLANNER_H

#include "ad/program.h"

/* Nodes that may share a stage, in the order in which they run at equal levels. TIED: of the rows that the tie comes
 * from, and sums along it. PLAIN: of one other row set. ALONE: an exchange, a stage of its own. */
typedef enum eqfi_group { EQFI_PLAIN, EQFI_TIED, EQFI_ALONE } eqfi_group;

/* What is known of a node. */
typedef struct eqfi_plan_node {
    bool needed; /* an output depends on it */
    eqfi_group group;
    bool sum; /* along the tie, or combined of such sums */
    int level;
    int rank;   /* nodes of a stage run in this order; of a node that is computed again, that of the original */
    bool again; /* computed again: runs when it is read first */
} eqfi_plan_node;

typedef struct eqfi_planner {
    eqf_context *context;
    eqf_program *program;
    EQFI_LIST(eqfi_plan_node) nodes; /* as many as the program's */
    EQFI_LIST(int) first_reader;     /* [vars + 1] where a variable's readers begin */
    EQFI_LIST(int) readers;          /* nodes, each once per argument */
    bool *kept;                      /* [vars of the recording] outputs */
    size_t recorded;                 /* variables of the recording */
    int tie;                         /* map, 0 if there is none */
    int highest;                     /* level */
} eqfi_planner;

static inline const eqfi_row_map *eqfi_map_at(const eqfi_planner *p, int map)
{
    return &p->program->maps.items[map - 1];
}

static inline eqfi_node *eqfi_node_at(const eqfi_planner *p, int node) { return &p->program->nodes.items[node]; }

/* The node that computes a variable, -1 if none does. */
static inline int eqfi_maker(const eqfi_planner *p, int var) { return p->program->vars.items[var - 1].node; }

static inline bool eqfi_is_kept(const eqfi_planner *p, int var)
{
    return (size_t)var <= p->recorded && p->kept[var - 1];
}

/* The number by which a stage is told from others of its level. */
static inline int eqfi_stage_domain(const eqfi_planner *p, int node)
{
    eqfi_group group = p->nodes.items[node].group;
    if (group == EQFI_ALONE) return node;
    return group == EQFI_TIED ? 0 : eqfi_node_at(p, node)->domain;
}

/* Whether two nodes whose levels are known run in one stage. */
static inline bool eqfi_share_stage(const eqfi_planner *p, int a, int b)
{
    const eqfi_plan_node *x = &p->nodes.items[a], *y = &p->nodes.items[b];
    return x->level == y->level && x->group == y->group && eqfi_stage_domain(p, a) == eqfi_stage_domain(p, b);
}

/* The map along which a node reads its input k, or 0. What it adds has the rows of its domain. */
static inline int eqfi_map_along(const eqfi_node *node, int k)
{
    if (node->adds && k == node->n_in - 1) return 0;
    return node->attribute.map != 0 ? node->attribute.map : node->through[k];
}

/* Whether input k is read at other rows than those of a tile, by the host, or packed beforehand, in stages of any kind. */
static inline bool eqfi_needs_array(const eqfi_planner *p, const eqfi_node *node, int k)
{
    int map = eqfi_map_along(node, k);
    if (node->op == EQFI_OP_EXCHANGE) return true;
    if (map != 0) return map != p->tie;
    return node->op == EQFI_OP_LINEAR && node->attribute.role != 2 && k == 1;
}

/* Whether the result lies at other rows than those of a tile. */
static inline bool eqfi_scatters(const eqfi_planner *p, const eqfi_node *node)
{
    bool at_sources = node->op == EQFI_OP_SEGMENT_SOFTMAX || (node->op == EQFI_OP_OUTER && node->attribute.role != 0);
    return at_sources && node->attribute.map != p->tie;
}

/* What a row of an array costs while it lives: bytes, of the tie's finer rows times as many as lead to one other row, about.
 * Variables of one row cost nothing. */
enum { EQFI_FINE_ROWS = 16 };
int64_t eqfi_row_cost(const eqfi_planner *p, int var);

/* Whether a node may run in stages of a group and domain. */
bool eqfi_may_run_in(const eqfi_planner *p, const eqfi_node *node, eqfi_group group, int domain);

/* Marks the nodes that outputs depend on, and lists the readers of variables. */
eqf_status eqfi_find_readers(eqfi_planner *p);

/* Makes operations read and write columns where they are or are wanted, instead of selected ones; readers as below. */
eqf_status eqfi_fold_selections(eqfi_planner *p);

/* Makes operations add what their results are added to; readers are listed before, and change. */
void eqfi_fold_sums(eqfi_planner *p);

/* Makes operations that can read rows along maps do so, instead of reading gathered rows; readers as above. */
void eqfi_fold_gathers(eqfi_planner *p);

/* Groups and levels. */
eqf_status eqfi_find_levels(eqfi_planner *p);

/* Makes one node of two in a stage that compute terms of a gradient by weights, so that their sum is read and written once;
 * readers as above. */
void eqfi_join_weight_gradients(eqfi_planner *p);

/* Clones nodes into stages that would read their results from arrays of other stages. */
eqf_status eqfi_rematerialise(eqfi_planner *p);

/* Puts the nodes that are needed into stages, in order. */
eqf_status eqfi_place_nodes(eqfi_planner *p);

#endif
