/* Sums folded into the products that make their terms.
 *
 * A bias, or the other term of a sum of gradients, is where an operation begins to add: x W + b is one operation
 * instead of two with an intermediate result, and a sum of three tensor products is written in one place. This is done
 * when a program ends, so that derivatives know nothing of it.
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
