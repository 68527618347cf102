/* Putting paths and couplings of tensor products together to plans.
 * SPDX-License-Identifier: MIT */
#include "tensor/product_paths.h"

#include <math.h>
#include <string.h>

bool eqfi_is_zero_coupling(double c) { return fabs(c) < 1e-12; }

eqf_status eqfi_coupling_add(eqf_context *context, eqfi_coupling_list *list, int m1, int m2, int m3, double value)
{
    if (eqfi_is_zero_coupling(value)) return EQF_OK;
    eqf_status status = eqfi_grow(context, list->n + 1, sizeof *list->items, &list->capacity, (void **)&list->items);
    if (status != EQF_OK) return status;
    eqfi_coupling *c = &list->items[list->n++];
    memset(c, 0, sizeof *c); /* padding too: plans are compared by their bytes */
    c->m1 = (int16_t)m1;
    c->m2 = (int16_t)m2;
    c->m3 = (int16_t)m3;
    c->f32 = (float)value;
    c->f64 = value;
    return EQF_OK;
}

eqf_status eqfi_couplings_add(eqf_context *context, eqfi_coupling_list *list, int d1, int d2, int d3, double factor,
                              const double *c)
{
    eqf_status status = EQF_OK;
    for (int m1 = 0; m1 < d1 && status == EQF_OK; m1++)
        for (int m3 = 0; m3 < d3 && status == EQF_OK; m3++)
            for (int m2 = 0; m2 < d2 && status == EQF_OK; m2++)
                status = eqfi_coupling_add(context, list, m1, m2, m3, factor * c[(m1 * d2 + m2) * d3 + m3]);
    return status;
}

/* Columns of an argument that a path writes, marked; false if one was marked before. */
static bool mark(eqfi_channels c, bool *written)
{
    bool fresh = true;
    for (int m = 0; m < c.dim; m++) {
        for (int u = 0; u < c.mul; u++) {
            bool *column = &written[c.offset + m * c.step + u];
            fresh = fresh && !*column;
            *column = true;
        }
    }
    return fresh;
}

/* The channels of an argument that a path writes. */
static eqfi_channels written_by(const eqfi_path *path, eqfi_role role)
{
    if (role == EQFI_ROLE_W) return (eqfi_channels){(int)path->weight, 0, path->x.mul, path->weight < 0 ? 0 : 1};
    return role == EQFI_ROLE_X ? path->x : path->out;
}

eqf_status eqfi_paths_cover_once(eqf_context *context, const eqfi_product_plan *head, const eqfi_path *paths,
                                 eqfi_role role, bool *once)
{
    bool *written;
    int columns = head->columns[role];
    eqf_status status = eqfi_new(context, (size_t)columns, sizeof *written, (void **)&written);
    if (status != EQF_OK) return status;
    *once = true;
    for (int i = 0; i < head->n; i += role == EQFI_ROLE_X ? paths[i].members : 1)
        *once = mark(written_by(&paths[i], role), written) && *once;
    for (int c = 0; c < columns; c++) *once = *once && written[c];
    eqfi_delete(context, written);
    return EQF_OK;
}

eqf_status eqfi_paths_store(eqf_context *context, eqfi_product_plan *head, const eqfi_path *paths, eqfi_role role)
{
    eqf_status status = eqfi_paths_cover_once(context, head, paths, role, &head->stores[role]);
    for (int i = 0; i < head->n; i++) head->stores[role] = head->stores[role] && paths[i].depthwise;
    return status;
}

eqf_status eqfi_product_plan_pack(eqf_context *context, const eqfi_product_plan *head, const eqfi_path *paths, size_t n,
                                  const eqfi_coupling *items, eqfi_product_plan **plan)
{
    size_t path_bytes = (size_t)head->n * sizeof *paths, coupling_bytes = n * sizeof *items;
    char *block;
    eqf_status status = eqfi_new(context, 1, 2 * (sizeof *head + path_bytes) + coupling_bytes, (void **)&block);
    if (status != EQF_OK) return status;
    eqfi_product_plan *all = (eqfi_product_plan *)(void *)block, *weighted = all + 1;
    eqfi_path *all_paths = (eqfi_path *)(void *)(weighted + 1), *weighted_paths = all_paths + head->n;
    eqfi_coupling *couplings = (eqfi_coupling *)(void *)(weighted_paths + head->n);
    *all = *weighted = *head;
    if (path_bytes > 0) memcpy(all_paths, paths, path_bytes);
    if (coupling_bytes > 0) memcpy(couplings, items, coupling_bytes);
    weighted->n = 0;
    for (int i = 0; i < head->n; i++)
        if (paths[i].weight >= 0) weighted_paths[weighted->n++] = paths[i];
    weighted->straight = head->straight && weighted->n == head->n;
    all->paths = all_paths;
    weighted->paths = weighted_paths;
    all->couplings = weighted->couplings = couplings;
    weighted->weighted = weighted;
    all->weighted = weighted->n == 0 || weighted->n == all->n ? all : weighted;
    *plan = all;
    return EQF_OK;
}
