/* Counter-based random numbers: Philox 4x32-10 (Salmon et al., SC 2011).
 *
 * A number depends on (seed, stream, index) alone, so that draws do not depend
 * on the order or the thread in which they are made; a stream is usually the hash of a name. SPDX-License-Identifier:
 * MIT */
#ifndef EQFI_BASE_RNG_H
#define EQFI_BASE_RNG_H

#include <stdint.h>

/* Four independent 32-bit words. */
void eqfi_rng_words(uint64_t seed, uint64_t stream, uint64_t index, uint32_t words[4]);

/* Uniform in the open interval (0, 1), 53 bits. */
double eqfi_rng_uniform(uint64_t seed, uint64_t stream, uint64_t index);

/* Standard normal (Box-Muller). */
double eqfi_rng_normal(uint64_t seed, uint64_t stream, uint64_t index);

#endif
