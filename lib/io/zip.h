/* Zip archives, by libzip; without it (EQFI_HAVE_LIBZIP) opening and writing answer EQF_ERROR_UNSUPPORTED.
 *
 * Nothing in an archive is trusted: names are only compared, never used as paths, and must be different, relative and
 * plain; a member cannot have much more than the archive, so that a small archive does not fill the memory; what is read
 * to its end has the right checksum. Messages name the archive and the member.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_IO_ZIP_H
#define EQFI_IO_ZIP_H

#include "io/file.h"

typedef struct eqfi_zip eqfi_zip;

eqf_status eqfi_zip_open(eqf_context *context, const char *path, eqfi_zip **zip);

/* The same on bytes that the caller keeps; name stands for the path in messages. */
eqf_status eqfi_zip_open_memory(eqf_context *context, const void *bytes, size_t length, const char *name,
                                eqfi_zip **zip);
void eqfi_zip_close(eqfi_zip *zip); /* NULL is fine; members are closed before */

const char *eqfi_zip_path(const eqfi_zip *zip);
uint64_t eqfi_zip_most(const eqfi_zip *zip); /* bytes that a member may have, or what else is read from the archive */
int64_t eqfi_zip_count(const eqfi_zip *zip);
const char *eqfi_zip_name(const eqfi_zip *zip, int64_t i);    /* in the order of names */
int64_t eqfi_zip_find(const eqfi_zip *zip, const char *name); /* -1 if there is none */

/* A member that is read from its beginning to its end. */
typedef struct eqfi_zip_member eqfi_zip_member;

eqf_status eqfi_zip_member_open(eqf_context *context, const eqfi_zip *zip, int64_t i, eqfi_zip_member **member);
uint64_t eqfi_zip_member_left(const eqfi_zip_member *member); /* bytes that are still to be read */

/* The next `length` bytes; it is an error if they are not there. The last ones are checked to be the last. */
eqf_status eqfi_zip_member_read(eqf_context *context, eqfi_zip_member *member, void *bytes, size_t length);

/* Whether a member is stored as it is, so that reading can go on from any of its bytes. */
bool eqfi_zip_member_can_seek(const eqfi_zip_member *member);
eqf_status eqfi_zip_member_seek(eqf_context *context, eqfi_zip_member *member, uint64_t offset);
void eqfi_zip_member_close(eqfi_zip_member *member); /* NULL is fine */

/* All of a member, which may have `limit` bytes at most; to be freed with eqfi_delete. */
eqf_status eqfi_zip_read(eqf_context *context, const eqfi_zip *zip, int64_t i, uint64_t limit, void **bytes,
                         size_t *length);

/* A member: a header and what follows it. */
typedef struct eqfi_zip_piece {
    const char *name;
    eqfi_piece header, data;
} eqfi_zip_piece;

/* Fails if writing cannot work, because there is no libzip. */
eqf_status eqfi_zip_check(eqf_context *context, const char *path);

/* Writes an archive of n members, stored or deflated, in the place of the file in one step; the same pieces give the same
 * bytes. */
eqf_status eqfi_zip_write(eqf_context *context, const char *path, int n, const eqfi_zip_piece *pieces, bool deflate);

#endif
