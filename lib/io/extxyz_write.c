/* Writing extended XYZ, one frame at a time, in one piece each. SPDX-License-Identifier: MIT */
#include "io/frames.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/number.h"
#include "io/comment.h"
#include "io/file.h"

typedef struct extxyz {
    eqf_allocator allocator;
    char *path;
    int descriptor; /* -1: closed */
    bool owned;
    bool unfinished; /* the file ends within a line */
    char *text;      /* of the frame */
    size_t used, capacity;
} extxyz;

/* ---------------------------------------------------------------------------------------------------------- text -- */

static eqf_status put_bytes(eqf_context *context, extxyz *writer, const char *bytes, size_t length)
{
    eqf_status status = EQF_OK;
    EQFI_TRY(eqfi_grow(context, writer->used + length, 1, &writer->capacity, (void **)&writer->text));
    memcpy(writer->text + writer->used, bytes, length);
    writer->used += length;
fail:
    return status;
}

static eqf_status put(eqf_context *context, extxyz *writer, const char *text)
{
    return put_bytes(context, writer, text, strlen(text));
}

static eqf_status put_integer(eqf_context *context, extxyz *writer, long long value)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", value);
    return put(context, writer, text);
}

/* Numbers with a blank before each but, if first, the first. */
static eqf_status put_numbers(eqf_context *context, extxyz *writer, int n, const double *values, bool first)
{
    eqf_status status = EQF_OK;
    for (int i = 0; i < n; i++) {
        char text[33] = " ";
        eqfi_format_double(values[i], text + 1);
        EQFI_TRY(put(context, writer, first && i == 0 ? text + 1 : text));
    }
fail:
    return status;
}

/* A key or a value, in quotes if it has any but plain characters. */
static eqf_status put_word(eqf_context *context, extxyz *writer, const char *word)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.+-:/";
    eqf_status status = EQF_OK;
    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') return put(context, writer, word);
    EQFI_TRY(put(context, writer, "\""));
    for (; *word != '\0'; word++) {
        if (*word == '"' || *word == '\\' || *word == '\n') EQFI_TRY(put(context, writer, "\\"));
        EQFI_TRY(put_bytes(context, writer, *word == '\n' ? "n" : word, 1));
    }
    EQFI_TRY(put(context, writer, "\""));
fail:
    return status;
}

/* --------------------------------------------------------------------------------------------------------- frame -- */

/* Keys that a reader takes for something else than an entry. */
static bool is_taken(const eqf_structure *frame, const char *key)
{
    static const char *const layout[] = {"lattice", "properties", "pbc"};
    for (int i = 0; i < 3; i++)
        if (eqfi_same_letters(key, layout[i])) return true;
    return strcmp(key, "energy") == 0 || strcmp(key, "stress") == 0 || strcmp(key, "virial") == 0 ||
           (!frame->has_energy && eqfi_is_energy_key(key));
}

static eqf_status put_entries(eqf_context *context, extxyz *writer, const eqf_structure *frame, int n,
                              const eqf_frame_entry *entries)
{
    eqf_status status = EQF_OK;
    for (int i = 0; i < n; i++) {
        EQFI_CHECK(!is_taken(frame, entries[i].key), EQF_ERROR_ARGUMENT,
                   "an entry is called '%s', which would be read as part of the structure", entries[i].key);
        EQFI_TRY(put(context, writer, " "));
        EQFI_TRY(put_word(context, writer, entries[i].key));
        EQFI_TRY(put(context, writer, "="));
        EQFI_TRY(entries[i].text != NULL ? put_word(context, writer, entries[i].text)
                                         : put_numbers(context, writer, 1, &entries[i].number, true));
    }
fail:
    return status;
}

static eqf_status put_comment(eqf_context *context, extxyz *writer, const eqf_structure *frame)
{
    eqf_status status = EQF_OK;
    bool has_cell = false;
    for (int i = 0; i < 9; i++) has_cell = has_cell || frame->cell[i] != 0;
    if (has_cell) {
        EQFI_TRY(put(context, writer, "Lattice=\""));
        EQFI_TRY(put_numbers(context, writer, 9, frame->cell, true));
        EQFI_TRY(put(context, writer, "\" "));
    }
    EQFI_TRY(put(context, writer, "Properties=species:S:1:pos:R:3"));
    if (frame->forces != NULL) EQFI_TRY(put(context, writer, ":forces:R:3"));
    if (frame->tags != NULL) EQFI_TRY(put(context, writer, ":tags:I:1"));
    char pbc[] = " pbc=\"F F F\"";
    for (int i = 0; i < 3; i++)
        if (frame->pbc[i]) pbc[6 + 2 * i] = 'T';
    EQFI_TRY(put(context, writer, pbc));
    if (frame->has_energy) {
        EQFI_TRY(put(context, writer, " energy="));
        EQFI_TRY(put_numbers(context, writer, 1, &frame->energy, true));
    }
    if (frame->has_stress) {
        EQFI_TRY(put(context, writer, " stress=\""));
        EQFI_TRY(put_numbers(context, writer, 9, frame->stress, true));
        EQFI_TRY(put(context, writer, "\""));
    }
fail:
    return status;
}

static eqf_status put_atoms(eqf_context *context, extxyz *writer, const eqf_structure *frame)
{
    eqf_status status = EQF_OK;
    for (int64_t i = 0; i < frame->natoms; i++) {
        EQFI_TRY(put(context, writer, eqf_element_symbol(frame->atomic_numbers[i])));
        EQFI_TRY(put_numbers(context, writer, 3, frame->positions + 3 * i, false));
        if (frame->forces != NULL) EQFI_TRY(put_numbers(context, writer, 3, frame->forces + 3 * i, false));
        if (frame->tags != NULL) {
            EQFI_TRY(put(context, writer, " "));
            EQFI_TRY(put_integer(context, writer, frame->tags[i]));
        }
        EQFI_TRY(put(context, writer, "\n"));
    }
fail:
    return status;
}

/* ---------------------------------------------------------------------------------------------------------- file -- */

static eqf_status fail_with_errno(eqf_context *context, const char *verb, const char *path)
{
    char text[EQFI_ERROR_TEXT_SIZE];
    return eqfi_fail(context, EQF_ERROR_IO, "cannot %s %s: %s", verb, path, eqfi_error_text(errno, text));
}

/* What is there of a frame that does not fit is taken back, where files can be cut. */
static eqf_status flush(eqf_context *context, extxyz *writer)
{
    struct stat before;
    bool regular = fstat(writer->descriptor, &before) == 0 && S_ISREG(before.st_mode);
    eqfi_piece piece = {writer->text, writer->used};
    if (eqfi_write_all(writer->descriptor, &piece)) return EQF_OK;
    eqf_status status = fail_with_errno(context, "write", writer->path);
    if (regular && ftruncate(writer->descriptor, before.st_size) != 0)
        return eqfi_fail(context, status, "%s; a part of the frame is left", eqf_context_message(context));
    return status;
}

static eqf_status add_extxyz(eqf_context *context, void *state, const eqf_structure *frame, int n,
                             const eqf_frame_entry *entries)
{
    eqf_status status = EQF_OK;
    extxyz *writer = state;
    writer->used = 0;
    if (writer->unfinished) EQFI_TRY(put(context, writer, "\n"));
    EQFI_TRY(put_integer(context, writer, (long long)frame->natoms));
    EQFI_TRY(put(context, writer, "\n"));
    EQFI_TRY(put_comment(context, writer, frame));
    EQFI_TRY(put_entries(context, writer, frame, n, entries));
    EQFI_TRY(put(context, writer, "\n"));
    EQFI_TRY(put_atoms(context, writer, frame));
    EQFI_TRY(flush(context, writer));
    writer->unfinished = false;
fail:
    return status;
}

static void free_extxyz(void *state)
{
    extxyz *writer = state;
    eqf_allocator allocator = writer->allocator;
    if (writer->owned && writer->descriptor >= 0) close(writer->descriptor);
    eqfi_release(&allocator, writer->path);
    eqfi_release(&allocator, writer->text);
    eqfi_release(&allocator, writer);
}

static eqf_status finish_extxyz(eqf_context *context, void *state)
{
    extxyz *writer = state;
    int closed = writer->owned ? close(writer->descriptor) : 0;
    writer->descriptor = -1;
    return closed == 0 ? EQF_OK : fail_with_errno(context, "close", writer->path);
}

static eqf_status open_file(eqf_context *context, extxyz *writer, bool append)
{
    struct stat about;
    char last = '\n';
    writer->descriptor =
        open(writer->path, (append ? O_RDWR | O_APPEND : O_WRONLY | O_TRUNC) | O_CREAT | O_CLOEXEC, 0666);
    if (writer->descriptor < 0) return fail_with_errno(context, "open", writer->path);
    writer->owned = true;
    if (append && fstat(writer->descriptor, &about) == 0 && about.st_size > 0 &&
        pread(writer->descriptor, &last, 1, about.st_size - 1) < 0)
        return fail_with_errno(context, "read", writer->path);
    writer->unfinished = last != '\n';
    return EQF_OK;
}

static eqf_status create_extxyz(eqf_context *context, const char *path, const eqf_frames_writer_options *options,
                                void **state)
{
    eqf_status status = EQF_OK;
    extxyz *made = NULL;
    bool standard_output = strcmp(path, "-") == 0;
    EQFI_TRY(eqfi_new(context, 1, sizeof *made, (void **)&made));
    made->allocator = *eqfi_allocator(context);
    made->descriptor = STDOUT_FILENO;
    EQFI_TRY(eqfi_copy_text(context, standard_output ? "standard output" : path, &made->path));
    if (!standard_output) EQFI_TRY(open_file(context, made, options->append != 0));
    *state = made;
    made = NULL;
fail:
    if (made != NULL) free_extxyz(made);
    return status;
}

const eqfi_frames_writer_format eqfi_extxyz_writer = {"", create_extxyz, add_extxyz, finish_extxyz, free_extxyz};
