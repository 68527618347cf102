/* Levels: which nodes run together.
 *
 * A stage goes through its nodes tile by tile, while the intermediate results of a tile are in cache. Nodes may share a
 * stage if they read one another within a tile: row by row, or along the map that ties the program's finest row set to
 * its targets (edges to their receivers), whose tiles are whole neighbourhoods. Every other dependence splits: the reader
 * runs in a later stage, when all rows have been computed.
 *
 * Every node has a level, at least that of what it reads, and one more where the dependence splits. Nodes of one level
 * that may share a stage do so. A node first gets its lowest level; then, from the last node back, each moves up to its
 * readers unless that lengthens the lives of arrays more than it shortens them: a radial network moves to the block that
 * reads its weights, while the gradient of a weight, or a dot of wide rows, stays where its arguments are.
 * SPDX-License-Identifier: MIT */
#include <limits.h>
#include <string.h>

#include "ad/planner.h"

static bool along_map(const eqfi_node *node) { return node->attribute.map != 0; }

/* -------------------------------------------------------------------------------------------------------- the tie -- */

static bool is_target(const eqfi_planner *p, const int *uses, int rows)
{
    for (int m = 1; m <= (int)p->program->maps.n; m++)
        if (uses[m - 1] > 0 && eqfi_map_at(p, m)->to == rows) return true;
    return false;
}

/* Of the maps between two row sets of which the first is no map's target, the one with the most sums. */
static eqf_status find_tie(eqfi_planner *p)
{
    int *uses, *segments, most = 0, maps = (int)p->program->maps.n;
    eqf_status status = eqfi_new(p->context, 2 * (size_t)maps, sizeof *uses, (void **)&uses);
    if (status != EQF_OK) return status;
    segments = uses + maps;
    for (size_t i = 0; i < p->program->nodes.n; i++) {
        const eqfi_node *node = eqfi_node_at(p, (int)i);
        for (int k = 0; p->nodes.items[i].needed && k < node->n_in; k++)
            if (node->through[k] != 0) uses[node->through[k] - 1]++;
        if (!p->nodes.items[i].needed || !along_map(node)) continue;
        uses[node->attribute.map - 1]++;
        if (node->op != EQFI_OP_GATHER) segments[node->attribute.map - 1]++;
    }
    for (int m = 1; m <= maps; m++) {
        if (segments[m - 1] <= most || is_target(p, uses, eqfi_map_at(p, m)->from)) continue;
        most = segments[m - 1];
        p->tie = m;
    }
    eqfi_delete(p->context, uses);
    return EQF_OK;
}

/* --------------------------------------------------------------------------------------------------------- groups -- */

/* The cost of a row of what the node makes of its argument k; a gradient by weights, of the argument that k meets. */
static int64_t cost_beside(const eqfi_planner *p, const eqfi_node *node, int k)
{
    bool weights = node->op == EQFI_OP_LINEAR && node->attribute.role == 2;
    return eqfi_row_cost(p, weights && k < 2 ? node->in[1 - k] : node->out);
}

/* Products with weights want many rows at a time, which tiles of neighbourhoods do not have. But where one side is so much wider
 * than the other, the wide one should not leave the cache. */
static bool wants_rows(const eqfi_planner *p, const eqfi_node *node)
{
    enum { WIDER = 8 };
    if (node->op != EQFI_OP_LINEAR) return false;
    int64_t a = eqfi_row_cost(p, node->in[0]), b = cost_beside(p, node, 0);
    return a < WIDER * b && b < WIDER * a;
}

/* Whether a node of the tie's target rows is read in tied stages alone, along the tie. It costs no pass of its own there. */
static bool read_in_tiles(const eqfi_planner *p, const eqfi_node *node)
{
    int begin = p->first_reader.items[node->out - 1], end = p->first_reader.items[node->out];
    if (wants_rows(p, node) || eqfi_is_kept(p, node->out) || begin == end) return false;
    for (int i = begin; i < end; i++) {
        const eqfi_node *reader = eqfi_node_at(p, p->readers.items[i]);
        if (p->nodes.items[p->readers.items[i]].group != EQFI_TIED) return false;
        for (int k = 0; k < reader->n_in; k++) {
            int map = eqfi_map_along(reader, k);
            bool along = map != 0 ? map == p->tie : reader->domain == node->domain;
            if (reader->in[k] == node->out && !along) return false;
        }
    }
    return true;
}

/* A sum along the tie, or a combination or contraction of such sums. Makers come first. */
static bool sums_along_tie(const eqfi_planner *p, const eqfi_node *node)
{
    if (node->op == EQFI_OP_SEGMENT_SUM || node->op == EQFI_OP_OUTER)
        return node->attribute.map == p->tie &&
               p->program->vars.items[node->out - 1].rows == eqfi_map_at(p, p->tie)->to;
    for (int k = 0; (node->op == EQFI_OP_COMBINE || node->op == EQFI_OP_CONTRACT) && k < node->n_in; k++) {
        int made = eqfi_maker(p, node->in[k]);
        if (made >= 0 && node->through[k] == 0 && p->nodes.items[made].sum) return true;
    }
    return false;
}

/* Whether a node of the tie's target rows makes less of a sum along the tie, which then needs no array. */
static bool reduces_sum(const eqfi_planner *p, const eqfi_node *node)
{
    for (int k = 0; !wants_rows(p, node) && k < node->n_in; k++) {
        int made = eqfi_maker(p, node->in[k]);
        if (made >= 0 && p->nodes.items[made].sum && eqfi_row_cost(p, node->in[k]) > cost_beside(p, node, k))
            return true;
    }
    return false;
}

static eqfi_group group_of(const eqfi_planner *p, const eqfi_node *node)
{
    if (node->op == EQFI_OP_EXCHANGE) return EQFI_ALONE;
    if (p->tie == 0) return EQFI_PLAIN;
    const eqfi_row_map *tie = eqfi_map_at(p, p->tie);
    if (node->domain == tie->from) return EQFI_TIED;
    if (node->domain != tie->to) return EQFI_PLAIN;
    if (along_map(node)) return node->attribute.map == p->tie ? EQFI_TIED : EQFI_PLAIN;
    return read_in_tiles(p, node) || reduces_sum(p, node) ? EQFI_TIED : EQFI_PLAIN;
}

bool eqfi_may_run_in(const eqfi_planner *p, const eqfi_node *node, eqfi_group group, int domain)
{
    if (group == EQFI_ALONE || node->op == EQFI_OP_EXCHANGE || eqfi_scatters(p, node)) return false;
    if (group == EQFI_PLAIN) return node->domain == domain && (!along_map(node) || node->attribute.map != p->tie);
    const eqfi_row_map *tie = eqfi_map_at(p, p->tie);
    return node->domain == tie->from || (node->domain == tie->to && !wants_rows(p, node));
}

/* Whether input k of the reader has to be complete before the reader's stage begins. */
static bool splits(const eqfi_planner *p, int reader, int k)
{
    const eqfi_node *node = eqfi_node_at(p, reader);
    int made = eqfi_maker(p, node->in[k]);
    if (eqfi_sums(p->program, eqfi_node_at(p, made)) || eqfi_scatters(p, eqfi_node_at(p, made))) return true;
    if (p->nodes.items[made].group != p->nodes.items[reader].group) return true;
    if (p->nodes.items[made].group == EQFI_PLAIN && eqfi_node_at(p, made)->domain != node->domain) return true;
    return eqfi_needs_array(p, node, k);
}

/* --------------------------------------------------------------------------------------------------------- levels -- */

/* Nodes that are computed again stand behind their readers: what they read is found by another round. */
static void mark_needed(eqfi_planner *p)
{
    const eqf_program *program = p->program;
    for (size_t i = 0; i < p->nodes.n; i++) p->nodes.items[i].needed = false;
    for (size_t i = 0; i < program->outputs.n; i++) {
        int node = eqfi_maker(p, program->outputs.items[i].var);
        if (node >= 0) p->nodes.items[node].needed = true;
    }
    for (bool found = true; found;) {
        found = false;
        for (size_t i = p->nodes.n; i-- > 0;) {
            const eqfi_node *node = eqfi_node_at(p, (int)i);
            for (int k = 0; p->nodes.items[i].needed && k < node->n_in; k++) {
                int made = eqfi_maker(p, node->in[k]);
                if (made < 0 || p->nodes.items[made].needed) continue;
                found = p->nodes.items[made].needed = true;
            }
        }
    }
}

eqf_status eqfi_find_readers(eqfi_planner *p)
{
    eqf_status status = EQF_OK;
    size_t arguments = 0, vars = p->program->vars.n;
    mark_needed(p);
    EQFI_TRY(eqfi_grow(p->context, vars + 1, sizeof *p->first_reader.items, &p->first_reader.capacity,
                       (void **)&p->first_reader.items));
    int *first = p->first_reader.items;
    memset(first, 0, (vars + 1) * sizeof *first);
    for (size_t i = 0; i < p->nodes.n; i++) {
        const eqfi_node *node = eqfi_node_at(p, (int)i);
        for (int k = 0; p->nodes.items[i].needed && k < node->n_in; k++, arguments++) first[node->in[k]]++;
    }
    EQFI_TRY(
        eqfi_grow(p->context, arguments, sizeof *p->readers.items, &p->readers.capacity, (void **)&p->readers.items));
    for (size_t v = 0; v < vars; v++) first[v + 1] += first[v];
    for (size_t i = p->nodes.n;
         i-- > 0;) { /* fills each list from its end, and leaves its beginning where its end was */
        const eqfi_node *node = eqfi_node_at(p, (int)i);
        for (int k = 0; p->nodes.items[i].needed && k < node->n_in; k++)
            p->readers.items[--first[node->in[k]]] = (int)i;
    }
    memmove(first, first + 1, vars * sizeof *first);
    first[vars] = (int)arguments;
fail:
    return status;
}

static void lowest_levels(eqfi_planner *p)
{
    for (size_t i = 0; i < p->program->nodes.n; i++) {
        const eqfi_node *node = eqfi_node_at(p, (int)i);
        if (!p->nodes.items[i].needed) continue;
        p->nodes.items[i].level = 0;
        for (int k = 0; k < node->n_in; k++) {
            int made = eqfi_maker(p, node->in[k]);
            int least = made < 0 ? 0 : p->nodes.items[made].level + splits(p, (int)i, k);
            if (least > p->nodes.items[i].level) p->nodes.items[i].level = least;
        }
        if (p->nodes.items[i].level > p->highest) p->highest = p->nodes.items[i].level;
    }
}

int64_t eqfi_row_cost(const eqfi_planner *p, int var)
{
    const eqfi_variable *v = &p->program->vars.items[var - 1];
    if (v->rows == EQFI_ROWS_ONE) return 0;
    int64_t bytes = (int64_t)p->program->types.items[v->type].layout->columns * (v->wide ? 8 : 4);
    return p->tie != 0 && v->rows == eqfi_map_at(p, p->tie)->from ? EQFI_FINE_ROWS * bytes : bytes;
}

/* The highest level at which the node can run. */
static int highest_level(const eqfi_planner *p, int node)
{
    int out = eqfi_node_at(p, node)->out, most = p->highest;
    for (int i = p->first_reader.items[out - 1]; i < p->first_reader.items[out]; i++) {
        const eqfi_node *reader = eqfi_node_at(p, p->readers.items[i]);
        for (int k = 0; k < reader->n_in; k++) {
            if (reader->in[k] != out) continue;
            int level = p->nodes.items[p->readers.items[i]].level - splits(p, p->readers.items[i], k);
            if (level < most) most = level;
        }
    }
    return most;
}

/* Whether the result is much smaller than the arguments. */
static bool is_narrow(const eqfi_planner *p, const eqfi_node *node)
{
    enum { MUCH = 16 };
    int64_t read = 0;
    for (int k = 0; k < node->n_in; k++) read += eqfi_row_cost(p, node->in[k]);
    return MUCH * eqfi_row_cost(p, node->out) < read;
}

/* By how many levels an argument lives longer if the node moves to `level`; if the node is narrow, even though it is read still
 * later: wide arguments are rather computed again than kept. */
static int lengthens(const eqfi_planner *p, int node, bool narrow, int var, int level)
{
    int made = eqfi_maker(p, var), last = made < 0 ? INT_MAX : p->nodes.items[node].level;
    if (eqfi_is_kept(p, var)) return 0;
    for (int i = p->first_reader.items[var - 1]; i < p->first_reader.items[var]; i++) {
        int read = p->nodes.items[p->readers.items[i]].level;
        if (p->readers.items[i] != node && read > last && (read <= level || !narrow)) last = read;
    }
    return last < level ? level - last : 0;
}

static void raise_levels(eqfi_planner *p)
{
    for (int i = (int)p->program->nodes.n - 1; i >= 0; i--) {
        if (!p->nodes.items[i].needed) continue;
        const eqfi_node *node = eqfi_node_at(p, i);
        int to = highest_level(p, i);
        bool narrow = is_narrow(p, node);
        int64_t gain = eqfi_row_cost(p, node->out) * (to - p->nodes.items[i].level), cost = 0;
        for (int k = 0; k < node->n_in; k++)
            if (k == 0 || node->in[k] != node->in[k - 1])
                cost += eqfi_row_cost(p, node->in[k]) * lengthens(p, i, narrow, node->in[k], to);
        if (gain > 0 && gain >= cost) p->nodes.items[i].level = to;
    }
}

/* Without fusion every node has a stage of its own, in recorded order. */
eqf_status eqfi_find_levels(eqfi_planner *p)
{
    bool fusion = eqfi_context_fusion(p->context);
    eqf_status status = fusion ? find_tie(p) : EQF_OK;
    if (status != EQF_OK) return status;
    for (int i = 0; i < (int)p->nodes.n && p->tie != 0; i++)
        p->nodes.items[i].sum = sums_along_tie(p, eqfi_node_at(p, i));
    for (int i = (int)p->nodes.n - 1; i >= 0; i--) {
        eqfi_plan_node *plan = &p->nodes.items[i];
        plan->rank = i;
        plan->level = fusion ? 0 : i;
        if (plan->needed) plan->group = group_of(p, eqfi_node_at(p, i));
    }
    if (fusion) {
        lowest_levels(p);
        raise_levels(p);
    }
    return EQF_OK;
}
