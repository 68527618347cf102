/* SPDX-License-Identifier: MIT */
#include "io/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/file.h"

enum { FIRST_CAPACITY = 1 << 16 };

eqfi_slice eqfi_slice_of(const char *text) { return (eqfi_slice){text, text + strlen(text)}; }

size_t eqfi_slice_length(eqfi_slice slice) { return (size_t)(slice.end - slice.begin); }

bool eqfi_slice_equals(eqfi_slice slice, const char *text)
{
    size_t length = eqfi_slice_length(slice);
    return strlen(text) == length && memcmp(slice.begin, text, length) == 0;
}

bool eqfi_is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool eqfi_next_field(eqfi_slice *rest, eqfi_slice *field)
{
    const char *at = rest->begin, *end = rest->end;
    while (at < end && eqfi_is_blank(*at)) at++;
    rest->begin = at;
    if (at == end) return false;
    if (*at == '"') {
        const char *close = memchr(at + 1, '"', (size_t)(end - at - 1));
        if (close != NULL) {
            *field = (eqfi_slice){at + 1, close};
            rest->begin = close + 1;
            return true;
        }
    }
    while (at < end && !eqfi_is_blank(*at)) at++;
    *field = (eqfi_slice){rest->begin, at};
    rest->begin = at;
    return true;
}

const char *eqfi_excerpt(eqfi_slice slice, char text[EQFI_EXCERPT_SIZE])
{
    size_t length = eqfi_slice_length(slice), kept = EQFI_EXCERPT_SIZE - 4;
    if (length < kept) kept = length;
    for (size_t i = 0; i < kept; i++) {
        unsigned char c = (unsigned char)slice.begin[i];
        text[i] = c < 32 || c > 126 ? '?' : (char)c;
    }
    strcpy(text + kept, kept < length ? "..." : "");
    return text;
}

static eqf_status fail_with_errno(eqf_context *context, const char *verb, const char *name)
{
    char text[EQFI_ERROR_TEXT_SIZE];
    return eqfi_fail(context, EQF_ERROR_IO, "cannot %s %s: %s", verb, name, eqfi_error_text(errno, text));
}

eqf_status eqfi_lines_open(eqf_context *context, const char *path, eqfi_lines *lines)
{
    eqf_status status = EQF_OK;
    bool standard_input = strcmp(path, "-") == 0;
    *lines = (eqfi_lines){.allocator = *eqfi_allocator(context), .descriptor = -1};
    EQFI_TRY(eqfi_copy_text(context, standard_input ? "standard input" : path, &lines->name));
    EQFI_TRY(eqfi_grow(context, FIRST_CAPACITY, 1, &lines->capacity, (void **)&lines->buffer));
    lines->at = lines->end = lines->buffer;
    lines->descriptor = standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (lines->descriptor < 0) return fail_with_errno(context, "open", path);
    lines->owned = !standard_input;
    struct stat about;
    bool known = fstat(lines->descriptor, &about) == 0;
    EQFI_CHECK(!known || !S_ISDIR(about.st_mode), EQF_ERROR_IO, "cannot read %s: it is a directory", path);
    lines->regular = lines->owned && known && S_ISREG(about.st_mode);
fail:
    return status;
}

eqf_status eqfi_lines_open_memory(eqf_context *context, const void *bytes, size_t length, const char *name,
                                  eqfi_lines *lines)
{
    *lines = (eqfi_lines){.allocator = *eqfi_allocator(context), .descriptor = -1};
    /* A place to point to even for no bytes at NULL. */
    lines->at = length > 0 ? bytes : "";
    lines->end = lines->at + length;
    return eqfi_copy_text(context, name, &lines->name);
}

static void close_descriptor(eqfi_lines *lines)
{
    if (lines->owned && lines->descriptor >= 0) close(lines->descriptor);
    lines->descriptor = -1;
}

void eqfi_lines_close(eqfi_lines *lines)
{
    close_descriptor(lines);
    eqfi_release(&lines->allocator, lines->name);
    eqfi_release(&lines->allocator, lines->buffer);
}

/* Reads more behind the bytes that are left, which move to the front; at the end of the file closes it. */
static eqf_status fill(eqf_context *context, eqfi_lines *lines)
{
    eqf_status status = EQF_OK;
    size_t left = (size_t)(lines->end - lines->at);
    memmove(lines->buffer, lines->at, left);
    lines->at = lines->buffer;
    lines->end = lines->buffer + left;
    if (left == lines->capacity) {
        EQFI_TRY(eqfi_grow(context, left + 1, 1, &lines->capacity, (void **)&lines->buffer));
        lines->at = lines->buffer;
    }
    ssize_t got;
    do {
        got = read(lines->descriptor, lines->buffer + left, lines->capacity - left);
    } while (got < 0 && errno == EINTR);
    if (got < 0) return fail_with_errno(context, "read", lines->name);
    if (got == 0) close_descriptor(lines);
    lines->end = lines->buffer + left + (size_t)got;
    lines->offset += got;
fail:
    return status;
}

eqf_status eqfi_lines_next(eqf_context *context, eqfi_lines *lines, eqfi_slice *line)
{
    eqf_status status = EQF_OK;
    const char *newline = NULL;
    for (size_t searched = 0;;) {
        size_t length = (size_t)(lines->end - lines->at);
        newline = memchr(lines->at + searched, '\n', length - searched);
        if (newline != NULL || lines->descriptor < 0) break;
        searched = length;
        EQFI_TRY(fill(context, lines));
    }
    if (newline == NULL && lines->at == lines->end) return EQF_END;

    eqfi_slice found = {lines->at, newline != NULL ? newline : lines->end};
    lines->at = newline != NULL ? newline + 1 : lines->end;
    if (found.end > found.begin && found.end[-1] == '\r') found.end--;
    /* The byte order mark that some editors put before UTF-8. */
    if (lines->number == 0 && eqfi_slice_length(found) >= 3 && memcmp(found.begin, "\xEF\xBB\xBF", 3) == 0)
        found.begin += 3;
    lines->number++;
    *line = found;
fail:
    return status;
}

eqf_status eqfi_lines_peek(eqf_context *context, eqfi_lines *lines, size_t wanted, eqfi_slice *front)
{
    eqf_status status = EQF_OK;
    while (lines->descriptor >= 0 && (size_t)(lines->end - lines->at) < wanted) EQFI_TRY(fill(context, lines));
    *front = (eqfi_slice){lines->at, lines->end};
fail:
    return status;
}

void eqfi_lines_return(eqfi_lines *lines, eqfi_slice line)
{
    lines->at = line.begin;
    lines->number--;
}

int64_t eqfi_lines_tell(const eqfi_lines *lines) { return lines->offset - (lines->end - lines->at); }

eqf_status eqfi_lines_seek(eqf_context *context, eqfi_lines *lines, int64_t offset, int64_t number)
{
    if (lines->descriptor < 0) lines->descriptor = open(lines->name, O_RDONLY | O_CLOEXEC);
    if (lines->descriptor < 0) return fail_with_errno(context, "open", lines->name);
    if (lseek(lines->descriptor, (off_t)offset, SEEK_SET) < 0) return fail_with_errno(context, "read", lines->name);
    lines->at = lines->end = lines->buffer;
    lines->offset = offset;
    lines->number = number;
    return EQF_OK;
}

eqf_status eqfi_lines_fail(eqf_context *context, const eqfi_lines *lines, eqf_status status, const char *format, ...)
{
    char sentence[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    return eqfi_fail(context, status, "%s:%lld: %s", lines->name, (long long)lines->number, sentence);
}
