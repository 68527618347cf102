/* Any bytes as an XYZ file: every frame is read, and what is returned must be usable. SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <equiformer/structure.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(int condition)
{
    if (!condition) abort();
}

static void check(const eqf_structure *frame)
{
    for (int64_t i = 0; i < frame->natoms; i++) {
        demand(frame->atomic_numbers[i] >= 1 && frame->atomic_numbers[i] <= 118);
        for (int k = 0; k < 3; k++) {
            demand(isfinite(frame->positions[3 * i + k]));
            demand(frame->forces == NULL || isfinite(frame->forces[3 * i + k]));
        }
        volatile int tag = frame->tags == NULL ? 0 : frame->tags[i];
        (void)tag;
    }
    for (int k = 0; k < 9; k++) demand(isfinite(frame->cell[k]));
    for (int k = 0; k < 3; k++) demand(frame->pbc[k] == 0 || frame->pbc[k] == 1);
    demand(!frame->has_energy || isfinite(frame->energy));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 << 16 || (size >= 2 && memcmp(data, "PK", 2) == 0)) return 0; /* npz: see fuzz_npz.c */
    eqf_context *context;
    if (eqf_context_create(NULL, &context) != EQF_OK) return 0;
    eqf_frames_options options = EQF_FRAMES_OPTIONS_INIT;
    options.energy_key = size % 2 == 0 ? "e" : NULL;
    eqf_frames *frames;
    demand(eqf_frames_open_memory(context, data, size, "input", &options, &frames) == EQF_OK);
    eqf_structure frame = EQF_STRUCTURE_INIT;
    eqf_status status;
    while ((status = eqf_frames_next(context, frames, &frame)) == EQF_OK) {
        check(&frame);
        double value;
        const char *text = eqf_frames_text(frames, "e");
        demand(text != NULL || eqf_frames_number(context, frames, "e", &value) == EQF_ERROR_NOT_FOUND);
        demand(text == NULL || strlen(text) <= size);
    }
    demand(status == EQF_END || strncmp(eqf_context_message(context), "input:", 6) == 0);
    demand(eqf_frames_next(context, frames, &frame) == status);
    eqf_frames_close(frames);
    eqf_context_free(context);
    return 0;
}
