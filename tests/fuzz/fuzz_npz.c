/* Any bytes as an npz, or as members of one: every frame is read, and what is returned must be usable.
 *
 * Behind "PK" the input is an archive. Otherwise it is a sequence of members, which get their names and checksums here,
 * since no fuzzer finds these: number of the name (1 byte), length (2 bytes), bytes.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <equiformer/structure.h>

#include "archive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(int condition)
{
    if (!condition) abort();
}

static const char *const names[] = {"pos.npy", "z.npy",    "energy.npy", "forces.npy", "cell.npy",
                                    "pbc.npy", "tags.npy", "stress.npy", "dipole.npy", "text"};
enum { NAMES = sizeof names / sizeof *names };

static void build(test_bytes *archive, const uint8_t *data, size_t size)
{
    test_member members[NAMES];
    int n = 0;
    while (size >= 3 && n < NAMES) {
        size_t length = (size_t)data[1] | (size_t)data[2] << 8;
        if (length > size - 3) length = size - 3;
        members[n++] = test_stored(names[data[0] % NAMES], data + 3, length);
        data += 3 + length;
        size -= 3 + length;
    }
    test_zip(archive, n, members);
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
    for (int k = 0; k < 9; k++) demand(isfinite(frame->cell[k]) && isfinite(frame->stress[k]));
    for (int k = 0; k < 3; k++) demand(frame->pbc[k] == 0 || frame->pbc[k] == 1);
    demand(!frame->has_energy || isfinite(frame->energy));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 << 16) return 0;
    eqf_context *context;
    eqf_frames *frames;
    eqf_structure frame = EQF_STRUCTURE_INIT;
    test_bytes archive = {NULL, 0, 0};
    if (eqf_context_create(NULL, &context) != EQF_OK) return 0;
    if (size >= 2 && memcmp(data, "PK", 2) == 0)
        test_put(&archive, data, size);
    else
        build(&archive, data, size);
    eqf_status status = eqf_frames_open_memory(context, archive.bytes, archive.length, "input", NULL, &frames);
    if (status == EQF_OK) {
        size_t count = 0;
        while ((status = eqf_frames_next(context, frames, &frame)) == EQF_OK) {
            check(&frame);
            double value;
            demand(++count <= 300 * (archive.length + (1 << 14)));
            demand(eqf_frames_text(frames, "dipole") == NULL);
            eqf_frames_number(context, frames, "dipole", &value);
        }
        demand(eqf_frames_next(context, frames, &frame) == status);
        eqf_frames_close(frames);
    }
    demand(status == EQF_END || strncmp(eqf_context_message(context), "input: ", 7) == 0);
    test_release(&archive);
    eqf_context_free(context);
    return 0;
}
