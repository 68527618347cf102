/* Executing a program: stage by stage, tile by tile.
 * SPDX-License-Identifier: MIT */
#include "ad/run.h"

#include <stdatomic.h>

typedef struct stage_run {
    const eqf_run *run;
    const eqfi_stage *stage;
    const eqfi_bound_map *tie; /* whose neighbourhoods are the tiles, or NULL */
    int64_t rows, step;
    int64_t tiles, chunks; /* chunks of tiles if the stage has sums, else 0 */
    int node;              /* if nodes run one by one */
    atomic_llong next;     /* tile or chunk that no lane has taken */
} stage_run;

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/* ---------------------------------------------------------------------------------------------------------- tiles -- */

static eqfi_tile tile_at(const stage_run *s, int64_t index, char *scratch)
{
    eqfi_tile tile = {.scratch = scratch, .strips = scratch + s->run->strips_place, .alone = s->tiles == 1};
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

/* ----------------------------------------------------------------------------------------------------------- sums -- */

/* Where a chunk adds up the result of a node. Chunk 0 uses the result itself, the others have partial results, of which
 * those of a stage lie side by side. */
static eqfi_operand sum_of(const stage_run *s, int node, int64_t chunk)
{
    const eqf_run *run = s->run;
    int out = run->program->nodes.items[node].out;
    if (chunk == 0) return (eqfi_operand){run->operands[out - 1].data, 0, NULL};
    size_t place =
        (size_t)(chunk - 1) * run->chunk_bytes[s->stage - run->program->stages.items] + run->scratch_place[out - 1];
    return (eqfi_operand){(char *)run->partials + place, 0, NULL};
}

static bool sums(const stage_run *s, int node)
{
    return s->stage->sums && eqfi_sums(s->run->program, &s->run->program->nodes.items[node]);
}

static void zero_sum(const stage_run *s, int node, int64_t chunk)
{
    int out = s->run->program->nodes.items[node].out;
    eqfi_kernels_of(s->run, out)->zero(0, 1, eqfi_columns_of(s->run, out), sum_of(s, node, chunk));
}

/* The partial results of a node, added in their order. */
static void add_partials(void *argument, int64_t task)
{
    const stage_run *s = argument;
    int node = s->stage->first + (int)task;
    if (!sums(s, node)) return;
    int out = s->run->program->nodes.items[node].out, columns = eqfi_columns_of(s->run, out);
    const eqfi_operand none = {NULL, 0, NULL};
    for (int64_t chunk = 1; chunk < s->chunks; chunk++)
        eqfi_kernels_of(s->run, out)
            ->combine(0, 1, columns, 1, sum_of(s, node, chunk), 0, none, sum_of(s, node, 0), true);
}

/* ---------------------------------------------------------------------------------------------------------- lanes -- */

static void run_node(const stage_run *s, int node, const eqfi_tile *tile, int64_t first, int64_t last, int64_t chunk)
{
    if (sums(s, node))
        eqfi_execute_sum(s->run, node, tile, first, last, sum_of(s, node, chunk));
    else
        eqfi_execute_rows(s->run, node, tile, first, last);
}

/* The nodes of a chain, strip by strip; a node alone, all rows at once. */
static void run_chain(const stage_run *s, int first, int last, const eqfi_tile *tile, int64_t chunk)
{
    eqfi_range rows = eqfi_tile_rows(s->run, first, tile);
    int64_t step = last - first > 1 ? s->run->program->nodes.items[first].strip : rows.last - rows.first;
    for (int64_t r = rows.first; r < rows.last; r += step)
        for (int n = first; n < last; n++) run_node(s, n, tile, r, smaller(r + step, rows.last), chunk);
}

static int64_t first_tile(const stage_run *s, int64_t chunk) { return chunk * s->tiles / s->chunks; }

static void run_tile(const stage_run *s, int64_t index, int64_t chunk, char *scratch)
{
    eqfi_tile tile = tile_at(s, index, scratch);
    tile.begins = s->chunks > 0 && index == first_tile(s, chunk);
    for (int n = s->stage->first, last; n < s->stage->last; n = last) {
        last = s->run->program->nodes.items[n].chain_last;
        run_chain(s, n, last, &tile, chunk);
    }
}

/* Whether the first tile of a chunk has rows of the node, and writes its sum. */
static bool is_begun(const stage_run *s, int node, int64_t chunk, char *scratch)
{
    if (s->tiles == 0 || !eqfi_begins_sum(s->run, node)) return false;
    eqfi_tile tile = tile_at(s, first_tile(s, chunk), scratch);
    eqfi_range rows = eqfi_tile_rows(s->run, node, &tile);
    return rows.first < rows.last;
}

static void run_chunk(const stage_run *s, int64_t chunk, char *scratch)
{
    for (int n = s->stage->first; n < s->stage->last; n++)
        if (sums(s, n) && !is_begun(s, n, chunk, scratch)) zero_sum(s, n, chunk);
    for (int64_t t = first_tile(s, chunk); t < first_tile(s, chunk + 1); t++) run_tile(s, t, chunk, scratch);
}

/* A lane has a scratch, and takes tiles or chunks until there are none. */
static void run_lane(void *argument, int64_t lane)
{
    stage_run *s = argument;
    char *scratch = (char *)s->run->scratch + (size_t)lane * s->run->lane_bytes;
    for (;;) {
        long long index = atomic_fetch_add_explicit(&s->next, 1, memory_order_relaxed);
        if (index >= (s->chunks > 0 ? s->chunks : s->tiles)) return;
        if (s->chunks > 0)
            run_chunk(s, index, scratch);
        else
            run_tile(s, index, 0, scratch);
    }
}

/* As many lanes as there is scratch for: the context may have more threads than the one with which the execution began. */
static void run_lanes(eqf_context *context, stage_run *s)
{
    int width = eqfi_parallel_width(context);
    int64_t tasks = s->chunks > 0 ? s->chunks : s->tiles,
            lanes = smaller(width > 0 ? width : EQFI_LANES, s->run->lanes);
    atomic_init(&s->next, 0);
    eqfi_parallel(context, smaller(tasks, lanes), run_lane, s);
}

static void run_tiles(eqf_context *context, stage_run *s)
{
    if (s->stage->sums) s->chunks = eqfi_chunks(s->tie == NULL ? s->rows : s->tie->from, s->tiles);
    run_lanes(context, s);
    if (s->chunks > 1) eqfi_parallel(context, s->stage->last - s->stage->first, add_partials, s);
}

/* Rows of one node, whose local variables have all rows in the first scratch. */
static void run_rows(void *argument, int64_t task)
{
    const stage_run *s = argument;
    const eqfi_tile rows = {.scratch = s->run->scratch,
                            .first_target = task * s->step,
                            .last_target = smaller((task + 1) * s->step, s->rows),
                            .whole = true};
    eqfi_range own = eqfi_tile_rows(s->run, s->node, &rows);
    run_node(s, s->node, &rows, own.first, own.last, task);
}

static void run_nodes(eqf_context *context, stage_run *s)
{
    for (s->node = s->stage->first; s->node < s->stage->last; s->node++) {
        s->rows = s->run->rows[s->run->program->nodes.items[s->node].domain - 1];
        s->step = EQFI_TILE;
        s->chunks = sums(s, s->node) ? eqfi_chunks(s->rows, s->rows) : 0;
        if (s->chunks > 0 && s->rows > 0) s->step = (s->rows + s->chunks - 1) / s->chunks;
        for (int64_t chunk = 0; chunk < s->chunks; chunk++) zero_sum(s, s->node, chunk);
        eqfi_parallel(context, (s->rows + s->step - 1) / s->step, run_rows, s);
        if (s->chunks > 1) add_partials(s, s->node - s->stage->first);
    }
}

/* --------------------------------------------------------------------------------------------------------- stages -- */

/* Rows of a tile where tiles are not neighbourhoods: as many tiles for one thread as for another, unless they become too short.
 * One thread takes long ones; and where there are sums, their chunks are made of tiles. */
static int64_t tile_step(const eqf_context *context, const eqfi_stage *stage, int64_t rows)
{
    int64_t width = eqfi_parallel_width(context), tiles = (rows + EQFI_TILE - 1) / EQFI_TILE;
    if (width == 1 || stage->sums || rows == 0) return EQFI_TILE;
    if (width == 0) width = 2; /* the host's threads, whose number nobody knows */
    tiles = (tiles + width - 1) / width * width;
    int64_t step = ((rows + tiles - 1) / tiles + 3) / 4 * 4;
    return step < EQFI_TILE_MIN ? EQFI_TILE_MIN : step;
}

void eqfi_run_stage(eqf_context *context, eqf_run *run, const eqfi_stage *stage)
{
    stage_run s = {.run = run, .stage = stage, .rows = run->rows[stage->domain - 1]};
    s.step = tile_step(context, stage, s.rows);
    for (int n = stage->first; n < stage->last; n++)
        if (run->packed[n].data != NULL && !run->packed[n].constant && !run->packed[n].borrowed)
            eqfi_pack_weights(run, n);
    if (stage->tie == 0) {
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

eqf_status eqfi_run_check(eqf_context *context, const eqf_run *run)
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
