/* Whole files: reading one into memory, replacing one without a moment at which it is half written.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_IO_FILE_H
#define EQFI_IO_FILE_H

#include "base/context.h"

enum { EQFI_ERROR_TEXT_SIZE = 128 };

/* The text of an errno value, without the shared buffer of strerror. */
const char *eqfi_error_text(int number, char buffer[EQFI_ERROR_TEXT_SIZE]);

/* All bytes of a file, to be freed with eqfi_delete. */
eqf_status eqfi_file_read(eqf_context *context, const char *path, void **bytes, size_t *length);

/* The first bytes of a file, *length of them: `wanted`, or as many as it has. */
eqf_status eqfi_file_front(eqf_context *context, const char *path, void *bytes, size_t wanted, size_t *length);

typedef struct eqfi_piece {
    const void *bytes;
    size_t length;
} eqfi_piece;

/* Writes all bytes to a descriptor; false, and errno, if it cannot. */
bool eqfi_write_all(int descriptor, const eqfi_piece *piece);

/* Writes the pieces one after the other to a new file beside the old one, syncs it and renames it to path: after a
 * failure, a full disk or a crash the old file is what it was. A path that is no regular file is refused. */
eqf_status eqfi_file_replace(eqf_context *context, const char *path, size_t n, const eqfi_piece *pieces);

#endif
