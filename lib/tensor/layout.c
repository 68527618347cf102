/* SPDX-License-Identifier: MIT */
#include "tensor/layout.h"

/* First block after i that cannot be merged with it; *mul counts the channels up to there. */
static int merged_until(const eqf_irreps *irreps, int i, int *mul)
{
    const eqf_irreps_block *first = eqf_irreps_block_at(irreps, i);
    int n = eqf_irreps_blocks(irreps);
    *mul = 0;
    for (; i < n; i++) {
        const eqf_irreps_block *b = eqf_irreps_block_at(irreps, i);
        bool same = b->irrep.l == first->irrep.l && b->irrep.p == first->irrep.p;
        if (!same && b->mul > 0) break;
        if (same) *mul += b->mul;
    }
    return i;
}

eqf_status eqfi_layout_create(eqf_context *context, const eqf_irreps *irreps, eqfi_layout **layout)
{
    int n = eqf_irreps_blocks(irreps);
    void *block;
    eqf_status status = eqfi_new(context, 1, sizeof(eqfi_layout) + (size_t)n * sizeof(eqfi_block), &block);
    if (status != EQF_OK) return status;
    eqfi_layout *made = block;
    made->columns = eqf_irreps_dim(irreps);
    for (int i = 0; i < n;) {
        const eqf_irreps_block *b = eqf_irreps_block_at(irreps, i);
        int mul = 0;
        if (b->mul == 0) {
            i++;
            continue;
        }
        i = merged_until(irreps, i, &mul);
        made->blocks[made->n++] = (eqfi_block){b->offset, mul, 2 * b->irrep.l + 1};
    }
    *layout = made;
    return EQF_OK;
}

void eqfi_channels_of(const eqf_irreps *irreps, eqfi_channels *channels)
{
    int n = eqf_irreps_blocks(irreps);
    for (int i = 0; i < n;) {
        const eqf_irreps_block *first = eqf_irreps_block_at(irreps, i);
        int dim = 2 * first->irrep.l + 1, mul = 0, begun = 0;
        if (first->mul == 0) {
            channels[i++] = (eqfi_channels){first->offset, 0, 0, dim};
            continue;
        }
        for (int end = merged_until(irreps, i, &mul); i < end; i++) {
            int own = eqf_irreps_block_at(irreps, i)->mul;
            channels[i] = (eqfi_channels){first->offset + begun, mul, own, dim};
            begun += own;
        }
    }
}
