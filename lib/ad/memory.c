/* The memory plan of a run: where each result lives.
 *
 * A result that other stages read has an array of all rows in the arena, from the stage that computes it to the last one
 * that reads it; outputs live to the end. Any other lives in the scratch of a tile, from its node to the last that reads
 * it, or takes the place of an argument that is not read again; if only its own chain reads it, in the scratch of a strip:
 *
 *     arena    stage 1 | stage 2 | stage 3                 one, all rows
 *     scratch  chain 7 | chain 8 | .. of stage 2           one for each tile that is being worked on, rows of a tile
 *              node 30 | node 31 | node 32 | .. of chain 7   behind it, rows of a strip
 *
 * Memory is planned for a capacity of rows. Where it has to grow it becomes an eighth larger than what is needed, so that sizes
 * which change a little are planned once.
 * SPDX-License-Identifier: MIT */
#include "ad/run.h"
#include "base/arena.h"

/* ------------------------------------------------------------------------------------------------------- capacity -- */

/* Tiles that run at the same time. */
static int lanes_of(const eqf_context *context)
{
    int width = eqfi_parallel_width(context);
    return width > 0 ? width : EQFI_LANES;
}

/* Rows of a set in a tile of any tied stage. Their numbers are rounded, to be planned again seldom. */
static int64_t tile_rows(const eqf_run *run, int rows)
{
    int64_t most = 0;
    for (size_t i = 0; i < run->program->stages.n; i++) {
        const eqfi_stage *stage = &run->program->stages.items[i];
        if (stage->tie == 0) continue;
        const eqfi_row_map *tie = &run->program->maps.items[stage->tie - 1];
        const eqfi_bound_map *map = &run->maps[stage->tie - 1];
        int64_t own = 0;
        if (!eqfi_by_neighbourhoods(run, stage) && (rows == tie->from || rows == tie->to))
            own = run->rows[rows - 1];
        else if (rows == tie->from)
            own = (map->longest + 15) / 16 * 16;
        else if (rows == tie->to)
            own = (map->widest + 3) / 4 * 4;
        if (own > most) most = own;
    }
    return most;
}

/* Whether tied stages run node by node. */
static bool runs_whole(const eqf_run *run)
{
    for (size_t i = 0; i < run->program->stages.n; i++)
        if (run->program->stages.items[i].tie != 0) return !eqfi_by_neighbourhoods(run, &run->program->stages.items[i]);
    return false;
}

static bool fits(const eqf_run *run, int lanes)
{
    if (!run->planned || lanes > run->lanes || run->whole != runs_whole(run)) return false;
    for (size_t i = 0; i < run->program->row_sets.n; i++)
        if (run->rows[i] > run->capacity[i] || tile_rows(run, (int)i + 1) > run->tile_rows[i]) return false;
    return true;
}

static void grow(int64_t needed, bool planned, int64_t *capacity)
{
    if (!planned)
        *capacity = needed;
    else if (needed > *capacity)
        *capacity = needed + needed / 8;
}

static void grow_capacity(eqf_run *run, int lanes)
{
    for (size_t i = 0; i < run->program->row_sets.n; i++) {
        grow(run->rows[i] < 0 ? 0 : run->rows[i], run->planned, &run->capacity[i]);
        grow(tile_rows(run, (int)i + 1), run->planned, &run->tile_rows[i]);
    }
    if (lanes > run->lanes) run->lanes = lanes;
}

/* ---------------------------------------------------------------------------------------------------------- plans -- */

static bool is_output(const eqf_program *program, int var)
{
    for (size_t i = 0; i < program->outputs.n; i++)
        if (program->outputs.items[i].var == var) return true;
    return false;
}

/* Stage by node, and the last node that reads a variable. */
typedef struct reads {
    int *stage; /* [nodes] */
    int *last;  /* [vars], -1 if none does */
} reads;

static void find_reads(const eqf_program *program, reads *r)
{
    for (size_t i = 0; i < program->vars.n; i++) r->last[i] = -1;
    for (int s = 0; s < (int)program->stages.n; s++)
        for (int n = program->stages.items[s].first; n < program->stages.items[s].last; n++) {
            r->stage[n] = s;
            for (int k = 0; k < program->nodes.items[n].n_in; k++) r->last[program->nodes.items[n].in[k] - 1] = n;
        }
}

static size_t row_bytes(const eqf_run *run, int var)
{
    return (size_t)eqfi_columns_of(run, var) * eqfi_kernels_of(run, var)->real_size;
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

/* Arrays of all rows, which live by stage. */
static eqf_status plan_arena(eqf_context *context, eqf_run *run, const reads *r, eqfi_lifetime *arrays)
{
    eqf_status status = EQF_OK;
    const eqf_program *program = run->program;
    size_t bytes;
    for (int n = 0; n < (int)program->nodes.n; n++) {
        int out = program->nodes.items[n].out, last = r->last[out - 1] < n ? n : r->last[out - 1];
        const eqfi_variable *v = &program->vars.items[out - 1];
        size_t rows = v->local || v->grows_into != 0 ? 0 : (size_t)run->capacity[v->rows - 1];
        EQFI_TRY(eqfi_bytes(context, rows, row_bytes(run, out), 1, &bytes));
        int end = is_output(program, out) ? (int)program->stages.n : r->stage[last];
        arrays[n] = (eqfi_lifetime){bytes, r->stage[n], end, 0};
    }
    EQFI_TRY(eqfi_arena_plan(context, (int)program->nodes.n, arrays, &bytes));
    EQFI_TRY(provide(context, run, bytes, &run->arena_bytes, &run->arena));
    for (size_t n = program->nodes.n; n-- > 0;) { /* sums come after their terms */
        int out = program->nodes.items[n].out;
        const eqfi_variable *v = &program->vars.items[out - 1];
        run->operands[out - 1] =
            (eqfi_operand){(char *)run->arena + arrays[n].offset,
                           v->rows == EQFI_ROWS_ONE ? 0 : (int64_t)eqfi_columns_of(run, out), NULL};
        if (v->grows_into != 0) run->operands[out - 1] = run->operands[v->grows_into - 1];
    }
fail:
    return status;
}

/* Whether SCALE reads no column of its first argument after it wrote that: all stay where they are, and none is the factor of
 * others. */
static bool scales_in_place(const eqfi_node *node)
{
    const eqfi_group_plan *plan = node->attribute.plan;
    return plan->covers && !plan->moves && (node->in[0] != node->in[1] || plan->groups == plan->columns);
}

/* The argument in whose place the node can write its result, 0 if there is none: one that is read element by element, or
 * added, and for the last time. */
static int replaced(const eqf_run *run, const reads *r, int index)
{
    static const signed char candidates[EQFI_OP_COUNT][2] = {
        [EQFI_OP_COMBINE] = {1, 2}, [EQFI_OP_SCALE] = {1}, [EQFI_OP_UNARY] = {1}}; /* counted from 1 */
    const eqfi_node *node = &run->program->nodes.items[index];
    const eqfi_variable *out = &run->program->vars.items[node->out - 1];
    const int added[2] = {node->n_in, 0};
    if (node->op == EQFI_OP_SCALE && !node->adds && !scales_in_place(node)) return 0;
    for (int i = 0; i < 2; i++) {
        int k = node->adds ? added[i] : candidates[node->op][i];
        if (k == 0 || k > node->n_in || !out->local) continue;
        const eqfi_variable *v = &run->program->vars.items[node->in[k - 1] - 1];
        bool read_elsewhere = false; /* by the same node, after it has begun to write */
        for (int j = 0; node->adds && j < node->n_in - 1; j++) read_elsewhere |= node->in[j] == node->in[k - 1];
        if (v->local && v->brief == out->brief && v->rows == out->rows && v->type == out->type &&
            v->wide == out->wide && r->last[node->in[k - 1] - 1] == index && !read_elsewhere)
            return node->in[k - 1];
    }
    return 0;
}

/* Nodes of a stage that are planned together. */
typedef struct scratch_plan {
    const eqfi_stage *stage;
    bool strips;           /* brief variables have the rows of a strip; else those of a tile, as others */
    eqfi_lifetime *arrays; /* [nodes of the stage] */
    int *owner;            /* [nodes of the stage] whose array the result is in: its own, or one that it replaces */
} scratch_plan;

/* Rows of the array of a local variable. */
static size_t scratch_rows(const eqf_run *run, const scratch_plan *p, const eqfi_variable *v)
{
    if (p->strips && v->brief) return (size_t)run->program->nodes.items[v->node].strip;
    return (size_t)(p->stage->tie == 0 ? EQFI_TILE : run->tile_rows[v->rows - 1]);
}

/* Local variables that are brief, or those that are not. Brief ones live by node, others by chain, whose nodes alternate.
 * A result that replaces an argument is that argument living on. */
static eqf_status plan_local(eqf_context *context, eqf_run *run, const reads *r, scratch_plan *p, bool brief,
                             size_t *bytes)
{
    eqf_status status = EQF_OK;
    const eqf_program *program = run->program;
    int first = p->stage->first, n = p->stage->last - first;
    for (int i = 0; i < n; i++) {
        const eqfi_node *node = &program->nodes.items[first + i];
        const eqfi_variable *v = &program->vars.items[node->out - 1];
        bool own = v->local && (p->strips && v->brief) == brief;
        int other = own ? replaced(run, r, first + i) : 0, last = r->last[node->out - 1];
        bool by_chain = p->strips && !brief;
        EQFI_TRY(eqfi_bytes(context, own && other == 0 ? scratch_rows(run, p, v) : 0, row_bytes(run, node->out), 1,
                            &p->arrays[i].bytes));
        p->arrays[i].first = by_chain ? node->chain_first : first + i;
        p->arrays[i].last = by_chain && last >= 0 ? program->nodes.items[last].chain_last - 1 : last;
        p->owner[i] = other == 0 ? i : p->owner[program->vars.items[other - 1].node - first];
        p->arrays[p->owner[i]].last = p->arrays[i].last;
    }
    EQFI_TRY(eqfi_arena_plan(context, n, p->arrays, bytes));
    for (int i = 0; i < n; i++) {
        int out = program->nodes.items[first + i].out;
        const eqfi_variable *v = &program->vars.items[out - 1];
        if (v->local && (p->strips && v->brief) == brief) run->scratch_place[out - 1] = p->arrays[p->owner[i]].offset;
    }
fail:
    return status;
}

static eqf_status plan_scratch(eqf_context *context, eqf_run *run, const reads *r, eqfi_lifetime *arrays)
{
    eqf_status status = EQF_OK;
    const eqf_program *program = run->program;
    size_t tile = 0, strip = 0, bytes;
    scratch_plan p = {.arrays = arrays};
    run->whole = runs_whole(run);
    EQFI_TRY(eqfi_new(context, program->nodes.n, sizeof *p.owner, (void **)&p.owner));
    for (size_t s = 0; s < program->stages.n; s++) {
        p.stage = &program->stages.items[s];
        p.strips = p.stage->tie == 0 || !run->whole;
        EQFI_TRY(plan_local(context, run, r, &p, false, &bytes));
        if (bytes > tile) tile = bytes;
        EQFI_TRY(plan_local(context, run, r, &p, true, &bytes));
        if (bytes > strip) strip = bytes;
    }
    run->strips_place = (tile + 4095) / 4096 * 4096;
    run->lane_bytes = run->strips_place + (strip + 4095) / 4096 * 4096;
    EQFI_TRY(eqfi_bytes(context, (size_t)run->lanes, run->lane_bytes, 1, &bytes));
    EQFI_TRY(provide(context, run, bytes, &run->scratch_bytes, &run->scratch));
fail:
    eqfi_delete(context, p.owner);
    return status;
}

/* Partial results of the sums of a stage: of all chunks but the first. */
static eqf_status plan_partials(eqf_context *context, eqf_run *run)
{
    eqf_status status = EQF_OK;
    const eqf_program *program = run->program;
    size_t most = 0, bytes;
    for (size_t s = 0; s < program->stages.n; s++) {
        const eqfi_stage *stage = &program->stages.items[s];
        int64_t rows = run->capacity[stage->domain - 1], sources = 0;
        if (stage->tie != 0) sources = run->capacity[program->maps.items[stage->tie - 1].from - 1];
        if (sources > rows) rows = sources;
        run->chunk_bytes[s] = 0;
        for (int n = stage->first; n < stage->last; n++) {
            if (!eqfi_sums(program, &program->nodes.items[n])) continue;
            int out = program->nodes.items[n].out;
            run->scratch_place[out - 1] = run->chunk_bytes[s];
            run->chunk_bytes[s] += (row_bytes(run, out) + 63) / 64 * 64;
        }
        EQFI_TRY(eqfi_bytes(context, (size_t)eqfi_chunks(rows, rows) - 1, run->chunk_bytes[s], 1, &bytes));
        if (bytes > most) most = bytes;
    }
    EQFI_TRY(provide(context, run, most, &run->partial_bytes, &run->partials));
fail:
    return status;
}

/* Rows whose ghosts the host adds to their owners. */
static eqf_status plan_senders(eqf_context *context, eqf_run *run)
{
    eqf_status status = EQF_OK;
    size_t most = 0, bytes;
    for (size_t n = 0; n < run->program->nodes.n; n++) {
        const eqfi_node *node = &run->program->nodes.items[n];
        if (node->op != EQFI_OP_EXCHANGE || node->attribute.role != EQF_EXCHANGE_REVERSE) continue;
        EQFI_TRY(eqfi_bytes(context, (size_t)run->capacity[node->domain - 1], row_bytes(run, node->out), 1, &bytes));
        if (bytes > most) most = bytes;
    }
    if (most > 0) EQFI_TRY(provide(context, run, most, &run->senders_bytes, &run->senders));
fail:
    return status;
}

eqf_status eqfi_run_plan(eqf_context *context, eqf_run *run)
{
    eqf_status status = EQF_OK;
    const eqf_program *program = run->program;
    eqfi_lifetime *arrays = NULL;
    reads r = {NULL, NULL};
    int lanes = lanes_of(context);
    if (fits(run, lanes)) return EQF_OK;
    grow_capacity(run, lanes);
    run->planned = false;
    EQFI_TRY(eqfi_new(context, program->nodes.n, sizeof *arrays, (void **)&arrays));
    EQFI_TRY(eqfi_new(context, program->nodes.n, sizeof *r.stage, (void **)&r.stage));
    EQFI_TRY(eqfi_new(context, program->vars.n, sizeof *r.last, (void **)&r.last));
    find_reads(program, &r);
    EQFI_TRY(plan_arena(context, run, &r, arrays));
    EQFI_TRY(plan_scratch(context, run, &r, arrays));
    EQFI_TRY(plan_partials(context, run));
    EQFI_TRY(plan_senders(context, run));
    run->planned = true;
fail:
    eqfi_delete(context, arrays);
    eqfi_delete(context, r.stage);
    eqfi_delete(context, r.last);
    return status;
}
