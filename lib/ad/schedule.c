/* Ending a program: what no output needs is removed, and the rest is put in order.
 *
 * Nodes that loop over the same rows and read one another row by row form a stage, which runs tile by tile: while a tile
 * of rows goes through all nodes of a stage, its intermediate results stay in cache. Nodes are taken in recorded order,
 * looking a limited way ahead for more of the current stage: far-ahead nodes would be computed too early and live too long.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "ad/program.h"

enum { LOOK_AHEAD = 64 };

typedef struct schedule {
    eqf_program *program;
    eqf_context *context;
    bool *needed; /* node: an output depends on it */
    bool *done;   /* node: placed */
    int *made_in; /* variable: stage of its node, -1 before */
    eqfi_node *order;
    size_t placed;
} schedule;

static void mark_needed(schedule *s)
{
    eqf_program *program = s->program;
    for (size_t i = 0; i < program->outputs.n; i++) {
        int node = program->vars.items[program->outputs.items[i].var - 1].node;
        if (node >= 0) s->needed[node] = true;
    }
    for (size_t i = program->nodes.n; i-- > 0;) {
        if (!s->needed[i]) continue;
        const eqfi_node *node = &program->nodes.items[i];
        for (int k = 0; k < node->n_in; k++) {
            int source = program->vars.items[node->in[k] - 1].node;
            if (source >= 0) s->needed[source] = true;
        }
    }
}

/* An exchange is a stage of its own. */
static bool exchanges(const eqfi_node *node) { return node->op == EQFI_OP_EXCHANGE; }

/* A result of row set one in another domain is a sum over the domain. */
static bool reduces(const eqf_program *program, const eqfi_node *node)
{
    return node->domain != EQFI_ROWS_ONE && program->vars.items[node->out - 1].rows == EQFI_ROWS_ONE;
}

/* Whether input k is read at other rows than the one being computed, or packed beforehand. */
static bool reads_elsewhere(const eqfi_node *node, int k)
{
    switch (node->op) {
    case EQFI_OP_GATHER:
    case EQFI_OP_SEGMENT_SUM:
    case EQFI_OP_SEGMENT_SOFTMAX: return true;
    case EQFI_OP_LINEAR: return node->attribute.role != 2 && k == 1;
    default: return false;
    }
}

/* Whether the node can be placed next, into stage `stage` if `joins`. */
static bool ready(const schedule *s, const eqfi_node *node, int stage, bool joins)
{
    for (int k = 0; k < node->n_in; k++) {
        const eqfi_variable *v = &s->program->vars.items[node->in[k] - 1];
        if (v->kind != EQFI_VAR_RESULT) continue;
        int made = s->made_in[node->in[k] - 1];
        if (made < 0) return false;
        if (!joins || made != stage) continue;
        bool scattered = s->program->nodes.items[v->node].op == EQFI_OP_SEGMENT_SOFTMAX;
        if (scattered || reads_elsewhere(node, k)) return false;
    }
    return true;
}

/* Index of the node to place next: one that joins the current stage if there is one near, else the first that is ready. */
static size_t choose(const schedule *s, size_t first, const eqfi_stage *current, int stage, bool *joins)
{
    const eqf_program *program = s->program;
    size_t seen = 0;
    if (current != NULL && current->local && !exchanges(&s->order[current->first])) {
        for (size_t i = first; i < program->nodes.n && seen < LOOK_AHEAD; i++) {
            const eqfi_node *node = &program->nodes.items[i];
            if (s->done[i] || !s->needed[i]) continue;
            seen++;
            if (node->domain != current->domain || reduces(program, node) || exchanges(node)) continue;
            if (!ready(s, node, stage, true)) continue;
            *joins = true;
            return i;
        }
    }
    *joins = false;
    for (size_t i = first; i < program->nodes.n; i++)
        if (s->needed[i] && !s->done[i] && ready(s, &program->nodes.items[i], stage, false)) return i;
    return program->nodes.n; /* not reached: recorded order is always possible */
}

static eqf_status place_all(schedule *s)
{
    eqf_program *program = s->program;
    eqf_status status = EQF_OK;
    size_t first = 0, n = program->nodes.n;
    for (;;) {
        while (first < n && (s->done[first] || !s->needed[first])) first++;
        if (first == n) return EQF_OK;
        int stage = (int)program->stages.n - 1;
        bool joins;
        size_t i = choose(s, first, stage < 0 ? NULL : &program->stages.items[stage], stage, &joins);
        const eqfi_node *node = &program->nodes.items[i];
        if (!joins) {
            EQFI_TRY(eqfi_grow(s->context, program->stages.n + 1, sizeof *program->stages.items,
                               &program->stages.capacity, (void **)&program->stages.items));
            int begin = (int)s->placed;
            program->stages.items[++stage] = (eqfi_stage){begin, begin, node->domain, !reduces(program, node)};
            program->stages.n++;
        }
        s->done[i] = true;
        s->made_in[node->out - 1] = stage;
        s->order[s->placed++] = *node;
        program->stages.items[stage].last = (int)s->placed;
    }
fail:
    return status;
}

static void use_variable(eqf_program *program, int var)
{
    program->vars.items[var - 1].used = true;
    program->row_sets.items[program->vars.items[var - 1].rows - 1].used = true;
}

/* What runs must bind: variables, row sets and maps that the remaining nodes and the outputs read. */
static void mark_used(eqf_program *program)
{
    for (size_t i = 0; i < program->outputs.n; i++) use_variable(program, program->outputs.items[i].var);
    for (size_t i = 0; i < program->nodes.n; i++) {
        const eqfi_node *node = &program->nodes.items[i];
        for (int k = 0; k < node->n_in; k++) use_variable(program, node->in[k]);
        use_variable(program, node->out);
        program->row_sets.items[node->domain - 1].used = true;
        if (node->attribute.map == 0) continue;
        eqfi_row_map *map = &program->maps.items[node->attribute.map - 1];
        map->used = program->row_sets.items[map->from - 1].used = program->row_sets.items[map->to - 1].used = true;
    }
}

/* Nodes get their new places; variables of removed nodes lose theirs. */
static void renumber(schedule *s)
{
    eqf_program *program = s->program;
    for (size_t i = 0; i < program->vars.n; i++) program->vars.items[i].node = -1;
    if (s->placed > 0) memcpy(program->nodes.items, s->order, s->placed * sizeof *s->order);
    program->nodes.n = s->placed;
    for (size_t i = 0; i < s->placed; i++) program->vars.items[s->order[i].out - 1].node = (int)i;
}

eqf_status eqf_program_end(eqf_context *context, eqf_program *program)
{
    eqf_status status = EQF_OK;
    schedule s = {.program = program, .context = context};
    EQFI_CHECK(program->status == EQF_OK, program->status, "%s", program->message);
    EQFI_CHECK(program->context != NULL, EQF_ERROR_STATE, "the program was ended before");
    EQFI_CHECK(program->outputs.n > 0, EQF_ERROR_ARGUMENT, "the program has no output");
    EQFI_TRY(eqfi_new(context, program->nodes.n, sizeof *s.needed, (void **)&s.needed));
    EQFI_TRY(eqfi_new(context, program->nodes.n, sizeof *s.done, (void **)&s.done));
    EQFI_TRY(eqfi_new(context, program->vars.n, sizeof *s.made_in, (void **)&s.made_in));
    EQFI_TRY(eqfi_new(context, program->nodes.n, sizeof *s.order, (void **)&s.order));
    memset(s.made_in, -1, program->vars.n * sizeof *s.made_in);
    mark_needed(&s);
    EQFI_TRY(place_all(&s));
    renumber(&s);
    mark_used(program);
    program->context = NULL;
fail:
    if (status != EQF_OK && program->context != NULL && program->status == EQF_OK) {
        program->status = status;
        snprintf(program->message, sizeof program->message, "%s", eqf_context_message(context));
    }
    eqfi_delete(context, s.needed);
    eqfi_delete(context, s.done);
    eqfi_delete(context, s.made_in);
    eqfi_delete(context, s.order);
    return status;
}
