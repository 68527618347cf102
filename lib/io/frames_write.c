/* Writing files of structures, whatever their format: the public calls, and what no format could write.
 * SPDX-License-Identifier: MIT */
#include "io/frames.h"

#include <math.h>
#include <string.h>

#include "base/struct.h"
#include "io/elements.h"

struct eqf_frames_writer {
    eqf_allocator allocator;
    char *path;
    const eqfi_frames_writer_format *format;
    void *state;
    int64_t frames; /* written */
    bool finished;
    eqf_status over; /* not EQF_OK: what every further call answers */
    char message[512];
};

/* The first whose suffix the path has. */
static const eqfi_frames_writer_format *const formats[] = {&eqfi_npz_writer, &eqfi_extxyz_writer};

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

eqf_status eqf_frames_writer_create(eqf_context *context, const char *path, const eqf_frames_writer_options *options,
                                    eqf_frames_writer **writer)
{
    if (context == NULL) return EQF_ERROR_ARGUMENT;
    eqf_status status = EQF_OK;
    eqf_frames_writer *made = NULL;
    eqf_frames_writer_options own = EQF_FRAMES_WRITER_OPTIONS_INIT;
    EQFI_CHECK(path != NULL && writer != NULL, EQF_ERROR_ARGUMENT, "path or writer is NULL");
    EQFI_TAKE(eqf_frames_writer_options, options, own);
    EQFI_TRY(eqfi_new(context, 1, sizeof *made, (void **)&made));
    made->allocator = *eqfi_allocator(context);
    EQFI_TRY(eqfi_copy_text(context, path, &made->path));
    const eqfi_frames_writer_format *const *format = formats;
    while (!ends_with(path, (*format)->suffix)) format++;
    EQFI_TRY((*format)->create(context, path, options, &made->state));
    made->format = *format;
    *writer = made;
    made = NULL;
fail:
    eqf_frames_writer_free(made);
    return status;
}

void eqf_frames_writer_free(eqf_frames_writer *writer)
{
    if (writer == NULL) return;
    eqf_allocator allocator = writer->allocator;
    if (writer->format != NULL) writer->format->free(writer->state);
    eqfi_release(&allocator, writer->path);
    eqfi_release(&allocator, writer);
}

/* ------------------------------------------------------------------------------------------------------ checking -- */

static eqf_status check_finite(eqf_context *context, const char *what, int64_t n, const double *values)
{
    eqf_status status = EQF_OK;
    for (int64_t i = 0; i < n; i++)
        EQFI_CHECK(isfinite(values[i]), EQF_ERROR_NOT_FINITE, "number %lld of the %s is %g, expected a finite number",
                   (long long)i, what, values[i]);
fail:
    return status;
}

static eqf_status check_structure(eqf_context *context, const eqf_structure *frame)
{
    eqf_status status = EQF_OK;
    EQFI_CHECK(frame->natoms >= 0 && frame->natoms < INT64_MAX / 64, EQF_ERROR_RANGE,
               "natoms is %lld, expected 0 or more", (long long)frame->natoms);
    EQFI_CHECK(frame->natoms == 0 || (frame->atomic_numbers != NULL && frame->positions != NULL), EQF_ERROR_ARGUMENT,
               "atomic_numbers or positions is NULL");
    for (int64_t i = 0; i < frame->natoms; i++)
        EQFI_CHECK(frame->atomic_numbers[i] >= 1 && frame->atomic_numbers[i] <= EQFI_ELEMENTS, EQF_ERROR_RANGE,
                   "the atomic number of atom %lld is %d, expected 1 to %d", (long long)i, frame->atomic_numbers[i],
                   EQFI_ELEMENTS);
    EQFI_TRY(check_finite(context, "positions", 3 * frame->natoms, frame->positions));
    EQFI_TRY(check_finite(context, "forces", frame->forces == NULL ? 0 : 3 * frame->natoms, frame->forces));
    EQFI_TRY(check_finite(context, "cell", 9, frame->cell));
    EQFI_TRY(check_finite(context, "energy", frame->has_energy ? 1 : 0, &frame->energy));
    EQFI_TRY(check_finite(context, "stress", frame->has_stress ? 9 : 0, frame->stress));
    bool has_cell = false;
    for (int i = 0; i < 9; i++) has_cell = has_cell || frame->cell[i] != 0;
    EQFI_CHECK(has_cell || !(frame->pbc[0] || frame->pbc[1] || frame->pbc[2]), EQF_ERROR_ARGUMENT,
               "it is periodic without a cell");
fail:
    return status;
}

static eqf_status check_entries(eqf_context *context, int n, const eqf_frame_entry *entries)
{
    eqf_status status = EQF_OK;
    EQFI_CHECK(n == 0 || (n > 0 && entries != NULL), EQF_ERROR_ARGUMENT, "there are %d entries at %s", n,
               entries == NULL ? "NULL" : "some place");
    for (int i = 0; i < n; i++) {
        EQFI_CHECK(entries[i].key != NULL && entries[i].key[0] != '\0', EQF_ERROR_ARGUMENT, "entry %d has no key", i);
        for (int k = 0; k < i; k++)
            EQFI_CHECK(strcmp(entries[i].key, entries[k].key) != 0, EQF_ERROR_ARGUMENT, "two entries are called '%s'",
                       entries[i].key);
    }
fail:
    return status;
}

/* ------------------------------------------------------------------------------------------------------- writing -- */

static eqf_status refuse_over(eqf_context *context, const eqf_frames_writer *writer)
{
    if (writer->finished) return eqfi_fail(context, EQF_ERROR_STATE, "%s: the file is finished", writer->path);
    return eqfi_fail(context, writer->over, "%s", writer->message);
}

/* Nothing can follow in a file that cannot be written. */
static eqf_status remember(eqf_context *context, eqf_frames_writer *writer, eqf_status status)
{
    if (status != EQF_ERROR_IO) return status;
    const char *message = eqf_context_message(context);
    size_t length = strnlen(message, sizeof writer->message - 1);
    memcpy(writer->message, message, length);
    writer->message[length] = '\0';
    return writer->over = status;
}

eqf_status eqf_frames_writer_add(eqf_context *context, eqf_frames_writer *writer, const eqf_structure *frame, int n,
                                 const eqf_frame_entry *entries)
{
    if (context == NULL) return EQF_ERROR_ARGUMENT;
    if (writer == NULL || frame == NULL) return eqfi_fail(context, EQF_ERROR_ARGUMENT, "writer or frame is NULL");
    if (writer->finished || writer->over != EQF_OK) return refuse_over(context, writer);
    eqf_status status = EQF_OK;
    eqf_structure own = EQF_STRUCTURE_INIT;
    EQFI_TAKE(eqf_structure, frame, own);
    EQFI_TRY(check_structure(context, frame));
    EQFI_TRY(check_entries(context, n, entries));
    EQFI_TRY(writer->format->add(context, writer->state, frame, n, entries));
    writer->frames++;
    return EQF_OK;
fail:
    eqfi_fail(context, status, "%s: frame %lld: %s", writer->path, (long long)writer->frames,
              eqf_context_message(context));
    return remember(context, writer, status);
}

eqf_status eqf_frames_writer_finish(eqf_context *context, eqf_frames_writer *writer)
{
    if (context == NULL) return EQF_ERROR_ARGUMENT;
    if (writer == NULL) return eqfi_fail(context, EQF_ERROR_ARGUMENT, "writer is NULL");
    if (writer->finished || writer->over != EQF_OK) return refuse_over(context, writer);
    eqf_status status = writer->format->finish(context, writer->state);
    writer->finished = status == EQF_OK;
    return remember(context, writer, status);
}
