/* Executing a program: each operation on a range of rows, stages tile by tile.
 * SPDX-License-Identifier: MIT */
#include "ad/run.h"

#include <string.h>

/* One node on the rows first..last-1 of its domain. Sums over rows give `out` another place, and accumulate there. */
typedef struct piece {
    const eqf_run *run;
    const eqfi_node *node;
    const eqfi_kernels *kernels; /* of the node's width */
    int index;
    int64_t first, last;
    eqfi_operand out;
    bool accumulate;
} piece;

static eqfi_operand argument(const piece *p, int i) { return p->run->operands[p->node->in[i] - 1]; }

static int columns_of(const eqf_run *run, int var)
{
    return run->program->types.items[run->program->vars.items[var - 1].type].layout->columns;
}

/* ----------------------------------------------------------------------------------------------------- operations -- */

static void execute_combine(const piece *p)
{
    const eqfi_attribute *a = &p->node->attribute;
    eqfi_operand none = {NULL, 0};
    p->kernels->combine(p->first, p->last, columns_of(p->run, p->node->out), a->alpha, argument(p, 0), a->beta,
                        p->node->n_in == 2 ? argument(p, 1) : none, p->out, p->accumulate);
}

static void execute_scale(const piece *p)
{
    p->kernels->scale(p->node->attribute.plan, p->first, p->last, argument(p, 0), argument(p, 1), p->out,
                      p->accumulate);
}

static void execute_dot(const piece *p)
{
    p->kernels->dot(p->node->attribute.plan, p->first, p->last, argument(p, 0), argument(p, 1), p->out, p->accumulate);
}

static void execute_unary(const piece *p)
{
    eqfi_operand x = argument(p, 0);
    size_t real_size = p->kernels->real_size;
    p->kernels->unary(&p->node->attribute.unary, p->last - p->first, columns_of(p->run, p->node->out),
                      (char *)x.data + (size_t)(p->first * x.stride) * real_size, x.stride,
                      (char *)p->out.data + (size_t)(p->first * p->out.stride) * real_size, p->out.stride);
}

static void execute_select(const piece *p)
{
    p->kernels->select(p->node->attribute.plan, p->first, p->last, argument(p, 0), p->out);
}

static void execute_gather(const piece *p)
{
    const eqfi_bound_map *map = &p->run->maps[p->node->attribute.map - 1];
    p->kernels->gather(p->first, p->last, columns_of(p->run, p->node->out), map->target, argument(p, 0), p->out);
}

static void execute_segment_sum(const piece *p)
{
    const eqfi_bound_map *map = &p->run->maps[p->node->attribute.map - 1];
    p->kernels->segment_sum(p->first, p->last, columns_of(p->run, p->node->out), map->offsets,
                            map->ascending ? NULL : map->order, argument(p, 0), p->out);
}

static void execute_segment_softmax(const piece *p)
{
    const eqfi_bound_map *map = &p->run->maps[p->node->attribute.map - 1];
    eqfi_operand none = {NULL, 0};
    p->kernels->segment_softmax(p->first, p->last, columns_of(p->run, p->node->out), map->offsets,
                                map->ascending ? NULL : map->order, argument(p, 0),
                                p->node->n_in == 2 ? argument(p, 1) : none, p->out);
}

static eqfi_matrix matrix_of(const piece *p, eqfi_operand x, eqfi_channels c)
{
    return (eqfi_matrix){(char *)x.data + (size_t)c.offset * p->kernels->real_size, x.stride, c.step, c.dim};
}

/* Weight gradient: role 2 with the arguments o, x. */
static void execute_linear_weight(const piece *p)
{
    const eqfi_linear_plan *plan = p->node->attribute.plan;
    const eqfi_kernels *kernels = p->kernels;
    if (!p->accumulate) kernels->zero(0, 1, (int)plan->weights, p->out);
    for (int i = 0; i < plan->n; i++) {
        const eqfi_linear_path *path = &plan->paths[i];
        kernels->gemm_rows(p->first * path->in.dim, p->last * path->in.dim, path->out.mul, path->in.mul,
                           matrix_of(p, argument(p, 1), path->in), matrix_of(p, argument(p, 0), path->out),
                           (char *)p->out.data + (size_t)path->weight * kernels->real_size, path->out.mul);
    }
}

static void execute_linear(const piece *p)
{
    const eqfi_linear_plan *plan = p->node->attribute.plan;
    const eqfi_packed *packed = &p->run->packed[p->index];
    const eqfi_kernels *kernels = p->kernels;
    if (p->node->attribute.role == 2) {
        execute_linear_weight(p);
        return;
    }
    bool forward = p->node->attribute.role == 0;
    if (!packed->covers) kernels->zero(p->first, p->last, columns_of(p->run, p->node->out), p->out);
    for (int i = 0; i < plan->n; i++) {
        const eqfi_linear_path *path = &plan->paths[i];
        eqfi_channels from = forward ? path->in : path->out, to = forward ? path->out : path->in;
        kernels->gemm(p->first * from.dim, p->last * from.dim, to.mul, from.mul, matrix_of(p, argument(p, 0), from),
                      (char *)packed->data + packed->offset[i] * kernels->real_size, matrix_of(p, p->out, to),
                      packed->follows[i]);
    }
}

static void execute_product(const piece *p)
{
    eqfi_operand slots[EQFI_ROLES] = {{NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}};
    int role = p->node->attribute.role;
    for (int i = 0; i < p->node->n_in; i++) slots[i < role ? i : i + 1] = argument(p, i);
    slots[role] = p->out;
    p->kernels->product(p->node->attribute.plan, (eqfi_role)role, p->first, p->last, slots, p->accumulate);
}

static void execute_harmonics(const piece *p)
{
    p->kernels->harmonics(p->node->attribute.plan, p->first, p->last, argument(p, 0), p->out);
}

static void execute_mask(const piece *p)
{
    const eqfi_attribute *a = &p->node->attribute;
    int rows = p->run->program->vars.items[p->node->out - 1].rows;
    p->kernels->mask(p->first, p->last, columns_of(p->run, p->node->out), a->alpha, p->run->seed, a->stream,
                     p->run->before[rows - 1], p->out);
}

/* The table of the narrow side knows both. */
static void execute_convert(const piece *p)
{
    bool widens = p->node->attribute.role != 0;
    const eqfi_kernels *narrow = p->run->kernels[0];
    (widens ? narrow->widen : narrow->narrow)(p->first, p->last, columns_of(p->run, p->node->out), argument(p, 0),
                                              p->out);
}

static void execute_piece(const piece *p)
{
    static void (*const table[EQFI_OP_COUNT])(const piece *) = {
#define EXECUTE_OF(NAME, name) [EQFI_OP_##NAME] = execute_##name,
        EQFI_OP_LIST(EXECUTE_OF)
#undef EXECUTE_OF
    };
    table[p->node->op](p);
}

/* -------------------------------------------------------------------------------------------------------- weights -- */

void eqfi_pack_weights(eqf_run *run, int index)
{
    const eqfi_node *node = &run->program->nodes.items[index];
    const eqfi_packed *packed = &run->packed[index];
    const eqfi_linear_plan *plan = node->attribute.plan;
    bool forward = node->attribute.role == 0;
    const eqfi_kernels *kernels = eqfi_kernels_of(run, node->out);
    size_t real_size = kernels->real_size;
    const char *weights = run->operands[node->in[1] - 1].data;
    for (int i = 0; i < plan->n; i++) {
        const eqfi_linear_path *path = &plan->paths[i];
        int k = forward ? path->in.mul : path->out.mul, n = forward ? path->out.mul : path->in.mul;
        kernels->gemm_pack(n, k, weights + (size_t)path->weight * real_size, path->out.mul, !forward,
                           (char *)packed->data + packed->offset[i] * real_size);
    }
}

/* --------------------------------------------------------------------------------------------------------- stages -- */

typedef struct stage_run {
    const eqf_run *run;
    const eqfi_stage *stage;
    int64_t rows, step;
} stage_run;

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

static void run_tile(void *argument_, int64_t task)
{
    const stage_run *s = argument_;
    const eqfi_node *nodes = s->run->program->nodes.items;
    for (int n = s->stage->first; n < s->stage->last; n++) {
        piece p = {.run = s->run,
                   .kernels = eqfi_kernels_of(s->run, nodes[n].out),
                   .node = &nodes[n],
                   .index = n,
                   .first = task * s->step,
                   .last = smaller((task + 1) * s->step, s->rows),
                   .out = s->run->operands[nodes[n].out - 1]};
        execute_piece(&p);
    }
}

/* One chunk of a sum over rows, into its own partial result. */
static void run_chunk(void *argument_, int64_t task)
{
    const stage_run *s = argument_;
    const eqf_run *run = s->run;
    const eqfi_node *node = &run->program->nodes.items[s->stage->first];
    const eqfi_kernels *kernels = eqfi_kernels_of(run, node->out);
    size_t bytes = (size_t)columns_of(run, node->out) * kernels->real_size;
    char *partial = (char *)run->partials + (size_t)task * bytes;
    memset(partial, 0, bytes);
    piece p = {.run = run,
               .node = node,
               .kernels = kernels,
               .index = s->stage->first,
               .first = task * s->step,
               .last = smaller((task + 1) * s->step, s->rows),
               .out = {partial, 0},
               .accumulate = true};
    execute_piece(&p);
}

/* The partial results, added in their order. */
static void add_partials(const stage_run *s, int64_t chunks)
{
    const eqf_run *run = s->run;
    const eqfi_node *node = &run->program->nodes.items[s->stage->first];
    int columns = columns_of(run, node->out);
    eqfi_operand out = run->operands[node->out - 1], none = {NULL, 0};
    const eqfi_kernels *kernels = eqfi_kernels_of(run, node->out);
    kernels->zero(0, 1, columns, out);
    out.stride = 0;
    kernels->combine(0, chunks, columns, 1, (eqfi_operand){run->partials, columns}, 0, none, out, true);
}

static void run_stage(eqf_context *context, eqf_run *run, const eqfi_stage *stage)
{
    stage_run s = {run, stage, run->rows[stage->domain - 1], EQFI_TILE};
    for (int n = stage->first; n < stage->last; n++)
        if (run->packed[n].data != NULL && !run->packed[n].constant) eqfi_pack_weights(run, n);
    if (!stage->local) s.step = eqfi_chunk_rows(s.rows);
    int64_t tasks = (s.rows + s.step - 1) / s.step;
    eqfi_parallel(context, tasks, stage->local ? run_tile : run_chunk, &s);
    if (!stage->local) add_partials(&s, tasks);
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
