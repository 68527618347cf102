/* Weights of linear maps in the order in which matrix products read them.
 * SPDX-License-Identifier: MIT */
#include "ad/run.h"

static bool is_fixed(const eqf_run *run, int var)
{
    eqfi_var_kind kind = run->program->vars.items[var - 1].kind;
    return kind != EQFI_VAR_RESULT && kind != EQFI_VAR_INPUT;
}

/* The first node that multiplies by the same weights in the same way, as derivatives do; -1 if there is none. */
static int find_twin(const eqf_run *run, int index)
{
    const eqfi_node *nodes = run->program->nodes.items, *node = &nodes[index];
    for (int i = 0; i < index; i++)
        if (nodes[i].op == EQFI_OP_LINEAR && nodes[i].in[1] == node->in[1] &&
            nodes[i].attribute.plan == node->attribute.plan && nodes[i].attribute.role == node->attribute.role &&
            eqfi_kernels_of(run, nodes[i].out) == eqfi_kernels_of(run, node->out))
            return i;
    return -1;
}

static eqfi_channels written_by(const eqfi_linear_path *path, bool forward) { return forward ? path->out : path->in; }

/* Whether a path of the plan before path i writes the same channels. */
static bool follows(const eqfi_linear_plan *plan, bool forward, int i)
{
    for (int j = 0; j < i; j++)
        if (written_by(&plan->paths[j], forward).offset == written_by(&plan->paths[i], forward).offset) return true;
    return false;
}

static bool same_channels(eqfi_channels a, eqfi_channels b)
{
    return a.offset == b.offset && a.step == b.step && a.mul == b.mul && a.dim == b.dim;
}

/* Whether path i + 1 goes on where path i ends, so that one matrix product does for both. */
static bool joins(const eqfi_linear_plan *plan, bool forward, int i)
{
    const eqfi_linear_path *a = &plan->paths[i], *b = a + 1;
    return same_channels(a->out, b->out) && a->in.dim == b->in.dim && a->in.step == b->in.step &&
           a->in.offset + a->in.mul == b->in.offset &&
           (forward || follows(plan, forward, i) == follows(plan, forward, i + 1));
}

/* Makes the products of a plan, and finds where the rows of weights are and whether all columns are written. */
static void make_products(const eqfi_linear_plan *plan, bool forward, eqfi_packed *packed)
{
    int written = 0;
    int64_t rows = 0;
    for (int i = 0; i < plan->n; i++) {
        const eqfi_linear_path *path = &plan->paths[i];
        eqfi_channels own = written_by(path, forward);
        if (i > 0 && joins(plan, forward, i - 1))
            packed->products[packed->n - 1].in.mul += path->in.mul;
        else
            packed->products[packed->n++] =
                (eqfi_packed_product){path->in, path->out, rows, 0, follows(plan, forward, i)};
        if (!follows(plan, forward, i)) written += own.mul * own.dim;
        for (int u = 0; u < path->in.mul; u++) packed->rows[rows++] = path->weight + u * path->stride;
    }
    packed->covers = written == (forward ? plan->columns_out : plan->columns_in);
}

/* Columns and inner dimension of the matrix that a product multiplies by. */
static int columns_of(const eqfi_packed_product *product, bool forward)
{
    return forward ? product->out.mul : product->in.mul;
}

static int depth_of(const eqfi_packed_product *product, bool forward)
{
    return forward ? product->in.mul : product->out.mul;
}

/* Plans the products of a node, whose weights come after `bytes` of others. */
static eqf_status plan_products(eqf_context *context, eqf_run *run, int index, size_t *bytes)
{
    enum { LINE = 64 };
    eqf_status status = EQF_OK;
    const eqfi_node *node = &run->program->nodes.items[index];
    const eqfi_linear_plan *plan = node->attribute.plan;
    bool forward = node->attribute.role == 0;
    eqfi_packed *packed = &run->packed[index];
    const eqfi_kernels *kernels = eqfi_kernels_of(run, node->out);
    size_t elements = 0, rows = 0;
    int twin = find_twin(run, index);
    if (twin >= 0) {
        *packed = run->packed[twin];
        packed->borrowed = true;
        return EQF_OK;
    }
    for (int i = 0; i < plan->n; i++) rows += (size_t)plan->paths[i].in.mul;
    EQFI_TRY(eqfi_new(context, (size_t)plan->n, sizeof *packed->products, (void **)&packed->products));
    EQFI_TRY(eqfi_new(context, rows, sizeof *packed->rows, (void **)&packed->rows));
    make_products(plan, forward, packed);
    for (int i = 0; i < packed->n; i++) {
        packed->products[i].offset = elements;
        elements += kernels->gemm_packed_size(columns_of(&packed->products[i], forward),
                                              depth_of(&packed->products[i], forward));
    }
    packed->constant = is_fixed(run, node->in[1]);
    packed->place = *bytes;
    *bytes += (elements * kernels->real_size + LINE - 1) / LINE * LINE;
fail:
    return status;
}

enum { TOUCHED = 1, BEGUN = 2 }; /* of a weight, by the paths so far */

/* Adds the flags to the weights of a path; which flags any of them had. */
static int mark(const eqfi_linear_path *path, int flags, unsigned char *weights)
{
    int had = 0;
    for (int u = 0; u < path->in.mul; u++)
        for (int w = 0; w < path->out.mul; w++) {
            unsigned char *weight = &weights[path->weight + u * path->stride + w];
            had |= *weight;
            *weight |= (unsigned char)flags;
        }
    return had;
}

/* A path of a gradient by weights writes its block, unless another has touched it, and then adds to it. What no path writes
 * first is zeroed. */
static eqf_status plan_sums(eqf_context *context, eqf_run *run, int index)
{
    eqf_status status = EQF_OK;
    const eqfi_linear_plan *plan = run->program->nodes.items[index].attribute.plan;
    eqfi_packed *packed = &run->packed[index];
    unsigned char *weights = NULL;
    EQFI_TRY(eqfi_new(context, (size_t)plan->n, sizeof *packed->follows, (void **)&packed->follows));
    EQFI_TRY(eqfi_new(context, (size_t)plan->weights, 1, (void **)&weights));
    for (int i = 0; i < plan->n; i++) {
        packed->follows[i] = mark(&plan->paths[i], TOUCHED, weights) != 0;
        if (!packed->follows[i]) mark(&plan->paths[i], BEGUN, weights);
    }
    for (int64_t first = 0, last; first < plan->weights; first = last) {
        bool begun = (weights[first] & BEGUN) != 0;
        for (last = first + 1; last < plan->weights && ((weights[last] & BEGUN) != 0) == begun;) last++;
        if (begun) continue;
        EQFI_TRY(eqfi_grow(context, (size_t)packed->n_rest + 1, sizeof *packed->rest, &packed->rest_capacity,
                           (void **)&packed->rest));
        packed->rest[packed->n_rest++] = (eqfi_range){first, last};
    }
fail:
    eqfi_delete(context, weights);
    return status;
}

static bool multiplies(const eqfi_node *node) { return node->op == EQFI_OP_LINEAR && node->attribute.role != 2; }

/* Finds the parameters that nothing else reads. */
static void find_packed(eqf_run *run)
{
    const eqf_program *program = run->program;
    for (size_t i = 0; i < program->vars.n; i++)
        run->buffers[i].packed = program->vars.items[i].kind == EQFI_VAR_PARAMETER;
    for (size_t n = 0; n < program->nodes.n; n++)
        for (int k = 0; k < program->nodes.items[n].n_in; k++)
            if (k != 1 || !multiplies(&program->nodes.items[n]))
                run->buffers[program->nodes.items[n].in[k] - 1].packed = false;
    for (size_t i = 0; i < program->outputs.n; i++) run->buffers[program->outputs.items[i].var - 1].packed = false;
}

eqf_status eqfi_prepare_weights(eqf_context *context, eqf_run *run)
{
    eqf_status status = EQF_OK;
    const eqfi_node *nodes = run->program->nodes.items;
    int n = (int)run->program->nodes.n;
    find_packed(run);
    for (int i = 0; i < n; i++) {
        if (multiplies(&nodes[i])) EQFI_TRY(plan_products(context, run, i, &run->packed_bytes));
        if (nodes[i].op == EQFI_OP_LINEAR && !multiplies(&nodes[i])) EQFI_TRY(plan_sums(context, run, i));
    }
    EQFI_TRY(eqfi_new_aligned(context, run->packed_bytes, &run->weights));
    for (int i = 0; i < n; i++)
        if (multiplies(&nodes[i])) run->packed[i].data = (char *)run->weights + run->packed[i].place;
fail:
    return status;
}

void eqfi_pack_weights(eqf_run *run, int index)
{
    const eqfi_node *node = &run->program->nodes.items[index];
    const eqfi_packed *packed = &run->packed[index];
    bool forward = node->attribute.role == 0;
    const eqfi_kernels *kernels = eqfi_kernels_of(run, node->out);
    const void *weights = run->operands[node->in[1] - 1].data;
    for (int i = 0; i < packed->n; i++) {
        const eqfi_packed_product *product = &packed->products[i];
        kernels->gemm_pack(columns_of(product, forward), depth_of(product, forward), weights,
                           packed->rows + product->first, !forward,
                           (char *)packed->data + product->offset * kernels->real_size);
    }
}
