/* Public structs that begin with their size. SPDX-License-Identifier: MIT */
#include "base/struct.h"

#include <string.h>

static size_t size_of(const void *given)
{
    size_t size;
    memcpy(&size, given, sizeof size);
    return size;
}

eqf_status eqfi_struct_check(eqf_context *context, const char *name, const void *given)
{
    if (size_of(given) >= sizeof(size_t)) return EQF_OK;
    return eqfi_fail(context, EQF_ERROR_ARGUMENT, "%s has size %zu, expected its sizeof, which its initialiser sets",
                     name, size_of(given));
}

eqf_status eqfi_struct_take(eqf_context *context, const char *name, const void *given, size_t own_size, void *own)
{
    eqf_status status = EQF_OK;
    if (given == NULL) return EQF_OK;
    EQFI_TRY(eqfi_struct_check(context, name, given));
    size_t size = size_of(given);
    for (size_t i = own_size; i < size; i++)
        EQFI_CHECK(((const char *)given)[i] == 0, EQF_ERROR_ARGUMENT,
                   "%s has size %zu and sets a member that this library, where it has %zu, does not know", name, size,
                   own_size);
    memcpy(own, given, size < own_size ? size : own_size);
    memcpy(own, &own_size, sizeof own_size);
fail:
    return status;
}

void eqfi_struct_give(void *given, size_t own_size, const void *own)
{
    size_t size = size_of(given), both = size < own_size ? size : own_size;
    memcpy((char *)given + sizeof size, (const char *)own + sizeof size, both - sizeof size);
    memset((char *)given + both, 0, size - both);
}
