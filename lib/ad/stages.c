/* The stages of a program: which nodes run together.
 *
 * A stage goes through its nodes tile by tile, while the intermediate results of a tile are in cache. Nodes may share a
 * stage if they read one another within a tile: row by row, or along the map that ties the program's finest row set to
 * its targets (edges to their receivers), whose tiles are whole neighbourhoods. Every other dependence splits: the reader
 * runs in a later stage, when all rows have been computed.
 *
 * Every node has a level, at least that of what it reads, and one more where the dependence splits. Nodes of one level
 * that may share a stage do so. A node first gets its lowest level; then, from the last node back, each moves up to its
 * readers unless that lengthens the lives of arrays more than it shortens them: a radial network moves to the block that
 * reads its weights, while the gradient of a weight stays where its arguments are.
 * SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "ad/program.h"

/* Nodes that may share a stage, in the order in which they run at equal levels. TIED: of the rows that the tie comes
 * from, or sums along it. PLAIN: of one other row set. */
typedef enum group { SUMS, PLAIN, TIED } group;

typedef struct planner {
    eqf_context *context;
    eqf_program *program;
    const bool *needed; /* node */
    bool *kept;         /* variable: an output */
    int *first_reader;  /* variable: where its readers begin, one more at the end */
    int *readers;       /* nodes, each once per argument */
    int *level;         /* node */
    group *group;       /* node */
    int tie;            /* map, 0 if there is none */
    int highest;        /* level */
} planner;

/* A row of the tie's finer set stands for about so many of any other. */
enum { FINE_WEIGHT = 16 };

static const eqfi_row_map *map_at(const planner *p, int map) { return &p->program->maps.items[map - 1]; }

static const eqfi_node *node_at(const planner *p, int node) { return &p->program->nodes.items[node]; }

/* The node that computes a variable, -1 if none does. */
static int maker(const planner *p, int var) { return p->program->vars.items[var - 1].node; }

static bool along_map(const eqfi_node *node) { return node->attribute.map != 0; }

/* A result of row set one in another domain is a sum over the domain. */
static bool sums(const planner *p, const eqfi_node *node)
{
    return node->domain != EQFI_ROWS_ONE && p->program->vars.items[node->out - 1].rows == EQFI_ROWS_ONE;
}

/* -------------------------------------------------------------------------------------------------------- the tie -- */

static bool is_target(const planner *p, const int *uses, int rows)
{
    for (int m = 1; m <= (int)p->program->maps.n; m++)
        if (uses[m - 1] > 0 && map_at(p, m)->to == rows) return true;
    return false;
}

/* Of the maps between two row sets of which the first is no map's target, the one with the most sums. */
static eqf_status find_tie(planner *p)
{
    int *uses, *segments, most = 0, maps = (int)p->program->maps.n;
    eqf_status status = eqfi_new(p->context, 2 * (size_t)maps, sizeof *uses, (void **)&uses);
    if (status != EQF_OK) return status;
    segments = uses + maps;
    for (size_t i = 0; i < p->program->nodes.n; i++) {
        const eqfi_node *node = node_at(p, (int)i);
        if (!p->needed[i] || !along_map(node)) continue;
        uses[node->attribute.map - 1]++;
        if (node->op != EQFI_OP_GATHER) segments[node->attribute.map - 1]++;
    }
    for (int m = 1; m <= maps; m++) {
        if (segments[m - 1] <= most || is_target(p, uses, map_at(p, m)->from)) continue;
        most = segments[m - 1];
        p->tie = m;
    }
    eqfi_delete(p->context, uses);
    return EQF_OK;
}

/* --------------------------------------------------------------------------------------------------------- groups -- */

/* Whether a node of the tie's target rows is read in tied stages alone, along the tie. It costs no pass of its own there.
 * Products with weights want many rows at a time. */
static bool read_in_tiles(const planner *p, const eqfi_node *node)
{
    int begin = p->first_reader[node->out - 1], end = p->first_reader[node->out];
    if (node->op == EQFI_OP_LINEAR || p->kept[node->out - 1] || begin == end) return false;
    for (int i = begin; i < end; i++) {
        const eqfi_node *reader = node_at(p, p->readers[i]);
        bool along = along_map(reader) ? reader->attribute.map == p->tie : reader->domain == node->domain;
        if (p->group[p->readers[i]] != TIED || !along) return false;
    }
    return true;
}

static group group_of(const planner *p, const eqfi_node *node)
{
    if (sums(p, node)) return SUMS;
    if (p->tie == 0) return PLAIN;
    const eqfi_row_map *tie = map_at(p, p->tie);
    if (node->domain == tie->from) return TIED;
    if (node->domain != tie->to) return PLAIN;
    if (along_map(node)) return node->attribute.map == p->tie ? TIED : PLAIN;
    return read_in_tiles(p, node) ? TIED : PLAIN;
}

/* Whether input k of the reader has to be complete before the reader's stage begins. */
static bool splits(const planner *p, int reader, int k)
{
    const eqfi_node *node = node_at(p, reader);
    int made = maker(p, node->in[k]);
    if (p->group[made] == SUMS || p->group[reader] == SUMS || p->group[made] != p->group[reader]) return true;
    if (along_map(node)) return node->attribute.map != p->tie;
    if (p->group[made] == PLAIN && node_at(p, made)->domain != node->domain) return true;
    return node->op == EQFI_OP_LINEAR && node->attribute.role != 2 && k == 1; /* packed beforehand */
}

/* --------------------------------------------------------------------------------------------------------- levels -- */

static eqf_status find_readers(planner *p)
{
    const eqf_program *program = p->program;
    size_t arguments = 0;
    for (size_t i = 0; i < program->nodes.n; i++) {
        const eqfi_node *node = node_at(p, (int)i);
        for (int k = 0; p->needed[i] && k < node->n_in; k++, arguments++) p->first_reader[node->in[k]]++;
    }
    eqf_status status = eqfi_new(p->context, arguments, sizeof *p->readers, (void **)&p->readers);
    if (status != EQF_OK) return status;
    for (size_t v = 0; v < program->vars.n; v++) p->first_reader[v + 1] += p->first_reader[v];
    for (size_t i = program->nodes.n; i-- > 0;) { /* fills each list from its end and leaves the ends one list early */
        const eqfi_node *node = node_at(p, (int)i);
        for (int k = 0; p->needed[i] && k < node->n_in; k++) p->readers[--p->first_reader[node->in[k]]] = (int)i;
    }
    for (size_t v = 0; v < program->vars.n; v++) p->first_reader[v] = p->first_reader[v + 1];
    p->first_reader[program->vars.n] = (int)arguments;
    return EQF_OK;
}

static void lowest_levels(planner *p)
{
    for (size_t i = 0; i < p->program->nodes.n; i++) {
        const eqfi_node *node = node_at(p, (int)i);
        if (!p->needed[i]) continue;
        p->level[i] = 0;
        for (int k = 0; k < node->n_in; k++) {
            int made = maker(p, node->in[k]);
            int least = made < 0 ? 0 : p->level[made] + splits(p, (int)i, k);
            if (least > p->level[i]) p->level[i] = least;
        }
        if (p->level[i] > p->highest) p->highest = p->level[i];
    }
}

/* What a row of an array costs while it lives; variables of one row cost nothing. */
static int64_t weight(const planner *p, int var)
{
    const eqfi_variable *v = &p->program->vars.items[var - 1];
    if (v->rows == EQFI_ROWS_ONE) return 0;
    int64_t bytes = p->program->types.items[v->type].layout->columns * (v->wide ? 2 : 1);
    return p->tie != 0 && v->rows == map_at(p, p->tie)->from ? FINE_WEIGHT * bytes : bytes;
}

/* The highest level at which the node can run. */
static int highest_level(const planner *p, int node)
{
    int out = node_at(p, node)->out, most = p->highest;
    for (int i = p->first_reader[out - 1]; i < p->first_reader[out]; i++) {
        const eqfi_node *reader = node_at(p, p->readers[i]);
        for (int k = 0; k < reader->n_in; k++) {
            if (reader->in[k] != out) continue;
            int level = p->level[p->readers[i]] - splits(p, p->readers[i], k);
            if (level < most) most = level;
        }
    }
    return most;
}

/* By how many levels an argument lives longer if the node moves to `level`. */
static int lengthens(const planner *p, int node, int var, int level)
{
    int made = maker(p, var), last = made < 0 ? INT_MAX : p->level[node];
    if (p->kept[var - 1]) return 0;
    for (int i = p->first_reader[var - 1]; i < p->first_reader[var]; i++)
        if (p->readers[i] != node && p->level[p->readers[i]] > last) last = p->level[p->readers[i]];
    return last < level ? level - last : 0;
}

static void raise_levels(planner *p)
{
    for (int i = (int)p->program->nodes.n - 1; i >= 0; i--) {
        if (!p->needed[i]) continue;
        const eqfi_node *node = node_at(p, i);
        int to = highest_level(p, i);
        int64_t gain = weight(p, node->out) * (to - p->level[i]), cost = 0;
        for (int k = 0; k < node->n_in; k++)
            if (k == 0 || node->in[k] != node->in[k - 1])
                cost += weight(p, node->in[k]) * lengthens(p, i, node->in[k], to);
        if (gain > 0 && gain >= cost) p->level[i] = to;
    }
}

/* ---------------------------------------------------------------------------------------------------------- order -- */

typedef struct place {
    int level, group, domain, node;
} place;

static int compare_places(const void *a, const void *b)
{
    const place *x = a, *y = b;
    if (x->level != y->level) return x->level < y->level ? -1 : 1;
    if (x->group != y->group) return x->group < y->group ? -1 : 1;
    if (x->domain != y->domain) return x->domain < y->domain ? -1 : 1;
    return (x->node > y->node) - (x->node < y->node);
}

/* Whether two neighbours in the order share a stage. */
static bool together(const place *a, const place *b)
{
    return a->level == b->level && a->group == b->group && a->domain == b->domain && a->group != SUMS;
}

static eqfi_stage stage_of(const planner *p, const place *places, int first, int last)
{
    eqfi_stage stage = {first, last, node_at(p, places[first].node)->domain, 0, places[first].group == SUMS};
    if (places[first].group != TIED) return stage;
    const eqfi_row_map *tie = map_at(p, p->tie);
    bool fine = true;
    for (int i = first; i < last; i++) fine = fine && node_at(p, places[i].node)->domain == tie->from;
    stage.domain = fine ? tie->from : tie->to;
    stage.tie = fine ? 0 : p->tie; /* nodes of one row set alone need no neighbourhoods */
    return stage;
}

static eqf_status add_stages(planner *p, const place *places, int n)
{
    eqf_program *program = p->program;
    eqf_status status = EQF_OK;
    for (int first = 0, last; first < n; first = last) {
        for (last = first + 1; last < n && together(&places[first], &places[last]);) last++;
        EQFI_TRY(eqfi_grow(p->context, program->stages.n + 1, sizeof *program->stages.items, &program->stages.capacity,
                           (void **)&program->stages.items));
        eqfi_stage stage = stage_of(p, places, first, last);
        if (stage.tie != 0)
            program->maps.items[stage.tie - 1].segments = program->maps.items[stage.tie - 1].ties = true;
        program->stages.items[program->stages.n++] = stage;
    }
fail:
    return status;
}

/* Results that are read in their own stage alone. stage: of each place. */
static eqf_status mark_local(planner *p, const place *places, int n)
{
    eqf_program *program = p->program;
    int *stage;
    eqf_status status = eqfi_new(p->context, program->nodes.n, sizeof *stage, (void **)&stage);
    if (status != EQF_OK) return status;
    for (int s = 0; s < (int)program->stages.n; s++)
        for (int i = program->stages.items[s].first; i < program->stages.items[s].last; i++) stage[places[i].node] = s;
    for (int i = 0; i < n; i++) {
        int out = node_at(p, places[i].node)->out;
        eqfi_variable *v = &program->vars.items[out - 1];
        v->local = v->rows != EQFI_ROWS_ONE && !p->kept[out - 1];
        for (int r = p->first_reader[out - 1]; r < p->first_reader[out]; r++)
            if (stage[p->readers[r]] != stage[places[i].node]) v->local = false;
    }
    eqfi_delete(p->context, stage);
    return EQF_OK;
}

static eqf_status place_nodes(planner *p, eqfi_node *order, size_t *placed)
{
    eqf_status status = EQF_OK;
    place *places = NULL;
    int n = 0;
    EQFI_TRY(eqfi_new(p->context, p->program->nodes.n, sizeof *places, (void **)&places));
    for (int i = 0; i < (int)p->program->nodes.n; i++) {
        if (!p->needed[i]) continue;
        int domain = p->group[i] == TIED ? 0 : node_at(p, i)->domain;
        places[n++] = (place){p->level[i], (int)p->group[i], domain, i};
    }
    qsort(places, (size_t)n, sizeof *places, compare_places);
    EQFI_TRY(add_stages(p, places, n));
    EQFI_TRY(mark_local(p, places, n));
    for (int i = 0; i < n; i++) order[i] = *node_at(p, places[i].node);
    *placed = (size_t)n;
fail:
    eqfi_delete(p->context, places);
    return status;
}

eqf_status eqfi_program_stages(eqf_context *context, eqf_program *program, const bool *needed, eqfi_node *order,
                               size_t *placed)
{
    eqf_status status = EQF_OK;
    planner p = {.context = context, .program = program, .needed = needed};
    size_t nodes = program->nodes.n, vars = program->vars.n;
    EQFI_TRY(eqfi_new(context, vars, sizeof *p.kept, (void **)&p.kept));
    EQFI_TRY(eqfi_new(context, vars + 1, sizeof *p.first_reader, (void **)&p.first_reader));
    EQFI_TRY(eqfi_new(context, nodes, sizeof *p.level, (void **)&p.level));
    EQFI_TRY(eqfi_new(context, nodes, sizeof *p.group, (void **)&p.group));
    for (size_t i = 0; i < program->outputs.n; i++) p.kept[program->outputs.items[i].var - 1] = true;
    EQFI_TRY(find_tie(&p));
    EQFI_TRY(find_readers(&p));
    for (int i = (int)nodes - 1; i >= 0; i--)
        if (needed[i]) p.group[i] = group_of(&p, node_at(&p, i));
    if (eqfi_context_fusion(context)) {
        lowest_levels(&p);
        raise_levels(&p);
    } else {
        for (int i = 0; i < (int)nodes; i++) p.level[i] = i;
    }
    EQFI_TRY(place_nodes(&p, order, placed));
fail:
    eqfi_delete(context, p.kept);
    eqfi_delete(context, p.first_reader);
    eqfi_delete(context, p.readers);
    eqfi_delete(context, p.level);
    eqfi_delete(context, p.group);
    return status;
}
