/* Reading and replacing whole files with POSIX calls. SPDX-License-Identifier: MIT */
#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Linux moves at most 2 GiB in one call. */
enum { CHUNK = 1 << 30 };

const char *eqfi_error_text(int number, char buffer[EQFI_ERROR_TEXT_SIZE])
{
#if defined(__GLIBC__) && defined(_GNU_SOURCE)
    return strerror_r(number, buffer, EQFI_ERROR_TEXT_SIZE);
#else
    if (strerror_r(number, buffer, EQFI_ERROR_TEXT_SIZE) != 0)
        snprintf(buffer, EQFI_ERROR_TEXT_SIZE, "error %d", number);
    return buffer;
#endif
}

static eqf_status fail_with_errno(eqf_context *context, const char *verb, const char *path)
{
    char buffer[EQFI_ERROR_TEXT_SIZE];
    return eqfi_fail(context, EQF_ERROR_IO, "cannot %s %s: %s", verb, path, eqfi_error_text(errno, buffer));
}

static ssize_t read_some(int descriptor, void *bytes, size_t length)
{
    ssize_t got;
    do {
        got = read(descriptor, bytes, length < CHUNK ? length : CHUNK);
    } while (got < 0 && errno == EINTR);
    return got;
}

eqf_status eqfi_file_read(eqf_context *context, const char *path, void **bytes, size_t *length)
{
    eqf_status status = EQF_OK;
    void *block = NULL;
    size_t capacity = 0, used = 0;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return fail_with_errno(context, "open", path);

    struct stat about;
    if (fstat(descriptor, &about) != 0) {
        status = fail_with_errno(context, "inspect", path);
        goto fail;
    }
    /* One byte more than the size, so that the end is seen without growing. Pipes have no size. */
    if (S_ISREG(about.st_mode) && about.st_size > 0) {
        EQFI_CHECK((uint64_t)about.st_size < SIZE_MAX / 2, EQF_ERROR_MEMORY, "%s: %lld bytes do not fit into memory",
                   path, (long long)about.st_size);
        capacity = (size_t)about.st_size + 1;
        EQFI_TRY(eqfi_new(context, capacity, 1, &block));
    }
    for (;;) {
        if (used == capacity) EQFI_TRY(eqfi_grow(context, used + 4096, 1, &capacity, &block));
        ssize_t got = read_some(descriptor, (char *)block + used, capacity - used);
        if (got < 0) {
            status = fail_with_errno(context, "read", path);
            goto fail;
        }
        if (got == 0) break;
        used += (size_t)got;
    }
    *bytes = block;
    *length = used;
    block = NULL;
fail:
    close(descriptor);
    eqfi_delete(context, block);
    return status;
}

eqf_status eqfi_file_front(eqf_context *context, const char *path, void *bytes, size_t wanted, size_t *length)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return fail_with_errno(context, "open", path);
    eqf_status status = EQF_OK;
    ssize_t got = 1;
    size_t used = 0;
    while (used < wanted && got > 0) {
        got = read_some(descriptor, (char *)bytes + used, wanted - used);
        if (got > 0) used += (size_t)got;
    }
    if (got < 0) status = fail_with_errno(context, "read", path);
    close(descriptor);
    if (status == EQF_OK) *length = used;
    return status;
}

bool eqfi_write_all(int descriptor, const eqfi_piece *piece)
{
    const char *bytes = piece->bytes;
    for (size_t left = piece->length; left > 0;) {
        ssize_t put = write(descriptor, bytes, left < CHUNK ? left : CHUNK);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return false;
        bytes += put;
        left -= (size_t)put;
    }
    return true;
}

/* Opens a new file "PATH.PID-N.tmp": in the same directory, so that rename is atomic. */
static int create_beside(const char *path, char *temporary, size_t size)
{
    int descriptor = -1;
    for (int attempt = 0; attempt < 100; attempt++) {
        snprintf(temporary, size, "%s.%ld-%d.tmp", path, (long)getpid(), attempt);
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor >= 0 || errno != EEXIST) break;
    }
    return descriptor;
}

/* Makes the new name last; file systems that cannot sync a directory answer EINVAL. text is overwritten. */
static bool sync_directory(char *text)
{
    char *slash = strrchr(text, '/');
    if (slash == NULL)
        strcpy(text, ".");
    else
        slash[slash == text ? 1 : 0] = '\0';
    int descriptor = open(text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return errno == EACCES;
    bool done = fsync(descriptor) == 0 || errno == EINVAL;
    int number = errno;
    close(descriptor);
    errno = number;
    return done;
}

eqf_status eqfi_file_replace(eqf_context *context, const char *path, size_t n, const eqfi_piece *pieces)
{
    eqf_status status = EQF_OK;
    char *temporary = NULL;
    int descriptor = -1;
    bool made = false;
    const char *verb = "write";

    struct stat about;
    EQFI_CHECK(stat(path, &about) != 0 || S_ISREG(about.st_mode), EQF_ERROR_IO,
               "cannot write %s: it exists and is not a regular file", path);
    size_t size = strlen(path) + 48;
    EQFI_TRY(eqfi_new(context, size, 1, (void **)&temporary));
    descriptor = create_beside(path, temporary, size);
    if (descriptor < 0) goto fail_io;
    made = true;
    for (size_t i = 0; i < n; i++)
        if (!eqfi_write_all(descriptor, &pieces[i])) goto fail_io;
    verb = "sync";
    if (fsync(descriptor) != 0) goto fail_io;
    int closed = close(descriptor);
    descriptor = -1;
    if (closed != 0) goto fail_io;
    verb = "replace";
    if (rename(temporary, path) != 0) goto fail_io;
    made = false;
    verb = "sync the directory of";
    if (!sync_directory(temporary)) goto fail_io;
    goto fail;
fail_io:
    status = fail_with_errno(context, verb, path);
fail:
    if (descriptor >= 0) close(descriptor);
    if (made) unlink(temporary);
    eqfi_delete(context, temporary);
    return status;
}
