/* Zip archives where the library is built without libzip: there are none. SPDX-License-Identifier: MIT */
#include "io/zip.h"

#ifndef EQFI_HAVE_LIBZIP

static eqf_status refuse(eqf_context *context, const char *path)
{
    return eqfi_fail(context, EQF_ERROR_UNSUPPORTED,
                     "%s: zip archives (npz, PyTorch checkpoints) need libzip, which this library is built without",
                     path);
}

eqf_status eqfi_zip_check(eqf_context *context, const char *path) { return refuse(context, path); }

eqf_status eqfi_zip_open(eqf_context *context, const char *path, eqfi_zip **zip)
{
    (void)zip;
    return refuse(context, path);
}

eqf_status eqfi_zip_open_memory(eqf_context *context, const void *bytes, size_t length, const char *name,
                                eqfi_zip **zip)
{
    (void)bytes, (void)length, (void)zip;
    return refuse(context, name);
}

eqf_status eqfi_zip_write(eqf_context *context, const char *path, int n, const eqfi_zip_piece *pieces, bool deflate)
{
    (void)n, (void)pieces, (void)deflate;
    return refuse(context, path);
}

/* Nobody has an archive to ask for these. */

void eqfi_zip_close(eqfi_zip *zip) { (void)zip; }

const char *eqfi_zip_path(const eqfi_zip *zip)
{
    (void)zip;
    return "";
}

uint64_t eqfi_zip_most(const eqfi_zip *zip)
{
    (void)zip;
    return 0;
}

int64_t eqfi_zip_count(const eqfi_zip *zip)
{
    (void)zip;
    return 0;
}

const char *eqfi_zip_name(const eqfi_zip *zip, int64_t i)
{
    (void)zip, (void)i;
    return "";
}

int64_t eqfi_zip_find(const eqfi_zip *zip, const char *name)
{
    (void)zip, (void)name;
    return -1;
}

eqf_status eqfi_zip_member_open(eqf_context *context, const eqfi_zip *zip, int64_t i, eqfi_zip_member **member)
{
    (void)i, (void)member;
    return refuse(context, eqfi_zip_path(zip));
}

uint64_t eqfi_zip_member_left(const eqfi_zip_member *member)
{
    (void)member;
    return 0;
}

eqf_status eqfi_zip_member_read(eqf_context *context, eqfi_zip_member *member, void *bytes, size_t length)
{
    (void)member, (void)bytes, (void)length;
    return refuse(context, "");
}

bool eqfi_zip_member_can_seek(const eqfi_zip_member *member)
{
    (void)member;
    return false;
}

eqf_status eqfi_zip_member_seek(eqf_context *context, eqfi_zip_member *member, uint64_t offset)
{
    (void)member, (void)offset;
    return refuse(context, "");
}

void eqfi_zip_member_close(eqfi_zip_member *member) { (void)member; }

eqf_status eqfi_zip_read(eqf_context *context, const eqfi_zip *zip, int64_t i, uint64_t limit, void **bytes,
                         size_t *length)
{
    (void)i, (void)limit, (void)bytes, (void)length;
    return refuse(context, eqfi_zip_path(zip));
}

#endif
