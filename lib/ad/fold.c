/* Sums folded into the products that make their terms.
 *
 * A bias, or the other term of a sum of gradients, is where a linear map begins to add: x W + b is one operation instead
 * of two with an intermediate result. This is done when a program ends, so that derivatives know nothing of it.
 * SPDX-License-Identifier: MIT */
#include "ad/planner.h"

/* Whether a term of the sum `node` is a linear map that nothing else reads. */
static bool folds(const eqfi_planner *p, const eqfi_node *node, int k)
{
    int var = node->in[k], made = eqfi_maker(p, var);
    if (made < 0 || eqfi_is_kept(p, var)) return false;
    const eqfi_node *linear = eqfi_node_at(p, made);
    return linear->op == EQFI_OP_LINEAR && linear->n_in == 2 && linear->attribute.role != 2 &&
           linear->domain == node->domain && !eqfi_sums(p->program, linear) &&
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
        eqfi_node linear = *eqfi_node_at(p, eqfi_maker(p, node->in[k]));
        linear.in[2] = node->in[1 - k];
        linear.n_in = 3;
        linear.out = node->out;
        *node = linear;
    }
}
