/* Sums folded into the products that make their terms, and gathered rows into what reads them.
 *
 * A bias, or the other term of a sum of gradients, is where an operation begins to add: x W + b is one operation
 * instead of two with an intermediate result, and a sum of three tensor products is written in one place. This is done
 * when a program ends, so that derivatives know nothing of it. And an operation that finds its rows by their numbers can as well
 * find them by a map's, so that nothing is copied.
 * SPDX-License-Identifier: MIT */
#include "ad/planner.h"

/* Operations whose kernels add to what is there. */
static bool can_add(const eqfi_node *node)
{
    static const bool table[EQFI_OP_COUNT] = {
        [EQFI_OP_LINEAR] = true, [EQFI_OP_PRODUCT] = true, [EQFI_OP_CONTRACT] = true,
        [EQFI_OP_OUTER] = true,  [EQFI_OP_SCALE] = true,   [EQFI_OP_DOT] = true};
    bool weights = node->op == EQFI_OP_LINEAR && node->attribute.role == 2;
    bool members =
        node->op == EQFI_OP_OUTER && node->attribute.role != EQFI_ROLE_OUT; /* rows are not those of the domain */
    return table[node->op] && !weights && !members && !node->adds;
}

/* Whether a term of the sum `node` comes from such an operation, and nothing else reads it. */
static bool folds(const eqfi_planner *p, const eqfi_node *node, int k)
{
    int var = node->in[k], made = eqfi_maker(p, var);
    if (made < 0 || eqfi_is_kept(p, var)) return false;
    const eqfi_node *maker = eqfi_node_at(p, made);
    return can_add(maker) && maker->domain == node->domain && !eqfi_sums(p->program, maker) &&
           p->first_reader.items[var] - p->first_reader.items[var - 1] == 1;
}

void eqfi_fold_sums(eqfi_planner *p)
{
    for (int i = 0; i < (int)p->nodes.n; i++) {
        eqfi_node *node = eqfi_node_at(p, i);
        const eqfi_attribute *a = &node->attribute;
        if (!p->nodes.items[i].needed || node->op != EQFI_OP_COMBINE || node->n_in != 2 || a->alpha != 1 ||
            a->beta != 1 || eqfi_sums(p->program, node))
            continue;
        int k = folds(p, node, 1) ? 1 : 0;
        if (!folds(p, node, k)) continue;
        eqfi_node maker = *eqfi_node_at(p, eqfi_maker(p, node->in[k]));
        maker.in[maker.n_in++] = node->in[1 - k];
        maker.adds = true;
        maker.out = node->out;
        *node = maker;
    }
}

/* Whether input k of the node can be read along a map: not what the node adds. */
static bool reads_along(const eqfi_node *node, int k)
{
    bool can = node->op == EQFI_OP_COMBINE || node->op == EQFI_OP_PRODUCT;
    return can && k < node->n_in - node->adds && node->through[k] == 0;
}

/* Whether all that read the result of `gather` can read its argument instead. */
static bool can_skip(const eqfi_planner *p, const eqfi_node *gather)
{
    int var = gather->out;
    if (gather->op != EQFI_OP_GATHER || eqfi_is_kept(p, var)) return false;
    for (int r = p->first_reader.items[var - 1]; r < p->first_reader.items[var]; r++) {
        const eqfi_node *reader = eqfi_node_at(p, p->readers.items[r]);
        if (reader->domain != gather->domain) return false;
        for (int k = 0; k < reader->n_in; k++)
            if (reader->in[k] == var && !reads_along(reader, k)) return false;
    }
    return true;
}

void eqfi_fold_gathers(eqfi_planner *p)
{
    for (int i = 0; i < (int)p->nodes.n; i++) {
        const eqfi_node *gather = eqfi_node_at(p, i);
        if (!p->nodes.items[i].needed || !can_skip(p, gather)) continue;
        for (int r = p->first_reader.items[gather->out - 1]; r < p->first_reader.items[gather->out]; r++) {
            eqfi_node *reader = eqfi_node_at(p, p->readers.items[r]);
            for (int k = 0; k < reader->n_in; k++) {
                if (reader->in[k] != gather->out) continue;
                reader->in[k] = gather->in[0];
                reader->through[k] = gather->attribute.map;
            }
        }
    }
}
