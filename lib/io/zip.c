/* Reading zip archives. SPDX-License-Identifier: MIT */
#include "io/zip.h"

#ifdef EQFI_HAVE_LIBZIP

#include <stdlib.h>
#include <string.h>

#include <zip.h>

#include "io/zip_error.h"

enum { RATIO_MAX = 256, ALWAYS_FINE = 1 << 20 };

typedef struct entry {
    const char *name; /* libzip's */
    zip_uint64_t index;
    zip_uint64_t bytes;
    bool stored; /* neither compressed nor encrypted */
} entry;

struct eqfi_zip {
    eqf_allocator allocator;
    char *path;
    zip_t *archive;
    uint64_t most; /* bytes that a member may have */
    int64_t count;
    entry *entries; /* sorted by name */
};

struct eqfi_zip_member {
    eqf_allocator allocator;
    const eqfi_zip *zip;
    const char *name;
    zip_file_t *file;
    uint64_t bytes, left;
    bool stored;
    bool ended; /* the end has been checked */
};

static int by_name(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    return strcmp(x->name, y->name);
}

/* No absolute paths, no steps upwards, nothing that another system takes for these. */
static bool is_plain(const char *name)
{
    if (name[0] == '\0' || name[0] == '/') return false;
    for (const char *at = name; *at != '\0'; at++) {
        bool begins = at == name || at[-1] == '/';
        if (*at == '\\' || (unsigned char)*at < ' ') return false;
        if (begins && at[0] == '.' && at[1] == '.' && (at[2] == '/' || at[2] == '\0')) return false;
    }
    return true;
}

static eqf_status list_entries(eqf_context *context, eqfi_zip *zip)
{
    eqf_status status = EQF_OK;
    zip_int64_t count = zip_get_num_entries(zip->archive, 0);
    EQFI_TRY(eqfi_new(context, (size_t)count, sizeof *zip->entries, (void **)&zip->entries));
    for (; zip->count < count; zip->count++) {
        entry *e = &zip->entries[zip->count];
        zip_stat_t about;
        e->index = (zip_uint64_t)zip->count;
        if (zip_stat_index(zip->archive, e->index, ZIP_FL_ENC_RAW, &about) != 0)
            return eqfi_zip_fail(context, zip_get_error(zip->archive), zip->path, NULL);
        EQFI_CHECK((about.valid & ZIP_STAT_NAME) != 0 && (about.valid & ZIP_STAT_SIZE) != 0, EQF_ERROR_FORMAT,
                   "%s: member %lld has no name or no size", zip->path, (long long)zip->count);
        e->name = about.name;
        e->bytes = about.size;
        e->stored = (about.valid & ZIP_STAT_COMP_METHOD) != 0 && about.comp_method == ZIP_CM_STORE &&
                    (about.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && about.encryption_method == ZIP_EM_NONE;
        EQFI_CHECK(is_plain(e->name), EQF_ERROR_FORMAT,
                   "%s: a member is called '%.100s', expected a relative path without '..'", zip->path, e->name);
    }
    qsort(zip->entries, (size_t)zip->count, sizeof *zip->entries, by_name);
    for (int64_t i = 1; i < zip->count; i++)
        EQFI_CHECK(strcmp(zip->entries[i - 1].name, zip->entries[i].name) != 0, EQF_ERROR_FORMAT,
                   "%s: two members are called '%.100s'", zip->path, zip->entries[i].name);
fail:
    return status;
}

/* Takes over the source; error is why there is none. */
static eqf_status open_source(eqf_context *context, zip_source_t *source, zip_error_t *error, const char *name,
                              eqfi_zip **zip)
{
    eqf_status status = EQF_OK;
    eqfi_zip *made = NULL;
    zip_stat_t about;
    if (source == NULL) return eqfi_zip_fail(context, error, name, NULL);
    EQFI_TRY(eqfi_new(context, 1, sizeof *made, (void **)&made));
    made->allocator = *eqfi_allocator(context);
    EQFI_TRY(eqfi_copy_text(context, name, &made->path));
    if (zip_source_stat(source, &about) != 0) {
        status = eqfi_zip_fail(context, zip_source_error(source), name, NULL);
        goto fail;
    }
    made->archive = zip_open_from_source(source, ZIP_RDONLY, error);
    if (made->archive == NULL) {
        status = eqfi_zip_fail(context, error, name, NULL);
        goto fail;
    }
    source = NULL; /* the archive has it */
    made->most = ALWAYS_FINE;
    if ((about.valid & ZIP_STAT_SIZE) != 0 && about.size < UINT64_MAX / RATIO_MAX / 2)
        made->most += RATIO_MAX * about.size;
    EQFI_TRY(list_entries(context, made));
    *zip = made;
    return EQF_OK;
fail:
    if (source != NULL) zip_source_free(source);
    eqfi_zip_close(made);
    return status;
}

eqf_status eqfi_zip_open(eqf_context *context, const char *path, eqfi_zip **zip)
{
    zip_error_t error;
    zip_error_init(&error);
    eqf_status status = open_source(context, zip_source_file_create(path, 0, 0, &error), &error, path, zip);
    zip_error_fini(&error);
    return status;
}

eqf_status eqfi_zip_open_memory(eqf_context *context, const void *bytes, size_t length, const char *name,
                                eqfi_zip **zip)
{
    zip_error_t error;
    zip_error_init(&error);
    eqf_status status = open_source(context, zip_source_buffer_create(bytes, length, 0, &error), &error, name, zip);
    zip_error_fini(&error);
    return status;
}

void eqfi_zip_close(eqfi_zip *zip)
{
    if (zip == NULL) return;
    eqf_allocator allocator = zip->allocator;
    if (zip->archive != NULL) zip_discard(zip->archive);
    eqfi_release(&allocator, zip->entries);
    eqfi_release(&allocator, zip->path);
    eqfi_release(&allocator, zip);
}

const char *eqfi_zip_path(const eqfi_zip *zip) { return zip->path; }

uint64_t eqfi_zip_most(const eqfi_zip *zip) { return zip->most; }

int64_t eqfi_zip_count(const eqfi_zip *zip) { return zip->count; }

const char *eqfi_zip_name(const eqfi_zip *zip, int64_t i) { return zip->entries[i].name; }

int64_t eqfi_zip_find(const eqfi_zip *zip, const char *name)
{
    entry wanted = {.name = name};
    const entry *found = bsearch(&wanted, zip->entries, (size_t)zip->count, sizeof *zip->entries, by_name);
    return found == NULL ? -1 : found - zip->entries;
}

/* ------------------------------------------------------------------------------------------------------- members -- */

eqf_status eqfi_zip_member_open(eqf_context *context, const eqfi_zip *zip, int64_t i, eqfi_zip_member **member)
{
    eqf_status status = EQF_OK;
    eqfi_zip_member *made = NULL;
    const entry *e = &zip->entries[i];
    EQFI_CHECK(e->bytes <= zip->most && e->bytes <= SIZE_MAX / 2, EQF_ERROR_FORMAT,
               "%s: member '%.200s' has %llu bytes, expected %llu at most for the size of the archive", zip->path,
               e->name, (unsigned long long)e->bytes, (unsigned long long)zip->most);
    EQFI_TRY(eqfi_new(context, 1, sizeof *made, (void **)&made));
    made->allocator = *eqfi_allocator(context);
    made->zip = zip;
    made->name = e->name;
    made->bytes = made->left = e->bytes;
    made->stored = e->stored;
    made->file = zip_fopen_index(zip->archive, e->index, 0);
    if (made->file == NULL) {
        status = eqfi_zip_fail(context, zip_get_error(zip->archive), zip->path, e->name);
        goto fail;
    }
    *member = made;
    made = NULL;
fail:
    eqfi_zip_member_close(made);
    return status;
}

uint64_t eqfi_zip_member_left(const eqfi_zip_member *member) { return member->left; }

eqf_status eqfi_zip_member_read(eqf_context *context, eqfi_zip_member *member, void *bytes, size_t length)
{
    eqf_status status = EQF_OK;
    const char *path = member->zip->path;
    char *to = bytes, beyond;
    EQFI_CHECK(length <= member->left, EQF_ERROR_FORMAT, "%s: member '%.200s' ends too early, expected %zu more bytes",
               path, member->name, length - (size_t)member->left);
    while (length > 0 || (member->left == 0 && !member->ended)) {
        bool at_end = length == 0;
        zip_int64_t got = zip_fread(member->file, at_end ? &beyond : to, at_end ? 1 : length);
        if (got < 0) return eqfi_zip_fail(context, zip_file_get_error(member->file), path, member->name);
        EQFI_CHECK((got == 0) == at_end, EQF_ERROR_FORMAT, "%s: member '%.200s' has %s bytes than it says", path,
                   member->name, at_end ? "more" : "fewer");
        member->ended = at_end;
        to += got;
        length -= (size_t)got;
        member->left -= (uint64_t)got;
    }
fail:
    return status;
}

bool eqfi_zip_member_can_seek(const eqfi_zip_member *member) { return member->stored; }

eqf_status eqfi_zip_member_seek(eqf_context *context, eqfi_zip_member *member, uint64_t offset)
{
    if (zip_fseek(member->file, (zip_int64_t)offset, SEEK_SET) != 0)
        return eqfi_zip_fail(context, zip_file_get_error(member->file), member->zip->path, member->name);
    member->left = member->bytes - offset;
    member->ended = false;
    return EQF_OK;
}

void eqfi_zip_member_close(eqfi_zip_member *member)
{
    if (member == NULL) return;
    eqf_allocator allocator = member->allocator;
    if (member->file != NULL) zip_fclose(member->file);
    eqfi_release(&allocator, member);
}

eqf_status eqfi_zip_read(eqf_context *context, const eqfi_zip *zip, int64_t i, uint64_t limit, void **bytes,
                         size_t *length)
{
    eqf_status status = EQF_OK;
    eqfi_zip_member *member = NULL;
    void *block = NULL;
    EQFI_TRY(eqfi_zip_member_open(context, zip, i, &member));
    EQFI_CHECK(member->left <= limit, EQF_ERROR_FORMAT, "%s: member '%.200s' has %llu bytes, expected %llu at most",
               zip->path, member->name, (unsigned long long)member->left, (unsigned long long)limit);
    size_t size = (size_t)member->left;
    EQFI_TRY(eqfi_new(context, size, 1, &block));
    EQFI_TRY(eqfi_zip_member_read(context, member, block, size));
    *bytes = block;
    *length = size;
    block = NULL;
fail:
    eqfi_zip_member_close(member);
    eqfi_delete(context, block);
    return status;
}

#endif
