/* Ending a program: what no output needs is removed, and the rest is put in order.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "ad/program.h"

typedef struct schedule {
    eqf_program *program;
    bool *needed; /* node: an output depends on it */
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
    schedule s = {.program = program};
    EQFI_CHECK(program->status == EQF_OK, program->status, "%s", program->message);
    EQFI_CHECK(program->context != NULL, EQF_ERROR_STATE, "the program was ended before");
    EQFI_CHECK(program->outputs.n > 0, EQF_ERROR_ARGUMENT, "the program has no output");
    EQFI_TRY(eqfi_new(context, program->nodes.n, sizeof *s.needed, (void **)&s.needed));
    EQFI_TRY(eqfi_new(context, program->nodes.n, sizeof *s.order, (void **)&s.order));
    mark_needed(&s);
    EQFI_TRY(eqfi_program_stages(context, program, s.needed, s.order, &s.placed));
    renumber(&s);
    mark_used(program);
    program->context = NULL;
fail:
    if (status != EQF_OK && program->context != NULL && program->status == EQF_OK) {
        program->status = status;
        snprintf(program->message, sizeof program->message, "%s", eqf_context_message(context));
    }
    eqfi_delete(context, s.needed);
    eqfi_delete(context, s.order);
    return status;
}
