/* libequiformer: structures - atoms, cell and what a data set says about them -
 * and reading them from files and writing them.
 *
 * Units at this level are those of the file (extended XYZ: Angstrom and eV by
 * custom). SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_STRUCTURE_H
#define EQUIFORMER_STRUCTURE_H

#include <equiformer/context.h>

/* One frame. The arrays belong to whoever made it: those that a reader returns
 * stay valid until its next frame. EQF_STRUCTURE_INIT is one without atoms. */
typedef struct eqf_structure {
    size_t size; /* sizeof(eqf_structure), set by the initialiser */
    int64_t natoms;
    const int *atomic_numbers; /* [natoms], 1..118 */
    const double *positions;   /* [natoms][3] */
    double cell[9];            /* rows are lattice vectors; all 0 without a cell */
    int pbc[3];                /* periodic along each lattice vector */
    int has_energy;
    double energy;
    const double *forces; /* [natoms][3] or NULL */
    const int *tags;      /* [natoms] or NULL */
    int has_stress;       /* from `stress`, or -virial / volume */
    double stress[9];     /* energy per volume, positive under tension */
} eqf_structure;

#define EQF_STRUCTURE_INIT                                                                                             \
    {                                                                                                                  \
        sizeof(eqf_structure), 0, 0, 0, {0}, {0}, 0, 0, 0, 0, 0, { 0 }                                                 \
    }

typedef struct eqf_frames eqf_frames;               /* a file of structures that is being read */
typedef struct eqf_frames_writer eqf_frames_writer; /* one that is being written */

typedef struct eqf_frames_options {
    size_t size;            /* sizeof(eqf_frames_options), set by the initialiser */
    const char *energy_key; /* key of the comment, array of an npz; NULL: energy, then the names that data sets use
                             (docs/structures.md) */
    const char *forces_key; /* column, array of an npz; NULL: forces, then other names */
    const char *stress_key; /* key of the comment, array of an npz; NULL: stress, then virial */
} eqf_frames_options;

#define EQF_FRAMES_OPTIONS_INIT                                                                                        \
    {                                                                                                                  \
        sizeof(eqf_frames_options), 0, 0, 0                                                                            \
    }

typedef struct eqf_frames_writer_options {
    size_t size; /* sizeof(eqf_frames_writer_options), set by the initialiser */
    int append;  /* extended XYZ: keep the frames that the file has already */
    int deflate; /* npz: compress */
} eqf_frames_writer_options;

#define EQF_FRAMES_WRITER_OPTIONS_INIT                                                                                 \
    {                                                                                                                  \
        sizeof(eqf_frames_writer_options), 0, 0                                                                        \
    }

/* What a frame says besides its structure: key=value. */
typedef struct eqf_frame_entry {
    const char *key;
    const char *text; /* NULL: the number */
    double number;
} eqf_frame_entry;

EQF_BEGIN_DECLS

/* ------------------------------------------------------------------------------------------------------- reading -- */

/* Opens a file of structures: plain or extended XYZ, or arrays of NumPy (npz, where the library is built with libzip);
 * what it holds decides, not its name. "-" is standard input. Frames are read one at a time. options may be NULL and are
 * copied. EQF_ERROR_IO if it cannot be opened, EQF_ERROR_FORMAT if its arrays are no structures, EQF_ERROR_UNSUPPORTED
 * for npz without libzip. Since 0.1. */
EQF_API eqf_status eqf_frames_open(eqf_context *context, const char *path, const eqf_frames_options *options,
                                   eqf_frames **frames);

/* The same on bytes in memory, borrowed until the frames are closed; name stands for the path in messages. Since 0.1. */
EQF_API eqf_status eqf_frames_open_memory(eqf_context *context, const void *bytes, size_t length, const char *name,
                                          const eqf_frames_options *options, eqf_frames **frames);

/* Fills *frame, of which only its size is read, with the next frame; EQF_END (no message) after the last. Errors name the file and
 * the line or the frame: EQF_ERROR_PARSE, EQF_ERROR_FORMAT, EQF_ERROR_NOT_FINITE (nan or infinity where a number counts),
 * EQF_ERROR_IO, EQF_ERROR_MEMORY. After END or an error every further call answers the same. Since 0.1. */
EQF_API eqf_status eqf_frames_next(eqf_context *context, eqf_frames *frames, eqf_structure *frame);

/* A number of the frame that was read last: `key=value` of its comment, or its element of an npz array of one number per
 * frame. EQF_ERROR_NOT_FOUND if there is none of that name, EQF_ERROR_PARSE if it is not one number. Since 0.1. */
EQF_API eqf_status eqf_frames_number(eqf_context *context, const eqf_frames *frames, const char *key, double *value);

/* The text of `key=value`, unquoted; NULL if there is none, as in every npz. Valid until the next frame. Since 0.1. */
EQF_API const char *eqf_frames_text(const eqf_frames *frames, const char *key);

EQF_API void eqf_frames_close(eqf_frames *frames); /* NULL is fine. Since 0.1. */

/* ------------------------------------------------------------------------------------------------------- writing -- */

/* Begins a file of structures: npz if path ends in ".npz", else extended XYZ, where "-" is standard output. options may
 * be NULL. EQF_ERROR_IO if the file cannot be written, EQF_ERROR_UNSUPPORTED for npz without libzip. Since 0.1. */
EQF_API eqf_status eqf_frames_writer_create(eqf_context *context, const char *path,
                                            const eqf_frames_writer_options *options, eqf_frames_writer **writer);

/* Writes a frame and n entries (of an npz: numbers). Whatever it has is written such that reading gives the same bits:
 * positions, cell and periodicity, energy, forces, tags, stress. What could not be read again is refused and leaves the
 * file as it is: EQF_ERROR_ARGUMENT, EQF_ERROR_RANGE, EQF_ERROR_NOT_FINITE; an npz wants frames of the same atoms, each
 * with the same quantities (EQF_ERROR_SHAPE). Frames of extended XYZ are with the operating system when the call returns;
 * after EQF_ERROR_IO, say for a full disk, the file ends with the last whole frame and further calls answer the same.
 * Since 0.1. */
EQF_API eqf_status eqf_frames_writer_add(eqf_context *context, eqf_frames_writer *writer, const eqf_structure *frame,
                                         int n, const eqf_frame_entry *entries);

/* Completes the file; the writer can only be freed then. An npz is written here, in one step: before there is the old
 * file or none. Since 0.1. */
EQF_API eqf_status eqf_frames_writer_finish(eqf_context *context, eqf_frames_writer *writer);

EQF_API void eqf_frames_writer_free(eqf_frames_writer *writer); /* NULL is fine. Since 0.1. */

/* ------------------------------------------------------------------------------------------------------ elements -- */

/* Atomic number of "C", 1..118, in any case, or 0 if there is no such element.
 * Since 0.1. */
EQF_API int eqf_element_number(const char *symbol);

/* Symbol of 1..118, "X" for 0, NULL beyond. Static storage. Since 0.1. */
EQF_API const char *eqf_element_symbol(int atomic_number);

/* Standard atomic weight (IUPAC 2021; the mass number of the longest-lived isotope where there is none), in unified atomic
 * mass units; 0 for numbers other than 1..118. Since 0.1. */
EQF_API double eqf_element_mass(int atomic_number);

EQF_END_DECLS

#endif
