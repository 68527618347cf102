/* Where the arguments and results of nodes are, looked up once for an execution and read at every tile.
 * SPDX-License-Identifier: MIT */
#include "ad/run.h"

/* The columns of a variable from `column` on, at the rows that the map leads to unless it is 0. */
static eqfi_place place_of(const eqf_run *run, int var, int column, int map)
{
    const eqfi_variable *v = &run->program->vars.items[var - 1];
    const eqfi_operand *whole = &run->operands[var - 1];
    size_t real_size = eqfi_kernels_of(run, var)->real_size, offset = (size_t)column * real_size;
    eqfi_place place = {.stride = whole->stride, .row_bytes = whole->stride * (int64_t)real_size, .brief = v->brief};
    if (map != 0) place.index = run->maps[map - 1].target;
    if (v->local) place.rows = v->rows;
    place.data = (v->local ? run->scratch_place[var - 1] : (uintptr_t)whole->data) + offset;
    return place;
}

void eqfi_bind(eqf_run *run)
{
    for (size_t n = 0; n < run->program->nodes.n; n++) {
        const eqfi_node *node = &run->program->nodes.items[n];
        eqfi_bound *bound = &run->bound[n];
        bound->kernels = eqfi_kernels_of(run, node->out);
        bound->columns = eqfi_columns_of(run, node->out);
        bound->out = place_of(run, node->out, 0, 0);
        for (int i = 0; i < node->n_in; i++)
            bound->in[i] = place_of(run, node->in[i], node->column[i], node->through[i]);
    }
}
