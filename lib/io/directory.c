/* Names in a directory. SPDX-License-Identifier: MIT */
#include "io/directory.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/file.h"

bool eqfi_is_directory(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static bool is_wanted(const char *name, int n, const char *const *suffixes)
{
    size_t length = strlen(name);
    for (int i = 0; i < n; i++) {
        size_t end = strlen(suffixes[i]);
        if (name[0] != '.' && length > end && strcmp(name + length - end, suffixes[i]) == 0) return true;
    }
    return false;
}

static eqf_status add(eqf_context *context, const char *path, const char *name, eqfi_directory *directory)
{
    eqf_status status = EQF_OK;
    size_t room = strlen(path) + strlen(name) + 2;
    char *joined;
    EQFI_TRY(eqfi_grow(context, directory->count + 1, sizeof *directory->paths, &directory->capacity,
                       (void **)&directory->paths));
    EQFI_TRY(eqfi_new(context, room, 1, (void **)&joined));
    size_t length = strlen(path);
    snprintf(joined, room, "%s%s%s", path, length > 0 && path[length - 1] == '/' ? "" : "/", name);
    directory->paths[directory->count++] = joined;
fail:
    return status;
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

eqf_status eqfi_directory_list(eqf_context *context, const char *path, int n, const char *const *suffixes,
                               eqfi_directory *directory)
{
    eqf_status status = EQF_OK;
    char text[EQFI_ERROR_TEXT_SIZE];
    eqfi_directory made = {.allocator = *eqfi_allocator(context)};
    struct dirent *entry;
    DIR *stream = opendir(path);
    EQFI_CHECK(stream != NULL, EQF_ERROR_IO, "cannot open %s: %s", path, eqfi_error_text(errno, text));
    while (errno = 0, (entry = readdir(stream)) != NULL)
        if (is_wanted(entry->d_name, n, suffixes)) EQFI_TRY(add(context, path, entry->d_name, &made));
    EQFI_CHECK(errno == 0, EQF_ERROR_IO, "cannot read %s: %s", path, eqfi_error_text(errno, text));
    if (made.count > 0) qsort(made.paths, made.count, sizeof *made.paths, by_name);
    *directory = made;
    made.count = 0;
    made.paths = NULL;
fail:
    if (stream != NULL) closedir(stream);
    eqfi_directory_release(&made);
    return status;
}

void eqfi_directory_release(eqfi_directory *directory)
{
    for (size_t i = 0; i < directory->count; i++) eqfi_release(&directory->allocator, directory->paths[i]);
    eqfi_release(&directory->allocator, directory->paths);
}
