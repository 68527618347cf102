/* 64-bit FNV-1a.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_BASE_HASH_H
#define EQFI_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define EQFI_HASH_INIT UINT64_C(14695981039346656037)

/* hash continued with n more bytes. */
static inline uint64_t eqfi_hash_bytes(uint64_t hash, const void *bytes, size_t n)
{
    for (const unsigned char *b = bytes; n > 0; n--, b++) hash = (hash ^ *b) * UINT64_C(1099511628211);
    return hash;
}

static inline uint64_t eqfi_hash_text(const char *text) { return eqfi_hash_bytes(EQFI_HASH_INIT, text, strlen(text)); }

#endif
