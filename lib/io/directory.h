/* Names in a directory. SPDX-License-Identifier: MIT */
#ifndef EQFI_IO_DIRECTORY_H
#define EQFI_IO_DIRECTORY_H

#include "base/context.h"

typedef struct eqfi_directory {
    eqf_allocator allocator;
    char **paths; /* of the files, sorted */
    size_t count, capacity;
} eqfi_directory;

bool eqfi_is_directory(const char *path);

/* The files of a directory whose names end in one of n suffixes. */
eqf_status eqfi_directory_list(eqf_context *context, const char *path, int n, const char *const *suffixes,
                               eqfi_directory *directory);
void eqfi_directory_release(eqfi_directory *directory); /* a zeroed one is fine */

#endif
