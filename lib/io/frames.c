/* Files of structures, whatever their format: the public calls. SPDX-License-Identifier: MIT */
#include "io/frames.h"

#include <string.h>

#include "base/struct.h"

struct eqf_frames {
    eqf_allocator allocator;
    const eqfi_frames_format *format; /* NULL until the state is there */
    void *state;
    eqfi_frames_keys keys;
    eqf_status over; /* not EQF_OK: what every further call answers */
    char message[512];
};

/* The first whose first bytes are there. */
static const eqfi_frames_format *const formats[] = {&eqfi_npz_frames, &eqfi_extxyz_frames};

static eqf_status create(eqf_context *context, const eqf_frames_options *options, eqf_frames **frames)
{
    eqf_status status = EQF_OK;
    eqf_frames *made = NULL;
    eqf_frames_options own = EQF_FRAMES_OPTIONS_INIT;
    EQFI_TAKE(eqf_frames_options, options, own);
    EQFI_TRY(eqfi_new(context, 1, sizeof *made, (void **)&made));
    made->allocator = *eqfi_allocator(context);
    if (options->energy_key != NULL) EQFI_TRY(eqfi_copy_text(context, options->energy_key, &made->keys.energy));
    if (options->forces_key != NULL) EQFI_TRY(eqfi_copy_text(context, options->forces_key, &made->keys.forces));
    if (options->stress_key != NULL) EQFI_TRY(eqfi_copy_text(context, options->stress_key, &made->keys.stress));
    *frames = made;
    made = NULL;
fail:
    eqf_frames_close(made);
    return status;
}

/* Opens the state by the format that the first bytes tell. */
static eqf_status open_state(eqf_context *context, eqfi_lines *lines, eqf_frames *frames)
{
    eqf_status status = EQF_OK;
    eqfi_slice front;
    EQFI_TRY(eqfi_lines_peek(context, lines, 4, &front));
    const eqfi_frames_format *const *format = formats;
    for (;; format++) {
        size_t length = strlen((*format)->first_bytes);
        if (eqfi_slice_length(front) >= length && memcmp(front.begin, (*format)->first_bytes, length) == 0) break;
    }
    EQFI_TRY((*format)->open(context, &frames->keys, lines, &frames->state));
    frames->format = *format;
fail:
    return status;
}

eqf_status eqf_frames_open(eqf_context *context, const char *path, const eqf_frames_options *options,
                           eqf_frames **frames)
{
    if (context == NULL) return EQF_ERROR_ARGUMENT;
    eqf_status status = EQF_OK;
    eqf_frames *made = NULL;
    eqfi_lines lines = {.descriptor = -1};
    EQFI_CHECK(path != NULL && frames != NULL, EQF_ERROR_ARGUMENT, "path or frames is NULL");
    EQFI_TRY(create(context, options, &made));
    EQFI_TRY(eqfi_lines_open(context, path, &lines));
    EQFI_TRY(open_state(context, &lines, made));
    *frames = made;
    return EQF_OK;
fail:
    eqfi_lines_close(&lines);
    eqf_frames_close(made);
    return status;
}

eqf_status eqf_frames_open_memory(eqf_context *context, const void *bytes, size_t length, const char *name,
                                  const eqf_frames_options *options, eqf_frames **frames)
{
    if (context == NULL) return EQF_ERROR_ARGUMENT;
    eqf_status status = EQF_OK;
    eqf_frames *made = NULL;
    eqfi_lines lines = {.descriptor = -1};
    EQFI_CHECK((bytes != NULL || length == 0) && name != NULL && frames != NULL, EQF_ERROR_ARGUMENT,
               "bytes, name or frames is NULL");
    EQFI_TRY(create(context, options, &made));
    EQFI_TRY(eqfi_lines_open_memory(context, bytes, length, name, &lines));
    EQFI_TRY(open_state(context, &lines, made));
    *frames = made;
    return EQF_OK;
fail:
    eqfi_lines_close(&lines);
    eqf_frames_close(made);
    return status;
}

void eqf_frames_close(eqf_frames *frames)
{
    if (frames == NULL) return;
    eqf_allocator allocator = frames->allocator;
    if (frames->format != NULL) frames->format->close(frames->state);
    eqfi_release(&allocator, frames->keys.energy);
    eqfi_release(&allocator, frames->keys.forces);
    eqfi_release(&allocator, frames->keys.stress);
    eqfi_release(&allocator, frames);
}

eqf_status eqf_frames_next(eqf_context *context, eqf_frames *frames, eqf_structure *frame)
{
    if (context == NULL) return EQF_ERROR_ARGUMENT;
    if (frames == NULL || frame == NULL) return eqfi_fail(context, EQF_ERROR_ARGUMENT, "frames or frame is NULL");
    if (frames->over == EQF_END) return EQF_END;
    if (frames->over != EQF_OK) return eqfi_fail(context, frames->over, "%s", frames->message);
    eqf_structure own = EQF_STRUCTURE_INIT;
    eqf_status status = eqfi_struct_check(context, "eqf_structure", frame);
    if (status != EQF_OK) return status;
    status = frames->format->next(context, frames->state, &own);
    if (status == EQF_OK) eqfi_struct_give(frame, sizeof own, &own);
    if (status != EQF_OK && status != EQF_END) {
        const char *message = eqf_context_message(context);
        size_t length = strnlen(message, sizeof frames->message - 1);
        memcpy(frames->message, message, length);
        frames->message[length] = '\0';
    }
    frames->over = status;
    return status;
}

const char *eqf_frames_text(const eqf_frames *frames, const char *key)
{
    return frames == NULL || key == NULL ? NULL : frames->format->text(frames->state, key);
}

eqf_status eqf_frames_number(eqf_context *context, const eqf_frames *frames, const char *key, double *value)
{
    if (context == NULL) return EQF_ERROR_ARGUMENT;
    if (frames == NULL || key == NULL || value == NULL)
        return eqfi_fail(context, EQF_ERROR_ARGUMENT, "frames, key or value is NULL");
    return frames->format->number(context, frames->state, key, value);
}

bool eqfi_frames_tell(const eqf_frames *frames, eqfi_frames_place *place)
{
    return frames->format->tell(frames->state, place);
}

eqf_status eqfi_frames_seek(eqf_context *context, eqf_frames *frames, eqfi_frames_place place)
{
    eqf_status status = frames->format->seek(context, frames->state, place);
    if (status == EQF_OK) frames->over = EQF_OK;
    return status;
}

void eqfi_spread_stress(const double *numbers, int n, double factor, double stress[9])
{
    static const int place[9] = {0, 5, 4, 5, 1, 3, 4, 3, 2};
    for (int i = 0; i < 9; i++) stress[i] = factor * numbers[n == 6 ? place[i] : i];
}
