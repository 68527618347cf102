/* Plans of tensor products and of spherical harmonics.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "math/spherical_harmonics.h"
#include "tensor/product_paths.h"

/* The number of paths, at most n, that form the group of degrees up to `up_to`; 0 if they are not all there. */
static int group_members(const eqfi_path *paths, int n, int up_to)
{
    const eqfi_path *p = paths;
    int l1 = p->x.dim / 2, members = 0;
    if (p->x.mul % EQFI_STRAIGHT_CHANNELS != 0) return 0;
    for (int l2 = 0; l2 <= up_to; l2++) {
        for (int l3 = abs(l1 - l2); l3 <= l1 + l2 && l3 <= up_to; l3++, members++, p++) {
            if (members == n || p->mode != EQF_UVU || p->y.mul != 1 || (p->weight < 0) != (paths->weight < 0)) return 0;
            if (l3 > abs(l1 - l2) && p->y.offset != p[-1].y.offset) return 0; /* another block of the same degree */
            if (p->x.offset != paths->x.offset || p->y.dim != 2 * l2 + 1 || p->out.dim != 2 * l3 + 1) return 0;
        }
    }
    return members;
}

/* Divides the paths into groups, the largest that there are. */
static eqf_status find_groups(eqf_context *context, eqfi_product_plan *head, eqfi_path *paths)
{
    eqf_status status = EQF_OK;
    if (head->columns[EQFI_ROLE_Y] > EQFI_STRAIGHT_COLUMNS) return EQF_OK;
    for (int i = 0; i < head->n; i += paths[i].members) {
        int l1 = paths[i].x.dim / 2;
        for (int up_to = EQFI_STRAIGHT_LMAX; up_to >= l1 && up_to > 0 && paths[i].members == 0; up_to--) {
            paths[i].members = group_members(&paths[i], head->n - i, up_to);
            paths[i].group = eqfi_straight_index(l1, up_to);
        }
        if (paths[i].members == 0) return EQF_OK;
    }
    bool once = true;
    head->straight = true;
    for (eqfi_role role = EQFI_ROLE_OUT; role < EQFI_ROLES; role++) {
        if (role == EQFI_ROLE_Y) continue;
        EQFI_TRY(eqfi_paths_cover_once(context, head, paths, role, &once));
        head->straight = head->straight && once;
    }
fail:
    return status;
}

/* a b, or the largest number if that is larger; not negative. */
static int64_t bounded_product(int64_t a, int64_t b) { return b > 0 && a > INT64_MAX / b ? INT64_MAX : a * b; }

int64_t eqfi_instruction_weights(const eqf_instruction *instruction, int mul1, int mul2, int mul3)
{
    if (!instruction->has_weight) return 0;
    switch (instruction->mode) {
    case EQF_UVW: return bounded_product((int64_t)mul1 * mul2, mul3);
    case EQF_UUW: return (int64_t)mul1 * mul3;
    case EQF_UUU: return mul1;
    case EQF_UVU:
    case EQF_UVV:
    case EQF_UVUV: break;
    }
    return (int64_t)mul1 * mul2;
}

/* The path's factor times the sign of its convention. */
static eqf_status find_factor(eqf_context *context, eqfi_path *path, double factor, const double *c)
{
    double own[EQFI_DIM_MAX * EQFI_DIM_MAX * EQFI_DIM_MAX];
    int i = 0;
    eqf_status status =
        eqf_wigner_3j(context, EQF_CG_E3NN_05, path->x.dim / 2, path->y.dim / 2, path->out.dim / 2, own);
    while (status == EQF_OK && eqfi_is_zero_coupling(own[i])) i++;
    path->f64 = status == EQF_OK && c[i] / own[i] < 0 ? -factor : factor;
    path->f32 = (float)path->f64;
    return status;
}

eqf_status eqfi_product_plan_create(eqf_context *context, eqf_cg_convention convention, const eqf_irreps *in1,
                                    const eqf_irreps *in2, const eqf_irreps *out, int n,
                                    const eqf_instruction *instructions, const double *factors,
                                    eqfi_product_plan **plan)
{
    eqf_status status = EQF_OK;
    const eqf_irreps *irreps[3] = {in1, in2, out};
    eqfi_channels *channels[3] = {NULL, NULL, NULL};
    eqfi_path *paths = NULL;
    double *c = NULL;
    eqfi_coupling_list list = {NULL, 0, 0};
    int64_t weights = 0;
    for (int i = 0; i < 3; i++) {
        EQFI_TRY(eqfi_new(context, (size_t)eqf_irreps_blocks(irreps[i]), sizeof *channels[i], (void **)&channels[i]));
        eqfi_channels_of(irreps[i], channels[i]);
    }
    EQFI_TRY(eqfi_new(context, (size_t)n, sizeof *paths, (void **)&paths));
    EQFI_TRY(eqfi_new(context, (size_t)EQFI_DIM_MAX * EQFI_DIM_MAX * EQFI_DIM_MAX, sizeof *c, (void **)&c));
    for (int i = 0; i < n; i++) {
        const eqf_instruction *instruction = &instructions[i];
        eqfi_path *path = &paths[i];
        path->x = channels[0][instruction->in1];
        path->y = channels[1][instruction->in2];
        path->out = channels[2][instruction->out];
        path->mode = instruction->mode;
        path->weight = instruction->has_weight ? weights : -1;
        path->depthwise = path->mode == EQF_UVU && path->y.mul == 1 && instruction->has_weight;
        path->first = (int)list.n;
        int64_t own = eqfi_instruction_weights(instruction, path->x.mul, path->y.mul, path->out.mul);
        EQFI_CHECK(own <= INT32_MAX - weights, EQF_ERROR_RANGE,
                   "instruction %d brings the weights of the tensor product above 2147483647", i);
        weights += own;
        EQFI_TRY(eqf_wigner_3j(context, convention, path->x.dim / 2, path->y.dim / 2, path->out.dim / 2, c));
        EQFI_TRY(find_factor(context, path, factors[i], c));
        EQFI_TRY(eqfi_couplings_add(context, &list, path->x.dim, path->y.dim, path->out.dim, factors[i], c));
        path->n = (int)list.n - path->first;
    }
    EQFI_CHECK(weights <= INT32_MAX, EQF_ERROR_RANGE, "a tensor product of %lld weights, expected at most 2147483647",
               (long long)weights);
    eqfi_product_plan head;
    memset(&head, 0, sizeof head);
    head.columns[EQFI_ROLE_OUT] = eqf_irreps_dim(out);
    head.columns[EQFI_ROLE_X] = eqf_irreps_dim(in1);
    head.columns[EQFI_ROLE_Y] = eqf_irreps_dim(in2);
    head.columns[EQFI_ROLE_W] = (int)weights;
    head.n = n;
    EQFI_TRY(eqfi_paths_store(context, &head, paths, EQFI_ROLE_OUT));
    EQFI_TRY(eqfi_paths_store(context, &head, paths, EQFI_ROLE_W));
    EQFI_TRY(find_groups(context, &head, paths));
    EQFI_TRY(eqfi_product_plan_pack(context, &head, paths, list.n, list.items, plan));
fail:
    for (int i = 0; i < 3; i++) eqfi_delete(context, channels[i]);
    eqfi_delete(context, paths);
    eqfi_delete(context, c);
    eqfi_delete(context, list.items);
    return status;
}

/* Columns of x times those of y that paths, sorted by x, then y, connect. */
static int columns_of_pairs(const eqfi_product_plan *plan)
{
    int columns = 0;
    for (int i = 0; i < plan->n; i++) {
        const eqfi_path *p = &plan->paths[i];
        bool again = i > 0 && p[-1].x.offset == p->x.offset && p[-1].y.offset == p->y.offset;
        if (!again) columns += p->x.dim * p->x.mul * p->y.dim;
    }
    return columns;
}

eqf_status eqfi_product_plan_by_head(eqf_context *context, const eqfi_product_plan *plan, int heads,
                                     eqfi_product_plan **by_head)
{
    eqf_status status = EQF_OK;
    eqfi_path *paths = NULL;
    eqfi_product_plan head;
    size_t n = 0; /* couplings */
    int nx = plan->columns[EQFI_ROLE_X];
    for (int i = 0; i < plan->n; i++)
        if (!plan->paths[i].depthwise || plan->paths[i].y.step != 1) return EQF_OK;
    EQFI_TRY(eqfi_new(context, (size_t)plan->n * (size_t)heads, sizeof *paths, (void **)&paths));
    memset(&head, 0, sizeof head);
    EQFI_CHECK((double)heads * nx * plan->columns[EQFI_ROLE_Y] <= INT32_MAX &&
                   (double)heads * plan->columns[EQFI_ROLE_OUT] <= INT32_MAX,
               EQF_ERROR_RANGE, "%d heads of %d times %d columns, expected at most 2147483647 columns", heads, nx,
               plan->columns[EQFI_ROLE_Y]);
    for (int h = 0; h < heads; h++) {
        for (int i = 0; i < plan->n; i++) {
            eqfi_path *path = &paths[head.n++];
            *path = plan->paths[i];
            path->y.offset = (path->y.offset * heads + h) * nx;
            path->y.step = heads * nx;
            path->out.offset += h * plan->columns[EQFI_ROLE_OUT];
            if ((size_t)(path->first + path->n) > n) n = (size_t)(path->first + path->n);
        }
    }
    head.columns[EQFI_ROLE_OUT] = heads * plan->columns[EQFI_ROLE_OUT];
    head.columns[EQFI_ROLE_X] = heads * nx * plan->columns[EQFI_ROLE_Y];
    head.columns[EQFI_ROLE_W] = plan->columns[EQFI_ROLE_W];
    head.straight = plan->straight && columns_of_pairs(plan) == nx * plan->columns[EQFI_ROLE_Y];
    EQFI_TRY(eqfi_product_plan_pack(context, &head, paths, n, plan->couplings, by_head));
fail:
    eqfi_delete(context, paths);
    return status;
}

/* ------------------------------------------------------------------------------------------------------ harmonics -- */

/* The factor f with Y_l = f (Y_(l-1) (x) r)_l, read off at a point where no harmonic of interest vanishes. */
static double recurrence_factor(int l, const double *c)
{
    static const double r[3] = {0.3, 0.7, -0.5};
    double y[(EQF_LMAX + 1) * (EQF_LMAX + 1)];
    int below = 2 * l - 1, dim = 2 * l + 1, best = 0;
    double coupled[EQFI_DIM_MAX] = {0};
    eqfi_solid_harmonics(l, r, y);
    for (int m1 = 0; m1 < below; m1++)
        for (int a = 0; a < 3; a++)
            for (int m3 = 0; m3 < dim; m3++)
                coupled[m3] += c[(m1 * 3 + a) * dim + m3] * y[(l - 1) * (l - 1) + m1] * r[a];
    for (int m3 = 1; m3 < dim; m3++)
        if (fabs(coupled[m3]) > fabs(coupled[best])) best = m3;
    return y[l * l + best] / coupled[best];
}

eqf_status eqfi_harmonics_plan_create(eqf_context *context, int lmax, eqfi_harmonics_plan **plan)
{
    eqf_status status = EQF_OK;
    eqfi_harmonics_plan *made = NULL;
    eqfi_coupling_list list = {NULL, 0, 0};
    double c[EQFI_DIM_MAX * 3 * EQFI_DIM_MAX];
    EQFI_CHECK(lmax >= 0 && lmax <= EQF_LMAX, EQF_ERROR_RANGE, "spherical harmonics of degree %d, expected 0 to %d",
               lmax, EQF_LMAX);
    for (int l = 1; l <= lmax; l++) {
        EQFI_TRY(eqf_wigner_3j(context, EQF_CG_E3NN_05, l - 1, 1, l, c));
        size_t begin = list.n;
        EQFI_TRY(eqfi_couplings_add(context, &list, 2 * l - 1, 3, 2 * l + 1, recurrence_factor(l, c), c));
        for (size_t i = begin; i < list.n; i++) {
            list.items[i].m1 = (int16_t)(list.items[i].m1 + (l - 1) * (l - 1));
            list.items[i].m3 = (int16_t)(list.items[i].m3 + l * l);
        }
    }
    EQFI_TRY(eqfi_new(context, 1, sizeof *made + list.n * sizeof made->terms[0], (void **)&made));
    made->lmax = lmax;
    made->n = (int)list.n;
    for (size_t i = 0; i < list.n; i++) {
        eqfi_coupling t = list.items[i];
        made->terms[i].m1 = t.m1;
        made->terms[i].axis = t.m2;
        made->terms[i].m3 = t.m3;
        made->terms[i].f32 = t.f32;
        made->terms[i].f64 = t.f64;
    }
    *plan = made;
fail:
    eqfi_delete(context, list.items);
    return status;
}

size_t eqfi_harmonics_plan_bytes(const eqfi_harmonics_plan *plan)
{
    return sizeof *plan + (size_t)plan->n * sizeof plan->terms[0];
}

/* d <g, Y> / d r_a = sum over l of sum g_lm G_l[a][m][n] Y_(l-1)n. */
eqf_status eqfi_harmonics_gradient_plan_create(eqf_context *context, int lmax, eqfi_product_plan **plan)
{
    eqf_status status = EQF_OK;
    eqfi_coupling_list list = {NULL, 0, 0};
    eqfi_path paths[EQF_LMAX];
    double gradient[3 * EQFI_DIM_MAX * EQFI_DIM_MAX], c[EQFI_DIM_MAX * EQFI_DIM_MAX * 3];
    memset(paths, 0, sizeof paths);
    for (int l = 1; l <= lmax; l++) {
        int dim = 2 * l + 1, below = 2 * l - 1;
        EQFI_TRY(eqfi_solid_harmonics_gradient(context, l, gradient));
        for (int a = 0; a < 3; a++)
            for (int m = 0; m < dim; m++)
                for (int n = 0; n < below; n++) c[(m * below + n) * 3 + a] = gradient[(a * dim + m) * below + n];
        eqfi_path *path = &paths[l - 1];
        path->x = (eqfi_channels){l * l, 1, 1, dim};
        path->y = (eqfi_channels){(l - 1) * (l - 1), 1, 1, below};
        path->out = (eqfi_channels){0, 1, 1, 3};
        path->mode = EQF_UUU;
        path->weight = -1;
        path->first = (int)list.n;
        EQFI_TRY(eqfi_couplings_add(context, &list, dim, below, 3, 1, c));
        path->n = (int)list.n - path->first;
    }
    eqfi_product_plan head;
    memset(&head, 0, sizeof head);
    head.columns[EQFI_ROLE_OUT] = 3;
    head.columns[EQFI_ROLE_X] = (lmax + 1) * (lmax + 1);
    head.columns[EQFI_ROLE_Y] = lmax * lmax;
    head.n = lmax;
    EQFI_TRY(eqfi_product_plan_pack(context, &head, paths, list.n, list.items, plan));
fail:
    eqfi_delete(context, list.items);
    return status;
}
