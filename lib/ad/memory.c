/* The memory plan of a run: where each result lives in the arena.
 *
 * A result lives from the stage that computes it to the last stage that reads it; outputs live to the end. Memory is
 * planned for a capacity of rows that grows by a quarter, so that slowly changing sizes are planned once.
 * SPDX-License-Identifier: MIT */
#include "ad/run.h"
#include "base/arena.h"

static bool fits(const eqf_run *run)
{
    if (!run->planned) return false;
    for (size_t i = 0; i < run->program->row_sets.n; i++)
        if (run->rows[i] > run->capacity[i]) return false;
    return true;
}

static void grow_capacity(eqf_run *run)
{
    for (size_t i = 0; i < run->program->row_sets.n; i++) {
        int64_t rows = run->rows[i] < 0 ? 0 : run->rows[i];
        if (!run->planned)
            run->capacity[i] = rows;
        else if (rows > run->capacity[i])
            run->capacity[i] = rows + rows / 4;
    }
}

static int last_stage_of(const eqf_run *run, size_t var, int begin, const int *last_read)
{
    for (size_t i = 0; i < run->program->outputs.n; i++)
        if (run->program->outputs.items[i].var == (int)var + 1) return (int)run->program->stages.n;
    return last_read[var] < begin ? begin : last_read[var];
}

/* Stages in which the variables are read last, in the order of stages. */
static void find_last_reads(const eqf_program *program, int *last_read)
{
    for (size_t i = 0; i < program->vars.n; i++) last_read[i] = -1;
    for (int s = 0; s < (int)program->stages.n; s++)
        for (int n = program->stages.items[s].first; n < program->stages.items[s].last; n++)
            for (int k = 0; k < program->nodes.items[n].n_in; k++) last_read[program->nodes.items[n].in[k] - 1] = s;
}

static size_t columns_of(const eqf_run *run, int var)
{
    return (size_t)run->program->types.items[run->program->vars.items[var - 1].type].layout->columns;
}

/* Lifetimes by node, the memory that sums over rows need for their partial results, and that for rows whose ghosts the
 * host adds to their owners. */
static eqf_status find_lifetimes(eqf_context *context, const eqf_run *run, const int *last_read, eqfi_lifetime *arrays,
                                 size_t *partial, size_t *senders)
{
    eqf_status status = EQF_OK;
    const eqf_program *program = run->program;
    for (int s = 0; s < (int)program->stages.n; s++) {
        const eqfi_stage *stage = &program->stages.items[s];
        for (int n = stage->first; n < stage->last; n++) {
            int out = program->nodes.items[n].out;
            size_t row = columns_of(run, out) * eqfi_kernels_of(run, out)->real_size, bytes;
            size_t rows = (size_t)run->capacity[program->vars.items[out - 1].rows - 1];
            EQFI_TRY(eqfi_bytes(context, rows, row, 1, &bytes));
            arrays[n] = (eqfi_lifetime){bytes, s, last_stage_of(run, (size_t)out - 1, s, last_read), 0};
            if (!stage->local && row * EQFI_CHUNKS > *partial) *partial = row * EQFI_CHUNKS;
            if (program->nodes.items[n].op != EQFI_OP_EXCHANGE ||
                program->nodes.items[n].attribute.role != EQF_EXCHANGE_REVERSE)
                continue;
            EQFI_TRY(eqfi_bytes(context, (size_t)run->capacity[stage->domain - 1], row, 1, &bytes));
            if (bytes > *senders) *senders = bytes;
        }
    }
fail:
    return status;
}

/* Replaces a block that is too small. */
static eqf_status provide(eqf_context *context, eqf_run *run, size_t bytes, size_t *have, void **block)
{
    if (*block != NULL && bytes <= *have) return EQF_OK;
    eqfi_release_aligned(&run->allocator, *block);
    *block = NULL;
    *have = 0;
    eqf_status status = eqfi_new_aligned(context, bytes, block);
    if (status == EQF_OK) *have = bytes;
    return status;
}

eqf_status eqfi_run_plan(eqf_context *context, eqf_run *run)
{
    eqf_status status = EQF_OK;
    const eqf_program *program = run->program;
    eqfi_lifetime *arrays = NULL;
    int *last_read = NULL;
    size_t bytes, partial = 0, senders = 0;
    if (fits(run)) return EQF_OK;
    grow_capacity(run);
    run->planned = false;
    EQFI_TRY(eqfi_new(context, program->nodes.n, sizeof *arrays, (void **)&arrays));
    EQFI_TRY(eqfi_new(context, program->vars.n, sizeof *last_read, (void **)&last_read));
    find_last_reads(program, last_read);
    EQFI_TRY(find_lifetimes(context, run, last_read, arrays, &partial, &senders));
    EQFI_TRY(eqfi_arena_plan(context, (int)program->nodes.n, arrays, &bytes));
    EQFI_TRY(provide(context, run, bytes, &run->arena_bytes, &run->arena));
    EQFI_TRY(provide(context, run, partial, &run->partial_bytes, &run->partials));
    if (senders > 0) EQFI_TRY(provide(context, run, senders, &run->senders_bytes, &run->senders));
    for (size_t n = 0; n < program->nodes.n; n++) {
        int out = program->nodes.items[n].out;
        bool one = program->vars.items[out - 1].rows == EQFI_ROWS_ONE;
        run->operands[out - 1] =
            (eqfi_operand){(char *)run->arena + arrays[n].offset, one ? 0 : (int64_t)columns_of(run, out)};
    }
    run->planned = true;
fail:
    eqfi_delete(context, arrays);
    eqfi_delete(context, last_read);
    return status;
}
