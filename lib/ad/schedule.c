/* Ending a program: what no output needs is removed, and the rest is put into stages.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "ad/planner.h"

static void use_variable(eqf_program *program, int var)
{
    program->vars.items[var - 1].used = true;
    program->row_sets.items[program->vars.items[var - 1].rows - 1].used = true;
}

static void use_map(eqf_program *program, int id)
{
    if (id == 0) return;
    eqfi_row_map *map = &program->maps.items[id - 1];
    map->used = program->row_sets.items[map->from - 1].used = program->row_sets.items[map->to - 1].used = true;
}

/* What runs must bind: variables, row sets and maps that the remaining nodes and the outputs read. */
static void mark_used(eqf_program *program)
{
    for (size_t i = 0; i < program->outputs.n; i++) use_variable(program, program->outputs.items[i].var);
    for (size_t i = 0; i < program->nodes.n; i++) {
        const eqfi_node *node = &program->nodes.items[i];
        for (int k = 0; k < node->n_in; k++) {
            use_variable(program, node->in[k]);
            use_map(program, node->through[k]);
        }
        use_variable(program, node->out);
        program->row_sets.items[node->domain - 1].used = true;
        use_map(program, node->attribute.map);
    }
}

static eqf_status plan(eqf_context *context, eqf_program *program)
{
    eqf_status status = EQF_OK;
    eqfi_planner p = {.context = context, .program = program, .recorded = program->vars.n};
    EQFI_TRY(eqfi_new(context, p.recorded, sizeof *p.kept, (void **)&p.kept));
    for (size_t i = 0; i < program->outputs.n; i++) p.kept[program->outputs.items[i].var - 1] = true;
    EQFI_TRY(eqfi_grow(context, program->nodes.n, sizeof *p.nodes.items, &p.nodes.capacity, (void **)&p.nodes.items));
    p.nodes.n = program->nodes.n;
    for (size_t i = 0; i < p.nodes.n; i++) p.nodes.items[i] = (eqfi_plan_node){0};
    EQFI_TRY(eqfi_find_readers(&p));
    EQFI_TRY(eqfi_fold_selections(&p));
    EQFI_TRY(eqfi_find_readers(&p));
    eqfi_fold_sums(&p);
    EQFI_TRY(eqfi_find_readers(&p));
    eqfi_fold_gathers(&p);
    EQFI_TRY(eqfi_find_readers(&p));
    EQFI_TRY(eqfi_find_levels(&p));
    eqfi_join_weight_gradients(&p);
    EQFI_TRY(eqfi_find_readers(&p));
    if (eqfi_context_fusion(context)) EQFI_TRY(eqfi_rematerialise(&p));
    EQFI_TRY(eqfi_place_nodes(&p));
fail:
    eqfi_delete(context, p.kept);
    eqfi_delete(context, p.nodes.items);
    eqfi_delete(context, p.first_reader.items);
    eqfi_delete(context, p.readers.items);
    return status;
}

eqf_status eqf_program_end(eqf_context *context, eqf_program *program)
{
    eqf_status status = EQF_OK;
    EQFI_CHECK(program->status == EQF_OK, program->status, "%s", program->message);
    EQFI_CHECK(program->context != NULL, EQF_ERROR_STATE, "the program was ended before");
    EQFI_CHECK(program->outputs.n > 0, EQF_ERROR_ARGUMENT, "the program has no output");
    EQFI_TRY(plan(context, program));
    mark_used(program);
    program->context = NULL;
fail:
    if (status != EQF_OK && program->context != NULL && program->status == EQF_OK) {
        program->status = status;
        snprintf(program->message, sizeof program->message, "%s", eqf_context_message(context));
    }
    return status;
}
