/* Plans that group, copy and mix columns.
 * SPDX-License-Identifier: MIT */
#include "tensor/plans.h"

#include <string.h>

static eqf_status new_plan(eqf_context *context, size_t head, int64_t n, size_t element, void **plan)
{
    return eqfi_new(context, 1, head + (size_t)n * element, plan);
}

/* --------------------------------------------------------------------------------------------------------- groups -- */

static eqfi_group_block group_of(eqfi_block block, eqf_grouping grouping, int heads, int *groups)
{
    eqfi_block flat = {block.offset, block.mul * block.dim, 1};
    switch (grouping) {
    case EQF_PER_BLOCK: return (eqfi_group_block){flat, flat.offset, (*groups)++, flat.mul};
    case EQF_PER_CHANNEL: *groups += block.mul; return (eqfi_group_block){block, block.offset, *groups - block.mul, 1};
    case EQF_PER_HEAD: return (eqfi_group_block){block, block.offset, 0, block.mul / heads};
    case EQF_PER_ROW: break;
    }
    return (eqfi_group_block){flat, flat.offset, 0, flat.mul};
}

eqf_status eqfi_group_plan_create(eqf_context *context, const eqf_irreps *irreps, eqf_grouping grouping, int heads,
                                  eqfi_group_plan **plan)
{
    eqf_status status = EQF_OK;
    eqfi_layout *layout = NULL;
    eqfi_group_plan *made = NULL;
    EQFI_CHECK(grouping >= EQF_PER_ROW && grouping <= EQF_PER_HEAD, EQF_ERROR_ARGUMENT, "unknown grouping %d",
               (int)grouping);
    EQFI_CHECK(grouping != EQF_PER_HEAD || heads > 0, EQF_ERROR_RANGE, "%d heads, expected 1 or more", heads);
    EQFI_TRY(eqfi_layout_create(context, irreps, &layout));
    EQFI_TRY(new_plan(context, sizeof *made, layout->n, sizeof made->blocks[0], (void **)&made));
    made->columns = layout->columns;
    made->groups = grouping == EQF_PER_ROW ? 1 : grouping == EQF_PER_HEAD ? heads : 0; /* others count as they go */
    made->n = layout->n;
    made->covers = true;
    for (int i = 0; i < layout->n; i++) {
        int mul = layout->blocks[i].mul;
        EQFI_CHECK(grouping != EQF_PER_HEAD || mul % heads == 0, EQF_ERROR_SHAPE,
                   "block %d has %d channels, which %d heads do not divide", i, mul, heads);
        made->blocks[i] = group_of(layout->blocks[i], grouping, heads, &made->groups);
    }
    if (grouping == EQF_PER_ROW && made->n > 0) { /* blocks lie side by side */
        made->n = 1;
        made->blocks[0] = (eqfi_group_block){{0, layout->columns, 1}, 0, 0, layout->columns};
    }
    *plan = made;
    made = NULL;
fail:
    eqfi_delete(context, layout);
    eqfi_delete(context, made);
    return status;
}

/* Where the columns first..first+count-1 of the result of a selection come from, or, `onward`, go to: side by side; -1 if they
 * do not all, or not side by side. */
static int moved_column(const eqfi_select_plan *select, bool onward, int first, int count)
{
    for (int i = 0; i < select->n; i++) {
        const eqfi_select_run *run = &select->runs[i];
        int here = onward ? run->from : run->to, there = onward ? run->to : run->from;
        if (here <= first && first + count <= here + run->count) return first - here + there;
    }
    return -1;
}

eqf_status eqfi_group_plan_through(eqf_context *context, const eqfi_group_plan *plan, const eqfi_select_plan *select,
                                   eqfi_group_end end, eqfi_group_plan **through)
{
    eqfi_group_plan *made;
    int covered = 0, copied = 0;
    eqf_status status = new_plan(context, sizeof *made, plan->n, sizeof made->blocks[0], (void **)&made);
    if (status != EQF_OK) return status;
    for (int i = 0; i < select->n; i++) copied += select->runs[i].count;
    memcpy(made, plan, eqfi_group_plan_bytes(plan));
    if (end == EQFI_GROUP_RESULT) made->columns = select->columns_out;
    for (int i = 0; i < made->n; i++) {
        eqfi_group_block *g = &made->blocks[i];
        int count = g->block.mul * g->block.dim, *column = end == EQFI_GROUP_X ? &g->block.offset : &g->beside;
        *column = moved_column(select, end == EQFI_GROUP_RESULT, *column, count);
        covered += count;
        made->moves = made->moves || g->beside != g->block.offset;
        if (*column < 0) copied = -1;
    }
    made->covers = covered == made->columns;
    if (end == EQFI_GROUP_RESULT ? copied == covered : copied >= 0)
        *through = made;
    else
        eqfi_delete(context, made);
    return EQF_OK;
}

size_t eqfi_group_plan_bytes(const eqfi_group_plan *plan)
{
    return sizeof *plan + (size_t)plan->n * sizeof plan->blocks[0];
}

/* --------------------------------------------------------------------------------------------------------- select -- */

/* Appends a run, or lengthens the last one where it goes on. */
static void add_run(eqfi_select_plan *plan, int from, int to, int count)
{
    if (count == 0) return;
    eqfi_select_run *last = plan->n > 0 ? &plan->runs[plan->n - 1] : NULL;
    if (last != NULL && last->from + last->count == from && last->to + last->count == to)
        last->count += count;
    else
        plan->runs[plan->n++] = (eqfi_select_run){from, to, count};
}

static bool covers(const eqfi_select_plan *plan, int columns)
{
    int copied = 0; /* runs do not overlap */
    for (int i = 0; i < plan->n; i++) copied += plan->runs[i].count;
    return copied == columns;
}

eqf_status eqfi_select_plan_create(eqf_context *context, int columns_in, int columns_out, int n,
                                   const eqfi_channels *from, const eqfi_channels *to, eqfi_select_plan **plan)
{
    int runs = 0;
    for (int i = 0; i < n; i++) runs += from[i].dim;
    eqfi_select_plan *made;
    eqf_status status = new_plan(context, sizeof *made, runs, sizeof made->runs[0], (void **)&made);
    if (status != EQF_OK) return status;
    made->columns_in = columns_in;
    made->columns_out = columns_out;
    for (int i = 0; i < n; i++)
        for (int m = 0; m < from[i].dim; m++)
            add_run(made, from[i].offset + m * from[i].step, to[i].offset + m * to[i].step,
                    from[i].mul < to[i].mul ? from[i].mul : to[i].mul);
    made->covers = covers(made, columns_out);
    *plan = made;
    return EQF_OK;
}

eqf_status eqfi_select_plan_invert(eqf_context *context, const eqfi_select_plan *plan, eqfi_select_plan **inverse)
{
    eqfi_select_plan *made;
    eqf_status status = new_plan(context, sizeof *made, plan->n, sizeof made->runs[0], (void **)&made);
    if (status != EQF_OK) return status;
    made->columns_in = plan->columns_out;
    made->columns_out = plan->columns_in;
    for (int i = 0; i < plan->n; i++) add_run(made, plan->runs[i].to, plan->runs[i].from, plan->runs[i].count);
    made->covers = covers(made, made->columns_out);
    *inverse = made;
    return EQF_OK;
}

size_t eqfi_select_plan_bytes(const eqfi_select_plan *plan)
{
    return sizeof *plan + (size_t)plan->n * sizeof plan->runs[0];
}

/* --------------------------------------------------------------------------------------------------------- linear -- */

void eqfi_linear_plan_add(eqfi_linear_plan *plan, eqfi_linear_path path)
{
    eqfi_linear_path *last = plan->n > 0 ? &plan->paths[plan->n - 1] : NULL;
    if (last != NULL && last->out.offset == path.out.offset && last->out.mul == path.out.mul &&
        last->in.step == path.in.step && last->in.dim == path.in.dim &&
        last->in.offset + last->in.mul == path.in.offset &&
        last->weight + (int64_t)last->in.mul * last->out.mul == path.weight)
        last->in.mul += path.in.mul;
    else
        plan->paths[plan->n++] = path;
}

eqf_status eqfi_linear_plan_create(eqf_context *context, const eqf_irreps *in, const eqf_irreps *out,
                                   eqfi_linear_plan **plan)
{
    eqf_status status = EQF_OK;
    int n_in = eqf_irreps_blocks(in), n_out = eqf_irreps_blocks(out);
    eqfi_channels *from = NULL, *to = NULL;
    eqfi_linear_plan *made = NULL;
    EQFI_TRY(eqfi_new(context, (size_t)n_in, sizeof *from, (void **)&from));
    EQFI_TRY(eqfi_new(context, (size_t)n_out, sizeof *to, (void **)&to));
    EQFI_TRY(new_plan(context, sizeof *made, (int64_t)n_in * n_out, sizeof made->paths[0], (void **)&made));
    eqfi_channels_of(in, from);
    eqfi_channels_of(out, to);
    made->columns_in = eqf_irreps_dim(in);
    made->columns_out = eqf_irreps_dim(out);
    for (int i = 0; i < n_in; i++) {
        for (int k = 0; k < n_out; k++) {
            eqf_irrep a = eqf_irreps_block_at(in, i)->irrep, b = eqf_irreps_block_at(out, k)->irrep;
            if (a.l != b.l || a.p != b.p || from[i].mul == 0 || to[k].mul == 0) continue;
            eqfi_linear_plan_add(made, (eqfi_linear_path){from[i], to[k], made->weights, to[k].mul});
            made->weights += (int64_t)from[i].mul * to[k].mul;
        }
    }
    *plan = made;
fail:
    eqfi_delete(context, from);
    eqfi_delete(context, to);
    return status;
}

/* The channels of the irrep that starts a block of `in` at `offset`; mul 0 if part lacks it. */
static eqfi_channels channels_in_part(const eqf_irreps *in, int offset, const eqf_irreps *part, eqfi_channels *channels)
{
    const eqf_irreps_block *own = NULL;
    for (int i = 0; i < eqf_irreps_blocks(in); i++) {
        const eqf_irreps_block *b = eqf_irreps_block_at(in, i);
        if (b->offset == offset && b->mul > 0) own = b;
    }
    eqfi_channels_of(part, channels);
    for (int i = 0; own != NULL && i < eqf_irreps_blocks(part); i++) {
        eqf_irrep irrep = eqf_irreps_block_at(part, i)->irrep;
        if (irrep.l == own->irrep.l && irrep.p == own->irrep.p) return channels[i];
    }
    return (eqfi_channels){0, 0, 0, 0};
}

eqf_status eqfi_linear_plan_restrict(eqf_context *context, const eqfi_linear_plan *plan, const eqf_irreps *in,
                                     const eqf_irreps *part, eqfi_linear_plan **restricted)
{
    eqf_status status = EQF_OK;
    eqfi_channels *channels = NULL;
    eqfi_linear_plan *made = NULL;
    EQFI_TRY(eqfi_new(context, (size_t)eqf_irreps_blocks(part), sizeof *channels, (void **)&channels));
    EQFI_TRY(new_plan(context, sizeof *made, plan->n, sizeof made->paths[0], (void **)&made));
    made->columns_in = eqf_irreps_dim(part);
    made->columns_out = plan->columns_out;
    made->weights = plan->weights;
    for (int i = 0; i < plan->n; i++) {
        eqfi_channels own = channels_in_part(in, plan->paths[i].in.offset, part, channels);
        if (own.mul == 0) continue;
        made->paths[made->n] = plan->paths[i];
        made->paths[made->n++].in = own;
    }
    *restricted = made;
fail:
    eqfi_delete(context, channels);
    return status;
}

eqf_status eqfi_linear_plan_scalars(eqf_context *context, const eqfi_linear_plan *plan, int n_in, int n_out,
                                    eqfi_linear_plan **scalars)
{
    eqfi_linear_plan *made;
    eqf_status status = new_plan(context, sizeof *made, plan->n, sizeof made->paths[0], (void **)&made);
    if (status != EQF_OK) return status;
    made->columns_in = n_in;
    made->columns_out = n_out;
    made->weights = plan->weights;
    for (int i = 0; i < plan->n; i++) {
        eqfi_linear_path path = plan->paths[i];
        if (path.out.offset != 0 || path.in.offset >= n_in) continue;
        if (path.in.mul > n_in - path.in.offset) path.in.mul = n_in - path.in.offset;
        if (path.out.mul > n_out) path.out.mul = n_out;
        path.in.step = path.in.mul;
        path.out.step = path.out.mul;
        made->paths[made->n++] = path;
    }
    *scalars = made;
    return EQF_OK;
}

/* The part of a path that leads to head h: an equal share of the channels of its block. */
static eqfi_linear_path path_of_head(eqfi_linear_path path, int heads, int h)
{
    path.out.mul /= heads;
    path.out.offset += h * path.out.mul;
    path.weight += (int64_t)h * path.out.mul;
    return path;
}

/* A half of the channels of a path into the first block, as if the other half were not there; a path into another block loses
 * what is missing before it. */
static eqfi_linear_path half_of(eqfi_linear_path path, int heads, int h, int half, int missing)
{
    path = path_of_head(path, heads, h);
    if (path.out.offset >= 2 * missing) {
        path.out.offset -= missing;
        return path;
    }
    path.out.mul /= 2;
    path.out.offset = h * path.out.mul;
    path.out.step /= 2;
    path.weight += (int64_t)half * path.out.mul;
    return path;
}

eqf_status eqfi_linear_plan_first_halves(eqf_context *context, const eqfi_linear_plan *plan, int heads, int columns,
                                         eqfi_linear_plan **halves)
{
    eqf_status status = EQF_OK;
    eqfi_linear_plan *made = NULL;
    EQFI_TRY(new_plan(context, sizeof *made, plan->n * heads, sizeof made->paths[0], (void **)&made));
    made->columns_in = plan->columns_in;
    made->columns_out = columns;
    made->weights = plan->weights;
    for (int h = 0; h < heads; h++)
        for (int i = 0; i < plan->n; i++)
            if (plan->paths[i].out.offset == 0) made->paths[made->n++] = half_of(plan->paths[i], heads, h, 0, columns);
    *halves = made;
fail:
    return status;
}

eqf_status eqfi_linear_plan_second_halves(eqf_context *context, const eqfi_linear_plan *plan, int heads, int columns,
                                          eqfi_linear_plan **halves)
{
    eqf_status status = EQF_OK;
    eqfi_linear_plan *made = NULL;
    EQFI_TRY(new_plan(context, sizeof *made, plan->n * heads, sizeof made->paths[0], (void **)&made));
    made->columns_in = plan->columns_in * heads;
    made->columns_out = plan->columns_out - columns;
    made->weights = plan->weights;
    for (int h = 0; h < heads; h++) {
        for (int i = 0; i < plan->n; i++) {
            eqfi_linear_path *path = &made->paths[made->n++];
            *path = half_of(plan->paths[i], heads, h, 1, columns);
            path->in.offset += h * plan->columns_in;
        }
    }
    *halves = made;
fail:
    return status;
}

eqf_status eqfi_linear_plan_by_head(eqf_context *context, const eqfi_linear_plan *plan, int heads,
                                    eqfi_linear_plan **by_head)
{
    return eqfi_linear_plan_second_halves(context, plan, heads, 0, by_head);
}

size_t eqfi_linear_plan_bytes(const eqfi_linear_plan *plan)
{
    return sizeof *plan + (size_t)plan->n * sizeof plan->paths[0];
}
