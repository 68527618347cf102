/* Executing one operation on a range of rows.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "ad/run.h"

/* One node on the rows first..last-1 of its domain. Sums over rows give `out` another place, and accumulate there. */
typedef struct piece {
    const eqf_run *run;
    const eqfi_node *node;
    const eqfi_bound *bound;
    const eqfi_kernels *kernels; /* of the node's width */
    const eqfi_tile *tile;       /* where local variables are */
    int64_t first, last;
    eqfi_operand out;
    bool accumulate;
} piece;

/* Rows have the same numbers in a scratch as in arrays of all rows: its base is that of the row 0 that it would have. */
static inline eqfi_operand operand_at(const piece *p, const eqfi_place *place)
{
    const eqfi_tile *tile = p->tile;
    eqfi_operand x = {(void *)place->data, place->stride, place->index};
    if (place->rows == 0) return x;
    bool brief = place->brief && !tile->whole;
    int64_t first = tile->whole ? 0 : place->rows == tile->source ? tile->first_source : tile->first_target;
    if (brief) first = p->first;
    x.data =
        (void *)((uintptr_t)(brief ? tile->strips : tile->scratch) + place->data - (size_t)(first * place->row_bytes));
    return x;
}

static inline eqfi_operand argument(const piece *p, int i) { return operand_at(p, &p->bound->in[i]); }

/* ----------------------------------------------------------------------------------------------------- operations -- */

static void execute_combine(const piece *p)
{
    const eqfi_attribute *a = &p->node->attribute;
    eqfi_operand none = {NULL, 0, NULL};
    p->kernels->combine(p->first, p->last, p->bound->columns, a->alpha, argument(p, 0), a->beta,
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
    p->kernels->unary(&p->node->attribute.unary, p->last - p->first, p->bound->columns,
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
    p->kernels->gather(p->first, p->last, p->bound->columns, map->target, argument(p, 0), p->out);
}

static void execute_segment_sum(const piece *p)
{
    const eqfi_bound_map *map = &p->run->maps[p->node->attribute.map - 1];
    p->kernels->segment_sum(p->first, p->last, p->bound->columns, map->offsets, map->ascending ? NULL : map->order,
                            argument(p, 0), p->out);
}

static void execute_segment_softmax(const piece *p)
{
    const eqfi_bound_map *map = &p->run->maps[p->node->attribute.map - 1];
    eqfi_operand none = {NULL, 0, NULL};
    p->kernels->segment_softmax(p->first, p->last, p->bound->columns, map->offsets, map->ascending ? NULL : map->order,
                                argument(p, 0), p->node->n_in == 2 ? argument(p, 1) : none, p->out);
}

static eqfi_matrix matrix_of(const piece *p, eqfi_operand x, eqfi_channels c)
{
    return (eqfi_matrix){(char *)x.data + (size_t)c.offset * p->kernels->real_size, x.stride, c.step, c.dim};
}

/* Weight gradient: role 2 with the arguments o, x of one term or more. */
static void execute_linear_weight(const piece *p)
{
    const eqfi_linear_plan *plan = p->node->attribute.plan;
    const eqfi_packed *sums = &p->run->packed[p->node - p->run->program->nodes.items];
    const eqfi_kernels *kernels = p->kernels;
    for (int i = 0; i < sums->n_rest && !p->accumulate; i++) {
        eqfi_operand rest = {(char *)p->out.data + (size_t)sums->rest[i].first * kernels->real_size, 0, NULL};
        kernels->zero(0, 1, (int)(sums->rest[i].last - sums->rest[i].first), rest);
    }
    for (int i = 0; i < plan->n; i++) {
        const eqfi_linear_path *path = &plan->paths[i];
        eqfi_matrix x[EQFI_INPUTS_MAX / 2], o[EQFI_INPUTS_MAX / 2];
        int terms = p->node->n_in / 2;
        for (int t = 0; t < terms; t++) {
            o[t] = matrix_of(p, argument(p, 2 * t), path->out);
            x[t] = matrix_of(p, argument(p, 2 * t + 1), path->in);
        }
        kernels->gemm_rows(p->first * path->in.dim, p->last * path->in.dim, path->out.mul, path->in.mul, terms, x, o,
                           (char *)p->out.data + (size_t)path->weight * kernels->real_size, path->stride,
                           p->accumulate || sums->follows[i]);
    }
}

/* Puts what the node adds in the place of its result, if it is not there already. */
static void begin_sum(const piece *p)
{
    eqfi_operand add = argument(p, p->node->n_in - 1), none = {NULL, 0, NULL};
    if (add.data != p->out.data || add.stride != p->out.stride)
        p->kernels->combine(p->first, p->last, p->bound->columns, 1, add, 0, none, p->out, false);
}

/* What the node adds goes to the first product into each block of the result, or, if some columns of the result have no
 * path, there beforehand. */
static void execute_linear(const piece *p)
{
    const eqfi_packed *packed = &p->run->packed[p->node - p->run->program->nodes.items];
    const eqfi_kernels *kernels = p->kernels;
    if (p->node->attribute.role == 2) {
        execute_linear_weight(p);
        return;
    }
    bool forward = p->node->attribute.role == 0, adds = p->node->adds, begun = !packed->covers;
    const char *weights = packed->data;
    if (begun && adds)
        begin_sum(p);
    else if (begun)
        kernels->zero(p->first, p->last, p->bound->columns, p->out);
    for (int i = 0; i < packed->n; i++) {
        const eqfi_packed_product *product = &packed->products[i];
        eqfi_channels from = forward ? product->in : product->out, to = forward ? product->out : product->in;
        eqfi_matrix out = matrix_of(p, p->out, to), other = {NULL, 0, 0, 0};
        const eqfi_matrix *add = begun || product->follows ? &out : NULL;
        if (add == NULL && adds) {
            other = matrix_of(p, argument(p, 2), to);
            add = &other;
        }
        kernels->gemm(p->first * from.dim, p->last * from.dim, to.mul, from.mul, matrix_of(p, argument(p, 0), from),
                      weights + product->offset * kernels->real_size, p->tile->alone, add, out);
    }
}

static void execute_product(const piece *p)
{
    eqfi_operand slots[EQFI_ROLES] = {{NULL, 0, NULL}, {NULL, 0, NULL}, {NULL, 0, NULL}, {NULL, 0, NULL}};
    int role = p->node->attribute.role;
    for (int i = 0; i < p->node->n_in - p->node->adds; i++) slots[i < role ? i : i + 1] = argument(p, i);
    slots[role] = p->out;
    p->kernels->product(p->node->attribute.plan, (eqfi_role)role, p->first, p->last, slots, p->accumulate);
}

/* The three slots of a form: the result and the inputs in order. */
static void three_slots(const piece *p, eqfi_operand slots[3])
{
    int role = p->node->attribute.role;
    for (int i = 0; i < 2; i++) slots[i < role ? i : i + 1] = argument(p, i);
    slots[role] = p->out;
}

static void execute_outer(const piece *p)
{
    eqfi_operand slots[3];
    const eqfi_bound_map *map = &p->run->maps[p->node->attribute.map - 1];
    three_slots(p, slots);
    p->kernels->outer(p->node->attribute.plan, (eqfi_role)p->node->attribute.role, p->first, p->last, map->offsets,
                      map->ascending ? NULL : map->order, slots, p->accumulate);
}

static void execute_contract(const piece *p)
{
    eqfi_operand slots[3];
    three_slots(p, slots);
    p->kernels->contract(p->node->attribute.plan, p->node->attribute.role, p->first, p->last, slots, p->accumulate);
}

static void execute_harmonics(const piece *p)
{
    p->kernels->harmonics(p->node->attribute.plan, p->first, p->last, argument(p, 0), p->out);
}

static void execute_frame(const piece *p)
{
    p->kernels->frame(p->node->attribute.plan, p->first, p->last, argument(p, 0), p->out);
}

static void execute_mask(const piece *p)
{
    const eqfi_attribute *a = &p->node->attribute;
    int rows = p->run->program->vars.items[p->node->out - 1].rows;
    p->kernels->mask(p->first, p->last, p->bound->columns, a->alpha, p->run->seed, a->stream, p->run->before[rows - 1],
                     p->out);
}

/* The table of the narrow side knows both. */
static void execute_convert(const piece *p)
{
    bool widens = p->node->attribute.role != 0;
    const eqfi_kernels *narrow = p->run->kernels[0];
    (widens ? narrow->widen : narrow->narrow)(p->first, p->last, p->bound->columns, argument(p, 0), p->out);
}

/* The rows for the host: REVERSE lets it work on a copy. */
static void execute_exchange(const piece *p)
{
    size_t row = (size_t)p->bound->columns * p->kernels->real_size, first = (size_t)p->first * row;
    char *to = p->node->attribute.role == EQF_EXCHANGE_REVERSE ? p->run->senders : p->out.data;
    if (row > 0) memcpy(to + first, (const char *)argument(p, 0).data + first, (size_t)(p->last - p->first) * row);
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

static inline piece piece_of(const eqf_run *run, int node, const eqfi_tile *tile, int64_t first, int64_t last)
{
    return (piece){.run = run,
                   .node = &run->program->nodes.items[node],
                   .bound = &run->bound[node],
                   .kernels = run->bound[node].kernels,
                   .tile = tile,
                   .first = first,
                   .last = last};
}

void eqfi_execute_rows(const eqf_run *run, int node, const eqfi_tile *tile, int64_t first, int64_t last)
{
    piece p = piece_of(run, node, tile, first, last);
    p.out = operand_at(&p, &p.bound->out);
    if (p.node->adds && p.node->op != EQFI_OP_LINEAR) {
        begin_sum(&p);
        p.accumulate = true;
    }
    execute_piece(&p);
}

void eqfi_execute_sum(const eqf_run *run, int node, const eqfi_tile *tile, int64_t first, int64_t last,
                      eqfi_operand out)
{
    piece p = piece_of(run, node, tile, first, last);
    p.out = out;
    p.accumulate = !(tile->begins && eqfi_begins_sum(run, node));
    execute_piece(&p);
}
