/* The stages of a program: its nodes in order.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "ad/planner.h"

typedef struct place {
    int level, group, domain, rank, node;
} place;

typedef struct placement {
    eqfi_planner *planner;
    place *places; /* needed nodes by stage */
    int n;
    int *stage;       /* [nodes] */
    bool *placed;     /* [nodes] */
    eqfi_node *order; /* nodes as they will run */
    int n_order;
} placement;

static int compare_places(const void *a, const void *b)
{
    const place *x = a, *y = b;
    if (x->level != y->level) return x->level < y->level ? -1 : 1;
    if (x->group != y->group) return x->group < y->group ? -1 : 1;
    if (x->domain != y->domain) return x->domain < y->domain ? -1 : 1;
    if (x->rank != y->rank) return x->rank < y->rank ? -1 : 1;
    return (x->node > y->node) - (x->node < y->node);
}

/* Whether two neighbours in the order share a stage. */
static bool together(const place *a, const place *b)
{
    return a->level == b->level && a->group == b->group && a->domain == b->domain;
}

/* A node, after those of its stage that are computed again and that it is the first to read. */
static void put(placement *s, int index)
{
    const eqfi_planner *p = s->planner;
    const eqfi_node *node = eqfi_node_at(p, index);
    if (s->placed[index]) return;
    s->placed[index] = true;
    for (int k = 0; k < node->n_in; k++) {
        int made = eqfi_maker(p, node->in[k]);
        if (made >= 0 && p->nodes.items[made].again && s->stage[made] == s->stage[index]) put(s, made);
    }
    s->order[s->n_order++] = *node;
}

/* Places first..last-1 as a stage. */
static eqf_status add_stage(placement *s, int first, int last)
{
    eqfi_planner *p = s->planner;
    eqf_program *program = p->program;
    const eqfi_row_map *tie = p->tie == 0 ? NULL : eqfi_map_at(p, p->tie);
    eqf_status status = eqfi_grow(p->context, program->stages.n + 1, sizeof *program->stages.items,
                                  &program->stages.capacity, (void **)&program->stages.items);
    if (status != EQF_OK) return status;
    eqfi_stage stage = {s->n_order, s->n_order, eqfi_node_at(p, s->places[first].node)->domain, 0, false};
    for (int i = first; i < last; i++) {
        const eqfi_node *node = eqfi_node_at(p, s->places[i].node);
        stage.sums = stage.sums || eqfi_sums(program, node);
        if (s->places[first].group == EQFI_TIED && node->domain == tie->to) stage.tie = p->tie;
        s->stage[s->places[i].node] = (int)program->stages.n;
    }
    if (stage.tie != 0) { /* nodes of one row set alone need no neighbourhoods */
        stage.domain = tie->to;
        program->maps.items[stage.tie - 1].segments = program->maps.items[stage.tie - 1].ties = true;
    }
    for (int i = first; i < last; i++)
        if (!p->nodes.items[s->places[i].node].again) put(s, s->places[i].node);
    stage.last = s->n_order;
    program->stages.items[program->stages.n++] = stage;
    return EQF_OK;
}

/* Results that are read in their own stage alone. */
static void mark_local(const placement *s)
{
    const eqfi_planner *p = s->planner;
    for (int i = 0; i < s->n; i++) {
        int node = s->places[i].node, out = eqfi_node_at(p, node)->out;
        eqfi_variable *v = &p->program->vars.items[out - 1];
        v->local = v->rows != EQFI_ROWS_ONE && !eqfi_is_kept(p, out);
        for (int r = p->first_reader.items[out - 1]; r < p->first_reader.items[out]; r++)
            if (s->stage[p->readers.items[r]] != s->stage[node]) v->local = false;
    }
}

/* Operations that compute a row from rows of the same number, and from whole arrays. */
static bool by_rows(const eqfi_node *node)
{
    static const bool table[EQFI_OP_COUNT] = {
        [EQFI_OP_COMBINE] = true, [EQFI_OP_SCALE] = true,  [EQFI_OP_DOT] = true,     [EQFI_OP_UNARY] = true,
        [EQFI_OP_SELECT] = true,  [EQFI_OP_GATHER] = true, [EQFI_OP_PRODUCT] = true, [EQFI_OP_HARMONICS] = true,
        [EQFI_OP_FRAME] = true,   [EQFI_OP_MASK] = true,   [EQFI_OP_CONVERT] = true,
    };
    return table[node->op];
}

/* A sum grows where it is wanted in the end: a local term that the node alone reads is as brief as the result, or lies in the
 * array that the result has. */
static void grow_in_place(eqf_program *program, int node, const int *last_read)
{
    const eqfi_node *n = &program->nodes.items[node];
    const eqfi_variable *out = &program->vars.items[n->out - 1];
    if (!n->adds || out->brief) return;
    int added = n->in[n->n_in - 1];
    eqfi_variable *v = &program->vars.items[added - 1];
    if (!v->local || last_read[added - 1] != node || v->rows != out->rows || v->type != out->type) return;
    for (int k = 0; k < n->n_in - 1; k++)
        if (n->in[k] == added) return;
    v->brief = false;
    if (out->local) return;
    v->local = false;
    v->grows_into = n->out;
}

/* Rows of the strips of nodes first..last-1: as many of the widest result as leave the first cache room for others. */
static int strip_of(const eqf_program *program, int first, int last)
{
    enum { LEAST = 8, MOST = 32, BYTES = 16384 };
    int64_t widest = 1;
    for (int i = first; i < last; i++) {
        const eqfi_variable *v = &program->vars.items[program->nodes.items[i].out - 1];
        int64_t bytes = program->types.items[v->type].layout->columns * (v->wide ? 8 : 4);
        if (bytes > widest) widest = bytes;
    }
    int64_t rows = BYTES / widest / LEAST * LEAST;
    return rows < LEAST ? LEAST : rows > MOST ? MOST : (int)rows;
}

/* Chains of the stages, and the results that are read in their own chain alone. */
static eqf_status find_chains(eqf_context *context, eqf_program *program)
{
    eqf_status status = EQF_OK;
    eqfi_node *nodes = program->nodes.items;
    int *last_read;
    EQFI_TRY(eqfi_new(context, program->vars.n, sizeof *last_read, (void **)&last_read));
    for (size_t s = 0; s < program->stages.n; s++) {
        const eqfi_stage *stage = &program->stages.items[s];
        for (int first = stage->first, last; first < stage->last; first = last) {
            last = first + 1;
            while (last < stage->last && by_rows(&nodes[first]) && by_rows(&nodes[last]) &&
                   nodes[last].domain == nodes[first].domain)
                last++;
            int strip = strip_of(program, first, last);
            for (int i = first; i < last; i++) {
                nodes[i].chain_first = first;
                nodes[i].chain_last = last;
                nodes[i].strip = strip;
                for (int k = 0; k < nodes[i].n_in; k++) last_read[nodes[i].in[k] - 1] = i;
            }
        }
    }
    for (size_t i = 0; i < program->nodes.n; i++) {
        eqfi_variable *v = &program->vars.items[nodes[i].out - 1];
        v->brief = v->local && last_read[nodes[i].out - 1] < nodes[i].chain_last;
    }
    for (size_t i = program->nodes.n; i-- > 0;) grow_in_place(program, (int)i, last_read);
    eqfi_delete(context, last_read);
fail:
    return status;
}

/* Nodes get their new places; variables of removed nodes lose theirs. */
static void renumber(const placement *s)
{
    eqf_program *program = s->planner->program;
    for (size_t i = 0; i < program->vars.n; i++) program->vars.items[i].node = -1;
    if (s->n_order > 0) memcpy(program->nodes.items, s->order, (size_t)s->n_order * sizeof *s->order);
    program->nodes.n = (size_t)s->n_order;
    for (int i = 0; i < s->n_order; i++) program->vars.items[s->order[i].out - 1].node = i;
}

eqf_status eqfi_place_nodes(eqfi_planner *p)
{
    eqf_status status = EQF_OK;
    placement s = {.planner = p};
    size_t nodes = p->nodes.n;
    EQFI_TRY(eqfi_new(p->context, nodes, sizeof *s.places, (void **)&s.places));
    EQFI_TRY(eqfi_new(p->context, nodes, sizeof *s.stage, (void **)&s.stage));
    EQFI_TRY(eqfi_new(p->context, nodes, sizeof *s.placed, (void **)&s.placed));
    EQFI_TRY(eqfi_new(p->context, nodes, sizeof *s.order, (void **)&s.order));
    for (int i = 0; i < (int)nodes; i++) {
        const eqfi_plan_node *plan = &p->nodes.items[i];
        if (plan->needed)
            s.places[s.n++] = (place){plan->level, (int)plan->group, eqfi_stage_domain(p, i), plan->rank, i};
    }
    qsort(s.places, (size_t)s.n, sizeof *s.places, compare_places);
    for (int first = 0, last; first < s.n; first = last) {
        for (last = first + 1; last < s.n && together(&s.places[first], &s.places[last]);) last++;
        EQFI_TRY(add_stage(&s, first, last));
    }
    mark_local(&s);
    renumber(&s);
    EQFI_TRY(find_chains(p->context, p->program));
fail:
    eqfi_delete(p->context, s.places);
    eqfi_delete(p->context, s.stage);
    eqfi_delete(p->context, s.placed);
    eqfi_delete(p->context, s.order);
    return status;
}
