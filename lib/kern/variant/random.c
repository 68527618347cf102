/* Random factors.
 * SPDX-License-Identifier: MIT */
#include "base/rng.h"
#include "kern/variant/declarations.h"

void EQFI_KERN(eqfi_mask)(int64_t first, int64_t last, int columns, double probability, uint64_t seed, uint64_t stream,
                          int64_t before, eqfi_operand out)
{
    const double threshold = probability * 0x1p32; /* words below it are dropped */
    const real kept = (real)(1 / (1 - probability));
    const uint64_t groups = ((uint64_t)columns + 3) / 4; /* of four words, per row */
    for (int64_t r = first; r < last; r++) {
        real *row = (real *)out.data + r * out.stride;
        uint32_t words[4];
        for (int c = 0; c < columns; c++) {
            if (c % 4 == 0) eqfi_rng_words(seed, stream, (uint64_t)(before + r) * groups + (uint64_t)c / 4, words);
            row[c] = (double)words[c % 4] < threshold ? 0 : kept;
        }
    }
}
