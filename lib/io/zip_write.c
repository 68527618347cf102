/* Writing zip archives, and what libzip's failures are for us. SPDX-License-Identifier: MIT */
#include "io/zip.h"

#ifdef EQFI_HAVE_LIBZIP

#include "io/zip_error.h"

eqf_status eqfi_zip_fail(eqf_context *context, zip_error_t *error, const char *path, const char *member)
{
    eqf_status status = EQF_ERROR_FORMAT;
    switch (zip_error_code_zip(error)) {
    case ZIP_ER_MEMORY: status = EQF_ERROR_MEMORY; break;
    case ZIP_ER_OPEN:
    case ZIP_ER_NOENT:
    case ZIP_ER_READ:
    case ZIP_ER_SEEK:
    case ZIP_ER_TELL:
    case ZIP_ER_WRITE: status = EQF_ERROR_IO; break;
    case ZIP_ER_COMPNOTSUPP:
    case ZIP_ER_ENCRNOTSUPP:
    case ZIP_ER_NOPASSWD:
    case ZIP_ER_MULTIDISK: status = EQF_ERROR_UNSUPPORTED; break;
    default: break;
    }
    const char *text = zip_error_strerror(error);
    if (member == NULL) return eqfi_fail(context, status, "%s: the zip archive is not readable: %s", path, text);
    return eqfi_fail(context, status, "%s: member '%.200s' is not readable: %s", path, member, text);
}

static eqf_status fail_to_write(eqf_context *context, zip_error_t *error, const char *path)
{
    bool memory = zip_error_code_zip(error) == ZIP_ER_MEMORY;
    return eqfi_fail(context, memory ? EQF_ERROR_MEMORY : EQF_ERROR_IO, "cannot make the zip archive %s: %s", path,
                     zip_error_strerror(error));
}

/* Without dates the same members are the same archive. */
static bool add_piece(zip_t *archive, const eqfi_zip_piece *piece, bool deflate)
{
    enum { JANUARY_1980 = 1 << 5 | 1 };
    zip_buffer_fragment_t parts[2] = {{(zip_uint8_t *)(uintptr_t)piece->header.bytes, piece->header.length},
                                      {(zip_uint8_t *)(uintptr_t)piece->data.bytes, piece->data.length}};
    zip_source_t *source = zip_source_buffer_fragment(archive, parts, piece->data.length > 0 ? 2 : 1, 0);
    if (source == NULL) return false;
    zip_int64_t index = zip_file_add(archive, piece->name, source, 0);
    if (index < 0) {
        zip_source_free(source);
        return false;
    }
    return zip_set_file_compression(archive, (zip_uint64_t)index, deflate ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0) == 0 &&
           zip_file_set_dostime(archive, (zip_uint64_t)index, 0, JANUARY_1980, 0) == 0;
}

static eqf_status fill(eqf_context *context, zip_source_t *buffer, const char *path, int n,
                       const eqfi_zip_piece *pieces, bool deflate)
{
    eqf_status status = EQF_OK;
    zip_error_t error;
    zip_error_init(&error);
    zip_source_keep(buffer); /* the archive gives one up when it is closed */
    zip_t *archive = zip_open_from_source(buffer, ZIP_CREATE | ZIP_TRUNCATE, &error);
    if (archive == NULL) {
        zip_source_free(buffer);
        status = fail_to_write(context, &error, path);
        goto fail;
    }
    bool done = true;
    for (int i = 0; i < n && done; i++) done = add_piece(archive, &pieces[i], deflate);
    if (done && zip_close(archive) == 0) goto fail;
    status = fail_to_write(context, zip_get_error(archive), path);
    zip_discard(archive);
fail:
    zip_error_fini(&error);
    return status;
}

static eqf_status save(eqf_context *context, zip_source_t *buffer, const char *path)
{
    eqf_status status = EQF_OK;
    void *bytes = NULL;
    zip_stat_t about;
    if (zip_source_stat(buffer, &about) != 0 || zip_source_open(buffer) != 0)
        return fail_to_write(context, zip_source_error(buffer), path);
    EQFI_TRY(eqfi_new(context, (size_t)about.size, 1, &bytes));
    EQFI_CHECK(zip_source_read(buffer, bytes, about.size) == (zip_int64_t)about.size, EQF_ERROR_IO,
               "cannot make the zip archive %s: its bytes cannot be read back", path);
    eqfi_piece piece = {bytes, (size_t)about.size};
    EQFI_TRY(eqfi_file_replace(context, path, 1, &piece));
fail:
    zip_source_close(buffer);
    eqfi_delete(context, bytes);
    return status;
}

eqf_status eqfi_zip_check(eqf_context *context, const char *path)
{
    (void)context, (void)path;
    return EQF_OK;
}

eqf_status eqfi_zip_write(eqf_context *context, const char *path, int n, const eqfi_zip_piece *pieces, bool deflate)
{
    eqf_status status = EQF_OK;
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *buffer = zip_source_buffer_create(NULL, 0, 0, &error);
    if (buffer == NULL) {
        status = fail_to_write(context, &error, path);
        goto fail;
    }
    EQFI_TRY(fill(context, buffer, path, n, pieces, deflate));
    EQFI_TRY(save(context, buffer, path));
fail:
    if (buffer != NULL) zip_source_free(buffer);
    zip_error_fini(&error);
    return status;
}

#endif
