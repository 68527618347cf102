/* Executing a program: stage by stage, tile by tile.
 * SPDX-License-Identifier: MIT */
#include "ad/run.h"

#include <stdatomic.h>

typedef struct stage_run {
    const eqf_run *run;
    const eqfi_stage *stage;
    const eqfi_bound_map *tie; /* whose neighbourhoods are the tiles, or NULL */
    int64_t rows, step, tiles;
    int node;          /* if nodes run one by one, or of a sum */
    atomic_llong next; /* tile that no lane has taken */
} stage_run;

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/* ---------------------------------------------------------------------------------------------------------- tiles -- */

static eqfi_tile tile_at(const stage_run *s, int64_t index, char *scratch)
{
    eqfi_tile tile = {.scratch = scratch};
    if (s->tie == NULL) {
        tile.first_target = index * s->step;
        tile.last_target = smaller((index + 1) * s->step, s->rows);
        return tile;
    }
    tile.first_target = s->tie->tiles[index];
    tile.last_target = s->tie->tiles[index + 1];
    tile.first_source = s->tie->offsets[tile.first_target];
    tile.last_source = s->tie->offsets[tile.last_target];
    tile.source = s->run->program->maps.items[s->stage->tie - 1].from;
    return tile;
}

/* A lane has a scratch and takes tiles until there are none. */
static void run_lane(void *argument, int64_t lane)
{
    stage_run *s = argument;
    char *scratch = (char *)s->run->scratch + (size_t)lane * s->run->lane_bytes;
    for (;;) {
        long long index = atomic_fetch_add_explicit(&s->next, 1, memory_order_relaxed);
        if (index >= s->tiles) return;
        eqfi_tile tile = tile_at(s, index, scratch);
        for (int n = s->stage->first; n < s->stage->last; n++) eqfi_execute_tile(s->run, n, &tile);
    }
}

static void run_tiles(eqf_context *context, stage_run *s)
{
    int width = eqfi_parallel_width(context);
    atomic_init(&s->next, 0);
    eqfi_parallel(context, smaller(s->tiles, width > 0 ? width : EQFI_LANES), run_lane, s);
}

/* Rows of one node, whose local variables have all rows in the first scratch. */
static void run_rows(void *argument, int64_t task)
{
    const stage_run *s = argument;
    eqfi_execute_rows(s->run, s->node, s->run->scratch, task * s->step, smaller((task + 1) * s->step, s->rows));
}

static void run_nodes(eqf_context *context, stage_run *s)
{
    for (s->node = s->stage->first; s->node < s->stage->last; s->node++) {
        s->rows = s->run->rows[s->run->program->nodes.items[s->node].domain - 1];
        eqfi_parallel(context, (s->rows + s->step - 1) / s->step, run_rows, s);
    }
}

/* ----------------------------------------------------------------------------------------------------------- sums -- */

/* Chunk 0 of a sum over rows goes to the result itself, the others have partial results. */
static eqfi_operand sum_of(const stage_run *s, int64_t chunk)
{
    const eqf_run *run = s->run;
    int out = run->program->nodes.items[s->node].out;
    if (chunk == 0) return (eqfi_operand){run->operands[out - 1].data, 0};
    size_t bytes = (size_t)eqfi_columns_of(run, out) * eqfi_kernels_of(run, out)->real_size;
    return (eqfi_operand){(char *)run->partials + (size_t)(chunk - 1) * bytes, 0};
}

static void run_chunk(void *argument, int64_t chunk)
{
    const stage_run *s = argument;
    int out = s->run->program->nodes.items[s->node].out;
    eqfi_operand sum = sum_of(s, chunk);
    eqfi_kernels_of(s->run, out)->zero(0, 1, eqfi_columns_of(s->run, out), sum);
    eqfi_execute_sum(s->run, s->node, chunk * s->step, smaller((chunk + 1) * s->step, s->rows), sum);
}

/* The partial results, added in their order. */
static void run_sum(eqf_context *context, stage_run *s)
{
    int out = s->run->program->nodes.items[s->stage->first].out, columns = eqfi_columns_of(s->run, out);
    const eqfi_kernels *kernels = eqfi_kernels_of(s->run, out);
    int64_t chunks = eqfi_chunks(s->rows);
    s->node = s->stage->first;
    s->step = eqfi_chunk_rows(s->rows);
    if (chunks == 0) kernels->zero(0, 1, columns, sum_of(s, 0));
    eqfi_parallel(context, chunks, run_chunk, s);
    if (chunks > 1)
        kernels->combine(0, chunks - 1, columns, 1, (eqfi_operand){s->run->partials, columns}, 0,
                         (eqfi_operand){NULL, 0}, sum_of(s, 0), true);
}

/* --------------------------------------------------------------------------------------------------------- stages -- */

static void run_stage(eqf_context *context, eqf_run *run, const eqfi_stage *stage)
{
    stage_run s = {.run = run, .stage = stage, .rows = run->rows[stage->domain - 1], .step = EQFI_TILE};
    for (int n = stage->first; n < stage->last; n++)
        if (run->packed[n].data != NULL && !run->packed[n].constant) eqfi_pack_weights(run, n);
    if (stage->sums) {
        run_sum(context, &s);
    } else if (stage->tie == 0) {
        s.tiles = (s.rows + s.step - 1) / s.step;
        run_tiles(context, &s);
    } else if (eqfi_by_neighbourhoods(run, stage)) {
        s.tie = &run->maps[stage->tie - 1];
        s.tiles = s.tie->n_tiles;
        run_tiles(context, &s);
    } else {
        run_nodes(context, &s);
    }
}

/* ------------------------------------------------------------------------------------------------------ execution -- */

static eqf_status check_bound(eqf_context *context, const eqf_run *run)
{
    eqf_status status = EQF_OK;
    const eqf_program *program = run->program;
    for (size_t i = 0; i < program->row_sets.n; i++)
        EQFI_CHECK(run->rows[i] >= 0 || !program->row_sets.items[i].used, EQF_ERROR_STATE,
                   "the number of rows of %s is not set", program->row_sets.items[i].name);
    for (size_t i = 0; i < program->maps.n; i++) {
        const eqfi_row_map *symbol = &program->maps.items[i];
        const eqfi_bound_map *map = &run->maps[i];
        EQFI_CHECK(!symbol->used || (map->target != NULL && map->from == run->rows[symbol->from - 1] &&
                                     map->to == run->rows[symbol->to - 1]),
                   EQF_ERROR_STATE, "the map %s is not set for the present sizes", symbol->name);
    }
    for (size_t i = 0; i < program->vars.n; i++) {
        const eqfi_variable *v = &program->vars.items[i];
        EQFI_CHECK(v->kind != EQFI_VAR_INPUT || !v->used || run->buffers[i].rows == run->rows[v->rows - 1],
                   EQF_ERROR_STATE, "the input %s is not set for the present sizes", v->name);
    }
fail:
    return status;
}

eqf_status eqf_run_execute(eqf_context *context, eqf_run *run)
{
    eqf_status status = EQF_OK;
    run->executed = false;
    EQFI_TRY(check_bound(context, run));
    EQFI_TRY(eqfi_run_plan(context, run));
    for (size_t i = 0; i < run->program->stages.n; i++) run_stage(context, run, &run->program->stages.items[i]);
    run->executed = true;
fail:
    return status;
}
