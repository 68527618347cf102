/* Files of structures: what a format has to do, so that callers need not know which one a file has.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_IO_FRAMES_H
#define EQFI_IO_FRAMES_H

#include <equiformer/structure.h>

#include "io/lines.h"

/* Copies of the options; NULL: the usual names. */
typedef struct eqfi_frames_keys {
    char *energy, *forces, *stress;
} eqfi_frames_keys;

/* Where a frame begins, and how many lines are before it. */
typedef struct eqfi_frames_place {
    int64_t offset, line;
} eqfi_frames_place;

/* The state is the format's own. open takes over *lines, which stand at the beginning of the file, when it succeeds; keys
 * outlive the state. The others are only called as eqf_frames_next, _number, _text, eqfi_frames_tell and _seek may be, for
 * which they do the work. */
typedef struct eqfi_frames_format {
    const char *first_bytes; /* that every file begins with; "": any other */
    eqf_status (*open)(eqf_context *context, const eqfi_frames_keys *keys, eqfi_lines *lines, void **state);
    eqf_status (*next)(eqf_context *context, void *state, eqf_structure *frame);
    eqf_status (*number)(eqf_context *context, const void *state, const char *key, double *value);
    const char *(*text)(const void *state, const char *key);
    bool (*tell)(const void *state, eqfi_frames_place *place);
    eqf_status (*seek)(eqf_context *context, void *state, eqfi_frames_place place);
    void (*close)(void *state);
} eqfi_frames_format;

extern const eqfi_frames_format eqfi_extxyz_frames, eqfi_npz_frames;

/* The place of the next frame; false if it cannot be returned to, say in a pipe. */
bool eqfi_frames_tell(const eqf_frames *frames, eqfi_frames_place *place);

/* Goes to a place of the same file, also after its end or an error. */
eqf_status eqfi_frames_seek(eqf_context *context, eqf_frames *frames, eqfi_frames_place place);

/* Whether the energy is looked for under this key of a comment. */
bool eqfi_is_energy_key(const char *key);

/* stress from 9 numbers, or 6 in the order xx yy zz yz xz xy, times a factor. */
void eqfi_spread_stress(const double *numbers, int n, double factor, double stress[9]);

/* The same for writing. add gets frames that could be read again. finish completes the file; free may come without it. */
typedef struct eqfi_frames_writer_format {
    const char *suffix; /* of paths; "": any other */
    eqf_status (*create)(eqf_context *context, const char *path, const eqf_frames_writer_options *options,
                         void **state);
    eqf_status (*add)(eqf_context *context, void *state, const eqf_structure *frame, int n,
                      const eqf_frame_entry *entries);
    eqf_status (*finish)(eqf_context *context, void *state);
    void (*free)(void *state);
} eqfi_frames_writer_format;

extern const eqfi_frames_writer_format eqfi_extxyz_writer, eqfi_npz_writer;

#endif
