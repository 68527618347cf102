/* SPDX-License-Identifier: MIT */
#include "base/rng.h"

#include <math.h>

void eqfi_rng_words(uint64_t seed, uint64_t stream, uint64_t index, uint32_t words[4])
{
    uint32_t key0 = (uint32_t)seed, key1 = (uint32_t)(seed >> 32);
    uint32_t c0 = (uint32_t)index, c1 = (uint32_t)(index >> 32), c2 = (uint32_t)stream, c3 = (uint32_t)(stream >> 32);
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = UINT64_C(0xD2511F53) * c0, p1 = UINT64_C(0xCD9E8D57) * c2;
        uint32_t n0 = (uint32_t)(p1 >> 32) ^ c1 ^ key0, n2 = (uint32_t)(p0 >> 32) ^ c3 ^ key1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        c0 = n0;
        c2 = n2;
        key0 += UINT32_C(0x9E3779B9);
        key1 += UINT32_C(0xBB67AE85);
    }
    words[0] = c0;
    words[1] = c1;
    words[2] = c2;
    words[3] = c3;
}

static double unit(uint32_t high, uint32_t low)
{
    uint64_t bits = ((uint64_t)high << 32 | low) >> 11; /* 53 of them */
    return ((double)bits + 0.5) * 0x1p-53;
}

double eqfi_rng_uniform(uint64_t seed, uint64_t stream, uint64_t index)
{
    uint32_t w[4];
    eqfi_rng_words(seed, stream, index, w);
    return unit(w[0], w[1]);
}

double eqfi_rng_normal(uint64_t seed, uint64_t stream, uint64_t index)
{
    static const double two_pi = 6.283185307179586476925286766559;
    uint32_t w[4];
    eqfi_rng_words(seed, stream, index, w);
    return sqrt(-2.0 * log(unit(w[0], w[1]))) * cos(two_pi * unit(w[2], w[3]));
}
