/* SPDX-License-Identifier: MIT */
#include "tensor/frame.h"

#include <string.h>

#include "math/generators.h"
#include "tensor/product_paths.h"

/* ------------------------------------------------------------------------------------------------------ rotations -- */

bool eqfi_rotation_is_straight(const eqf_irreps *irreps, int lmax)
{
    if (eqf_irreps_lmax(irreps) > lmax || lmax > EQFI_STRAIGHT_LMAX) return false;
    for (int i = 0; i < eqf_irreps_blocks(irreps); i++)
        if (eqf_irreps_block_at(irreps, i)->mul % EQFI_STRAIGHT_CHANNELS != 0) return false;
    return true;
}

/* What takes a block to itself: the columns of y that it reads, and its couplings. */
typedef struct block_map {
    int (*group)(int l);
    eqfi_channels (*y)(int l);
    eqf_status (*add)(eqf_context *context, eqfi_coupling_list *list, int l);
} block_map;

/* Each block of x to the same block of out, without weights. */
static eqf_status create_by_block(eqf_context *context, const eqf_irreps *irreps, const block_map *map,
                                  eqfi_product_plan *head, eqfi_product_plan **plan)
{
    eqf_status status = EQF_OK;
    eqfi_layout *layout = NULL;
    eqfi_path *paths = NULL;
    eqfi_coupling_list list = {NULL, 0, 0};
    EQFI_TRY(eqfi_layout_create(context, irreps, &layout));
    EQFI_TRY(eqfi_new(context, (size_t)layout->n, sizeof *paths, (void **)&paths));
    for (int i = 0; i < layout->n; i++) {
        eqfi_block b = layout->blocks[i];
        eqfi_path *path = &paths[i];
        path->x = path->out = (eqfi_channels){b.offset, b.mul, b.mul, b.dim};
        path->y = map->y(b.dim / 2);
        path->mode = EQF_UVU;
        path->weight = -1;
        path->f32 = 1;
        path->f64 = 1;
        path->group = head->straight ? map->group(b.dim / 2) : 0;
        path->members = 1;
        path->first = (int)list.n;
        EQFI_TRY(map->add(context, &list, b.dim / 2));
        path->n = (int)list.n - path->first;
    }
    head->columns[EQFI_ROLE_OUT] = head->columns[EQFI_ROLE_X] = layout->columns;
    head->n = layout->n;
    EQFI_TRY(eqfi_product_plan_pack(context, head, paths, list.n, list.items, plan));
fail:
    eqfi_delete(context, layout);
    eqfi_delete(context, paths);
    eqfi_delete(context, list.items);
    return status;
}

static eqfi_channels rotation_of(int l)
{
    return (eqfi_channels){eqfi_frame_offset(l), 1, 1, (2 * l + 1) * (2 * l + 1)};
}

static eqf_status add_rotation(eqf_context *context, eqfi_coupling_list *list, int l)
{
    eqf_status status = EQF_OK;
    int dim = 2 * l + 1;
    for (int m1 = 0; m1 < dim; m1++)
        for (int m3 = 0; m3 < dim; m3++) EQFI_TRY(eqfi_coupling_add(context, list, m1, m3 * dim + m1, m3, 1));
fail:
    return status;
}

eqf_status eqfi_rotation_plan_create(eqf_context *context, const eqf_irreps *irreps, int lmax, eqfi_product_plan **plan)
{
    static const block_map rotations = {eqfi_rotation_index, rotation_of, add_rotation};
    eqfi_product_plan head;
    memset(&head, 0, sizeof head);
    head.straight = eqfi_rotation_is_straight(irreps, lmax);
    head.rotation = true;
    head.columns[EQFI_ROLE_Y] = eqfi_frame_columns(lmax);
    return create_by_block(context, irreps, &rotations, &head, plan);
}

static eqfi_channels angles(int l)
{
    (void)l;
    return (eqfi_channels){0, 1, 1, 3};
}

static eqf_status add_turn(eqf_context *context, eqfi_coupling_list *list, int l)
{
    eqf_status status = EQF_OK;
    double g[3 * EQFI_DIM_MAX * EQFI_DIM_MAX];
    int dim = 2 * l + 1;
    EQFI_TRY(eqfi_rotation_generators(context, l, g));
    for (int n = 0; n < dim; n++)
        for (int m = 0; m < dim; m++)
            for (int axis = 0; axis < 3; axis += 2)
                EQFI_TRY(eqfi_coupling_add(context, list, n, axis, m, g[(axis * dim + m) * dim + n]));
fail:
    return status;
}

eqf_status eqfi_turn_plan_create(eqf_context *context, const eqf_irreps *irreps, eqfi_product_plan **plan)
{
    static const block_map turns = {eqfi_turn_index, angles, add_turn};
    eqfi_product_plan head;
    memset(&head, 0, sizeof head);
    head.straight = eqfi_rotation_is_straight(irreps, eqf_irreps_lmax(irreps));
    head.columns[EQFI_ROLE_Y] = 3;
    return create_by_block(context, irreps, &turns, &head, plan);
}

/* ------------------------------------------------------------------------------------------------------- products -- */

/* Where a product is in the frame: its paths in the order of its columns, and the first column of each component of each path
 * of the plan, -1 of those that are zero. */
typedef struct placement {
    int *order;
    int (*column)[EQFI_DIM_MAX];
    int columns;
} placement;

/* The coupling of a path with the harmonic of m = 0 into component m3; NULL if there is none. */
static const eqfi_coupling *coupling_at_pole(const eqfi_product_plan *plan, const eqfi_path *path, int m3)
{
    for (int i = path->first; i < path->first + path->n; i++)
        if (plan->couplings[i].m2 == path->y.dim / 2 && plan->couplings[i].m3 == m3) return &plan->couplings[i];
    return NULL;
}

/* Gives columns to the paths order[first..last-1], whose channels form an irrep of the product. */
static void place_irrep(const eqfi_product_plan *plan, placement *p, int first, int last)
{
    int l = plan->paths[p->order[first]].out.dim / 2;
    for (int i = 0; i <= 2 * l; i++) {
        int m3 = i % 2 == 0 ? l + i / 2 : l - (i + 1) / 2; /* 0, -1, 1, -2, 2, .. */
        for (int k = first; k < last; k++) {
            const eqfi_path *path = &plan->paths[p->order[k]];
            p->column[p->order[k]][m3] = -1;
            if (coupling_at_pole(plan, path, m3) == NULL) continue;
            p->column[p->order[k]][m3] = p->columns;
            p->columns += path->out.mul;
        }
    }
}

static eqf_status place(eqf_context *context, const eqfi_product_plan *plan, placement *p)
{
    eqf_status status = EQF_OK;
    const eqfi_path *paths = plan->paths;
    EQFI_TRY(eqfi_new(context, (size_t)plan->n, sizeof *p->order, (void **)&p->order));
    EQFI_TRY(eqfi_new(context, (size_t)plan->n, sizeof *p->column, (void **)&p->column));
    for (int i = 0; i < plan->n; i++) { /* by insertion: paths come almost in order */
        int k = i;
        for (; k > 0 && paths[p->order[k - 1]].out.offset > paths[i].out.offset; k--) p->order[k] = p->order[k - 1];
        p->order[k] = i;
    }
    for (int first = 0, last; first < plan->n; first = last) {
        for (last = first + 1; last < plan->n; last++) {
            const eqfi_channels *before = &paths[p->order[last - 1]].out, *own = &paths[p->order[last]].out;
            if (own->dim != before->dim || own->offset != before->offset + before->mul) break;
        }
        place_irrep(plan, p, first, last);
    }
fail:
    return status;
}

static void unplace(eqf_context *context, placement *p)
{
    eqfi_delete(context, p->order);
    eqfi_delete(context, p->column);
}

bool eqfi_product_can_be_framed(const eqfi_product_plan *plan)
{
    for (int i = 0; i < plan->n; i++)
        if (!plan->paths[i].depthwise) return false;
    return plan->stores[EQFI_ROLE_OUT];
}

/* The components of path i of the plan as paths of their own. */
static eqf_status add_components(eqf_context *context, const eqfi_product_plan *plan, int i, const placement *where,
                                 eqfi_product_plan *head, eqfi_path *paths, eqfi_coupling_list *list)
{
    eqf_status status = EQF_OK;
    const eqfi_path *path = &plan->paths[i];
    for (int m3 = 0; m3 < path->out.dim; m3++) {
        const eqfi_coupling *c = coupling_at_pole(plan, path, m3);
        if (c == NULL) continue;
        eqfi_path *own = &paths[head->n++];
        *own = *path;
        own->x = (eqfi_channels){path->x.offset + c->m1 * path->x.step, path->x.step, path->x.mul, 1};
        own->y = (eqfi_channels){path->y.offset + c->m2 * path->y.step, 1, 1, 1};
        own->out = (eqfi_channels){where->column[i][m3], path->out.mul, path->out.mul, 1};
        own->first = (int)list->n;
        own->n = 1;
        EQFI_TRY(eqfi_coupling_add(context, list, 0, 0, 0, c->f64));
    }
fail:
    return status;
}

eqf_status eqfi_product_plan_in_frame(eqf_context *context, const eqfi_product_plan *plan, eqfi_product_plan **framed)
{
    eqf_status status = EQF_OK;
    placement where = {NULL, NULL, 0};
    eqfi_path *paths = NULL;
    eqfi_coupling_list list = {NULL, 0, 0};
    eqfi_product_plan head;
    size_t components = 0;
    memset(&head, 0, sizeof head);
    for (int i = 0; i < plan->n; i++) components += (size_t)plan->paths[i].out.dim;
    EQFI_TRY(eqfi_new(context, components, sizeof *paths, (void **)&paths));
    EQFI_TRY(place(context, plan, &where));
    for (int i = 0, group = 0, left = 0, begin = 0; i < plan->n; i++, left--) {
        if (left <= 0) {
            group = eqfi_framed_index(plan->paths[i].group);
            left = plan->paths[i].members;
            begin = head.n;
        }
        EQFI_TRY(add_components(context, plan, i, &where, &head, paths, &list));
        paths[begin].group = group;
        paths[begin].members = head.n - begin;
    }
    memcpy(head.columns, plan->columns, sizeof head.columns);
    head.columns[EQFI_ROLE_OUT] = where.columns;
    head.stores[EQFI_ROLE_OUT] = true;
    head.straight = plan->straight;
    EQFI_TRY(eqfi_product_plan_pack(context, &head, paths, list.n, list.items, framed));
fail:
    unplace(context, &where);
    eqfi_delete(context, paths);
    eqfi_delete(context, list.items);
    return status;
}

/* ----------------------------------------------------------------------------------------------------- linear maps -- */

/* Adds what a path of the map takes from components m and -m of the product, to columns from `to` and step columns later on. */
static void add_linear_components(const eqfi_linear_path *path, const eqfi_product_plan *product,
                                  const placement *where, int m, int to, int step, eqfi_linear_plan *framed)
{
    int l = path->in.dim / 2, dim = m == 0 ? 1 : 2;
    for (int k = 0; k < product->n; k++) {
        int i = where->order[k], first = product->paths[i].out.offset - path->in.offset;
        eqfi_channels own = product->paths[i].out;
        const int *column = where->column[i];
        if (own.dim != path->in.dim || first < 0 || first >= path->in.mul || column[l - m] < 0) continue;
        eqfi_linear_path part = {.in = {column[l - m], column[l + m] - column[l - m], own.mul, dim},
                                 .out = {to, step, path->out.mul, dim},
                                 .weight = path->weight + first * path->stride,
                                 .stride = path->stride};
        eqfi_linear_plan_add(framed, part);
    }
}

eqf_status eqfi_linear_plan_in_frame(eqf_context *context, const eqfi_linear_plan *plan,
                                     const eqfi_product_plan *product, eqfi_linear_plan **framed)
{
    eqf_status status = EQF_OK;
    placement where = {NULL, NULL, 0};
    eqfi_linear_plan *made = NULL;
    int paths = 0;
    EQFI_TRY(place(context, product, &where));
    for (int i = 0; i < plan->n; i++) paths += (plan->paths[i].in.dim / 2 + 1) * product->n;
    EQFI_TRY(eqfi_new(context, 1, sizeof *made + (size_t)paths * sizeof made->paths[0], (void **)&made));
    made->columns_in = where.columns;
    made->columns_out = plan->columns_out;
    made->weights = plan->weights;
    for (int i = 0; i < plan->n; i++) {
        const eqfi_linear_path *path = &plan->paths[i];
        int l = path->in.dim / 2;
        for (int m = 0; m <= l; m++)
            add_linear_components(path, product, &where, m, path->out.offset + (l - m) * path->out.step,
                                  2 * m * path->out.step, made);
    }
    *framed = made;
fail:
    unplace(context, &where);
    return status;
}

/* ------------------------------------------------------------------------------------------------------- the axis -- */

/* The number of the channel whose first component is at a column. */
static int channel_at(const eqfi_layout *layout, int column)
{
    int before = 0;
    for (int i = 0; i < layout->n; i++) {
        const eqfi_block *b = &layout->blocks[i];
        if (column >= b->offset && column < b->offset + b->mul) return before + column - b->offset;
        before += b->mul;
    }
    return before;
}

static int channels_of(const eqfi_layout *layout)
{
    int channels = 0;
    for (int i = 0; i < layout->n; i++) channels += layout->blocks[i].mul;
    return channels;
}

eqf_status eqfi_linear_plan_at_axis(eqf_context *context, const eqfi_linear_plan *plan,
                                    const eqfi_product_plan *product, const eqf_irreps *out, eqfi_linear_plan **axial)
{
    eqf_status status = EQF_OK;
    placement where = {NULL, NULL, 0};
    eqfi_linear_plan *made = NULL;
    eqfi_layout *layout = NULL;
    size_t paths = (size_t)plan->n * (size_t)product->n;
    EQFI_TRY(place(context, product, &where));
    EQFI_TRY(eqfi_layout_create(context, out, &layout));
    EQFI_TRY(eqfi_new(context, 1, sizeof *made + paths * sizeof made->paths[0], (void **)&made));
    made->columns_in = where.columns;
    made->columns_out = channels_of(layout);
    made->weights = plan->weights;
    for (int i = 0; i < plan->n; i++)
        add_linear_components(&plan->paths[i], product, &where, 0, channel_at(layout, plan->paths[i].out.offset), 0,
                              made);
    *axial = made;
fail:
    unplace(context, &where);
    eqfi_delete(context, layout);
    return status;
}

eqf_status eqfi_linear_plan_of_axial(eqf_context *context, const eqfi_linear_plan *plan,
                                     const eqfi_product_plan *product, const eqf_irreps *in, int n, int columns_out,
                                     eqfi_linear_plan **axial)
{
    eqf_status status = EQF_OK;
    eqfi_linear_plan *made = NULL;
    eqfi_layout *layout = NULL;
    size_t paths = (size_t)plan->n * (size_t)product->n;
    EQFI_TRY(eqfi_layout_create(context, in, &layout));
    EQFI_TRY(eqfi_new(context, 1, sizeof *made + paths * sizeof made->paths[0], (void **)&made));
    made->columns_in = channels_of(layout);
    made->columns_out = columns_out;
    made->weights = plan->weights;
    for (int i = 0; i < plan->n; i++) {
        for (int k = 0; k < product->n && plan->paths[i].out.offset == 0; k++) {
            eqfi_linear_path path = plan->paths[i];
            const eqfi_path *from = &product->paths[k];
            int first = from->out.offset - path.in.offset;
            if (from->out.offset >= n || first < 0 || first >= path.in.mul) continue;
            path.weight += first * path.stride;
            path.in = (eqfi_channels){channel_at(layout, from->x.offset), from->x.mul, from->x.mul, 1};
            path.out.step = path.out.mul;
            made->paths[made->n++] = path;
        }
    }
    *axial = made;
fail:
    eqfi_delete(context, layout);
    return status;
}

eqf_status eqfi_product_at_axis(eqf_context *context, const eqfi_product_plan *product, const eqf_irreps *in, int n,
                                const double *harmonics, int64_t *weight, double *factor)
{
    eqfi_layout *layout = NULL;
    eqf_status status = eqfi_layout_create(context, in, &layout);
    if (status != EQF_OK) return status;
    for (int u = 0; u < channels_of(layout); u++) {
        weight[u] = -1;
        factor[u] = 0;
    }
    for (int k = 0; k < product->n; k++) {
        const eqfi_path *path = &product->paths[k];
        const eqfi_coupling *c = path->out.offset < n ? coupling_at_pole(product, path, 0) : NULL;
        for (int u = 0, to = channel_at(layout, path->x.offset); c != NULL && u < path->x.mul; u++) {
            weight[to + u] = path->weight + u;
            factor[to + u] = c->f64 * harmonics[path->y.offset + c->m2 * path->y.step];
        }
    }
    eqfi_delete(context, layout);
    return EQF_OK;
}
